//! Logistic regression: log-odds as a weighted sum of columns.
//!
//! # What it sees
//! Columns that each push one way, whatever the others say.
//!
//! # Why it matters
//! It is the model that transfers best from one set of the public table to the other, where every tree
//! fails: a line goes on beyond what it saw.
//!
//! # When it is wrong
//! Where a column is bad both when high and when low, or only together with another.
//!
//! # References
//! Cox, 1958; fitted by Newton's steps (iteratively reweighted least squares).

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::linear::{LinearModel, Loss, Penalty, fit_lines};
use crate::preprocess::Preprocess;
use crate::saved::json;
use crate::{
    ClassWeighting, Dataset, Detector, Estimator, FitError, Learning, LoadError, Saved, Watcher,
};

/// The name in [`crate::ESTIMATORS`].
pub const NAME: &str = "logistic_regression";
/// The name for people.
pub const TITLE: &str = "logistic regression";

/// The settings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LogisticRegression {
    /// Weight of half the sum of squared weights, against the summed loss of all rows (scikit-learn's
    /// `1 / C`).
    pub l2: f32,
    /// What the rows of a class weigh.
    pub class_weights: ClassWeighting,
    /// How raw columns become inputs.
    pub preprocess: Preprocess,
}

impl Default for LogisticRegression {
    fn default() -> Self {
        Self { l2: 1.0, class_weights: ClassWeighting::Equal, preprocess: Preprocess::default() }
    }
}

impl LogisticRegression {
    /// Learns from labelled rows. With more than two classes, a line for each class against the others.
    ///
    /// # Errors
    /// When a setting is out of range or the labels are of one class.
    pub fn fit_model(&self, train: &Dataset) -> Result<LinearModel, FitError> {
        if !(self.l2 >= 0.0 && self.l2 <= 1e9) {
            return Err(FitError::setting("l2", self.l2, "must be 0 to 1000000000"));
        }
        let weights = self.class_weights.row_weights(train);
        fit_lines(
            NAME,
            train,
            &weights,
            &self.preprocess,
            Loss::Logistic,
            Penalty { l1: 0.0, l2: self.l2.into() },
        )
    }
}

impl Estimator for LogisticRegression {
    fn name(&self) -> &'static str {
        NAME
    }

    fn title(&self) -> &'static str {
        TITLE
    }

    fn learning(&self) -> Learning {
        Learning::Supervised
    }

    fn settings(&self) -> Value {
        json(self)
    }

    fn fit(
        &self,
        train: &Dataset,
        _: Option<&Dataset>,
        _: u64,
        _: &mut dyn Watcher,
    ) -> Result<Box<dyn Detector>, FitError> {
        Ok(Box::new(self.fit_model(train)?))
    }
}

/// Takes a saved model back.
///
/// # Errors
/// When a part is missing or has another size.
pub fn load(saved: &Saved) -> Result<Box<dyn Detector>, LoadError> {
    Ok(Box::new(LinearModel::load(NAME, saved)?))
}
