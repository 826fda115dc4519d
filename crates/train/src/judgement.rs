//! How good a set of scores is, in all the ways that people ask for.

use models::metrics::{
    AlarmCounts, AlertBudget, Cost, CostPoint, CurvePoint, PrPoint, ReliabilityBin, Report,
    alarm_counts, alerts_at_budgets, cost_curve, pr_curve, reliability, roc_curve, thinned,
};
use serde::Serialize;

/// The false-positive budgets that are shown.
pub const BUDGETS: [f64; 5] = [0.0001, 0.001, 0.01, 0.05, 0.1];
/// Points of a curve that are kept: enough to draw it.
const CURVE_POINTS: usize = 300;
/// Thresholds that can be tried.
const TRIES: usize = 600;
const RELIABILITY_BINS: usize = 10;
/// A missed attack is taken to cost as much as so many false alarms, where nobody says otherwise.
const MISS_COST: f64 = 10.0;

/// What scores are worth against the truth.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Judgement {
    /// What the rows are.
    pub rows_are: String,
    /// The figures.
    pub report: Report,
    /// What each budget buys, with a threshold chosen on these very rows.
    pub budgets: Vec<AlertBudget>,
    /// The ROC curve, thinned.
    pub roc: Vec<CurvePoint>,
    /// The precision-recall curve, thinned.
    pub pr: Vec<PrPoint>,
    /// Scores against what became of the rows.
    pub reliability: Vec<ReliabilityBin>,
    /// The mean cost of a row by threshold, a miss costing ten false alarms; thinned.
    pub costs: Vec<CostPoint>,
    /// For a label of several classes: rows of each class (outer) taken for each class (inner) at the
    /// threshold.
    pub class_confusion: Option<Vec<Vec<u64>>>,
    /// What alarms at the thresholds that a person may try, the highest first: those of the curves,
    /// thinned, with the chosen one and those of the budgets among them.
    #[serde(skip)]
    pub tries: Vec<AlarmCounts>,
    /// How many rows of each hundredth of the score are ordinary, and how many bad; the last holds
    /// scores of exactly 1 too.
    pub histogram: Vec<[u64; 2]>,
}

/// How well one class of several is told from all others. A row whose score reaches the threshold is
/// taken for the likeliest of the classes to be found, any other for the ordinary one.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct ClassFigures {
    /// How many rows are of it.
    pub rows: u64,
    /// The share of the rows taken for it that are; NaN where none are.
    pub precision: f64,
    /// The share of its rows that are taken for it; NaN where it has none.
    pub recall: f64,
    /// The harmonic mean of both; NaN where there is neither.
    pub f1: f64,
}

impl ClassFigures {
    /// The mean F1 of all classes that have rows.
    pub fn macro_f1(classes: &[Self]) -> f64 {
        let seen = classes.iter().filter(|class| class.rows > 0).map(|class| class.f1);
        seen.clone().sum::<f64>() / seen.count() as f64
    }
}

impl Judgement {
    /// Judges finished scores at a threshold.
    pub fn of(rows_are: &str, scores: &[f32], truth: &[bool], threshold: f32) -> Self {
        let cost = Cost { false_alarm: 1.0, miss: MISS_COST };
        let budgets = alerts_at_budgets(scores, truth, &BUDGETS);
        let wanted = budgets.iter().map(|budget| budget.threshold).chain([threshold]);
        Self {
            rows_are: rows_are.to_owned(),
            report: Report::of(scores, truth, threshold),
            tries: tries(&alarm_counts(scores, truth), wanted),
            budgets,
            roc: thinned(&roc_curve(scores, truth), CURVE_POINTS),
            pr: thinned(&pr_curve(scores, truth), CURVE_POINTS),
            reliability: reliability(scores, truth, RELIABILITY_BINS),
            costs: thinned(&cost_curve(scores, truth, cost), CURVE_POINTS),
            class_confusion: None,
            histogram: histogram(scores, truth),
        }
    }

    /// The same with the confusion of several classes; nothing is added for two.
    pub fn with_classes(mut self, truth: &[u32], judged: &[u32], classes: usize) -> Self {
        if classes > 2 {
            let mut counts = vec![vec![0; classes]; classes];
            for (is, taken) in truth.iter().zip(judged) {
                counts[*is as usize][*taken as usize] += 1;
            }
            self.class_confusion = Some(counts);
        }
        self
    }

    /// How well each class is told, in their order, where there are several.
    pub fn class_figures(&self) -> Vec<ClassFigures> {
        let counts = self.class_confusion.as_deref().unwrap_or_default();
        let figures = |class: usize| {
            let right = counts[class][class] as f64;
            let rows: u64 = counts[class].iter().sum();
            let taken: u64 = counts.iter().map(|row| row[class]).sum();
            ClassFigures {
                rows,
                precision: right / taken as f64,
                recall: right / rows as f64,
                f1: 2.0 * right / (rows + taken) as f64,
            }
        };
        (0..counts.len()).map(figures).collect()
    }

    /// Whether the scores order the rows worse than chance would.
    pub fn is_worse_than_chance(&self) -> bool {
        self.report.auc < 0.5
    }
}

/// Points of a curve of alarms, evenly chosen, and besides them those of all `wanted` thresholds.
fn tries(curve: &[AlarmCounts], wanted: impl Iterator<Item = f32>) -> Vec<AlarmCounts> {
    let mut tries = thinned(curve, TRIES);
    for threshold in wanted.filter(|threshold| !threshold.is_nan()) {
        let reached = curve.partition_point(|at| at.threshold >= threshold);
        tries.push(AlarmCounts { threshold, ..curve[reached.max(1) - 1] });
    }
    tries.sort_by(|a, b| b.threshold.total_cmp(&a.threshold));
    tries.dedup_by_key(|at| at.threshold);
    tries
}

fn histogram(scores: &[f32], truth: &[bool]) -> Vec<[u64; 2]> {
    let mut counts = vec![[0; 2]; 100];
    for (score, truth) in scores.iter().zip(truth) {
        let bin = (score.clamp(0.0, 1.0) * 100.0) as usize;
        counts[bin.min(99)][usize::from(*truth)] += 1;
    }
    counts
}
