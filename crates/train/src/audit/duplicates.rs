use std::collections::BTreeMap;

use serde::Serialize;

use super::Loudness;
use crate::table::{Kind, Typed};
use crate::thousands::count;

/// Digits that two numbers share to be nearly the same.
const NEAR_DIGITS: i32 = 3;
/// How many examples are kept.
const EXAMPLES: usize = 3;

/// Rows that come more than once. Rows count from 1.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Duplicates {
    /// Rows that repeat an earlier one exactly, in every usable column.
    pub exact: usize,
    /// Rows that repeat an earlier one when numbers are rounded to three digits, exact ones included.
    pub near: usize,
    /// Rows whose columns equal those of a row of another class.
    pub contradictory: usize,
    /// Examples of such rows: one of each of two classes.
    pub contradictions: Vec<(usize, usize)>,
    /// Whether rows that are nearly equal stay on one side of every split.
    pub kept_together: bool,
}

impl Duplicates {
    pub(super) fn findings(&self, say: &mut impl FnMut(Loudness, String)) {
        if self.near > 0 {
            let (loudness, outcome) = match self.kept_together {
                true => (Loudness::Note, "every split of these rows keeps them together"),
                false => (
                    Loudness::Warning,
                    "splits do not keep them together, so that figures may be flattered by rows that \
                     were learned from; --group-by duplicates does",
                ),
            };
            let (exact, nearly) =
                (count(self.exact as u64), count((self.near - self.exact) as u64));
            say(
                loudness,
                format!(
                    "{exact} rows repeat another exactly and {nearly} nearly (to {NEAR_DIGITS} \
                     digits); {outcome}"
                ),
            );
        }
        if self.contradictory > 0 {
            let shown = self.contradictions.iter().map(|(a, b)| format!("{a} and {b}"));
            say(
                Loudness::Warning,
                format!(
                    "{} rows contradict others: the same values, another label (rows {})",
                    count(self.contradictory as u64),
                    shown.collect::<Vec<_>>().join(", ")
                ),
            );
        }
    }
}

/// Counts repeated and contradictory rows. `together` is the group of each row that no split parts.
pub fn duplicates(columns: &[Typed], labels: &[u32], together: &[u32]) -> Duplicates {
    let rows = labels.len();
    let near = near_duplicate_groups(columns, rows);
    let mut found = Duplicates {
        exact: repeats(&groups(columns, rows, |value| value)),
        near: repeats(&near),
        kept_together: are_kept_together(&near, together),
        ..Duplicates::default()
    };
    let mut by_group: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    for (row, group) in groups(columns, rows, |value| value).iter().enumerate() {
        by_group.entry(*group).or_default().push(row);
    }
    for members in by_group.values() {
        let first = members[0];
        let other = members.iter().find(|row| labels[**row] != labels[first]);
        if let Some(other) = other {
            found.contradictory += members.len();
            if found.contradictions.len() < EXAMPLES {
                found.contradictions.push((first + 1, other + 1));
            }
        }
    }
    found
}

/// Whether rows of one group of `near` are always of one group of `together`.
fn are_kept_together(near: &[u32], together: &[u32]) -> bool {
    let mut group_of: BTreeMap<u32, u32> = BTreeMap::new();
    near.iter().zip(together).all(|(near, group)| group_of.entry(*near).or_insert(*group) == group)
}

fn repeats(groups: &[u32]) -> usize {
    let distinct = groups.iter().max().map_or(0, |last| *last as usize + 1);
    groups.len() - distinct
}

/// The group of each row, so that rows which are equal to three digits share one. Numbers are
/// grouped by rounding, so two that lie on both sides of a rounding edge are not joined.
pub fn near_duplicate_groups(columns: &[Typed], rows: usize) -> Vec<u32> {
    groups(columns, rows, rounded)
}

/// Groups of equal rows, numbered in the order of their first row.
fn groups(columns: &[Typed], rows: usize, round: impl Fn(f64) -> f64) -> Vec<u32> {
    let mut numbers: std::collections::HashMap<Vec<u64>, u32> = std::collections::HashMap::new();
    let mut key = Vec::with_capacity(columns.len());
    let group_of = |row: usize| {
        key.clear();
        key.extend(columns.iter().map(|column| match &column.kind {
            Kind::Numeric(values) if values[row].is_nan() => u64::MAX,
            Kind::Numeric(values) => (round(values[row]) + 0.0).to_bits(),
            Kind::Categorical { codes, .. } => u64::from(codes[row]),
        }));
        let next = numbers.len() as u32;
        *numbers.entry(key.clone()).or_insert(next)
    };
    (0..rows).map(group_of).collect()
}

/// A number to three significant digits.
fn rounded(value: f64) -> f64 {
    if value == 0.0 {
        return 0.0;
    }
    let scale = 10f64.powi(NEAR_DIGITS - 1 - value.abs().log10().floor() as i32);
    if scale.is_finite() && scale > 0.0 { (value * scale).round() / scale } else { value }
}
