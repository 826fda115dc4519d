//! A scenario as it is written: TOML with bounds.

use domain::{Threat, Timestamp};
use serde::Deserialize;

use crate::attacks::{MAX_CALLS, MAX_CLIENTS, THREATS};
use crate::background::Kind;

/// Visitors of a kind at most.
pub const MAX_PEOPLE: u32 = 200_000;
/// Hours that a scenario may last: four weeks.
pub const MAX_HOURS: f64 = 672.0;

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
    /// How many calls it makes.
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

impl Scenario {
    /// Reads a scenario.
    ///
    /// # Errors
    /// When it is not TOML, has an unknown key, or a value breaks its rule; with line and column where
    /// the text is to blame.
    pub fn from_toml(text: &str) -> Result<Self, ScenarioError> {
        let scenario: Self = toml::from_str(text)
            .map_err(|error| ScenarioError { reason: error.to_string().trim_end().to_owned() })?;
        scenario.check()?;
        Ok(scenario)
    }

    fn check(&self) -> Result<(), ScenarioError> {
        let lasts = 1.0 / 60.0..=MAX_HOURS * 60.0;
        let rule = |key: &str, value: &dyn std::fmt::Display, rule: &str| {
            Err(ScenarioError { reason: format!("{key} = {value}: {rule}") })
        };
        if !lasts.contains(&self.minutes) {
            return rule("minutes", &self.minutes, "must be from a second to 28 days");
        }
        if self.start_time().is_none() {
            return rule("start", &self.start, "must be a date and time with Z or an offset");
        }
        if !(-14.0..=14.0).contains(&self.utc_offset_hours) {
            return rule("utc_offset_hours", &self.utc_offset_hours, "must be from -14 to 14");
        }
        if !(100..600).contains(&self.failed_sign_in_status) {
            return rule("failed_sign_in_status", &self.failed_sign_in_status, "must be a status");
        }
        let people = [
            ("accounts", self.accounts.max(1)),
            ("people.browsers", self.people.browsers),
            ("people.apps", self.people.apps),
        ];
        for (key, number) in people {
            if number > MAX_PEOPLE {
                return rule(key, &number, &format!("must be at most {MAX_PEOPLE}"));
            }
        }
        if self.accounts == 0 {
            return rule("accounts", &self.accounts, "must be at least 1");
        }
        for background in &self.background {
            let size = background.size.unwrap_or(1);
            if background.number > 1_000 || size == 0 || size > 100_000 {
                let kind = background.kind.name();
                let value = format!("{kind}, number {}, size {size}", background.number);
                return rule("background", &value, "must be at most 1,000 of a size up to 100,000");
            }
        }
        self.attack.iter().try_for_each(|attack| attack.check(self.minutes))
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

    fn check(&self, minutes: f64) -> Result<(), ScenarioError> {
        let fail = |key: &str, value: String, rule: String| {
            Err(ScenarioError { reason: format!("attack.{key} = {value}: {rule}") })
        };
        if self.threat().is_none() {
            let known = THREATS.map(Threat::name).join(", ");
            return fail("threat", self.threat.clone(), format!("must be one of {known}"));
        }
        let within = |key: &str, value: Option<f64>, most: f64| match value {
            Some(value) if !(0.0..=most).contains(&value) => {
                fail(key, value.to_string(), format!("must be from 0 to {most}"))
            }
            _ => Ok(()),
        };
        within("minute", self.minute, minutes)?;
        within("minutes", self.minutes, minutes)?;
        within("mimicry", self.mimicry, 1.0)?;
        let counts = [
            ("number", Some(self.number as usize), 1_000),
            ("calls", self.calls, MAX_CALLS),
            ("clients", self.clients, MAX_CLIENTS),
            ("accounts", self.accounts, MAX_CALLS),
        ];
        for (key, value, most) in counts {
            if let Some(value) = value.filter(|value| !(1..=most).contains(value)) {
                return fail(key, value.to_string(), format!("must be from 1 to {most}"));
            }
        }
        Ok(())
    }
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
