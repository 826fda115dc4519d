//! What a training is worth: everything fitted on the first part of a log, held against the rest.

use std::collections::BTreeSet;

use alerts::Policy;
use domain::{Client, EntityKind, Timestamp};
use models::metrics::{binomial_interval, poisson_interval};
use pipeline::{Bundle, Label};
use serde_json::{Value, json};
use train::site::Labels;

use super::fitting::{LogProtocol, fit, read};
use super::put;
use crate::commands::Session;
use crate::commands::samples::Directed;
use crate::config::Config;
use crate::exit::Failure;
use crate::lesson::Lesson;
use crate::passes::{self, Log};
use crate::render::{count, duration};

/// The share of the period that is learned from.
const LEARNED_SHARE: f64 = 0.7;

/// What came true in the last part of a log, of what was learned on the first.
pub(super) struct HoldOut {
    days: f64,
    /// The share of ordinary sessions that the budget allows to alarm.
    promised_share: f64,
    /// The same as alerts a day, given how many sessions there were.
    promised_a_day: f64,
    /// Whether anybody is labelled: an attack that nobody knows of counts as a false alarm.
    is_labelled: bool,
    /// Clients known to attack who were active after the cut.
    attackers: Attackers,
    /// Clients active after the cut that are not known to attack.
    others: usize,
    /// Without what was learned about attacks: by what is normal and the indicators alone.
    without: Outcome,
    with: Outcome,
}

/// Clients known to attack.
#[derive(Default)]
struct Attackers {
    all: BTreeSet<Client>,
    /// Those who had not been there before the cut.
    new: BTreeSet<Client>,
}

/// What a bundle found after the cut.
struct Outcome {
    /// Attackers who were named.
    found: usize,
    /// Those of them who are new.
    found_new: usize,
    /// Alerts that name nobody who is known to attack.
    false_alarms: usize,
    /// Clients that such alerts accuse.
    accused: usize,
}

/// Fits everything on the first part of a log by time, endpoints too, and judges the rest. `None` where
/// there is nothing to learn from in the first part, or no time in the rest.
pub(super) fn hold_out(
    whole: &Log,
    inputs: &[String],
    session: &Session,
    labels: &Labels,
    protocol: &LogProtocol,
) -> Result<Option<HoldOut>, Failure> {
    let Some(all) = whole.period() else { return Ok(None) };
    let learned_micros = all.last.micros_since(all.first) as f64 * LEARNED_SHARE;
    let cut = all.first.plus_micros(learned_micros as i64);
    if cut >= all.last {
        return Ok(None);
    }
    let log = read(inputs, session, Some(cut))?;
    let lesson = Lesson { labels, until: Some(cut) };
    let mut bundle = fit(&log, &session.effective.config, &lesson, protocol, false)?.bundle;
    if bundle.fitted.sampled == 0 {
        return Ok(None);
    }
    let (attackers, others) = clients_after(&log, labels, cut)?;
    let with = outcome(&log, &bundle, &session.effective.config, cut, &attackers)?;
    bundle.learned.clear();
    let without = outcome(&log, &bundle, &session.effective.config, cut, &attackers)?;
    let promised_share = bundle.fitted.budget_share;
    Ok(Some(HoldOut {
        days: whole.between(cut, all.last).days(),
        promised_share,
        promised_a_day: bundle.fitted.promised_a_day(),
        is_labelled: !labels.is_empty(),
        attackers,
        others,
        without,
        with,
    }))
}

/// Who is known to attack after the cut, and how many others there are.
fn clients_after(
    log: &Log,
    labels: &Labels,
    cut: Timestamp,
) -> Result<(Attackers, usize), Failure> {
    let (mut before, mut after) = (BTreeSet::new(), BTreeSet::new());
    let mut attackers = Attackers::default();
    let seen = log.tape.for_each(|event| {
        if event.time <= cut {
            before.insert(event.client);
            return;
        }
        after.insert(event.client);
        if matches!(labels.of(event), Some(Label::Attack(_))) {
            attackers.all.insert(event.client);
        }
    });
    seen.map_err(|error| passes::tape_failure(&error))?;
    attackers.new = attackers.all.difference(&before).copied().collect();
    let others = after.difference(&attackers.all).count();
    Ok((attackers, others))
}

fn outcome(
    log: &Log,
    bundle: &Bundle,
    config: &Config,
    cut: Timestamp,
    attackers: &Attackers,
) -> Result<Outcome, Failure> {
    let naming = Directed(&log.directory);
    let names = |clients: &BTreeSet<Client>| -> BTreeSet<String> {
        clients.iter().map(|client| alerts::Naming::client(&naming, *client)).collect()
    };
    let (known, new) = (names(&attackers.all), names(&attackers.new));
    let filed = passes::judge(log, bundle, config)?.desk.close(&naming, &Policy::default()).filed;
    let (mut found, mut accused) = (BTreeSet::new(), BTreeSet::new());
    let mut false_alarms = 0;
    for alert in filed.into_iter().map(|filed| filed.alert).filter(|it| it.last_seen > cut) {
        let named: BTreeSet<String> = alert.clients.into_iter().collect();
        let names_nobody = named.is_disjoint(&known);
        found.extend(named.intersection(&known).cloned());
        // What began before the cut was there to be learned from.
        if names_nobody && alert.first_seen > cut {
            false_alarms += 1;
            // Behind an account or a credential stand its owners, whom nobody accuses.
            if matches!(alert.entity.kind, EntityKind::Client | EntityKind::Endpoint) {
                accused.extend(named);
            }
        }
    }
    let found_new = found.intersection(&new).count();
    Ok(Outcome { found: found.len(), found_new, false_alarms, accused: accused.len() })
}

impl HoldOut {
    pub(super) fn document(&self) -> Value {
        let (low, high) = poisson_interval(self.with.false_alarms);
        let (share_low, share_high) = binomial_interval(self.with.accused, self.others);
        json!({
            "learned_share": LEARNED_SHARE,
            "days": self.days,
            "rates_are_drawn_out": !self.is_a_day(),
            "labelled": self.is_labelled,
            "promised_a_day": self.promised_a_day,
            "realised_a_day": self.with.false_alarms as f64 / self.days,
            "realised_low": low / self.days,
            "realised_high": high / self.days,
            "promised_share": self.promised_share,
            "realised_share": self.with.accused as f64 / self.others.max(1) as f64,
            "realised_share_low": share_low,
            "realised_share_high": share_high,
            "false_alarms": self.with.false_alarms,
            "false_alarms_without_learning": self.without.false_alarms,
            "others": self.others,
            "accused": self.with.accused,
            "accused_without_learning": self.without.accused,
            "attackers": self.attackers.all.len(),
            "found": self.with.found,
            "found_without_learning": self.without.found,
            "new_attackers": self.attackers.new.len(),
            "new_found": self.with.found_new,
            "new_found_without_learning": self.without.found_new,
        })
    }

    /// A table, of at most 80 columns.
    pub(super) fn describe(&self, text: &mut String) {
        let Self { days, with, without, others, .. } = self;
        let (share, rest) = (LEARNED_SHARE * 100.0, duration(days * 86_400.0));
        put(
            text,
            &format!("learned on the first {share:.0} % of the time, judged on the rest ({rest}):"),
        );
        put(
            text,
            &row("", ["as trained", "95 %", "aimed at", "nothing learned"].map(String::from)),
        );
        let (low, high) = poisson_interval(with.false_alarms);
        let counts = [
            with.false_alarms.to_string(),
            format!("{low:.1} to {high:.1}"),
            format!("{:.1}", self.promised_a_day * days),
            without.false_alarms.to_string(),
        ];
        put(text, &row("false alarms", counts));
        if self.is_a_day() {
            let a_day = |alarms: f64| format!("{:.1}", alarms / days);
            let rates = [
                a_day(with.false_alarms as f64),
                format!("{} to {}", a_day(low), a_day(high)),
                format!("{:.1}", self.promised_a_day),
                a_day(without.false_alarms as f64),
            ];
            put(text, &row("  of them a day", rates));
        }
        let percent = |part: usize| part as f64 * 100.0 / (*others).max(1) as f64;
        let (low, high) = binomial_interval(with.accused, *others);
        let shares = [
            format!("{:.2} %", percent(with.accused)),
            format!("{:.2} to {:.2} %", low * 100.0, high * 100.0),
            format!("{:.3} %", self.promised_share * 100.0),
            format!("{:.2} %", percent(without.accused)),
        ];
        put(text, &row("clients accused", shares));
        let Attackers { all, new } = &self.attackers;
        let found = |name: &str, with: usize, without: usize, of: usize| {
            let of = |found: usize| format!("{found} of {of}");
            row(name, [of(with), String::new(), String::new(), of(without)])
        };
        if !all.is_empty() {
            put(text, &found("attackers found", with.found, without.found, all.len()));
            put(text, &found("  of them new", with.found_new, without.found_new, new.len()));
        }
        let names_nobody = "false: the alert names nobody who is known to attack";
        put(text, &format!("  {names_nobody}, of {} clients", count(*others as u64)));
        if !self.is_labelled {
            put(text, "  nothing is labelled: an attack that nobody knows of counts as false here");
        }
        if !self.is_a_day() {
            put(text, "  the rest is less than a day: a rate a day would be a guess from it");
        }
    }

    /// Whether there was time enough to speak of rates a day.
    fn is_a_day(&self) -> bool {
        self.days >= 1.0
    }
}

fn row(name: &str, [with, interval, promised, without]: [String; 4]) -> String {
    let line = format!("  {name:<17}{with:>11}{interval:>18}{promised:>12}{without:>17}");
    line.trim_end().to_owned()
}
