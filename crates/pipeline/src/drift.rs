//! Whether sessions are still spread as they were when a bundle was fitted.

use domain::{EntityKind, Moment, Observation};
use features::{ColumnId, WIDTH, applies, column};
use models::quantiles;

use crate::judge::is_judged;
use crate::{LEAST_CALLS, SampleFit};

/// A column has drifted from this population stability index on: by custom, a tenth is a small change
/// and a quarter a large one (Siddiqi 2006, *Credit Risk Scorecards*).
pub const LARGE_PSI: f64 = 0.25;
/// Fewer sessions on either side say nothing about drift.
const LEAST_SESSIONS: u64 = 50;

/// Columns that are 0 by construction in the log that was fitted on, and above it in any other.
const LEFT_OUT: [&str; 1] = ["api_access_unseen_ratio"];

const CALLS: ColumnId = column("sequence_length");

/// How the last rows of sessions are spread over the values of each column, a kind of entity.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Spread {
    pub(crate) kinds: Vec<(EntityKind, Vec<ColumnSpread>)>,
}

/// How many sessions end with a value in each part of a column's range.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ColumnSpread {
    /// Upper ends of all parts but the last; deciles, each once.
    pub(crate) edges: Vec<f32>,
    /// Sessions a part, and behind them those that have no value.
    pub(crate) counts: Vec<u64>,
}

/// What has changed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Drift {
    /// The kinds of entities that have enough sessions, then and now, to be compared.
    pub compared: Vec<EntityKind>,
    /// Columns that have changed, most first.
    pub columns: Vec<ColumnDrift>,
}

/// A column whose values are not spread as they were.
#[derive(Clone, Debug, PartialEq)]
pub struct ColumnDrift {
    /// The kind of entity.
    pub kind: EntityKind,
    /// The column's name.
    pub column: &'static str,
    /// The population stability index: Σ (now − then) · ln(now ÷ then) over the parts of its range.
    pub psi: f64,
    /// What chance alone gives in one of a thousand comparisons of so many sessions.
    pub by_chance: f64,
}

impl Spread {
    /// How the sampled sessions are spread, attacks and all: who judges later cannot leave them out
    /// either.
    pub fn fit(sample: &SampleFit) -> Self {
        let kinds = EntityKind::ALL.into_iter().filter(|kind| is_judged(*kind));
        let fit = |kind| {
            let rows: Vec<_> =
                sample.sessions(kind).into_iter().map(|session| session.last()).collect();
            let of = |place: usize| {
                let values: Vec<f32> = rows.iter().map(|row| row[place]).collect();
                ColumnSpread::of(&values)
            };
            (kind, (0..WIDTH).map(of).collect())
        };
        Self { kinds: kinds.map(fit).collect() }
    }

    /// The same parts with nobody in them.
    pub fn emptied(&self) -> Self {
        let mut emptied = self.clone();
        for column in emptied.kinds.iter_mut().flat_map(|(_, columns)| columns) {
            column.counts.fill(0);
        }
        emptied
    }

    /// Counts a session when it ends.
    pub fn observe(&mut self, seen: &Observation<'_>) {
        let is_long = CALLS.of(seen.row) >= LEAST_CALLS as f32;
        if seen.moment != Moment::SessionEnd || !is_long {
            return;
        }
        let kind = seen.entity.kind();
        if let Some((_, columns)) = self.kinds.iter_mut().find(|(of, _)| *of == kind) {
            for (column, value) in columns.iter_mut().zip(seen.row) {
                column.count(*value);
            }
        }
    }

    /// Adds what was counted elsewhere in the same parts.
    pub fn add(&mut self, other: &Self) {
        let columns = |spread: &Self| -> Vec<Vec<u64>> {
            let all = spread.kinds.iter().flat_map(|(_, columns)| columns);
            all.map(|column| column.counts.clone()).collect()
        };
        let own = self.kinds.iter_mut().flat_map(|(_, columns)| columns);
        for (column, more) in own.zip(columns(other)) {
            column.counts.iter_mut().zip(more).for_each(|(count, more)| *count += more);
        }
    }

    /// The columns that have changed: those whose index is [`LARGE_PSI`] or more and beyond what chance
    /// gives.
    pub fn drift(&self, now: &Self) -> Drift {
        let mut drift = Drift::default();
        let sessions = |columns: &[ColumnSpread]| columns.first().map_or(0, ColumnSpread::sessions);
        for ((kind, then), (_, now)) in self.kinds.iter().zip(&now.kinds) {
            if sessions(then).min(sessions(now)) < LEAST_SESSIONS {
                continue;
            }
            drift.compared.push(*kind);
            for (place, (then, now)) in then.iter().zip(now).enumerate() {
                let id = ColumnId(place);
                if !applies(id, *kind) || LEFT_OUT.contains(&id.name()) {
                    continue;
                }
                let (psi, by_chance) = (then.psi(now), then.psi_by_chance(now));
                if psi >= LARGE_PSI && psi > by_chance {
                    let column = id.name();
                    drift.columns.push(ColumnDrift { kind: *kind, column, psi, by_chance });
                }
            }
        }
        drift.columns.sort_by(|a, b| b.psi.total_cmp(&a.psi));
        drift
    }
}

impl ColumnSpread {
    fn of(values: &[f32]) -> Self {
        let sorted = quantiles::sorted(values);
        let mut edges: Vec<f32> = if sorted.is_empty() {
            Vec::new()
        } else {
            (1..10).map(|tenth| quantiles::of_sorted(&sorted, f64::from(tenth) / 10.0)).collect()
        };
        edges.dedup();
        let mut spread = Self { counts: vec![0; edges.len() + 2], edges };
        values.iter().for_each(|value| spread.count(*value));
        spread
    }

    fn count(&mut self, value: f32) {
        let part = if value.is_nan() {
            self.edges.len() + 1
        } else {
            self.edges.partition_point(|edge| *edge < value)
        };
        self.counts[part] += 1;
    }

    fn sessions(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// Shares of the parts; half a session is added to each, so that none is nothing.
    fn shares(&self) -> impl Iterator<Item = f64> {
        let all = self.sessions() as f64 + self.counts.len() as f64 / 2.0;
        self.counts.iter().map(move |count| (*count as f64 + 0.5) / all)
    }

    fn psi(&self, now: &Self) -> f64 {
        let pairs = self.shares().zip(now.shares());
        pairs.map(|(then, now)| (now - then) * (now / then).ln()).sum()
    }

    /// The 99.9th percentile of the index where nothing has changed: χ² with one degree less than there
    /// are parts, times 1/n + 1/m (Yurdakul and Naranjo 2020), χ² by Wilson and Hilferty (1931).
    fn psi_by_chance(&self, now: &Self) -> f64 {
        const NORMAL_QUANTILE: f64 = 3.090;
        let degrees = (self.counts.len() - 1) as f64;
        let spread = 2.0 / (9.0 * degrees);
        let chi_squared = degrees * (1.0 - spread + NORMAL_QUANTILE * spread.sqrt()).powi(3);
        chi_squared * (1.0 / self.sessions() as f64 + 1.0 / now.sessions() as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spread(values: impl Iterator<Item = f32>, like: &ColumnSpread) -> ColumnSpread {
        let mut spread = like.clone();
        spread.counts.fill(0);
        values.for_each(|value| spread.count(value));
        spread
    }

    #[test]
    fn the_index_is_that_of_its_definition() {
        let then = ColumnSpread { edges: vec![1.0], counts: vec![600, 400, 0] };
        let now = ColumnSpread { edges: vec![1.0], counts: vec![300, 700, 0] };
        // Σ (q − p) ln(q/p) with p = 0.6, 0.4 and q = 0.3, 0.7, but for the added halves.
        let exact = (0.3_f64 - 0.6) * 0.5_f64.ln() + 0.3 * 1.75_f64.ln();
        assert!((then.psi(&now) - exact).abs() < 0.005, "{}", then.psi(&now));
        assert!(then.psi(&then.clone()).abs() < 1e-12);
    }

    #[test]
    fn chance_stays_below_its_bound_and_a_shift_does_not() {
        let value = |i: u64| (features::mix(i) % 1_000) as f32;
        let then = ColumnSpread::of(&(0..2_000).map(value).collect::<Vec<_>>());
        assert_eq!(then.edges.len(), 9);
        let same = spread((5_000..5_400).map(value), &then);
        assert!(then.psi(&same) < then.psi_by_chance(&same));
        let shifted = spread((5_000..5_400).map(|i| value(i) + 400.0), &then);
        assert!(then.psi(&shifted) > LARGE_PSI.max(then.psi_by_chance(&shifted)));
        let gone = spread((0..400).map(|_| f32::NAN), &then);
        assert!(then.psi(&gone) > 1.0, "values that are missing now are a change");
    }
}
