use std::fmt::Write;

use clap::{Args, Subcommand};

use super::Session;
use crate::config::{SETTINGS, variable};
use crate::exit::{Exit, Failure};
use crate::passes;
use crate::render::wrap;

#[derive(Args, Debug)]
pub(crate) struct ConfigArgs {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Show the settings in force.
    Show {
        /// Say of each value where it comes from.
        #[arg(long)]
        effective: bool,
    },
    /// Print a file with every setting at its default, explained.
    Example,
    /// Check the configuration, the files that it names included.
    Check,
}

/// Shows, checks or begins a configuration.
pub(crate) fn run(args: &ConfigArgs, session: &Session) -> Result<Exit, Failure> {
    match args.what {
        What::Show { effective } => super::print(show(session, effective).as_bytes()),
        What::Example => super::print(example().as_bytes()),
        What::Check => {
            let config = &session.effective.config;
            passes::read_options(config)?;
            passes::normalise_options(config)?;
            passes::limits(config)?;
            passes::budget(config)?;
            passes::cooldown_secs(config)?;
            let lists = passes::lists(config)?;
            super::detect::fail_on(config)?;
            super::note_settings(&lists, session)?;
            super::print(b"the configuration is valid\n")
        }
    }
}

fn show(session: &Session, with_origin: bool) -> String {
    let mut text = String::new();
    let mut section = "";
    for (key, value, origin) in &session.effective.values {
        let (of, name) = key.split_once('.').expect("keys have a section");
        if of != section {
            let gap = if section.is_empty() { "" } else { "\n" };
            let _ = writeln!(text, "{gap}{}", session.style.bold(&format!("[{of}]")));
            section = of;
        }
        let line = format!("{name} = {value}");
        if with_origin {
            let origin = session.style.dim(&format!("# {origin}"));
            let _ = writeln!(text, "{line:<48} {origin}");
        } else {
            let _ = writeln!(text, "{line}");
        }
    }
    text
}

/// A file that changes nothing: every setting at its default, as comments.
pub(crate) fn example() -> String {
    let defaults = toml::Table::try_from(crate::config::Config::default());
    let defaults = defaults.expect("defaults are a table");
    let mut text = String::from("# apiwarden.toml: every setting at its default.\n");
    let mut section = "";
    for setting in SETTINGS {
        let (of, name) = setting.key.split_once('.').expect("keys have a section");
        if of != section {
            let _ = writeln!(text, "\n[{of}]");
            section = of;
        }
        let _ = writeln!(text, "\n{}", wrap(setting.meaning, 90, "# "));
        let flag = setting.flag.map_or(String::new(), |flag| format!("{flag}, "));
        let _ = writeln!(text, "# ({flag}{})", variable(setting.key));
        let value = defaults.get(of).and_then(|section| section.get(name));
        let _ = writeln!(text, "# {name} = {}", value.expect("every setting has a default"));
    }
    text
}
