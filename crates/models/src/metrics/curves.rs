use serde::{Deserialize, Serialize};

use super::Ranked;

/// A point of a ROC curve.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct CurvePoint {
    /// Scores of at least this are alerts.
    pub threshold: f32,
    /// The share of ordinary rows that are alerts.
    pub false_positive_rate: f64,
    /// The share of bad rows that are found.
    pub recall: f64,
}

/// A point of a precision-recall curve.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct PrPoint {
    /// Scores of at least this are alerts.
    pub threshold: f32,
    /// The share of bad rows that are found.
    pub recall: f64,
    /// The share of alerts that are right.
    pub precision: f64,
}

/// The ROC curve from no alert (an infinite threshold) to nothing but alerts. Points on a straight line
/// between others are left out. Empty when a class is missing.
pub fn roc_curve(scores: &[f32], labels: &[bool]) -> Vec<CurvePoint> {
    let ranked = Ranked::of(scores, labels);
    let (bad, ordinary) = ranked.totals();
    if bad == 0 || ordinary == 0 {
        return Vec::new();
    }
    let mut steps: Vec<(f32, u64, u64)> = vec![(f32::INFINITY, 0, 0)];
    for step in ranked.steps() {
        let straight = steps.len() >= 2 && {
            let ((_, f0, w0), (_, f1, w1)) = (steps[steps.len() - 2], steps[steps.len() - 1]);
            // u128: products of two row counts.
            u128::from(f1 - f0) * u128::from(step.2 - w1)
                == u128::from(step.1 - f1) * u128::from(w1 - w0)
        };
        if straight {
            steps.pop();
        }
        steps.push(*step);
    }
    let point = |(threshold, found, wrong): (f32, u64, u64)| CurvePoint {
        threshold,
        false_positive_rate: wrong as f64 / ordinary as f64,
        recall: found as f64 / bad as f64,
    };
    steps.into_iter().map(point).collect()
}

/// What alarms from a threshold on.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct AlarmCounts {
    /// Scores of at least this are alerts.
    pub threshold: f32,
    /// Bad rows that are alerts.
    pub found: u64,
    /// Ordinary rows that are alerts.
    pub false_alarms: u64,
}

/// What alarms at every different score, from no alert (an infinite threshold) to nothing but alerts.
pub fn alarm_counts(scores: &[f32], labels: &[bool]) -> Vec<AlarmCounts> {
    let ranked = Ranked::of(scores, labels);
    let none = AlarmCounts { threshold: f32::INFINITY, found: 0, false_alarms: 0 };
    let counts = ranked.steps().iter().map(|(threshold, found, wrong)| AlarmCounts {
        threshold: *threshold,
        found: *found,
        false_alarms: *wrong,
    });
    std::iter::once(none).chain(counts).collect()
}

/// The precision-recall curve, a point for each different score, highest first. Empty without bad rows.
pub fn pr_curve(scores: &[f32], labels: &[bool]) -> Vec<PrPoint> {
    let ranked = Ranked::of(scores, labels);
    let (bad, _) = ranked.totals();
    if bad == 0 {
        return Vec::new();
    }
    let point = |(threshold, found, wrong): &(f32, u64, u64)| PrPoint {
        threshold: *threshold,
        recall: *found as f64 / bad as f64,
        precision: *found as f64 / (found + wrong) as f64,
    };
    ranked.steps().iter().map(point).collect()
}

/// At most `points` of a curve, evenly chosen, both ends kept: enough to draw.
pub fn thinned<T: Copy>(curve: &[T], points: usize) -> Vec<T> {
    if curve.len() <= points.max(2) {
        return curve.to_vec();
    }
    let last = curve.len() - 1;
    let steps = points.max(2) - 1;
    (0..=steps).map(|step| curve[step * last / steps]).collect()
}
