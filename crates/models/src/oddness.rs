use serde::{Deserialize, Serialize};

use crate::quantiles;

/// The quantile of the fit's rows that gets a score of one half.
const HALF_QUANTILE: f64 = 0.95;

/// Turns a distance from what is usual, 0 or more, into a score: `distance ÷ (distance + half)`, where
/// 95 % of the rows of the fit are nearer than `half`. Above one half a row is odder than nearly all of
/// them; the order of distances is kept, however large they are.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Oddness {
    half: f32,
}

impl Oddness {
    pub(crate) fn of_fit(distances: &[f32]) -> Self {
        let sorted = quantiles::sorted(distances);
        let half =
            if sorted.is_empty() { 1.0 } else { quantiles::of_sorted(&sorted, HALF_QUANTILE) };
        // Where nearly all rows are alike their distance is 0; anything else is odd then.
        Self { half: half.max(1e-6) }
    }

    pub(crate) fn score(self, distance: f32) -> f32 {
        if distance.is_nan() {
            return 1.0;
        }
        let distance = distance.clamp(0.0, 1e30);
        distance / (distance + self.half)
    }

    pub(crate) fn is_sound(self) -> bool {
        self.half.is_finite() && self.half > 0.0
    }
}

/// Shares of a score in proportion to the parts of the distance it came from.
pub(crate) fn in_proportion(score: f32, parts: &[f64]) -> Vec<f32> {
    let sum: f64 = parts.iter().sum();
    let factor = if sum > 0.0 { f64::from(score) / sum } else { 0.0 };
    parts.iter().map(|part| (part * factor) as f32).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_score_keeps_the_order_of_distances() {
        let rule = Oddness::of_fit(&(0..=100).map(|d| d as f32).collect::<Vec<_>>());
        assert_eq!(rule.score(95.0), 0.5);
        let scores = [0.0, 1.0, 1e5, 1e9, f32::INFINITY].map(|d| rule.score(d));
        assert!(scores.is_sorted() && scores[0] == 0.0 && scores[4] <= 1.0);
    }
}
