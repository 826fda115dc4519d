//! Trees that are each grown by themselves and then averaged.

use serde::{Deserialize, Serialize};

use super::bins::Binned;
use super::grow::Grower;
use super::growth::Growth;
use super::model::{Link, TreeModel};
use super::sum::TreeSum;
use super::tree;
use crate::preprocess::ordinary_row;
use crate::{Chance, Dataset, FitError, FitErrorKind};

/// How many columns a node of a forest may choose from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ColumnsTried {
    /// The root of their number, rounded down.
    Root,
    /// All.
    All,
    /// So many.
    Count(usize),
}

impl ColumnsTried {
    pub(crate) fn of(self, columns: usize) -> Option<usize> {
        match self {
            Self::Root => Some(((columns as f64).sqrt() as usize).max(1)),
            Self::All => None,
            Self::Count(count) => Some(count.clamp(1, columns)),
        }
    }
}

/// What a forest is.
pub(crate) struct Forest {
    pub(crate) kind: &'static str,
    pub(crate) trees: usize,
    /// Whether each tree sees rows drawn with replacement, or all of them.
    pub(crate) bootstrap: bool,
    pub(crate) growth: Growth,
}

impl Forest {
    /// Grows the trees: one sum for two classes, else one for each class against the others.
    pub(crate) fn fit(
        &self,
        train: &Dataset,
        weights: &[f32],
        seed: u64,
    ) -> Result<TreeModel, FitError> {
        train.needs_two_classes(self.kind)?;
        check_columns(train)?;
        let binned = Binned::of(train);
        let mut gains = vec![0.0; train.x().columns()];
        let mut sums = Vec::new();
        for class in target_classes(train) {
            let part = |at: usize| Chance::part(seed, (u64::from(class) << 32) | at as u64);
            let slope = |(label, weight): (&u32, &f32)| {
                [if *label == class { -weight } else { 0.0 }, *weight]
            };
            let slopes: Vec<[f32; 2]> = train.y().iter().zip(weights).map(slope).collect();
            let mut grower = Grower::new(&binned, self.growth);
            let mut sum = TreeSum::default();
            for at in 0..self.trees {
                let mut chance = part(at);
                let mut tree = if self.bootstrap {
                    let (rows, slopes) = draw(&slopes, &mut chance);
                    grower.grow(rows.into_iter(), &slopes, &mut chance, &mut gains).tree
                } else {
                    let weighing = |row: &u32| slopes[*row as usize][1] > 0.0;
                    let rows = (0..binned.rows as u32).filter(weighing);
                    grower.grow(rows, &slopes, &mut chance, &mut gains).tree
                };
                tree.value.iter_mut().for_each(|value| *value /= self.trees as f32);
                sum.trees.push(tree);
            }
            sums.push(sum);
        }
        Ok(TreeModel::new(
            self.kind,
            Link::Share,
            sums,
            binned.categories(),
            &gains,
            ordinary_row(train),
        ))
    }
}

/// As many rows as there are, drawn with replacement: those drawn, and slopes that count how often.
fn draw(slopes: &[[f32; 2]], chance: &mut Chance) -> (Vec<u32>, Vec<[f32; 2]>) {
    let mut times = vec![0u32; slopes.len()];
    (0..slopes.len()).for_each(|_| times[chance.below(slopes.len())] += 1);
    let drawn = |row: &u32| times[*row as usize] > 0 && slopes[*row as usize][1] > 0.0;
    let rows = (0..slopes.len() as u32).filter(drawn).collect();
    let counted = |(slope, times): (&[f32; 2], &u32)| slope.map(|part| part * *times as f32);
    (rows, slopes.iter().zip(&times).map(counted).collect())
}

/// The classes that get a sum of trees each: the bad one of two, or all.
pub(crate) fn target_classes(train: &Dataset) -> std::ops::Range<u32> {
    if train.classes() <= 2 { 1..2 } else { 0..train.classes() }
}

/// Refuses what does not fit into a node.
pub(crate) fn check_columns(train: &Dataset) -> Result<(), FitError> {
    let (found, rule) = (train.x().columns(), "must be below 16384");
    if found >= tree::COLUMNS_MAX {
        return Err(FitErrorKind::Size { what: "columns", found, rule }.into());
    }
    Ok(())
}

/// Refuses settings that no tree can have.
pub(crate) fn check_growth(growth: &Growth, trees: usize) -> Result<(), FitError> {
    if !(1..=100_000).contains(&trees) {
        return Err(FitError::setting("trees", trees, "must be 1 to 100000"));
    }
    if growth.leaves_max < 2 {
        return Err(FitError::setting("leaves_max", growth.leaves_max, "must be at least 2"));
    }
    if !(1..=500).contains(&growth.depth_max) {
        return Err(FitError::setting("depth_max", growth.depth_max, "must be 1 to 500"));
    }
    Ok(())
}
