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
    /// On the test rows, where there are any: the [`TEST_FIGURES`].
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

/// The figures that [`Reached::test`] holds, in its order.
pub const TEST_FIGURES: [&str; 5] =
    ["auc", "average_precision", "f1", "f1_macro", "fpr_at_recall_95"];

/// The contenders as a table in CSV, a line each: mean and standard deviation of every figure over the folds, the
/// figures on the test rows, what fitting took, rows scored a second, bytes of the bundle. A cell is
/// empty where there is nothing to tell.
///
/// # Errors
/// When the table cannot be put together, which is a fault of ours.
pub fn to_csv(contenders: &[Contender]) -> Result<Vec<u8>, csv::Error> {
    let reached = |contender: &Contender| match &contender.outcome {
        Outcome::Done(reached) => Some(reached.clone()),
        Outcome::Failed { .. } => None,
    };
    let figures: Vec<&str> = contenders
        .iter()
        .find_map(|contender| Some(reached(contender)?.folds))
        .map_or_else(Vec::new, |folds| folds.iter().map(|spread| spread.figure).collect());
    let mut head = vec!["estimator".to_owned(), "supervised".to_owned()];
    head.extend(figures.iter().flat_map(|name| [format!("{name}_mean"), format!("{name}_sd")]));
    head.extend(TEST_FIGURES.map(|name| format!("test_{name}")));
    head.extend(["fit_secs", "predict_rows_per_sec", "bundle_bytes", "error"].map(str::to_owned));
    let mut table = csv::Writer::from_writer(Vec::new());
    table.write_record(&head)?;
    for contender in contenders {
        let reached = reached(contender);
        let number = |value: Option<f64>| {
            value.filter(|value| value.is_finite()).map_or_else(String::new, |it| it.to_string())
        };
        let mut row = vec![contender.estimator.to_owned(), contender.supervised.to_string()];
        for name in &figures {
            let spread = reached.as_ref().and_then(|reached| reached.figure(name));
            row.push(number(spread.map(|spread| spread.mean)));
            row.push(number(spread.map(|spread| spread.sd)));
        }
        for place in 0..TEST_FIGURES.len() {
            row.push(number(reached.as_ref().and_then(|reached| Some(reached.test?[place]))));
        }
        row.push(number(reached.as_ref().map(|reached| reached.fit_secs)));
        row.push(number(reached.as_ref().map(|reached| reached.predict_rows_per_sec.round())));
        row.push(reached.map_or_else(String::new, |reached| reached.bundle_bytes.to_string()));
        row.push(match &contender.outcome {
            Outcome::Failed { error } => error.clone(),
            Outcome::Done(_) => String::new(),
        });
        table.write_record(&row)?;
    }
    table.into_inner().map_err(|error| error.into_error().into())
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
