use serde::{Deserialize, Serialize};

/// A rising line of steps, straight between them: the least squares among all that never fall.
///
/// Source: Ayer et al., 1955 (pooling of neighbours that are in the wrong order); Zadrozny and Elkan,
/// 2002 (for probabilities).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Isotonic {
    /// Scores, rising.
    scores: Vec<f32>,
    /// The probability at each, never falling.
    probabilities: Vec<f32>,
}

struct Pool {
    low: f32,
    high: f32,
    bad: f64,
    weight: f64,
}

impl Isotonic {
    /// The best steps for scores and what became of them. Without rows every probability is the score.
    ///
    /// # Panics
    /// When the slices differ in length.
    pub fn fit(scores: &[f32], bad: &[bool], weights: &[f32]) -> Self {
        assert!(scores.len() == bad.len() && bad.len() == weights.len(), "scores, labels, weights");
        let weighs = |row: &usize| weights[*row] > 0.0 && !scores[*row].is_nan();
        let mut order: Vec<usize> = (0..scores.len()).filter(weighs).collect();
        order.sort_by(|a, b| scores[*a].total_cmp(&scores[*b]));
        let mut pools: Vec<Pool> = Vec::new();
        for row in order {
            let (score, weight) = (scores[row], f64::from(weights[row]));
            let bad = if bad[row] { weight } else { 0.0 };
            match pools.last_mut() {
                Some(last) if last.low == score && last.high == score => {
                    last.bad += bad;
                    last.weight += weight;
                }
                _ => pools.push(Pool { low: score, high: score, bad, weight }),
            }
        }
        let mut rising: Vec<Pool> = Vec::new();
        for mut pool in pools {
            while let Some(last) =
                rising.pop_if(|last| last.bad * pool.weight >= pool.bad * last.weight)
            {
                pool.low = last.low;
                pool.bad += last.bad;
                pool.weight += last.weight;
            }
            rising.push(pool);
        }
        let mut fitted = Self::default();
        for Pool { low, high, bad, weight } in rising {
            let probability = (bad / weight) as f32;
            fitted.push(low, probability);
            if high > low {
                fitted.push(high, probability);
            }
        }
        fitted
    }

    fn push(&mut self, score: f32, probability: f32) {
        self.scores.push(score);
        self.probabilities.push(probability);
    }

    /// The probability for a score; beyond the ends that of the end.
    pub fn probability(&self, score: f32) -> f32 {
        let above = self.scores.partition_point(|s| *s < score);
        if self.scores.is_empty() {
            return score;
        }
        if above == 0 || above == self.scores.len() {
            return self.probabilities[above.min(self.scores.len() - 1)];
        }
        let (low, high) = (self.scores[above - 1], self.scores[above]);
        let (from, to) = (self.probabilities[above - 1], self.probabilities[above]);
        (from + (to - from) * (score - low) / (high - low)).clamp(from, to)
    }
}
