//! Quality on recorded traffic: who was found, how soon, and who was wronged.

mod alarm;
mod conformance;
mod lexicon;
mod sessions;
mod tables;
mod tally;
#[cfg(test)]
mod tests;
mod truth;
mod variations;

use std::fmt::Write as _;
use std::fs;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::{figures, program};
use alarm::Alarm;
use tally::Tally;
use truth::Truth;

/// The two ways in which a recording is kept.
const LOGS: [&str; 2] = ["access.json.log.gz", "access.combined.log.gz"];

/// The same in the project's own recordings.
const OWN_LOGS: [&str; 2] = ["access.json.log.zst", "access.combined.log.zst"];

/// The page that holds the figures.
const PAGE: &str = "docs/reference/quality.md";

/// Prints the figures.
pub(crate) fn print() -> Result<()> {
    std::io::stdout().write_all(measure()?.as_bytes()).context("standard output")
}

/// Puts the figures into the page.
pub(crate) fn write() -> Result<()> {
    figures::keep(PAGE, "field", &measure()?)
}

fn measure() -> Result<String> {
    let (Some(fields), Some(logs)) = (testkit::data_file("field"), testkit::data_file("logs"))
    else {
        bail!("the recordings are needed");
    };
    let program = program::build("release")?;
    let mut text = String::new();
    for recording in entries(&fields)?.into_iter().filter(|path| path.is_dir()) {
        text.push_str(&judged(&program, "field", &recording, &LOGS)?);
        let told = variations::measure(&program, &recording)?;
        let name = name_of(&recording);
        let _ = writeln!(text, "### `field/{name}` told otherwise\n\n{told}");
    }
    let own = testkit::workspace_root().join("recordings");
    for recording in entries(&own)?.into_iter().filter(|path| path.is_dir()) {
        text.push_str(&judged(&program, "recordings", &recording, &OWN_LOGS)?);
    }
    if let Some(tests) = testkit::data_file("conformance/crowdsec_scenarios.jsonl") {
        let tests = conformance::measure(&program, &tests)?;
        let _ = writeln!(text, "### Scenario tests of another detector\n\n{tests}");
    }
    if let Some(file) = testkit::data_file("webbot/sessions.jsonl.gz") {
        let sessions = sessions::measure(&program, &file)?;
        let _ = writeln!(text, "### People and bots by whole sessions\n\n{sessions}");
    }
    let rules = testkit::data_file("requests/crs_requests.jsonl");
    let caught = testkit::data_file("honeypot/docker_api_2021_2022.jsonl.gz");
    let crawlers = testkit::data_file("lists/crawler-user-agents.json");
    if let (Some(rules), Some(caught), Some(crawlers)) = (rules, caught, crawlers) {
        let heard = lexicon::measure(&rules, &caught, &crawlers)?;
        let _ = writeln!(text, "### Single requests by their words\n\n{heard}");
    }
    let _ = writeln!(text, "### Ordinary traffic\n");
    for log in entries(&logs)? {
        let alarms = detect(&program, &log, &[])?;
        text.push_str(&tables::ordinary(&format!("logs/{}", name_of(&log)), &alarms));
        text.push('\n');
    }
    Ok(text)
}

/// What is found in each log of a recording.
fn judged(program: &Path, place: &str, recording: &Path, logs: &[&str]) -> Result<String> {
    let mut text = String::new();
    for log in logs {
        let name = format!("{place}/{}/{log}", name_of(recording));
        let truth = Truth::read(recording, log)?;
        let alarms = detect(program, &recording.join(log), &truth.trusted_proxies)?;
        let tally = Tally::of(&truth, &alarms);
        let _ = writeln!(text, "### `{name}`\n\n{}", tables::recording(&truth, &tally));
    }
    Ok(text)
}

fn detect(program: &Path, log: &Path, trusted_proxies: &[String]) -> Result<Vec<Alarm>> {
    let log = log.to_str().context("the path of a log is UTF-8")?;
    let mut arguments = vec!["detect", "--quiet", "--output", "jsonl", log];
    for proxy in trusted_proxies {
        arguments.extend(["--trusted-proxy", proxy]);
    }
    let lines = program::output_of(program, &arguments)?;
    lines.lines().map(|line| Alarm::read(line).with_context(|| line.to_owned())).collect()
}

/// The lines of a compressed file.
fn lines_of(path: &Path) -> Result<Vec<Vec<u8>>> {
    let file = fs::File::open(path).with_context(|| path.display().to_string())?;
    let mut text = Vec::new();
    flate2::read::MultiGzDecoder::new(file)
        .read_to_end(&mut text)
        .with_context(|| path.display().to_string())?;
    Ok(text
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty())
        .map(<[u8]>::to_vec)
        .collect())
}

/// What lies in a folder, by name.
fn entries(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut entries: Vec<PathBuf> = fs::read_dir(folder)
        .and_then(|entries| entries.map(|entry| Ok(entry?.path())).collect())
        .with_context(|| folder.display().to_string())?;
    entries.sort_unstable();
    Ok(entries)
}

fn name_of(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}
