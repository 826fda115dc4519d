//! What each column is worth to a model: how much worse it orders rows when the column is shuffled.

use models::metrics::auc;
use models::{Chance, Detector, Matrix};
use serde::Serialize;

use crate::cross_validation::mean_and_sd;

/// The worth of each column.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Importance {
    /// The columns, the worthiest first.
    pub columns: Vec<ColumnImportance>,
    /// Which rows it was measured on.
    pub measured_on: String,
}

/// The worth of one column.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ColumnImportance {
    /// Its name.
    pub column: String,
    /// How much of the area under the ROC curve is lost when it is shuffled: the mean over the
    /// repeats and folds. Columns that stand in for each other share the loss, so that each may look worthless.
    pub loss: f64,
    /// The standard deviation over the repeats and folds.
    pub sd: f64,
    /// What the model itself says that it leans on the column; the shares sum to 1.
    pub own: Option<f64>,
}

/// How much of the area under the ROC curve is lost with each column shuffled (outer), each time
/// (inner).
pub type Losses = Vec<Vec<f64>>;

/// Shuffles each column in turn, `repeats` times (Breiman 2001; Fisher, Rudin and Dominici 2019).
pub fn losses_when_shuffled(
    detector: &dyn Detector,
    x: &Matrix,
    truth: &[bool],
    repeats: usize,
    seed: u64,
) -> Losses {
    let whole = auc(&detector.scores(x.view()), truth);
    let of_column = |at: usize| {
        let values = x.column(at);
        let mut shuffled = x.clone();
        let once = |repeat: usize| {
            let mut chance = Chance::part(seed, (at * repeats + repeat) as u64);
            let mut values = values.clone();
            chance.shuffle(&mut values);
            values.iter().enumerate().for_each(|(row, value)| shuffled.set(row, at, *value));
            whole - auc(&detector.scores(shuffled.view()), truth)
        };
        (0..repeats).map(once).collect()
    };
    (0..x.columns()).map(of_column).collect()
}

impl Importance {
    /// The worth of columns from their losses. `own` is what the model says of itself.
    pub fn of(
        names: &[String],
        losses: &[Vec<f64>],
        own: Option<Vec<f32>>,
        measured_on: &str,
    ) -> Self {
        let column = |at: usize| {
            let (loss, sd) = mean_and_sd(&losses[at]);
            let own = own.as_ref().map(|shares| f64::from(shares[at]));
            ColumnImportance { column: names[at].clone(), loss, sd, own }
        };
        let mut columns: Vec<ColumnImportance> = (0..names.len()).map(column).collect();
        columns.sort_by(|a, b| b.loss.total_cmp(&a.loss));
        Self { columns, measured_on: measured_on.to_owned() }
    }
}
