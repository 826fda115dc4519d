/// How often a number is reached by chance: the distribution of what ordinary sessions reach,
/// continued beyond the largest of them.
///
/// Up to the 90th percentile it is the conformal rank (Vovk et al. 2005: (1 + how many reach it) / (n +
/// 1)); beyond it an exponential tail fitted to the excesses (peaks over threshold; Pickands 1975),
/// since a budget of a few alarms a day asks about one session in thousands and a log holds hundreds.
/// The tail is an extrapolation, and as uncertain as one.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tail {
    /// In ascending order.
    values: Vec<f32>,
    /// Where the exponential part begins.
    start: f32,
    /// Mean excess over it.
    scale: f32,
    /// Share of the values beyond it.
    share: f64,
}

impl Tail {
    /// The tail of what ordinary sessions reached.
    pub fn fit(mut values: Vec<f32>) -> Self {
        values.retain(|value| !value.is_nan());
        values.sort_unstable_by(f32::total_cmp);
        if values.is_empty() {
            return Self::default();
        }
        let start = values[(values.len() - 1) * 9 / 10];
        let beyond = values.iter().filter(|value| **value > start);
        let (count, sum) = beyond.fold((0_usize, 0.0), |(n, sum), v| (n + 1, sum + (v - start)));
        let scale = if count == 0 { 0.0 } else { sum / count as f32 };
        let share = (count.max(1)) as f64 / (values.len() + 1) as f64;
        Self { values, start, scale, share }
    }

    /// The tail of log-odds that ordinary sessions reached. However alike those of one log are, it falls
    /// no faster than by e for half a unit of log-odds: a model that tells its own log apart without a
    /// doubt is not that sure of the next one.
    pub fn of_log_odds(values: Vec<f32>) -> Self {
        const LEAST_SCALE: f32 = 0.5;
        let mut tail = Self::fit(values);
        tail.scale = tail.scale.max(LEAST_SCALE);
        tail
    }

    /// The values it was fitted on, in ascending order: enough to fit it again.
    pub(crate) fn values(&self) -> &[f32] {
        &self.values
    }

    /// How many values it was fitted on.
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Whether it was fitted on none.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// The share of ordinary sessions that reach a value: above 0 and at most 1.
    pub fn share_reaching(&self, value: f32) -> f64 {
        if value <= self.start || self.values.is_empty() {
            let below = self.values.partition_point(|v| *v < value);
            return (self.values.len() - below + 1) as f64 / (self.values.len() + 1) as f64;
        }
        let beyond = f64::from(value - self.start) / f64::from(self.scale.max(1e-6));
        (self.share * (-beyond).exp()).max(1e-300)
    }

    /// How strongly a value speaks against what is ordinary: 1 where the share of ordinary sessions that
    /// reach it is `budget_share`, 2 at the square of that share. `budget_share` is above 0 and below 1.
    pub fn strength(&self, value: f32, budget_share: f64) -> f32 {
        (self.share_reaching(value).ln() / budget_share.min(0.5).ln()) as f32
    }

    /// The value that so small a share of ordinary sessions reaches.
    pub fn value_at(&self, share: f64) -> f32 {
        if share >= self.share {
            let rank = (1.0 - share) * (self.values.len() as f64 - 1.0);
            return self.values.get(rank.max(0.0) as usize).copied().unwrap_or(0.0);
        }
        self.start + self.scale * (self.share / share).ln() as f32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_exponential_is_continued_as_one() {
        let n = 2_000;
        let values = (0..n).map(|i| -((i as f64 + 0.5) / n as f64).ln() as f32).collect();
        let tail = Tail::fit(values);
        for share in [0.05, 0.01, 1e-3, 1e-5] {
            let expect = -f64::ln(share);
            let value = tail.value_at(share);
            assert!(
                (f64::from(value) / expect - 1.0).abs() < 0.05,
                "{share}: {value} is not {expect}"
            );
            assert!((tail.share_reaching(value) / share - 1.0).abs() < 0.1);
        }
    }

    #[test]
    fn a_larger_value_is_never_more_common() {
        let tail = Tail::fit((0..100).map(|i| (i * i % 37) as f32).collect());
        let shares: Vec<f64> = (0..200).map(|i| tail.share_reaching(i as f32 / 2.0)).collect();
        assert!(shares.is_sorted_by(|a, b| a >= b));
        assert!(shares.iter().all(|share| *share > 0.0 && *share <= 1.0));
        assert_eq!(Tail::fit(Vec::new()).share_reaching(5.0), 1.0);
        assert_eq!(Tail::fit(vec![0.0; 50]).value_at(1e-6), 0.0);
    }
}
