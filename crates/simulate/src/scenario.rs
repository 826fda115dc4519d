//! A scenario as it is written: TOML with bounds.

use std::fmt;

use domain::{Threat, Timestamp};
use serde::Deserialize;
use toml::de::DeTable;

use crate::attacks::{MAX_CALLS, MAX_CLIENTS, THREATS};
use crate::background::Kind;

/// Visitors of a kind at most.
pub const MAX_PEOPLE: u32 = 200_000;
/// Hours that a scenario may last: four weeks.
pub const MAX_HOURS: f64 = 672.0;

/// Entries of one kind of background at most.
const MAX_NUMBER: u32 = 1_000;
/// The largest size of one.
const MAX_SIZE: u32 = 100_000;

/// Who comes to a site, and when.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// One line about it.
    pub title: String,
    /// When it begins, in UTC.
    #[serde(default = "default_start")]
    pub start: toml::value::Datetime,
    /// How many minutes it lasts.
    pub minutes: f64,
    /// Hours that local time is ahead of UTC: what decides when people sleep.
    #[serde(default)]
    pub utc_offset_hours: f64,
    /// Accounts of the site.
    #[serde(default = "default_accounts")]
    pub accounts: u32,
    /// The status of a failed sign-in; 200 for an API that says so in the body alone.
    #[serde(default = "default_failed_status")]
    pub failed_sign_in_status: u16,
    /// Ordinary people.
    #[serde(default)]
    pub people: People,
    /// Ordinary traffic that looks odd.
    #[serde(default)]
    pub background: Vec<Background>,
    /// Attacks.
    #[serde(default)]
    pub attack: Vec<Attack>,
}

/// Ordinary people.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct People {
    /// Visits with a browser.
    pub browsers: u32,
    /// Apps that stay for a while.
    pub apps: u32,
}

/// Some of one kind of ordinary but odd traffic.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Background {
    /// What it is.
    pub kind: Kind,
    /// How many of it there are.
    #[serde(default = "one")]
    pub number: u32,
    /// How large it is; the kind says what that means.
    pub size: Option<u32>,
}

/// An attack; what is not given is drawn by the seed.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Attack {
    /// What it is, such as `brute_force`.
    pub threat: String,
    /// How many of them.
    #[serde(default = "one")]
    pub number: u32,
    /// The minute in which it begins.
    pub minute: Option<f64>,
    /// How many minutes it lasts.
    pub minutes: Option<f64>,
    /// How many calls it makes; whoever guesses a password may use it, with up to 15 calls more.
    pub calls: Option<usize>,
    /// How many addresses it comes from.
    pub clients: Option<usize>,
    /// How many accounts it goes for.
    pub accounts: Option<usize>,
    /// From 0, in the open, to 1, like people.
    pub mimicry: Option<f64>,
}

/// A scenario that cannot be played: where, what, and the rule.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("invalid scenario: {reason}")]
pub struct ScenarioError {
    reason: String,
}

/// A value that breaks its rule.
struct Fault {
    /// The list that it is in, and the place in it, counted from 0.
    entry: Option<(&'static str, usize)>,
    /// Its key; `section.key` in a section.
    key: &'static str,
    value: String,
    rule: String,
}

impl Scenario {
    /// Reads a scenario.
    ///
    /// # Errors
    /// When it is not TOML, has an unknown key, or a value breaks its rule; with line and column.
    pub fn from_toml(text: &str) -> Result<Self, ScenarioError> {
        let invalid = |at: Option<usize>, what: String| {
            let place = at.map_or(String::new(), |at| format!("{}: ", line_and_column(text, at)));
            ScenarioError { reason: place + &what }
        };
        let scenario: Self = toml::from_str(text).map_err(|error| {
            invalid(error.span().map(|span| span.start), error.message().replace('\n', " "))
        })?;
        let told = |fault: Fault| invalid(fault.place(text), scenario.told(&fault));
        scenario.check().map_err(told)?;
        Ok(scenario)
    }

    fn check(&self) -> Result<(), Fault> {
        let lasts = 1.0 / 60.0..=MAX_HOURS * 60.0;
        if !lasts.contains(&self.minutes) {
            return fault("minutes", self.minutes, "must be from a second to 28 days");
        }
        if self.start_time().is_none() {
            return fault("start", self.start, "must be a date and time with Z or an offset");
        }
        if !(-14.0..=14.0).contains(&self.utc_offset_hours) {
            return fault("utc_offset_hours", self.utc_offset_hours, "must be from -14 to 14");
        }
        if !(100..600).contains(&self.failed_sign_in_status) {
            let status = self.failed_sign_in_status;
            return fault("failed_sign_in_status", status, "must be a status");
        }
        let people = [
            ("accounts", self.accounts, 1),
            ("people.browsers", self.people.browsers, 0),
            ("people.apps", self.people.apps, 0),
        ];
        for (key, number, least) in people {
            if !(least..=MAX_PEOPLE).contains(&number) {
                return fault(key, number, format!("must be from {least} to {MAX_PEOPLE}"));
            }
        }
        let within = |list: &'static str, place: usize| {
            move |fault: Fault| Fault { entry: Some((list, place)), ..fault }
        };
        for (place, it) in self.background.iter().enumerate() {
            it.check().map_err(within("background", place))?;
        }
        for (place, it) in self.attack.iter().enumerate() {
            it.check(self.minutes).map_err(within("attack", place))?;
        }
        Ok(())
    }

    /// `attack 2 (brute_force): minute = 50: must be ...`.
    fn told(&self, fault: &Fault) -> String {
        let Fault { entry, key, value, rule } = fault;
        let of = entry.map_or(String::new(), |(list, place)| {
            let name = match list {
                "attack" => self.attack[place].threat.as_str(),
                _ => self.background[place].kind.name(),
            };
            format!("{list} {} ({name}): ", place + 1)
        });
        format!("{of}{key} = {value}: {rule}")
    }

    /// When it begins.
    pub fn start_time(&self) -> Option<Timestamp> {
        let text = self.start.to_string();
        let at: jiff::Timestamp = text.parse().ok()?;
        Some(Timestamp::from_micros(at.as_microsecond()))
    }
}

impl Attack {
    /// The threat that is meant.
    pub(crate) fn threat(&self) -> Option<Threat> {
        self.threat.parse().ok().filter(|threat| THREATS.contains(threat))
    }

    fn check(&self, lasts: f64) -> Result<(), Fault> {
        if self.threat().is_none() {
            let known = THREATS.map(Threat::name).join(", ");
            return fault("threat", &self.threat, format!("must be one of {known}"));
        }
        let scenario = format!("must be from 0 to {lasts}, the minutes that the scenario lasts");
        let within = |key, value: Option<f64>, most: f64, rule: &str| match value {
            Some(value) if !(0.0..=most).contains(&value) => fault(key, value, rule),
            _ => Ok(()),
        };
        within("minute", self.minute, lasts, &scenario)?;
        within("minutes", self.minutes, lasts, &scenario)?;
        within("mimicry", self.mimicry, 1.0, "must be from 0 to 1")?;
        let counts = [
            ("number", Some(self.number as usize), 1_000),
            ("calls", self.calls, MAX_CALLS),
            ("clients", self.clients, MAX_CLIENTS),
            ("accounts", self.accounts, MAX_CALLS),
        ];
        for (key, value, most) in counts {
            if let Some(value) = value.filter(|value| !(1..=most).contains(value)) {
                return fault(key, value, format!("must be from 1 to {most}"));
            }
        }
        Ok(())
    }
}

impl Background {
    fn check(&self) -> Result<(), Fault> {
        if self.number > MAX_NUMBER {
            return fault("number", self.number, format!("must be at most {MAX_NUMBER}"));
        }
        match self.size {
            Some(size) if !(1..=MAX_SIZE).contains(&size) => {
                fault("size", size, format!("must be from 1 to {MAX_SIZE}"))
            }
            _ => Ok(()),
        }
    }
}

impl Fault {
    /// Where its value stands in the text; where its entry does if it has none.
    fn place(&self, text: &str) -> Option<usize> {
        let table = DeTable::parse(text).ok()?;
        let mut found = table.get_ref();
        let mut place = None;
        if let Some((list, at)) = self.entry {
            let entry = found.get(list)?.get_ref().as_array()?.get(at)?;
            (found, place) = (entry.get_ref().as_table()?, Some(entry.span().start));
        }
        let key = match self.key.split_once('.') {
            Some((section, key)) => {
                found = found.get(section)?.get_ref().as_table()?;
                key
            }
            None => self.key,
        };
        found.get(key).map(|value| value.span().start).or(place)
    }
}

fn fault(
    key: &'static str,
    value: impl fmt::Display,
    rule: impl Into<String>,
) -> Result<(), Fault> {
    Err(Fault { entry: None, key, value: value.to_string(), rule: rule.into() })
}

/// `line 3, column 10`, each counted from 1.
fn line_and_column(text: &str, at: usize) -> String {
    let before = text.get(..at).unwrap_or(text);
    let (line, start) = (before.matches('\n').count(), before.rfind('\n').map_or(0, |end| end + 1));
    format!("line {}, column {}", line + 1, before[start..].chars().count() + 1)
}

fn default_start() -> toml::value::Datetime {
    "2026-03-02T08:00:00Z".parse().expect("a date and time")
}

const fn default_accounts() -> u32 {
    200
}

const fn default_failed_status() -> u16 {
    401
}

const fn one() -> u32 {
    1
}
