//! What becomes of the alerts of a log under other settings.

use std::collections::BTreeMap;

use domain::Alert;
use serde::{Deserialize, Serialize};

use super::figures::{AlertLine, EntityLine};

/// Two lists of alerts about the same log.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// Alerts before.
    pub before: usize,
    /// Alerts after.
    pub after: usize,
    /// Alerts that only the second list has, in its order.
    pub appear: Vec<AlertLine>,
    /// Alerts that only the first list has, in its order.
    pub vanish: Vec<AlertLine>,
    /// Alerts that both have, though not as severe, as sure or in the same order among those that
    /// both have; in the order of the second list.
    pub change: Vec<Change>,
    /// Alerts that both have alike.
    pub same: usize,
}

/// An alert that both lists have, though not alike.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Change {
    /// As the second list has it.
    pub alert: AlertLine,
    /// Its place in the first list, from 1.
    pub rank_before: usize,
    /// Its place in the second list, from 1.
    pub rank_after: usize,
    /// Its score in the first list.
    pub score_before: f32,
    /// Its severity in the first list.
    pub severity_before: String,
}

/// A change of the score below this is none.
const LEAST_CHANGE: f32 = 0.005;

/// Tells two lists of alerts apart. An alert is the same where entity and threat are: its id also
/// tells when it opened, which settings may change.
pub fn compare(before: &[Alert], after: &[Alert]) -> Comparison {
    let (before, after) = (Ranked::of(before), Ranked::of(after));
    let mut comparison = Comparison {
        before: before.lines.len(),
        after: after.lines.len(),
        appear: after.missing_in(&before),
        vanish: before.missing_in(&after),
        ..Comparison::default()
    };
    // Ranks are compared among those that both have: one that vanished at the top moves all others
    // up, and that is no change of theirs.
    let shared = |of: &Ranked, other: &Ranked| -> BTreeMap<Key, usize> {
        let keys = of.keys.iter().filter(|key| other.places.contains_key(*key));
        keys.enumerate().map(|(rank, key)| (key.clone(), rank)).collect()
    };
    let (ranks_before, ranks_after) = (shared(&before, &after), shared(&after, &before));
    for (place, key) in after.keys.iter().enumerate() {
        let Some(place_before) = before.places.get(key) else { continue };
        let (old, new) = (&before.lines[*place_before], &after.lines[place]);
        let moved = ranks_before[key] != ranks_after[key];
        let differs = (old.score - new.score).abs() >= LEAST_CHANGE || old.severity != new.severity;
        if !moved && !differs {
            comparison.same += 1;
            continue;
        }
        comparison.change.push(Change {
            alert: new.clone(),
            rank_before: place_before + 1,
            rank_after: place + 1,
            score_before: old.score,
            severity_before: old.severity.clone(),
        });
    }
    comparison
}

/// What makes an alert the same in two lists.
type Key = (EntityLine, String);

struct Ranked {
    lines: Vec<AlertLine>,
    keys: Vec<Key>,
    places: BTreeMap<Key, usize>,
}

impl Ranked {
    fn of(alerts: &[Alert]) -> Self {
        let lines: Vec<AlertLine> = alerts.iter().map(AlertLine::from).collect();
        let key = |line: &AlertLine| (line.entity.clone(), line.threat.clone());
        let keys: Vec<Key> = lines.iter().map(key).collect();
        let places = keys.iter().cloned().zip(0..).collect();
        Self { lines, keys, places }
    }

    fn missing_in(&self, other: &Self) -> Vec<AlertLine> {
        let lines = self.lines.iter().zip(&self.keys);
        lines.filter(|(_, key)| !other.places.contains_key(*key)).map(|(l, _)| l.clone()).collect()
    }
}
