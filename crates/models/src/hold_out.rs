use std::collections::BTreeMap;

use crate::{Chance, Dataset, FitError};

/// Splits a share of each class off; rows that are copies of each other stay on one side. `None` where
/// a class is too small to give any: then there is nothing to watch.
pub(crate) fn hold_out(
    data: &Dataset,
    estimator: &'static str,
    share: f32,
    seed: u64,
) -> Result<Option<(Dataset, Dataset)>, FitError> {
    let mut copies: BTreeMap<Vec<u32>, Vec<usize>> = BTreeMap::new();
    for row in 0..data.rows() {
        let key = data.x().row(row).iter().map(|value| value.to_bits()).collect();
        copies.entry(key).or_default().push(row);
    }
    // A group of copies counts for the class of its first row; contradictory copies stay together.
    let mut groups: Vec<Vec<Vec<usize>>> = vec![Vec::new(); data.classes() as usize];
    let mut in_order: Vec<Vec<usize>> = copies.into_values().collect();
    in_order.sort_unstable();
    in_order.into_iter().for_each(|rows| groups[data.y()[rows[0]] as usize].push(rows));
    let mut chance = Chance::part(seed, 3);
    let mut held = vec![false; data.rows()];
    for groups in &mut groups {
        chance.shuffle(groups);
        let rows: usize = groups.iter().map(Vec::len).sum();
        let wanted = (rows as f64 * f64::from(share)).round() as usize;
        let mut taken = 0;
        for group in groups.iter() {
            if taken + group.len() <= wanted {
                taken += group.len();
                group.iter().for_each(|row| held[*row] = true);
            }
        }
    }
    let pick = |side: bool| (0..data.rows()).filter(|row| held[*row] == side).collect::<Vec<_>>();
    let (train, valid) = (pick(false), pick(true));
    if valid.is_empty() || train.is_empty() {
        return Ok(None);
    }
    let (train, valid) = (data.subset(&train)?, data.subset(&valid)?);
    let both = |side: &Dataset| side.needs_two_classes(estimator).is_ok();
    Ok((both(&train) && both(&valid)).then_some((train, valid)))
}
