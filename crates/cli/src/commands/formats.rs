use std::fmt::Write;
use std::path::PathBuf;

use clap::{Args, Subcommand};
use ingest::{FORMATS, Format, Taken};

use super::Session;
use crate::config::{self, Override};
use crate::exit::{Exit, Failure};
use crate::options::LogArgs;
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
    Detect {
        #[command(flatten)]
        log: LogArgs,

        /// Keep these lines in apiwarden.toml, or the file that --config names. All else in it stays as
        /// it is.
        #[arg(long)]
        save: bool,
    },
}

impl FormatsArgs {
    pub(crate) fn overrides(&self) -> Vec<Override> {
        match &self.what {
            Some(What::Detect { log, .. }) => log.reading.overrides(),
            Some(What::Show { .. }) | None => Vec::new(),
        }
    }
}

/// Lists the formats that are known, or shows the page of one.
pub(crate) fn run(args: &FormatsArgs, session: &Session) -> Result<Exit, Failure> {
    let mut text = String::new();
    match &args.what {
        None => list(session.style, &mut text),
        Some(What::Detect { log, save }) => return detect(log, *save, session),
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

/// Prints a section of the configuration that holds the verdict on each log, and keeps it where that is
/// wanted. What is uncertain about a verdict is said above its line.
fn detect(log: &LogArgs, save: bool, session: &Session) -> Result<Exit, Failure> {
    let options = passes::read_options(&session.effective.config)?;
    let report = ingest::detect_sources(&log.logs, &options).map_err(passes::read_failure)?;
    let mut text = String::from("[read.formats]\n");
    let mut settled = Vec::new();
    for source in &report.sources {
        let pattern = ingest::pattern_of(&source.name);
        let name = toml::Value::from(pattern.as_str());
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
        if comment.is_empty() {
            settled.push((pattern, format.to_owned()));
        }
    }
    for note in report.glob_notes() {
        let _ = writeln!(text, "# {}", escape(&note));
    }
    let kept = if save { Some(keep(&settled, session)) } else { None };
    if let Some(Ok(file)) = &kept {
        let _ = writeln!(text, "# kept in {}", escape(&file.display().to_string()));
    }
    let exit = super::print(text.as_bytes())?;
    kept.transpose().map(|_| exit)
}

/// Keeps the verdicts in the configuration that is in force, or in a new one here.
fn keep(settled: &[(String, String)], session: &Session) -> Result<PathBuf, Failure> {
    let file = session.effective.file.clone().unwrap_or_else(|| PathBuf::from(config::FILE_NAME));
    match config::keep(&file, ("read", "formats"), settled) {
        Ok(()) => Ok(file),
        Err(why) => {
            let rule = "cannot keep the lines there, put them in by hand";
            Err(Failure::new(Exit::Config, format!("{}: {rule}: {why}", file.display())))
        }
    }
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
