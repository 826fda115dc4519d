//! Scores become probabilities, or p-values against what is ordinary. Fitted on rows that the detector
//! was not fitted on; on its own rows every detector looks surer than it is.

mod conformal;
mod isotonic;
mod platt;

pub use conformal::Conformal;
pub use isotonic::Isotonic;
pub use platt::Platt;

use serde::{Deserialize, Serialize};

/// A fitted way from scores to probabilities. None of them changes the order of two scores, except that
/// isotonic steps may make them equal.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Calibration {
    /// Scores are taken as they are.
    #[default]
    None,
    /// A logistic function of the log-odds of the score: two numbers, enough for some hundred rows.
    Platt(Platt),
    /// Steps: any rising form, for a thousand rows and more.
    Isotonic(Isotonic),
}

impl Calibration {
    /// The probability for a score.
    pub fn probability(&self, score: f32) -> f32 {
        match self {
            Self::None => score,
            Self::Platt(platt) => platt.probability(log_odds(score)),
            Self::Isotonic(isotonic) => isotonic.probability(score),
        }
    }
}

/// The log-odds of a score, finite also at 0 and 1.
pub fn log_odds(score: f32) -> f32 {
    let score = f64::from(score).clamp(1e-7, 1.0 - 1e-7);
    (score / (1.0 - score)).ln() as f32
}

#[cfg(test)]
mod tests;
