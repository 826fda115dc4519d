use std::fmt::Write;
use std::path::Path;

use anyhow::Result;

use crate::program::output_of;

/// Every setting.
pub(super) fn configuration(program: &Path) -> Result<String> {
    let example = output_of(program, &["config", "example"])?;
    Ok(format!(
        "# Configuration\n\nOne TOML file: the one given by `--config`, else the next \
         `apiwarden.toml` upwards from the working folder. A key that is not known is an \
         error with its line and column. A flag beats the environment, the environment beats \
         the file, the file beats the default; `apiwarden config show --effective` says of \
         each value where it comes from, and `apiwarden config check` checks all of \
         it.\n\nBelow is every setting at its default, with the flag and the variable that \
         set it, as `apiwarden config example` prints it. A list in a variable is \
         written as TOML.\n\n```toml\n{}\n```\n",
        example.trim_end()
    ))
}

/// The help of every command, and the exit codes, which stand at the end of the first.
pub(super) fn commands(program: &Path) -> Result<String> {
    let mut text = String::from(
        "# The command line\n\nResults go to standard output, everything else to standard \
         error. What follows is what `--help` prints.\n",
    );
    describe(program, &[], &mut text)?;
    Ok(text)
}

fn describe(program: &Path, words: &[&str], text: &mut String) -> Result<()> {
    let help = output_of(program, &[words, &["--help"]].concat())?;
    let title = [&["apiwarden"], words].concat().join(" ");
    let lines: Vec<&str> = help.trim_end().lines().map(str::trim_end).collect();
    let _ = writeln!(text, "\n## `{title}`\n\n```text\n{}\n```", lines.join("\n"));
    for name in subcommands(&help) {
        describe(program, &[words, &[name]].concat(), text)?;
    }
    Ok(())
}

/// The names below `Commands:`: each begins a line at two spaces.
fn subcommands(help: &str) -> impl Iterator<Item = &str> {
    let listed = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    let listed = listed.take_while(|line| line.starts_with("  "));
    let names = listed.filter_map(|line| line.strip_prefix("  ")?.split_whitespace().next());
    names.filter(|name| *name != "help")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_read_off_the_help() {
        let help =
            "About.\n\nUsage: x\n\nCommands:\n  detect  Find\n  help  Print\n\nOptions:\n  -q\n";
        assert_eq!(subcommands(help).collect::<Vec<_>>(), ["detect"]);
        assert_eq!(subcommands("Usage: x\n\nOptions:\n  -q\n").count(), 0);
    }
}
