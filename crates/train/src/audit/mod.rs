//! What a person should know of a table before believing any figure that comes from it.

mod decides;
mod drift;
mod duplicates;
mod recompute;

use std::collections::BTreeMap;

use serde::Serialize;

pub use decides::Decision;
pub use drift::{Drift, Profile, drift};
pub use duplicates::{Duplicates, duplicates, near_duplicate_groups};
pub use recompute::{Relation, Rounding};

use crate::labels::Labels;
use crate::table::{LeftOut, Typed};
use crate::thousands::count;

/// What was found in a table.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Audit {
    /// How many rows were looked at.
    pub rows: usize,
    /// The classes and their rows.
    pub classes: Vec<(String, usize)>,
    /// Columns left out, and why.
    pub left_out: Vec<LeftOut>,
    /// Columns with missing values, and how many.
    pub missing: Vec<(String, usize)>,
    /// Columns (one or two together) that decide the label nearly alone, the surest first.
    pub decisions: Vec<Decision>,
    /// Columns that can be recomputed from others.
    pub relations: Vec<Relation>,
    /// Rows that come more than once.
    pub duplicates: Duplicates,
    /// How many rows the largest group has that no split parts.
    pub largest_group: usize,
    /// Columns to drop so that the label is no longer a simple function of few columns; empty where
    /// nothing decides it.
    pub suggested_drop: Vec<String>,
}

/// How loud a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Loudness {
    /// Good to know.
    Note,
    /// Figures may be flattered.
    Warning,
    /// Figures say nothing about behaviour.
    Alarm,
}

/// One finding in words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// How loud.
    pub loudness: Loudness,
    /// One or two sentences.
    pub text: String,
}

impl Audit {
    /// Looks at a table's usable columns and its label. `groups` is the group of each row that no
    /// split parts.
    pub fn of(columns: &[Typed], left_out: &[LeftOut], labels: &Labels, groups: &[u32]) -> Self {
        let truth = labels.truth();
        let decisions = decides::decisions(columns, labels, &truth);
        let leaking: Vec<&str> =
            decisions.iter().flat_map(|found| found.columns.iter().map(String::as_str)).collect();
        let relations = recompute::relations(columns, &leaking);
        let suggested_drop = suggest_drop(columns, &decisions, &relations, &truth);
        let missing = columns.iter().map(|column| (column.name.clone(), column.kind.missing()));
        Self {
            rows: truth.len(),
            classes: class_counts(labels),
            left_out: left_out.to_vec(),
            missing: missing.filter(|(_, rows)| *rows > 0).collect(),
            duplicates: duplicates(columns, &labels.ids, groups),
            largest_group: largest_group(groups),
            decisions,
            relations,
            suggested_drop,
        }
    }

    /// Everything in words, the loudest first.
    pub fn findings(&self) -> Vec<Finding> {
        let mut findings: Vec<Finding> = Vec::new();
        let mut say = |loudness, text: String| findings.push(Finding { loudness, text });
        for decision in &self.decisions {
            let loudness = if decision.is_certain() { Loudness::Alarm } else { Loudness::Warning };
            say(loudness, decision.to_string());
        }
        for relation in &self.relations {
            let leaks = self.decisions.iter().any(|d| d.columns.contains(&relation.target));
            say(if leaks { Loudness::Alarm } else { Loudness::Note }, relation.to_string());
        }
        if !self.suggested_drop.is_empty() {
            let columns = self.suggested_drop.join(",");
            say(Loudness::Alarm, format!("a fairer task leaves these out: --drop '{columns}'"));
        }
        self.duplicates.findings(&mut say);
        let percent = |rows: usize| 100.0 * rows as f64 / self.rows as f64;
        if self.largest_group > 1 && percent(self.largest_group) > LARGE_GROUP_PERCENT {
            let (rows, share) = (count(self.largest_group as u64), percent(self.largest_group));
            say(
                Loudness::Warning,
                format!("{rows} rows ({share:.1} %) hang together: folds are uneven"),
            );
        }
        for (name, missing) in &self.missing {
            let (rows, share) = (count(*missing as u64), percent(*missing));
            say(Loudness::Note, format!("{name} is missing in {rows} rows ({share:.1} %)"));
        }
        for left_out in &self.left_out {
            let name = &left_out.name;
            say(Loudness::Note, format!("{name} is left out: {}", left_out.because));
        }
        findings.sort_by_key(|finding| std::cmp::Reverse(finding.loudness));
        findings
    }
}

/// From this share of all rows on, a group is too large for one of five folds.
const LARGE_GROUP_PERCENT: f64 = 20.0;

fn largest_group(groups: &[u32]) -> usize {
    let mut sizes: BTreeMap<u32, usize> = BTreeMap::new();
    groups.iter().for_each(|group| *sizes.entry(*group).or_default() += 1);
    sizes.into_values().max().unwrap_or(0)
}

fn class_counts(labels: &Labels) -> Vec<(String, usize)> {
    let mut counts: Vec<_> = labels.classes.iter().map(|class| (class.clone(), 0)).collect();
    labels.ids.iter().for_each(|id| counts[*id as usize].1 += 1);
    counts
}

/// From this correlation of logarithms on, a column is as good as a copy of another.
const COPY_CORRELATION: f64 = 0.95;

/// The deciding columns; what is nearly a copy of one; and of every relation that gives one of them
/// back another member: a count rather than a rate, for a count grows with what it counts.
fn suggest_drop(
    columns: &[Typed],
    decisions: &[Decision],
    relations: &[Relation],
    truth: &[bool],
) -> Vec<String> {
    let certain = decisions.iter().filter(|found| found.is_certain() && found.columns.len() == 1);
    let mut drop: Vec<String> = certain.flat_map(|found| found.columns.clone()).collect();
    let find = |name: &str| columns.iter().find(|column| column.name == name);
    let deciders: Vec<&Typed> = drop.iter().filter_map(|name| find(name)).collect();
    let is_copy = |column: &&Typed| {
        let near = |decider: &&Typed| {
            recompute::log_correlation(&column.kind, &decider.kind) >= COPY_CORRELATION
        };
        !deciders.iter().any(|decider| decider.name == column.name) && deciders.iter().any(near)
    };
    let copies: Vec<String> = columns.iter().filter(is_copy).map(|c| c.name.clone()).collect();
    drop.extend(copies);
    for relation in relations {
        let is_dropped = |name: &&str| drop.iter().any(|dropped| dropped == name);
        let members = relation.members();
        if members.iter().copied().filter(|name| is_dropped(name)).count() != 1 {
            continue;
        }
        let others = members.into_iter().filter(|name| !is_dropped(name));
        let weight = |name: &&str| {
            let kind = &find(name).expect("a relation is among columns").kind;
            let separation = decides::separation(kind, truth);
            if decides::is_whole(kind) { 1.0 + separation } else { separation }
        };
        if let Some(heaviest) = others.max_by(|a, b| weight(a).total_cmp(&weight(b))) {
            drop.push(heaviest.to_owned());
        }
    }
    drop
}
