//! Leaving columns out: what the order of calls and their hours are worth.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use jiff::Timestamp;
use jiff::fmt::strtime;
use serde_json::Value;

use super::{LOGS, Lab, lines_of, path};

/// Columns of the order of calls, of the actor's own hours, and of the site's.
const ORDER: &str = "api_access_pattern,api_access_unseen_ratio";
const OWN_HOURS: &str = "api_access_time_own_surprise";
const SITE_HOURS: &str = "api_access_time_surprise";

/// What is left out, by name; whether that is about hours.
const LEFT_OUT: [(&str, &[&str], bool); 5] = [
    ("nothing left out", &[], false),
    ("without the order", &[ORDER], false),
    ("hours by the site's week alone", &[OWN_HOURS], true),
    ("without the hours", &[OWN_HOURS, SITE_HOURS], true),
    ("without both", &[ORDER, OWN_HOURS, SITE_HOURS], true),
];
/// The seeds of the fits.
const SEEDS: [&str; 3] = ["1", "2", "3"];
/// The estimators whose figures are shown.
const SHOWN: [&str; 2] = ["mlp", "gradient_boosting"];

/// A log whose attacks are known.
struct Known {
    log: PathBuf,
    truth: PathBuf,
    /// Whether it lasts for days and its times are those at which things happened. Where they are not, no
    /// column of hours is learned from.
    has_hours: bool,
}

/// Average precision over sessions of actors that the model had not seen, with columns and without.
pub(super) fn measure(lab: &Lab) -> Result<String> {
    let field = testkit::data_file("field/a").context("the field recording")?;
    let web = testkit::data_file("webbot/sessions.jsonl.gz").context("the web-bot sessions")?;
    let packed = lines_of(&field.join(LOGS[0]))?;
    let field_log = lab.folder.join("field.log");
    fs::write(&field_log, packed)?;
    let (web_log, web_truth) = web_bots(&web, &lab.folder)?;
    let week = lab.simulate("week", super::SEEDS[0])?;
    let (week_log, week_truth) = (week.join("access.log"), week.join("truth.csv"));
    let logs = [
        Known { log: field_log, truth: field.join("truth.csv"), has_hours: false },
        Known { log: week_log, truth: week_truth, has_hours: true },
        Known { log: web_log, truth: web_truth, has_hours: false },
    ];
    let mut text = String::from(
        "| average precision | `field/a`, network | trees | made-up week, network | trees \
         | web bots, network | trees |\n|---|---|---|---|---|---|---|\n",
    );
    for (name, dropped, is_about_hours) in LEFT_OUT {
        let mut cells = Vec::new();
        for known in &logs {
            if is_about_hours && !known.has_hours {
                cells.extend(SHOWN.map(|_| "–".to_owned()));
                continue;
            }
            let mut dropped = dropped.to_vec();
            if !known.has_hours {
                dropped.extend([OWN_HOURS, SITE_HOURS]);
            }
            let told = told(lab, known, &dropped.join(","))?;
            cells.extend(SHOWN.iter().map(|estimator| cell(&told, estimator)));
        }
        let _ = writeln!(text, "| {name} | {} |", cells.join(" | "));
    }
    Ok(text)
}

/// What is told of the trainings, one a seed.
fn told(lab: &Lab, known: &Known, dropped: &str) -> Result<Vec<Value>> {
    let train = |seed: &str| {
        let labels = ["--labels", path(&known.truth)?, "--weave", "never", "--seed", seed];
        let drop = if dropped.is_empty() { vec![] } else { vec!["--drop", dropped] };
        lab.train(&known.log, &[&labels[..], &drop].concat())
    };
    SEEDS.into_iter().map(train).collect()
}

/// Mean over the seeds, and the mean of the spreads over the folds.
fn cell(told: &[Value], estimator: &str) -> String {
    let figures: Vec<(f64, f64)> = told
        .iter()
        .filter_map(|it| it["training"]["learned"]["candidates"].as_array())
        .flatten()
        .filter(|candidate| candidate["estimator"] == estimator)
        .filter_map(|it| {
            let figure = &it["average_precision"];
            Some((figure[0].as_f64()?, figure[1].as_f64()?))
        })
        .collect();
    let mean = |pick: fn(&(f64, f64)) -> f64| {
        figures.iter().map(pick).sum::<f64>() / figures.len().max(1) as f64
    };
    if figures.is_empty() {
        return "–".to_owned();
    }
    format!("{:.3} ± {:.3}", mean(|it| it.0), mean(|it| it.1))
}

/// The web-bot sessions as a log with a client a session, and its truth. People and bots were recorded on
/// different days, so each session is moved to a moment of one day that depends on its place alone.
fn web_bots(packed: &Path, folder: &Path) -> Result<(PathBuf, PathBuf)> {
    let mut calls: Vec<(i64, String)> = Vec::new();
    let mut truth =
        String::from("campaign,label,threat_type,source_ips,first_request,last_request\n");
    let begins: Timestamp = "2026-01-05T00:00:00Z".parse()?;
    let text = String::from_utf8(lines_of(packed)?)?;
    for (place, line) in text.lines().enumerate() {
        let session: Value = serde_json::from_str(line)?;
        let client = format!("192.0.2.{}", place + 1);
        let moved = begins.as_second() + (place as i64 * 37 % 92) * 900;
        let mut first = None;
        let mut last = moved;
        for line in session["lines"].as_array().context("lines")?.iter().filter_map(Value::as_str) {
            let (_, rest) = line.split_once('[').context("a time")?;
            let (time, rest) = rest.split_once(']').context("a time")?;
            let time = strtime::parse("%d/%b/%Y:%H:%M:%S %z", time)?.to_timestamp()?.as_second();
            last = moved + time - *first.get_or_insert(time);
            let at = strtime::format("%d/%b/%Y:%H:%M:%S +0000", Timestamp::from_second(last)?)?;
            // Behind the referer stands the session in place of the agent.
            let fields: Vec<&str> = rest.split('"').collect();
            let (request, status, referer) = match fields[..] {
                [_, request, status, referer, ..] => (request, status, referer),
                _ => continue,
            };
            let agent = "Mozilla/5.0 (X11; Linux x86_64) Chrome/78.0 Safari/537.36";
            let line =
                format!("{client} - - [{at}] \"{request}\"{status}\"{referer}\" \"{agent}\"\n");
            calls.push((last, line));
        }
        let label = match session["label"].as_str() {
            Some("human") => "normal,",
            _ => "attack,automated_bots",
        };
        let (first, last) = (Timestamp::from_second(moved)?, Timestamp::from_second(last)?);
        let _ = writeln!(truth, "S{place},{label},{client},{first},{last}");
    }
    calls.sort_by_key(|(at, _)| *at);
    let (log, labels) = (folder.join("web.log"), folder.join("web.csv"));
    let lines: String = calls.into_iter().map(|(_, line)| line).collect();
    fs::write(&log, lines)?;
    fs::write(&labels, truth)?;
    Ok((log, labels))
}
