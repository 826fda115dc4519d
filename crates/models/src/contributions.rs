use serde::{Deserialize, Serialize};

use crate::{Chance, Matrix, Rows};

/// Why a row has its score: `base` plus all `parts` is the score in `space`.
#[derive(Clone, Debug, PartialEq)]
pub struct Contributions {
    /// Where the parts add up.
    pub space: Space,
    /// The score, in that space, of the row that everything is compared with.
    pub base: f32,
    /// One part a raw column; positive makes the row worse.
    pub parts: Vec<f32>,
}

/// In which space contributions add up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Space {
    /// The score itself.
    Score,
    /// The logarithm of the odds of the score.
    LogOdds,
}

impl Space {
    /// A number of this space as a score.
    pub fn to_score(self, value: f32) -> f32 {
        match self {
            Self::Score => value.clamp(0.0, 1.0),
            Self::LogOdds => sigmoid(value),
        }
    }
}

impl Contributions {
    /// Base and parts together, in the space.
    pub fn total(&self) -> f32 {
        let sum: f64 = self.parts.iter().map(|part| f64::from(*part)).sum();
        (f64::from(self.base) + sum) as f32
    }

    /// The score that they explain.
    pub fn score(&self) -> f32 {
        self.space.to_score(self.total())
    }

    /// The columns, the weightiest part first; equal ones in the order of the columns.
    pub fn ranked(&self) -> Vec<usize> {
        let mut columns: Vec<usize> = (0..self.parts.len()).collect();
        columns.sort_by(|a, b| self.parts[*b].abs().total_cmp(&self.parts[*a].abs()));
        columns
    }
}

/// `1 / (1 + e^-x)`, without overflow.
pub(crate) fn sigmoid(x: f32) -> f32 {
    1.0 / (1.0 + (-x).exp())
}

/// The probabilities of classes that were each learned against all others: class 0 keeps its own, the
/// others share the rest.
pub(crate) fn extend_one_against_rest(all: &mut Vec<f32>, own: impl Iterator<Item = f32>) {
    let start = all.len();
    all.extend(own);
    let rest = 1.0 - all[start];
    let others = &mut all[start + 1..];
    let sum: f32 = others.iter().sum();
    let even = 1.0 / others.len() as f32;
    others.iter_mut().for_each(|p| *p = rest * if sum > 0.0 { *p / sum } else { even });
}

/// Numbers of at least 0 scaled to sum to 1; `None` where all are 0.
pub(crate) fn shares(mut values: Vec<f32>) -> Option<Vec<f32>> {
    let sum: f64 = values.iter().map(|value| f64::from(*value)).sum();
    if sum <= 0.0 {
        return None;
    }
    values.iter_mut().for_each(|value| *value = (f64::from(*value) / sum) as f32);
    Some(values)
}

/// Columns that may differ for Shapley values to be exact: 2¹⁰ rows are scored.
const EXACT_COLUMNS: usize = 10;
/// Orders drawn beyond that; each is walked forwards and backwards.
const WALKS: u64 = 24;

/// Shapley values of any function of a row, against a reference row (Shapley 1953; for models,
/// Štrumbelj and Kononenko 2014). A column that equals the reference has none.
///
/// With at most [`EXACT_COLUMNS`] columns that differ they are exact. Beyond that they are the mean of
/// [`WALKS`] random walks from the reference to the row and as many back, whose standard error is about
/// a seventh of how much a column's effect depends on the others. Every walk ends at the row, so they
/// sum to the score however few there are.
pub(crate) fn explain_by_walks(
    space: Space,
    reference: &[f32],
    row: &[f32],
    value: &mut dyn FnMut(Rows<'_>) -> Vec<f32>,
) -> Contributions {
    assert_eq!(reference.len(), row.len(), "columns of the row and of the model");
    let differs = |c: &usize| reference[*c].to_bits() != row[*c].to_bits();
    let moving: Vec<usize> = (0..row.len()).filter(differs).collect();
    let (base, moved) = if moving.len() <= EXACT_COLUMNS {
        exact_shares(reference, row, &moving, value)
    } else {
        walked_shares(reference, row, &moving, value)
    };
    let mut parts = vec![0.0; row.len()];
    moving.iter().zip(moved).for_each(|(column, part)| parts[*column] = part as f32);
    Contributions { space, base, parts }
}

fn exact_shares(
    reference: &[f32],
    row: &[f32],
    moving: &[usize],
    value: &mut dyn FnMut(Rows<'_>) -> Vec<f32>,
) -> (f32, Vec<f64>) {
    let subsets = 1usize << moving.len();
    let rows = Matrix::from_fn(subsets, row.len(), |subset, column| {
        let place = moving.iter().position(|c| *c == column);
        if place.is_some_and(|bit| subset >> bit & 1 == 1) {
            row[column]
        } else {
            reference[column]
        }
    });
    let values = value(rows.view());
    // The weight of a subset without the column: |S|! (n - |S| - 1)! / n!
    let mut weights = vec![1.0 / moving.len().max(1) as f64; moving.len()];
    for size in 1..moving.len() {
        weights[size] = weights[size - 1] * size as f64 / (moving.len() - size) as f64;
    }
    let share = |bit: usize| {
        let without = (0..subsets).filter(|subset| subset >> bit & 1 == 0);
        without
            .map(|subset| {
                let step = f64::from(values[subset | 1 << bit]) - f64::from(values[subset]);
                weights[subset.count_ones() as usize] * step
            })
            .sum()
    };
    (values[0], (0..moving.len()).map(share).collect())
}

fn walked_shares(
    reference: &[f32],
    row: &[f32],
    moving: &[usize],
    value: &mut dyn FnMut(Rows<'_>) -> Vec<f32>,
) -> (f32, Vec<f64>) {
    let mut chance = Chance::new(0x5eed);
    let mut order: Vec<usize> = (0..moving.len()).collect();
    let mut shares = vec![0.0f64; moving.len()];
    let mut base = 0.0;
    for walk in 0..2 * WALKS {
        if walk % 2 == 0 {
            chance.shuffle(&mut order);
        } else {
            order.reverse();
        }
        let mut step = vec![0usize; row.len()];
        order.iter().enumerate().for_each(|(at, place)| step[moving[*place]] = at + 1);
        let rows = Matrix::from_fn(moving.len() + 1, row.len(), |at, column| {
            let there = step[column] > 0 && step[column] <= at;
            if there { row[column] } else { reference[column] }
        });
        let values = value(rows.view());
        for (at, place) in order.iter().enumerate() {
            shares[*place] += f64::from(values[at + 1]) - f64::from(values[at]);
        }
        base = values[0];
    }
    shares.iter_mut().for_each(|share| *share /= (2 * WALKS) as f64);
    (base, shares)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tangled(rows: Rows<'_>) -> Vec<f32> {
        rows.iter().map(|x| x[0] * x[1] + 3.0 * x[2] + x[3..].iter().sum::<f32>()).collect()
    }

    #[test]
    fn shapley_values_share_a_product_and_keep_a_sum() {
        let row = [2.0, 3.0, 5.0, 0.0];
        let why = explain_by_walks(Space::LogOdds, &[0.0; 4], &row, &mut tangled);
        assert_eq!(why.base, 0.0);
        let expect = [3.0, 3.0, 15.0, 0.0];
        assert!(why.parts.iter().zip(expect).all(|(part, expect)| (part - expect).abs() < 1e-5));
    }

    #[test]
    fn many_columns_still_sum_to_the_score() {
        let row: Vec<f32> = (0..30).map(|c| (c as f32 * 0.7).sin()).collect();
        let why = explain_by_walks(Space::LogOdds, &[0.1; 30], &row, &mut tangled);
        let expect = tangled(Rows::one(&row))[0];
        assert!((why.total() - expect).abs() < 1e-4, "{} {expect}", why.total());
        assert!((why.parts[7] - (row[7] - 0.1)).abs() < 1e-5, "an additive column is exact");
    }
}
