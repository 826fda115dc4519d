//! Scenario tests of another detector: whoever it alerts is to be alerted here too, of a matching threat.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::Write as _;
use std::net::IpAddr;
use std::path::Path;

use anyhow::{Context, Result};
use serde::Deserialize;

use super::alarm::Alarm;
use crate::program;

/// A family of scenarios, by parts of their names, and the threats that name the same behaviour here.
/// Which lines, how many, and how fast is each detector's own.
struct Family {
    name: &'static str,
    asks: Asks,
    parts: &'static [&'static str],
    threats: &'static [&'static str],
}

/// What a family of scenarios asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asks {
    /// To see how a client behaves: what indicators are for.
    Behaviour,
    /// To know what one request carries: a firewall's signatures. What is seen of it comes on top.
    Signature,
}

/// Tests that no reader of access logs can pass, and why. They count for nothing.
const OUT_OF_SCOPE: [(&str, &str); 2] = [
    ("openappsec", "findings of a web application firewall; there is no access log in it"),
    (
        "apache-cve-2021-41773",
        "one of its three sources stands in an error log alone; the other two are alerted",
    ),
];

/// A scenario is of the first family that fits. Families of other services (mail, SSH, kernels) are not
/// here: their logs are no access logs.
const FAMILIES: [Family; 6] = [
    Family {
        name: "published holes, one request",
        asks: Asks::Signature,
        parts: &["cve-", "log4j", "spring4shell", "vmsa-", "w00tw00t"],
        threats: &["vulnerability_probing"],
    },
    Family {
        name: "enumeration of users",
        asks: Asks::Behaviour,
        parts: &["http-wordpress_user-enum", "http-user-enum"],
        threats: &["vulnerability_probing", "unauthorized_access", "automated_bots"],
    },
    Family {
        name: "brute force",
        asks: Asks::Behaviour,
        parts: &["http-generic", "http-bf", "-http-bf", "http-wordpress_bf"],
        threats: &["brute_force", "credential_stuffing", "unauthorized_access"],
    },
    Family {
        name: "bad agents",
        asks: Asks::Behaviour,
        parts: &["bad-user-agent"],
        threats: &["vulnerability_probing", "automated_bots"],
    },
    Family {
        name: "crawling and floods",
        asks: Asks::Behaviour,
        parts: &["http-crawl", "http-dos"],
        threats: &["automated_bots", "vulnerability_probing"],
    },
    Family {
        name: "probing",
        asks: Asks::Behaviour,
        parts: &[
            "probing",
            "sensitive-files",
            "backdoor",
            "traversal",
            "admin-interface",
            "sqli",
            "xss",
            "open-proxy",
            "wordpress",
        ],
        threats: &["vulnerability_probing", "unauthorized_access"],
    },
];

/// Scenarios by which the other detector tests itself.
const CANARY: &str = "generic-test";

#[derive(Debug, Deserialize)]
struct Test {
    test: String,
    lines: Vec<String>,
    alerts: Vec<Expected>,
}

#[derive(Debug, Deserialize)]
struct Expected {
    scenario: Option<String>,
    sources: Vec<String>,
}

/// What became of a family.
#[derive(Clone, Debug, Default)]
struct Outcome {
    tests: usize,
    right: usize,
    unread: usize,
}

/// The figures, as Markdown.
pub(super) fn measure(program: &Path, tests: &Path) -> Result<String> {
    let text = std::fs::read_to_string(tests).context("the scenario tests")?;
    let mut outcomes = vec![Outcome::default(); FAMILIES.len()];
    let (mut silent, mut loud, mut misses) = (0, Vec::new(), Vec::new());
    let mut left_out = Vec::new();
    for line in text.lines() {
        let test: Test = serde_json::from_str(line).context("a scenario test")?;
        let wanted = wanted(&test);
        if wanted.is_empty() && !test.alerts.is_empty() {
            continue;
        }
        if let Some((name, reason)) = OUT_OF_SCOPE.iter().find(|(name, _)| *name == test.test) {
            left_out.push(format!("* `{name}`: {reason}"));
            continue;
        }
        let alarms = detect(program, &test.lines)?;
        if test.alerts.is_empty() {
            match alarms {
                Some(alarms) if alarms.is_empty() => silent += 1,
                Some(_) => loud.push(test.test),
                None => {}
            }
            continue;
        }
        let mut families: Vec<usize> = wanted.iter().map(|(_, family)| *family).collect();
        families.dedup();
        let missed = missed(&wanted, alarms.as_deref().unwrap_or_default());
        for family in families {
            let outcome = &mut outcomes[family];
            outcome.tests += 1;
            outcome.right += usize::from(missed.is_empty());
            outcome.unread += usize::from(alarms.is_none());
        }
        match alarms {
            None => misses.push(format!("* `{}`: not read as an access log", test.test)),
            Some(_) if missed.is_empty() => {}
            Some(_) => misses.push(format!("* `{}`: {}", test.test, missed.join(", "))),
        }
    }
    let mut text = table(&outcomes);
    let _ = write!(text, "\nTests in which nobody is to be alerted: {silent} silent");
    let _ = match &loud[..] {
        [] => writeln!(text, ", none loud."),
        loud => writeln!(text, ", loud: {}.", loud.join(", ")),
    };
    for (title, list) in [("Not alerted rightly", misses), ("Left out", left_out)] {
        if !list.is_empty() {
            let _ = writeln!(text, "\n{title}:\n\n{}", list.join("\n"));
        }
    }
    Ok(text)
}

/// The sources that are to be alerted, each with its family.
fn wanted(test: &Test) -> Vec<(&str, usize)> {
    let mut wanted = Vec::new();
    for alert in &test.alerts {
        let Some(scenario) = &alert.scenario else { continue };
        let scenario = scenario.to_ascii_lowercase();
        let fits = |family: &Family| family.parts.iter().any(|part| scenario.contains(part));
        let family = FAMILIES.iter().position(fits);
        let Some(family) = family.filter(|_| !scenario.contains(CANARY)) else { continue };
        let sources = alert.sources.iter().filter(|source| source.parse::<IpAddr>().is_ok());
        wanted.extend(sources.map(|source| (source.as_str(), family)));
    }
    wanted
}

/// The sources that were not accused of a threat of their family.
fn missed(wanted: &[(&str, usize)], alarms: &[Alarm]) -> Vec<String> {
    let missed = wanted.iter().filter(|(source, family)| {
        let fits = |alarm: &&Alarm| FAMILIES[*family].threats.contains(&alarm.threat.as_str());
        !alarms.iter().filter(fits).any(|alarm| alarm.accused().iter().any(|of| of == source))
    });
    let sources: BTreeSet<&str> = missed.map(|(source, _)| *source).collect();
    sources.into_iter().map(|source| format!("not `{source}`")).collect()
}

fn table(outcomes: &[Outcome]) -> String {
    let mut text = String::from(
        "| family of scenarios | threats that match | tests | alerted rightly | not read |\n|---|---|---|---|---|\n",
    );
    for (asks, title) in
        [(Asks::Behaviour, "all of behaviour"), (Asks::Signature, "all of one request")]
    {
        let mut all = Outcome::default();
        let of_kind = FAMILIES.iter().zip(outcomes).filter(|(family, _)| family.asks == asks);
        for (family, Outcome { tests, right, unread }) in of_kind {
            let threats = family.threats.join(", ");
            let _ =
                writeln!(text, "| {} | {threats} | {tests} | {right} | {unread} |", family.name);
            all.tests += tests;
            all.right += right;
            all.unread += unread;
        }
        let Outcome { tests, right, unread } = all;
        let share = 100.0 * right as f64 / tests.max(1) as f64;
        let _ = writeln!(text, "| {title} | | {tests} | {right} ({share:.0} %) | {unread} |");
    }
    text
}

/// The alarms on a few lines; `None` where they are not read as an access log.
fn detect(program: &Path, lines: &[String]) -> Result<Option<Vec<Alarm>>> {
    let mut log = tempfile::NamedTempFile::new().context("a temporary file")?;
    lines.iter().try_for_each(|line| writeln!(log, "{line}")).context("a temporary file")?;
    let path = log.path().to_str().context("temporary files have names in UTF-8")?;
    let arguments = ["detect", "--quiet", "--output", "jsonl", path];
    let Some(lines) = program::output_if_done(program, &arguments)? else { return Ok(None) };
    lines
        .lines()
        .map(|line| Alarm::read(line).with_context(|| line.to_owned()))
        .collect::<Result<_>>()
        .map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scenario_falls_into_one_family_by_its_name() {
        let check = |scenario: &str, expect: Option<&str>| {
            let alerts = vec![Expected {
                scenario: Some(scenario.into()),
                sources: vec!["192.0.2.1".into()],
            }];
            let test = Test { test: String::new(), lines: Vec::new(), alerts };
            let found = wanted(&test).first().map(|(_, family)| FAMILIES[*family].name);
            assert_eq!(found, expect, "{scenario}");
        };
        check("x/http-probing", Some("probing"));
        check("x/http-cve-probing", Some("published holes, one request"));
        check("x/CVE-2022-46169-bf", Some("published holes, one request"));
        check("x/http-generic-bf", Some("brute force"));
        check("x/http-generic-test", None);
        check("x/ssh-bf", None);
    }
}
