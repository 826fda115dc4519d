//! Whether a column is a product or ratio of others, whole or rounded: then leaving it out hides
//! nothing from a model that sees the others.

use std::fmt;

use serde::Serialize;

use crate::table::{Kind, Typed};
use crate::thousands::count;

/// Most columns on the right-hand side.
const FACTORS_MAX: usize = 4;
/// Beyond this many numeric columns, fewer factors are tried, so that the search stays short.
const COLUMNS_FOR_ALL_FACTORS: usize = 20;
/// Beyond this many, none are.
const COLUMNS_MAX: usize = 80;
/// Rows on which a candidate is tried before all are looked at.
const PROBE_ROWS: usize = 24;
/// The share of rows on which a relation must hold.
const HOLDS_SHARE: f64 = 0.97;
/// How far both sides may differ, as a part of the value: inputs are often cut to a few digits.
const TOLERANCE: f64 = 2e-3;
/// Distinct values that a column needs for a coincidence to be out of the question.
const DISTINCT_MIN: usize = 8;

/// `target = rounding(constant × Π factor^power)`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Relation {
    /// The column that can be recomputed.
    pub target: String,
    /// What the product is multiplied by.
    pub constant: f64,
    /// Columns that multiply.
    pub times: Vec<String>,
    /// Columns that divide.
    pub over: Vec<String>,
    /// What is done to the product.
    pub rounding: Rounding,
    /// Rows on which it holds.
    pub holds: usize,
    /// Rows on which all columns have a value.
    pub rows: usize,
}

/// What is done to a product to give a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Rounding {
    /// Nothing.
    Exact,
    /// The next whole number upwards.
    Ceil,
    /// The next whole number downwards.
    Floor,
    /// The nearest whole number.
    Nearest,
}

impl Relation {
    /// All columns of the relation, the recomputed one first.
    pub fn members(&self) -> Vec<&str> {
        let others = self.times.iter().chain(&self.over).map(String::as_str);
        std::iter::once(self.target.as_str()).chain(others).collect()
    }
}

impl fmt::Display for Relation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut above: Vec<String> = Vec::new();
        if self.constant != 1.0 || self.times.is_empty() {
            above.push(self.constant.to_string());
        }
        above.extend(self.times.iter().cloned());
        let mut formula = above.join(" × ");
        match self.over.as_slice() {
            [] => {}
            [only] => formula = format!("{formula} / {only}"),
            several => formula = format!("{formula} / ({})", several.join(" × ")),
        }
        let formula = match self.rounding {
            Rounding::Exact => formula,
            Rounding::Ceil => format!("ceil({formula})"),
            Rounding::Floor => format!("floor({formula})"),
            Rounding::Nearest => format!("round({formula})"),
        };
        write!(
            f,
            "{} can be recomputed from other columns: {} = {formula} ({} of {} rows)",
            self.target,
            self.target,
            count(self.holds as u64),
            count(self.rows as u64)
        )
    }
}

/// A numeric column with the logarithm of its values; `NaN` where there is none.
struct Logs<'a> {
    name: &'a str,
    values: &'a [f64],
    logs: Vec<f64>,
}

/// The relations among the numeric columns, those that give back a column of `wanted` first; none
/// whose columns include all of a simpler one's. Of the ways to write one relation (each member can
/// be brought to the left) one is given.
pub(super) fn relations(columns: &[Typed], wanted: &[&str]) -> Vec<Relation> {
    let numeric: Vec<Logs<'_>> = columns.iter().filter_map(logs_of).collect();
    if numeric.len() > COLUMNS_MAX {
        return Vec::new();
    }
    let mut order: Vec<usize> = (0..numeric.len()).collect();
    // Rounded columns can only stand on the left, so whole columns are tried before others.
    let is_whole = |at: usize| numeric[at].values.iter().all(|v| v.is_nan() || v.fract() == 0.0);
    order.sort_by_key(|at| (!wanted.contains(&numeric[*at].name), !is_whole(*at), *at));
    let most = if numeric.len() <= COLUMNS_FOR_ALL_FACTORS { FACTORS_MAX } else { 2 };
    let mut found: Vec<Relation> = Vec::new();
    for factors in 1..=most.min(numeric.len().saturating_sub(1)) {
        for target in &order {
            search(&numeric, *target, factors, &mut found);
        }
    }
    found.sort_by_key(|relation| !wanted.contains(&relation.target.as_str()));
    found
}

fn logs_of(column: &Typed) -> Option<Logs<'_>> {
    let Kind::Numeric(values) = &column.kind else { return None };
    let mut distinct: Vec<f64> = values.iter().copied().filter(|value| *value > 0.0).collect();
    distinct.sort_by(f64::total_cmp);
    distinct.dedup();
    let log = |value: &f64| if *value > 0.0 { value.ln() } else { f64::NAN };
    (distinct.len() >= DISTINCT_MIN).then(|| Logs {
        name: &column.name,
        values,
        logs: values.iter().map(log).collect(),
    })
}

/// Adds the relations that give `target` back from so many factors and tell something new.
fn search(columns: &[Logs<'_>], target: usize, factors: usize, found: &mut Vec<Relation>) {
    let others: Vec<usize> = (0..columns.len()).filter(|at| *at != target).collect();
    let probe = probe_rows(&columns[target]);
    let mut chosen: Vec<usize> = (0..factors).collect();
    loop {
        let places: Vec<usize> = chosen.iter().map(|at| others[*at]).collect();
        let has = |name: &str| places.iter().chain([&target]).any(|at| columns[*at].name == name);
        if !found.iter().any(|known| known.members().into_iter().all(has)) {
            let best = (0..1u32 << factors)
                .filter_map(|powers| check(columns, target, &places, powers, &probe))
                .max_by_key(|relation| relation.holds);
            found.extend(best);
        }
        if !next_combination(&mut chosen, others.len()) {
            break;
        }
    }
}

/// How closely two columns go together: the correlation of their logarithms, as a size; 0 where they
/// have none.
pub(super) fn log_correlation(a: &Kind, b: &Kind) -> f64 {
    let (Kind::Numeric(a), Kind::Numeric(b)) = (a, b) else { return 0.0 };
    let positive = a.iter().zip(b).filter(|(a, b)| **a > 0.0 && **b > 0.0);
    let pairs: Vec<(f64, f64)> = positive.map(|(a, b)| (a.ln(), b.ln())).collect();
    let count = pairs.len().max(1) as f64;
    let mean = |pick: fn(&(f64, f64)) -> f64| pairs.iter().map(pick).sum::<f64>() / count;
    let (mean_a, mean_b) = (mean(|pair| pair.0), mean(|pair| pair.1));
    let (mut ab, mut aa, mut bb) = (0.0, 0.0, 0.0);
    for (a, b) in &pairs {
        ab += (a - mean_a) * (b - mean_b);
        aa += (a - mean_a).powi(2);
        bb += (b - mean_b).powi(2);
    }
    if aa * bb > 0.0 { (ab / (aa * bb).sqrt()).abs() } else { 0.0 }
}

/// The next choice of distinct numbers below `bound`, in order; false after the last.
fn next_combination(chosen: &mut [usize], bound: usize) -> bool {
    let size = chosen.len();
    let Some(place) = (0..size).rev().find(|at| chosen[*at] < bound - size + at) else {
        return false;
    };
    chosen[place] += 1;
    for at in place + 1..size {
        chosen[at] = chosen[at - 1] + 1;
    }
    true
}

/// The rows with the largest values, where rounding weighs least. The very largest are thinned out,
/// so that rows that share one value do not fill the probe.
fn probe_rows(target: &Logs<'_>) -> Vec<usize> {
    let mut rows: Vec<usize> =
        (0..target.values.len()).filter(|row| !target.logs[*row].is_nan()).collect();
    rows.sort_by(|a, b| target.values[*b].total_cmp(&target.values[*a]));
    let top = rows.len().div_ceil(4);
    let step = (top / PROBE_ROWS).max(1);
    rows.into_iter().take(top).step_by(step).take(PROBE_ROWS).collect()
}

/// Tries one product: bit `i` of `powers` tells whether factor `i` divides.
fn check(
    columns: &[Logs<'_>],
    target: usize,
    factors: &[usize],
    powers: u32,
    probe: &[usize],
) -> Option<Relation> {
    let target = &columns[target];
    let log_product = |row: usize| {
        let signed = factors.iter().enumerate().map(|(bit, at)| {
            let log = columns[*at].logs[row];
            if powers >> bit & 1 == 1 { -log } else { log }
        });
        signed.sum::<f64>()
    };
    let constant = probe_constant(probe.iter().map(|row| target.logs[*row] - log_product(*row)))?;
    let mut holds = [0usize; 4];
    let mut rows = 0;
    for row in (0..target.values.len()).filter(|row| !target.logs[*row].is_nan()) {
        let product = constant * log_product(row).exp();
        if product.is_nan() {
            continue;
        }
        rows += 1;
        for (count, rounding) in holds.iter_mut().zip(ROUNDINGS) {
            *count += usize::from(equals(target.values[row], round(product, rounding)));
        }
    }
    let (place, most) = (0..4).map(|at| (at, holds[at])).max_by_key(|(at, n)| (*n, 4 - at))?;
    let enough = rows >= DISTINCT_MIN && most as f64 >= HOLDS_SHARE * rows as f64;
    let named = |wanted: u32| {
        let factors = factors.iter().enumerate();
        let chosen = factors.filter(move |(bit, _)| powers >> bit & 1 == wanted);
        chosen.map(|(_, at)| columns[*at].name.to_owned()).collect()
    };
    enough.then(|| Relation {
        target: target.name.to_owned(),
        constant,
        times: named(0),
        over: named(1),
        rounding: ROUNDINGS[place],
        holds: most,
        rows,
    })
}

const ROUNDINGS: [Rounding; 4] =
    [Rounding::Exact, Rounding::Ceil, Rounding::Floor, Rounding::Nearest];

fn round(value: f64, rounding: Rounding) -> f64 {
    match rounding {
        Rounding::Exact => value,
        // A hair of slack: inputs cut to a few digits can land a product just beyond a whole number.
        Rounding::Ceil => (value * (1.0 - 1e-9)).ceil(),
        Rounding::Floor => (value * (1.0 + 1e-9)).floor(),
        Rounding::Nearest => value.round(),
    }
}

fn equals(value: f64, product: f64) -> bool {
    (value - product).abs() <= TOLERANCE * value.abs()
}

/// The constant that a product must be multiplied by, or `None` where rows disagree about it. A
/// constant near a round number is taken for that number.
fn probe_constant(log_ratios: impl Iterator<Item = f64>) -> Option<f64> {
    let mut ratios: Vec<f64> = Vec::with_capacity(PROBE_ROWS);
    for ratio in log_ratios.filter(|ratio| !ratio.is_nan()) {
        ratios.push(ratio);
        // Most candidates are dismissed by their second or third row.
        if (ratio - ratios[0]).abs() > 5.0 * TOLERANCE {
            return None;
        }
    }
    if ratios.len() < DISTINCT_MIN {
        return None;
    }
    ratios.sort_by(f64::total_cmp);
    let constant = ratios[ratios.len() / 2].exp();
    let digits = 10f64.powi(1 - constant.log10().floor() as i32);
    let tidy = (constant * digits).round() / digits;
    Some(if (tidy / constant - 1.0).abs() < TOLERANCE { tidy } else { constant })
}
