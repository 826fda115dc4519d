//! What learning costs: CPU, memory, time.

use std::fmt::Write as _;
use std::fs;

use anyhow::{Context, Result, bail};

use super::{Lab, path, row};
use crate::bench::logs::RealLog;
use crate::bench::machine;
use crate::bench::measure::{Command, Cost, spread};

/// How often the log of the judging repeats the real one: two million lines.
const JUDGED_REPEATS: u32 = 200;
/// Likewise that of the training: a million.
const LEARNED_REPEATS: u32 = 100;
const ROUNDS: usize = 3;

/// Trains on a million requests, and judges two million with what was trained and without.
pub(super) fn measure(lab: &Lab) -> Result<String> {
    let Some(real) = testkit::data_file("logs/semicomplete_2015-05_apache.log.gz") else {
        bail!("the log that is repeated is needed");
    };
    let real = RealLog::read(&real)?;
    let (learned, judged) = (lab.folder.join("million.log"), lab.folder.join("millions.log"));
    let learned_lines = real.write_repeated(LEARNED_REPEATS, &learned)?;
    let judged_lines = real.write_repeated(JUDGED_REPEATS, &judged)?;
    let (one, other) = (lab.folder.join("one.bundle"), lab.folder.join("other.bundle"));
    let train = |to| -> Result<Command> {
        let fixed = ["--quiet", "train", path(&learned)?, "--out", path(to)?];
        let none = lab.folder.join("no.verdicts");
        let arguments = [&fixed[..], &["--verdicts", path(&none)?]].concat();
        Ok(Command::new("`train`", &lab.program, &arguments))
    };
    let training = [train(&one)?.run(&lab.folder)?, train(&other)?.run(&lab.folder)?];
    let is_same = fs::read(&one)? == fs::read(&other)?;
    let detect = ["--quiet", "detect", path(&judged)?, "--output", "jsonl"];
    let plain = Command::new("`detect`", &lab.program, &detect);
    let model = [&detect[..], &["--model", path(&one)?]].concat();
    let model = Command::new("`detect --model`", &lab.program, &model);
    let mut costs: [Vec<Cost>; 2] = Default::default();
    for _ in 0..ROUNDS {
        costs[0].push(plain.run(&lab.folder)?);
        costs[1].push(model.run(&lab.folder)?);
    }
    let mut text = format!(
        "{}. Rounds of judging, interleaved: {ROUNDS}; medians.\n\n\
         | | lines | CPU s | wall s | peak MiB | CPU, as a multiple of `detect`'s |\n\
         |---|---|---|---|---|---|\n",
        machine()?
    );
    let median = |costs: &[Cost], figure: fn(&Cost) -> f64| spread(costs, figure).median;
    let of_detect = median(&costs[0], Cost::cpu_secs);
    for (name, lines, costs, against) in [
        ("`detect`", judged_lines, &costs[0][..], Some(1.0)),
        ("`detect --model`", judged_lines, &costs[1], Some(of_detect)),
        ("`train`", learned_lines, &training, None),
    ] {
        let cpu = median(costs, Cost::cpu_secs);
        let multiple = against.map_or("–".to_owned(), |_| format!("{:.2}", cpu / of_detect));
        let _ = writeln!(
            text,
            "| {name} | {:.1} million | {cpu:.2} | {:.2} | {:.0} | {multiple} |",
            lines as f64 / 1e6,
            median(costs, |cost| cost.wall_secs),
            median(costs, |cost| cost.peak_kib / 1_024.0),
        );
    }
    let row = row::measure(&one, &judged)?;
    let _ = writeln!(
        text,
        "\nA row of a client: {:.2} µs for what was learned, {:.2} µs for the whole verdict, indicators, \
         both models and reasons (one thread, {} rows).",
        row.learned_micros, row.verdict_micros, row.rows
    );
    let same = if is_same { "the same bytes" } else { "**other bytes**" };
    let _ = writeln!(text, "Training twice gave {same}.");
    let alerts = fs::read_to_string(lab.folder.join("out")).context("the alerts")?;
    let _ = writeln!(text, "The last run raised {} alerts.", alerts.lines().count());
    Ok(text)
}
