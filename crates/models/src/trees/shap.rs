//! Exact Shapley values of a sum of trees, where an unknown column sends a row down both sides in the
//! shares in which the rows of the fit went.
//!
//! A walk to a leaf keeps, for each column met, the share of the fit's rows that would follow if the
//! column were unknown (`unknown`) and whether the row itself follows (`known`). The weight of a path
//! element is the sum, over all sets of known columns of one size, of the chance of getting here.

use super::model::TreeSum;
use super::tree::Tree;

/// The mean of the sum over the rows of the fit, and each column's share of the way from there.
pub(super) fn explain(sum: &TreeSum, row: &[f32]) -> (f64, Vec<f64>) {
    let mut parts = vec![0.0; row.len()];
    let mut base = f64::from(sum.start);
    for tree in &sum.trees {
        base += mean(tree);
        let mut walk = Walk { tree, row, parts: &mut parts };
        walk.visit(0, &[], Step { column: usize::MAX, unknown: 1.0, known: 1.0, weight: 0.0 });
    }
    (base, parts)
}

fn mean(tree: &Tree) -> f64 {
    let leaves = (0..tree.nodes.len()).filter(|at| tree.is_leaf(*at));
    let weighted = leaves.map(|at| f64::from(tree.cover[at]) * f64::from(tree.value[at]));
    weighted.sum::<f64>() / f64::from(tree.cover[0])
}

#[derive(Clone, Copy)]
struct Step {
    column: usize,
    unknown: f64,
    known: f64,
    weight: f64,
}

struct Walk<'a> {
    tree: &'a Tree,
    row: &'a [f32],
    parts: &'a mut [f64],
}

impl Walk<'_> {
    fn visit(&mut self, at: usize, above: &[Step], step: Step) {
        let mut path = Vec::with_capacity(above.len() + 2);
        path.extend_from_slice(above);
        extend(&mut path, step);
        if self.tree.is_leaf(at) {
            let value = f64::from(self.tree.value[at]);
            for place in 1..path.len() {
                let Step { column, unknown, known, .. } = path[place];
                self.parts[column] += weight_without(&path, place) * (known - unknown) * value;
            }
            return;
        }
        let column = self.tree.nodes[at].column();
        // A column met before is taken off the path: both its tests together are one.
        let (mut unknown, mut known) = (1.0, 1.0);
        if let Some(place) = path.iter().skip(1).position(|step| step.column == column) {
            (unknown, known) = (path[place + 1].unknown, path[place + 1].known);
            shrink(&mut path, place + 1);
        }
        let left = self.tree.nodes[at].left as usize;
        let follows = self.tree.next(at, self.row);
        for child in [left, left + 1] {
            let share = f64::from(self.tree.cover[child]) / f64::from(self.tree.cover[at]);
            let known = if child == follows { known } else { 0.0 };
            self.visit(child, &path, Step { column, unknown: unknown * share, known, weight: 0.0 });
        }
    }
}

/// One more column on the path.
fn extend(path: &mut Vec<Step>, step: Step) {
    let length = path.len();
    path.push(Step { weight: if length == 0 { 1.0 } else { 0.0 }, ..step });
    let whole = (length + 1) as f64;
    for at in (0..length).rev() {
        let weight = path[at].weight;
        path[at + 1].weight += step.known * weight * (at + 1) as f64 / whole;
        path[at].weight = step.unknown * weight * (length - at) as f64 / whole;
    }
}

/// Undoes [`extend`] for one column, wherever it is.
fn shrink(path: &mut Vec<Step>, place: usize) {
    let Step { known, unknown, .. } = path[place];
    let last = path.len() - 1;
    let whole = path.len() as f64;
    let mut carried = path[last].weight;
    for at in (0..last).rev() {
        if known != 0.0 {
            let before = path[at].weight;
            path[at].weight = carried * whole / ((at + 1) as f64 * known);
            carried = before - path[at].weight * unknown * (last - at) as f64 / whole;
        } else {
            path[at].weight *= whole / (unknown * (last - at) as f64);
        }
    }
    for at in place..last {
        let weight = path[at].weight;
        path[at] = Step { weight, ..path[at + 1] };
    }
    path.pop();
}

/// The sum of the weights after [`shrink`], without doing it.
fn weight_without(path: &[Step], place: usize) -> f64 {
    let Step { known, unknown, .. } = path[place];
    let last = path.len() - 1;
    let whole = path.len() as f64;
    let mut carried = path[last].weight;
    let mut total = 0.0;
    for at in (0..last).rev() {
        if known != 0.0 {
            let weight = carried * whole / ((at + 1) as f64 * known);
            total += weight;
            carried = path[at].weight - weight * unknown * (last - at) as f64 / whole;
        } else {
            total += path[at].weight * whole / (unknown * (last - at) as f64);
        }
    }
    total
}
