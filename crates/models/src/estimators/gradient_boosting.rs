//! Gradient boosting: trees in a row, each a step down the loss.
//!
//! # What it sees
//! Steps, corners and combinations of columns; missing values and categories as they are.
//!
//! # Why it matters
//! On tables it is the model to beat, and its log-odds are a sum of trees that is explained exactly.
//!
//! # When it is wrong
//! With few rows it learns them by heart: fewer leaves, or early stopping on held-out rows. It cannot
//! go beyond what it saw.
//!
//! # References
//! Friedman, *Greedy Function Approximation*, 2001; Chen and Guestrin, *XGBoost*, 2016 (second order);
//! Ke et al., *LightGBM*, 2017 (histograms, the leaf that gains most first).

use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::ops::ControlFlow::{self, Continue};

use crate::contributions::sigmoid;
use crate::hold_out::hold_out;
use crate::preprocess::ordinary_row;
use crate::saved::json;
use crate::trees::bins::Binned;
use crate::trees::forest::{check_columns, check_growth};
use crate::trees::grow::Grower;
use crate::trees::growth::{Cuts, Growth};
use crate::trees::model::{Link, TreeModel};
use crate::trees::sum::TreeSum;
use crate::{
    Chance, ClassWeighting, Dataset, Detector, Epoch, Estimator, FitError, FitErrorKind, Learning,
    LoadError, Saved, Side, Watcher,
};

/// The name in [`crate::ESTIMATORS`].
pub const NAME: &str = "gradient_boosting";
/// The name for people.
pub const TITLE: &str = "gradient boosting";

/// The settings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct GradientBoosting {
    /// Trees at most, for each class where there are more than two.
    pub rounds: u32,
    /// How much of each tree counts.
    pub learning_rate: f32,
    /// Leaves of a tree, at most.
    pub leaves_max: usize,
    /// Questions from the root to a leaf, at most.
    pub depth_max: u32,
    /// Rows of a leaf, at least.
    pub min_leaf_rows: u32,
    /// Added to the hessian of each leaf: draws leaves of few rows to 0.
    pub lambda: f32,
    /// The share of rows that each tree sees.
    pub row_share: f32,
    /// The share of columns that each tree sees.
    pub column_share: f32,
    /// Rounds without a lower validation loss after which growing stops; the best rounds are kept.
    /// `None` grows all.
    pub patience: Option<u32>,
    /// The share of rows split off for validation where patience is set and none are given.
    pub valid_share: f32,
    /// What the rows of a class weigh.
    pub class_weights: ClassWeighting,
}

impl Default for GradientBoosting {
    fn default() -> Self {
        Self {
            rounds: 100,
            learning_rate: 0.1,
            leaves_max: 31,
            depth_max: 64,
            min_leaf_rows: 20,
            lambda: 1.0,
            row_share: 1.0,
            column_share: 1.0,
            patience: None,
            valid_share: 0.1,
            class_weights: ClassWeighting::Equal,
        }
    }
}

impl GradientBoosting {
    /// Learns from labelled rows: logistic loss for two classes, softmax for more.
    ///
    /// # Errors
    /// When a setting is out of range or the labels are of one class.
    pub fn fit_model(
        &self,
        train: &Dataset,
        valid: Option<&Dataset>,
        seed: u64,
        watcher: &mut dyn Watcher,
    ) -> Result<TreeModel, FitError> {
        let growth = self.growth(train.x().columns())?;
        train.needs_two_classes(NAME)?;
        check_columns(train)?;
        let parts = match (valid, self.patience) {
            (None, Some(_)) => hold_out(train, NAME, self.valid_share, seed)?,
            _ => None,
        };
        let (train, valid) = match &parts {
            Some((train, valid)) => (train, Some(valid)),
            None => (train, valid),
        };
        let binned = Binned::of(train);
        let of_class = self.class_weights.weights(&train.class_counts());
        let mut run = Run {
            settings: self,
            grower: Grower::new(&binned, growth),
            data: train,
            train: Standing::new(train, &of_class),
            valid: valid.map(|valid| (valid, Standing::new(valid, &of_class))),
            chance: Chance::part(seed, 0),
            gains: vec![0.0; train.x().columns()],
            sums: Vec::new(),
            slopes: vec![[0.0; 2]; train.rows()],
        };
        run.start();
        run.rounds(watcher)?;
        let link = if run.sums.len() == 1 { Link::LogOdds } else { Link::Softmax };
        Ok(TreeModel::new(
            NAME,
            link,
            run.sums,
            binned.categories(),
            &run.gains,
            ordinary_row(train),
        ))
    }

    fn growth(&self, columns: usize) -> Result<Growth, FitError> {
        let shares = [
            ("learning_rate", self.learning_rate, 1e-6, 1.0),
            ("lambda", self.lambda, 0.0, 1e6),
            ("row_share", self.row_share, 0.01, 1.0),
            ("column_share", self.column_share, 0.01, 1.0),
            ("valid_share", self.valid_share, 0.001, 0.9),
        ];
        for (name, value, low, high) in shares {
            if !(low..=high).contains(&value) {
                return Err(FitError::setting(name, value, &format!("must be {low} to {high}")));
            }
        }
        let tried = (columns as f64 * f64::from(self.column_share)).ceil() as usize;
        let growth = Growth {
            leaves_max: self.leaves_max,
            depth_max: self.depth_max,
            min_leaf_rows: self.min_leaf_rows,
            min_leaf_hessian: 1e-3,
            lambda: f64::from(self.lambda),
            min_gain: 0.0,
            category_smooth: 10.0,
            columns_a_tree: (tried < columns).then_some(tried),
            columns_a_node: None,
            cuts: Cuts::Best,
        };
        check_growth(&growth, self.rounds as usize)?;
        Ok(growth)
    }
}

/// Rows with the sums that they have reached: `[sum][row]`.
struct Standing<'a> {
    y: &'a [u32],
    weights: Vec<f32>,
    sums: Vec<Vec<f32>>,
    scores: Vec<f32>,
}

impl<'a> Standing<'a> {
    fn new(data: &'a Dataset, of_class: &[f32]) -> Self {
        let weight = |(row, label): (usize, &u32)| data.weight(row) * of_class[*label as usize];
        let weights = data.y().iter().enumerate().map(weight).collect();
        Self { y: data.y(), weights, sums: Vec::new(), scores: vec![0.0; data.rows()] }
    }

    /// The share of the weight that a class has.
    fn share(&self, class: u32) -> f64 {
        let all: f64 = self.weights.iter().map(|w| f64::from(*w)).sum();
        let of = self.weights.iter().zip(self.y).filter(|(_, label)| **label == class);
        of.map(|(weight, _)| f64::from(*weight)).sum::<f64>() / all
    }

    /// The probability of each class of one row, into `all`.
    fn probabilities(&self, row: usize, all: &mut Vec<f32>) {
        all.clear();
        if let [sums] = self.sums.as_slice() {
            let bad = sigmoid(sums[row]);
            all.extend([1.0 - bad, bad]);
            return;
        }
        let highest = self.sums.iter().fold(f32::NEG_INFINITY, |high, sums| high.max(sums[row]));
        all.extend(self.sums.iter().map(|sums| (sums[row] - highest).exp()));
        let total: f32 = all.iter().sum();
        all.iter_mut().for_each(|p| *p /= total);
    }

    /// The mean weighted loss; the scores are noted on the way.
    fn judge(&mut self) -> f32 {
        let mut all = Vec::new();
        let mut loss = 0.0f64;
        for row in 0..self.y.len() {
            self.probabilities(row, &mut all);
            self.scores[row] = 1.0 - all[0];
            let own = f64::from(all[self.y[row] as usize].max(1e-7));
            loss -= f64::from(self.weights[row]) * own.ln();
        }
        (loss / self.y.len() as f64) as f32
    }
}

struct Run<'a> {
    settings: &'a GradientBoosting,
    grower: Grower<'a>,
    data: &'a Dataset,
    train: Standing<'a>,
    valid: Option<(&'a Dataset, Standing<'a>)>,
    chance: Chance,
    gains: Vec<f64>,
    sums: Vec<TreeSum>,
    slopes: Vec<[f32; 2]>,
}

impl Run<'_> {
    /// Starts every sum where the data lie on the whole.
    fn start(&mut self) {
        let classes = self.data.classes();
        let starts: Vec<f32> = if classes <= 2 {
            let share = self.train.share(1).clamp(1e-6, 1.0 - 1e-6);
            vec![(share / (1.0 - share)).ln() as f32]
        } else {
            (0..classes).map(|class| self.train.share(class).max(1e-6).ln() as f32).collect()
        };
        for start in starts {
            self.sums.push(TreeSum { start, trees: Vec::new() });
            self.train.sums.push(vec![start; self.train.y.len()]);
            if let Some((_, valid)) = &mut self.valid {
                valid.sums.push(vec![start; valid.y.len()]);
            }
        }
    }

    fn rounds(&mut self, watcher: &mut dyn Watcher) -> Result<(), FitError> {
        let mut best: Option<(f32, u32)> = None;
        for round in 1..=self.settings.rounds {
            self.round();
            let valid_loss = self.valid.as_mut().map(|(_, valid)| valid.judge());
            let flow =
                if watcher.looks() { self.show(round, valid_loss, watcher)? } else { Continue(()) };
            if let (Some(loss), Some(patience)) = (valid_loss, self.settings.patience) {
                if best.is_none_or(|(lowest, _)| loss < lowest) {
                    best = Some((loss, round));
                }
                if best.is_some_and(|(_, at)| round - at >= patience) {
                    break;
                }
            }
            if flow.is_break() {
                break;
            }
        }
        if let Some((_, rounds)) = best {
            self.sums.iter_mut().for_each(|sum| sum.trees.truncate(rounds as usize));
        }
        Ok(())
    }

    fn show(
        &mut self,
        round: u32,
        valid_loss: Option<f32>,
        watcher: &mut dyn Watcher,
    ) -> Result<ControlFlow<()>, FitError> {
        let loss = self.train.judge();
        if !loss.is_finite() {
            return Err(FitErrorKind::Diverged { epoch: round, loss }.into());
        }
        let valid = valid_loss.zip(self.valid.as_ref());
        Ok(watcher.epoch(&Epoch {
            number: round,
            of: self.settings.rounds,
            train: Side { loss, scores: &self.train.scores, y: self.train.y },
            valid: valid.map(|(loss, (_, valid))| Side { loss, scores: &valid.scores, y: valid.y }),
            tensors: &[],
        }))
    }

    fn round(&mut self) {
        let classes = self.sums.len();
        if classes == 1 {
            let Standing { sums, weights, y, .. } = &self.train;
            let rows = sums[0].iter().zip(weights).zip(*y);
            for (slope, ((sum, weight), label)) in self.slopes.iter_mut().zip(rows) {
                *slope = slope_of(sigmoid(*sum), *label == 1, *weight, 1.0);
            }
            return self.tree(0);
        }
        let mut all = Vec::new();
        // Every class takes its step from where all stood before the round.
        let mut probabilities = Vec::with_capacity(classes * self.train.y.len());
        for row in 0..self.train.y.len() {
            self.train.probabilities(row, &mut all);
            probabilities.extend_from_slice(&all);
        }
        let factor = classes as f32 / (classes - 1) as f32;
        for at in 0..classes {
            for (row, slope) in self.slopes.iter_mut().enumerate() {
                let is_own = self.train.y[row] == at as u32;
                let p = probabilities[row * classes + at];
                *slope = slope_of(p, is_own, self.train.weights[row], factor);
            }
            self.tree(at);
        }
    }

    /// One tree for one sum, and everybody's new standing.
    fn tree(&mut self, at: usize) {
        let Self { grower, slopes, train, chance, settings, gains, .. } = self;
        let (rows, share) = (train.y.len() as u32, settings.row_share);
        let mut row_chance = Chance::new(chance.next_u64());
        let seen = (0..rows).zip(&train.weights).filter(|(_, weight)| {
            (share >= 1.0 || row_chance.unit_f32() < share) && **weight > 0.0
        });
        let seen = seen.map(|(row, _)| row);
        let mut grown = grower.grow(seen, slopes, chance, gains);
        grown.tree.value.iter_mut().for_each(|value| *value *= settings.learning_rate);
        for (leaf, rows) in &grown.leaves {
            let value = grown.tree.value[*leaf];
            for row in &grower.rows()[rows.clone()] {
                train.sums[at][*row as usize] += value;
            }
        }
        if share < 1.0 {
            // Rows that the tree has not seen have not moved yet.
            let mut moved = vec![false; rows as usize];
            grower.rows().iter().for_each(|row| moved[*row as usize] = true);
            for row in (0..rows as usize).filter(|row| !moved[*row]) {
                let leaf = grown.tree.leaf_of(self.data.x().row(row));
                train.sums[at][row] += grown.tree.value[leaf];
            }
        }
        if let Some((data, valid)) = &mut self.valid {
            for (row, sum) in valid.sums[at].iter_mut().enumerate() {
                *sum += grown.tree.value[grown.tree.leaf_of(data.x().row(row))];
            }
        }
        self.sums[at].trees.push(grown.tree);
    }
}

/// Gradient and hessian of the loss of a row that is taken for a class with probability `p`.
#[inline]
fn slope_of(p: f32, is_of_class: bool, weight: f32, factor: f32) -> [f32; 2] {
    let target = if is_of_class { 1.0 } else { 0.0 };
    [weight * (p - target), weight * (p * (1.0 - p)).max(1e-8) * factor]
}

impl Estimator for GradientBoosting {
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
        valid: Option<&Dataset>,
        seed: u64,
        watcher: &mut dyn Watcher,
    ) -> Result<Box<dyn Detector>, FitError> {
        Ok(Box::new(self.fit_model(train, valid, seed, watcher)?))
    }
}

/// Takes a saved model back.
///
/// # Errors
/// When a part is missing, or its trees do not hold together.
pub fn load(saved: &Saved) -> Result<Box<dyn Detector>, LoadError> {
    Ok(Box::new(TreeModel::load(NAME, saved)?))
}
