use serde::{Deserialize, Serialize};

use super::{Confusion, Ranked};

/// The lowest threshold that keeps alerts on these ordinary rows within a false-positive rate. It may be
/// above 1 (no alert at all) when the budget is smaller than one row. NaN without rows.
pub fn threshold_for_budget(ordinary_scores: &[f32], false_positive_rate: f64) -> f32 {
    let labels = vec![false; ordinary_scores.len()];
    let ranked = Ranked::of(ordinary_scores, &labels);
    let allowed = false_positive_rate * ordinary_scores.len() as f64;
    let mut steps = ranked.steps().iter();
    match steps.find(|(_, _, wrong)| *wrong as f64 > allowed) {
        Some((too_many, ..)) => too_many.next_up(),
        None => ordinary_scores.iter().copied().fold(f32::NAN, f32::min),
    }
}

/// The highest threshold that finds at least the share `recall` of these bad rows. NaN without rows.
pub fn threshold_for_recall(bad_scores: &[f32], recall: f64) -> f32 {
    let ranked = Ranked::of(bad_scores, &vec![true; bad_scores.len()]);
    let enough = |step: &&(f32, u64, u64)| step.1 as f64 >= recall * bad_scores.len() as f64;
    ranked.steps().iter().find(enough).map_or(f32::NAN, |(score, ..)| *score)
}

/// What a false-positive budget buys.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct AlertBudget {
    /// The false-positive rate that was allowed.
    pub budget: f64,
    /// The threshold it gives.
    pub threshold: f32,
    /// The false-positive rate that came of it, on these very rows.
    pub false_positive_rate: f64,
    /// The share of bad rows found.
    pub recall: f64,
    /// The share of alerts that are right.
    pub precision: f64,
    /// Alerts in 10,000 rows like these.
    pub alerts_per_10k: f64,
}

/// What each budget buys on labelled rows.
pub fn alerts_at_budgets(scores: &[f32], labels: &[bool], budgets: &[f64]) -> Vec<AlertBudget> {
    let pairs = scores.iter().zip(labels);
    let ordinary: Vec<f32> = pairs.filter(|(_, bad)| !**bad).map(|(score, _)| *score).collect();
    let at = |budget: &f64| {
        let threshold = threshold_for_budget(&ordinary, *budget);
        let counts = Confusion::at(scores, labels, threshold);
        let alerts = counts.true_positives + counts.false_positives;
        AlertBudget {
            budget: *budget,
            threshold,
            false_positive_rate: counts.false_positive_rate(),
            recall: counts.recall(),
            precision: counts.precision(),
            alerts_per_10k: 10_000.0 * alerts as f64 / counts.rows() as f64,
        }
    };
    budgets.iter().map(at).collect()
}

/// What mistakes cost, in any one unit.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Cost {
    /// An ordinary row taken for bad: the time to look at it.
    pub false_alarm: f64,
    /// A bad row missed.
    pub miss: f64,
}

/// A point of a cost curve.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct CostPoint {
    /// Scores of at least this are alerts.
    pub threshold: f32,
    /// The mean cost of a row.
    pub cost: f64,
}

/// The mean cost of a row at every threshold, from no alert (infinite) to nothing but alerts.
pub fn cost_curve(scores: &[f32], labels: &[bool], cost: Cost) -> Vec<CostPoint> {
    let ranked = Ranked::of(scores, labels);
    let (bad, ordinary) = ranked.totals();
    let rows = (bad + ordinary) as f64;
    let none = (f32::INFINITY, 0, 0);
    let point = |(threshold, found, wrong): &(f32, u64, u64)| CostPoint {
        threshold: *threshold,
        cost: (cost.false_alarm * *wrong as f64 + cost.miss * (bad - found) as f64) / rows,
    };
    [none].iter().chain(ranked.steps()).map(point).collect()
}
