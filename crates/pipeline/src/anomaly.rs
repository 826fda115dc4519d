use domain::{EntityKind, Evidence, Finding, Row, Score, Threat};
use features::{ColumnId, WIDTH, applies, columns};
use models::estimators::isolation_forest::IsolationForest;
use models::{ColumnKind, Dataset, Detector, FitError, LoadError, Matrix, Saved};
use threats::{Baseline, score_of};

use crate::Tail;

/// What is usual for a kind of entity as a whole: an isolation forest over its columns, and how often
/// ordinary sessions reach a score.
#[derive(Debug)]
pub struct AnomalyModel {
    columns: Vec<ColumnId>,
    forest: Box<dyn Detector>,
    tail: Tail,
}

/// Columns that tell when, not how: an hour is unusual only against a profile, which is a column of
/// its own. How far an actor's own profile may be from the site's depends on how long the log is, which
/// is no property of the actor.
const LEFT_OUT: [&str; 2] = ["api_access_time", "api_access_time_own_surprise"];
/// Numbers outside normal that make a row worth a closer look.
const LEAST_OUTSIDE: usize = 2;
/// Pieces of evidence that an anomaly without a name shows.
const MAX_EVIDENCE: usize = 5;

impl AnomalyModel {
    /// Learns what is usual from the last rows of ordinary sessions. `reached` is what ordinary sessions
    /// reach under models that had not seen them.
    ///
    /// # Errors
    /// When there are fewer than two rows.
    pub fn fit<'a>(
        kind: EntityKind,
        rows: impl Iterator<Item = &'a Row>,
        seed: u64,
    ) -> Result<Self, FitError> {
        let columns = Self::columns_of(kind);
        let values: Vec<f32> = rows.flat_map(|row| compress(&columns, row)).collect();
        let kinds = vec![ColumnKind::Numeric; columns.len()];
        let data = Dataset::unlabelled(Matrix::new(columns.len(), values)?, kinds)?;
        let forest = IsolationForest::default().fit_model(&data, seed)?;
        Ok(Self { columns, forest: Box::new(forest), tail: Tail::default() })
    }

    /// The columns that a model for a kind of entity looks at.
    fn columns_of(kind: EntityKind) -> Vec<ColumnId> {
        columns()
            .enumerate()
            .map(|(place, (_, column))| (ColumnId(place), column.name))
            .filter(|(id, name)| applies(*id, kind) && !LEFT_OUT.contains(name))
            .map(|(id, _)| id)
            .collect()
    }

    /// The model as plain data, and what ordinary sessions reach under it.
    pub(crate) fn save(&self) -> (Saved, &[f32]) {
        (self.forest.save(), self.tail.values())
    }

    /// Takes a saved model back.
    pub(crate) fn load(
        kind: EntityKind,
        saved: &Saved,
        reached: Vec<f32>,
    ) -> Result<Self, LoadError> {
        let (columns, forest) = (Self::columns_of(kind), models::load(saved)?);
        if forest.columns() != columns.len() {
            let reason = format!("it takes {} columns, not {}", forest.columns(), columns.len());
            return Err(LoadError::new(&saved.kind, reason));
        }
        Ok(Self { columns, forest, tail: Tail::fit(reached) })
    }

    /// Sets how often ordinary sessions reach a score.
    pub fn calibrate(&mut self, tail: Tail) {
        self.tail = tail;
    }

    /// How far from usual a row is: the forest's own score, in 0..=1.
    pub fn distance(&self, row: &Row) -> f32 {
        let row: Vec<f32> = compress(&self.columns, row).collect();
        self.forest.score(&row).get()
    }

    /// Whether a row is worth a closer look: a few of its numbers lie outside what is normal. A row that
    /// lies inside in all but one is called usual without asking the forest, which could show no
    /// evidence for anything else.
    pub fn is_conspicuous(&self, kind: EntityKind, row: &Row, baseline: &Baseline) -> bool {
        let own = |id: &&ColumnId| {
            let value = id.of(row);
            baseline.range(kind, **id).is_some_and(|n| value < n.low || value > n.high)
        };
        // The look at the whole row takes in columns that are left out here, and a fraction of the time.
        baseline.outside(kind, row) as usize >= LEAST_OUTSIDE
            && self.columns.iter().filter(own).take(LEAST_OUTSIDE).count() == LEAST_OUTSIDE
    }

    /// How strongly a row speaks for an anomaly: 1 where as large a share of ordinary sessions reaches
    /// its distance as the budget allows, 2 at the square of that share.
    pub fn strength(&self, row: &Row, budget_share: f64) -> f32 {
        self.tail.strength(self.distance(row), budget_share)
    }

    /// The finding for a row of such strength: the columns that make it unusual, against their range.
    pub fn explain(
        &self,
        kind: EntityKind,
        row: &Row,
        strength: f32,
        baseline: &Baseline,
    ) -> Finding {
        let compressed: Vec<f32> = compress(&self.columns, row).collect();
        let parts = self.forest.contributions(&compressed);
        let top: Vec<usize> = parts
            .ranked()
            .into_iter()
            .filter(|place| parts.parts[*place] > 0.0)
            .take(MAX_EVIDENCE)
            .collect();
        let score = score_of(strength);
        let sum: f32 = top.iter().map(|place| parts.parts[*place]).sum();
        let because = top.into_iter().map(|place| {
            let id = self.columns[place];
            let range = baseline.range(kind, id);
            Evidence {
                column: id.name(),
                value: id.of(row),
                normal_low: range.map_or(0.0, |normal| normal.low),
                normal_high: range.map_or(0.0, |normal| normal.high),
                contribution: score.get() * parts.parts[place] / sum,
            }
        });
        Finding { threat: Threat::Unclassified, score, because: because.collect() }
    }

    /// The score of a strength.
    pub fn score(strength: f32) -> Score {
        score_of(strength)
    }
}

/// Counts spread over orders of magnitude; the logarithm brings them together and leaves small numbers
/// as they are.
fn compress<'a>(columns: &'a [ColumnId], row: &'a Row) -> impl Iterator<Item = f32> + 'a {
    debug_assert_eq!(row.len(), WIDTH);
    columns.iter().map(|id| {
        let value = id.of(row);
        // Most numbers of most rows are 0, whose logarithm need not be asked for.
        if value == 0.0 { value } else { (1.0 + value.abs()).ln().copysign(value) }
    })
}
