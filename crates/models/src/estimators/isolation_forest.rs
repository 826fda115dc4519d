//! Isolation forest: rows that random cuts separate quickly are unusual.
//!
//! # What it sees
//! Rows that lie alone: far out in a column, or in an empty corner between columns. It needs no
//! labels and no scaling.
//!
//! # Why it matters
//! It is what a site has on its first day, with nothing but its own traffic.
//!
//! # When it is wrong
//! A crowd of attackers that looks alike is not alone. Above a few per cent of attacks in what it is
//! fitted on, it takes them for usual. Columns of noise hide a column that matters, since a cut takes
//! any column with the same chance.
//!
//! # References
//! Liu, Ting, Zhou, *Isolation Forest*, ICDM 2008.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::matrix::finite;
use crate::saved::json;
use crate::{
    Chance, ColumnKind, Contributions, Dataset, Detector, Estimator, FitError, FitErrorKind,
    Learning, LoadError, NamedTensor, Rows, Saved, Space, Watcher,
};

/// The name in [`crate::ESTIMATORS`].
pub const NAME: &str = "isolation_forest";
/// The name for people.
pub const TITLE: &str = "isolation forest";

/// Set in a node's column when a missing value goes to the left.
const MISSING_LEFT: u16 = 1 << 15;
/// Rows that walk a tree together, so that the tree stays in the cache.
const BLOCK_ROWS: usize = 64;
/// Trees that a row by itself walks at a time: each step waits for memory, so the walks wait together.
const TREES_AT_A_TIME: usize = 4;
/// Bounds from the width of the node's fields: 2 × `SUBSAMPLE_MAX` nodes must be below 2¹⁶.
const SUBSAMPLE_MAX: usize = 16_384;
const TREES_MAX: usize = 10_000;

/// The settings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct IsolationForest {
    /// How many trees.
    pub trees: usize,
    /// How many rows each tree is grown on; a tree is at most log₂ of it deep.
    pub subsample_rows: usize,
}

impl Default for IsolationForest {
    fn default() -> Self {
        Self { trees: 100, subsample_rows: 256 }
    }
}

impl IsolationForest {
    /// Learns what is usual.
    ///
    /// # Errors
    /// When a setting is out of range, or there are fewer than 2 rows.
    pub fn fit_model(&self, train: &Dataset, seed: u64) -> Result<IsolationForestModel, FitError> {
        self.check(train)?;
        let sample_rows = self.subsample_rows.min(train.rows());
        let ranks = train.kinds().iter().enumerate().filter_map(|(column, kind)| match kind {
            ColumnKind::Numeric => None,
            ColumnKind::Categorical { levels } => Some(Ranks::of(train, column, *levels)),
        });
        let mut model = IsolationForestModel {
            columns: train.x().columns(),
            path_norm: usual_path(sample_rows),
            ranks: ranks.collect(),
            roots: Vec::with_capacity(self.trees + 1),
            nodes: Vec::new(),
            paths: Vec::new(),
            levels: sample_rows.next_power_of_two().ilog2(),
            base_path: 0.0,
        };
        for tree in 0..self.trees {
            let mut chance = Chance::part(seed, tree as u64);
            let rows = chance.sample(train.rows(), sample_rows);
            let mut sample: Vec<Vec<f32>> =
                rows.iter().map(|row| train.x().row(*row as usize).to_vec()).collect();
            sample.iter_mut().for_each(|row| model.clean(row));
            model.roots.push(model.nodes.len() as u32);
            let mut rows: Vec<u16> = (0..sample_rows as u16).collect();
            model.grow(&sample, &mut rows, &mut chance);
        }
        model.roots.push(model.nodes.len() as u32);
        model.base_path = model.mean_root_path();
        Ok(model)
    }

    fn check(&self, train: &Dataset) -> Result<(), FitError> {
        if !(1..=TREES_MAX).contains(&self.trees) {
            return Err(FitError::setting("trees", self.trees, "must be 1 to 10000"));
        }
        if !(2..=SUBSAMPLE_MAX).contains(&self.subsample_rows) {
            let rule = "must be 2 to 16384";
            return Err(FitError::setting("subsample_rows", self.subsample_rows, rule));
        }
        let (rows, columns) = (train.rows(), train.x().columns());
        if rows < 2 {
            let rule = "must be at least 2";
            return Err(FitErrorKind::Size { what: "rows", found: rows, rule }.into());
        }
        if columns >= usize::from(MISSING_LEFT) {
            let rule = "must be below 32768";
            return Err(FitErrorKind::Size { what: "columns", found: columns, rule }.into());
        }
        Ok(())
    }
}

impl Estimator for IsolationForest {
    fn name(&self) -> &'static str {
        NAME
    }

    fn title(&self) -> &'static str {
        TITLE
    }

    fn learning(&self) -> Learning {
        Learning::Unsupervised
    }

    fn settings(&self) -> Value {
        json(self)
    }

    fn fit(
        &self,
        train: &Dataset,
        _: Option<&Dataset>,
        seed: u64,
        _: &mut dyn Watcher,
    ) -> Result<Box<dyn Detector>, FitError> {
        Ok(Box::new(self.fit_model(train, seed)?))
    }
}

/// A fitted isolation forest. Its score is `2^(-mean path ÷ usual path)`: about 0.5 for an ordinary
/// row, towards 1 the sooner it is cut off.
///
/// A missing value goes the way that most of the node's rows went, so that it is never the reason of
/// a score. A category counts by its rank: the commonest is 0, the rarest the highest, one that was
/// never seen one higher.
#[derive(Clone, Debug, PartialEq)]
pub struct IsolationForestModel {
    columns: usize,
    path_norm: f32,
    ranks: Vec<Ranks>,
    /// Where each tree starts in `nodes`, and the end of the last.
    roots: Vec<u32>,
    nodes: Vec<Node>,
    /// For each node the mean path of the training rows below it; in a leaf, its path.
    paths: Vec<f32>,
    /// How many steps reach the deepest leaf.
    levels: u32,
    base_path: f32,
}

/// Eight bytes, so that a whole forest stays in the second-level cache.
///
/// Children lie beside each other. A leaf is its own left child and its cut is above every number, so
/// that a walk needs no test for leaves: it takes the same number of steps in each tree.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Node {
    cut: f32,
    column: u16,
    /// The left child, counted from the tree's root.
    left: u16,
}

impl Node {
    fn leaf(own: u16) -> Self {
        Self { cut: f32::INFINITY, column: MISSING_LEFT, left: own }
    }

    fn is_leaf(self) -> bool {
        self.cut == f32::INFINITY
    }

    /// The child that a row goes to, whose columns stand in two places each: see
    /// [`IsolationForestModel::two_sided`].
    fn next(self, row: &[f32]) -> usize {
        // Twice the column, plus one where missing values go left: the flag is the highest bit.
        let value = row[usize::from(self.column.rotate_left(1))];
        usize::from(self.left) + usize::from(value >= self.cut)
    }
}

/// The rank of each code of a categorical column, by falling frequency.
#[derive(Clone, Debug, PartialEq)]
struct Ranks {
    column: usize,
    of_code: Vec<f32>,
}

impl Ranks {
    fn of(train: &Dataset, column: usize, levels: u32) -> Self {
        let mut counts = vec![0usize; levels as usize];
        let codes = train.x().column(column);
        codes.iter().filter(|c| !c.is_nan()).for_each(|c| counts[*c as usize] += 1);
        let mut by_count: Vec<usize> = (0..counts.len()).collect();
        by_count.sort_by_key(|code| std::cmp::Reverse(counts[*code]));
        let mut of_code = vec![0.0; counts.len()];
        by_count.iter().enumerate().for_each(|(rank, code)| of_code[*code] = rank as f32);
        Self { column, of_code }
    }

    fn rank(&self, code: f32) -> f32 {
        if code.is_nan() {
            return code;
        }
        let known = (code >= 0.0 && code.fract() == 0.0).then_some(code as usize);
        known.and_then(|code| self.of_code.get(code)).copied().unwrap_or(self.of_code.len() as f32)
    }
}

impl IsolationForestModel {
    fn clean(&self, row: &mut [f32]) {
        row.iter_mut().for_each(|value| *value = finite(*value));
        for ranks in &self.ranks {
            row[ranks.column] = ranks.rank(row[ranks.column]);
        }
    }

    /// Appends a row with each column twice: where it is missing, once above every cut and once below,
    /// so that a step of a walk needs no test for it.
    fn two_sided(&self, row: &[f32], out: &mut Vec<f32>) {
        let start = out.len();
        out.extend(row.iter().flat_map(|value| {
            let value = finite(*value);
            if value.is_nan() { [f32::INFINITY, f32::NEG_INFINITY] } else { [value; 2] }
        }));
        for ranks in &self.ranks {
            let value = row[ranks.column];
            if !value.is_nan() {
                let place = start + 2 * ranks.column;
                out[place..place + 2].fill(ranks.rank(finite(value)));
            }
        }
    }

    /// Grows one tree at the end of `nodes`, its work list in place of recursion.
    fn grow(&mut self, sample: &[Vec<f32>], rows: &mut [u16], chance: &mut Chance) {
        let root = self.nodes.len();
        self.nodes.push(Node::leaf(0));
        self.paths.push(0.0);
        let mut work = vec![(root, 0..rows.len(), 0u32)];
        let mut grown = Vec::new();
        while let Some((at, range, depth)) = work.pop() {
            let here = &mut rows[range.clone()];
            let cut = if depth < self.levels { random_cut(sample, here, chance) } else { None };
            let Some((column, cut)) = cut else {
                self.paths[at] = depth as f32 + usual_path(here.len());
                continue;
            };
            let (middle, missing_left) = divide(sample, here, column, cut);
            let left = self.nodes.len();
            let flag = if missing_left { MISSING_LEFT } else { 0 };
            let left_in_tree = (left - root) as u16;
            self.nodes[at] = Node { cut, column: column as u16 | flag, left: left_in_tree };
            for child in [left, left + 1] {
                self.nodes.push(Node::leaf((child - root) as u16));
                self.paths.push(0.0);
            }
            let middle = range.start + middle;
            grown.push((at, left, (middle - range.start) as f32 / range.len() as f32));
            work.push((left + 1, middle..range.end, depth + 1));
            work.push((left, range.start..middle, depth + 1));
        }
        for (at, left, share) in grown.into_iter().rev() {
            self.paths[at] = share * self.paths[left] + (1.0 - share) * self.paths[left + 1];
        }
    }

    fn mean_root_path(&self) -> f32 {
        let roots = &self.roots[..self.roots.len() - 1];
        let sum: f64 = roots.iter().map(|root| f64::from(self.paths[*root as usize])).sum();
        (sum / roots.len() as f64) as f32
    }

    fn trees(&self) -> impl Iterator<Item = (&[Node], &[f32])> {
        self.roots.windows(2).map(|ends| {
            let range = ends[0] as usize..ends[1] as usize;
            (&self.nodes[range.clone()], &self.paths[range])
        })
    }

    /// Where the trees begin, as many at a time as are walked at a time, and the rest.
    fn batches(&self) -> (&[[u32; TREES_AT_A_TIME]], &[u32]) {
        self.roots[..self.roots.len() - 1].as_chunks()
    }

    /// Walks several trees step by step, and shows each step: the column that was asked for, and the nodes
    /// before and after it. A leaf is its own child: a fixed number of steps needs no guess where a path
    /// ends. Gives the leaves.
    #[inline]
    fn walk<const TREES: usize>(
        &self,
        roots: [u32; TREES],
        row: &[f32],
        mut step: impl FnMut(usize, usize, usize),
    ) -> [usize; TREES] {
        let roots = roots.map(|root| root as usize);
        let mut places = roots;
        for _ in 0..self.levels {
            for (at, root) in places.iter_mut().zip(roots) {
                let node = self.nodes[*at];
                let next = root + node.next(row);
                step(usize::from(node.column & !MISSING_LEFT), *at, next);
                *at = next;
            }
        }
        places
    }

    /// The sum of the paths of a two-sided row.
    fn path_sum(&self, row: &[f32]) -> f32 {
        let (batches, rest) = self.batches();
        let several = batches.iter().flat_map(|roots| self.walk(*roots, row, |_, _, _| {}));
        let each = rest.iter().flat_map(|root| self.walk([*root], row, |_, _, _| {}));
        several.chain(each).map(|leaf| self.paths[leaf]).sum()
    }

    /// The leaf of a tree that a two-sided row comes to.
    #[inline]
    fn leaf(&self, nodes: &[Node], row: &[f32]) -> usize {
        (0..self.levels).fold(0, |at, _| nodes[at].next(row))
    }

    fn score_of_path(&self, path: f32) -> f32 {
        (-path / self.path_norm).exp2().clamp(0.0, 1.0)
    }
}

impl Detector for IsolationForestModel {
    fn kind(&self) -> &'static str {
        NAME
    }

    fn columns(&self) -> usize {
        self.columns
    }

    fn classes(&self) -> usize {
        0
    }

    fn score_into(&self, rows: Rows<'_>, scores: &mut [f32]) {
        assert_eq!(rows.columns(), self.columns, "columns of the rows and of the model");
        assert_eq!(rows.len(), scores.len(), "rows and scores");
        let mut clean = Vec::with_capacity(2 * self.columns * BLOCK_ROWS.min(rows.len()));
        for (block, scores) in rows.blocks(BLOCK_ROWS).zip(scores.chunks_mut(BLOCK_ROWS)) {
            clean.clear();
            block.iter().for_each(|row| self.two_sided(row, &mut clean));
            scores.fill(0.0);
            if let [score] = scores {
                *score = self.path_sum(&clean);
            } else {
                for (nodes, paths) in self.trees() {
                    let rows = clean.chunks_exact(2 * self.columns);
                    for (row, sum) in rows.zip(scores.iter_mut()) {
                        *sum += paths[self.leaf(nodes, row)];
                    }
                }
            }
            let trees = (self.roots.len() - 1) as f32;
            scores.iter_mut().for_each(|sum| *sum = self.score_of_path(*sum / trees));
        }
    }

    /// Each cut moves the mean path of the training rows below it; the sum of these moves over a
    /// column's cuts is the column's share of the path. Shares are then scaled, all by one factor,
    /// from path lengths to scores, so that they sum to the score.
    fn contributions(&self, row: &[f32]) -> Contributions {
        assert_eq!(row.len(), self.columns, "columns of the row and of the model");
        let mut two_sided = Vec::with_capacity(2 * self.columns);
        self.two_sided(row, &mut two_sided);
        let mut moves = vec![0.0f64; self.columns];
        let mut step = |column: usize, from: usize, to: usize| {
            moves[column] += f64::from(self.paths[to]) - f64::from(self.paths[from]);
        };
        let (batches, rest) = self.batches();
        for roots in batches {
            self.walk(*roots, &two_sided, &mut step);
        }
        for root in rest {
            self.walk([*root], &two_sided, &mut step);
        }
        let trees = (self.roots.len() - 1) as f64;
        moves.iter_mut().for_each(|part| *part /= trees);
        let path_change: f64 = moves.iter().sum();
        let (base_path, norm) = (f64::from(self.base_path), f64::from(self.path_norm));
        let score = |path: f64| (-path / norm).exp2();
        let change = score(base_path + path_change) - score(base_path);
        let slope = if path_change.abs() > 1e-9 {
            change / path_change
        } else {
            -score(base_path) * std::f64::consts::LN_2 / norm
        };
        Contributions {
            space: Space::Score,
            base: self.score_of_path(self.base_path),
            parts: moves.iter().map(|part| (part * slope) as f32).collect(),
        }
    }

    fn save(&self) -> Saved {
        let params = Params {
            columns: self.columns,
            levels: self.levels,
            rank_columns: self.ranks.iter().map(|ranks| ranks.column).collect(),
        };
        let mut tensors = vec![
            NamedTensor::vector("path_norm", vec![self.path_norm]),
            NamedTensor::whole("roots", self.roots.iter().copied()),
            NamedTensor::vector("cut", self.nodes.iter().map(|node| node.cut).collect()),
            NamedTensor::whole("column", self.nodes.iter().map(|node| node.column.into())),
            NamedTensor::whole("left", self.nodes.iter().map(|node| node.left.into())),
            NamedTensor::vector("paths", self.paths.clone()),
        ];
        for ranks in &self.ranks {
            let name = format!("ranks_{}", ranks.column);
            tensors.push(NamedTensor::vector(name, ranks.of_code.clone()));
        }
        Saved { kind: NAME.to_owned(), params: json(&params), tensors }
    }
}

#[derive(Serialize, Deserialize)]
struct Params {
    columns: usize,
    levels: u32,
    rank_columns: Vec<usize>,
}

/// Takes a saved model back.
///
/// # Errors
/// When a part is missing, or a node points outside its tree.
pub fn load(saved: &Saved) -> Result<Box<dyn Detector>, LoadError> {
    saved.must_be(NAME)?;
    let params: Params = saved.params()?;
    let damaged = || LoadError::new(NAME, "its trees do not hold together");
    let cut = saved.tensor("cut")?;
    let paths = saved.tensor_of("paths", cut.len())?;
    let column = saved.whole("column", 1 << 16)?;
    let left = saved.whole("left", 1 << 16)?;
    let roots = saved.whole("roots", cut.len() + 1)?;
    let lengths_agree = column.len() == cut.len() && left.len() == cut.len();
    let whole = roots.first() == Some(&0) && roots.last() == Some(&(cut.len() as u32));
    if !lengths_agree || !whole || roots.len() < 2 || params.levels > 16 {
        return Err(damaged());
    }
    let field = |at: usize| Node { cut: cut[at], column: column[at] as u16, left: left[at] as u16 };
    let nodes: Vec<Node> = (0..cut.len()).map(field).collect();
    for ends in roots.windows(2) {
        let tree = nodes.get(ends[0] as usize..ends[1] as usize).ok_or_else(damaged)?;
        let sound = |(own, node): (usize, &Node)| {
            let column = usize::from(node.column & !MISSING_LEFT);
            let left = usize::from(node.left);
            let stays = node.is_leaf() && left == own && node.column & MISSING_LEFT != 0;
            let falls = !node.cut.is_nan() && left > own && left + 1 < tree.len();
            column < params.columns && (stays || (falls && !node.is_leaf()))
        };
        if tree.is_empty() || !tree.iter().enumerate().all(sound) {
            return Err(damaged());
        }
    }
    let ranks = params.rank_columns.iter().map(|column| {
        let of_code = saved.tensor(&format!("ranks_{column}"))?.to_vec();
        if *column < params.columns {
            Ok(Ranks { column: *column, of_code })
        } else {
            Err(damaged())
        }
    });
    let mut model = IsolationForestModel {
        columns: params.columns,
        path_norm: saved.tensor_of("path_norm", 1)?[0],
        ranks: ranks.collect::<Result<_, _>>()?,
        roots,
        nodes,
        paths,
        levels: params.levels,
        base_path: 0.0,
    };
    model.base_path = model.mean_root_path();
    Ok(Box::new(model))
}

/// A column that differs among the rows, and a place between its ends; `None` where none differs.
fn random_cut(sample: &[Vec<f32>], rows: &[u16], chance: &mut Chance) -> Option<(usize, f32)> {
    if rows.len() < 2 {
        return None;
    }
    let columns = sample[0].len();
    let ends = |column: usize| {
        let start = (f32::INFINITY, f32::NEG_INFINITY);
        rows.iter().fold(start, |(low, high), row| {
            let value = sample[usize::from(*row)][column];
            (low.min(value), high.max(value))
        })
    };
    // Most columns differ in most nodes: drawing again is cheaper than looking at all of them.
    let drawn = (0..columns.min(8)).map(|_| chance.below(columns)).collect::<Vec<_>>();
    let start = chance.below(columns);
    let all = (0..columns).map(|step| (start + step) % columns);
    for column in drawn.into_iter().chain(all) {
        let (low, high) = ends(column);
        if low < high {
            let share = chance.unit_f64();
            let cut = f64::from(low) + (f64::from(high) - f64::from(low)) * share;
            // Rounding may land on the low end, where nothing would go left.
            let cut = cut as f32;
            return Some((column, if cut > low { cut } else { high }));
        }
    }
    None
}

/// Rows below the cut to the front, missing ones to the larger side; how many are in front, and
/// whether missing ones are among them.
fn divide(sample: &[Vec<f32>], rows: &mut [u16], column: usize, cut: f32) -> (usize, bool) {
    let value = |row: &u16| sample[usize::from(*row)][column];
    let below = rows.iter().filter(|row| value(row) < cut).count();
    let above = rows.iter().filter(|row| value(row) >= cut).count();
    let missing_left = below >= above;
    let goes_left = |row: &u16| value(row) < cut || (missing_left && value(row).is_nan());
    // In order on both sides: the tree must not depend on how a library partitions.
    let (left, right): (Vec<u16>, Vec<u16>) = rows.iter().copied().partition(|row| goes_left(row));
    rows[..left.len()].copy_from_slice(&left);
    rows[left.len()..].copy_from_slice(&right);
    (left.len(), missing_left)
}

/// The mean path of an unsuccessful search in a binary search tree of `rows` rows: c(n) of the paper.
fn usual_path(rows: usize) -> f32 {
    if rows < 2 {
        return 0.0;
    }
    let harmonic: f64 = (1..rows).map(|i| 1.0 / i as f64).sum();
    (2.0 * harmonic - 2.0 * (rows - 1) as f64 / rows as f64) as f32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Matrix;

    fn cloud(rows: usize, columns: usize, seed: u64) -> Dataset {
        let mut chance = Chance::new(seed);
        let x = Matrix::from_fn(rows, columns, |_, _| chance.normal() as f32);
        Dataset::unlabelled(x, vec![ColumnKind::Numeric; columns]).expect("is sound")
    }

    #[test]
    fn the_usual_path_is_that_of_the_paper() {
        assert_eq!(usual_path(1), 0.0);
        assert_eq!(usual_path(2), 1.0);
        assert!((usual_path(256) - 10.248_69).abs() < 1e-3, "{}", usual_path(256));
    }

    #[test]
    fn a_row_that_lies_alone_scores_higher_and_its_column_says_why() {
        let model = IsolationForest::default().fit_model(&cloud(2000, 5, 1), 42).expect("fits");
        let usual = model.score(&[0.0; 5]).get();
        let mut odd = [0.0; 5];
        odd[3] = 8.0;
        let far = model.score(&odd).get();
        assert!(usual < 0.4 && far > usual + 0.08, "{usual} {far}");
        let why = model.contributions(&odd);
        assert_eq!(why.ranked()[0], 3);
        assert!((why.total() - far).abs() < 1e-5, "{} {far}", why.total());
    }

    #[test]
    fn a_missing_value_is_never_the_reason() {
        let model = IsolationForest::default().fit_model(&cloud(2000, 5, 1), 42).expect("fits");
        let all_missing = model.score(&[f32::NAN; 5]).get();
        assert!(all_missing < 0.5, "{all_missing}");
    }

    #[test]
    fn a_category_never_seen_is_at_least_as_odd_as_the_rarest() {
        let x = Matrix::from_fn(1000, 1, |row, _| if row < 990 { 0.0 } else { 1.0 });
        let kinds = vec![ColumnKind::Categorical { levels: 2 }];
        let train = Dataset::unlabelled(x, kinds).expect("is sound");
        let model = IsolationForest::default().fit_model(&train, 1).expect("fits");
        let [common, rare, new] = [0.0, 1.0, 7.0].map(|code| model.score(&[code]).get());
        assert!(common < rare && rare <= new, "{common} {rare} {new}");
    }

    #[test]
    fn saved_and_loaded_it_gives_the_same_scores() {
        let train = cloud(500, 4, 2);
        let model = IsolationForest::default().fit_model(&train, 7).expect("fits");
        let back = load(&model.save()).expect("loads");
        assert_eq!(model.scores(train.x().view()), back.scores(train.x().view()));
        assert_eq!(model.contributions(train.x().row(3)), back.contributions(train.x().row(3)));
        let mut broken = model.save();
        broken.tensors[4].values[0] = 60_000.0;
        assert!(load(&broken).is_err());
    }

    #[test]
    fn equal_rows_and_huge_numbers_do_no_harm() {
        let x = Matrix::from_fn(100, 2, |row, column| match (row, column) {
            (0, 0) => f32::INFINITY,
            (1, 0) => f32::NEG_INFINITY,
            (2, 0) => f32::MAX,
            _ => 1.0,
        });
        let train = Dataset::unlabelled(x, vec![ColumnKind::Numeric; 2]).expect("is sound");
        let model = IsolationForest::default().fit_model(&train, 7).expect("fits");
        let scores = model.scores(train.x().view());
        assert!(scores.iter().all(|score| (0.0..=1.0).contains(score)));
        assert!(scores[0] > scores[50]);
    }
}
