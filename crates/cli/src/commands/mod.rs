//! The commands: one file each, and what they share.

use std::collections::BTreeMap;
use std::io::{IsTerminal, Write};
use std::path::Path;

use ingest::ReadReport;
use lists::Lists;

use crate::config::{Effective, Override, load};
use crate::exit::{Exit, Failure};
use crate::options::Colour;
use crate::render::{Style, escape, reading_notes};

pub(crate) mod allowlist;
pub(crate) mod backtest;
mod caveats;
pub(crate) mod compare;
pub(crate) mod completions;
pub(crate) mod config;
pub(crate) mod detect;
pub(crate) mod evaluate;
pub(crate) mod explain;
pub(crate) mod features;
pub(crate) mod formats;
pub(crate) mod importance;
pub(crate) mod label;
pub(crate) mod man;
pub(crate) mod model;
mod onlook;
pub(crate) mod parse;
pub(crate) mod predict;
mod samples;
pub(crate) mod simulate;
mod tables;
pub(crate) mod threats;
pub(crate) mod train;

pub(crate) use onlook::Terminal;

/// What every command knows of its surroundings.
#[derive(Clone, Debug)]
pub(crate) struct Session {
    pub(crate) effective: Effective,
    /// For standard output.
    pub(crate) style: Style,
    pub(crate) quiet: bool,
}

impl Session {
    /// Puts the configuration together, of this file and of the settings that flags gave, and looks at
    /// the terminal.
    pub(crate) fn open(
        config: Option<&Path>,
        flags: &[Override],
        colour: Colour,
        quiet: bool,
    ) -> Result<Self, Failure> {
        let no_colour = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let colour = match colour {
            Colour::Always => true,
            Colour::Never => false,
            Colour::Auto => !no_colour && std::io::stdout().is_terminal(),
        };
        let effective = effective(config, flags)?;
        Ok(Self { effective, style: Style { colour }, quiet })
    }
}

/// The configuration that these flags, the environment and a file give; without a file the next
/// `apiwarden.toml` upwards.
fn effective(file: Option<&Path>, flags: &[Override]) -> Result<Effective, Failure> {
    let environment: BTreeMap<String, String> = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect();
    let folder = std::env::current_dir()
        .map_err(|error| Failure::new(Exit::Io, format!("working folder: {error}")))?;
    load(file, &folder, &environment, flags)
}

/// Says on standard error what of logs could not be read, which settings are for no log, and what had to be
/// assumed of times or is doubtful about them: for commands whose output is no report that tells it.
pub(crate) fn note_reading(report: &ReadReport, session: &Session) -> std::io::Result<()> {
    if session.quiet {
        return Ok(());
    }
    let mut out = std::io::stderr().lock();
    reading_notes(report).iter().try_for_each(|note| writeln!(out, "note: {note}"))
}

/// Warns on standard error of what settings may say and hardly mean.
pub(crate) fn note_settings(lists: &Lists, session: &Session) -> std::io::Result<()> {
    if session.quiet {
        return Ok(());
    }
    let config = &session.effective.config;
    let mut out = std::io::stderr().lock();
    for warning in config.warnings() {
        writeln!(out, "warning: {}", escape(&warning))?;
    }
    let folder = &config.identity.lists;
    if !folder.is_empty() && lists.is_empty() {
        writeln!(out, "note: {}: no list in it, so nothing is known of addresses", escape(folder))?;
    }
    Ok(())
}

/// Writes to standard output and makes sure that all of it arrived.
pub(crate) fn print(bytes: &[u8]) -> Result<Exit, Failure> {
    let mut out = std::io::stdout().lock();
    out.write_all(bytes)?;
    out.flush()?;
    Ok(Exit::Done)
}
