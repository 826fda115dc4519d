use clap::{Args, Command};
use clap_complete::Shell;

use crate::exit::{Exit, Failure};

#[derive(Args, Debug)]
pub(crate) struct CompletionsArgs {
    /// The shell.
    shell: Shell,
}

/// Prints completions for a shell, of this command line.
pub(crate) fn run(args: &CompletionsArgs, mut command: Command) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut command, "apiwarden", &mut script);
    super::print(&script)
}
