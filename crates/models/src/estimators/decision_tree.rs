//! Decision tree: one column asked after the other.
//!
//! # What it sees
//! Steps and corners: "more than 20 calls, and fewer than 3 endpoints".
//!
//! # Why it matters
//! It can be read from the root down, and shows at once when a single column gives the label away.
//!
//! # When it is wrong
//! A slope becomes a staircase, and a few other rows give another tree. A forest or boosting is better
//! at the same questions.
//!
//! # References
//! Breiman, Friedman, Olshen, Stone, *Classification and Regression Trees*, 1984.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::saved::json;
use crate::trees::TreeModel;
use crate::trees::forest::{Forest, check_growth};
use crate::trees::growth::{Cuts, Growth};
use crate::{
    ClassWeighting, Dataset, Detector, Estimator, FitError, Learning, LoadError, Saved, Watcher,
};

/// The name in [`crate::ESTIMATORS`].
pub const NAME: &str = "decision_tree";
/// The name for people.
pub const TITLE: &str = "decision tree";

/// The settings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DecisionTree {
    /// Leaves at most; the one that gains most is split first.
    pub leaves_max: usize,
    /// Questions from the root to a leaf, at most.
    pub depth_max: u32,
    /// Rows of a leaf, at least.
    pub min_leaf_rows: u32,
    /// What the rows of a class weigh.
    pub class_weights: ClassWeighting,
}

impl Default for DecisionTree {
    fn default() -> Self {
        let class_weights = ClassWeighting::Equal;
        Self { leaves_max: 128, depth_max: 16, min_leaf_rows: 20, class_weights }
    }
}

impl DecisionTree {
    /// Learns from labelled rows. With more than two classes, a tree for each class against the others.
    ///
    /// # Errors
    /// When a setting is out of range or the labels are of one class.
    pub fn fit_model(&self, train: &Dataset, seed: u64) -> Result<TreeModel, FitError> {
        let growth = Growth {
            leaves_max: self.leaves_max,
            depth_max: self.depth_max,
            min_leaf_rows: self.min_leaf_rows,
            min_leaf_hessian: 0.0,
            lambda: 0.0,
            min_gain: 0.0,
            category_smooth: 1.0,
            columns_a_tree: None,
            columns_a_node: None,
            cuts: Cuts::Best,
        };
        check_growth(&growth, 1)?;
        let forest = Forest { kind: NAME, trees: 1, bootstrap: false, growth };
        forest.fit(train, &self.class_weights.row_weights(train), seed)
    }
}

impl Estimator for DecisionTree {
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
        seed: u64,
        _: &mut dyn Watcher,
    ) -> Result<Box<dyn Detector>, FitError> {
        Ok(Box::new(self.fit_model(train, seed)?))
    }
}

/// Takes a saved model back.
///
/// # Errors
/// When a part is missing, or its trees do not hold together.
pub fn load(saved: &Saved) -> Result<Box<dyn Detector>, LoadError> {
    Ok(Box::new(TreeModel::load(NAME, saved)?))
}
