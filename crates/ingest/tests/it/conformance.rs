//! Lines of other projects' tests, with what their authors expect of them. What comes of it stands in
//! `docs/reference/quality.md`; `UPDATE_EXPECT=1` writes it there.

use std::collections::BTreeMap;
use std::fmt::Write;

use domain::{Position, RawRecord, Request};
use ingest::detect::{every_format, settle};
use ingest::{Clock, Fingerprinter, ParseContext, Parser, Zone};
use serde_json::Value;

const BEGIN: &str = "<!-- cargo test -p apiwarden-ingest conformance: begin -->\n";
const END: &str = "<!-- cargo test -p apiwarden-ingest conformance: end -->\n";

/// Lines that are read although their authors expect no request, and access lines that are not read:
/// the beginning of each, and why.
const EXCEPTIONS: [(&str, &str); 7] = [
    (
        r#"174.233.1.144 - - [02/Apr/2022:17:11:53 +0200] "GET / HTTP/1.1" 403"#,
        "an access line that their own whitelist drops",
    ),
    (
        "34.77.162.21 - - [05/Apr/2022:04:45:57 +0200] \"GET / HTTP/1.1\" 403",
        "an access line that their own whitelist drops",
    ),
    (
        r#"{"method":"POST","path":"/users/"#,
        "GitLab's requests: it tells method, path, status, time and client of each",
    ),
    ("[GIN] ", "Gotify's requests as its framework Gin writes them: each tells all of a request"),
    (
        "66.249.66.1 - - - [31/Jan/2015:14:29:44 ] fail2ban.org",
        "the format of one site, with a broken time: a format string of one's own reads it",
    ),
    (
        "145.239.69.22 - - - [31/Jan/2015:14:29:44 ] fail2ban.org",
        "the format of one site, with a broken time: a format string of one's own reads it",
    ),
    (
        "175.18.15.1",
        "openHAB with the months of a French locale: no server writes them unless Java's locale is so",
    ),
];

fn is_exception(line: &str) -> bool {
    EXCEPTIONS.iter().any(|(beginning, _)| line.starts_with(beginning))
}

/// What is counted of the lines of one kind of log.
#[derive(Default)]
struct Tally {
    access: usize,
    right: usize,
    other: usize,
    refused: usize,
    excepted: usize,
    faults: Vec<String>,
}

impl Tally {
    fn add(&mut self, line: &str, is_access: bool, fault: Option<String>) {
        if fault.is_some() && is_exception(line) {
            self.excepted += 1;
            return;
        }
        let (all, well) = match is_access {
            true => (&mut self.access, &mut self.right),
            false => (&mut self.other, &mut self.refused),
        };
        *all += 1;
        *well += usize::from(fault.is_none());
        self.faults.extend(fault.map(|fault| format!("{fault}: {line}")));
    }
}

/// Reads a line by a parser that was settled for it alone, or for its whole file.
fn parse<'a>(
    parser: &'a mut Option<Parser>,
    line: &'a str,
    context: &'a ParseContext,
) -> Option<Request<'a>> {
    let record = RawRecord { position: Position::default(), bytes: line.as_bytes() };
    let parser = parser.as_mut()?;
    if parser.absorb(record.bytes, context) {
        return None;
    }
    parser.parse(record, context).ok()
}

#[test]
fn lines_give_what_their_authors_expect() {
    let files = ["conformance/crowdsec_parsers.jsonl", "conformance/fail2ban_lines.jsonl"];
    let [Some(parsers), Some(filters)] = files.map(testkit::data_file) else { return };
    let (kinds, whole_files) = read_parser_tests(&std::fs::read_to_string(parsers).unwrap());
    let filters = read_filter_tests(&std::fs::read_to_string(filters).unwrap());
    let mut faults = Vec::new();
    for (kind, tally) in kinds.iter().chain(&filters).chain(&whole_files) {
        faults.extend(tally.faults.iter().map(|fault| format!("{kind}: {fault:.300}")));
    }
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
    let page = testkit::workspace_root().join("docs/reference/quality.md");
    let text = std::fs::read_to_string(&page).unwrap();
    let (head, rest) = text.split_once(BEGIN).expect("the page has our markers");
    let (_, tail) = rest.split_once(END).expect("the page has our markers");
    let expected = format!("{head}{BEGIN}{}{END}{tail}", table(&kinds, &filters));
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(page, expected).unwrap();
    } else {
        assert!(
            text == expected,
            "docs/reference/quality.md is stale: UPDATE_EXPECT=1 rewrites it"
        );
    }
}

type Tallies = BTreeMap<String, Tally>;

/// CrowdSec's parser tests, line by line; and the access lines again where most of a file are such,
/// read by what the file as a whole was settled to be.
fn read_parser_tests(text: &str) -> (Tallies, Tallies) {
    let context = ParseContext::default();
    let (mut kinds, mut files) = (Tallies::new(), Tallies::new());
    for test in text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()) {
        let kind = test["log_type"].as_str().unwrap();
        let lines: Vec<&str> =
            test["lines"].as_array().unwrap().iter().map(|it| it.as_str().unwrap()).collect();
        let expected = test["expect"].as_array().unwrap();
        let access = expected.iter().filter(|it| is_access(it)).count();
        let mut whole = settle(lines.iter().map(|it| it.as_bytes()), &every_format(), &context).1;
        for expect in expected {
            let index = expect["idx"].as_u64().map_or(usize::MAX, |at| at as usize);
            let Some(line) = lines.get(index).copied() else { continue };
            let time = test["times"][index.to_string()].as_str();
            let mut alone = settle([line.as_bytes()], &every_format(), &context).1;
            let request = parse(&mut alone, line, &context);
            let fault = match (is_access(expect), &request) {
                (true, Some(request)) => difference(request, &expect["meta"], time),
                (true, None) => Some("not read".to_owned()),
                (false, Some(request)) => Some(format!("read, {}", request.time)),
                (false, None) => None,
            };
            kinds.entry(kind.to_owned()).or_default().add(line, is_access(expect), fault);
            if is_access(expect) && access * 2 > lines.len() {
                let fault = match parse(&mut whole, line, &context) {
                    Some(request) => difference(&request, &expect["meta"], time),
                    None => Some("not read as part of its file".to_owned()),
                };
                let file = test["test"].as_str().unwrap().to_owned();
                files.entry(file).or_default().add(line, true, fault);
            }
        }
    }
    (kinds, files)
}

/// Whether a line tells of a request and its answer. An entry of an error log tells of a request as
/// well; but that request stands in the access log too, and must not count twice.
fn is_access(expect: &Value) -> bool {
    let meta = &expect["meta"];
    expect["success"] == true && meta["http_path"].is_string() && meta["http_status"].is_string()
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
    let bare = target.split('?').next().unwrap_or_default();
    // Escapes are undone here and kept there; secrets are hidden here; some of theirs have no query.
    let comparable = !path.contains('\\') && !target.contains("[redacted]");
    if comparable && target != path && bare != path && !target.ends_with(&path) {
        return Some(format!("path {target}"));
    }
    let agent = expected("http_user_agent");
    if agent != "-" && text(&request.agent) != agent && !agent.contains('\\') {
        return Some(format!("agent {}", text(&request.agent)));
    }
    let source = expected("source_ip");
    let told = [&request.peer, &request.forwarded].map(|it| text(it));
    let is_source = |it: &String| it.trim_start_matches('[').starts_with(&source);
    if source != "-" && !told.iter().any(is_source) {
        return Some(format!("client {}", text(&request.peer)));
    }
    let secs = |text: &str| text.parse::<jiff::Timestamp>().unwrap().as_second();
    let found = request.time.as_secs();
    (found != secs(time?)).then(|| format!("time {}", request.time))
}

/// Filters of fail2ban that are for web servers: their lines that are access lines must be read.
const WEB_FILTERS: [&str; 10] = [
    "apache-badbots",
    "apache-fakegooglebot",
    "apache-pass",
    "haproxy-http-auth",
    "nginx-bad-request",
    "nginx-botsearch",
    "openhab",
    "php-url-fopen",
    "sogo-auth",
    "traefik-auth",
];

/// fail2ban's lines: its tests run in Zurich.
fn read_filter_tests(text: &str) -> Tallies {
    let zone = Zone::from_name("Europe/Zurich").unwrap();
    let context = ParseContext::new(Fingerprinter::new([0; 32]), Clock::new(zone, None));
    let mut filters = Tallies::new();
    for test in text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()) {
        let (filter, line) = (test["filter"].as_str().unwrap(), test["line"].as_str().unwrap());
        let has_time = line.split('[').any(|it| it.as_bytes().get(2) == Some(&b'/'));
        let has_status =
            line.contains("\" ") && (line.contains("HTTP/") || line.contains("\" 400"));
        let is_access = WEB_FILTERS.contains(&filter)
            && has_time
            && (has_status || filter.starts_with("haproxy"));
        let mut alone = settle([line.as_bytes()], &every_format(), &context).1;
        let request = parse(&mut alone, line, &context);
        let fault = match (is_access, &request) {
            (true, Some(request)) => wrong_time_or_host(request, &test),
            (true, None) => Some("not read".to_owned()),
            (false, Some(request)) => Some(format!("read, {}", request.time)),
            (false, None) => None,
        };
        let kind = if WEB_FILTERS.contains(&filter) { filter } else { "all other filters" };
        filters.entry(kind.to_owned()).or_default().add(line, is_access, fault);
    }
    filters
}

fn wrong_time_or_host(request: &Request<'_>, test: &Value) -> Option<String> {
    let peer = String::from_utf8_lossy(&request.peer).into_owned();
    let host = test["host"].as_str();
    if host.is_some_and(|host| peer.trim_start_matches("::ffff:") != host) {
        return Some(format!("client {peer}"));
    }
    let time = jiff::Timestamp::from_microsecond(request.time.as_micros()).unwrap();
    let found = time.in_tz("Europe/Zurich").unwrap().strftime("%FT%T").to_string();
    // For HAProxy they take the time of syslog, whose year is made up.
    let skipped = if test["filter"] == "haproxy-http-auth" { 4 } else { 0 };
    let expected = test["time"].as_str()?;
    (found[skipped..] != expected[skipped..]).then(|| format!("time {found}"))
}

fn table(kinds: &Tallies, filters: &Tallies) -> String {
    let mut text = String::from(
        "\n| lines | access lines | read right | of other kinds | refused |\n|---|---|---|---|---|\n",
    );
    let mut others = Tally::default();
    let row = |text: &mut String, name: &str, tally: &Tally| {
        let Tally { access, right, other, refused, .. } = tally;
        let _ = writeln!(text, "| {name} | {access} | {right} | {other} | {refused} |");
    };
    for (kind, tally) in kinds {
        if tally.access > 0 {
            row(&mut text, &format!("CrowdSec: {kind}"), tally);
        } else {
            others.other += tally.other;
            others.refused += tally.refused;
        }
    }
    row(&mut text, "CrowdSec: all other log types", &others);
    for (filter, tally) in filters {
        row(&mut text, &format!("fail2ban: {filter}"), tally);
    }
    let excepted: usize = kinds.values().chain(filters.values()).map(|it| it.excepted).sum();
    let _ = writeln!(text, "\nNot counted above are {excepted} lines that are exceptions:\n");
    let mut reasons: Vec<&str> = EXCEPTIONS.iter().map(|(_, reason)| *reason).collect();
    reasons.dedup();
    for reason in reasons {
        let _ = writeln!(text, "* {reason}");
    }
    text.push('\n');
    text
}
