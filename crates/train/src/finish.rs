//! From a detector's raw score to the score a person sees, and to yes or no.

use crate::error::{Error, usage};
use models::calibration::{Platt, log_odds};
use models::metrics::{threshold_for_budget, threshold_for_recall};
use models::{Detector, Rows};
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
        let calibration = platt(raw, truth);
        let unfinished = Self { policy, threshold: 0.5, calibration };
        let shown: Vec<f32> = raw.iter().map(|score| unfinished.score(*score)).collect();
        Self { threshold: policy.threshold(&shown, truth), ..unfinished }
    }

    /// The shown score of a raw one.
    pub fn score(&self, raw: f32) -> f32 {
        self.calibration.map_or(raw, |platt| platt.probability(log_odds(raw)))
    }

    /// The shown scores of raw ones.
    pub fn scores(&self, raw: &[f32]) -> Vec<f32> {
        raw.iter().map(|score| self.score(*score)).collect()
    }

    /// The class that each row is taken for: the one that it would alarm as where its shown score
    /// reaches the threshold, else the ordinary one, 0.
    pub fn classes(&self, shown: &[f32], alarm_classes: &[u32]) -> Vec<u32> {
        let rows = shown.iter().zip(alarm_classes);
        rows.map(|(score, class)| if *score >= self.threshold { *class } else { 0 }).collect()
    }
}

/// The class that each row would alarm as: of all but the ordinary one, 0, the likeliest; of equally
/// likely ones the first.
pub(crate) fn alarm_classes(detector: &dyn Detector, rows: Rows<'_>, classes: u32) -> Vec<u32> {
    if classes <= 2 {
        return vec![1; rows.len()];
    }
    let all = detector.probabilities(rows);
    let width = all.len() / rows.len().max(1);
    let likeliest = |row: &[f32]| {
        (1..row.len()).rev().max_by(|a, b| row[*a].total_cmp(&row[*b])).unwrap_or(1) as u32
    };
    all.chunks_exact(width.max(1)).map(likeliest).collect()
}

/// Rows of each class without which no line is fitted.
const MIN_ROWS: usize = 10;
/// The log-odds that [`log_odds`] gives at most, in size: those of a score of one less 10⁻⁷.
pub(crate) const LOG_ODDS_LIMIT: f32 = 16.118_096;

/// The line for scores and what became of them; `None` where a class has few rows, or where it would
/// turn the order of the scores round.
fn platt(raw: &[f32], truth: &[bool]) -> Option<Platt> {
    let bad = truth.iter().filter(|is| **is).count();
    if bad.min(truth.len() - bad) < MIN_ROWS {
        return None;
    }
    let values: Vec<f32> = raw.iter().map(|score| log_odds(*score)).collect();
    let fitted = Platt::fit(&values, truth, &vec![1.0; values.len()]);
    (fitted.scale > 0.0 && fitted.shift.is_finite()).then_some(fitted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_that_fall_with_the_truth_are_left_as_they_are() {
        let raw: Vec<f32> = (0..100).map(|row| row as f32 / 100.0).collect();
        let fit = |truth: &[bool]| Finish::fit(ThresholdPolicy::Half, &raw, truth).calibration;
        let rising: Vec<bool> = (0..100).map(|row| row % 7 == 0 || row > 60).collect();
        let falling: Vec<bool> = rising.iter().map(|is| !is).collect();
        assert!(fit(&rising).is_some());
        assert_eq!(fit(&falling), None);
        assert_eq!(fit(&[false; 100]), None);
    }

    #[test]
    fn the_limit_is_that_of_the_log_odds() {
        assert_eq!([log_odds(1.0), log_odds(0.0)], [LOG_ODDS_LIMIT, -LOG_ODDS_LIMIT]);
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
