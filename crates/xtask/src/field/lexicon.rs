//! What single requests say by their words: requests that others collected, each held against the
//! lexicon by itself, as a line of a log would be.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::io::Read as _;
use std::path::Path;

use anyhow::{Context, Result};
use domain::{Event, EventFlags, Method, PathWords, Request};
use ingest::{NormaliseOptions, Normaliser};
use serde::Deserialize;
use serde_json::Value;

/// Of a rule set's tests: what a log shows of a request, and whether it is one that a rule is for.
#[derive(Debug, Deserialize)]
struct RuleTest {
    family: String,
    method: Option<String>,
    uri: Option<String>,
    headers: Option<BTreeMap<String, Value>>,
    label: String,
}

/// A request to an API that nobody has business with.
#[derive(Debug, Deserialize)]
struct Caught {
    source: String,
    method: String,
    url: String,
    headers: Vec<(String, String)>,
}

/// Requests of a kind, and of how many the words tell.
#[derive(Clone, Copy, Debug, Default)]
struct Heard {
    all: usize,
    told: usize,
}

impl Heard {
    fn add(&mut self, told: bool) {
        self.all += 1;
        self.told += usize::from(told);
    }

    fn plus(self, other: Self) -> Self {
        Self { all: self.all + other.all, told: self.told + other.told }
    }
}

/// `12 of 40 (30 %)`.
impl std::fmt::Display for Heard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.all {
            0 => f.write_str("–"),
            all => {
                let share = 100.0 * self.told as f64 / all as f64;
                write!(f, "{} of {all} ({share:.0} %)", self.told)
            }
        }
    }
}

/// Of a family of rules: requests that are attacks and show something in target or agent, attacks that
/// a log cannot show (they lie in bodies and other headers), and requests that the rules let pass.
#[derive(Clone, Copy, Debug, Default)]
struct Family {
    shown: Heard,
    hidden: usize,
    passing: Heard,
}

/// A crawler, and agents that it was seen with.
#[derive(Debug, Deserialize)]
struct Crawler {
    instances: Vec<String>,
}

/// The figures, as Markdown.
pub(super) fn measure(rule_tests: &Path, caught: &Path, crawlers: &Path) -> Result<String> {
    let figures = [of_rules(rule_tests)?, of_honeypot(caught)?, of_crawlers(crawlers)?];
    Ok(figures.join("\n"))
}

fn of_rules(file: &Path) -> Result<String> {
    let text = std::fs::read_to_string(file).context("the tests of rules")?;
    let mut families: BTreeMap<String, Family> = BTreeMap::new();
    let mut normaliser = Normaliser::new(NormaliseOptions::default());
    for line in text.lines() {
        let test: RuleTest = serde_json::from_str(line).context("a test of a rule")?;
        let headers = test.headers.unwrap_or_default();
        let header = |name: &str| headers.get(name).and_then(Value::as_str).unwrap_or("");
        // Where a test names none, its client asks for the root by GET.
        let (method, uri) = (test.method.as_deref().unwrap_or("GET"), test.uri.as_deref());
        let uri = uri.unwrap_or("/");
        let (agent, referer) = (header("User-Agent"), header("Referer"));
        let told = tells(&mut normaliser, method, uri, agent, referer);
        let family = families.entry(title(&test.family)).or_default();
        match &test.label[..] {
            "attack" if told || is_shown(uri, agent) => family.shown.add(told),
            "attack" => family.hidden += 1,
            "not_this_rule" => family.passing.add(told),
            _ => {}
        }
    }
    let mut text = String::from(
        "| family of rules | attacks that a log shows | attacks in bodies and headers | told of what passes |\n\
         |---|---|---|---|\n",
    );
    let mut all = Family::default();
    for (name, Family { shown, hidden, passing }) in &families {
        let _ = writeln!(text, "| {name} | {shown} | {hidden} | {passing} |");
        all.shown = all.shown.plus(*shown);
        all.hidden += hidden;
        all.passing = all.passing.plus(*passing);
    }
    let _ = writeln!(text, "| all | {} | {} | {} |", all.shown, all.hidden, all.passing);
    Ok(text)
}

/// `REQUEST-930-APPLICATION-ATTACK-LFI` as `930 application attack lfi`.
fn title(family: &str) -> String {
    let family = family.strip_prefix("REQUEST-").unwrap_or(family);
    family.replace('-', " ").to_lowercase()
}

/// Whether a log shows more of a request than that somebody called: a query, a path that is not one
/// plain word, or an agent that is not the test's own.
fn is_shown(uri: &str, agent: &str) -> bool {
    let word = uri.trim_start_matches('/');
    let plain = word.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'/');
    !plain || !(agent.is_empty() || agent.starts_with("OWASP CRS test agent"))
}

fn of_honeypot(file: &Path) -> Result<String> {
    let file = std::fs::File::open(file).context("what a honeypot caught")?;
    let mut text = String::new();
    flate2::read::MultiGzDecoder::new(file)
        .read_to_string(&mut text)
        .context("what a honeypot caught")?;
    let (mut requests, mut normaliser) =
        (Heard::default(), Normaliser::new(NormaliseOptions::default()));
    let (mut sources, mut told_of) = (BTreeSet::new(), BTreeSet::new());
    for line in text.lines() {
        let caught: Caught = serde_json::from_str(line).context("a request that was caught")?;
        let header = |name: &str| {
            let found = caught.headers.iter().find(|(of, _)| of.eq_ignore_ascii_case(name));
            found.map_or("", |(_, value)| value.as_str())
        };
        // The recorder put scheme and server before what was sent.
        let path = caught.url.splitn(4, '/').nth(3).map_or("/".to_owned(), |it| format!("/{it}"));
        let (agent, referer) = (header("User-Agent"), header("Referer"));
        let told = tells(&mut normaliser, &caught.method, &path, agent, referer);
        requests.add(told);
        if told {
            told_of.insert(caught.source.clone());
        }
        sources.insert(caught.source);
    }
    let sources = Heard { all: sources.len(), told: told_of.len() };
    Ok(format!(
        "| a honeypot of a container service | told |\n|---|---|\n| requests | {requests} |\n| sources | {sources} |\n"
    ))
}

fn of_crawlers(file: &Path) -> Result<String> {
    const MACHINE: EventFlags = EventFlags::AGENT_CRAWLER
        .union(EventFlags::AGENT_TOOL)
        .union(EventFlags::AGENT_COPIER)
        .union(EventFlags::AGENT_SCANNER);
    let text = std::fs::read(file).context("the list of crawlers")?;
    let crawlers: Vec<Crawler> = serde_json::from_slice(&text).context("the list of crawlers")?;
    let (mut agents, mut normaliser) =
        (Heard::default(), Normaliser::new(NormaliseOptions::default()));
    for agent in crawlers.iter().flat_map(|crawler| &crawler.instances) {
        let request = Request { agent: agent.as_bytes().into(), ..Request::default() };
        let event: Event = normaliser.normalise(&request);
        agents.add(event.flags.intersects(MACHINE));
    }
    Ok(format!(
        "| agents of crawlers, by another list | told as crawler, tool or scanner |\n|---|---|\n\
         | agents | {agents} |\n"
    ))
}

/// Whether anything of a request speaks for an attack: words of its target, its agent, its method.
fn tells(
    normaliser: &mut Normaliser,
    method: &str,
    target: &str,
    agent: &str,
    referer: &str,
) -> bool {
    let request = Request {
        method: Method::from_token(method.as_bytes()),
        target: target.as_bytes().into(),
        agent: agent.as_bytes().into(),
        referer: referer.as_bytes().into(),
        peer: b"192.0.2.1".as_slice().into(),
        ..Request::default()
    };
    let event: Event = normaliser.normalise(&request);
    event.words.intersects(PathWords::HOSTILE)
        || event.flags.contains(EventFlags::AGENT_SCANNER)
        || matches!(
            event.method,
            Method::Trace | Method::Connect | Method::WebDav | Method::Other | Method::Missing
        )
}
