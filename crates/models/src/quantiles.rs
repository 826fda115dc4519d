//! What is usual in a column: exact quantiles of the values that are there.

use serde::{Deserialize, Serialize};

/// A robust summary of a column. Missing values (NaN) are counted and left out; infinite ones are
/// taken as the largest finite number.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// How many values there are.
    pub count: usize,
    /// How many are missing.
    pub missing: usize,
    /// The smallest.
    pub min: f32,
    /// 1 % lie below.
    pub p01: f32,
    /// 5 % lie below.
    pub p05: f32,
    /// A quarter lies below.
    pub p25: f32,
    /// Half lie below.
    pub median: f32,
    /// Three quarters lie below.
    pub p75: f32,
    /// 95 % lie below.
    pub p95: f32,
    /// 99 % lie below.
    pub p99: f32,
    /// The largest.
    pub max: f32,
    /// The mean.
    pub mean: f32,
    /// The standard deviation (of the population).
    pub sd: f32,
}

impl Summary {
    /// The summary of a column, or `None` where every value is missing.
    pub fn of(values: &[f32]) -> Option<Self> {
        let sorted = sorted(values);
        let count = sorted.len();
        if count == 0 {
            return None;
        }
        let total = count as f64;
        let mean = sorted.iter().map(|v| f64::from(*v)).sum::<f64>() / total;
        let square = sorted.iter().map(|v| (f64::from(*v) - mean).powi(2)).sum::<f64>() / total;
        let at = |q| of_sorted(&sorted, q);
        Some(Self {
            count,
            missing: values.len() - count,
            min: sorted[0],
            p01: at(0.01),
            p05: at(0.05),
            p25: at(0.25),
            median: at(0.5),
            p75: at(0.75),
            p95: at(0.95),
            p99: at(0.99),
            max: sorted[count - 1],
            mean: mean as f32,
            sd: square.sqrt().min(f64::from(f32::MAX)) as f32,
        })
    }
}

/// The values that are not missing, in order, all finite.
pub fn sorted(values: &[f32]) -> Vec<f32> {
    let there = values.iter().filter(|v| !v.is_nan());
    let mut sorted: Vec<f32> = there.map(|v| crate::matrix::finite(*v)).collect();
    sorted.sort_unstable_by(f32::total_cmp);
    sorted
}

/// The quantile `q` (in `0..=1`) of sorted values, straight lines between them (type 7 of Hyndman and
/// Fan, 1996, the default of NumPy).
///
/// # Panics
/// When there is no value.
pub fn of_sorted(sorted: &[f32], q: f64) -> f32 {
    let place = q.clamp(0.0, 1.0) * (sorted.len() - 1) as f64;
    let (below, part) = (place.floor() as usize, place.fract());
    let low = f64::from(sorted[below]);
    let high = f64::from(sorted[(below + 1).min(sorted.len() - 1)]);
    (low + (high - low) * part) as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_those_of_numpy() {
        let summary = Summary::of(&[4.0, f32::NAN, 1.0, 3.0, 2.0]).expect("has values");
        assert_eq!((summary.count, summary.missing), (4, 1));
        assert_eq!((summary.p25, summary.median, summary.p75), (1.75, 2.5, 3.25));
        assert_eq!((summary.mean, summary.min, summary.max), (2.5, 1.0, 4.0));
        assert!((summary.sd - 1.118_034).abs() < 1e-6);
        assert!(Summary::of(&[f32::NAN]).is_none());
        assert!(Summary::of(&[f32::INFINITY, 0.0]).expect("has values").sd.is_finite());
    }
}
