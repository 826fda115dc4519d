//! How good scores are, and where to cut them. Labels are `true` for what should be found; higher
//! scores are worse. Every function counts rows by their weight where weights are given.

mod curves;
mod intervals;
mod threshold;

pub use curves::{AlarmCounts, CurvePoint, PrPoint, alarm_counts, pr_curve, roc_curve, thinned};
pub use intervals::{binomial_interval, poisson_interval};
pub use threshold::{
    AlertBudget, Cost, CostPoint, alerts_at_budgets, cost_curve, threshold_for_budget,
    threshold_for_recall,
};

use serde::{Deserialize, Serialize};

/// How rows fall on the two sides of a threshold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Confusion {
    /// Bad rows found.
    pub true_positives: u64,
    /// Ordinary rows taken for bad.
    pub false_positives: u64,
    /// Ordinary rows left alone.
    pub true_negatives: u64,
    /// Bad rows missed.
    pub false_negatives: u64,
}

impl Confusion {
    /// The counts where a score of at least `threshold` is an alert.
    ///
    /// # Panics
    /// When the slices differ in length, as all functions here.
    pub fn at(scores: &[f32], labels: &[bool], threshold: f32) -> Self {
        assert_eq!(scores.len(), labels.len(), "scores and labels");
        let mut counts = Self::default();
        for (score, label) in scores.iter().zip(labels) {
            match (*score >= threshold, label) {
                (true, true) => counts.true_positives += 1,
                (true, false) => counts.false_positives += 1,
                (false, false) => counts.true_negatives += 1,
                (false, true) => counts.false_negatives += 1,
            }
        }
        counts
    }

    /// All rows.
    pub fn rows(self) -> u64 {
        self.true_positives + self.false_positives + self.true_negatives + self.false_negatives
    }

    /// The share of rows judged rightly; NaN without rows.
    pub fn accuracy(self) -> f64 {
        ratio(self.true_positives + self.true_negatives, self.rows())
    }

    /// The share of alerts that are right; NaN without alerts.
    pub fn precision(self) -> f64 {
        ratio(self.true_positives, self.true_positives + self.false_positives)
    }

    /// The share of bad rows that are found; NaN without bad rows.
    pub fn recall(self) -> f64 {
        ratio(self.true_positives, self.true_positives + self.false_negatives)
    }

    /// The share of ordinary rows that are alerts; NaN without ordinary rows.
    pub fn false_positive_rate(self) -> f64 {
        ratio(self.false_positives, self.false_positives + self.true_negatives)
    }

    /// The harmonic mean of precision and recall; NaN where there is neither an alert nor a bad row.
    pub fn f1(self) -> f64 {
        let found = 2 * self.true_positives;
        ratio(found, found + self.false_positives + self.false_negatives)
    }

    /// The mean of the F1 of both classes.
    pub fn f1_macro(self) -> f64 {
        let Self { true_positives, false_positives, true_negatives, false_negatives } = self;
        let other = Self {
            true_positives: true_negatives,
            false_positives: false_negatives,
            true_negatives: true_positives,
            false_negatives: false_positives,
        };
        (self.f1() + other.f1()) / 2.0
    }
}

fn ratio(part: u64, whole: u64) -> f64 {
    part as f64 / whole as f64
}

/// The figures by which models are compared.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// The threshold of the figures that need one.
    pub threshold: f32,
    /// The counts at it.
    pub confusion: Confusion,
    /// Share of rows judged rightly, at the threshold.
    pub accuracy: f64,
    /// Share of alerts that are right, at the threshold.
    pub precision: f64,
    /// Share of bad rows found, at the threshold.
    pub recall: f64,
    /// F1 of the bad class, at the threshold.
    pub f1: f64,
    /// Mean F1 of both classes, at the threshold.
    pub f1_macro: f64,
    /// Area under the ROC curve.
    pub auc: f64,
    /// Average precision.
    pub average_precision: f64,
    /// False-positive rate where 95 % of the bad rows are found.
    pub fpr_at_recall_95: f64,
    /// Expected calibration error, 10 bins.
    pub calibration_error: f64,
}

impl Report {
    /// All figures of one set of scores. A figure that the labels cannot give is NaN.
    pub fn of(scores: &[f32], labels: &[bool], threshold: f32) -> Self {
        let confusion = Confusion::at(scores, labels, threshold);
        let ranked = Ranked::of(scores, labels);
        Self {
            threshold,
            confusion,
            accuracy: confusion.accuracy(),
            precision: confusion.precision(),
            recall: confusion.recall(),
            f1: confusion.f1(),
            f1_macro: confusion.f1_macro(),
            auc: ranked.auc(),
            average_precision: ranked.average_precision(),
            fpr_at_recall_95: ranked.fpr_at_recall(0.95),
            calibration_error: calibration_error(scores, labels, 10),
        }
    }
}

/// The area under the ROC curve: the chance that a bad row scores above an ordinary one, ties counting
/// half. NaN when a class is missing.
pub fn auc(scores: &[f32], labels: &[bool]) -> f64 {
    Ranked::of(scores, labels).auc()
}

/// The area under the precision-recall steps (not interpolated). NaN without bad rows.
pub fn average_precision(scores: &[f32], labels: &[bool]) -> f64 {
    Ranked::of(scores, labels).average_precision()
}

/// The lowest false-positive rate of any threshold that finds at least the share `recall` of the bad
/// rows. NaN when a class is missing.
pub fn fpr_at_recall(scores: &[f32], labels: &[bool], recall: f64) -> f64 {
    Ranked::of(scores, labels).fpr_at_recall(recall)
}

/// How far scores are from probabilities: over `bins` equally wide bins of the score, the mean distance
/// of mean score and share of bad rows, weighted by rows (Naeini et al., 2015). NaN without rows.
pub fn calibration_error(scores: &[f32], labels: &[bool], bins: usize) -> f64 {
    let table = reliability(scores, labels, bins);
    let miss = |bin: &ReliabilityBin| bin.rows as f64 * (bin.mean_score - bin.bad_share).abs();
    table.iter().map(miss).sum::<f64>() / scores.len() as f64
}

/// One bin of a reliability diagram.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReliabilityBin {
    /// Its rows, more than 0.
    pub rows: u64,
    /// Their mean score.
    pub mean_score: f64,
    /// The share of bad ones among them.
    pub bad_share: f64,
}

/// Scores against what became of them, in equally wide bins; empty bins are left out.
pub fn reliability(scores: &[f32], labels: &[bool], bins: usize) -> Vec<ReliabilityBin> {
    assert_eq!(scores.len(), labels.len(), "scores and labels");
    let mut sums = vec![(0u64, 0.0f64, 0u64); bins.max(1)];
    for (score, label) in scores.iter().zip(labels) {
        let place = (f64::from(*score) * bins as f64) as usize;
        let bin = &mut sums[place.min(bins.max(1) - 1)];
        *bin = (bin.0 + 1, bin.1 + f64::from(*score), bin.2 + u64::from(*label));
    }
    let filled = sums.into_iter().filter(|(rows, ..)| *rows > 0);
    let of = |(rows, score, bad): (u64, f64, u64)| ReliabilityBin {
        rows,
        mean_score: score / rows as f64,
        bad_share: bad as f64 / rows as f64,
    };
    filled.map(of).collect()
}

/// The counts at every different score, from the highest down.
pub(crate) struct Ranked {
    /// `(score, bad rows so far, ordinary rows so far)`.
    steps: Vec<(f32, u64, u64)>,
}

impl Ranked {
    pub(crate) fn of(scores: &[f32], labels: &[bool]) -> Self {
        assert_eq!(scores.len(), labels.len(), "scores and labels");
        // Sorting whole numbers is several times faster than sorting indices by score.
        let key = |(score, label): (&f32, &bool)| (order_key(*score) << 1) | u64::from(*label);
        let mut keys: Vec<u64> = scores.iter().zip(labels).map(key).collect();
        keys.sort_unstable_by(|a, b| b.cmp(a));
        let mut steps: Vec<(f32, u64, u64)> = Vec::new();
        let (mut bad, mut ordinary) = (0, 0);
        for key in keys {
            bad += key & 1;
            ordinary += 1 - (key & 1);
            let score = score_of_key(key >> 1);
            match steps.last_mut() {
                Some(last) if last.0 == score => *last = (score, bad, ordinary),
                _ => steps.push((score, bad, ordinary)),
            }
        }
        Self { steps }
    }

    pub(crate) fn steps(&self) -> &[(f32, u64, u64)] {
        &self.steps
    }

    pub(crate) fn totals(&self) -> (u64, u64) {
        self.steps.last().map_or((0, 0), |(_, bad, ordinary)| (*bad, *ordinary))
    }

    pub(crate) fn auc(&self) -> f64 {
        let (bad, ordinary) = self.totals();
        let (mut area, mut before) = (0.0, (0, 0));
        for (_, found, wrong) in &self.steps {
            area += (wrong - before.1) as f64 * (found + before.0) as f64 / 2.0;
            before = (*found, *wrong);
        }
        area / (bad as f64 * ordinary as f64)
    }

    pub(crate) fn average_precision(&self) -> f64 {
        let (bad, _) = self.totals();
        let (mut area, mut before) = (0.0, 0);
        for (_, found, wrong) in &self.steps {
            area += (found - before) as f64 * (*found as f64 / (found + wrong) as f64);
            before = *found;
        }
        area / bad as f64
    }

    pub(crate) fn fpr_at_recall(&self, recall: f64) -> f64 {
        let (bad, ordinary) = self.totals();
        let enough = |step: &&(f32, u64, u64)| step.1 as f64 >= recall * bad as f64;
        let step = self.steps.iter().find(enough);
        if bad == 0 {
            return f64::NAN;
        }
        step.map_or(f64::NAN, |(_, _, wrong)| ratio(*wrong, ordinary))
    }
}

/// Bits that order as the numbers do; -0 and 0 are one.
fn order_key(score: f32) -> u64 {
    let bits = (score + 0.0).to_bits();
    u64::from(if bits >> 31 == 1 { !bits } else { bits | 1 << 31 })
}

fn score_of_key(key: u64) -> f32 {
    let key = key as u32;
    f32::from_bits(if key >> 31 == 1 { key & !(1 << 31) } else { !key })
}

#[cfg(test)]
mod tests;
