//! People and bots of one site, told apart by whole sessions: our rows, our estimators.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;

use anyhow::{Context, Result};
use jiff::civil::DateTime;
use serde::Deserialize;
use serde_json::Value;

use super::lines_of;
use crate::program;

/// The estimators shown: one of each family, chosen before they were measured.
const ESTIMATORS: [&str; 5] =
    ["logistic_regression", "random_forest", "gradient_boosting", "extra_trees", "mlp"];
/// How many times over the five folds are made.
const REPEATS: &str = "10";

/// The tasks: a name, the label of the bots, and the published accuracy from logs alone.
const TASKS: [(&str, &str, &str); 2] =
    [("moderate bots", "moderate_bot", "0.90"), ("advanced bots", "advanced_bot", "0.87")];

/// When all sessions begin: people and bots were recorded on different days, so times of day and days
/// would give the answer away.
const BEGIN: DateTime = jiff::civil::datetime(2020, 1, 1, 12, 0, 0, 0);
/// Columns that tell when; they are left out as well.
const TIMES: [&str; 3] =
    ["api_access_time", "api_access_time_surprise", "api_access_time_own_surprise"];

#[derive(Debug, Deserialize)]
struct Session {
    label: String,
    lines: Vec<String>,
}

/// The figures, as Markdown.
pub(super) fn measure(program: &Path, sessions: &Path) -> Result<String> {
    let sessions = lines_of(sessions)?
        .iter()
        .map(|line| serde_json::from_slice(line).context("a session"))
        .collect::<Result<Vec<Session>>>()?;
    let log = temporary(&log_of(&sessions)?)?;
    let features = ["features", "--quiet", "--idle-gap", "86400", name_of(&log)?];
    let rows = program::output_of(program, &features)?;
    let mut text = String::from("| task | published accuracy |");
    let (heads, rules) = (ESTIMATORS.join(" | "), "---|".repeat(ESTIMATORS.len()));
    let _ = writeln!(text, " {heads} |\n|---|---|{rules}");
    for (name, bots, published) in TASKS {
        let table = temporary(&table_of(&rows, &sessions, bots)?)?;
        // The figures are read off the output; the table beside it goes with the temporary files.
        let written = temporary("")?;
        let mut arguments = vec!["compare", "--quiet", "--label", "label", "--positive", "bot"];
        arguments.extend(["--table-out", name_of(&written)?]);
        arguments.extend(["--repeats", REPEATS, "--output", "json", name_of(&table)?]);
        ESTIMATORS.iter().for_each(|name| arguments.extend(["--estimators", name]));
        let found: Value = serde_json::from_str(&program::output_of(program, &arguments)?)?;
        let _ = write!(text, "| people and {name} | {published} |");
        for estimator in ESTIMATORS {
            let (mean, spread) = auc(&found, estimator).context("an AUC an estimator")?;
            let _ = write!(text, " {mean:.3} ± {spread:.3} |");
        }
        text.push('\n');
    }
    Ok(text)
}

/// All sessions as one combined log, each by an address of its own and from the same moment on.
fn log_of(sessions: &[Session]) -> Result<String> {
    let mut lines = Vec::new();
    for (number, session) in sessions.iter().enumerate() {
        let mut begin = None;
        for line in &session.lines {
            let (time, rest) = split(line).with_context(|| line.clone())?;
            let begin = *begin.get_or_insert(time);
            let at = BEGIN.checked_add(time.duration_since(begin))?;
            let shown = at.strftime("%d/%b/%Y:%H:%M:%S +0000");
            lines.push((at, format!("{} - - [{shown}] {rest}\n", address(number))));
        }
    }
    lines.sort_by_key(|(at, _)| *at);
    Ok(lines.into_iter().map(|(_, line)| line).collect())
}

/// The time of a line, and its request to its referer, with no agent: the session's own number stands
/// there.
fn split(line: &str) -> Option<(DateTime, String)> {
    let (time, rest) = line.strip_prefix("- - [")?.split_once("] ")?;
    let time = DateTime::strptime("%d/%b/%Y:%H:%M:%S %z", time).ok()?;
    let (rest, agent) = rest.rsplit_once(' ')?;
    let (rest, _session) = rest.rsplit_once(' ')?;
    Some((time, format!("{rest} {agent}")))
}

fn address(number: usize) -> String {
    format!("192.0.2.{}", number + 1)
}

/// The last row of each session of people and of these bots, with its label.
fn table_of(rows: &str, sessions: &[Session], bots: &str) -> Result<String> {
    let mut reader = csv::Reader::from_reader(rows.as_bytes());
    let heads = reader.headers()?.clone();
    let place = |name: &str| heads.iter().position(|head| head == name).context("a column");
    let (entity, kind) = (place("entity_value")?, place("entity_kind")?);
    let first = place("moment")? + 1;
    let kept = |at: usize| at >= first && !TIMES.contains(&&heads[at]);
    let mut last: BTreeMap<String, csv::StringRecord> = BTreeMap::new();
    for row in reader.records() {
        let row = row?;
        if &row[kind] == "client" {
            last.insert(row[entity].to_owned(), row);
        }
    }
    let mut table = csv::Writer::from_writer(Vec::new());
    let columns = (0..heads.len()).filter(|at| kept(*at));
    table.write_record(columns.clone().map(|at| &heads[at]).chain(["label"]))?;
    for (number, session) in sessions.iter().enumerate() {
        let label = match session.label.as_str() {
            "human" => "human",
            label if label == bots => "bot",
            _ => continue,
        };
        let row = last.get(&address(number)).context("a row a session")?;
        table.write_record(columns.clone().map(|at| &row[at]).chain([label]))?;
    }
    Ok(String::from_utf8(table.into_inner()?)?)
}

/// The mean AUC of an estimator over the folds, and its spread.
fn auc(found: &Value, estimator: &str) -> Option<(f64, f64)> {
    let contenders = found["contenders"].as_array()?;
    let one = contenders.iter().find(|one| one["estimator"] == estimator)?;
    let auc = one["folds"].as_array()?.iter().find(|figure| figure["figure"] == "auc")?;
    Some((auc["mean"].as_f64()?, auc["sd"].as_f64()?))
}

fn temporary(text: &str) -> Result<tempfile::NamedTempFile> {
    let mut file =
        tempfile::Builder::new().suffix(".csv").tempfile().context("a temporary file")?;
    file.write_all(text.as_bytes()).context("a temporary file")?;
    Ok(file)
}

fn name_of(file: &tempfile::NamedTempFile) -> Result<&str> {
    file.path().to_str().context("temporary files have names in UTF-8")
}
