//! Where to part the rows of a node.

use super::bins::{BinnedColumn, Meaning};
use super::growth::{Cuts, Growth};
use crate::Chance;

/// Sums over rows.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Sums {
    pub(super) gradient: f64,
    pub(super) hessian: f64,
    pub(super) rows: u32,
}

impl Sums {
    #[inline]
    pub(super) fn add(&mut self, other: Self) {
        self.gradient += other.gradient;
        self.hessian += other.hessian;
        self.rows += other.rows;
    }

    pub(super) fn minus(self, other: Self) -> Self {
        Self {
            gradient: self.gradient - other.gradient,
            hessian: self.hessian - other.hessian,
            rows: self.rows - other.rows,
        }
    }

    /// What a leaf of these rows takes off the loss, doubled.
    #[inline]
    fn worth(self, lambda: f64) -> f64 {
        let weight = self.hessian + lambda;
        if weight > 0.0 { self.gradient * self.gradient / weight } else { 0.0 }
    }
}

/// A way to part a node.
#[derive(Clone, Debug)]
pub(super) struct Split {
    pub(super) column: usize,
    pub(super) gain: f64,
    pub(super) rule: Rule,
    /// `None` where the node has no missing value.
    pub(super) missing_left: Option<bool>,
}

#[derive(Clone, Debug)]
pub(super) enum Rule {
    /// Bins up to `bin` go left; for raw values, those up to `cut`.
    Number { bin: u8, cut: f32 },
    /// Which bins go left; only those that the node has are said to go anywhere.
    Categories { left: Vec<u8>, right: Vec<u8> },
}

/// The best split so far, and what every candidate is held against.
pub(super) struct Search<'a> {
    pub(super) growth: &'a Growth,
    pub(super) total: Sums,
    pub(super) best: Option<Split>,
}

impl Search<'_> {
    /// Looks at one column, given the node's sums in each of its bins that has any row, in order; the
    /// missing bin is separate.
    pub(super) fn column(
        &mut self,
        at: usize,
        column: &BinnedColumn,
        filled: &[(u8, Sums)],
        missing: Sums,
        chance: &mut Chance,
    ) {
        match (&column.meaning, self.growth.cuts) {
            (Meaning::Numbers { low, high }, Cuts::Best) => {
                self.best_number(at, filled, missing, low, high);
            }
            (Meaning::Numbers { low, high }, Cuts::Random) => {
                self.random_number(at, filled, missing, low, high, chance);
            }
            (Meaning::Categories { .. }, Cuts::Best) => self.best_set(at, filled, missing),
            (Meaning::Categories { .. }, Cuts::Random) => {
                self.random_set(at, filled, missing, chance);
            }
        }
    }

    fn best_number(
        &mut self,
        at: usize,
        filled: &[(u8, Sums)],
        missing: Sums,
        low: &[f32],
        high: &[f32],
    ) {
        let mut left = Sums::default();
        let mut place: Option<(usize, bool, f64)> = None;
        let mut highest = self.floor();
        for (end, (_, sums)) in filled.iter().enumerate() {
            left.add(*sums);
            let mut with_missing = left;
            with_missing.add(missing);
            let last = end + 1 == filled.len();
            for (left, missing_left) in [(left, false), (with_missing, true)] {
                let useless = (missing_left || last) && missing.rows == 0;
                if useless || (last && missing_left) {
                    continue;
                }
                if let Some(gain) = self.gain(left, highest) {
                    highest = gain;
                    place = Some((end, missing_left, gain));
                }
            }
        }
        let Some((end, missing_left, gain)) = place else { return };
        let bin = filled[end].0;
        let cut = match filled.get(end + 1) {
            Some((next, _)) => between(high[usize::from(bin)], low[usize::from(*next)]),
            None => f32::INFINITY,
        };
        self.take(at, gain, Rule::Number { bin, cut }, missing_left, missing);
    }

    /// A cut drawn evenly between the ends of the node's values (Geurts et al., 2006).
    fn random_number(
        &mut self,
        at: usize,
        filled: &[(u8, Sums)],
        missing: Sums,
        low: &[f32],
        high: &[f32],
        chance: &mut Chance,
    ) {
        let [(first, _), .., (last, _)] = filled else { return };
        let ends = (f64::from(low[usize::from(*first)]), f64::from(high[usize::from(*last)]));
        let drawn = (ends.0 + (ends.1 - ends.0) * chance.unit_f64()) as f32;
        let below = |(bin, _): &(u8, Sums)| low[usize::from(*bin)] <= drawn;
        let end = filled.partition_point(below).clamp(1, filled.len() - 1) - 1;
        let (bin, next) = (filled[end].0, filled[end + 1].0);
        let (under, over) = (high[usize::from(bin)], low[usize::from(next)]);
        let inside_gap = under <= drawn && drawn < over;
        let cut = if inside_gap { drawn } else { between(under, over) };
        let mut left = Sums::default();
        filled[..=end].iter().for_each(|(_, sums)| left.add(*sums));
        let mut with_missing = left;
        with_missing.add(missing);
        for (left, missing_left) in [(left, false), (with_missing, true)] {
            if missing_left && missing.rows == 0 {
                continue;
            }
            if let Some(gain) = self.gain(left, self.floor()) {
                self.take(at, gain, Rule::Number { bin, cut }, missing_left, missing);
            }
        }
    }

    /// Categories in the order of their mean gradient; the best cut of that order is the best of all
    /// parts in two (Fisher, 1958). Rare ones are drawn to the middle, and the penalty on their leaves
    /// is higher, since many categories give chance many ways.
    fn best_set(&mut self, at: usize, filled: &[(u8, Sums)], missing: Sums) {
        let mut order = with_missing_bin(filled, missing);
        let smooth = self.growth.category_smooth;
        let mean = self.total.gradient / (self.total.hessian + smooth);
        let key = |sums: &Sums| (sums.gradient + smooth * mean) / (sums.hessian + smooth);
        order.sort_by(|a, b| key(&a.1).total_cmp(&key(&b.1)).then(a.0.cmp(&b.0)));
        let mut left = Sums::default();
        let mut best: Option<(usize, f64)> = None;
        let mut highest = self.floor();
        for (end, (_, sums)) in order.iter().enumerate().take(order.len().saturating_sub(1)) {
            left.add(*sums);
            if let Some(gain) = self.gain(left, highest) {
                highest = gain;
                best = Some((end, gain));
            }
        }
        if let Some((end, gain)) = best {
            self.take_set(at, gain, &order, |place| place <= end, missing);
        }
    }

    fn random_set(&mut self, at: usize, filled: &[(u8, Sums)], missing: Sums, chance: &mut Chance) {
        let order = with_missing_bin(filled, missing);
        if order.len() < 2 {
            return;
        }
        let mut goes: Vec<bool> = order.iter().map(|_| chance.next_u64() >> 63 == 1).collect();
        if goes.iter().all(|left| *left == goes[0]) {
            let turned = chance.below(goes.len());
            goes[turned] = !goes[turned];
        }
        let mut left = Sums::default();
        let chosen = order.iter().zip(&goes).filter(|(_, left)| **left);
        chosen.for_each(|((_, sums), _)| left.add(*sums));
        if let Some(gain) = self.gain(left, self.floor()) {
            self.take_set(at, gain, &order, |place| goes[place], missing);
        }
    }

    /// What must be exceeded.
    fn floor(&self) -> f64 {
        self.best.as_ref().map_or(self.growth.min_gain, |best| best.gain)
    }

    /// What a split is worth, if it is allowed and worth more than `floor`.
    #[inline]
    fn gain(&self, left: Sums, floor: f64) -> Option<f64> {
        let growth = self.growth;
        let right = self.total.minus(left);
        if left.rows < growth.min_leaf_rows || right.rows < growth.min_leaf_rows {
            return None;
        }
        if left.hessian < growth.min_leaf_hessian || right.hessian < growth.min_leaf_hessian {
            return None;
        }
        let parts = left.worth(growth.lambda) + right.worth(growth.lambda);
        let gain = parts - self.total.worth(growth.lambda);
        // Below the last digits of the sums a gain is rounding.
        (gain > floor && gain > parts * 1e-10).then_some(gain)
    }

    fn take(&mut self, column: usize, gain: f64, rule: Rule, missing_left: bool, missing: Sums) {
        let missing_left = (missing.rows > 0).then_some(missing_left);
        self.best = Some(Split { column, gain, rule, missing_left });
    }

    fn take_set(
        &mut self,
        at: usize,
        gain: f64,
        order: &[(u8, Sums)],
        goes_left: impl Fn(usize) -> bool,
        missing: Sums,
    ) {
        let (mut left, mut right) = (Vec::new(), Vec::new());
        let mut missing_left = false;
        for (place, (bin, _)) in order.iter().enumerate() {
            match (*bin, goes_left(place)) {
                (MISSING_BIN, left) => missing_left = left,
                (bin, true) => left.push(bin),
                (bin, false) => right.push(bin),
            }
        }
        self.take(at, gain, Rule::Categories { left, right }, missing_left, missing);
    }
}

/// Stands for the missing bin in an order of categories; no column has so many bins.
const MISSING_BIN: u8 = 255;

fn with_missing_bin(filled: &[(u8, Sums)], missing: Sums) -> Vec<(u8, Sums)> {
    let mut order = filled.to_vec();
    if missing.rows > 0 {
        order.push((MISSING_BIN, missing));
    }
    order
}

/// The middle of a gap, or its lower end where there is no number in between.
fn between(under: f32, over: f32) -> f32 {
    let middle = ((f64::from(under) + f64::from(over)) / 2.0) as f32;
    if middle < over { middle.max(under) } else { under }
}
