//! Several estimators under one protocol: the same rows, folds, groups and figures.

use models::{Estimator, Learning};
use serde::Serialize;

use crate::cross_validation::{Protocol, Spread};
use crate::error::Error;
use crate::fitting::Observer;
use crate::task::Task;
use crate::training::train;

/// How an estimator did.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Contender {
    /// Its name.
    pub estimator: &'static str,
    /// Its name for people.
    pub title: &'static str,
    /// Whether it looked at the labels.
    pub supervised: bool,
    /// What it reached, or why it could not take part.
    #[serde(flatten)]
    pub outcome: Outcome,
}

/// What an estimator reached.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Outcome {
    /// It took part.
    Done(Box<Reached>),
    /// It could not.
    Failed {
        /// Why.
        error: String,
    },
}

/// The figures of an estimator.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Reached {
    /// Mean and spread over the folds.
    pub folds: Vec<Spread>,
    /// On the test rows, where there are any: area under the ROC curve, average precision, F1, macro
    /// F1, false-positive rate at 95 % recall.
    pub test: Option<[f64; 5]>,
    /// Wall time of the final fit.
    pub fit_secs: f64,
    /// Rows scored a second, on one thread.
    pub predict_rows_per_sec: f64,
    /// Size of the bundle.
    pub bundle_bytes: usize,
}

/// Predictions are repeated until they took so long: a clock is too coarse for one.
const MEASURED_SECS: f64 = 0.1;

/// Runs each estimator; `began` is told of each before it starts. The order is that of the mean area
/// under the ROC curve, best first.
pub fn compare(
    task: &Task,
    estimators: &[Box<dyn Estimator>],
    protocol: Protocol,
    observer: &dyn Observer,
    mut began: impl FnMut(&dyn Estimator),
) -> Vec<Contender> {
    let mut contenders: Vec<Contender> = estimators
        .iter()
        .map(|estimator| {
            let estimator = estimator.as_ref();
            began(estimator);
            let outcome = match run(task, estimator, protocol, observer) {
                Ok(reached) => Outcome::Done(Box::new(reached)),
                Err(error) => Outcome::Failed { error: error.to_string() },
            };
            Contender {
                estimator: estimator.name(),
                title: estimator.title(),
                supervised: estimator.learning() == Learning::Supervised,
                outcome,
            }
        })
        .collect();
    contenders.sort_by(|a, b| b.area().total_cmp(&a.area()));
    contenders
}

impl Contender {
    /// The area by which contenders are ordered.
    fn area(&self) -> f64 {
        match &self.outcome {
            Outcome::Done(reached) => reached.figure("auc").map_or(f64::MIN, |spread| spread.mean),
            Outcome::Failed { .. } => f64::NEG_INFINITY,
        }
    }
}

impl Reached {
    /// The spread of a figure over the folds.
    pub fn figure(&self, name: &str) -> Option<&Spread> {
        self.folds.iter().find(|spread| spread.figure == name)
    }
}

fn run(
    task: &Task,
    estimator: &dyn Estimator,
    protocol: Protocol,
    observer: &dyn Observer,
) -> Result<Reached, Error> {
    let trained = train(task, estimator, protocol, observer)?;
    let rows = task.test.as_ref().unwrap_or(&task.train).data.x().view();
    let started = observer.wall_time_secs();
    let (mut passes, mut took) = (0, 0.0);
    while took < MEASURED_SECS && passes < 10_000 {
        std::hint::black_box(trained.bundle.scores(rows));
        passes += 1;
        took = observer.wall_time_secs() - started;
    }
    let test = trained.test.as_ref().map(|test| {
        let report = &test.report;
        [report.auc, report.average_precision, report.f1, report.f1_macro, report.fpr_at_recall_95]
    });
    Ok(Reached {
        folds: trained.cross_validation.map_or_else(Vec::new, |found| found.summary),
        test,
        fit_secs: trained.fit_secs,
        predict_rows_per_sec: (passes * rows.len()) as f64 / took,
        bundle_bytes: trained.bundle.to_bytes()?.len(),
    })
}
