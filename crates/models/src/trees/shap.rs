//! Exact Shapley values of a sum of trees, for a row against a reference: a column that is not known has
//! the reference's value (Lundberg et al., *From Local Explanations to Global Understanding with
//! Explainable AI for Trees*, 2020, the interventional form).
//!
//! Only where the row and the reference part does a walk take both sides, so that it visits the few
//! leaves that some mixture of the two reaches. A column in which they go the same ways has no part.

use super::sum::TreeSum;
use super::tree::Tree;

/// The sum at the reference, and each column's share of the way from there to the row.
pub(super) fn explain(sum: &TreeSum, row: &[f32], reference: &[f32]) -> (f64, Vec<f64>) {
    let mut parts = vec![0.0; row.len()];
    let mut base = f64::from(sum.start);
    let (mut own, mut theirs) = (Vec::new(), Vec::new());
    for tree in &sum.trees {
        base += f64::from(tree.value[tree.leaf_of(reference)]);
        Walk { tree, row, reference, parts: &mut parts, own: &mut own, theirs: &mut theirs }
            .visit(0);
    }
    (base, parts)
}

struct Walk<'a> {
    tree: &'a Tree,
    row: &'a [f32],
    reference: &'a [f32],
    parts: &'a mut [f64],
    /// The columns that must have the row's value to get here.
    own: &'a mut Vec<usize>,
    /// The columns that must have the reference's.
    theirs: &'a mut Vec<usize>,
}

impl Walk<'_> {
    fn visit(&mut self, mut at: usize) {
        while !self.tree.is_leaf(at) {
            let column = self.tree.nodes[at].column();
            let own = self.tree.next(at, self.row);
            let theirs = self.tree.next(at, self.reference);
            if own == theirs || self.own.contains(&column) {
                at = own;
            } else if self.theirs.contains(&column) {
                at = theirs;
            } else {
                self.own.push(column);
                self.visit(own);
                self.own.pop();
                self.theirs.push(column);
                self.visit(theirs);
                self.theirs.pop();
                return;
            }
        }
        self.share_out(f64::from(self.tree.value[at]));
    }

    /// Of the orders of the `p + q` columns, those in which a given one of `p` comes last of the `p` and
    /// before all of the `q` are `1 / (p · C(p + q, p))`; it then brings the leaf's value in. Likewise a
    /// given one of `q` that comes first of them takes it away.
    fn share_out(&mut self, value: f64) {
        let (p, q) = (self.own.len(), self.theirs.len());
        let each = value / choose(p + q, p);
        self.own.iter().for_each(|column| self.parts[*column] += each / p as f64);
        self.theirs.iter().for_each(|column| self.parts[*column] -= each / q as f64);
    }
}

/// How many ways there are to choose `k` of `n`.
fn choose(n: usize, k: usize) -> f64 {
    let k = k.min(n - k);
    (0..k).fold(1.0, |ways, at| ways * (n - at) as f64 / (at + 1) as f64)
}
