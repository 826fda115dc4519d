//! A bundle held against a table it was not made from, without flattering it.

use models::Dataset;
use models::metrics::auc;
use serde::Serialize;

use crate::audit::{Drift, Finding, Loudness, drift};
use crate::bundle::Bundle;
use crate::error::{Error, internal};
use crate::importance::{Importance, losses_when_shuffled};
use crate::judgement::Judgement;
use crate::labels::Labels;
use crate::schema::{Unseen, matrix};
use crate::table::{Table, Typed};
use crate::thousands::count;

/// Rows on which importance is measured; of more, every so many-th.
const IMPORTANCE_ROWS: usize = 20_000;

/// How a bundle did on another table.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Evaluation {
    /// The figures and curves.
    pub judgement: Judgement,
    /// Each class that is to be found, against the ordinary ones alone.
    pub classes: Vec<ClassOutcome>,
    /// Categories that the model never saw.
    pub unseen: Vec<Unseen>,
    /// How far each column lies from where it lay in training.
    pub drift: Vec<Drift>,
    /// The mean area under the ROC curve over the folds of training, where it is known.
    pub auc_in_training: Option<f64>,
}

/// How one class to be found stands out from the ordinary ones.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ClassOutcome {
    /// Its name.
    pub class: String,
    /// How many rows.
    pub rows: usize,
    /// The share of them that became alerts.
    pub found: f64,
    /// The area under the ROC curve against the ordinary rows; null where there are none.
    pub auc: f64,
}

/// A row's verdict.
#[derive(Clone, Debug, PartialEq)]
pub struct Predictions {
    /// Finished scores, one a row.
    pub scores: Vec<f32>,
    /// The name of the class that each row is taken for: where its score reaches the threshold the
    /// likeliest of those to be found, else the ordinary one.
    pub predicted: Vec<String>,
    /// Categories that the model never saw.
    pub unseen: Vec<Unseen>,
}

/// Scores the rows of a table.
///
/// # Errors
/// When its columns are not the bundle's.
pub fn predict(bundle: &Bundle, table: &Table) -> Result<Predictions, Error> {
    let (columns, unseen) = bundle.manifest.schema.read(table)?;
    let x = matrix(&columns, table.rows())?;
    let scores = bundle.scores(x.view());
    let classes = &bundle.manifest.classes;
    let taken = bundle.classes(x.view(), &scores).into_iter();
    let predicted = taken.map(|class| classes[class as usize].clone()).collect();
    Ok(Predictions { scores, predicted, unseen })
}

/// Judges a bundle by a labelled table.
///
/// # Errors
/// When its columns are not the bundle's, or its label is not clear.
pub fn evaluate(
    bundle: &Bundle,
    table: &Table,
    label: &str,
    positive: &[String],
) -> Result<Evaluation, Error> {
    let (columns, unseen) = bundle.manifest.schema.read(table)?;
    let labels = labels_for(bundle, table, label, positive)?;
    let truth = labels.truth();
    let x = matrix(&columns, table.rows())?;
    let scores = bundle.scores(x.view());
    let threshold = bundle.manifest.finish.threshold;
    let known = bundle.manifest.metrics.get("cv").and_then(|cv| cv["auc"]["mean"].as_f64());
    let judgement = Judgement::of("rows of the other table", &scores, &truth, threshold);
    Ok(Evaluation {
        judgement: with_classes(judgement, bundle, x.view(), &scores, &labels),
        classes: outcomes(&labels, &scores, threshold),
        unseen,
        drift: drifts(bundle, &columns),
        auc_in_training: known,
    })
}

/// Adds the confusion of a bundle's classes, where there are several. Rows of classes that it was not
/// taught are left out of it.
fn with_classes(
    judgement: Judgement,
    bundle: &Bundle,
    rows: models::Rows<'_>,
    scores: &[f32],
    labels: &Labels,
) -> Judgement {
    let taught = &bundle.manifest.classes;
    if taught.len() <= 2 {
        return judgement;
    }
    let place = |class: &String| taught.iter().position(|known| known == class);
    let places: Vec<Option<usize>> = labels.classes.iter().map(place).collect();
    let pairs = labels.ids.iter().zip(bundle.classes(rows, scores));
    let known = pairs.filter_map(|(id, judged)| Some((places[*id as usize]? as u32, judged)));
    let (truth, judged): (Vec<u32>, Vec<u32>) = known.unzip();
    judgement.with_classes(&truth, &judged, taught.len())
}

/// What each column is worth to a bundle, on the rows of a labelled table.
///
/// # Errors
/// As [`evaluate`].
pub fn importance(
    bundle: &Bundle,
    table: &Table,
    label: &str,
    positive: &[String],
    repeats: usize,
    seed: u64,
) -> Result<Importance, Error> {
    let (columns, _) = bundle.manifest.schema.read(table)?;
    let truth = labels_for(bundle, table, label, positive)?.truth();
    let x = matrix(&columns, table.rows())?;
    let detector = bundle.detector.as_ref();
    let y = truth.iter().map(|bad| u32::from(*bad)).collect();
    let data = Dataset::new(x, bundle.manifest.schema.kinds(), y, 2)
        .map_err(|error| internal(error.to_string()))?;
    let losses = losses_when_shuffled(detector, &data, IMPORTANCE_ROWS, repeats, seed);
    let names = bundle.manifest.schema.names();
    Ok(Importance::of(&names, &losses, detector.own_importance(), "rows of the given table"))
}

/// The labels of a table to judge a bundle by. Where nobody names the classes to be found, they are those
/// that a bundle of several classes was taught to tell from the ordinary one.
fn labels_for(
    bundle: &Bundle,
    table: &Table,
    label: &str,
    positive: &[String],
) -> Result<Labels, Error> {
    let classes = &bundle.manifest.classes;
    if !positive.is_empty() || classes.len() <= 2 {
        return Labels::read_for_evaluation(table, label, positive);
    }
    let cells = &table.require(label, "label")?.cells;
    let occurs = |class: &&String| cells.iter().any(|cell| cell == class.as_str());
    let known: Vec<String> = classes[1..].iter().filter(occurs).cloned().collect();
    Labels::read_for_evaluation(table, label, &known)
}

/// Why a row has its score: `base` and all `parts` sum to it.
#[derive(Clone, Debug, PartialEq)]
pub struct RowContributions {
    /// The score of the row that everything is compared with.
    pub base: f32,
    /// One part a column of the schema; positive makes the row worse.
    pub parts: Vec<f32>,
}

/// The contributions of the columns to the score of each row of a table.
///
/// They are the detector's own, scaled by one factor a row, from the space in which the detector adds up
/// (log-odds, before calibration) to the finished score.
///
/// # Errors
/// As [`predict`].
pub fn contributions(bundle: &Bundle, table: &Table) -> Result<Vec<RowContributions>, Error> {
    let (columns, _) = bundle.manifest.schema.read(table)?;
    let x = matrix(&columns, table.rows())?;
    let finish = &bundle.manifest.finish;
    let of_row = |row: &[f32]| {
        let found = bundle.detector.contributions(row);
        let base = finish.score(found.space.to_score(found.base));
        let moved = finish.score(found.score()) - base;
        let sum: f32 = found.parts.iter().sum();
        let factor = if sum.abs() > f32::EPSILON { moved / sum } else { 0.0 };
        RowContributions { base, parts: found.parts.iter().map(|part| part * factor).collect() }
    };
    Ok((0..table.rows()).map(|row| of_row(x.row(row))).collect())
}

fn outcomes(labels: &Labels, scores: &[f32], threshold: f32) -> Vec<ClassOutcome> {
    let named = labels.classes.iter().enumerate().filter(|(id, _)| labels.positive[*id]);
    let outcome = |(id, class): (usize, &String)| {
        let is = |row: usize| labels.ids[row] as usize == id;
        let rows = (0..scores.len()).filter(|row| is(*row) || !labels.is_positive(*row));
        let (of, truth): (Vec<f32>, Vec<bool>) = rows.map(|row| (scores[row], is(row))).unzip();
        let own: Vec<f32> = (0..scores.len()).filter(|row| is(*row)).map(|r| scores[r]).collect();
        let found = own.iter().filter(|score| **score >= threshold).count();
        ClassOutcome {
            class: class.clone(),
            rows: own.len(),
            found: found as f64 / own.len() as f64,
            auc: auc(&of, &truth),
        }
    };
    named.map(outcome).collect()
}

fn drifts(bundle: &Bundle, columns: &[Typed]) -> Vec<Drift> {
    let schema = bundle.manifest.schema.columns.iter();
    let mut all: Vec<Drift> = schema
        .zip(columns)
        .map(|(then, now)| drift(&then.name, &then.profile, &now.kind))
        .collect();
    all.sort_by(|a, b| b.psi.total_cmp(&a.psi));
    all
}

/// A fall of the area under the ROC curve that is worth a warning.
const NOTABLE_FALL: f64 = 0.02;

impl Evaluation {
    /// What a person must know before using the model here, the loudest first.
    pub fn findings(&self) -> Vec<Finding> {
        let mut findings = Vec::new();
        let mut say = |loudness, text: String| findings.push(Finding { loudness, text });
        if self.judgement.is_worse_than_chance() {
            let area = self.judgement.report.auc;
            say(
                Loudness::Alarm,
                format!("worse than chance: AUC {area:.3}; do not use the model on such rows"),
            );
        }
        for outcome in self.classes.iter().filter(|outcome| outcome.auc < 0.5) {
            let ClassOutcome { class, rows, auc, found } = outcome;
            let (found, rows) = (100.0 * found, count(*rows as u64));
            say(
                Loudness::Alarm,
                format!(
                    "worse than chance on {class}: AUC {auc:.3} against the ordinary rows \
                     ({found:.1} % of {rows} rows found): ordinary rows score higher"
                ),
            );
        }
        let now = self.judgement.report.auc;
        if let Some(then) = self.auc_in_training.filter(|then| then - now > NOTABLE_FALL) {
            say(
                Loudness::Warning,
                format!("AUC is {now:.3} here, {then:.3} over the folds of training"),
            );
        }
        for unseen in &self.unseen {
            say(Loudness::Warning, unseen.to_string());
        }
        let moved: Vec<String> = self
            .drift
            .iter()
            .filter(|drift| drift.is_large())
            .map(|drift| {
                let Drift { column, psi, effect, .. } = drift;
                format!("{column} (PSI {psi:.2}, effect {effect:+.2})")
            })
            .collect();
        if !moved.is_empty() {
            let columns = moved.join(", ");
            say(
                Loudness::Warning,
                format!("these columns lie elsewhere than in training: {columns}"),
            );
        }
        findings.sort_by_key(|finding| std::cmp::Reverse(finding.loudness));
        findings
    }
}

impl std::fmt::Display for Unseen {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { column, level, rows, like } = self;
        let rows = count(*rows as u64);
        write!(f, "{column} {level:?} was never seen in training ({rows} rows)")?;
        match like {
            Some(known) => write!(f, "; is it what training calls {known:?}?"),
            None => Ok(()),
        }
    }
}
