//! Naive Bayes: each column speaks for itself.
//!
//! # What it sees
//! Columns whose middle or spread differs between the classes, and categories that one class prefers.
//!
//! # Why it matters
//! It fits in one pass, works with a handful of rows, takes missing values as they are, and its
//! log-odds are a sum over columns.
//!
//! # When it is wrong
//! Columns that say the same are counted twice, so its scores crowd at 0 and 1; a column with two humps
//! is taken for one. Calibrate before reading the scores as probabilities.
//!
//! # References
//! Hand and Yu, *Idiot's Bayes: not so stupid after all?*, 2001.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::contributions::{explain_by_walks, sigmoid};
use crate::preprocess::{ColumnEncoder, Encoder, Preprocess, ordinary_row};
use crate::saved::json;
use crate::{
    ClassWeighting, Contributions, Dataset, Detector, Estimator, FitError, Learning, LoadError,
    NamedTensor, Rows, Saved, Space, Watcher,
};

/// The name in [`crate::ESTIMATORS`].
pub const NAME: &str = "naive_bayes";
/// The name for people.
pub const TITLE: &str = "naive Bayes";

/// Added to every variance of a standardised column, so that a column that is constant in one class
/// does not decide alone.
const VARIANCE_MIN: f64 = 1e-2;

/// The settings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NaiveBayes {
    /// What the rows of a class weigh.
    pub class_weights: ClassWeighting,
    /// How raw columns become inputs.
    pub preprocess: Preprocess,
}

impl Default for NaiveBayes {
    fn default() -> Self {
        Self { class_weights: ClassWeighting::Equal, preprocess: Preprocess::default() }
    }
}

impl NaiveBayes {
    /// Learns from labelled rows.
    ///
    /// # Errors
    /// When the labels are of one class.
    pub fn fit_model(&self, train: &Dataset) -> Result<NaiveBayesModel, FitError> {
        train.needs_two_classes(NAME)?;
        let encoder = self.preprocess.fit(train)?;
        let weights = self.class_weights.row_weights(train);
        let (width, classes) = (encoder.width(), train.classes().max(2) as usize);
        let mut sums = vec![Sums::new(width); classes];
        let mut inputs = vec![0.0; width];
        for (row, label) in train.y().iter().enumerate() {
            encoder.encode_row(train.x().row(row), &mut inputs);
            sums[*label as usize].add(f64::from(weights[row]), &inputs);
        }
        let all: f64 = sums.iter().map(|sums| sums.weight).sum();
        let mut model = NaiveBayesModel {
            priors: sums
                .iter()
                .map(|sums| ((sums.weight + 1.0) / (all + classes as f64)).ln() as f32)
                .collect(),
            first: Vec::new(),
            second: Vec::new(),
            encoder,
            ordinary: ordinary_row(train),
        };
        for sums in &sums {
            model.learn_class(sums);
        }
        Ok(model)
    }
}

/// Weighted sums of the inputs of one class.
#[derive(Clone)]
struct Sums {
    weight: f64,
    inputs: Vec<f64>,
    squares: Vec<f64>,
}

impl Sums {
    fn new(width: usize) -> Self {
        Self { weight: 0.0, inputs: vec![0.0; width], squares: vec![0.0; width] }
    }

    fn add(&mut self, weight: f64, inputs: &[f32]) {
        self.weight += weight;
        for ((sum, square), x) in self.inputs.iter_mut().zip(&mut self.squares).zip(inputs) {
            *sum += weight * f64::from(*x);
            *square += weight * f64::from(*x) * f64::from(*x);
        }
    }
}

/// A fitted naive Bayes. A missing number says nothing but that it is missing; a missing or unknown
/// category counts as "other".
#[derive(Clone, Debug, PartialEq)]
pub struct NaiveBayesModel {
    encoder: Encoder,
    /// The logarithm of each class's share.
    priors: Vec<f32>,
    /// `[class][input]`: the mean of a number, the log-probability of a slot or of a missing value.
    first: Vec<f32>,
    /// `[class][input]`: the variance of a number, the log-probability of a value being there.
    second: Vec<f32>,
    ordinary: Vec<f32>,
}

impl NaiveBayesModel {
    fn learn_class(&mut self, sums: &Sums) {
        let weight = sums.weight.max(1e-12);
        let start = self.first.len();
        self.first.resize(start + self.encoder.width(), 0.0);
        self.second.resize(start + self.encoder.width(), 0.0);
        for column in self.encoder.columns() {
            match column {
                ColumnEncoder::Numeric { at, indicator, .. } => {
                    let mean = sums.inputs[*at] / weight;
                    let variance = (sums.squares[*at] / weight - mean * mean).max(0.0);
                    self.first[start + at] = mean as f32;
                    self.second[start + at] = (variance + VARIANCE_MIN) as f32;
                    if let Some(at) = indicator {
                        let share = (sums.inputs[*at] + 1.0) / (sums.weight + 2.0);
                        self.first[start + at] = share.ln() as f32;
                        self.second[start + at] = (1.0 - share).ln() as f32;
                    }
                }
                ColumnEncoder::OneHot { at, other, .. } => {
                    let slots = *other as usize + 1;
                    for slot in *at..at + slots {
                        let share = (sums.inputs[slot] + 1.0) / (sums.weight + slots as f64);
                        self.first[start + slot] = share.ln() as f32;
                    }
                }
            }
        }
    }

    /// What a column says for a class: the logarithm of its likelihood.
    fn says(&self, class: usize, column: &ColumnEncoder, value: f32, inputs: &[f32]) -> f64 {
        let start = class * self.encoder.width();
        let first = |at: usize| f64::from(self.first[start + at]);
        let second = |at: usize| f64::from(self.second[start + at]);
        match column {
            ColumnEncoder::Numeric { at, indicator, .. } => {
                let there =
                    indicator.map_or(0.0, |at| if value.is_nan() { first(at) } else { second(at) });
                if value.is_nan() {
                    return there;
                }
                let miss = f64::from(inputs[*at]) - first(*at);
                there - 0.5 * (second(*at).ln() + miss * miss / second(*at))
            }
            ColumnEncoder::OneHot { at, other, .. } => {
                let slots = *at..=at + *other as usize;
                slots.filter(|slot| inputs[*slot] > 0.0).map(first).sum()
            }
        }
    }

    /// The logarithm of each class's probability, up to a constant.
    fn logits(&self, row: &[f32], inputs: &mut [f32]) -> Vec<f64> {
        self.encoder.encode_row(row, inputs);
        let classes = self.priors.iter().enumerate();
        let logit = |(class, prior): (usize, &f32)| {
            let columns = self.encoder.columns().iter().zip(row);
            f64::from(*prior)
                + columns
                    .map(|(column, value)| self.says(class, column, *value, inputs))
                    .sum::<f64>()
        };
        classes.map(logit).collect()
    }

    fn log_odds(&self, rows: Rows<'_>) -> Vec<f32> {
        assert_eq!(rows.columns(), self.columns(), "columns of the rows and of the model");
        let mut inputs = vec![0.0; self.encoder.width()];
        let odds = |row: &[f32]| {
            let logits = self.logits(row, &mut inputs);
            let highest = logits[1..].iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let sum: f64 = logits[1..].iter().map(|z| (z - highest).exp()).sum();
            (highest + sum.ln() - logits[0]) as f32
        };
        rows.iter().map(odds).collect()
    }

    /// Takes a saved model back.
    ///
    /// # Errors
    /// When a part is missing or has another size.
    pub fn load(saved: &Saved) -> Result<Self, LoadError> {
        saved.must_be(NAME)?;
        let encoder: Encoder = saved.params()?;
        encoder.check(NAME)?;
        let priors = saved.tensor("priors")?.to_vec();
        let size = priors.len() * encoder.width();
        let first = saved.tensor_of("first", size)?;
        let second = saved.tensor_of("second", size)?;
        let ordinary = saved.tensor_of("ordinary", encoder.columns().len())?;
        if priors.len() < 2 || first.iter().chain(&second).any(|v| !v.is_finite()) {
            return Err(LoadError::new(NAME, "its numbers are out of range"));
        }
        Ok(Self { encoder, priors, first, second, ordinary })
    }
}

impl Detector for NaiveBayesModel {
    fn kind(&self) -> &'static str {
        NAME
    }

    fn columns(&self) -> usize {
        self.encoder.columns().len()
    }

    fn classes(&self) -> usize {
        self.priors.len()
    }

    fn score_into(&self, rows: Rows<'_>, scores: &mut [f32]) {
        assert_eq!(rows.len(), scores.len(), "rows and scores");
        let odds = self.log_odds(rows);
        scores.iter_mut().zip(odds).for_each(|(score, odds)| *score = sigmoid(odds));
    }

    fn probabilities(&self, rows: Rows<'_>) -> Vec<f32> {
        let mut inputs = vec![0.0; self.encoder.width()];
        let of_row = |row: &[f32]| {
            let logits = self.logits(row, &mut inputs);
            let highest = logits.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let raw: Vec<f64> = logits.iter().map(|z| (z - highest).exp()).collect();
            let sum: f64 = raw.iter().sum();
            raw.into_iter().map(move |p| (p / sum) as f32)
        };
        rows.iter().flat_map(of_row).collect()
    }

    /// With two classes, what each column says for the bad one against the other, exactly; with more,
    /// Shapley values against the ordinary row.
    fn contributions(&self, row: &[f32]) -> Contributions {
        if self.priors.len() > 2 {
            let mut odds = |rows: Rows<'_>| self.log_odds(rows);
            return explain_by_walks(Space::LogOdds, &self.ordinary, row, &mut odds);
        }
        let mut inputs = vec![0.0; self.encoder.width()];
        self.encoder.encode_row(row, &mut inputs);
        let columns = self.encoder.columns().iter().zip(row);
        let part = |(column, value): (&ColumnEncoder, &f32)| {
            let says = |class| self.says(class, column, *value, &inputs);
            (says(1) - says(0)) as f32
        };
        let base = self.priors[1] - self.priors[0];
        Contributions { space: Space::LogOdds, base, parts: columns.map(part).collect() }
    }

    fn save(&self) -> Saved {
        let width = self.encoder.width();
        let tensors = vec![
            NamedTensor::vector("priors", self.priors.clone()),
            NamedTensor::table("first", width, self.first.clone()),
            NamedTensor::table("second", width, self.second.clone()),
            NamedTensor::vector("ordinary", self.ordinary.clone()),
        ];
        Saved { kind: NAME.to_owned(), params: json(&self.encoder), tensors }
    }
}

/// Takes a saved model back as a detector.
///
/// # Errors
/// As [`NaiveBayesModel::load`].
pub fn load(saved: &Saved) -> Result<Box<dyn Detector>, LoadError> {
    Ok(Box::new(NaiveBayesModel::load(saved)?))
}

impl Estimator for NaiveBayes {
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
