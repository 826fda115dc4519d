use std::fmt;
use std::ops::ControlFlow;

use domain::Score;
use serde_json::Value;

use crate::{Contributions, Dataset, FitError, Rows, Saved};

/// Whether an estimator needs labels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Learning {
    /// It learns from labels.
    Supervised,
    /// It learns what is usual and never looks at labels.
    Unsupervised,
}

/// What can be fitted: settings, nothing learned.
pub trait Estimator: Send + Sync + fmt::Debug {
    /// Its name in [`crate::ESTIMATORS`], in files and on the command line.
    fn name(&self) -> &'static str;

    /// Its name for people.
    fn title(&self) -> &'static str;

    /// Whether it needs labels.
    fn learning(&self) -> Learning;

    /// Its settings, as [`crate::estimator`] takes them.
    fn settings(&self) -> Value;

    /// Learns from `train`. Early stopping watches `valid`; an estimator that stops early and is
    /// given none splits some rows off `train`; the others never look at it.
    ///
    /// # Errors
    /// When the settings or the data allow no fit. A watcher that breaks off is no error: the model
    /// is what was learned until then.
    fn fit(
        &self,
        train: &Dataset,
        valid: Option<&Dataset>,
        seed: u64,
        watcher: &mut dyn Watcher,
    ) -> Result<Box<dyn Detector>, FitError>;
}

/// What was fitted: it scores, and never changes.
pub trait Detector: Send + Sync + fmt::Debug {
    /// The name of the estimator that made it.
    fn kind(&self) -> &'static str;

    /// How many raw columns a row has.
    fn columns(&self) -> usize;

    /// How many classes it tells apart; 0 when it was fitted without labels.
    fn classes(&self) -> usize;

    /// The score of each row, in `0..=1`, finite for any input, higher is worse: the probability of
    /// not being class 0, or how far from usual the row is.
    ///
    /// # Panics
    /// When `rows` has another number of columns, or `scores` another number of rows.
    fn score_into(&self, rows: Rows<'_>, scores: &mut [f32]);

    /// The probability of each class, row after row. A detector without classes gives
    /// `[1 - score, score]`; so does one with two.
    ///
    /// # Panics
    /// As [`Detector::score_into`].
    fn probabilities(&self, rows: Rows<'_>) -> Vec<f32> {
        self.scores(rows).iter().flat_map(|score| [1.0 - score, *score]).collect()
    }

    /// What each raw column adds to the score of a row.
    ///
    /// # Panics
    /// When the row has another number of columns.
    fn contributions(&self, row: &[f32]) -> Contributions;

    /// How much the model leans on each raw column by its own account (gain, weights), summing to 1;
    /// `None` where it has no such account. Permutation importance is the better question.
    fn own_importance(&self) -> Option<Vec<f32>> {
        None
    }

    /// The model as plain data, which [`crate::load`] takes back to the same scores.
    fn save(&self) -> Saved;

    /// The scores of rows.
    ///
    /// # Panics
    /// As [`Detector::score_into`].
    fn scores(&self, rows: Rows<'_>) -> Vec<f32> {
        let mut scores = vec![0.0; rows.len()];
        self.score_into(rows, &mut scores);
        scores
    }

    /// The score of one row.
    ///
    /// # Panics
    /// As [`Detector::score_into`].
    fn score(&self, row: &[f32]) -> Score {
        let mut score = [0.0];
        self.score_into(Rows::one(row), &mut score);
        Score::saturating(score[0])
    }
}

/// Who looks on while something is fitted: a progress bar, a log of curves, a person who stops it.
pub trait Watcher {
    /// An epoch (of a network) or a round (of boosting) is over. `Break` ends the fit there.
    fn epoch(&mut self, epoch: &Epoch<'_>) -> ControlFlow<()>;

    /// Whether it looks at what it is shown. Where it does not, a fit leaves out figures that nobody
    /// else needs.
    fn looks(&self) -> bool {
        true
    }
}

/// Nobody looks on.
#[derive(Clone, Copy, Debug, Default)]
pub struct Unwatched;

impl Watcher for Unwatched {
    fn epoch(&mut self, _: &Epoch<'_>) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }

    fn looks(&self) -> bool {
        false
    }
}

/// What a watcher is shown of an epoch.
#[derive(Clone, Copy, Debug)]
pub struct Epoch<'a> {
    /// Counts from 1.
    pub number: u32,
    /// How many there will be at most.
    pub of: u32,
    /// The rows that were fitted, as they were scored on the way (dropout included).
    pub train: Side<'a>,
    /// The rows that early stopping watches, scored by the model as it now stands.
    pub valid: Option<Side<'a>>,
    /// The weights as they now stand; empty for what has no weights.
    pub tensors: &'a [WatchedTensor<'a>],
}

/// Scores and labels of one side of a fit.
#[derive(Clone, Copy, Debug)]
pub struct Side<'a> {
    /// The loss without its penalties, weighted, averaged over the rows.
    pub loss: f32,
    /// The score of each row.
    pub scores: &'a [f32],
    /// The label of each row.
    pub y: &'a [u32],
}

/// A block of weights on its way.
#[derive(Clone, Copy, Debug)]
pub struct WatchedTensor<'a> {
    /// For example `dense_1/kernel`.
    pub name: &'a str,
    /// The weights.
    pub values: &'a [f32],
    /// Their gradient in the last batch of the epoch; empty for what is not learned by gradient.
    pub gradient: &'a [f32],
}
