use std::fmt::Write;

use ingest::FORMATS;

/// Every format that has a name.
pub(super) fn page() -> String {
    let mut text = String::from(
        "# Formats\n\nThe format of a log is recognised by its first lines. `--format NAME` \
         overrules that; so does an nginx `log_format` or Apache `LogFormat` string, given \
         verbatim. Where two formats read a line equally well, the one that stands first here is \
         chosen.\n",
    );
    for format in FORMATS {
        let (name, title, example) = (format.name(), format.title(), format.example());
        let _ = writeln!(text, "\n## {name}\n\n{title}.\n\n```text\n{example}\n```");
    }
    text
}
