//! Golden cases: `golden/ingest/<case>/input.log` and what becomes of it. An `options` file beside
//! it may hold `format = ...` and `trusted = ...` lines.

use std::fmt::Write;
use std::path::Path;

use domain::{Client, Event, NameId};
use ingest::{FormatChoice, NormaliseOptions, ReadOptions};

use crate::support::{Outcome, read_paths};

#[test]
fn every_case_reads_as_recorded() {
    let folder = testkit::workspace_root().join("golden/ingest");
    let mut cases: Vec<_> = std::fs::read_dir(&folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir())
        .collect();
    cases.sort();
    assert!(cases.len() >= 8, "only {} cases", cases.len());
    for case in cases {
        let name = case.file_name().unwrap().to_str().unwrap().to_owned();
        assert!(case.join("README.md").exists(), "{name} says nothing of itself");
        testkit::check_golden(&format!("ingest/{name}/expected"), &shown(&case));
    }
}

fn shown(case: &Path) -> String {
    let (options, normalise) = options(case);
    let input = case.join("input.log");
    let outcome = match read_paths(&[&input], &options, normalise) {
        Ok(outcome) => outcome,
        Err(error) => {
            return format!("{error}\n").replace(&input.display().to_string(), "input.log");
        }
    };
    let source = &outcome.report().sources[0];
    let mut format = source.format.clone();
    if let Some(found) = &source.detection {
        found.also.iter().for_each(|also| format.push_str(&format!(" and {also}")));
        let around = found.wrappers.iter().rev();
        around.for_each(|wrapper| format.push_str(&format!(" within {wrapper}")));
    }
    let mut text = format!(
        "format {format}, {} lines, {} parsed, {} rejects, {} late\n",
        source.lines, source.parsed, source.rejects, source.late
    );
    if source.skipped > 0 {
        writeln!(text, "{} lines that are no requests", source.skipped).unwrap();
    }
    for event in &outcome.events {
        text.push('\n');
        show_event(&mut text, event, &outcome);
    }
    for (_, reject, _) in &outcome.rejects {
        let at = reject.position.offset;
        writeln!(text, "\nreject at {at}, column {}: {}", reject.column, reject.reason).unwrap();
    }
    text
}

fn options(case: &Path) -> (ReadOptions, NormaliseOptions) {
    let mut read = ReadOptions { key: Some([7; 32]), max_reject_ratio: 1.0, ..Default::default() };
    let mut normalise = NormaliseOptions::default();
    let text = std::fs::read_to_string(case.join("options")).unwrap_or_default();
    for line in text.lines() {
        match line.split_once(" = ").unwrap() {
            ("format", format) => read.format = FormatChoice::from_text(format).unwrap(),
            ("trusted", net) => normalise.trusted_proxies.push(net.parse().unwrap()),
            (other, _) => panic!("unknown option {other}"),
        }
    }
    (read, normalise)
}

fn show_event(text: &mut String, event: &Event, outcome: &Outcome) {
    let directory = &outcome.directory;
    let client = match event.client {
        Client::Host(name) => String::from_utf8_lossy(directory.hosts.text(name)).into_owned(),
        client => client.to_string(),
    };
    let name = |id: NameId| String::from_utf8_lossy(directory.accounts.text(id)).into_owned();
    let account = event.account.map_or("-".to_owned(), |account| name(account.0));
    let credential = event.credential.map_or("-".to_owned(), |credential| credential.to_string());
    writeln!(text, "{} offset {}", event.time, event.position.offset).unwrap();
    writeln!(text, "  client {client}, account {account}, credential {credential}").unwrap();
    writeln!(
        text,
        "  {} -> {}, {} bytes, {} us",
        directory.endpoints.name(event.endpoint),
        event.status,
        event.response_bytes,
        event.latency_micros
    )
    .unwrap();
    let agent = String::from_utf8_lossy(directory.agents.text(event.agent)).into_owned();
    writeln!(
        text,
        "  {:?}, {:?}, {:?}, object {}, claims {}",
        event.auth,
        event.words,
        event.flags,
        event.object_hash != 0,
        event.forwarded_hash != 0
    )
    .unwrap();
    writeln!(text, "  agent {}", agent.escape_debug()).unwrap();
}
