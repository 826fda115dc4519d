use serde::{Deserialize, Serialize};

use crate::contributions::sigmoid;

/// Log-odds as a line: `scale · value + shift`.
///
/// Source: Platt, *Probabilistic Outputs for Support Vector Machines*, 1999, with his targets, which keep
/// the fit from going to certainty on rows that are told apart completely.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Platt {
    /// The slope; positive where higher values are worse.
    pub scale: f32,
    /// The log-odds of a value of 0.
    pub shift: f32,
}

impl Platt {
    /// The likeliest line for values and what became of them, by Newton's steps.
    ///
    /// # Panics
    /// When the slices differ in length.
    pub fn fit(values: &[f32], bad: &[bool], weights: &[f32]) -> Self {
        assert!(values.len() == bad.len() && bad.len() == weights.len(), "values, labels, weights");
        let weight = |row: usize| f64::from(weights[row]);
        let total =
            |side: bool| (0..bad.len()).filter(|r| bad[*r] == side).map(weight).sum::<f64>();
        let (bads, ordinary) = (total(true), total(false));
        let targets = [1.0 / (ordinary + 2.0), (bads + 1.0) / (bads + 2.0)];
        let start = ((bads + 1.0) / (ordinary + 1.0)).ln();
        let mut line = [0.0, start];
        let loss_of = |line: [f64; 2]| {
            let row_loss = |row: usize| {
                let z = line[0] * f64::from(values[row]) + line[1];
                let target = targets[usize::from(bad[row])];
                weight(row) * (z.max(0.0) - z * target + (-z.abs()).exp().ln_1p())
            };
            (0..values.len()).map(row_loss).sum::<f64>()
        };
        let mut loss = loss_of(line);
        for _ in 0..100 {
            let (mut slope, mut curve) = ([0.0; 2], [1e-9, 0.0, 1e-9]);
            for (row, value) in values.iter().enumerate() {
                let value = f64::from(*value);
                let p = 1.0 / (1.0 + (-(line[0] * value + line[1])).exp());
                let miss = weight(row) * (p - targets[usize::from(bad[row])]);
                let bend = weight(row) * p * (1.0 - p);
                slope = [slope[0] + miss * value, slope[1] + miss];
                curve[0] += bend * value * value;
                curve[1] += bend * value;
                curve[2] += bend;
            }
            let area = curve[0] * curve[2] - curve[1] * curve[1];
            if area.abs() < 1e-300 {
                break;
            }
            let step = [
                (curve[2] * slope[0] - curve[1] * slope[1]) / area,
                (curve[0] * slope[1] - curve[1] * slope[0]) / area,
            ];
            let shorter = (0..30).map(|halved| 0.5f64.powi(halved));
            let tried = shorter.map(|share| [line[0] - share * step[0], line[1] - share * step[1]]);
            let Some(better) = tried.into_iter().find(|line| loss_of(*line) < loss) else { break };
            let gained = loss - loss_of(better);
            (line, loss) = (better, loss - gained);
            if gained <= 1e-12 * loss.abs() {
                break;
            }
        }
        Self { scale: line[0] as f32, shift: line[1] as f32 }
    }

    /// The log-odds for a value.
    pub fn log_odds(self, value: f32) -> f32 {
        self.scale * value + self.shift
    }

    /// The probability for a value.
    pub fn probability(self, value: f32) -> f32 {
        sigmoid(self.log_odds(value))
    }
}
