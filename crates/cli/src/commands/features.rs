use std::io::Write;

use alerts::{Naming, escape};
use clap::{Args, ValueEnum};
use domain::{Entity, EntityKind, Moment, Observation};
use features::{ObservePolicy, columns};
use pipeline::Front;

use super::samples::Directed;
use super::{Session, Terminal};
use crate::config::Override;
use crate::exit::{Exit, Failure};
use crate::options::LogArgs;
use crate::passes::{self, Endpoints, Log};
use crate::render::JsonLine;

#[derive(Args, Debug)]
pub(crate) struct FeaturesArgs {
    #[command(flatten)]
    pub(crate) log: LogArgs,

    /// In which form rows are written.
    #[arg(short, long, value_enum, default_value_t = Output::Csv, value_name = "FORM")]
    output: Output,

    /// Only rows of this kind of entity: client, account, credential or endpoint.
    #[arg(long, value_name = "KIND", value_parser = kind)]
    entity: Option<EntityKind>,

    /// Only the last row of each session, not those of the schedule before it.
    #[arg(long)]
    ends: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Output {
    /// A table with a header line; a number that is not known is empty.
    Csv,
    /// One JSON object a line; a number that is not known is null.
    Jsonl,
}

/// The columns before the features: whose row it is, and when.
const HEAD: [&str; 5] = ["time", "entity_kind", "entity_value", "ip_type", "moment"];

impl FeaturesArgs {
    pub(crate) fn overrides(&self) -> Vec<Override> {
        self.log.reading.overrides()
    }
}

fn kind(text: &str) -> Result<EntityKind, String> {
    let found = EntityKind::ALL.into_iter().find(|kind| kind.name() == text);
    found.ok_or_else(|| "must be client, account, credential or endpoint".to_owned())
}

/// Writes the rows that judging looks at on its schedule, in the order of the log.
pub(crate) fn run(args: &FeaturesArgs, session: &Session) -> Result<Exit, Failure> {
    let config = &session.effective.config;
    args.log.keep_apart([])?;
    let mut terminal = Terminal::new(session.quiet, args.log.rejects.as_deref())?;
    let log =
        passes::read(&args.log.logs, config, Endpoints::Learned { until: None }, &mut terminal)?;
    terminal.finish()?;
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    if args.output == Output::Csv {
        let names: Vec<&str> = HEAD.into_iter().chain(columns().map(|(_, c)| c.name)).collect();
        writeln!(out, "{}", names.join(","))?;
    }
    let mut written = Ok(());
    let mut front = Front::new(0, 1, passes::limits(config)?, ObservePolicy::Tables);
    let everyone = |_: &Entity| true;
    passes::observe(&mut front, &log, &log.profiles, everyone, |seen| {
        let is_wanted = args.entity.is_none_or(|kind| kind == seen.entity.kind())
            && (!args.ends || seen.moment == Moment::SessionEnd);
        if is_wanted && written.is_ok() {
            written = match args.output {
                Output::Csv => write_csv(seen, &log, &mut out),
                Output::Jsonl => write_json(seen, &log, &mut out),
            };
        }
    })?;
    written?;
    out.flush()?;
    super::note_reading(&log.report, session)?;
    passes::check_log(&log, config)?;
    Ok(Exit::Done)
}

fn head(seen: &Observation<'_>, log: &Log) -> [String; 5] {
    let entity = Directed(&log.directory).entity(&seen.entity);
    let ip_type = match seen.entity {
        Entity::Client(client) => log.lists.ip_type(client).name(),
        _ => "",
    };
    let moment = match seen.moment {
        Moment::Notable => "notable",
        Moment::Scheduled => "scheduled",
        Moment::SessionEnd => "session_end",
    };
    let kind = entity.kind.name();
    [seen.time.to_string(), kind.into(), entity.value, ip_type.into(), moment.into()]
}

fn write_csv(seen: &Observation<'_>, log: &Log, out: &mut impl Write) -> std::io::Result<()> {
    let mut line = Vec::with_capacity(512);
    let mut writer = csv::WriterBuilder::new().from_writer(&mut line);
    for text in head(seen, log) {
        writer.write_field(escape(&text))?;
    }
    for value in seen.row {
        let text = if value.is_nan() { String::new() } else { value.to_string() };
        writer.write_field(text)?;
    }
    writer.write_record(None::<&[u8]>)?;
    writer.flush()?;
    drop(writer);
    out.write_all(&line)
}

fn write_json(seen: &Observation<'_>, log: &Log, out: &mut impl Write) -> std::io::Result<()> {
    let mut line = JsonLine::default();
    for (name, text) in HEAD.into_iter().zip(head(seen, log)) {
        line.text(name, &text);
    }
    for ((_, column), value) in columns().zip(seen.row) {
        let known = value.is_finite();
        line.put(column.name, &if known { value.to_string() } else { "null".to_owned() });
    }
    out.write_all(line.finish().as_bytes())
}
