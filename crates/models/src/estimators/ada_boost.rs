//! AdaBoost: small trees in a row, each on what the ones before got wrong.
//!
//! # What it sees
//! Sums of steps in single columns and, with depth above 1, of pairs of columns.
//!
//! # Why it matters
//! It is small: a hundred stumps are a few hundred numbers, and each can be read.
//!
//! # When it is wrong
//! Wrong labels gain weight without bound and pull the model with them. Its scores crowd at both ends:
//! calibrate before reading them as probabilities.
//!
//! # References
//! Freund and Schapire, 1997; here as *Real AdaBoost* of Friedman, Hastie, Tibshirani, *Additive Logistic
//! Regression*, 2000: a leaf adds half the log-odds of its weighted rows.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::preprocess::ordinary_row;
use crate::saved::json;
use crate::trees::bins::Binned;
use crate::trees::forest::{check_columns, check_growth, target_classes};
use crate::trees::grow::Grower;
use crate::trees::growth::{Cuts, Growth};
use crate::trees::model::{Link, TreeModel};
use crate::trees::sum::TreeSum;
use crate::{
    Chance, ClassWeighting, Dataset, Detector, Estimator, FitError, Learning, LoadError, Saved,
    Watcher,
};

/// The name in [`crate::ESTIMATORS`].
pub const NAME: &str = "ada_boost";
/// The name for people.
pub const TITLE: &str = "AdaBoost";

/// A leaf's share of bad rows is kept this far from 0 and 1, so that its log-odds are finite.
const SHARE_MIN: f64 = 1e-3;

/// The settings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AdaBoost {
    /// How many trees.
    pub rounds: usize,
    /// Questions in each.
    pub depth_max: u32,
    /// How much of each tree counts.
    pub learning_rate: f32,
    /// Rows of a leaf, at least.
    pub min_leaf_rows: u32,
    /// What the rows of a class weigh.
    pub class_weights: ClassWeighting,
}

impl Default for AdaBoost {
    fn default() -> Self {
        Self {
            rounds: 200,
            depth_max: 3,
            learning_rate: 0.2,
            min_leaf_rows: 20,
            class_weights: ClassWeighting::Equal,
        }
    }
}

impl AdaBoost {
    /// Learns from labelled rows. With more than two classes, each class against the others.
    ///
    /// # Errors
    /// When a setting is out of range or the labels are of one class.
    pub fn fit_model(&self, train: &Dataset, seed: u64) -> Result<TreeModel, FitError> {
        let growth = Growth {
            leaves_max: 1 << self.depth_max.min(10),
            depth_max: self.depth_max,
            min_leaf_rows: self.min_leaf_rows,
            min_leaf_hessian: 0.0,
            lambda: 0.0,
            min_gain: 0.0,
            category_smooth: 0.0,
            columns_a_tree: None,
            columns_a_node: None,
            cuts: Cuts::Best,
        };
        check_growth(&growth, self.rounds)?;
        if !(1e-6..=1.0).contains(&self.learning_rate) {
            let rule = "must be 0.000001 to 1";
            return Err(FitError::setting("learning_rate", self.learning_rate, rule));
        }
        train.needs_two_classes(NAME)?;
        check_columns(train)?;
        let binned = Binned::of(train);
        let weights = self.class_weights.row_weights(train);
        let mut gains = vec![0.0; train.x().columns()];
        let sums = target_classes(train).map(|class| {
            let bad: Vec<bool> = train.y().iter().map(|label| *label == class).collect();
            let mut chance = Chance::part(seed, u64::from(class));
            self.boost(Grower::new(&binned, growth), &bad, &weights, &mut chance, &mut gains)
        });
        let sums = sums.collect();
        Ok(TreeModel::new(
            NAME,
            Link::LogOdds,
            sums,
            binned.categories(),
            &gains,
            ordinary_row(train),
        ))
    }

    fn boost(
        &self,
        mut grower: Grower<'_>,
        bad: &[bool],
        row_weights: &[f32],
        chance: &mut Chance,
        gains: &mut [f64],
    ) -> TreeSum {
        let mut sum = TreeSum::default();
        let mut margin = vec![0.0f32; bad.len()];
        let sign = |row: usize| if bad[row] { 1.0 } else { -1.0f32 };
        for _ in 0..self.rounds {
            let raw = (0..bad.len()).map(|row| row_weights[row] * (-sign(row) * margin[row]).exp());
            let mut weights: Vec<f32> = raw.collect();
            let mean = weights.iter().map(|w| f64::from(*w)).sum::<f64>() / bad.len() as f64;
            weights.iter_mut().for_each(|w| *w = (f64::from(*w) / mean) as f32);
            let slope = |(weight, bad): (&f32, &bool)| [if *bad { -weight } else { 0.0 }, *weight];
            let slopes: Vec<[f32; 2]> = weights.iter().zip(bad).map(slope).collect();
            let rows = (0..bad.len() as u32).filter(|row| slopes[*row as usize][1] > 0.0);
            let mut grown = grower.grow(rows, &slopes, chance, gains);
            for (leaf, rows) in grown.leaves {
                let value = &mut grown.tree.value[leaf];
                let share = f64::from(*value).clamp(SHARE_MIN, 1.0 - SHARE_MIN);
                let step = 0.5 * (share / (1.0 - share)).ln() * f64::from(self.learning_rate);
                // The margin of AdaBoost is half the log-odds that the model sums.
                *value = 2.0 * step as f32;
                let rows = &grower.rows()[rows];
                rows.iter().for_each(|row| margin[*row as usize] += step as f32);
            }
            sum.trees.push(grown.tree);
        }
        sum
    }
}

impl Estimator for AdaBoost {
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
