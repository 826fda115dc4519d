//! What learning is worth: with and without, on traffic that came later.

mod columns;
mod cost;
mod row;
mod trial;

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::{figures, program};
use trial::{Trial, table};

/// The page that holds the figures.
const PAGE: &str = "docs/reference/learning.md";
/// The two ways in which a recording is kept.
const LOGS: [&str; 2] = ["access.json.log.gz", "access.combined.log.gz"];
/// Percent of a recording's lines that are learned from.
const LEARNED_PERCENT: usize = 60;
/// What every training promises.
const BUDGET: &str = "1%";
/// The seeds of the simulated logs that are judged.
const SEEDS: [&str; 3] = ["11", "12", "13"];

/// Prints the figures.
pub(crate) fn print() -> Result<()> {
    std::io::stdout().write_all(measure()?.as_bytes()).context("standard output")
}

/// Puts the figures into the page.
pub(crate) fn write() -> Result<()> {
    figures::keep(PAGE, "learn", &measure()?)
}

fn measure() -> Result<String> {
    let Some(field) = testkit::data_file("field/a") else { bail!("the recordings are needed") };
    let program = program::build("release")?;
    let folder = tempfile::tempdir().context("the system's folder for temporary files")?;
    let lab = Lab { program, folder: folder.path().to_owned() };
    let mut text = String::new();
    for log in LOGS {
        let _ = writeln!(text, "### `field/a/{log}`\n\n{}", lab.recording(&field, log)?);
    }
    let _ = writeln!(text, "### Slow, spread out, hidden\n\n{}", lab.subtle()?);
    let _ = writeln!(
        text,
        "### What the order of calls and their hours are worth\n\n{}",
        columns::measure(&lab)?
    );
    let _ = writeln!(text, "### What it costs\n\n{}", cost::measure(&lab)?);
    Ok(text)
}

/// The program, and a folder for what it makes.
struct Lab {
    program: PathBuf,
    folder: PathBuf,
}

impl Lab {
    /// The first part of a recording is learned from, in four ways; the rest is judged.
    fn recording(&self, field: &Path, log: &str) -> Result<String> {
        let text = lines_of(&field.join(log))?;
        let lines: Vec<&[u8]> = text.split_inclusive(|byte| *byte == b'\n').collect();
        let (first, rest) = lines.split_at(lines.len() * LEARNED_PERCENT / 100);
        let (first, rest) = (self.keep("first.log", first)?, self.keep("rest.log", rest)?);
        let truth = field.join("truth.csv");
        let meta: Value = serde_json::from_slice(&fs::read(field.join("meta.json"))?)?;
        let proxies = meta["deployment"]["trusted_proxies"]
            .as_array()
            .context("meta.json: trusted_proxies")?;
        let mut reading = Vec::new();
        for proxy in proxies.iter().filter_map(Value::as_str) {
            reading.extend(["--trusted-proxy", proxy]);
        }
        let labels = ["--labels", path(&truth)?];
        let ways: [(&str, Vec<&str>); 4] = [
            ("normal alone", vec!["--weave", "never"]),
            ("woven in", Vec::new()),
            ("labels", [&labels[..], &["--weave", "never"]].concat()),
            ("labels and woven in", labels.to_vec()),
        ];
        let mut trials = Vec::new();
        for (name, options) in ways {
            let told = self.train(&first, &[&options[..], &reading].concat())?;
            let judged = self.backtest(&rest, &truth, &reading)?;
            trials.push(Trial::of(name, &told, &[judged])?);
        }
        Ok(table(&trials))
    }

    /// A quiet day of the made-up shop is learned from; days with hidden attacks are judged.
    fn subtle(&self) -> Result<String> {
        let quiet = self.simulate("ordinary", "1")?;
        let days: Vec<PathBuf> =
            SEEDS.iter().map(|seed| self.simulate("subtle", seed)).collect::<Result<_>>()?;
        let mut trials = Vec::new();
        for (name, options) in [("normal alone", &["--weave", "never"][..]), ("woven in", &[])] {
            let told = self.train(&quiet.join("access.log"), options)?;
            let judge =
                |day: &PathBuf| self.backtest(&day.join("access.log"), &day.join("truth.csv"), &[]);
            let judged: Vec<Value> = days.iter().map(judge).collect::<Result<_>>()?;
            trials.push(Trial::of(name, &told, &judged)?);
        }
        Ok(table(&trials))
    }

    fn simulate(&self, scenario: &str, seed: &str) -> Result<PathBuf> {
        let out = self.folder.join(format!("{scenario}-{seed}"));
        self.run(&["--quiet", "simulate", scenario, "--seed", seed, "--out", path(&out)?])?;
        Ok(out)
    }

    /// Trains on a log and gives what is told of that.
    fn train(&self, log: &Path, options: &[&str]) -> Result<Value> {
        let bundle = self.bundle();
        let fixed = ["--quiet", "train", path(log)?, "--form", "json", "--out", path(&bundle)?];
        // Verdicts that happen to lie in the folder are none of this.
        let none = self.folder.join("no.verdicts");
        let shared = ["--budget", BUDGET, "--verdicts", path(&none)?];
        let told = self.run(&[&fixed[..], &shared, options].concat())?;
        Ok(serde_json::from_str(&told)?)
    }

    /// Judges a log by what was trained last.
    fn backtest(&self, log: &Path, truth: &Path, options: &[&str]) -> Result<Value> {
        let bundle = self.bundle();
        let fixed = ["--quiet", "backtest", path(log)?, "--truth", path(truth)?];
        let model = ["--model", path(&bundle)?, "--output", "json"];
        Ok(serde_json::from_str(&self.run(&[&fixed[..], &model, options].concat())?)?)
    }

    fn bundle(&self) -> PathBuf {
        self.folder.join("site.bundle")
    }

    fn run(&self, arguments: &[&str]) -> Result<String> {
        program::output_of(&self.program, arguments)
    }

    fn keep(&self, name: &str, lines: &[&[u8]]) -> Result<PathBuf> {
        let file = self.folder.join(name);
        fs::write(&file, lines.concat()).with_context(|| file.display().to_string())?;
        Ok(file)
    }
}

/// A file that gzip packed.
fn lines_of(file: &Path) -> Result<Vec<u8>> {
    let mut text = Vec::new();
    let packed = fs::File::open(file).with_context(|| file.display().to_string())?;
    std::io::Read::read_to_end(&mut flate2::read::MultiGzDecoder::new(packed), &mut text)?;
    Ok(text)
}

fn path(path: &Path) -> Result<&str> {
    path.to_str().context("paths are UTF-8")
}
