//! Lasso: a line that leaves out the columns it can do without.
//!
//! # What it sees
//! What ridge sees, with as few columns as it can.
//!
//! # Why it matters
//! What is left has a weight of its own; what is gone can be left unmeasured.
//!
//! # When it is wrong
//! Of two columns that say the same it keeps one, by chance. Its probabilities come from a second,
//! logistic fit on the line's value.
//!
//! # References
//! Tibshirani, 1996; fitted by coordinate descent (Friedman, Hastie, Tibshirani, 2010).

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::linear::{LinearModel, Loss, Penalty, fit_lines};
use crate::preprocess::Preprocess;
use crate::saved::json;
use crate::{
    ClassWeighting, Dataset, Detector, Estimator, FitError, Learning, LoadError, Saved, Watcher,
};

/// The name in [`crate::ESTIMATORS`].
pub const NAME: &str = "lasso";
/// The name for people.
pub const TITLE: &str = "lasso";

/// The settings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Lasso {
    /// Weight of the sum of the sizes of the weights, against half the mean square.
    pub alpha: f32,
    /// What the rows of a class weigh.
    pub class_weights: ClassWeighting,
    /// How raw columns become inputs.
    pub preprocess: Preprocess,
}

impl Default for Lasso {
    fn default() -> Self {
        Self {
            alpha: 1e-3,
            class_weights: ClassWeighting::Equal,
            preprocess: Preprocess::default(),
        }
    }
}

impl Lasso {
    /// Learns from labelled rows. With more than two classes, a line for each class against the others.
    ///
    /// # Errors
    /// When a setting is out of range or the labels are of one class.
    pub fn fit_model(&self, train: &Dataset) -> Result<LinearModel, FitError> {
        if !(self.alpha >= 0.0 && self.alpha <= 1e9) {
            return Err(FitError::setting("alpha", self.alpha, "must be 0 to 1000000000"));
        }
        let weights = self.class_weights.row_weights(train);
        let rows: f64 = weights.iter().map(|w| f64::from(*w)).sum();
        let penalty = Penalty { l1: f64::from(self.alpha) * rows, l2: 0.0 };
        fit_lines(NAME, train, &weights, &self.preprocess, Loss::Squares, penalty)
    }
}

impl Estimator for Lasso {
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
