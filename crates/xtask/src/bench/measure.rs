use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{self, Stdio};

use anyhow::{Context, Result, bail};

/// GNU time: the one program that tells CPU and peak memory of another without unsafe code here.
const TIME: &str = "/usr/bin/time";

/// A program to be measured.
#[derive(Debug)]
pub(crate) struct Command {
    /// As the table names it.
    pub(crate) shown: String,
    program: PathBuf,
    arguments: Vec<String>,
}

/// What one run took.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Cost {
    user_secs: f64,
    system_secs: f64,
    pub(crate) wall_secs: f64,
    pub(crate) peak_kib: f64,
}

impl Cost {
    pub(crate) fn cpu_secs(&self) -> f64 {
        self.user_secs + self.system_secs
    }

    /// Reads what `time --format '%U %S %e %M'` writes.
    fn read(text: &str) -> Option<Self> {
        let mut numbers = text.lines().last()?.split(' ').map(|number| number.parse().ok());
        let mut next = || numbers.next().flatten();
        let (user_secs, system_secs) = (next()?, next()?);
        Some(Self { user_secs, system_secs, wall_secs: next()?, peak_kib: next()? })
    }
}

impl Command {
    pub(crate) fn new(shown: &str, program: &Path, arguments: &[&str]) -> Self {
        let arguments = arguments.iter().map(|argument| (*argument).to_owned()).collect();
        Self { shown: shown.to_owned(), program: program.to_owned(), arguments }
    }

    /// Runs it once, its output in a file of `folder`.
    pub(crate) fn run(&self, folder: &Path) -> Result<Cost> {
        let told = folder.join("time");
        let out = File::create(folder.join("out")).context("the output")?;
        let status = process::Command::new(TIME)
            .args(["--format", "%U %S %e %M", "--output"])
            .arg(&told)
            .arg(&self.program)
            .args(&self.arguments)
            .stdin(Stdio::null())
            .stdout(out)
            .stderr(Stdio::null())
            .status()
            .with_context(|| format!("{TIME} (GNU time) is needed"))?;
        if !status.success() {
            bail!("{}: {status}", self.shown);
        }
        let told = fs::read_to_string(told).context("what GNU time tells")?;
        Cost::read(&told).with_context(|| format!("GNU time tells {told:?}"))
    }
}

/// Median and ends; of an even number the higher of the two in the middle.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Spread {
    pub(crate) least: f64,
    pub(crate) median: f64,
    pub(crate) most: f64,
}

/// The spread of one figure over runs, of which there must be at least one.
pub(crate) fn spread(costs: &[Cost], figure: impl Fn(&Cost) -> f64) -> Spread {
    let mut figures: Vec<f64> = costs.iter().map(figure).collect();
    figures.sort_unstable_by(f64::total_cmp);
    Spread {
        least: figures[0],
        median: figures[figures.len() / 2],
        most: figures[figures.len() - 1],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn costs_are_read_and_ranked() {
        let costs: Vec<Cost> = ["1.50 0.25 1.80 2048", "2 1 3 4096", "0.5 0 1 1024"]
            .iter()
            .map(|text| Cost::read(text).expect("four numbers"))
            .collect();
        let cpu = spread(&costs, Cost::cpu_secs);
        assert_eq!((cpu.least, cpu.median, cpu.most), (0.5, 1.75, 3.0));
        assert_eq!(Cost::read("1.5 0.25 1.8"), None);
        assert_eq!(
            Cost::read("Command exited with non-zero status 1\n1 1 1 1").unwrap().wall_secs,
            1.0
        );
    }
}
