//! Reads logs and says what was read and what it cost: `measure LOG...`.

use std::collections::BTreeMap;
use std::time::Instant;

use ingest::{NormaliseOptions, Normaliser, ReadOptions, read};

#[expect(clippy::print_stdout, reason = "it is all that this program does")]
fn main() {
    let inputs: Vec<String> = std::env::args().skip(1).collect();
    let mut normaliser = Normaliser::new(NormaliseOptions::default());
    let mut events = Vec::new();
    let started = Instant::now();
    let report = read(&inputs, &ReadOptions::default(), &mut normaliser, &mut |event| {
        events.push(event);
    });
    let elapsed = started.elapsed();
    let report = match report {
        Ok(report) => report,
        Err(error) => return println!("error: {error}"),
    };
    let (directory, resolver) = normaliser.finish();
    let resolver = resolver.expect("a learning normaliser gives a resolver");
    let mut requests: BTreeMap<&str, u64> = BTreeMap::new();
    for event in &mut events {
        resolver.resolve(event);
        *requests.entry(directory.endpoints.name(event.endpoint)).or_default() += 1;
    }
    for source in &report.sources {
        println!("{source:#?}");
    }
    let mut requests: Vec<_> = requests.into_iter().collect();
    requests.sort_by_key(|(name, count)| (std::cmp::Reverse(*count), *name));
    for (name, count) in requests.iter().take(60) {
        println!("{count:8} {name}");
    }
    let lines = report.lines() as f64;
    println!(
        "{} endpoints, {} agents, {} accounts; {lines} lines in {elapsed:?}: {:.3} million lines/s, {:.0} MB/s",
        directory.endpoints.len(),
        directory.agents.len(),
        directory.accounts.len(),
        lines / elapsed.as_secs_f64() / 1e6,
        report.bytes() as f64 / elapsed.as_secs_f64() / 1e6,
    );
}
