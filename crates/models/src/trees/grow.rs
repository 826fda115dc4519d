//! Growing one tree.

use std::ops::Range;

use super::bins::{Binned, BinnedColumn, Meaning};
use super::growth::{Cuts, Growth};
use super::split::{Rule, Search, Split, Sums};
use super::tree::{CategorySet, Node, Tree};
use crate::Chance;

/// Nodes with fewer rows are searched by sorting their rows, not by a histogram of all bins.
const FEW_ROWS: usize = 80;
/// Up to so many leaves each open node keeps its histogram, so that its sibling comes by subtraction.
const KEPT_HISTOGRAMS_MAX: usize = 1_024;
/// Columns that are counted in one pass over the rows of a node.
const COLUMNS_AT_A_TIME: usize = 4;

/// Grows trees on the same bins, one after the other, in memory that it keeps.
pub(crate) struct Grower<'a> {
    binned: &'a Binned,
    growth: Growth,
    rows: Vec<u32>,
    spare_rows: Vec<u32>,
    /// Gradient and hessian of the rows of a node, in their order.
    node_slopes: Vec<[f32; 2]>,
    free_histograms: Vec<Vec<Sums>>,
    filled: Vec<(u8, Sums)>,
    few: Vec<(u8, [f32; 2])>,
    columns: Vec<u32>,
}

/// A tree with the rows of each leaf.
pub(crate) struct Grown {
    pub(crate) tree: Tree,
    /// `(leaf, rows)`; the rows are a range of [`Grower::rows`].
    pub(crate) leaves: Vec<(usize, Range<usize>)>,
}

struct Open {
    node: usize,
    rows: Range<usize>,
    depth: u32,
    total: Sums,
    split: Option<Split>,
    histogram: Option<Vec<Sums>>,
}

impl<'a> Grower<'a> {
    pub(crate) fn new(binned: &'a Binned, growth: Growth) -> Self {
        Self {
            binned,
            growth,
            rows: Vec::new(),
            spare_rows: Vec::new(),
            node_slopes: Vec::new(),
            free_histograms: Vec::new(),
            filled: Vec::new(),
            few: Vec::new(),
            columns: Vec::new(),
        }
    }

    /// The rows of the last tree, leaf by leaf.
    pub(crate) fn rows(&self) -> &[u32] {
        &self.rows
    }

    /// Grows a tree on some rows, given the gradient and the hessian of every row. A leaf's value is
    /// `-gradient ÷ (hessian + lambda)`. The gain of each split is added to its column in `gains`.
    pub(crate) fn grow(
        &mut self,
        rows: impl Iterator<Item = u32>,
        slopes: &[[f32; 2]],
        chance: &mut Chance,
        gains: &mut [f64],
    ) -> Grown {
        self.rows.clear();
        self.rows.extend(rows);
        self.columns = match self.growth.columns_a_tree {
            Some(count) => chance.sample(self.binned.columns(), count.max(1)),
            None => (0..self.binned.columns() as u32).collect(),
        };
        let mut tree = Tree::default();
        let mut leaves = Vec::new();
        let total = self.gather(0..self.rows.len(), slopes);
        let mut root = self.open(&mut tree, 0..self.rows.len(), 0, total);
        if self.keeps_histograms() {
            root.histogram = Some(self.histogram(&root));
        }
        self.search(&mut root, slopes, chance);
        let mut open = vec![root];
        while let Some(mut best) = self.take_next(&mut open) {
            let room = leaves.len() + open.len() + 2 <= self.growth.leaves_max;
            let Some(split) = best.split.take().filter(|_| room) else {
                self.close(best, &mut tree, &mut leaves);
                continue;
            };
            gains[split.column] += split.gain;
            let split = self.in_code_order(split);
            let (mut left, mut right) = self.part(&mut tree, &best, &split, slopes);
            self.pass_histogram(best.histogram.take(), &mut left, &mut right);
            self.search(&mut left, slopes, chance);
            self.search(&mut right, slopes, chance);
            open.extend([right, left]);
        }
        Grown { tree, leaves }
    }

    fn keeps_histograms(&self) -> bool {
        self.growth.columns_a_node.is_none()
            && self.growth.cuts == Cuts::Best
            && self.growth.leaves_max <= KEPT_HISTOGRAMS_MAX
    }

    /// The node to look at next: with a bound on the leaves the one that gains most, else any.
    fn take_next(&self, open: &mut Vec<Open>) -> Option<Open> {
        if self.growth.leaves_max > KEPT_HISTOGRAMS_MAX {
            return open.pop();
        }
        let gain = |open: &Open| open.split.as_ref().map_or(0.0, |split| split.gain);
        let better = |a: &(usize, &Open), b: &(usize, &Open)| {
            gain(a.1).total_cmp(&gain(b.1)).then(b.1.node.cmp(&a.1.node))
        };
        let best = open.iter().enumerate().max_by(better)?.0;
        Some(open.swap_remove(best))
    }

    fn open(&self, tree: &mut Tree, rows: Range<usize>, depth: u32, total: Sums) -> Open {
        let node = tree.nodes.len();
        tree.nodes.push(Node::leaf(node));
        tree.value.push(0.0);
        Open { node, rows, depth, total, split: None, histogram: None }
    }

    fn close(&mut self, leaf: Open, tree: &mut Tree, leaves: &mut Vec<(usize, Range<usize>)>) {
        let weight = leaf.total.hessian + self.growth.lambda;
        let value = if weight > 0.0 { -leaf.total.gradient / weight } else { 0.0 };
        tree.value[leaf.node] = value as f32;
        leaves.push((leaf.node, leaf.rows));
        self.free_histograms.extend(leaf.histogram);
    }

    /// Sides exchanged where all codes of the right one are lower: then the node can ask for a number.
    fn in_code_order(&self, split: Split) -> Split {
        let Rule::Categories { left, right } = &split.rule else { return split };
        let set = category_set(&self.binned.columns[split.column], left, right);
        if set.right.last() >= set.left.first() {
            return split;
        }
        let rule = Rule::Categories { left: right.clone(), right: left.clone() };
        Split { rule, missing_left: split.missing_left.map(|left| !left), ..split }
    }

    /// Parts the rows of a node between two new children.
    fn part(
        &mut self,
        tree: &mut Tree,
        parent: &Open,
        split: &Split,
        slopes: &[[f32; 2]],
    ) -> (Open, Open) {
        let binned = self.binned;
        let column = &binned.columns[split.column];
        let mut goes_left = [false; 256];
        match &split.rule {
            Rule::Number { bin, .. } => goes_left[..=usize::from(*bin)].fill(true),
            Rule::Categories { left, .. } => {
                left.iter().for_each(|bin| goes_left[usize::from(*bin)] = true);
            }
        }
        goes_left[column.bins] = split.missing_left.unwrap_or(false);
        let middle = self.divide(parent.rows.clone(), column, &goes_left);
        let (left_rows, right_rows) = (parent.rows.start..middle, middle..parent.rows.end);
        let left_smaller = left_rows.len() <= right_rows.len();
        let smaller = if left_smaller { &left_rows } else { &right_rows };
        let part = self.gather(smaller.clone(), slopes);
        let rest = parent.total.minus(part);
        let (left, right) = if left_smaller { (part, rest) } else { (rest, part) };
        let missing_left = split.missing_left.unwrap_or(left.rows >= right.rows);
        let left = self.open(tree, left_rows, parent.depth + 1, left);
        let right = self.open(tree, right_rows, parent.depth + 1, right);
        tree.nodes[parent.node] = match &split.rule {
            Rule::Number { cut, .. } => Node::new(split.column, *cut, missing_left, left.node),
            Rule::Categories { left: l, right: r } => {
                let set = category_set(column, l, r);
                match (set.left.last(), set.right.first()) {
                    // Walks are faster without sets, and most columns have few categories.
                    (Some(last), Some(first)) if last < first => {
                        Node::new(split.column, *last as f32 + 0.5, missing_left, left.node)
                    }
                    _ => {
                        tree.sets.push(set);
                        Node::category(split.column, tree.sets.len() - 1, missing_left, left.node)
                    }
                }
            }
        };
        (left, right)
    }

    /// Rows that go left to the front, order kept on both sides; where the right ones start.
    fn divide(
        &mut self,
        range: Range<usize>,
        column: &BinnedColumn,
        goes_left: &[bool; 256],
    ) -> usize {
        let rows = &mut self.rows[range.clone()];
        self.spare_rows.resize(rows.len().max(self.spare_rows.len()), 0);
        let (mut left, mut right) = (0, 0);
        for at in 0..rows.len() {
            let row = rows[at];
            // Both are written and one counter moves: a branch here would be mispredicted half the time.
            rows[left] = row;
            self.spare_rows[right] = row;
            let goes = usize::from(goes_left[usize::from(column.of_row[row as usize])]);
            left += goes;
            right += 1 - goes;
        }
        rows[left..].copy_from_slice(&self.spare_rows[..right]);
        range.start + left
    }

    /// The smaller child, whose slopes were gathered last, gets a histogram of its own, the larger
    /// what is left of the parent's.
    fn pass_histogram(&mut self, parent: Option<Vec<Sums>>, left: &mut Open, right: &mut Open) {
        let Some(mut rest) = parent else { return };
        let (small, large) =
            if left.rows.len() <= right.rows.len() { (left, right) } else { (right, left) };
        let splits = |open: &Open| self.may_split(open);
        if !splits(large) && !splits(small) {
            self.free_histograms.push(rest);
            return;
        }
        let counted = self.histogram(small);
        rest.iter_mut().zip(&counted).for_each(|(rest, part)| *rest = rest.minus(*part));
        small.histogram = Some(counted);
        large.histogram = Some(rest);
    }

    fn may_split(&self, open: &Open) -> bool {
        open.depth < self.growth.depth_max
            && open.total.rows >= 2 * self.growth.min_leaf_rows.max(1)
    }

    /// The slopes of some rows into `node_slopes`, and their sum.
    fn gather(&mut self, rows: Range<usize>, slopes: &[[f32; 2]]) -> Sums {
        let mut total = Sums::default();
        self.node_slopes.clear();
        self.node_slopes.extend(self.rows[rows].iter().map(|row| {
            let slope = slopes[*row as usize];
            total.add(row_sums(slope));
            slope
        }));
        total
    }

    /// The histogram of a node whose slopes were gathered last.
    fn histogram(&mut self, open: &Open) -> Vec<Sums> {
        let mut cells = self.free_histograms.pop().unwrap_or_default();
        cells.clear();
        cells.resize(self.binned.cells, Sums::default());
        let rows = &self.rows[open.rows.clone()];
        let place = |column: u32| {
            let column = &self.binned.columns[column as usize];
            (column.of_row.as_slice(), column.first_cell)
        };
        // Neighbours often fall into one bin, and each addition waits for the last one there: several
        // columns at a time wait together.
        let (several, rest) = self.columns.as_chunks::<COLUMNS_AT_A_TIME>();
        for columns in several {
            count(rows, &self.node_slopes, columns.map(place), &mut cells);
        }
        for column in rest {
            count(rows, &self.node_slopes, [place(*column)], &mut cells);
        }
        cells
    }

    fn search(&mut self, open: &mut Open, slopes: &[[f32; 2]], chance: &mut Chance) {
        if !self.may_split(open) {
            return;
        }
        let (growth, binned) = (self.growth, self.binned);
        let mut search = Search { growth: &growth, total: open.total, best: None };
        let wanted = growth.columns_a_node.unwrap_or(self.columns.len());
        let mut tried = 0;
        // Columns that cannot part these rows do not count among those tried.
        for at in 0..self.columns.len() {
            if tried >= wanted && search.best.is_some() {
                break;
            }
            if wanted < self.columns.len() {
                let other = at + chance.below(self.columns.len() - at);
                self.columns.swap(at, other);
            }
            let column_at = self.columns[at] as usize;
            let column = &binned.columns[column_at];
            let missing = match &open.histogram {
                Some(cells) => {
                    fill_from_cells(&mut self.filled, column, &cells[column.first_cell..])
                }
                None => self.fill(open, column_at, slopes),
            };
            if self.filled.len() + usize::from(missing.rows > 0) < 2 {
                continue;
            }
            tried += 1;
            search.column(column_at, column, &self.filled, missing, chance);
        }
        open.split = search.best;
    }

    /// The node's sums in each of a column's bins into `filled`; those of the missing bin come back.
    fn fill(&mut self, open: &Open, column: usize, slopes: &[[f32; 2]]) -> Sums {
        let binned = self.binned;
        let column = &binned.columns[column];
        let rows = &self.rows[open.rows.clone()];
        if rows.len() >= FEW_ROWS {
            let mut cells = [Sums::default(); 256];
            self.gather(open.rows.clone(), slopes);
            let rows = &self.rows[open.rows.clone()];
            count(rows, &self.node_slopes, [(&column.of_row, 0)], &mut cells);
            return fill_from_cells(&mut self.filled, column, &cells);
        }
        self.few.clear();
        let pair = |row: &u32| (column.of_row[*row as usize], slopes[*row as usize]);
        self.few.extend(rows.iter().map(pair));
        self.few.sort_by_key(|(bin, _)| *bin);
        self.filled.clear();
        let mut missing = Sums::default();
        for (bin, slope) in &self.few {
            let one = row_sums(*slope);
            if usize::from(*bin) == column.bins {
                missing.add(one);
                continue;
            }
            match self.filled.last_mut() {
                Some((last, sums)) if last == bin => sums.add(one),
                _ => self.filled.push((*bin, one)),
            }
        }
        missing
    }
}

fn fill_from_cells(filled: &mut Vec<(u8, Sums)>, column: &BinnedColumn, cells: &[Sums]) -> Sums {
    filled.clear();
    let bins = cells[..column.bins].iter().enumerate();
    filled.extend(bins.filter(|(_, sums)| sums.rows > 0).map(|(bin, sums)| (bin as u8, *sums)));
    cells[column.bins]
}

/// Adds the slopes of rows to the cells of columns, each given by its bins and its first cell.
fn count<const COLUMNS: usize>(
    rows: &[u32],
    slopes: &[[f32; 2]],
    columns: [(&[u8], usize); COLUMNS],
    cells: &mut [Sums],
) {
    for (row, slope) in rows.iter().zip(slopes) {
        let sums = row_sums(*slope);
        for (of_row, first_cell) in columns {
            cells[first_cell + usize::from(of_row[*row as usize])].add(sums);
        }
    }
}

#[inline]
fn row_sums([gradient, hessian]: [f32; 2]) -> Sums {
    Sums { gradient: f64::from(gradient), hessian: f64::from(hessian), rows: 1 }
}

fn category_set(column: &BinnedColumn, left: &[u8], right: &[u8]) -> CategorySet {
    let Meaning::Categories { code } = &column.meaning else {
        return CategorySet::default();
    };
    let codes = |bins: &[u8]| {
        let mut codes: Vec<u32> = bins.iter().map(|bin| code[usize::from(*bin)]).collect();
        codes.sort_unstable();
        codes
    };
    CategorySet { left: codes(left), right: codes(right) }
}
