//! From a detector's raw score to the score a person sees, and to yes or no.

use crate::error::{Error, usage};
use models::metrics::{threshold_for_budget, threshold_for_recall};
use serde::{Deserialize, Serialize};

/// How the threshold is chosen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ThresholdPolicy {
    /// One half.
    #[default]
    Half,
    /// At most this share of ordinary rows becomes an alert.
    Budget(f64),
    /// At least this share of bad rows is found.
    Recall(f64),
}

impl ThresholdPolicy {
    /// The threshold that these scores ask for; one half where they cannot tell.
    pub fn threshold(self, scores: &[f32], truth: &[bool]) -> f32 {
        let of = |wanted: bool| -> Vec<f32> {
            let chosen = scores.iter().zip(truth).filter(|(_, is)| **is == wanted);
            chosen.map(|(score, _)| *score).collect()
        };
        let threshold = match self {
            Self::Half => 0.5,
            Self::Budget(share) => threshold_for_budget(&of(false), share),
            Self::Recall(share) => threshold_for_recall(&of(true), share),
        };
        if threshold.is_nan() { 0.5 } else { threshold }
    }
}

impl ThresholdPolicy {
    /// Refuses shares that are none.
    pub(crate) fn check(self) -> Result<(), Error> {
        match self {
            Self::Budget(share) | Self::Recall(share) if !(share > 0.0 && share <= 1.0) => {
                Err(usage(format!("invalid share {share}: must be above 0 and at most 1 (100%)")))
            }
            _ => Ok(()),
        }
    }
}

/// What turns a raw score into the shown one, and that into an alert. Learned from scores of rows
/// that the model had not seen.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Finish {
    /// How the threshold was chosen.
    pub policy: ThresholdPolicy,
    /// Scores of at least this are alerts. Above 1 where nothing is to be an alert.
    pub threshold: f32,
    /// The line on the log-odds that makes scores probabilities, where there were rows to fit it.
    pub calibration: Option<Platt>,
}

impl Finish {
    /// Learns from raw scores of rows that the model had not seen. With too few of a class the scores
    /// stay as they are.
    pub fn fit(policy: ThresholdPolicy, raw: &[f32], truth: &[bool]) -> Self {
        let calibration = Platt::fit(raw, truth);
        let unfinished = Self { policy, threshold: 0.5, calibration };
        let shown: Vec<f32> = raw.iter().map(|score| unfinished.score(*score)).collect();
        Self { threshold: policy.threshold(&shown, truth), ..unfinished }
    }

    /// The shown score of a raw one.
    pub fn score(&self, raw: f32) -> f32 {
        self.calibration.map_or(raw, |platt| platt.score(raw))
    }

    /// The shown scores of raw ones.
    pub fn scores(&self, raw: &[f32]) -> Vec<f32> {
        raw.iter().map(|score| self.score(*score)).collect()
    }
}

/// Platt's scaling on the log-odds: `1 / (1 + e^-(slope × log-odds + offset))`. It never changes the
/// order of scores (Platt 1999, with the targets of Lin, Lin and Weng 2007).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Platt {
    /// More than 0.
    pub slope: f64,
    /// Log-odds that are added.
    pub offset: f64,
}

/// Raw scores closer to 0 or 1 than this are taken for so close.
const EDGE: f64 = 1e-7;
/// The log-odds of such a score.
pub(crate) const LOG_ODDS_LIMIT: f32 = 16.118_096;
/// Rows of each class without which no line is fitted.
const MIN_ROWS: usize = 10;
const STEPS: usize = 50;

impl Platt {
    /// Fits the line; `None` where a class has few rows, or the scores do not rise with the truth.
    pub fn fit(raw: &[f32], truth: &[bool]) -> Option<Self> {
        let bad = truth.iter().filter(|is| **is).count();
        let ordinary = truth.len() - bad;
        if bad.min(ordinary) < MIN_ROWS {
            return None;
        }
        let targets = [1.0 / (ordinary as f64 + 2.0), (bad as f64 + 1.0) / (bad as f64 + 2.0)];
        let points: Vec<(f64, f64)> = raw
            .iter()
            .zip(truth)
            .map(|(score, truth)| (log_odds(*score), targets[usize::from(*truth)]))
            .collect();
        let mut at = Self { slope: 1.0, offset: 0.0 };
        let mut loss = at.loss(&points);
        for _ in 0..STEPS {
            let (next, next_loss) = at.newton_step(&points, loss);
            let gain = loss - next_loss;
            (at, loss) = (next, next_loss);
            if gain <= 1e-12 * loss.abs() {
                break;
            }
        }
        (at.slope > 0.0 && at.offset.is_finite()).then_some(at)
    }

    /// The scaled score.
    pub fn score(&self, raw: f32) -> f32 {
        (1.0 / (1.0 + (-(self.slope * log_odds(raw) + self.offset)).exp())) as f32
    }

    fn loss(&self, points: &[(f64, f64)]) -> f64 {
        let loss = |(x, target): &(f64, f64)| {
            let z = self.slope * x + self.offset;
            // log(1 + e^z) - target × z, without overflow.
            z.max(0.0) + (-z.abs()).exp().ln_1p() - target * z
        };
        points.iter().map(loss).sum()
    }

    /// A step of Newton's method, halved until the loss does not grow.
    fn newton_step(&self, points: &[(f64, f64)], loss: f64) -> (Self, f64) {
        let (mut g, mut h) = ([0.0; 2], [1e-9, 0.0, 1e-9]);
        for (x, target) in points {
            let p = 1.0 / (1.0 + (-(self.slope * x + self.offset)).exp());
            let (error, weight) = (p - target, p * (1.0 - p));
            g = [g[0] + error * x, g[1] + error];
            h = [h[0] + weight * x * x, h[1] + weight * x, h[2] + weight];
        }
        let determinant = h[0] * h[2] - h[1] * h[1];
        let step =
            [(h[2] * g[0] - h[1] * g[1]) / determinant, (h[0] * g[1] - h[1] * g[0]) / determinant];
        let mut length = 1.0;
        while length > 1e-6 {
            let next = Self {
                slope: self.slope - length * step[0],
                offset: self.offset - length * step[1],
            };
            let next_loss = next.loss(points);
            if next_loss <= loss {
                return (next, next_loss);
            }
            length /= 2.0;
        }
        (*self, loss)
    }
}

fn log_odds(score: f32) -> f64 {
    let score = f64::from(score).clamp(EDGE, 1.0 - EDGE);
    (score / (1.0 - score)).ln()
}

#[cfg(test)]
mod tests {
    use super::*;
    use models::Chance;
    use models::metrics::calibration_error;

    #[test]
    fn platt_undoes_a_line_on_the_log_odds() {
        let mut chance = Chance::new(5);
        let (mut raw, mut truth) = (Vec::new(), Vec::new());
        for _ in 0..20_000 {
            let z = 2.0 * chance.normal();
            truth.push(chance.unit_f64() < 1.0 / (1.0 + (-z).exp()));
            raw.push((1.0 / (1.0 + (-(3.0 * z + 1.0)).exp())) as f32);
        }
        let platt = Platt::fit(&raw, &truth).unwrap();
        assert!((platt.slope - 1.0 / 3.0).abs() < 0.02, "{platt:?}");
        assert!((platt.offset + 1.0 / 3.0).abs() < 0.05, "{platt:?}");
        let shown: Vec<f32> = raw.iter().map(|score| platt.score(*score)).collect();
        let error = |scores| calibration_error(scores, &truth, 10);
        assert!(error(&shown) < 0.01 && error(&raw) > 0.05);
    }

    #[test]
    fn a_budget_is_kept_on_the_rows_it_was_chosen_on() {
        let raw: Vec<f32> = (0..1000).map(|row| row as f32 / 1000.0).collect();
        let truth: Vec<bool> = (0..1000).map(|row| row % 7 == 0 || row > 900).collect();
        let finish = Finish::fit(ThresholdPolicy::Budget(0.01), &raw, &truth);
        let alerts = raw
            .iter()
            .zip(&truth)
            .filter(|(score, bad)| !**bad && finish.score(**score) >= finish.threshold);
        let ordinary = truth.iter().filter(|bad| !**bad).count();
        assert!(alerts.count() <= ordinary / 100);
        let finish = Finish::fit(ThresholdPolicy::Recall(0.95), &raw, &truth);
        let found = raw
            .iter()
            .zip(&truth)
            .filter(|(score, bad)| **bad && finish.score(**score) >= finish.threshold);
        assert!(found.count() * 100 >= 95 * truth.iter().filter(|bad| **bad).count());
    }
}
