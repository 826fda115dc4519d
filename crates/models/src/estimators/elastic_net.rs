//! Elastic net: between ridge and lasso.
//!
//! # What it sees
//! What lasso sees; of columns that say the same it keeps all, with small weights.
//!
//! # Why it matters
//! It leaves columns out without choosing by chance among equals.
//!
//! # When it is wrong
//! As lasso, and it has one setting more to get wrong.
//!
//! # References
//! Zou and Hastie, 2005.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::linear::{LinearModel, Loss, Penalty, fit_lines};
use crate::preprocess::Preprocess;
use crate::saved::json;
use crate::{
    ClassWeighting, Dataset, Detector, Estimator, FitError, Learning, LoadError, Saved, Watcher,
};

/// The name in [`crate::ESTIMATORS`].
pub const NAME: &str = "elastic_net";
/// The name for people.
pub const TITLE: &str = "elastic net";

/// The settings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ElasticNet {
    /// Weight of the whole penalty, against half the mean square.
    pub alpha: f32,
    /// The share of the penalty that is lasso's; the rest is ridge's.
    pub l1_share: f32,
    /// What the rows of a class weigh.
    pub class_weights: ClassWeighting,
    /// How raw columns become inputs.
    pub preprocess: Preprocess,
}

impl Default for ElasticNet {
    fn default() -> Self {
        Self {
            alpha: 1e-3,
            l1_share: 0.5,
            class_weights: ClassWeighting::Equal,
            preprocess: Preprocess::default(),
        }
    }
}

impl ElasticNet {
    /// Learns from labelled rows. With more than two classes, a line for each class against the others.
    ///
    /// # Errors
    /// When a setting is out of range or the labels are of one class.
    pub fn fit_model(&self, train: &Dataset) -> Result<LinearModel, FitError> {
        if !(self.alpha >= 0.0 && self.alpha <= 1e9) {
            return Err(FitError::setting("alpha", self.alpha, "must be 0 to 1000000000"));
        }
        if !(0.0..=1.0).contains(&self.l1_share) {
            return Err(FitError::setting("l1_share", self.l1_share, "must be 0 to 1"));
        }
        let weights = self.class_weights.row_weights(train);
        let rows: f64 = weights.iter().map(|w| f64::from(*w)).sum();
        let (alpha, share) = (f64::from(self.alpha), f64::from(self.l1_share));
        let penalty = Penalty { l1: alpha * share * rows, l2: alpha * (1.0 - share) * rows };
        fit_lines(NAME, train, &weights, &self.preprocess, Loss::Squares, penalty)
    }
}

impl Estimator for ElasticNet {
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
