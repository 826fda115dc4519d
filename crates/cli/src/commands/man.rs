use clap::Command;

use crate::exit::{Exit, Failure};

/// Prints the manual page of this command line: the whole of its help, every command in it.
pub(crate) fn run(command: &Command) -> Result<Exit, Failure> {
    let mut page = Vec::new();
    clap_mangen::Man::new(command.clone()).render(&mut page)?;
    for sub in command.get_subcommands().filter(|sub| !sub.is_hide_set()) {
        let name = format!("apiwarden-{}", sub.get_name());
        clap_mangen::Man::new(sub.clone()).title(name).render(&mut page)?;
    }
    super::print(&page)
}
