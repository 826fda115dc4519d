use std::collections::BTreeSet;
use std::fmt;

use anyhow::Result;
use jiff::Timestamp;
use serde::Deserialize;

/// The fields of an alert that are needed here.
#[derive(Debug, Deserialize)]
pub(super) struct Alarm {
    pub(super) threat: String,
    pub(super) severity: String,
    pub(super) score: f32,
    pub(super) entity: Entity,
    opened_at: Timestamp,
    clients: Vec<String>,
    #[serde(default)]
    members: Vec<Member>,
    evidence: Vec<Evidence>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Entity {
    pub(super) kind: String,
    pub(super) value: String,
}

#[derive(Debug, Deserialize)]
struct Member {
    kind: String,
    value: String,
    first_seen: Timestamp,
}

#[derive(Debug, Deserialize)]
struct Evidence {
    feature: String,
    value: f32,
    normal_high: Option<f32>,
    ratio: f32,
}

impl Alarm {
    /// Reads a line of `detect --output jsonl`.
    pub(super) fn read(line: &str) -> Result<Self> {
        Ok(serde_json::from_str(line)?)
    }

    /// The clients that it accuses: the one that it is about, else its members and those that it
    /// lists.
    pub(super) fn accused(&self) -> BTreeSet<&str> {
        if self.entity.kind == "client" {
            return BTreeSet::from([self.entity.value.as_str()]);
        }
        let members = self.members.iter().filter(|member| member.kind == "client");
        let members = members.map(|member| member.value.as_str());
        self.clients.iter().map(String::as_str).chain(members).collect()
    }

    /// Since when it accuses a client: since it was raised, or since the client joined it where that came
    /// later.
    pub(super) fn since(&self, client: &str) -> Timestamp {
        let member = self.members.iter().find(|member| member.value == client);
        member.map_or(self.opened_at, |member| member.first_seen.max(self.opened_at))
    }
}

/// On one line: what, whom, how sure, and the weightiest reason.
impl fmt::Display for Alarm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Entity { kind, value } = &self.entity;
        write!(f, "{} ({} {:.2}) by {kind} `{value}`", self.threat, self.severity, self.score)?;
        for (place, evidence) in self.evidence.iter().take(2).enumerate() {
            let before = if place == 0 { ": " } else { "; " };
            let Evidence { feature, value, normal_high, ratio } = evidence;
            let short = features::find(feature).map_or(feature.as_str(), |column| column.short);
            let (about, value) = match features::is_estimate(feature, *value) {
                true => ("about ", value.round()),
                false => ("", *value),
            };
            write!(f, "{before}{about}{} {short}", plain(value))?;
            if let Some(high) = normal_high {
                write!(f, ", normal ≤ {} ({ratio:.1}×)", plain(*high))?;
            }
        }
        Ok(())
    }
}

/// Two digits behind the point where there are any.
fn plain(value: f32) -> String {
    if value.fract() == 0.0 { format!("{value:.0}") } else { format!("{value:.2}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_estimate_is_told_as_one() {
        let told = |feature: &str, value: f32| {
            let alarm = serde_json::json!({
                "threat": "automated_bots", "severity": "low", "score": 0.7, "clients": [],
                "entity": { "kind": "client", "value": "192.0.2.7" },
                "opened_at": "2026-11-22T21:45:00Z",
                "evidence": [{ "feature": feature, "value": value, "normal_high": 112.5, "ratio": 3.34 }],
            });
            Alarm::read(&alarm.to_string()).expect("an alert").to_string()
        };
        let before = "automated_bots (low 0.70) by client `192.0.2.7`: ";
        let paths = features::find("num_unique_paths").expect("a column").short;
        let normal = "normal ≤ 112.50 (3.3×)";
        assert_eq!(
            told("num_unique_paths", 375.715_85),
            format!("{before}about 376 {paths}, {normal}")
        );
        assert_eq!(told("num_unique_paths", 3.0), format!("{before}3 {paths}, {normal}"));
        let ratio = features::find("referer_ratio").expect("a column").short;
        assert_eq!(told("referer_ratio", 0.25), format!("{before}0.25 {ratio}, {normal}"));
    }
}
