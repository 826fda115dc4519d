//! Fits an estimator on the `train` rows of the fair task's table and judges it on others.
//!
//! ```text
//! judge_table TABLE.csv ESTIMATOR [SETTINGS_JSON] [--seeds N] [--inside] [--scores]
//! ```
//!
//! `TABLE.csv` is `percall.csv`, unpacked. `--inside` never looks at the `test` rows: each seed fits on four
//! fifths of the `train` rows and judges the fifth, rows with equal features together, so that `--seeds=5`
//! is a grouped five-fold cross-validation. One line of JSON a seed; `--scores` puts the score of each judged
//! row on a line of its own.

mod percall;

use std::io::Write;

use models::metrics::Report;
use models::{Dataset, Detector, Unwatched, estimator};

use percall::{Failure, Table};

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let plain: Vec<&String> = arguments.iter().filter(|a| !a.starts_with("--")).collect();
    let [table, name, rest @ ..] = plain.as_slice() else {
        return Err("usage: judge_table TABLE.csv ESTIMATOR [SETTINGS_JSON]".into());
    };
    let settings = rest.first().map_or("{}", |settings| settings.as_str());
    let seeds = arguments.iter().find_map(|a| a.strip_prefix("--seeds=")?.parse().ok());
    let table = Table::read(table)?;
    for seed in 1..=seeds.unwrap_or(1) {
        let inside = arguments.iter().any(|a| a == "--inside");
        let (train, judged) = if inside { table.inside(seed)? } else { table.split()? };
        let estimator = estimator(name, serde_json::from_str(settings)?)?;
        let start = cpu_secs()?;
        let detector = estimator.fit(&train, None, seed, &mut Unwatched)?;
        let fit_secs = cpu_secs()? - start;
        let mut out = std::io::stdout().lock();
        let scores = print(&mut out, name, seed, fit_secs, detector.as_ref(), &judged)?;
        if arguments.iter().any(|a| a == "--scores") {
            scores.iter().try_for_each(|score| writeln!(out, "{score}"))?;
        }
    }
    Ok(())
}

fn print(
    out: &mut impl Write,
    name: &str,
    seed: u64,
    fit_secs: f64,
    detector: &dyn Detector,
    judged: &Dataset,
) -> Result<Vec<f32>, Failure> {
    let scores = detector.scores(judged.x().view());
    let rows = judged.rows();
    let micros = cpu_micros(rows, || drop(detector.scores(judged.x().view())))?;
    let mut sum = 0.0;
    let one_row = cpu_micros(rows, || {
        sum = (0..rows).map(|row| detector.score(judged.x().row(row)).get()).sum::<f32>();
    })?;
    let labels: Vec<bool> = judged.y().iter().map(|label| *label > 0).collect();
    let report = Report::of(&scores, &labels, 0.5);
    let line = serde_json::json!({
        "estimator": name, "seed": seed, "fit_secs": fit_secs,
        "auc": report.auc, "ap": report.average_precision, "fpr95": report.fpr_at_recall_95,
        "f1": report.f1, "f1_macro": report.f1_macro, "ece": report.calibration_error,
        "batch_micros_a_row": micros, "one_row_micros": one_row, "check": sum,
    });
    writeln!(out, "{line}")?;
    Ok(scores)
}

/// CPU seconds of this process so far (Linux): on shared cores the clock on the wall tells little.
fn cpu_secs() -> Result<f64, Failure> {
    let text = std::fs::read_to_string("/proc/self/schedstat")?;
    let nanos = text.split(' ').next().ok_or("an empty schedstat")?;
    Ok(nanos.parse::<f64>()? / 1e9)
}

/// CPU microseconds a row, of work on so many rows that is repeated until it can be measured: the figure
/// moves in steps of some milliseconds.
fn cpu_micros(rows: usize, mut work: impl FnMut()) -> Result<f64, Failure> {
    let (start, mut times) = (cpu_secs()?, 0);
    while cpu_secs()? - start < 0.1 {
        work();
        times += 1;
    }
    Ok((cpu_secs()? - start) * 1e6 / (rows * times) as f64)
}
