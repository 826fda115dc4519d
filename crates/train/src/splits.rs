//! Which rows teach and which judge. Rows of one group never stand on both sides.

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
                 part needs one; fewer --folds or --group-by rows may help"
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
