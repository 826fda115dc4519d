use serde::{Deserialize, Serialize};

/// How rare a score is among ordinary rows.
///
/// Where the ordinary rows were not used to fit and resemble those to come (exchangeability), at most the
/// share `a` of ordinary rows gets a p-value of at most `a`, whatever the detector.
///
/// Source: Vovk, Gammerman, Shafer, *Algorithmic Learning in a Random World*, 2005; Bates et al.,
/// *Testing for Outliers with Conformal p-values*, 2023.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Conformal {
    /// The scores of ordinary rows, rising.
    sorted: Vec<f32>,
}

impl Conformal {
    /// Remembers the scores of ordinary rows.
    pub fn fit(ordinary_scores: &[f32]) -> Self {
        Self { sorted: crate::quantiles::sorted(ordinary_scores) }
    }

    /// The share of ordinary rows that score at least as high, the row itself counted among them. Never
    /// 0: with `n` ordinary rows nothing rarer than `1 / (n + 1)` can be said.
    pub fn p_value(&self, score: f32) -> f64 {
        let below = self.sorted.partition_point(|s| *s < score);
        (self.sorted.len() - below + 1) as f64 / (self.sorted.len() + 1) as f64
    }

    /// The lowest score whose p-value is at most `rate`: alerts at it keep that false-positive rate.
    /// `None` where there are too few ordinary rows to say.
    pub fn threshold(&self, rate: f64) -> Option<f32> {
        // `next_up` is above every score that is as high as the last one that is too common.
        let fits = |score: f32| self.p_value(score) <= rate;
        let place = self.sorted.partition_point(|score| !fits(score.next_up()));
        let highest = *self.sorted.get(place)?;
        Some(if fits(highest) { highest } else { highest.next_up() })
    }

    /// How many ordinary rows it knows.
    pub fn rows(&self) -> usize {
        self.sorted.len()
    }
}
