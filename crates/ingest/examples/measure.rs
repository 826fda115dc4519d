//! What reading costs and what it finds.
//!
//! ```text
//! measure parse LOG        parses a plain file held in memory, nothing else
//! measure formats [LOG...] what parsing costs in CPU time: every format on its example, and these
//!                          logs, as rows of a table
//! measure read LOG...      reads to events and drops them
//! measure events LOG...    writes what is known of each event, tab-separated
//! measure show LOG...      reads, resolves, and shows the report and the busiest endpoints
//! ```

use std::collections::BTreeMap;
use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

use domain::{Event, Position, RawRecord, Reject, Request, SourceId};
use ingest::{
    Chosen, FORMATS, Format, LineReader, NormaliseOptions, Normaliser, ParseContext, Parser,
    ReadError, ReadOptions, Reading, RequestListener, detect, read, read_requests,
};
use parquet::file::writer::SerializedFileWriter;

#[expect(clippy::print_stdout, reason = "it is all that this program does")]
fn main() {
    let mut arguments = std::env::args().skip(1);
    let mode = arguments.next().unwrap_or_default();
    let inputs: Vec<String> = arguments.collect();
    let done = match mode.as_str() {
        "parse" => parse(&inputs[0]),
        "formats" => Ok(formats(&inputs)),
        "read" => read_and_drop(&inputs),
        "events" => events(&inputs),
        "show" => show(&inputs),
        _ => Ok("measure parse|formats|read|events|show LOG...".to_owned()),
    };
    println!("{}", done.unwrap_or_else(|error| format!("error: {error}")));
}

fn rates(lines: f64, bytes: f64, started: Instant) -> String {
    let secs = started.elapsed().as_secs_f64();
    let (million_lines, megabytes) = (lines / secs / 1e6, bytes / secs / 1e6);
    format!("{lines} lines in {secs:.3} s: {million_lines:.2} million lines/s, {megabytes:.0} MB/s")
}

fn parse(path: &str) -> Result<String, ReadError> {
    let text = std::fs::read(path).expect("the file can be read");
    let context = ParseContext::default();
    let head = text.split(|byte| *byte == b'\n').take(100);
    let (found, parser) = detect::settle(head, &detect::every_format(), &context);
    let mut parser = parser.unwrap_or_else(|| panic!("unrecognised: {found}"));
    let started = Instant::now();
    let mut lines = LineReader::new(&text[..], 65_536);
    let mut parsed = 0_u32;
    while let Ok(Some(line)) = lines.next_line() {
        let position = Position { source: SourceId(0), offset: line.offset };
        if parser.absorb(line.bytes, &context) {
            continue;
        }
        let request = parser.parse(RawRecord { position, bytes: line.bytes }, &context);
        parsed += u32::from(black_box(request).is_ok());
    }
    Ok(rates(f64::from(parsed), text.len() as f64, started))
}

/// Bytes of the text that a format is measured on.
const TEXT_BYTES: usize = 16 * 1024 * 1024;
/// Rounds of which the quickest counts: whatever else the machine does only adds.
const ROUNDS: usize = 3;
/// Passes over the text in a round: the clock of a thread goes in steps of a few milliseconds.
const PASSES: usize = 5;
const COUNTING_PASSES: usize = 100;

fn formats(logs: &[String]) -> String {
    let mut rows = String::new();
    for format in FORMATS {
        rows.push_str(&row(format.name(), *format, &many(format.example())));
    }
    rows.push_str(&parquet_row());
    for path in logs {
        let text = std::fs::read(path).expect("the file can be read");
        let context = ParseContext::default();
        let found = detect::detect(text.split(|byte| *byte == b'\n').take(100), &context);
        let format =
            found.format.and_then(ingest::formats::by_name).expect("the format is recognised");
        let name = std::path::Path::new(path).file_name().unwrap_or_default().to_string_lossy();
        rows.push_str(&row(&format!("{} ({name})", format.name()), format, &text));
    }
    rows.trim_end().to_owned()
}

/// An example over and over, each time of another client, moment and path. What stands before its last
/// line is a header.
fn many(example: &str) -> Vec<u8> {
    let (header, line) = example.rsplit_once('\n').unwrap_or(("", example));
    let mut text = header.as_bytes().to_vec();
    text.extend_from_slice(if header.is_empty() { b"" } else { b"\n" });
    for at in 0_u32.. {
        let (min, sec) = (at / 600 % 60, at / 10 % 60);
        let varied = line
            .replace("192.0.2.7", &format!("192.0.{}.{}", at / 100 % 256, at % 100))
            .replace("/users/42", &format!("/users/{}", at % 5_000))
            .replace("21:44:14", &format!("21:{min:02}:{sec:02}"))
            .replace("1795383854", &(1_795_383_854 + u64::from(at / 10)).to_string());
        text.extend_from_slice(varied.as_bytes());
        text.push(b'\n');
        if text.len() > TEXT_BYTES {
            break;
        }
    }
    text
}

/// One row: bytes a line, lines and megabytes a second of CPU, and how many times longer parsing takes
/// than finding the line ends.
fn row(name: &str, format: &'static dyn Format, text: &[u8]) -> String {
    let (mut parsing, mut counting) = (f64::INFINITY, f64::INFINITY);
    let (mut lines, mut parsed) = (0, 0);
    for _ in 0..ROUNDS {
        let started = cpu_secs();
        for _ in 0..COUNTING_PASSES {
            lines = memchr::memchr_iter(b'\n', black_box(text)).count();
        }
        counting = counting.min((cpu_secs() - started) / COUNTING_PASSES as f64);
        let started = cpu_secs();
        for _ in 0..PASSES {
            parsed = parse_all(format, text);
        }
        parsing = parsing.min((cpu_secs() - started) / PASSES as f64);
    }
    assert!(parsed * 10 >= lines * 9, "{name}: {parsed} of {lines} lines");
    let (lines, bytes) = (lines as f64, text.len() as f64);
    format!(
        "| {name} | {:.0} | {:.2} | {:.0} | {:.1} |\n",
        bytes / lines,
        lines / parsing / 1e6,
        bytes / parsing / 1e6,
        parsing / counting
    )
}

/// Rows of a Parquet file: from the file to requests, by the way that `read_requests` takes. Bytes are
/// those of the JSON lines that they become.
fn parquet_row() -> String {
    let file = tempfile::NamedTempFile::new().expect("a temporary file");
    write_parquet(file.as_file()).expect("a file of rows is written");
    let inputs = [file.path().display().to_string()];
    let (mut parsing, mut lines, mut bytes) = (f64::INFINITY, 0, 0);
    for _ in 0..ROUNDS {
        let started = cpu_secs();
        let report = read_requests(&inputs, &ReadOptions::default(), &mut Dropped);
        parsing = parsing.min(cpu_secs() - started);
        let report = report.expect("the rows are read");
        (lines, bytes) = (report.parsed(), report.bytes());
    }
    assert_eq!(lines as usize, PARQUET_ROWS);
    let (lines, bytes) = (lines as f64, bytes as f64);
    let (length, rate, megabytes) = (bytes / lines, lines / parsing / 1e6, bytes / parsing / 1e6);
    format!("| json (rows of a Parquet file) | {length:.0} | {rate:.2} | {megabytes:.0} | – |\n")
}

const PARQUET_ROWS: usize = 100_000;

/// The example of `json` as rows, each of another client, moment and path.
fn write_parquet(file: &std::fs::File) -> parquet::errors::Result<()> {
    use parquet::data_type::{ByteArray, ByteArrayType, Int32Type, Int64Type};
    let schema = "message log { required int64 time (TIMESTAMP_MILLIS); required binary ip (UTF8);
        required binary method (UTF8); required binary url (UTF8); required int32 status;
        required int32 duration_ms; required binary user_agent (UTF8); }";
    let schema = Arc::new(parquet::schema::parser::parse_message_type(schema)?);
    let mut writer = SerializedFileWriter::new(file, schema, Arc::default())?;
    let rows = 0..PARQUET_ROWS;
    let texts = |text: &dyn Fn(usize) -> String| -> Vec<ByteArray> {
        rows.clone().map(|row| text(row).as_str().into()).collect()
    };
    let times: Vec<i64> = rows.clone().map(|row| 1_795_383_854_000 + 100 * row as i64).collect();
    let mut group = writer.next_row_group()?;
    for place in 0..7 {
        let mut column = group.next_column()?.expect("the schema has seven columns");
        let numbers = vec![if place == 4 { 200 } else { 12 }; PARQUET_ROWS];
        let texts = match place {
            1 => texts(&|row| format!("192.0.{}.{}", row / 100 % 256, row % 100)),
            2 => texts(&|_| "GET".to_owned()),
            3 => texts(&|row| format!("/users/{}", row % 5_000)),
            _ => texts(&|_| "curl/8.6.0".to_owned()),
        };
        match place {
            0 => column.typed::<Int64Type>().write_batch(&times, None, None)?,
            4 | 5 => column.typed::<Int32Type>().write_batch(&numbers, None, None)?,
            _ => column.typed::<ByteArrayType>().write_batch(&texts, None, None)?,
        };
        column.close()?;
    }
    group.close()?;
    writer.close().map(|_| ())
}

/// Takes requests and drops them.
struct Dropped;

impl RequestListener for Dropped {
    fn request(&mut self, _: &str, request: &Request<'_>) {
        black_box(request);
    }

    fn reject(&mut self, _: &str, _: &Reject, _: &[u8]) {}
}

fn parse_all(format: &'static dyn Format, text: &[u8]) -> usize {
    let context = ParseContext::default();
    let mut parser = Parser::new(&[], [Chosen::Static(format)]);
    let mut lines = LineReader::new(text, 65_536);
    let mut parsed = 0;
    while let Ok(Some(line)) = lines.next_line() {
        if parser.absorb(line.bytes, &context) {
            continue;
        }
        let position = Position { source: SourceId(0), offset: line.offset };
        let request = parser.parse(RawRecord { position, bytes: line.bytes }, &context);
        parsed += usize::from(black_box(&request).is_ok());
    }
    parsed
}

/// Time that this thread has had a processor for: what others do at the same time counts little.
fn cpu_secs() -> f64 {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat").expect("Linux tells it");
    let nanos = stat.split(' ').next().and_then(|nanos| nanos.parse::<f64>().ok());
    nanos.expect("the first number is the time on a processor") / 1e9
}

fn read_and_drop(inputs: &[String]) -> Result<String, ReadError> {
    let mut normaliser = Normaliser::new(NormaliseOptions::default());
    let started = Instant::now();
    let Reading { report, .. } =
        read(inputs, &ReadOptions::default(), &mut normaliser, &mut |event| {
            black_box(event);
        })?;
    Ok(rates(report.lines() as f64, report.bytes() as f64, started))
}

#[expect(clippy::print_stdout, reason = "it is all that this program does")]
fn show(inputs: &[String]) -> Result<String, ReadError> {
    let mut normaliser = Normaliser::new(NormaliseOptions::default());
    let mut events: Vec<Event> = Vec::new();
    let started = Instant::now();
    let Reading { report, .. } =
        read(inputs, &ReadOptions::default(), &mut normaliser, &mut |event| events.push(event))?;
    let rates = rates(report.lines() as f64, report.bytes() as f64, started);
    let (directory, resolver) = normaliser.finish();
    let resolver = resolver.expect("a learning normaliser gives a resolver");
    let mut requests: BTreeMap<&str, u64> = BTreeMap::new();
    for event in &mut events {
        resolver.resolve(event);
        *requests.entry(directory.endpoints.name(event.endpoint)).or_default() += 1;
    }
    report.sources.iter().for_each(|source| println!("{source:#?}"));
    let mut requests: Vec<_> = requests.into_iter().collect();
    requests.sort_by_key(|(name, count)| (std::cmp::Reverse(*count), *name));
    requests.iter().take(60).for_each(|(name, count)| println!("{count:8} {name}"));
    let (agents, accounts) = (directory.agents.len(), directory.accounts.len());
    let endpoints = directory.endpoints.len();
    Ok(format!("{endpoints} endpoints, {agents} agents, {accounts} accounts; {rates}"))
}

#[expect(clippy::print_stdout, reason = "it is all that this program does")]
fn events(inputs: &[String]) -> Result<String, ReadError> {
    let mut normaliser = Normaliser::new(NormaliseOptions::default());
    let mut events: Vec<Event> = Vec::new();
    read(inputs, &ReadOptions::default(), &mut normaliser, &mut |event| events.push(event))?;
    let (directory, resolver) = normaliser.finish();
    let resolver = resolver.expect("a learning normaliser gives a resolver");
    for event in &mut events {
        resolver.resolve(event);
        let endpoint = directory.endpoints.name(event.endpoint);
        let Event { time, position, client, status, auth, words, flags, .. } = event;
        let offset = position.offset;
        println!(
            "{offset}\t{time}\t{client}\t{endpoint}\t{status}\t{auth:?}\t{words:?}\t{flags:?}"
        );
    }
    Ok(String::new())
}
