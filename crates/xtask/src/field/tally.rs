use std::collections::{BTreeMap, BTreeSet};

use super::alarm::Alarm;
use super::truth::{Campaign, Truth};

/// Alarms held against what happened.
#[derive(Debug)]
pub(super) struct Tally<'a> {
    /// In the order of the campaigns.
    pub(super) campaigns: Vec<Outcome<'a>>,
    /// The normal clients that were accused, each with its group and what of.
    pub(super) wronged: BTreeMap<&'a str, (&'a str, Vec<&'a Alarm>)>,
}

/// What became of a campaign.
#[derive(Debug)]
pub(super) struct Outcome<'a> {
    pub(super) campaign: &'a Campaign,
    /// How many of its sources were accused of what it was.
    pub(super) named: usize,
    /// How many of its sources were accused of anything.
    pub(super) noticed: usize,
    /// Whatever its sources were accused of.
    pub(super) threats: BTreeSet<&'a str>,
    /// Seconds from its first request to the first alert that names it rightly.
    pub(super) delay_secs: Option<f64>,
}

impl<'a> Tally<'a> {
    pub(super) fn of(truth: &'a Truth, alarms: &'a [Alarm]) -> Self {
        let mut accused: BTreeMap<&str, Vec<&Alarm>> = BTreeMap::new();
        for alarm in alarms {
            for client in alarm.accused() {
                accused.entry(client).or_default().push(alarm);
            }
        }
        let of_campaign = |campaign| outcome(truth, campaign, &accused);
        let campaigns = truth.campaigns.iter().map(of_campaign).collect();
        for campaign in &truth.campaigns {
            for source in &campaign.sources {
                if let Some(alarms) = accused.get_mut(source.as_str()) {
                    alarms.retain(|alarm| !is_about(truth, campaign, source, alarm));
                }
            }
        }
        accused.retain(|_, alarms| !alarms.is_empty());
        let group = |client: &str| match truth.normals.get(client) {
            Some(group) => group.as_str(),
            // Only what a trusted proxy vouches for comes from outside the recording's network.
            None => "behind a trusted proxy",
        };
        let wronged = accused.into_iter().map(|(client, of)| (client, (group(client), of)));
        Self { campaigns, wronged: wronged.collect() }
    }
}

/// Whether an alert about a source of a campaign is about the campaign. Where normal clients share the
/// address, one of another threat, or from before the campaign began, is about them.
fn is_about(truth: &Truth, campaign: &Campaign, source: &str, alarm: &Alarm) -> bool {
    // Logs may tell whole seconds.
    let is_later = alarm.since(source).as_second() >= campaign.first_request.as_second();
    !truth.shares(source) || (alarm.threat == campaign.threat && is_later)
}

fn outcome<'a>(
    truth: &Truth,
    campaign: &'a Campaign,
    accused: &BTreeMap<&str, Vec<&'a Alarm>>,
) -> Outcome<'a> {
    let mut outcome =
        Outcome { campaign, named: 0, noticed: 0, threats: BTreeSet::new(), delay_secs: None };
    for source in campaign.sources.iter().map(String::as_str) {
        let of_source = accused.get(source).into_iter().flatten();
        let alarms = of_source.filter(|alarm| is_about(truth, campaign, source, alarm));
        let alarms: Vec<&Alarm> = alarms.copied().collect();
        if alarms.is_empty() {
            continue;
        }
        outcome.noticed += 1;
        outcome.threats.extend(alarms.iter().map(|alarm| alarm.threat.as_str()));
        let rightly = alarms.iter().filter(|alarm| alarm.threat == campaign.threat);
        let first = rightly.map(|alarm| alarm.since(source)).min();
        let Some(first) = first else { continue };
        outcome.named += 1;
        // An alert that was open before the campaign began takes no time to notice it.
        let delay = first.duration_since(campaign.first_request).as_secs_f64().max(0.0);
        outcome.delay_secs = Some(outcome.delay_secs.map_or(delay, |other| other.min(delay)));
    }
    outcome
}

#[cfg(test)]
mod tests {
    use super::*;

    fn campaign(threat: &'static str, sources: &[&str]) -> Campaign {
        Campaign {
            name: "A01".into(),
            threat,
            tool: "hydra".into(),
            sources: sources.iter().map(|source| (*source).to_owned()).collect(),
            requests: 60,
            first_request: "2026-11-22T21:45:00Z".parse().expect("a time"),
        }
    }

    fn alarm(threat: &str, kind: &str, value: &str, clients: &[&str], opened_at: &str) -> Alarm {
        let alert = serde_json::json!({
            "threat": threat, "severity": "high", "score": 0.8, "clients": clients,
            "entity": { "kind": kind, "value": value }, "opened_at": opened_at, "evidence": [],
        });
        Alarm::read(&alert.to_string()).expect("an alert")
    }

    #[test]
    fn an_alert_about_a_client_accuses_it_and_another_accuses_those_it_lists() {
        let truth = Truth {
            campaigns: vec![campaign("brute_force", &["10.0.0.1", "10.0.0.2", "10.0.0.3"])],
            absent: Vec::new(),
            normals: [("10.0.0.9".to_owned(), "web-user".to_owned())].into(),
            trusted_proxies: Vec::new(),
        };
        let alarms = [
            alarm("automated_bots", "client", "10.0.0.1", &[], "2026-11-22T21:45:02Z"),
            alarm(
                "brute_force",
                "account",
                "ann",
                &["10.0.0.2", "10.0.0.9", "192.0.2.1"],
                "2026-11-22T21:45:30Z",
            ),
        ];
        let tally = Tally::of(&truth, &alarms);
        let outcome = &tally.campaigns[0];
        assert_eq!((outcome.named, outcome.noticed), (1, 2));
        assert_eq!(outcome.delay_secs, Some(30.0));
        let wronged: Vec<_> =
            tally.wronged.iter().map(|(client, (group, _))| (*client, *group)).collect();
        assert_eq!(wronged, [("10.0.0.9", "web-user"), ("192.0.2.1", "behind a trusted proxy")]);
    }

    #[test]
    fn of_an_address_that_people_share_with_an_attack_only_that_threat_is_rightly_said() {
        let truth = Truth {
            campaigns: vec![campaign("credential_stuffing", &["10.0.0.1"])],
            absent: Vec::new(),
            normals: [("10.0.0.1".to_owned(), "cdn-edge".to_owned())].into(),
            trusted_proxies: Vec::new(),
        };
        let about = |threat, opened_at| alarm(threat, "client", "10.0.0.1", &[], opened_at);
        let right = [about("credential_stuffing", "2026-11-22T21:46:00Z")];
        let tally = Tally::of(&truth, &right);
        assert_eq!((tally.campaigns[0].named, tally.wronged.len()), (1, 0));
        let wrong = [
            about("automated_bots", "2026-11-22T21:46:00Z"),
            about("credential_stuffing", "2026-11-22T21:44:59Z"),
        ];
        for alarms in wrong.chunks(1) {
            let tally = Tally::of(&truth, alarms);
            let outcome = &tally.campaigns[0];
            assert_eq!((outcome.named, outcome.noticed), (0, 0), "{alarms:?}");
            assert_eq!(tally.wronged["10.0.0.1"].0, "cdn-edge");
        }
    }
}
