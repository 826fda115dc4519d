use std::collections::BTreeSet;

use proptest::prelude::*;
use train::splits::{Split, Strata, hold_out, k_folds};

/// Rows with classes and groups; every class has groups of its own, enough for five folds.
fn rows() -> impl Strategy<Value = (Vec<u32>, Vec<u32>)> {
    let row = (0u32..3, 0u32..60);
    prop::collection::vec(row, 0..300).prop_map(|mut rows| {
        for class in 0..3 {
            rows.extend((0..6).map(|own| (class, 100 + 10 * class + own)));
        }
        rows.into_iter().unzip()
    })
}

fn names() -> Vec<String> {
    ["a", "b", "c"].map(str::to_owned).to_vec()
}

fn groups_of(rows: &[usize], groups: &[u32]) -> BTreeSet<u32> {
    rows.iter().map(|row| groups[*row]).collect()
}

fn check_sides(split: &Split, groups: &[u32], rows: usize) -> Result<(), TestCaseError> {
    let straddling: Vec<_> = groups_of(&split.train, groups)
        .intersection(&groups_of(&split.test, groups))
        .copied()
        .collect();
    prop_assert!(straddling.is_empty(), "groups on both sides: {straddling:?}");
    let mut all: Vec<usize> = split.train.iter().chain(&split.test).copied().collect();
    all.sort_unstable();
    prop_assert_eq!(all, (0..rows).collect::<Vec<_>>());
    Ok(())
}

proptest! {
    #[test]
    fn no_group_straddles_and_every_row_is_judged_once((classes, groups) in rows(), seed in 0u64..9) {
        let class_names = names();
        let strata = Strata { classes: &classes, groups: &groups, class_names: &class_names };
        let all: Vec<usize> = (0..classes.len()).collect();
        let splits = k_folds(strata, &all, 5, 2, seed).unwrap();
        prop_assert_eq!(splits.len(), 10);
        for split in &splits {
            check_sides(split, &groups, classes.len())?;
            for class in 0..3 {
                prop_assert!(split.train.iter().any(|row| classes[*row] == class));
            }
        }
        for repeat in splits.chunks(5) {
            let mut judged: Vec<usize> = repeat.iter().flat_map(|s| s.test.clone()).collect();
            judged.sort_unstable();
            prop_assert_eq!(&judged, &all);
        }
        prop_assert_eq!(splits, k_folds(strata, &all, 5, 2, seed).unwrap());
    }

    #[test]
    fn a_hold_out_keeps_groups_together((classes, groups) in rows(), share in 0.1f64..0.5) {
        let class_names = names();
        let strata = Strata { classes: &classes, groups: &groups, class_names: &class_names };
        let all: Vec<usize> = (0..classes.len()).collect();
        let split = hold_out(strata, &all, share, 7).unwrap();
        check_sides(&split, &groups, classes.len())?;
    }

    #[test]
    fn folds_keep_the_shares_of_the_classes(positives in 20usize..200, seed in 0u64..9) {
        let classes: Vec<u32> = (0..500).map(|row| u32::from(row < positives)).collect();
        let groups: Vec<u32> = (0..500).collect();
        let class_names = names()[..2].to_vec();
        let strata = Strata { classes: &classes, groups: &groups, class_names: &class_names };
        let all: Vec<usize> = (0..500).collect();
        for split in k_folds(strata, &all, 5, 1, seed).unwrap() {
            let found = split.test.iter().filter(|row| classes[**row] == 1).count();
            prop_assert!(found.abs_diff(positives / 5) <= 1, "{found} of {positives}");
            prop_assert!(split.test.len().abs_diff(100) <= 1);
        }
    }
}

#[test]
fn other_seeds_split_otherwise() {
    let classes: Vec<u32> = (0..100).map(|row| row % 2).collect();
    let groups: Vec<u32> = (0..100).collect();
    let class_names = names()[..2].to_vec();
    let strata = Strata { classes: &classes, groups: &groups, class_names: &class_names };
    let all: Vec<usize> = (0..100).collect();
    let splits = |seed| k_folds(strata, &all, 5, 1, seed).unwrap();
    assert_ne!(splits(1), splits(2));
}

#[test]
fn a_class_too_rare_for_the_folds_is_named() {
    let classes = [0, 0, 0, 0, 0, 1, 1, 1];
    let groups = [0, 1, 2, 3, 4, 5, 5, 6];
    let class_names = vec!["normal".to_owned(), "attack".to_owned()];
    let strata = Strata { classes: &classes, groups: &groups, class_names: &class_names };
    let all: Vec<usize> = (0..8).collect();
    let error = k_folds(strata, &all, 5, 1, 1).unwrap_err();
    assert_eq!(error.kind().exit_code(), 65);
    assert!(error.to_string().starts_with("class \"attack\" has 2 rows or groups"), "{error}");
}
