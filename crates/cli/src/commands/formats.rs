use std::fmt::Write;

use clap::{Args, Subcommand};
use ingest::{FORMATS, Format, Taken};

use super::Session;
use crate::arguments::LogArgs;
use crate::config::Override;
use crate::exit::{Exit, Failure};
use crate::passes;
use crate::render::{Style, escape, wrap};

/// Columns of a name in the list.
const NAME: usize = 20;
/// Columns of what a field becomes.
const BECOMES: usize = 24;

#[derive(Args, Debug)]
pub(crate) struct FormatsArgs {
    #[command(subcommand)]
    what: Option<What>,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Show the page of one format: an example, and the fields that are taken.
    Show {
        /// Its name, such as caddy.
        format: String,
    },
    /// Tell which formats logs are in, as lines for apiwarden.toml that settle it for good.
    Detect(LogArgs),
}

impl FormatsArgs {
    pub(crate) fn overrides(&self) -> Vec<Override> {
        match &self.what {
            Some(What::Detect(log)) => log.reading.overrides(),
            Some(What::Show { .. }) | None => Vec::new(),
        }
    }
}

/// Lists the formats that are known, or shows the page of one.
pub(crate) fn run(args: &FormatsArgs, session: &Session) -> Result<Exit, Failure> {
    let mut text = String::new();
    match &args.what {
        None => list(session.style, &mut text),
        Some(What::Detect(log)) => detect(log, session, &mut text)?,
        Some(What::Show { format: name }) => match ingest::formats::by_name(name) {
            Some(format) => show(format, session.style, &mut text),
            None => {
                let names: Vec<_> = FORMATS.iter().map(|format| format.name()).collect();
                let message =
                    format!("unknown format {name:?}: must be one of {}", names.join(", "));
                return Err(Failure::new(Exit::Usage, message));
            }
        },
    }
    super::print(text.as_bytes())
}

fn list(style: Style, text: &mut String) {
    for format in FORMATS {
        for (at, part) in wrap(format.title(), 79 - NAME, "").lines().enumerate() {
            let name = format!("{:<NAME$}", if at == 0 { format.name() } else { "" });
            let _ = writeln!(text, "{} {part}", style.bold(&name));
        }
    }
    let more = "`apiwarden formats show NAME` shows the fields that are taken. A log is recognised by \
                its first lines; --format takes a name of these, or the server's own log_format or \
                LogFormat string.";
    let _ = writeln!(text, "\n{}", wrap(more, 80, ""));
}

/// A section of the configuration that holds the verdict on each log. What is uncertain about it is said
/// above its line.
fn detect(log: &LogArgs, session: &Session, text: &mut String) -> Result<(), Failure> {
    let options = passes::read_options(&session.effective.config)?;
    let sources = ingest::detect_sources(&log.logs, &options).map_err(passes::read_failure)?;
    text.push_str("[read.formats]\n");
    for source in &sources {
        let name = toml::Value::from(ingest::pattern_of(&source.name));
        let verdict = match (&source.detection, source.format.as_str()) {
            (Some(detection), _) => detection.to_string(),
            (None, "") => "empty: nothing to tell".to_owned(),
            (None, given) => format!("{given}, as given"),
        };
        let _ = writeln!(text, "# {}", escape(&verdict));
        let also = source.detection.as_ref().is_some_and(|found| !found.also.is_empty());
        // One format cannot stand for several, and none for an empty log.
        let comment = if also || source.format.is_empty() { "# " } else { "" };
        let format = if also || source.format.is_empty() { "auto" } else { &source.format };
        let _ = writeln!(text, "{comment}{name} = {:?}", format);
    }
    Ok(())
}

fn show(format: &dyn Format, style: Style, text: &mut String) {
    let _ = writeln!(text, "{}\n{}", style.bold(format.name()), format.title());
    if !format.notes().is_empty() {
        let _ = writeln!(text, "\n{}", wrap(format.notes(), 78, "  "));
    }
    // As it stands in a log, and as it can be copied: on one line, however long.
    let _ = writeln!(text, "\n{}\n{}", style.bold("Example"), format.example());
    if let Some(string) = format.format_string() {
        let _ = writeln!(text, "\n{}\n{string}", style.bold("As a format string"));
    }
    let taken = format.taken();
    if taken.is_empty() {
        return;
    }
    let _ = writeln!(text, "\n{}", style.bold("Fields taken, the first that is there"));
    for Taken { becomes, fields } in &taken {
        let fields = wrap(&fields.join(" "), 78 - BECOMES, "");
        for (at, part) in fields.lines().enumerate() {
            let becomes = if at == 0 { becomes } else { "" };
            let _ = writeln!(text, "  {becomes:<BECOMES$} {part}");
        }
    }
}
