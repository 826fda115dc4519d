//! Support vector machine with a radial kernel: a border held by the rows nearest to it.
//!
//! # What it sees
//! Smooth borders of any form between the classes.
//!
//! # Why it matters
//! With a few thousand rows it is as good as a network and needs no luck with the seed.
//!
//! # When it is wrong
//! It learns from a few thousand drawn rows at most: its work grows with their square. Columns of noise
//! blur every distance. Its probabilities are a logistic fit on rows that the border was not fitted on.
//!
//! # References
//! Cortes and Vapnik, 1995; Fan, Chen, Lin, *Working Set Selection Using Second Order Information*,
//! 2005 (how the pair to move is chosen); Platt, 1999 (probabilities).

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::calibration::Platt;
use crate::contributions::{explain_by_walks, extend_one_against_rest, sigmoid};
use crate::preprocess::{Encoder, Preprocess, ordinary_row};
use crate::saved::json;
use crate::smo::{Problem, rbf};
use crate::trees::forest::target_classes;
use crate::{
    Chance, ClassWeighting, Contributions, Dataset, Detector, Estimator, FitError, Learning,
    LoadError, NamedTensor, Rows, Saved, Space, Watcher,
};

/// The name in [`crate::ESTIMATORS`].
pub const NAME: &str = "svm";
/// The name for people.
pub const TITLE: &str = "support vector machine (RBF)";

/// Parts in which the rows are held back in turn to fit the probabilities.
const PARTS: usize = 3;

/// The settings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Svm {
    /// What a row on the wrong side costs, at most, against a wide margin.
    pub cost: f32,
    /// The kernel is `e^(-gamma · distance²)`; `None` is one over the sum of the inputs' variances.
    pub gamma: Option<f32>,
    /// Rows that are fitted at most; of more rows so many are drawn, each class by its share. The
    /// kernel takes `4 · rows²` bytes.
    pub rows_max: usize,
    /// What the rows of a class weigh.
    pub class_weights: ClassWeighting,
    /// How raw columns become inputs.
    pub preprocess: Preprocess,
}

impl Default for Svm {
    fn default() -> Self {
        Self {
            cost: 1.0,
            gamma: None,
            rows_max: 3_000,
            class_weights: ClassWeighting::Equal,
            preprocess: Preprocess::default(),
        }
    }
}

impl Svm {
    /// Learns from labelled rows. With more than two classes, each class against the others.
    ///
    /// # Errors
    /// When a setting is out of range or the labels are of one class.
    pub fn fit_model(&self, train: &Dataset, seed: u64) -> Result<SvmModel, FitError> {
        if !(1e-6..=1e6).contains(&self.cost) {
            return Err(FitError::setting("cost", self.cost, "must be 0.000001 to 1000000"));
        }
        if let Some(gamma) = self.gamma.filter(|gamma| !(1e-9..=1e6).contains(gamma)) {
            return Err(FitError::setting("gamma", gamma, "must be 0.000000001 to 1000000"));
        }
        if !(10..=20_000).contains(&self.rows_max) {
            return Err(FitError::setting("rows_max", self.rows_max, "must be 10 to 20000"));
        }
        train.needs_two_classes(NAME)?;
        let encoder = self.preprocess.fit(train)?;
        let weights = self.class_weights.row_weights(train);
        let rows = drawn(train, &weights, self.rows_max, &mut Chance::part(seed, 0));
        let mut points = vec![0.0; rows.len() * encoder.width()];
        for (row, point) in rows.iter().zip(points.chunks_exact_mut(encoder.width())) {
            encoder.encode_row(train.x().row(*row), point);
        }
        let gamma = self.gamma.unwrap_or_else(|| 1.0 / spread(&points, encoder.width()));
        let caps: Vec<f32> = rows.iter().map(|row| weights[*row] * self.cost).collect();
        let problem = Problem::new(points, encoder.width(), gamma);
        let mut model = SvmModel {
            ordinary: ordinary_row(train),
            classes: train.classes().max(2) as usize,
            gamma,
            points: Vec::new(),
            borders: Vec::new(),
            encoder,
        };
        let mut coefficients = Vec::new();
        for class in target_classes(train) {
            let bad: Vec<bool> = rows.iter().map(|row| train.y()[*row] == class).collect();
            let border = problem.solve(&bad, &caps, |_| true);
            let held_back = held_back_values(&problem, &bad, &caps);
            let platt = Platt::fit(&held_back, &bad, &caps);
            coefficients.push(border.coefficients);
            let coefficients = Vec::new();
            model.borders.push(Border { coefficients, shift: border.shift, platt });
        }
        model.keep_supports(&problem, &coefficients);
        Ok(model)
    }
}

/// The value of each row under a border that was fitted without it.
fn held_back_values(problem: &Problem, bad: &[bool], caps: &[f32]) -> Vec<f32> {
    let mut values = vec![0.0; bad.len()];
    for part in 0..PARTS {
        let border = problem.solve(bad, caps, |row| row % PARTS != part);
        for row in (part..bad.len()).step_by(PARTS) {
            values[row] = problem.value(row, &border);
        }
    }
    values
}

/// Rows that weigh anything, at most so many, each class by its share, in random order.
fn drawn(train: &Dataset, weights: &[f32], rows_max: usize, chance: &mut Chance) -> Vec<usize> {
    let mut rows: Vec<usize> = (0..train.rows()).filter(|row| weights[*row] > 0.0).collect();
    chance.shuffle(&mut rows);
    if rows.len() > rows_max {
        let share = rows_max as f64 / rows.len() as f64;
        let quota = |count: usize| ((count as f64 * share).round() as usize).max(2);
        let mut left: Vec<usize> = train.class_counts().into_iter().map(quota).collect();
        rows.retain(|row| {
            let left = &mut left[train.y()[*row] as usize];
            let takes = *left > 0;
            *left -= usize::from(takes);
            takes
        });
    }
    // One class after the other in turn, so that each held-back part has rows of every class.
    rows.sort_by_key(|row| train.y()[*row]);
    rows
}

/// The sum of the variances of the inputs.
fn spread(points: &[f32], width: usize) -> f32 {
    let rows = (points.len() / width) as f64;
    let variance = |input: usize| {
        let column = || points.iter().skip(input).step_by(width).map(|x| f64::from(*x));
        let mean = column().sum::<f64>() / rows;
        column().map(|x| (x - mean) * (x - mean)).sum::<f64>() / rows
    };
    (0..width).map(variance).sum::<f64>().max(1e-6) as f32
}

/// A fitted support vector machine.
#[derive(Clone, Debug, PartialEq)]
pub struct SvmModel {
    encoder: Encoder,
    classes: usize,
    gamma: f32,
    /// The rows that hold any border, encoded.
    points: Vec<f32>,
    borders: Vec<Border>,
    ordinary: Vec<f32>,
}

#[derive(Clone, Debug, PartialEq)]
struct Border {
    /// How much each kept row pulls, and to which side.
    coefficients: Vec<f32>,
    shift: f32,
    platt: Platt,
}

impl SvmModel {
    fn keep_supports(&mut self, problem: &Problem, coefficients: &[Vec<f32>]) {
        for row in 0..problem.rows() {
            if coefficients.iter().any(|of_class| of_class[row] != 0.0) {
                self.points.extend_from_slice(problem.point(row));
                let borders = self.borders.iter_mut().zip(coefficients);
                borders.for_each(|(border, all)| border.coefficients.push(all[row]));
            }
        }
    }

    /// The log-odds of each border for one row of inputs.
    fn odds(&self, inputs: &[f32], odds: &mut [f32]) {
        odds.iter_mut().zip(&self.borders).for_each(|(odds, border)| *odds = border.shift);
        for (at, point) in self.points.chunks_exact(self.encoder.width()).enumerate() {
            let near = rbf(self.gamma, point, inputs);
            for (odds, border) in odds.iter_mut().zip(&self.borders) {
                *odds += border.coefficients[at] * near;
            }
        }
        odds.iter_mut().zip(&self.borders).for_each(|(odds, border)| {
            *odds = border.platt.log_odds(*odds);
        });
    }

    fn each_row(&self, rows: Rows<'_>, mut put: impl FnMut(usize, &[f32])) {
        assert_eq!(rows.columns(), self.encoder.columns().len(), "columns of rows and model");
        let mut inputs = vec![0.0; self.encoder.width()];
        let mut odds = vec![0.0; self.borders.len()];
        for (at, row) in rows.iter().enumerate() {
            self.encoder.encode_row(row, &mut inputs);
            self.odds(&inputs, &mut odds);
            put(at, &odds);
        }
    }

    fn log_odds(&self, rows: Rows<'_>) -> Vec<f32> {
        let sign = if self.classes == 2 { 1.0 } else { -1.0 };
        let mut all = vec![0.0; rows.len()];
        self.each_row(rows, |row, odds| all[row] = sign * odds[0]);
        all
    }

    /// Takes a saved model back.
    ///
    /// # Errors
    /// When a part is missing or has another size.
    pub fn load(saved: &Saved) -> Result<Self, LoadError> {
        saved.must_be(NAME)?;
        let Params { encoder, classes } = saved.params()?;
        encoder.check(NAME)?;
        let count = if classes == 2 { 1 } else { classes };
        let points = saved.tensor("points")?.to_vec();
        let rows = points.len() / encoder.width();
        let coefficients = saved.tensor_of("coefficients", count.saturating_mul(rows))?;
        let numbers = saved.tensor_of("shift_scale_move", count.saturating_mul(3))?;
        let gamma = saved.tensor_of("gamma", 1)?[0];
        let ordinary = saved.tensor_of("ordinary", encoder.columns().len())?;
        let finite = numbers.iter().chain(&coefficients).chain([&gamma]).all(|v| v.is_finite());
        if classes < 2 || points.len() % encoder.width() != 0 || !finite {
            return Err(LoadError::new(NAME, "its numbers are out of range"));
        }
        let border = |(at, numbers): (usize, &[f32])| Border {
            coefficients: coefficients[at * rows..(at + 1) * rows].to_vec(),
            shift: numbers[0],
            platt: Platt { scale: numbers[1], shift: numbers[2] },
        };
        let borders = numbers.chunks_exact(3).enumerate().map(border).collect();
        Ok(Self { encoder, classes, gamma, points, borders, ordinary })
    }
}

#[derive(Serialize, Deserialize)]
struct Params {
    encoder: Encoder,
    classes: usize,
}

impl Detector for SvmModel {
    fn kind(&self) -> &'static str {
        NAME
    }

    fn columns(&self) -> usize {
        self.encoder.columns().len()
    }

    fn classes(&self) -> usize {
        self.classes
    }

    fn score_into(&self, rows: Rows<'_>, scores: &mut [f32]) {
        assert_eq!(rows.len(), scores.len(), "rows and scores");
        let sign = if self.classes == 2 { 1.0 } else { -1.0 };
        self.each_row(rows, |row, odds| scores[row] = sigmoid(sign * odds[0]));
    }

    fn probabilities(&self, rows: Rows<'_>) -> Vec<f32> {
        let mut all = Vec::with_capacity(rows.len() * self.classes);
        self.each_row(rows, |_, odds| {
            if self.classes == 2 {
                let bad = sigmoid(odds[0]);
                return all.extend([1.0 - bad, bad]);
            }
            extend_one_against_rest(&mut all, odds.iter().map(|odds| sigmoid(*odds)));
        });
        all
    }

    /// Shapley values of the log-odds against the ordinary row.
    fn contributions(&self, row: &[f32]) -> Contributions {
        let mut odds = |rows: Rows<'_>| self.log_odds(rows);
        explain_by_walks(Space::LogOdds, &self.ordinary, row, &mut odds)
    }

    fn save(&self) -> Saved {
        let params = Params { encoder: self.encoder.clone(), classes: self.classes };
        let numbers = |border: &Border| [border.shift, border.platt.scale, border.platt.shift];
        let coefficients: Vec<f32> =
            self.borders.iter().flat_map(|border| border.coefficients.clone()).collect();
        let tensors = vec![
            NamedTensor::vector("gamma", vec![self.gamma]),
            NamedTensor::table("points", self.encoder.width(), self.points.clone()),
            NamedTensor::vector("coefficients", coefficients),
            NamedTensor::table(
                "shift_scale_move",
                3,
                self.borders.iter().flat_map(numbers).collect(),
            ),
            NamedTensor::vector("ordinary", self.ordinary.clone()),
        ];
        Saved { kind: NAME.to_owned(), params: json(&params), tensors }
    }
}

/// Takes a saved model back as a detector.
///
/// # Errors
/// As [`SvmModel::load`].
pub fn load(saved: &Saved) -> Result<Box<dyn Detector>, LoadError> {
    Ok(Box::new(SvmModel::load(saved)?))
}

impl Estimator for Svm {
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
