//! Fits an estimator on the `train` rows of the fair task's table and judges it on others.
//!
//! ```text
//! judge_table TABLE.csv ESTIMATOR [SETTINGS_JSON] [--seeds N] [--inside] [--scores]
//! ```
//!
//! `TABLE.csv` is `percall.csv`, unpacked. `--inside` never looks at the `test` rows: it holds a fifth of
//! the `train` rows back, rows with equal features together. One line of JSON a seed; `--scores` puts the
//! score of each judged row on a line of its own.

use std::collections::BTreeMap;
use std::io::Write;
use std::time::Instant;

use models::metrics::Report;
use models::{Chance, ColumnKind, Dataset, Detector, Matrix, Unwatched, estimator};

type Failure = Box<dyn std::error::Error>;

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
        let start = Instant::now();
        let detector = estimator.fit(&train, None, seed, &mut Unwatched)?;
        let fit_secs = start.elapsed().as_secs_f64();
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
    let start = Instant::now();
    let scores = detector.scores(judged.x().view());
    let micros = start.elapsed().as_secs_f64() * 1e6 / scores.len() as f64;
    let start = Instant::now();
    let rows = judged.rows();
    let sum: f32 = (0..rows).map(|row| detector.score(judged.x().row(row)).get()).sum();
    let one_row = start.elapsed().as_secs_f64() * 1e6 / rows as f64;
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

struct Table {
    data: Dataset,
    in_train: Vec<bool>,
}

impl Table {
    fn read(path: &str) -> Result<Self, Failure> {
        let text = std::fs::read_to_string(path)?;
        let mut codes: [BTreeMap<String, f32>; 2] = Default::default();
        let (mut values, mut y, mut in_train) = (Vec::new(), Vec::new(), Vec::new());
        for line in text.lines().skip(1) {
            let cells: Vec<&str> = line.split(',').collect();
            let [gap, uniqueness, length, ip, source, label, split] = cells[..] else {
                return Err(format!("a row of {} cells", cells.len()).into());
            };
            for number in [gap, uniqueness, length] {
                values.push(number.parse()?);
            }
            for (codes, text) in codes.iter_mut().zip([ip, source]) {
                let next = codes.len() as f32;
                values.push(*codes.entry(text.to_owned()).or_insert(next));
            }
            y.push(u32::from(label == "outlier"));
            in_train.push(split == "train");
        }
        let levels = codes.map(|codes| ColumnKind::Categorical { levels: codes.len() as u32 });
        let mut kinds = vec![ColumnKind::Numeric; 3];
        kinds.extend(levels);
        Ok(Self { data: Dataset::new(Matrix::new(5, values)?, kinds, y, 2)?, in_train })
    }

    fn rows(&self, train: bool) -> Vec<usize> {
        (0..self.in_train.len()).filter(|row| self.in_train[*row] == train).collect()
    }

    fn split(&self) -> Result<(Dataset, Dataset), Failure> {
        Ok((self.data.subset(&self.rows(true))?, self.data.subset(&self.rows(false))?))
    }

    fn inside(&self, seed: u64) -> Result<(Dataset, Dataset), Failure> {
        let mut copies: BTreeMap<Vec<u32>, Vec<usize>> = BTreeMap::new();
        for row in self.rows(true) {
            let key = self.data.x().row(row).iter().map(|value| value.to_bits()).collect();
            copies.entry(key).or_default().push(row);
        }
        let mut groups: Vec<Vec<usize>> = copies.into_values().collect();
        Chance::part(seed, 77).shuffle(&mut groups);
        let held = groups.len() / 5;
        let join = |groups: &[Vec<usize>]| self.data.subset(&groups.concat());
        Ok((join(&groups[held..])?, join(&groups[..held])?))
    }
}
