//! A sum of trees, and how a row goes through it.

use super::tree::Tree;

/// Trees that a row walks together: more of them than a processor has in flight wait for each other.
const TOGETHER: usize = 8;

/// A number and the trees that are added to it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct TreeSum {
    pub(crate) start: f32,
    pub(crate) trees: Vec<Tree>,
}

impl TreeSum {
    pub(super) fn of_row(&self, row: &[f32]) -> f32 {
        let mut sum = self.start;
        let (groups, rest) = self.trees.as_chunks::<TOGETHER>();
        for trees in groups {
            let leaves = leaves_of(trees, row);
            trees.iter().zip(leaves).for_each(|(tree, leaf)| sum += tree.value[leaf]);
        }
        rest.iter().for_each(|tree| sum += tree.value[tree.leaf_of(row)]);
        sum
    }
}

/// The leaves of a row in trees that are walked together: while one waits for memory, the others
/// go on. A tree that has arrived stays at its leaf.
fn leaves_of(trees: &[Tree; TOGETHER], row: &[f32]) -> [usize; TOGETHER] {
    if trees.iter().all(|tree| tree.sets.is_empty()) {
        walk(|tree, at| trees[tree].next_by_number(at, row))
    } else {
        walk(|tree, at| trees[tree].next(at, row))
    }
}

#[inline(always)]
fn walk(step: impl Fn(usize, usize) -> usize) -> [usize; TOGETHER] {
    let mut at = [0; TOGETHER];
    loop {
        let mut has_arrived = true;
        for (tree, at) in at.iter_mut().enumerate() {
            let next = step(tree, *at);
            has_arrived &= next == *at;
            *at = next;
        }
        if has_arrived {
            return at;
        }
    }
}
