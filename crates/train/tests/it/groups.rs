//! Rows that are equal stay on one side of every split, or the audit says that they do not.

use std::collections::BTreeSet;

use train::audit::Loudness;
use train::splits::k_folds;
use train::task::{GroupBy, Task, TaskOptions};

use crate::small_task::{options, table};

/// Every seventh row is a copy of the one before, made by another user.
fn task(group_by: GroupBy) -> Task {
    let mut text = String::from("user,calls,label\n");
    for row in 0..210u32 {
        let like = if row % 7 == 6 { row - 1 } else { row };
        let label = if like % 3 == 0 { "outlier" } else { "normal" };
        text.push_str(&format!("u{},{},{label}\n", row % 35, 10 + like));
    }
    let drop = vec!["user".to_owned()];
    Task::from_table(&table(&text), &TaskOptions { group_by, drop, ..options() }).unwrap()
}

/// How many judged rows equal one that was learned from.
fn copies(task: &Task) -> usize {
    let x = task.train.data.x();
    let key = |row: &usize| x.row(*row)[0].to_bits();
    let all: Vec<usize> = (0..task.train.truth.len()).collect();
    let splits = k_folds(task.strata(), &all, 5, 1, 1).unwrap();
    let of_split = |split: &train::splits::Split| {
        let learned: BTreeSet<u32> = split.train.iter().map(key).collect();
        split.test.iter().filter(|row| learned.contains(&key(row))).count()
    };
    splits.iter().map(of_split).sum()
}

fn said(task: &Task) -> (Loudness, String) {
    let finding = task.audit.findings().into_iter().find(|it| it.text.contains("repeat another"));
    let finding = finding.expect("there are copies");
    (finding.loudness, finding.text)
}

#[test]
fn a_column_to_group_by_does_not_part_copies() {
    for group_by in [GroupBy::NearDuplicates, GroupBy::Column("user".to_owned())] {
        let task = task(group_by);
        assert_eq!(copies(&task), 0);
        let (loudness, text) = said(&task);
        assert_eq!(loudness, Loudness::Note);
        assert!(text.ends_with("every split of these rows keeps them together"), "{text}");
    }
}

#[test]
fn rows_of_one_value_stay_together_as_well() {
    let task = task(GroupBy::Column("user".to_owned()));
    let groups = &task.groups;
    assert!((0..175).all(|row| groups[row] == groups[row + 35]));
    let users: BTreeSet<u32> = groups.iter().copied().collect();
    assert_eq!(users.len(), 30, "of 35 users every seventh is tied to another by copies");
}

#[test]
fn copies_that_may_be_parted_are_a_warning() {
    let task = task(GroupBy::Rows);
    assert!(copies(&task) > 0);
    let (loudness, text) = said(&task);
    assert_eq!(loudness, Loudness::Warning);
    assert!(text.starts_with("30 rows repeat another exactly"), "{text}");
    assert!(text.contains("splits do not keep them together"), "{text}");
}
