use domain::{EntityKind, Evidence, Finding, Row, Threat};
use features::ColumnId;
use models::{Detector, Rows};
use threats::{Baseline, score_of};

use crate::Tail;

/// What is held against the ordinary sessions of a score: its log-odds, so that a tail can be continued
/// beyond the largest that was seen, which a number that ends at 1 does not allow.
pub fn log_odds(score: f32) -> f32 {
    let score = score.clamp(1e-6, 1.0 - 1e-6);
    (score / (1.0 - score)).ln()
}

/// Pieces of evidence that a learned finding shows.
const MAX_EVIDENCE: usize = 5;

/// What was learned from labelled sessions of a kind of entity: how likely a row belongs to an attack,
/// which one, and how often ordinary sessions look as likely.
///
/// Its score is calibrated like that of [`crate::AnomalyModel`]: by how often ordinary sessions that
/// the model had not seen reach it (a conformal p-value), so that the budget is the threshold.
#[derive(Debug)]
pub struct LearnedModel {
    pub(crate) columns: Vec<ColumnId>,
    /// Attack or not.
    pub(crate) detector: Box<dyn Detector>,
    /// Which attack; `None` where one threat was all there was to learn from.
    pub(crate) naming: Option<Box<dyn Detector>>,
    /// What the classes of `naming` stand for; at least one.
    pub(crate) threats: Vec<Threat>,
    pub(crate) tail: Tail,
}

impl LearnedModel {
    /// A model of these columns. `naming` tells the `threats` apart, in their order; `reached` is the
    /// highest [`log_odds`] of each ordinary session under models that had not seen it.
    ///
    /// # Panics
    /// When there is no threat, or the parts disagree on how many columns or threats there are.
    pub fn new(
        columns: Vec<ColumnId>,
        detector: Box<dyn Detector>,
        naming: Option<Box<dyn Detector>>,
        threats: Vec<Threat>,
        reached: Vec<f32>,
    ) -> Self {
        assert!(!threats.is_empty(), "a model knows at least one threat");
        assert_eq!(detector.columns(), columns.len(), "columns of the detector");
        match &naming {
            Some(naming) => {
                assert_eq!(naming.columns(), columns.len(), "columns of the naming model");
                assert_eq!(naming.classes(), threats.len(), "threats of the naming model");
            }
            None => assert_eq!(threats.len(), 1, "several threats and nothing to tell them apart"),
        }
        Self { columns, detector, naming, threats, tail: Tail::of_log_odds(reached) }
    }

    /// Sets how often ordinary sessions reach a score: `reached` as in [`LearnedModel::new`].
    pub fn calibrate(&mut self, reached: Vec<f32>) {
        self.tail = Tail::of_log_odds(reached);
    }

    /// The name of the estimator that learned.
    pub fn estimator(&self) -> &'static str {
        self.detector.kind()
    }

    /// The columns it looks at.
    pub fn columns(&self) -> &[ColumnId] {
        &self.columns
    }

    /// The threats it has learned to name.
    pub fn threats(&self) -> &[Threat] {
        &self.threats
    }

    /// How strongly a row speaks for an attack: 1 where as large a share of ordinary sessions reaches
    /// its score as the budget allows, 2 at the square of that share.
    pub fn strength(&self, row: &Row, budget_share: f64) -> f32 {
        let score = self.detector.score(&self.pick(row)).get();
        self.tail.strength(log_odds(score), budget_share)
    }

    /// The finding for a row of such strength: the threat that the row resembles most, and the columns
    /// that speak for an attack, against their range.
    pub fn explain(
        &self,
        kind: EntityKind,
        row: &Row,
        strength: f32,
        baseline: &Baseline,
    ) -> Finding {
        let picked = self.pick(row);
        let score = score_of(strength);
        let parts = self.detector.contributions(&picked);
        let mut top = parts.ranked();
        top.retain(|place| parts.parts[*place] > 0.0);
        top.truncate(MAX_EVIDENCE);
        if top.is_empty() {
            // Nothing speaks for it but the model's starting point; the weightiest column is shown.
            top.extend(parts.ranked().into_iter().take(1));
        }
        let weights: Vec<f32> =
            top.iter().map(|place| parts.parts[*place].abs().max(f32::MIN_POSITIVE)).collect();
        let sum: f32 = weights.iter().sum();
        let because = top.iter().zip(&weights).map(|(place, weight)| {
            let id = self.columns[*place];
            let range = baseline.range(kind, id);
            let value = id.of(row);
            Evidence {
                column: id.name(),
                value: if value.is_nan() { 0.0 } else { value },
                normal_low: range.map_or(0.0, |normal| normal.low),
                normal_high: range.map_or(0.0, |normal| normal.high),
                contribution: score.get() * weight / sum,
            }
        });
        Finding { threat: self.name(&picked), score, because: because.collect() }
    }

    fn name(&self, picked: &[f32]) -> Threat {
        let Some(naming) = &self.naming else { return self.threats[0] };
        let likely = naming.probabilities(Rows::one(picked));
        let best = likely.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1).then(b.0.cmp(&a.0)));
        best.map_or(Threat::Unclassified, |(class, _)| self.threats[class])
    }

    fn pick(&self, row: &Row) -> Vec<f32> {
        self.columns.iter().map(|id| id.of(row)).collect()
    }
}
