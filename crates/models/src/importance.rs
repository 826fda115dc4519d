//! Which columns a detector needs: how much worse it gets on held-out rows when a column is shuffled.
//!
//! Source: Breiman, 2001; Fisher, Rudin, Dominici, *All Models Are Wrong, but Many Are Useful*, 2019.

use serde::{Deserialize, Serialize};

use crate::metrics::{auc, average_precision};
use crate::{Chance, Dataset, Detector, Matrix};

/// By what a detector is judged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Judge {
    /// The area under the ROC curve of "not class 0".
    #[default]
    Auc,
    /// Its average precision.
    AveragePrecision,
}

impl Judge {
    fn of(self, detector: &dyn Detector, x: &Matrix, bad: &[bool]) -> f64 {
        let scores = detector.scores(x.view());
        match self {
            Self::Auc => auc(&scores, bad),
            Self::AveragePrecision => average_precision(&scores, bad),
        }
    }
}

/// What shuffling one column costs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Importance {
    /// The column.
    pub column: usize,
    /// The mean loss of the judge's figure; below 0 when the detector does better without the column.
    pub mean: f64,
    /// The standard deviation over the repeats.
    pub spread: f64,
    /// Each repeat.
    pub repeats: Vec<f64>,
}

/// The importance of each column on rows that the detector was not fitted on, in the order of the
/// columns. Every repeat shuffles the column anew; a seed gives the same bytes.
///
/// It says what *this detector* leans on. Of two columns that say the same, either may seem idle, since
/// the other is still there. Without rows of both classes the figures are NaN.
pub fn permutation_importance(
    detector: &dyn Detector,
    held_out: &Dataset,
    judge: Judge,
    repeats: usize,
    seed: u64,
) -> Vec<Importance> {
    let bad: Vec<bool> = held_out.y().iter().map(|label| *label > 0).collect();
    let whole = judge.of(detector, held_out.x(), &bad);
    let of_column = |column: usize| {
        let own = held_out.x().column(column);
        let mut shuffled = held_out.x().clone();
        let mut losses = Vec::with_capacity(repeats);
        for repeat in 0..repeats {
            let mut values = own.clone();
            let part = ((column as u64) << 32) | repeat as u64;
            Chance::part(seed, part).shuffle(&mut values);
            values.iter().enumerate().for_each(|(row, value)| shuffled.set(row, column, *value));
            losses.push(whole - judge.of(detector, &shuffled, &bad));
        }
        let count = repeats.max(1) as f64;
        let mean = losses.iter().sum::<f64>() / count;
        let square = losses.iter().map(|loss| (loss - mean) * (loss - mean)).sum::<f64>();
        let spread = (square / (count - 1.0).max(1.0)).sqrt();
        Importance { column, mean, spread, repeats: losses }
    };
    (0..held_out.x().columns()).map(of_column).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ColumnKind, Unwatched, estimator};

    #[test]
    fn the_column_that_decides_is_the_one_that_is_missed() {
        let mut chance = Chance::new(1);
        let mut table = |rows: usize| {
            let x = Matrix::from_fn(rows, 3, |_, _| chance.normal() as f32);
            let y = (0..rows).map(|row| u32::from(x.get(row, 1) > 0.3)).collect();
            Dataset::new(x, vec![ColumnKind::Numeric; 3], y, 2).expect("is sound")
        };
        let (train, test) = (table(400), table(400));
        let tree = estimator("decision_tree", serde_json::json!({})).expect("exists");
        let detector = tree.fit(&train, None, 1, &mut Unwatched).expect("fits");
        let found = permutation_importance(detector.as_ref(), &test, Judge::Auc, 5, 3);
        assert!(found[1].mean > 0.4 && found[1].spread < 0.1, "{found:?}");
        assert_eq!((found[0].mean, found[2].mean), (0.0, 0.0), "the tree never asks them");
        assert_eq!(found[1].repeats.len(), 5);
        let again = permutation_importance(detector.as_ref(), &test, Judge::Auc, 5, 3);
        assert_eq!(found, again);
    }
}
