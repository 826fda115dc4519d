//! What reading costs and what it finds.
//!
//! ```text
//! measure parse LOG        parses a plain file held in memory, nothing else
//! measure read LOG...      reads to events and drops them
//! measure events LOG...    writes what is known of each event, tab-separated
//! measure show LOG...      reads, resolves, and shows the report and the busiest endpoints
//! ```

use std::collections::BTreeMap;
use std::hint::black_box;
use std::time::Instant;

use domain::{Event, Position, RawRecord, SourceId};
use ingest::{
    LineReader, NormaliseOptions, Normaliser, ParseContext, ReadError, ReadOptions, Reading,
    detect, read,
};

#[expect(clippy::print_stdout, reason = "it is all that this program does")]
fn main() {
    let mut arguments = std::env::args().skip(1);
    let mode = arguments.next().unwrap_or_default();
    let inputs: Vec<String> = arguments.collect();
    let done = match mode.as_str() {
        "parse" => parse(&inputs[0]),
        "read" => read_and_drop(&inputs),
        "events" => events(&inputs),
        "show" => show(&inputs),
        _ => Ok("measure parse|read|events|show LOG...".to_owned()),
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
