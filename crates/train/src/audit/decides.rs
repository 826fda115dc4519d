//! Whether one column, or two, decide the label: then a model learns that rule and nothing else.

use std::fmt;

use serde::Serialize;

use crate::labels::Labels;
use crate::table::{Kind, Typed};
use crate::thousands::count;

/// The share of rows from which a rule is said to decide the label.
const CERTAIN_SHARE: f64 = 0.999;
/// The share from which it is worth a warning.
const NEARLY_SHARE: f64 = 0.97;
/// A rule must also undo this part of the errors of always naming the commonest class.
const ERRORS_UNDONE: f64 = 0.9;

/// A rule on one or two columns that gives the label.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Decision {
    /// The columns it looks at.
    pub columns: Vec<String>,
    /// The rule in words.
    pub rule: String,
    /// Rows on which it is right.
    pub right: usize,
    /// All rows.
    pub rows: usize,
}

impl Decision {
    /// Whether nothing of weight is left to learn.
    pub fn is_certain(&self) -> bool {
        self.right as f64 >= CERTAIN_SHARE * self.rows as f64
    }
}

impl fmt::Display for Decision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.columns.join(" and ");
        let alone = if self.columns.len() == 1 { "alone " } else { "together " };
        let nearly = if self.is_certain() { "" } else { "nearly " };
        let verb = if self.columns.len() == 1 { "decides" } else { "decide" };
        write!(
            f,
            "{names} {alone}{nearly}{verb} the label: {} (right in {} of {} rows)",
            self.rule,
            count(self.right as u64),
            count(self.rows as u64)
        )
    }
}

/// A cut that splits rows in two: what it says, and which rows it takes for positive.
struct Cut {
    column: usize,
    text: String,
    right: usize,
    side: Vec<bool>,
}

/// The rules that decide the label, or nearly: of one column each; and of two together where none
/// alone does.
pub(super) fn decisions(columns: &[Typed], labels: &Labels, truth: &[bool]) -> Vec<Decision> {
    let rows = truth.len();
    let all: Vec<usize> = (0..rows).collect();
    let cuts: Vec<Cut> = columns
        .iter()
        .enumerate()
        .flat_map(|(at, column)| cuts_of(at, column, &all, truth, labels))
        .collect();
    let base = rows_right_without_columns(truth);
    let mut found: Vec<Decision> = cuts
        .iter()
        .filter(|cut| is_telling(cut.right, rows, base))
        .map(|cut| Decision {
            columns: vec![columns[cut.column].name.clone()],
            rule: cut.text.clone(),
            right: cut.right,
            rows,
        })
        .collect();
    if found.is_empty() {
        found.extend(two_column_rule(columns, labels, truth, &cuts, base));
    }
    found.sort_by_key(|decision| std::cmp::Reverse(decision.right));
    found
}

fn rows_right_without_columns(truth: &[bool]) -> usize {
    let positives = truth.iter().filter(|is| **is).count();
    positives.max(truth.len() - positives)
}

fn is_telling(right: usize, rows: usize, base: usize) -> bool {
    let (right, rows, base) = (right as f64, rows as f64, base as f64);
    right >= NEARLY_SHARE * rows && right - base >= ERRORS_UNDONE * (rows - base)
}

/// A best cut, then on each of its sides the best cut of another column: a tree of depth two.
fn two_column_rule(
    columns: &[Typed],
    labels: &Labels,
    truth: &[bool],
    cuts: &[Cut],
    base: usize,
) -> Option<Decision> {
    let first = cuts.iter().max_by_key(|cut| (cut.right, std::cmp::Reverse(cut.column)))?;
    let side = |wanted: bool| -> Vec<usize> {
        (0..truth.len()).filter(|row| first.side[*row] == wanted).collect()
    };
    let (yes, no) = (side(true), side(false));
    let (other, right, text) = (0..columns.len())
        .filter(|at| *at != first.column)
        .map(|at| {
            let best = |rows: &[usize]| {
                let cuts = cuts_of(at, &columns[at], rows, truth, labels);
                cuts.into_iter().max_by_key(|cut| cut.right)
            };
            let plain = |rows: &[usize]| {
                let truth: Vec<bool> = rows.iter().map(|row| truth[*row]).collect();
                rows_right_without_columns(&truth)
            };
            let (on_yes, on_no) = (best(&yes), best(&no));
            let right = on_yes.as_ref().map_or_else(|| plain(&yes), |cut| cut.right)
                + on_no.as_ref().map_or_else(|| plain(&no), |cut| cut.right);
            let text = [on_yes, on_no].into_iter().flatten().map(|cut| cut.text);
            (at, right, text.collect::<Vec<_>>().join("; "))
        })
        .max_by_key(|(at, right, _)| (*right, std::cmp::Reverse(*at)))?;
    is_telling(right, truth.len(), base).then(|| Decision {
        columns: vec![columns[first.column].name.clone(), columns[other].name.clone()],
        rule: format!("first {}, then {text}", first.text),
        right,
        rows: truth.len(),
    })
}

/// The best cuts of a column over some rows: of a number by size, and by whether it is whole; of a
/// category by the commoner class of each level.
fn cuts_of(at: usize, column: &Typed, rows: &[usize], truth: &[bool], labels: &Labels) -> Vec<Cut> {
    match &column.kind {
        Kind::Numeric(values) => {
            let by_size = size_cut(at, &column.name, values, rows, truth, labels);
            let by_wholeness = wholeness_cut(at, &column.name, values, rows, truth, labels);
            by_size.into_iter().chain(by_wholeness).collect()
        }
        Kind::Categorical { codes, levels } => {
            level_cut(at, &column.name, codes, levels, rows, truth, labels).into_iter().collect()
        }
    }
}

fn size_cut(
    at: usize,
    name: &str,
    values: &[f64],
    rows: &[usize],
    truth: &[bool],
    labels: &Labels,
) -> Option<Cut> {
    let mut order: Vec<usize> = rows.iter().copied().filter(|row| !values[*row].is_nan()).collect();
    order.sort_by(|a, b| values[*a].total_cmp(&values[*b]));
    let positives = order.iter().filter(|row| truth[**row]).count();
    let mut best: Option<(usize, usize, bool)> = None;
    let mut positives_below = 0;
    for (place, row) in order.iter().enumerate() {
        positives_below += usize::from(truth[*row]);
        let below = place + 1;
        let Some(next) = order.get(below) else { break };
        if values[*next] == values[*row] {
            continue;
        }
        let low_is_positive =
            positives_below + (order.len() - below - (positives - positives_below));
        for (right, low) in [(low_is_positive, true), (order.len() - low_is_positive, false)] {
            if best.is_none_or(|(most, ..)| right > most) {
                best = Some((right, place, low));
            }
        }
    }
    let (right, place, low) = best?;
    let (below, above) = (values[order[place]], values[order[place + 1]]);
    let (small, large) = names_of_sides(labels, low);
    let side = values.iter().map(|value| (*value <= below) == low && !value.is_nan()).collect();
    let text = format!("{name} ≤ {below} is {small}, {name} ≥ {above} is {large}");
    Some(Cut { column: at, text, right, side })
}

/// An average over several things is seldom whole: wholeness alone may give a label away.
fn wholeness_cut(
    at: usize,
    name: &str,
    values: &[f64],
    rows: &[usize],
    truth: &[bool],
    labels: &Labels,
) -> Option<Cut> {
    let present = |row: &&usize| !values[**row].is_nan();
    let whole = |row: usize| values[row].fract() == 0.0;
    let total = rows.iter().filter(present).count();
    let agree = rows.iter().filter(present).filter(|row| whole(**row) == truth[**row]).count();
    let wholes = rows.iter().filter(present).filter(|row| whole(**row)).count();
    if wholes == 0 || wholes == total {
        return None;
    }
    let whole_is_positive = agree >= total - agree;
    let (if_whole, if_not) = names_of_sides(labels, whole_is_positive);
    Some(Cut {
        column: at,
        text: format!("a whole {name} is {if_whole}, one with a fraction is {if_not}"),
        right: agree.max(total - agree),
        side: (0..values.len()).map(|row| whole(row) == whole_is_positive).collect(),
    })
}

fn level_cut(
    at: usize,
    name: &str,
    codes: &[u32],
    levels: &[String],
    rows: &[usize],
    truth: &[bool],
    labels: &Labels,
) -> Option<Cut> {
    let mut counts = vec![[0usize; 2]; levels.len() + 1];
    let slot = |code: u32| (code as usize).min(levels.len());
    for row in rows {
        counts[slot(codes[*row])][usize::from(truth[*row])] += 1;
    }
    let right = counts.iter().map(|[no, yes]| *no.max(yes)).sum();
    let is_positive: Vec<bool> = counts.iter().map(|[no, yes]| yes > no).collect();
    let named: Vec<&str> = levels
        .iter()
        .zip(&is_positive)
        .filter(|(_, is)| **is)
        .map(|(level, _)| level.as_str())
        .collect();
    let (positive, negative) = names_of_sides(labels, true);
    (rows.len() > 1).then(|| Cut {
        column: at,
        text: format!("{name} of {{{}}} is {positive}, any other is {negative}", named.join(", ")),
        right,
        side: codes.iter().map(|code| is_positive[slot(*code)]).collect(),
    })
}

/// The names of the two sides of a cut, the first of which is positive or not.
fn names_of_sides(labels: &Labels, first_is_positive: bool) -> (String, String) {
    let (yes, no) = (labels.positive_names().join("/"), labels.negative_names().join("/"));
    if first_is_positive { (yes, no) } else { (no, yes) }
}

/// Whether a column holds whole numbers only.
pub(super) fn is_whole(kind: &Kind) -> bool {
    match kind {
        Kind::Numeric(values) => values.iter().all(|value| value.is_nan() || value.fract() == 0.0),
        Kind::Categorical { .. } => false,
    }
}

/// How well a column separates the classes by itself: its area under the ROC curve, folded to lie in
/// 0.5..=1. Categories are ordered by their share of positives; missing values are left out.
pub(super) fn separation(kind: &Kind, truth: &[bool]) -> f64 {
    let mut pairs: Vec<(f64, bool)> = match kind {
        Kind::Numeric(values) => values.iter().copied().zip(truth.iter().copied()).collect(),
        Kind::Categorical { codes, levels } => {
            let mut counts = vec![[0.0f64; 2]; levels.len() + 1];
            let slot = |code: u32| (code as usize).min(levels.len());
            for (code, truth) in codes.iter().zip(truth) {
                counts[slot(*code)][usize::from(*truth)] += 1.0;
            }
            let share = |code: u32| {
                let [no, yes] = counts[slot(code)];
                yes / (no + yes)
            };
            codes.iter().map(|code| share(*code)).zip(truth.iter().copied()).collect()
        }
    };
    pairs.retain(|(value, _)| !value.is_nan());
    pairs.sort_by(|a, b| a.0.total_cmp(&b.0));
    let positives = pairs.iter().filter(|(_, is)| *is).count() as f64;
    let negatives = pairs.len() as f64 - positives;
    let (mut below, mut won) = (0.0, 0.0);
    for tied in pairs.chunk_by(|a, b| a.0 == b.0) {
        let yes = tied.iter().filter(|(_, is)| *is).count() as f64;
        let no = tied.len() as f64 - yes;
        won += yes * (below + no / 2.0);
        below += no;
    }
    let area = if positives * negatives == 0.0 { 0.5 } else { won / (positives * negatives) };
    area.max(1.0 - area)
}
