use std::io::Write;

use alerts::{escape, escape_json};
use clap::{Args, ValueEnum};
use domain::{CredentialKind, Reject, Request};
use ingest::{Normaliser, RequestListener};
use serde_json::Value;

use super::{Session, Terminal};
use crate::config::Override;
use crate::exit::{Exit, Failure};
use crate::options::LogArgs;
use crate::passes::{self, Onlooker};

#[derive(Args, Debug)]
pub(crate) struct ParseArgs {
    #[command(flatten)]
    pub(crate) log: LogArgs,

    /// In which form requests are written.
    #[arg(short, long, value_enum, default_value_t = Output::Jsonl, value_name = "FORM")]
    output: Output,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Output {
    /// One JSON object a line; what the log does not tell is null.
    Jsonl,
    /// A table with a header line; what the log does not tell is empty.
    Csv,
}

/// The columns, in their order.
const COLUMNS: [&str; 18] = [
    "source",
    "offset",
    "time",
    "client",
    "peer",
    "forwarded",
    "user",
    "credential",
    "credential_kind",
    "method",
    "target",
    "host",
    "referer",
    "user_agent",
    "status",
    "response_bytes",
    "request_bytes",
    "latency_us",
];

impl ParseArgs {
    pub(crate) fn overrides(&self) -> Vec<Override> {
        self.log.reading.overrides()
    }
}

/// Writes what a log tells of each request, in the order of its lines.
pub(crate) fn run(args: &ParseArgs, session: &Session) -> Result<Exit, Failure> {
    let config = &session.effective.config;
    let options = passes::read_options(config)?;
    let normaliser = Normaliser::new(passes::normalise_options(config)?);
    args.log.keep_apart([])?;
    let terminal = Terminal::new(session.quiet, args.log.rejects.as_deref())?;
    let out = std::io::BufWriter::new(std::io::stdout().lock());
    let mut writer = Writer { out, form: args.output, normaliser, terminal, failed: None };
    if args.output == Output::Csv {
        writeln!(writer.out, "{}", COLUMNS.join(","))?;
    }
    let report = ingest::read_requests(&args.log.logs, &options, &mut writer)
        .map_err(passes::read_failure)?;
    writer.terminal.finish()?;
    match writer.failed {
        Some(error) => return Err(error.into()),
        None => writer.out.flush()?,
    }
    super::note_reading(&report, session)?;
    passes::check_report(&report, config)?;
    Ok(Exit::Done)
}

struct Writer<W: Write> {
    out: W,
    form: Output,
    normaliser: Normaliser,
    terminal: Terminal,
    failed: Option<std::io::Error>,
}

impl<W: Write> RequestListener for Writer<W> {
    fn request(&mut self, source_name: &str, request: &Request<'_>) {
        if self.failed.is_some() {
            return;
        }
        let values = self.values(source_name, request);
        let written = match self.form {
            Output::Jsonl => write_json(values, &mut self.out),
            Output::Csv => write_csv(values, &mut self.out),
        };
        self.failed = written.err();
    }

    fn reject(&mut self, source_name: &str, reject: &Reject, line: &[u8]) {
        self.terminal.reject(source_name, reject, line);
    }
}

impl<W: Write> Writer<W> {
    /// A value a column. Targets and referers were redacted when they were parsed.
    fn values(&mut self, source_name: &str, request: &Request<'_>) -> [Value; COLUMNS.len()] {
        let client = self.normaliser.client_of(request);
        let user = if request.user.is_empty() { &request.subject } else { &request.user };
        let kind = request.credential.map(|_| kind_name(request.credential_kind));
        [
            source_name.into(),
            request.position.offset.into(),
            request.time.to_string().into(),
            text(&client),
            text(&request.peer),
            text(&request.forwarded),
            text(user),
            request.credential.map(|credential| credential.to_string()).into(),
            kind.into(),
            text(request.method.name().as_bytes()),
            text(&request.target),
            text(&request.host),
            text(&request.referer),
            text(&request.agent),
            request.status.into(),
            request.response_bytes.into(),
            request.request_bytes.into(),
            request.latency_micros.into(),
        ]
    }
}

const fn kind_name(kind: CredentialKind) -> &'static str {
    match kind {
        CredentialKind::Token => "token",
        CredentialKind::Password => "password",
        CredentialKind::Key => "key",
        CredentialKind::Cookie => "cookie",
    }
}

/// A text as it may be shown; an empty one is not known.
fn text(bytes: &[u8]) -> Value {
    match bytes {
        b"" | b"-" => Value::Null,
        bytes => String::from_utf8_lossy(bytes).into_owned().into(),
    }
}

fn write_json(values: [Value; COLUMNS.len()], out: &mut impl Write) -> std::io::Result<()> {
    let mut line = String::with_capacity(512);
    for (name, value) in COLUMNS.into_iter().zip(values) {
        line.push_str(if line.is_empty() { "{\"" } else { ",\"" });
        line.push_str(name);
        line.push_str("\":");
        line.push_str(&serde_json::to_string(&value)?);
    }
    writeln!(out, "{}}}", escape_json(&line))
}

fn write_csv(values: [Value; COLUMNS.len()], out: &mut impl Write) -> std::io::Result<()> {
    let mut writer = csv::WriterBuilder::new().from_writer(out);
    for value in values {
        let text = match value {
            Value::Null => String::new(),
            Value::String(text) => escape(&text),
            other => other.to_string(),
        };
        writer.write_field(text)?;
    }
    writer.write_record(None::<&[u8]>)?;
    writer.flush()
}
