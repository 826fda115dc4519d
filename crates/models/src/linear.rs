//! Lines through encoded inputs: what logistic regression, ridge, lasso and the elastic net share.

use serde::{Deserialize, Serialize};

use crate::contributions::{shares, sigmoid};
use crate::preprocess::{Encoder, Preprocess, ordinary_row};
use crate::saved::json;
use crate::solve::solve_symmetric;
use crate::trees::forest::target_classes;
use crate::{
    Contributions, Dataset, Detector, FitError, FitErrorKind, LoadError, NamedTensor, Rows, Saved,
    Space,
};

/// Inputs that a line can have: the equations for more would not fit into memory.
const INPUTS_MAX: usize = 4_096;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Loss {
    /// The logarithm of the probability of the label.
    Logistic,
    /// Half the squared distance to the label, -1 or 1; then a logistic fit on top.
    Squares,
}

/// `l1 · Σ|w| + l2 / 2 · Σw²`, against the loss summed over rows. The constant is free.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Penalty {
    pub(crate) l1: f64,
    pub(crate) l2: f64,
}

/// Fitted lines: log-odds as a weighted sum of inputs, one line for two classes, else one for each class
/// against the others.
#[derive(Clone, Debug, PartialEq)]
pub struct LinearModel {
    kind: &'static str,
    encoder: Encoder,
    classes: usize,
    /// For each line a weight an input, then the constant.
    lines: Vec<Vec<f32>>,
    ordinary: Vec<f32>,
}

/// Encoded rows of a fit, in `f64`, with a last input that is always 1.
struct Rated {
    width: usize,
    inputs: Vec<f64>,
    weights: Vec<f64>,
}

impl Rated {
    fn row(&self, row: usize) -> &[f64] {
        &self.inputs[row * self.width..][..self.width]
    }

    fn rows(&self) -> usize {
        self.weights.len()
    }

    fn value(&self, row: usize, line: &[f64]) -> f64 {
        self.row(row).iter().zip(line).map(|(x, w)| x * w).sum()
    }
}

pub(crate) fn fit_lines(
    kind: &'static str,
    train: &Dataset,
    weights: &[f32],
    preprocess: &Preprocess,
    loss: Loss,
    penalty: Penalty,
) -> Result<LinearModel, FitError> {
    train.needs_two_classes(kind)?;
    let encoder = preprocess.fit(train)?;
    let width = encoder.width() + 1;
    if width > INPUTS_MAX {
        let rule = "must be at most 4095 after encoding";
        return Err(FitErrorKind::Size { what: "inputs", found: width - 1, rule }.into());
    }
    let encoded = encoder.encode(train.x().view());
    let with_one = |row: &[f32]| row.iter().map(|x| f64::from(*x)).chain([1.0]).collect::<Vec<_>>();
    let rated = Rated {
        width,
        inputs: encoded.chunks_exact(width - 1).flat_map(with_one).collect(),
        weights: weights.iter().map(|w| f64::from(*w)).collect(),
    };
    let lines = target_classes(train).map(|class| {
        let signs: Vec<f64> =
            train.y().iter().map(|label| if *label == class { 1.0 } else { -1.0 }).collect();
        let line = match loss {
            Loss::Logistic => logistic(&rated, &signs, penalty.l2),
            Loss::Squares => {
                let line = squares(&rated, &signs, penalty);
                linked(&rated, &signs, line)
            }
        };
        line.iter().map(|w| *w as f32).collect()
    });
    let lines = lines.collect();
    let classes = train.classes().max(2) as usize;
    Ok(LinearModel { kind, encoder, classes, lines, ordinary: ordinary_row(train) })
}

/// Newton's steps, halved while they overshoot.
fn logistic(rated: &Rated, signs: &[f64], l2: f64) -> Vec<f64> {
    let mut line = vec![0.0; rated.width];
    let mut loss = logistic_loss(rated, signs, &line, l2);
    for _ in 0..60 {
        let (mut slope, mut curve) = (vec![0.0; rated.width], vec![0.0; rated.width * rated.width]);
        for (row, sign) in signs.iter().enumerate() {
            let p = 1.0 / (1.0 + (-rated.value(row, &line)).exp());
            let target = (sign + 1.0) / 2.0;
            let weight = rated.weights[row];
            add_outer(&mut curve, rated.row(row), weight * (p * (1.0 - p)).max(1e-12));
            let miss = weight * (p - target);
            slope.iter_mut().zip(rated.row(row)).for_each(|(s, x)| *s += miss * x);
        }
        for at in 0..rated.width - 1 {
            slope[at] += l2 * line[at];
            curve[at * rated.width + at] += l2;
        }
        let step = solve_symmetric(&curve, &slope);
        let mut share = 1.0;
        let before = loss;
        for _ in 0..30 {
            let tried: Vec<f64> = line.iter().zip(&step).map(|(w, s)| w - share * s).collect();
            let tried_loss = logistic_loss(rated, signs, &tried, l2);
            if tried_loss <= loss {
                (line, loss) = (tried, tried_loss);
                break;
            }
            share /= 2.0;
        }
        if before - loss <= 1e-10 * before.abs().max(1e-300) {
            break;
        }
    }
    line
}

fn logistic_loss(rated: &Rated, signs: &[f64], line: &[f64], l2: f64) -> f64 {
    let row_loss = |row: usize| {
        let margin = signs[row] * rated.value(row, line);
        rated.weights[row] * ((-margin.abs()).exp().ln_1p() + (-margin).max(0.0))
    };
    let squares: f64 = line[..line.len() - 1].iter().map(|w| w * w).sum();
    (0..rated.rows()).map(row_loss).sum::<f64>() + l2 / 2.0 * squares
}

/// Coordinate descent on the equations of least squares; exact at once where there is no `l1`.
fn squares(rated: &Rated, signs: &[f64], penalty: Penalty) -> Vec<f64> {
    let width = rated.width;
    let (mut gram, mut target) = (vec![0.0; width * width], vec![0.0; width]);
    for (row, sign) in signs.iter().enumerate() {
        let weight = rated.weights[row];
        add_outer(&mut gram, rated.row(row), weight);
        target.iter_mut().zip(rated.row(row)).for_each(|(t, x)| *t += weight * sign * x);
    }
    if penalty.l1 == 0.0 {
        (0..width - 1).for_each(|at| gram[at * width + at] += penalty.l2);
        return solve_symmetric(&gram, &target);
    }
    let mut line = vec![0.0; width];
    for _ in 0..10_000 {
        let mut moved = 0.0f64;
        for at in 0..width {
            let row = &gram[at * width..][..width];
            let own = row[at];
            let others: f64 =
                row.iter().zip(&line).map(|(g, w)| g * w).sum::<f64>() - own * line[at];
            let pull = target[at] - others;
            let new = match at + 1 == width {
                _ if own <= 0.0 => 0.0,
                true => pull / own,
                false => pull.signum() * (pull.abs() - penalty.l1).max(0.0) / (own + penalty.l2),
            };
            moved = moved.max((new - line[at]).abs() * own.sqrt());
            line[at] = new;
        }
        if moved < 1e-9 * (rated.rows() as f64).sqrt() {
            break;
        }
    }
    line
}

/// The line scaled and moved so that its logistic function is the likeliest (Platt, without his
/// correction of the targets: the line has few numbers, and no margin was maximised).
fn linked(rated: &Rated, signs: &[f64], line: Vec<f64>) -> Vec<f64> {
    let values = (0..rated.rows()).flat_map(|row| [rated.value(row, &line), 1.0]);
    let link = Rated { width: 2, inputs: values.collect(), weights: rated.weights.clone() };
    let link = logistic(&link, signs, 1e-6);
    let last = line.len() - 1;
    let scaled = line.iter().enumerate().map(|(at, w)| {
        let moved = if at == last { link[1] } else { 0.0 };
        w * link[0] + moved
    });
    scaled.collect()
}

/// The lower half of `matrix += factor · x · xᵀ`, and its mirror.
fn add_outer(matrix: &mut [f64], x: &[f64], factor: f64) {
    for (row, left) in matrix.chunks_exact_mut(x.len()).zip(x) {
        // One-hot inputs are mostly 0.
        if *left != 0.0 {
            let scaled = factor * left;
            row.iter_mut().zip(x).for_each(|(cell, right)| *cell += scaled * right);
        }
    }
}

impl LinearModel {
    /// Takes a saved model back.
    pub(crate) fn load(kind: &'static str, saved: &Saved) -> Result<Self, LoadError> {
        saved.must_be(kind)?;
        let params: Params = saved.params()?;
        params.encoder.check(kind)?;
        let count = if params.classes == 2 { 1 } else { params.classes };
        let line = params.encoder.width() + 1;
        let lines = saved.tensor_of("lines", count.saturating_mul(line))?;
        let ordinary = saved.tensor_of("ordinary", params.encoder.columns().len())?;
        if params.classes < 2 || lines.iter().any(|w| !w.is_finite()) {
            return Err(LoadError::new(kind, "its lines are out of range"));
        }
        let lines = lines.chunks_exact(line).map(<[f32]>::to_vec).collect();
        let Params { encoder, classes } = params;
        Ok(Self { kind, encoder, classes, lines, ordinary })
    }

    /// How raw columns become inputs.
    pub fn encoder(&self) -> &Encoder {
        &self.encoder
    }

    /// The lines: a weight an input, then the constant. One for two classes, else one a class.
    pub fn lines(&self) -> &[Vec<f32>] {
        &self.lines
    }

    fn each_row(&self, rows: Rows<'_>, mut put: impl FnMut(usize, &[f32])) {
        assert_eq!(rows.columns(), self.encoder.columns().len(), "columns of rows and model");
        let mut inputs = vec![0.0; self.encoder.width()];
        for (at, row) in rows.iter().enumerate() {
            self.encoder.encode_row(row, &mut inputs);
            put(at, &inputs);
        }
    }
}

/// The log-odds of a line.
fn odds(line: &[f32], inputs: &[f32]) -> f32 {
    let constant = f64::from(line[line.len() - 1]);
    let sum: f64 = line.iter().zip(inputs).map(|(w, x)| f64::from(*w) * f64::from(*x)).sum();
    (sum + constant) as f32
}

impl Detector for LinearModel {
    fn kind(&self) -> &'static str {
        self.kind
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
        self.each_row(rows, |row, inputs| {
            scores[row] = sigmoid(sign * odds(&self.lines[0], inputs));
        });
    }

    fn probabilities(&self, rows: Rows<'_>) -> Vec<f32> {
        let mut all = Vec::with_capacity(rows.len() * self.classes);
        self.each_row(rows, |_, inputs| {
            if self.classes == 2 {
                let bad = sigmoid(odds(&self.lines[0], inputs));
                return all.extend([1.0 - bad, bad]);
            }
            let own = self.lines.iter().map(|line| sigmoid(odds(line, inputs)));
            crate::contributions::extend_one_against_rest(&mut all, own);
        });
        all
    }

    /// Each column's weights times how far its inputs lie from those of the ordinary row.
    fn contributions(&self, row: &[f32]) -> Contributions {
        let width = self.encoder.width();
        let (mut inputs, mut usual) = (vec![0.0; width], vec![0.0; width]);
        self.encoder.encode_row(row, &mut inputs);
        self.encoder.encode_row(&self.ordinary, &mut usual);
        let sign = if self.classes == 2 { 1.0 } else { -1.0 };
        let mut parts = vec![0.0f64; row.len()];
        for (at, column) in self.encoder.column_of_input().into_iter().enumerate() {
            let weight = f64::from(self.lines[0][at] * sign);
            parts[column] += weight * (f64::from(inputs[at]) - f64::from(usual[at]));
        }
        Contributions {
            space: Space::LogOdds,
            base: sign * odds(&self.lines[0], &usual),
            parts: parts.into_iter().map(|part| part as f32).collect(),
        }
    }

    /// The size of each column's weights: inputs are standardised, so they can be compared.
    fn own_importance(&self) -> Option<Vec<f32>> {
        let mut sums = vec![0.0; self.columns()];
        for line in &self.lines {
            for (column, weight) in self.encoder.column_of_input().into_iter().zip(line) {
                sums[column] += weight.abs();
            }
        }
        shares(sums)
    }

    fn save(&self) -> Saved {
        let params = Params { encoder: self.encoder.clone(), classes: self.classes };
        let width = self.encoder.width() + 1;
        let tensors = vec![
            NamedTensor::table("lines", width, self.lines.concat()),
            NamedTensor::vector("ordinary", self.ordinary.clone()),
        ];
        Saved { kind: self.kind.to_owned(), params: json(&params), tensors }
    }
}

#[derive(Serialize, Deserialize)]
struct Params {
    encoder: Encoder,
    classes: usize,
}
