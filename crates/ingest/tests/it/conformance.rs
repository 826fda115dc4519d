//! Lines of another project's parser tests, with the fields that its authors expect.

use std::collections::BTreeMap;

use domain::{Position, RawRecord, Request};
use ingest::{FORMATS, ParseContext};
use serde_json::Value;

fn parse<'a>(line: &'a str, context: &'a ParseContext) -> Option<(&'static str, Request<'a>)> {
    let record = RawRecord { position: Position::default(), bytes: line.as_bytes() };
    FORMATS.iter().find_map(|it| Some((it.name(), it.parse(record, context).ok()?)))
}

#[derive(Default)]
struct Tally {
    lines: usize,
    right: usize,
    wrong: Vec<String>,
    unread: Vec<String>,
    misread: Vec<String>,
}

/// Log types that the formats of this crate are for, and how many of their access lines are read.
/// What is missing of nginx and its proxy manager is in formats of that manager's own.
const OURS: [(&str, usize, usize); 7] = [
    ("apache2", 18, 18),
    ("bunkerweb", 17, 17),
    ("caddy", 10, 10),
    ("litespeed", 1, 1),
    ("nginx", 83, 92),
    ("nginx-proxy-manager", 13, 24),
    ("traefik", 13, 13),
];

#[test]
fn web_lines_give_what_their_authors_expect() {
    let Some(file) = testkit::data_file("conformance/crowdsec_parsers.jsonl") else { return };
    let text = std::fs::read_to_string(file).unwrap();
    let context = ParseContext::default();
    let mut tallies: BTreeMap<String, Tally> = BTreeMap::new();
    for test in text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()) {
        let kind = test["log_type"].as_str().unwrap().to_owned();
        let lines = test["lines"].as_array().unwrap();
        for expect in test["expect"].as_array().unwrap() {
            let Some(line) = expect["idx"].as_u64().and_then(|at| lines.get(at as usize)) else {
                continue;
            };
            let line = line.as_str().unwrap();
            let time = test["times"][expect["idx"].to_string()].as_str();
            tallies.entry(kind.clone()).or_default().add(line, expect, time, &context);
        }
    }
    report(&tallies);
    for (kind, right, lines) in OURS {
        let tally = &tallies[kind];
        assert!(tally.wrong.is_empty(), "{kind}: {:#?}", tally.wrong);
        assert_eq!((tally.right, tally.lines), (right, lines), "{kind}");
    }
    // Two of nginx's are access lines that its authors' own parser drops; GitLab's are requests too.
    let misread: Vec<_> = tallies.iter().filter(|it| !it.1.misread.is_empty()).collect();
    assert!(misread.iter().all(|(kind, _)| ["nginx", "gitlab"].contains(&kind.as_str())));
}

impl Tally {
    fn add(&mut self, line: &str, expect: &Value, time: Option<&str>, context: &ParseContext) {
        let meta = &expect["meta"];
        let is_access = expect["success"] == true && meta["http_path"].is_string();
        let is_access = is_access && meta["http_status"].is_string();
        match (is_access, parse(line, context)) {
            (true, Some((_, request))) => {
                self.lines += 1;
                match difference(&request, meta, time) {
                    None => self.right += 1,
                    Some(what) => self.wrong.push(format!("{what}: {line}")),
                }
            }
            (true, None) => {
                self.lines += 1;
                self.unread.push(line.to_owned());
            }
            (false, Some((format, _))) => self.misread.push(format!("{format}: {line}")),
            (false, None) => {}
        }
    }
}

fn difference(request: &Request<'_>, meta: &Value, time: Option<&str>) -> Option<String> {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let expected = |key: &str| meta[key].as_str().unwrap_or("-").to_owned();
    let status = request.status.map_or("-".to_owned(), |status| status.to_string());
    if status != expected("http_status") && expected("http_status") != "0" {
        return Some(format!("status {status}"));
    }
    let verb = expected("http_verb");
    let found = request.method.name();
    if verb != "-" && !matches!(found, "WEBDAV" | "OTHER") && found != verb {
        return Some(format!("method {found}"));
    }
    let path = expected("http_path");
    let target = text(&request.target);
    // Escapes are undone here and kept there; secrets are hidden here.
    let comparable = !path.contains('\\') && !target.contains("[redacted]");
    if comparable && target != path && !target.ends_with(&path) {
        return Some(format!("path {target}"));
    }
    let agent = expected("http_user_agent");
    if agent != "-" && text(&request.agent) != agent && !agent.contains('\\') {
        return Some(format!("agent {}", text(&request.agent)));
    }
    let source = expected("source_ip");
    let told = [&request.peer, &request.forwarded].map(|it| text(it));
    if source != "-" && !told.iter().any(|it| it.starts_with(&source)) {
        return Some(format!("client {}", text(&request.peer)));
    }
    let time = time?;
    let secs = |text: &str| text.parse::<jiff::Timestamp>().unwrap().as_second();
    let found = request.time.as_secs();
    (found != secs(time)).then(|| format!("time {}", request.time))
}

#[expect(clippy::print_stderr, reason = "the figures are the point")]
fn report(tallies: &BTreeMap<String, Tally>) {
    for (kind, tally) in tallies {
        if tally.lines + tally.misread.len() == 0 {
            continue;
        }
        let Tally { lines, right, wrong, unread, misread } = tally;
        eprintln!(
            "{kind}: {right} of {lines} access lines right, {} wrong, {} unread; {} other lines read",
            wrong.len(),
            unread.len(),
            misread.len()
        );
        for line in wrong.iter().chain(unread).chain(misread).take(12) {
            eprintln!("    {}", line.chars().take(200).collect::<String>());
        }
    }
}
