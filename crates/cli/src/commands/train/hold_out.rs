//! What a training is worth: everything fitted on the first part of a log, held against the rest.

use std::collections::BTreeSet;

use alerts::Policy;
use domain::{Client, Timestamp};
use features::{Profiles, ProfilesFit};
use pipeline::{Bundle, Label, Period};
use serde_json::{Value, json};

use super::logs::{LogProtocol, fit};
use super::put;
use crate::commands::samples::Directed;
use crate::config::Config;
use crate::exit::Failure;
use crate::lesson::Lesson;
use crate::passes::{self, Log};

/// The share of the period that is learned from.
const LEARNED_SHARE: f64 = 0.7;

/// What came true in the last part of a log, of what was learned on the first.
pub(super) struct HoldOut {
    days: f64,
    /// Alerts a day that the budget allows, given how many sessions there were.
    promised: f64,
    /// Clients known to attack who were active after the cut.
    attackers: usize,
    /// Without what was learned about attacks: by what is normal and the indicators alone.
    without: Outcome,
    with: Outcome,
}

/// What a bundle found after the cut.
struct Outcome {
    /// Attackers who were named.
    found: usize,
    /// Alerts that name nobody who is known to attack.
    false_alarms: usize,
}

/// Fits on the first part of a log by time and judges the rest. `None` where there is nothing to learn
/// from in the first part, or no time in the rest.
pub(super) fn hold_out(
    log: &Log,
    config: &Config,
    lesson: &Lesson,
    protocol: &LogProtocol,
) -> Result<Option<HoldOut>, Failure> {
    let Some(all) = log.period() else { return Ok(None) };
    let learned_micros = all.last.micros_since(all.first) as f64 * LEARNED_SHARE;
    let cut = all.first.plus_micros(learned_micros as i64);
    let rest = Period { first: cut, last: all.last };
    let profiles = profiles_until(log, cut, config)?;
    let earlier =
        Lesson { labels: lesson.labels.clone(), woven: lesson.woven.clone(), until: Some(cut) };
    let before = Some(Period { first: all.first, last: cut });
    let trained = fit(log, (&profiles, before), config, &earlier, protocol)?;
    let mut bundle = trained.bundle;
    if bundle.fitted.sampled == 0 || cut >= all.last {
        return Ok(None);
    }
    let attackers = attackers_after(log, lesson, cut)?;
    let with = outcome(log, &bundle, config, cut, &attackers)?;
    bundle.learned.clear();
    let without = outcome(log, &bundle, config, cut, &attackers)?;
    let sessions_a_day = bundle.fitted.sessions as f64 / before.map_or(1.0, |before| before.days());
    let promised = bundle.fitted.budget_share * sessions_a_day;
    let attackers = attackers.len();
    Ok(Some(HoldOut { days: rest.days(), promised, attackers, without, with }))
}

fn profiles_until(log: &Log, cut: Timestamp, config: &Config) -> Result<Profiles, Failure> {
    let idle_gap_micros = passes::limits(config)?.idle_gap_micros();
    let mut profiles = ProfilesFit::default();
    let observed = log.tape.for_each(|event| {
        if event.time <= cut {
            profiles.observe(event, idle_gap_micros);
        }
    });
    observed.map_err(|error| passes::tape_failure(&error))?;
    Ok(profiles.finish())
}

fn attackers_after(
    log: &Log,
    lesson: &Lesson,
    cut: Timestamp,
) -> Result<BTreeSet<Client>, Failure> {
    let mut attackers = BTreeSet::new();
    let seen = log.tape.for_each(|event| {
        let attacks = || matches!(lesson.labels.of(event), Some(Label::Attack(_)));
        if event.time > cut && attacks() {
            attackers.insert(event.client);
        }
    });
    seen.map_err(|error| passes::tape_failure(&error))?;
    Ok(attackers)
}

fn outcome(
    log: &Log,
    bundle: &Bundle,
    config: &Config,
    cut: Timestamp,
    attackers: &BTreeSet<Client>,
) -> Result<Outcome, Failure> {
    let naming = Directed(&log.directory);
    let names: BTreeSet<String> =
        attackers.iter().map(|client| alerts::Naming::client(&naming, *client)).collect();
    let filed = passes::judge(log, bundle, config)?.desk.close(&naming, &Policy::default()).filed;
    let mut found: BTreeSet<&String> = BTreeSet::new();
    let mut false_alarms = 0;
    for alert in filed.iter().map(|filed| &filed.alert).filter(|alert| alert.last_seen > cut) {
        let named: Vec<&String> = names
            .intersection(&alert.clients.iter().cloned().collect())
            .filter_map(|name| names.get(name))
            .collect();
        false_alarms += usize::from(named.is_empty() && alert.first_seen > cut);
        found.extend(named);
    }
    Ok(Outcome { found: found.len(), false_alarms })
}

impl HoldOut {
    pub(super) fn document(&self) -> Value {
        let (low, high) = poisson_interval(self.with.false_alarms);
        json!({
            "learned_share": LEARNED_SHARE,
            "days": self.days,
            "promised_a_day": self.promised,
            "realised_a_day": self.with.false_alarms as f64 / self.days,
            "realised_low": low / self.days,
            "realised_high": high / self.days,
            "false_alarms": self.with.false_alarms,
            "false_alarms_without_learning": self.without.false_alarms,
            "attackers": self.attackers,
            "found": self.with.found,
            "found_without_learning": self.without.found,
        })
    }

    pub(super) fn describe(&self, text: &mut String) {
        let share = LEARNED_SHARE * 100.0;
        put(text, &format!("learned on the first {share:.0} % of the time, judged on the rest:"));
        let (low, high) = poisson_interval(self.with.false_alarms);
        let days = self.days;
        put(
            text,
            &format!(
                "  alerts on nobody known to attack: {} in {days:.3} days, {:.1} a day (95 %: {:.1} to \
                 {:.1}); promised {:.1}",
                self.with.false_alarms,
                self.with.false_alarms as f64 / days,
                low / days,
                high / days,
                self.promised,
            ),
        );
        put(text, &format!("  without what was learned: {}", self.without.false_alarms));
        if self.attackers > 0 {
            put(
                text,
                &format!(
                    "  attackers found: {} of {} (without what was learned: {})",
                    self.with.found, self.attackers, self.without.found
                ),
            );
        }
    }
}

/// The 95 % interval of the mean of a Poisson count, by Byar's approximation (Rothman and Boice 1979):
/// within a few percent of the exact one.
fn poisson_interval(count: usize) -> (f64, f64) {
    let bound = |n: f64, z: f64| n * (1.0 - 1.0 / (9.0 * n) + z / (3.0 * n.sqrt())).powi(3);
    let n = count as f64;
    let low = if count == 0 { 0.0 } else { bound(n, -1.96) };
    (low, bound(n + 1.0, 1.96))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interval_of_a_count_is_the_exact_one_nearly() {
        // Exact: 0 to 3.69; 2.20 to 13.06; 81.4 to 121.6.
        for (count, low, high) in [(0, 0.0, 3.69), (6, 2.20, 13.06), (100, 81.4, 121.6)] {
            let (found_low, found_high) = poisson_interval(count);
            assert!((found_low - low).abs() < 0.2, "{count}: {found_low}");
            assert!((found_high - high).abs() < 0.2, "{count}: {found_high}");
        }
    }
}
