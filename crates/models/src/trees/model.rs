use serde::{Deserialize, Serialize};

use super::shap;
use super::sum::TreeSum;
use super::tree::Tree;
use crate::contributions::{explain_by_walks, extend_one_against_rest, shares, sigmoid};
use crate::saved::json;
use crate::{Contributions, Detector, NamedTensor, Rows, Saved, Space};

/// What the sum of the trees is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Link {
    /// A probability: each tree's leaves hold shares of rows, divided by the number of trees.
    Share,
    /// Log-odds.
    LogOdds,
    /// The logit of a class, one sum a class.
    Softmax,
}

/// Fitted trees, whatever grew them. With two classes there is one sum of trees, for class 1; with more
/// there is a sum for each class, and where each was learned by itself against all others, class 0
/// keeps its own probability and the others share the rest.
#[derive(Clone, Debug, PartialEq)]
pub struct TreeModel {
    pub(super) kind: &'static str,
    pub(super) columns: usize,
    pub(super) classes: usize,
    pub(super) link: Link,
    pub(super) sums: Vec<TreeSum>,
    /// For each categorical column the codes of the fit, sorted; any other code counts as missing.
    pub(super) categories: Vec<(usize, Vec<u32>)>,
    /// Gain of each column in all trees.
    pub(super) gains: Vec<f32>,
    /// The raw row with which rows are compared to explain them.
    pub(super) ordinary: Vec<f32>,
}

/// What of a saved model is no tensor.
#[derive(Serialize, Deserialize)]
pub(super) struct Params {
    pub(super) classes: usize,
    pub(super) link: Link,
    /// Trees of each sum.
    pub(super) trees: Vec<usize>,
    /// Categorical columns with the codes they know.
    pub(super) categories: Vec<(usize, Vec<u32>)>,
}

impl TreeModel {
    pub(crate) fn new(
        kind: &'static str,
        link: Link,
        sums: Vec<TreeSum>,
        categories: Vec<(usize, Vec<u32>)>,
        gains: &[f64],
        ordinary: Vec<f32>,
    ) -> Self {
        let classes = sums.len().max(2);
        let gains = gains.iter().map(|gain| *gain as f32).collect();
        Self { kind, columns: ordinary.len(), classes, link, sums, categories, gains, ordinary }
    }

    /// How many trees there are in all.
    pub fn trees(&self) -> usize {
        self.sums.iter().map(|sum| sum.trees.len()).sum()
    }

    /// How many nodes there are in all.
    pub fn nodes(&self) -> usize {
        self.sums.iter().flat_map(|sum| &sum.trees).map(|tree| tree.nodes.len()).sum()
    }

    fn probability(&self, sum: f32) -> f32 {
        if self.link == Link::Share { sum.clamp(0.0, 1.0) } else { sigmoid(sum) }
    }

    /// Calls `put(row, sums)` with the first `count` sums of each row.
    fn each_row(&self, rows: Rows<'_>, count: usize, mut put: impl FnMut(usize, &[f32])) {
        assert_eq!(rows.columns(), self.columns, "columns of the rows and of the model");
        let mut clean =
            Vec::with_capacity(if self.categories.is_empty() { 0 } else { self.columns });
        let mut sums = vec![0.0; count];
        for (at, row) in rows.iter().enumerate() {
            let row = self.clean(row, &mut clean);
            sums.iter_mut().zip(&self.sums).for_each(|(sum, trees)| *sum = trees.of_row(row));
            put(at, &sums);
        }
    }

    /// The row with unknown categories as missing values.
    fn clean<'a>(&self, row: &'a [f32], scratch: &'a mut Vec<f32>) -> &'a [f32] {
        if self.categories.is_empty() {
            return row;
        }
        scratch.clear();
        scratch.extend_from_slice(row);
        for (column, codes) in &self.categories {
            let value = &mut scratch[*column];
            let whole = *value >= 0.0 && *value < 16_777_216.0 && value.fract() == 0.0;
            if !whole || codes.binary_search(&(*value as u32)).is_err() {
                *value = f32::NAN;
            }
        }
        scratch
    }

    fn softmax_odds(&self, rows: Rows<'_>) -> Vec<f32> {
        let mut odds = vec![0.0; rows.len()];
        self.each_row(rows, self.classes, |row, logits| odds[row] = odds_of(logits));
        odds
    }
}

/// The log-odds of not being class 0, of a softmax.
fn odds_of(logits: &[f32]) -> f32 {
    let highest = logits[1..].iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let sum: f32 = logits[1..].iter().map(|z| (z - highest).exp()).sum();
    highest + sum.ln() - logits[0]
}

impl Detector for TreeModel {
    fn kind(&self) -> &'static str {
        self.kind
    }

    fn columns(&self) -> usize {
        self.columns
    }

    fn classes(&self) -> usize {
        self.classes
    }

    fn score_into(&self, rows: Rows<'_>, scores: &mut [f32]) {
        assert_eq!(rows.len(), scores.len(), "rows and scores");
        if self.link == Link::Softmax {
            return self.each_row(rows, self.classes, |row, logits| {
                scores[row] = sigmoid(odds_of(logits));
            });
        }
        self.each_row(rows, 1, |row, sums| {
            let own = self.probability(sums[0]);
            scores[row] = if self.classes == 2 { own } else { 1.0 - own };
        });
    }

    fn probabilities(&self, rows: Rows<'_>) -> Vec<f32> {
        if self.classes == 2 {
            return self.scores(rows).iter().flat_map(|score| [1.0 - score, *score]).collect();
        }
        let mut all = Vec::with_capacity(rows.len() * self.classes);
        self.each_row(rows, self.classes, |_, sums| {
            let start = all.len();
            if self.link == Link::Softmax {
                let highest = sums.iter().copied().fold(f32::NEG_INFINITY, f32::max);
                all.extend(sums.iter().map(|z| (z - highest).exp()));
                let sum: f32 = all[start..].iter().sum();
                return all[start..].iter_mut().for_each(|p| *p /= sum);
            }
            extend_one_against_rest(&mut all, sums.iter().map(|sum| self.probability(*sum)));
        });
        all
    }

    /// The Shapley values of the sum of the trees against the ordinary row, exact. A softmax is no sum of
    /// trees: there they are those of the log-odds, and drawn.
    fn contributions(&self, row: &[f32]) -> Contributions {
        if self.link == Link::Softmax {
            let mut odds = |rows: Rows<'_>| self.softmax_odds(rows);
            return explain_by_walks(Space::LogOdds, &self.ordinary, row, &mut odds);
        }
        assert_eq!(row.len(), self.columns, "columns of the row and of the model");
        let mut clean = Vec::new();
        let (base, parts) =
            shap::explain(&self.sums[0], self.clean(row, &mut clean), &self.ordinary);
        let (space, whole) = match self.link {
            Link::Share => (Space::Score, 1.0),
            Link::LogOdds | Link::Softmax => (Space::LogOdds, 0.0),
        };
        if self.classes == 2 {
            let parts = parts.iter().map(|part| *part as f32).collect();
            return Contributions { space, base: base as f32, parts };
        }
        let parts = parts.iter().map(|part| -*part as f32).collect();
        Contributions { space, base: (whole - base) as f32, parts }
    }

    /// The gain of each column's splits.
    fn own_importance(&self) -> Option<Vec<f32>> {
        shares(self.gains.clone())
    }

    fn save(&self) -> Saved {
        let params = Params {
            classes: self.classes,
            link: self.link,
            trees: self.sums.iter().map(|sum| sum.trees.len()).collect(),
            categories: self.categories.clone(),
        };
        let trees = || self.sums.iter().flat_map(|sum| &sum.trees);
        let nodes = || trees().flat_map(|tree| &tree.nodes);
        let sets = || trees().flat_map(|tree| &tree.sets);
        let flat = |part: fn(&Tree) -> &Vec<f32>| trees().flat_map(part).copied().collect();
        let codes = sets().flat_map(|set| set.left.iter().chain(&set.right)).copied();
        let counts = sets().flat_map(|set| [set.left.len() as u32, set.right.len() as u32]);
        let tensors = vec![
            NamedTensor::vector("start", self.sums.iter().map(|sum| sum.start).collect()),
            NamedTensor::whole("tree_nodes", trees().map(|tree| tree.nodes.len() as u32)),
            NamedTensor::whole("tree_sets", trees().map(|tree| tree.sets.len() as u32)),
            NamedTensor::vector("cut", nodes().map(|node| node.cut).collect()),
            NamedTensor::whole("column", nodes().map(|node| node.column.into())),
            NamedTensor::whole("left", nodes().map(|node| node.left)),
            NamedTensor::vector("value", flat(|tree| &tree.value)),
            NamedTensor::whole("set_counts", counts),
            NamedTensor::whole("set_codes", codes),
            NamedTensor::vector("gains", self.gains.clone()),
            NamedTensor::vector("ordinary", self.ordinary.clone()),
        ];
        Saved { kind: self.kind.to_owned(), params: json(&params), tensors }
    }
}
