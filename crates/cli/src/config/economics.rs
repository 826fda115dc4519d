//! Which incidents alert: modes of threats, and the allowlist. What cannot be meant is refused where
//! the file is read, so that it is told with its line and column.

use std::net::IpAddr;

use alerts::{Allowance, Mode, Who};
use domain::Timestamp;
use ipnet::IpNet;
use serde::{Deserialize, Deserializer, Serialize};

use super::within::within;

/// The shortest cooldown: the window of an hour, in which slow attacks are seen. Calls count in it once more
/// at each further call, so an incident that ended sooner would open again for the same calls.
pub(crate) const LEAST_COOLDOWN_SECS: u32 = 3_600;

/// What is set of a threat.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct OfThreat {
    pub(crate) mode: ThreatMode,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum ThreatMode {
    #[default]
    Alert,
    Log,
    Off,
}

impl OfThreat {
    pub(crate) const fn mode(&self) -> Mode {
        match self.mode {
            ThreatMode::Alert => Mode::Alert,
            ThreatMode::Log => Mode::Log,
            ThreatMode::Off => Mode::Off,
        }
    }
}

/// An entry of the allowlist that was understood, and as it was written.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(into = "AllowText")]
pub(crate) struct Allow {
    pub(crate) text: AllowText,
    pub(crate) allowance: Allowance,
}

impl<'de> Deserialize<'de> for Allow {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        within::<D, AllowText, Self>(deserializer)
    }
}

impl Allow {
    /// Whether it allows everybody, whoever that is.
    pub(crate) fn is_of_everybody(&self) -> bool {
        match &self.allowance.who {
            Who::Network(network) => network.prefix_len() == 0,
            Who::Agent(pattern) => pattern.chars().all(|c| c == '*'),
            Who::Host(_) | Who::Account(_) | Who::Credential(_) | Who::Endpoint(_) => false,
        }
    }
}

/// An entry as it stands in the file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AllowText {
    pub(crate) kind: Kind,
    pub(crate) value: String,
    pub(crate) reason: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) expires: Option<Expiry>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) threats: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Kind {
    Client,
    Account,
    Credential,
    Endpoint,
    Agent,
}

/// A date, as TOML has it or as a text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub(crate) enum Expiry {
    Date(toml::value::Datetime),
    Text(String),
}

impl Kind {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::Account => "account",
            Self::Credential => "credential",
            Self::Endpoint => "endpoint",
            Self::Agent => "agent",
        }
    }
}

impl std::fmt::Display for Expiry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Date(date) => date.fmt(f),
            Self::Text(text) => text.fmt(f),
        }
    }
}

impl TryFrom<AllowText> for Allow {
    type Error = String;

    fn try_from(text: AllowText) -> Result<Self, String> {
        let AllowText { kind, value, reason, expires, threats } = &text;
        if value.is_empty() || reason.trim().is_empty() {
            return Err("an entry of the allowlist needs a value and a reason".into());
        }
        let who = match kind {
            Kind::Client => client(value)?,
            Kind::Account => Who::Account(value.clone()),
            Kind::Credential => Who::Credential(value.clone()),
            Kind::Endpoint => Who::Endpoint(value.clone()),
            Kind::Agent => Who::Agent(value.clone()),
        };
        let expires = expires.as_ref().map(|it| last_moment(&it.to_string())).transpose()?;
        let threats = threats.iter().map(|name| name.parse()).collect::<Result<_, _>>()?;
        let allowance = Allowance { who, threats, reason: reason.clone(), expires };
        Ok(Self { text, allowance })
    }
}

impl From<Allow> for AllowText {
    fn from(allow: Allow) -> Self {
        allow.text
    }
}

/// An address, a network, or the name of a host.
fn client(value: &str) -> Result<Who, String> {
    if let Ok(net) = value.parse::<IpNet>() {
        return Ok(Who::Network(net));
    }
    if let Ok(address) = value.parse::<IpAddr>() {
        return Ok(Who::Network(IpNet::from(address.to_canonical())));
    }
    let is_host = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if value.chars().all(is_host) && value.chars().any(|c| c.is_ascii_alphabetic()) {
        return Ok(Who::Host(value.to_owned()));
    }
    Err(format!(
        "invalid client {value:?}: must be an address, a network such as 10.0.0.0/8 or a host"
    ))
}

/// The moment from which on an entry holds no more: the end of a date in UTC, or a time.
pub(crate) fn last_moment(text: &str) -> Result<Timestamp, String> {
    let fail = || format!("invalid date {text:?}: must be RFC 3339, such as 2026-12-31");
    let parsed: toml::value::Datetime = text.parse().map_err(|_| fail())?;
    let date = parsed.date.ok_or_else(fail)?;
    let (year, month, day) = (i64::from(date.year), u32::from(date.month), u32::from(date.day));
    let Some(time) = parsed.time else {
        return Ok(Timestamp::from_civil(year, month, day + 1, 0, 0, 0));
    };
    let offset_mins = match parsed.offset {
        Some(toml::value::Offset::Custom { minutes }) => i64::from(minutes),
        Some(toml::value::Offset::Z) => 0,
        None => return Err(fail()),
    };
    let (hour, minute) = (u32::from(time.hour), u32::from(time.minute));
    let second = u32::from(time.second.unwrap_or(0));
    let at = Timestamp::from_civil(year, month, day, hour, minute, second);
    Ok(at.plus_micros(-offset_mins * 60 * domain::MICROS_PER_SEC))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_expiry_is_the_end_of_its_day_or_a_moment() {
        let shown = |text| last_moment(text).map(|at| at.to_string());
        assert_eq!(shown("2026-12-31").unwrap(), "2027-01-01T00:00:00Z");
        assert_eq!(shown("2026-12-31T10:00:00+02:00").unwrap(), "2026-12-31T08:00:00Z");
        for wrong in ["soon", "10:00:00", "2026-12-31T10:00:00", "2026-13-01"] {
            assert!(shown(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn an_entry_of_everybody_is_known() {
        let check = |kind: &str, value: &str| {
            let entry = format!("kind = '{kind}'\nvalue = '{value}'\nreason = 'x'");
            toml::from_str::<Allow>(&entry).expect("an entry").is_of_everybody()
        };
        let all = [("agent", "*"), ("agent", "**"), ("client", "0.0.0.0/0"), ("client", "::/0")];
        assert!(all.iter().all(|(kind, value)| check(kind, value)));
        let some = [("agent", "curl/*"), ("client", "0.0.0.0/1"), ("account", "*")];
        assert!(some.iter().all(|(kind, value)| !check(kind, value)));
    }

    #[test]
    fn clients_are_addresses_networks_or_hosts() {
        assert_eq!(client("192.0.2.7").unwrap(), Who::Network("192.0.2.7/32".parse().unwrap()));
        assert_eq!(client("::ffff:192.0.2.7").unwrap(), client("192.0.2.7").unwrap());
        assert_eq!(client("crawl.example.com").unwrap(), Who::Host("crawl.example.com".into()));
        for wrong in ["10.0.0.0/99", "300.1.1.1", "a b", "*"] {
            assert!(client(wrong).is_err(), "{wrong}");
        }
    }
}
