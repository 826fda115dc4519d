//! Which rows teach and which judge. Rows of one group never stand on both sides.

use std::collections::BTreeMap;

use models::Chance;

use crate::error::{Error, data};

/// One way to part rows: those that teach and those that judge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Split {
    /// Rows to learn from, ascending.
    pub train: Vec<usize>,
    /// Rows to judge by, ascending.
    pub test: Vec<usize>,
}

/// What a split must respect: the class of each row, whose shares are kept on every side, and its
/// group, which stays together.
#[derive(Clone, Copy, Debug)]
pub struct Strata<'a> {
    /// The class of each row, below `class_names.len()`.
    pub classes: &'a [u32],
    /// The group of each row, numbered from 0.
    pub groups: &'a [u32],
    /// For errors.
    pub class_names: &'a [String],
}

/// How classes of unequal size are met, beside the weights that an estimator gives them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Balance {
    /// Every row is learned from.
    #[default]
    AsIs,
    /// Of each class as many rows as the rarest has, drawn at random. It is done after the split, so
    /// that what judges keeps its shares.
    UnderSample,
}

impl Balance {
    /// The rows to learn from, in the order in which they came.
    pub(crate) fn draw(self, rows: Vec<usize>, classes: &[u32], seed: u64) -> Vec<usize> {
        if self == Self::AsIs {
            return rows;
        }
        let mut by_class: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
        for row in rows {
            by_class.entry(classes[row]).or_default().push(row);
        }
        let rarest = by_class.values().map(Vec::len).min().unwrap_or(0);
        let mut chance = Chance::new(seed);
        let mut drawn: Vec<usize> = by_class
            .values_mut()
            .flat_map(|rows| {
                chance.shuffle(rows);
                rows.iter().take(rarest).copied()
            })
            .collect();
        drawn.sort_unstable();
        drawn
    }
}

/// `folds` splits of `rows`, each row judged exactly once; `repeats` times over with other seeds.
///
/// # Errors
/// When a class has fewer groups than there are folds, so that a fold would lack it.
pub fn k_folds(
    strata: Strata<'_>,
    rows: &[usize],
    folds: usize,
    repeats: usize,
    seed: u64,
) -> Result<Vec<Split>, Error> {
    refuse_rare_classes(strata, rows, folds)?;
    let weights = vec![1.0; folds];
    let mut splits = Vec::with_capacity(folds * repeats);
    for repeat in 0..repeats {
        let chance = Chance::part(seed, repeat as u64);
        let bins = deal(strata, rows, &weights, chance);
        for fold in 0..folds {
            let side = |judges: bool| {
                let chosen = rows.iter().zip(&bins).filter(|(_, bin)| (**bin == fold) == judges);
                chosen.map(|(row, _)| *row).collect()
            };
            splits.push(Split { train: side(false), test: side(true) });
        }
    }
    Ok(splits)
}

/// One split that keeps about `share` of the rows back.
///
/// # Errors
/// When a class has one group only, so that a side would lack it.
pub fn hold_out(strata: Strata<'_>, rows: &[usize], share: f64, seed: u64) -> Result<Split, Error> {
    refuse_rare_classes(strata, rows, 2)?;
    let bins = deal(strata, rows, &[1.0 - share, share], Chance::new(seed));
    let side = |wanted: usize| {
        let chosen = rows.iter().zip(&bins).filter(|(_, bin)| **bin == wanted);
        chosen.map(|(row, _)| *row).collect::<Vec<_>>()
    };
    Ok(Split { train: side(0), test: side(1) })
}

/// Groups that keep together what either of two groupings does: each is numbered by the least group
/// of `one` in it.
pub(crate) fn united(one: &[u32], other: &[u32]) -> Vec<u32> {
    let mut parents: BTreeMap<u32, u32> = one.iter().map(|group| (*group, *group)).collect();
    let mut seen: BTreeMap<u32, u32> = BTreeMap::new();
    for (group, other) in one.iter().zip(other) {
        let first = *seen.entry(*other).or_insert(*group);
        let (a, b) = (root(&mut parents, first), root(&mut parents, *group));
        parents.insert(a.max(b), a.min(b));
    }
    one.iter().map(|group| root(&mut parents, *group)).collect()
}

/// The least group that hangs together with `group`; the way there is shortened.
fn root(parents: &mut BTreeMap<u32, u32>, group: u32) -> u32 {
    let mut at = group;
    while parents[&at] != at {
        let above = parents[&parents[&at]];
        parents.insert(at, above);
        at = above;
    }
    at
}

fn refuse_rare_classes(strata: Strata<'_>, rows: &[usize], folds: usize) -> Result<(), Error> {
    let mut groups = vec![std::collections::BTreeSet::new(); strata.class_names.len()];
    for row in rows {
        groups[strata.classes[*row] as usize].insert(strata.groups[*row]);
    }
    for (class, groups) in strata.class_names.iter().zip(&groups) {
        if groups.len() < folds {
            let found = groups.len();
            return Err(data(format!(
                "class {class:?} has {found} rows or groups of like rows for {folds} parts: each \
                 part needs one; fewer --folds or another --group-by may help"
            )));
        }
    }
    Ok(())
}

/// Deals whole groups to bins, the largest groups first, each to the bin that keeps the shares of the
/// classes nearest to the bins' weights. Gives the bin of each of `rows`.
fn deal(strata: Strata<'_>, rows: &[usize], weights: &[f64], mut chance: Chance) -> Vec<usize> {
    let mut members: std::collections::BTreeMap<u32, Vec<usize>> = Default::default();
    for (place, row) in rows.iter().enumerate() {
        members.entry(strata.groups[*row]).or_default().push(place);
    }
    let mut groups: Vec<Vec<usize>> = members.into_values().collect();
    chance.shuffle(&mut groups);
    groups.sort_by_key(|group| std::cmp::Reverse(group.len()));

    let classes = strata.class_names.len();
    let mut totals = vec![0.0f64; classes];
    rows.iter().for_each(|row| totals[strata.classes[*row] as usize] += 1.0);
    let mut counts = vec![vec![0.0f64; classes]; weights.len()];
    let mut bins = vec![0; rows.len()];
    for group in &groups {
        let mut adds = vec![0.0f64; classes];
        group.iter().for_each(|place| adds[strata.classes[rows[*place]] as usize] += 1.0);
        // The growth of the squared distance to an even deal, so the emptiest bin costs least.
        let cost = |bin: usize| -> f64 {
            let of_class = |class: usize| {
                let add = adds[class];
                let total = totals[class].max(1.0);
                add * (2.0 * counts[bin][class] + add) / (weights[bin] * total * total)
            };
            (0..classes).map(of_class).sum()
        };
        let costs: Vec<f64> = (0..weights.len()).map(cost).collect();
        let bin = (0..weights.len())
            .min_by(|a, b| costs[*a].total_cmp(&costs[*b]))
            .expect("there is a bin");
        counts[bin].iter_mut().zip(&adds).for_each(|(count, add)| *count += add);
        group.iter().for_each(|place| bins[*place] = bin);
    }
    bins
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn united_groups_keep_together_what_either_does() {
        let (users, copies) = ([7, 7, 2, 3, 3, 5, 9], [0, 1, 1, 2, 3, 3, 4]);
        assert_eq!(united(&users, &copies), [2, 2, 2, 3, 3, 3, 9]);
        let alone: Vec<u32> = (0..7).collect();
        assert_eq!(united(&users, &alone), users);
    }

    #[test]
    fn under_sampling_keeps_as_many_of_each_class_as_the_rarest_has() {
        let classes: Vec<u32> =
            (0..90).map(|row| u32::from(row % 9 == 0) + 2 * u32::from(row % 30 == 1)).collect();
        let rows: Vec<usize> = (5..90).collect();
        let drawn = Balance::UnderSample.draw(rows.clone(), &classes, 7);
        let count = |class| drawn.iter().filter(|row| classes[**row] == class).count();
        let rarest = rows.iter().filter(|row| classes[**row] == 2).count();
        assert_eq!([count(0), count(1), count(2)], [rarest; 3]);
        assert!(drawn.is_sorted() && drawn.iter().all(|row| rows.contains(row)));
        assert_eq!(drawn, Balance::UnderSample.draw(rows.clone(), &classes, 7));
        assert_ne!(drawn, Balance::UnderSample.draw(rows.clone(), &classes, 8));
        assert_eq!(Balance::AsIs.draw(rows.clone(), &classes, 7), rows);
    }
}
