//! What becomes of the alerts of a log under other settings.

use std::collections::{BTreeMap, BTreeSet};

use domain::{Alert, Timestamp};
use serde::{Deserialize, Serialize};

use super::figures::AlertLine;

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

/// Tells two lists of alerts apart. An alert is the same where its id is; else where entity and threat
/// are, since an id also tells when it began, which settings may change: of several the nearest in time.
pub fn compare(before: &[Alert], after: &[Alert]) -> Comparison {
    let pairs = pairs(before, after);
    let line = |alert: &Alert| AlertLine::from(alert);
    let kept: BTreeSet<usize> = pairs.values().copied().collect();
    let vanished = before.iter().enumerate().filter(|(place, _)| !kept.contains(place));
    let new = after.iter().enumerate().filter(|(place, _)| !pairs.contains_key(place));
    let mut comparison = Comparison {
        before: before.len(),
        after: after.len(),
        appear: new.map(|(_, alert)| line(alert)).collect(),
        vanish: vanished.map(|(_, alert)| line(alert)).collect(),
        ..Comparison::default()
    };
    // Ranks are compared among those that both have: one that vanished at the top moves all others
    // up, and that is no change of theirs.
    let ranks_before: BTreeMap<usize, usize> = kept.into_iter().zip(0..).collect();
    for (rank, (place, place_before)) in pairs.into_iter().enumerate() {
        let (old, new) = (line(&before[place_before]), line(&after[place]));
        let moved = ranks_before[&place_before] != rank;
        let differs = (old.score - new.score).abs() >= LEAST_CHANGE || old.severity != new.severity;
        if !moved && !differs {
            comparison.same += 1;
            continue;
        }
        comparison.change.push(Change {
            alert: new,
            rank_before: place_before + 1,
            rank_after: place + 1,
            score_before: old.score,
            severity_before: old.severity,
        });
    }
    comparison
}

/// When alerts began, and their places.
type Places = BTreeSet<(Timestamp, usize)>;

/// The alerts that both lists have, one to one: by the place in the second list that in the first.
fn pairs(before: &[Alert], after: &[Alert]) -> BTreeMap<usize, usize> {
    let ids = before.iter().enumerate().map(|(place, alert)| (alert.id.as_str(), place));
    let mut ids: BTreeMap<&str, usize> = ids.collect();
    let alike = after.iter().enumerate();
    let alike = alike.filter_map(|(place, alert)| Some((place, ids.remove(alert.id.as_str())?)));
    let mut pairs: BTreeMap<usize, usize> = alike.collect();
    let taken: BTreeSet<usize> = pairs.values().copied().collect();
    let mut rest: BTreeMap<_, [Places; 2]> = BTreeMap::new();
    let mut put = |list: usize, place: usize, alert: &Alert| {
        let key = (alert.threat.name(), alert.entity.kind.name(), alert.entity.value.clone());
        rest.entry(key).or_default()[list].insert((alert.first_seen, place));
    };
    let left = |(place, _): &(usize, &Alert)| !taken.contains(place);
    before.iter().enumerate().filter(left).for_each(|(place, alert)| put(0, place, alert));
    let left = |(place, _): &(usize, &Alert)| !pairs.contains_key(place);
    after.iter().enumerate().filter(left).for_each(|(place, alert)| put(1, place, alert));
    for [old, new] in rest.into_values() {
        // Where there are fewer each finds one.
        if old.len() <= new.len() {
            pairs.extend(nearest(old, new).map(|(old, new)| (new, old)));
        } else {
            pairs.extend(nearest(new, old));
        }
    }
    pairs
}

/// Gives each of the fewer, in the order of time, the nearest in time of the others that is left.
fn nearest(fewer: Places, mut others: Places) -> impl Iterator<Item = (usize, usize)> {
    fewer.into_iter().filter_map(move |(time, place)| {
        let (earlier, later) = (others.range(..(time, 0)), others.range((time, 0)..));
        let around = earlier.last().into_iter().chain(later.take(1)).copied();
        let nearest = around.min_by_key(|(at, _)| at.micros_since(time).abs())?;
        others.remove(&nearest);
        Some((place, nearest.1))
    })
}
