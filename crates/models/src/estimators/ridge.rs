//! Ridge: a line through the labels, its weights drawn to 0.
//!
//! # What it sees
//! What logistic regression sees, with the squared distance to the label as loss.
//!
//! # Why it matters
//! It has one exact solution and cannot fail to converge, however many columns say the same.
//!
//! # When it is wrong
//! As logistic regression; and rows far on the right side pull the line as if they were wrong. Its
//! probabilities come from a second, logistic fit on the line's value, made on the same rows.
//!
//! # References
//! Hoerl and Kennard, 1970; Platt, 1999 (the link).

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::linear::{LinearModel, Loss, Penalty, fit_lines};
use crate::preprocess::Preprocess;
use crate::saved::json;
use crate::{
    ClassWeighting, Dataset, Detector, Estimator, FitError, Learning, LoadError, Saved, Watcher,
};

/// The name in [`crate::ESTIMATORS`].
pub const NAME: &str = "ridge";
/// The name for people.
pub const TITLE: &str = "ridge";

/// The settings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Ridge {
    /// Weight of the sum of squared weights, against the summed squares of all rows.
    pub alpha: f32,
    /// What the rows of a class weigh.
    pub class_weights: ClassWeighting,
    /// How raw columns become inputs.
    pub preprocess: Preprocess,
}

impl Default for Ridge {
    fn default() -> Self {
        Self { alpha: 1.0, class_weights: ClassWeighting::Equal, preprocess: Preprocess::default() }
    }
}

impl Ridge {
    /// Learns from labelled rows. With more than two classes, a line for each class against the others.
    ///
    /// # Errors
    /// When a setting is out of range or the labels are of one class.
    pub fn fit_model(&self, train: &Dataset) -> Result<LinearModel, FitError> {
        if !(self.alpha >= 0.0 && self.alpha <= 1e9) {
            return Err(FitError::setting("alpha", self.alpha, "must be 0 to 1000000000"));
        }
        let weights = self.class_weights.row_weights(train);
        fit_lines(
            NAME,
            train,
            &weights,
            &self.preprocess,
            Loss::Squares,
            Penalty { l1: 0.0, l2: self.alpha.into() },
        )
    }
}

impl Estimator for Ridge {
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
