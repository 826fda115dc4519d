//! What each column is worth to a model: how much worse it orders rows when the column is shuffled.

use models::importance::{Judge, permutation_importance};
use models::{Dataset, Detector};
use serde::Serialize;

use crate::spread::mean_and_sd;

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

/// Shuffles each column in turn, `repeats` times, on at most `rows_max` rows, evenly chosen.
pub fn losses_when_shuffled(
    detector: &dyn Detector,
    held_out: &Dataset,
    rows_max: usize,
    repeats: usize,
    seed: u64,
) -> Losses {
    let step = held_out.rows().div_ceil(rows_max).max(1);
    let chosen: Vec<usize> = (0..held_out.rows()).step_by(step).collect();
    let chosen = held_out.subset(&chosen).expect("a dataset has a row");
    let columns = permutation_importance(detector, &chosen, Judge::Auc, repeats, seed);
    columns.into_iter().map(|column| column.repeats).collect()
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

    /// Whether the model says anything of itself.
    pub fn says_own(&self) -> bool {
        self.columns.iter().any(|column| column.own.is_some())
    }
}
