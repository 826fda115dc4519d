//! Alerts against the truth.

use std::collections::{BTreeMap, BTreeSet};

use domain::{Alert, Threat, Timestamp};
use models::metrics::{average_precision, poisson_interval, pr_curve};
use pipeline::Drift;

use super::figures::{
    Accused, AlertLine, Backtest, CampaignFigures, Confusion, Curve, DriftFigures, FalseAlarms,
    ThreatFigures, Unlisted,
};
use super::truth::{Campaign, Truth};
use crate::error::{Error, data};

/// What judging a log gave.
#[derive(Clone, Copy, Debug)]
pub struct Judged<'a> {
    /// The alerts.
    pub alerts: &'a [Alert],
    /// Every client of the log, as alerts write it, and the highest score that it reached by its own
    /// rows, alert or not; 0 where none was given.
    pub scores: &'a BTreeMap<String, f32>,
    /// Event time of the log's first and last event.
    pub period: (Timestamp, Timestamp),
    /// False alarms a day that the budget allows.
    pub promised_a_day: f64,
    /// What has changed since the training; `None` without one.
    pub drift: Option<&'a Drift>,
}

/// Holds alerts against a truth.
///
/// # Errors
/// When the truth and the log have nothing to do with each other: no client of the truth is in the
/// log, or no campaign falls into its time.
pub fn score(truth: &Truth, judged: &Judged<'_>) -> Result<Backtest, Error> {
    check_overlap(truth, judged)?;
    let case = Case::new(truth, judged);
    let campaigns: Vec<CampaignFigures> =
        case.present.iter().map(|campaign| case.campaign(campaign)).collect();
    let is_present = |campaign: &&Campaign| case.is_present(campaign);
    let absent = truth.campaigns.iter().filter(|campaign| !is_present(campaign));
    Ok(Backtest {
        log_days: case.days(),
        clients: judged.scores.len(),
        attackers: case.attackers.len(),
        normal_clients: judged.scores.keys().filter(|client| case.is_normal(client)).count(),
        unlisted: case.unlisted(),
        alerts: judged.alerts.len(),
        true_alerts: case.lines.iter().filter(|line| case.is_true(line)).count(),
        threats: by_threat(&campaigns),
        absent: absent.map(|campaign| campaign.name.clone()).collect(),
        false_alarms: case.false_alarms(),
        confusion: case.confusion(),
        curve: case.curve(),
        drift: judged.drift.map(DriftFigures::from),
        campaigns,
    })
}

fn check_overlap(truth: &Truth, judged: &Judged<'_>) -> Result<(), Error> {
    let attackers = truth.attackers();
    let known = || attackers.iter().copied().chain(truth.normals.keys().map(String::as_str));
    let Some(example) = known().next() else {
        // That nobody did anything is a truth of any log.
        return match truth.is_complete {
            true => Ok(()),
            false => Err(data("0 clients in the truth: must list at least one")),
        };
    };
    if !known().any(|client| judged.scores.contains_key(client)) {
        return Err(data(format!(
            "client {example:?} and {} others of the truth: none of them is among the {} clients of \
             the log",
            known().count() - 1,
            judged.scores.len()
        )));
    }
    let (first, last) = judged.period;
    let is_inside = |campaign: &Campaign| campaign.first <= last && campaign.last >= first;
    match truth.campaigns.first() {
        Some(campaign) if !truth.campaigns.iter().any(is_inside) => Err(data(format!(
            "first_request {} of campaign {:?}, and those of all others: the log's time is {first} to \
             {last}",
            campaign.first, campaign.name
        ))),
        _ => Ok(()),
    }
}

/// A truth and the alerts of a log, made ready to be asked.
struct Case<'a> {
    truth: &'a Truth,
    judged: &'a Judged<'a>,
    /// The campaigns that the log holds.
    present: Vec<&'a Campaign>,
    /// Their sources that are in the log.
    attackers: BTreeSet<&'a str>,
    lines: Vec<AlertLine>,
    /// Of each client, which alerts accuse it, as places in `judged.alerts`.
    accused: BTreeMap<String, Vec<usize>>,
}

impl<'a> Case<'a> {
    fn new(truth: &'a Truth, judged: &'a Judged<'a>) -> Self {
        let lines: Vec<AlertLine> = judged.alerts.iter().map(AlertLine::from).collect();
        let mut accused: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (place, line) in lines.iter().enumerate() {
            for client in line.accused() {
                accused.entry(client.clone()).or_default().push(place);
            }
        }
        let mut case =
            Self { truth, judged, present: Vec::new(), attackers: BTreeSet::new(), lines, accused };
        case.present =
            truth.campaigns.iter().filter(|campaign| case.is_present(campaign)).collect();
        case.attackers = case.present.iter().flat_map(|campaign| case.sources(campaign)).collect();
        case
    }

    /// Whether the log holds any of a campaign.
    fn is_present(&self, campaign: &Campaign) -> bool {
        let (first, last) = self.judged.period;
        campaign.first <= last
            && campaign.last >= first
            && campaign.sources.iter().any(|source| self.judged.scores.contains_key(source))
    }

    /// The sources of a campaign that are in the log.
    fn sources(&self, campaign: &'a Campaign) -> impl Iterator<Item = &'a str> {
        let scores = self.judged.scores;
        campaign.sources.iter().map(String::as_str).filter(|source| scores.contains_key(*source))
    }

    /// Whether a client is known to have done nothing.
    fn is_normal(&self, client: &str) -> bool {
        !self.is_attacker(client)
            && (self.truth.is_complete || self.truth.normals.contains_key(client))
    }

    /// Whether it attacked, in this log or beside it.
    fn is_attacker(&self, client: &str) -> bool {
        self.attackers.contains(client)
            || self.truth.campaigns.iter().any(|campaign| campaign.sources.contains(client))
    }

    fn is_listed(&self, client: &str) -> bool {
        self.truth.normals.contains_key(client) || self.is_attacker(client)
    }

    fn days(&self) -> f64 {
        let (first, last) = self.judged.period;
        (last.secs_since(first) / 86_400.0).max(1.0 / 86_400.0)
    }

    fn unlisted(&self) -> Unlisted {
        let clients = self.judged.scores.keys().filter(|client| !self.is_listed(client));
        let accused = self.accused.keys().filter(|client| !self.is_listed(client));
        Unlisted {
            clients: clients.count(),
            are_normal: self.truth.is_complete,
            accused: accused.count(),
        }
    }

    fn alerts_about(&self, client: &str) -> impl Iterator<Item = &'a Alert> {
        let places = self.accused.get(client).map_or(&[][..], Vec::as_slice);
        places.iter().map(|place| &self.judged.alerts[*place]).collect::<Vec<_>>().into_iter()
    }

    fn campaign(&self, campaign: &'a Campaign) -> CampaignFigures {
        let mut figures = CampaignFigures {
            campaign: campaign.name.clone(),
            threat: campaign.threat.name().to_owned(),
            tool: campaign.tool.clone(),
            sources: self.sources(campaign).count(),
            sources_found: 0,
            sources_noticed: 0,
            seen_as: Vec::new(),
            delay_secs: None,
            requests: campaign.requests.as_ref().map(|of| of.values().map(Vec::len).sum()),
            requests_unnoticed: None,
        };
        let mut seen_as = BTreeSet::new();
        for source in self.sources(campaign) {
            figures.sources_noticed += usize::from(self.accused.contains_key(source));
            seen_as.extend(self.alerts_about(source).map(|alert| alert.threat));
            let rightly = self.alerts_about(source).filter(|alert| alert.threat == campaign.threat);
            let Some(first) = rightly.map(|alert| since(alert, source)).min() else { continue };
            figures.sources_found += 1;
            // An alert that was open before the campaign began takes no time to notice it.
            let delay = first.secs_since(campaign.first).max(0.0);
            figures.delay_secs = Some(figures.delay_secs.map_or(delay, |other| other.min(delay)));
        }
        figures.seen_as = seen_as.into_iter().map(|threat| threat.name().to_owned()).collect();
        figures.requests_unnoticed = campaign.requests.as_ref().map(|of| self.unnoticed(of));
        figures
    }

    /// How many requests came before the first alert about who made them.
    fn unnoticed(&self, requests: &BTreeMap<String, Vec<Timestamp>>) -> usize {
        let before = |(client, times): (&String, &Vec<Timestamp>)| {
            let first = self.alerts_about(client).map(|alert| since(alert, client)).min();
            times.iter().filter(|at| first.is_none_or(|first| **at < first)).count()
        };
        requests.iter().map(before).sum()
    }

    /// Whether an alert accuses an attacker, whomever else it accuses.
    fn is_true(&self, line: &AlertLine) -> bool {
        line.accused().iter().any(|client| self.is_attacker(client))
    }

    /// Whether it accuses a normal client and no attacker.
    fn is_false(&self, line: &AlertLine) -> bool {
        !self.is_true(line) && line.accused().iter().any(|client| self.is_normal(client))
    }

    fn false_alarms(&self) -> FalseAlarms {
        let alerts = self.lines.iter().filter(|line| self.is_false(line)).count();
        let normals = self.judged.scores.keys().filter(|client| self.is_normal(client)).count();
        let group = |client: &str| match self.truth.normals.get(client) {
            Some(group) => group.clone(),
            None => "unlisted".to_owned(),
        };
        let accused = self.accused.iter().filter(|(client, _)| self.is_normal(client));
        let accused = accused.map(|(client, places)| {
            let alerts: Vec<AlertLine> = places.iter().map(|at| self.lines[*at].clone()).collect();
            let is_wronged = !alerts.iter().any(|line| self.is_false(line));
            (client.clone(), Accused { group: group(client), is_wronged, alerts })
        });
        let accused: BTreeMap<String, Accused> = accused.collect();
        let wronged = accused.values().filter(|it| it.is_wronged).count();
        let (low, high) = poisson_interval(alerts);
        FalseAlarms {
            alerts,
            alerts_a_day: alerts as f64 / self.days(),
            alerts_a_day_low: low / self.days(),
            alerts_a_day_high: high / self.days(),
            promised_a_day: self.judged.promised_a_day,
            alerts_per_1000_clients: 1_000.0 * alerts as f64 / normals.max(1) as f64,
            clients: accused.len() - wronged,
            wronged,
            accused,
        }
    }

    fn confusion(&self) -> Confusion {
        let mut rows: BTreeMap<Option<Threat>, Vec<usize>> = BTreeMap::new();
        let nothing = Threat::ALL.len();
        let mut take = |truth: Option<Threat>, client: &str| {
            let row = rows.entry(truth).or_insert_with(|| vec![0; nothing + 1]);
            row[self.taken_for(client).map_or(nothing, |threat| threat as usize)] += 1;
        };
        for campaign in &self.present {
            self.sources(campaign).for_each(|source| take(Some(campaign.threat), source));
        }
        for client in self.judged.scores.keys().filter(|client| self.is_normal(client)) {
            take(None, client);
        }
        // `None` sorts first, and belongs last.
        let normal = rows.remove(&None);
        let name = |threat: &Threat| threat.name().to_owned();
        let mut confusion = Confusion {
            truth: rows.keys().flatten().map(name).collect(),
            taken_for: Threat::ALL.iter().map(name).chain(["nothing".to_owned()]).collect(),
            clients: rows.into_values().collect(),
        };
        if let Some(normal) = normal {
            confusion.truth.push("normal".to_owned());
            confusion.clients.push(normal);
        }
        confusion
    }

    /// What the alert of the highest score about a client says; of equals the first in the order of
    /// catalogues.
    fn taken_for(&self, client: &str) -> Option<Threat> {
        let strongest = self
            .alerts_about(client)
            .min_by(|a, b| b.score.get().total_cmp(&a.score.get()).then(a.threat.cmp(&b.threat)));
        strongest.map(|alert| alert.threat)
    }

    fn curve(&self) -> Curve {
        let known = self.judged.scores.iter().filter_map(|(client, own)| {
            let is_attacker = self.attackers.contains(client.as_str());
            (is_attacker || self.is_normal(client)).then(|| {
                let alerts = self.alerts_about(client).map(|alert| alert.score.get());
                (alerts.fold(*own, f32::max), is_attacker)
            })
        });
        let (scores, labels): (Vec<f32>, Vec<bool>) = known.unzip();
        let average = average_precision(&scores, &labels);
        Curve {
            points: pr_curve(&scores, &labels),
            average_precision: Some(average).filter(|average| average.is_finite()),
        }
    }
}

/// Since when an alert tells of a client: since it was raised, or since the client joined it where that
/// came later. Evidence that was not enough yet told nobody.
fn since(alert: &Alert, client: &str) -> Timestamp {
    let member = alert.members.iter().find(|member| member.entity.value == client);
    member.map_or(alert.opened_at, |member| member.first_seen.max(alert.opened_at))
}

fn by_threat(campaigns: &[CampaignFigures]) -> Vec<ThreatFigures> {
    let of = |threat: &Threat| -> Vec<&CampaignFigures> {
        campaigns.iter().filter(|campaign| campaign.threat == threat.name()).collect()
    };
    let groups = Threat::ALL.iter().map(|threat| (threat.name(), of(threat)));
    let all = std::iter::once(("all", campaigns.iter().collect()));
    groups
        .chain(all)
        .filter(|(_, of)| !of.is_empty())
        .map(|(name, of)| figures(name, &of))
        .collect()
}

fn figures(name: &str, campaigns: &[&CampaignFigures]) -> ThreatFigures {
    let sum = |of: fn(&CampaignFigures) -> usize| campaigns.iter().map(|c| of(c)).sum();
    let mut delays: Vec<f64> = campaigns.iter().filter_map(|c| c.delay_secs).collect();
    delays.sort_unstable_by(f64::total_cmp);
    ThreatFigures {
        threat: name.to_owned(),
        campaigns: campaigns.len(),
        found: sum(|campaign| usize::from(campaign.sources_found > 0)),
        noticed: sum(|campaign| usize::from(campaign.sources_noticed > 0)),
        sources: sum(|campaign| campaign.sources),
        sources_found: sum(|campaign| campaign.sources_found),
        sources_noticed: sum(|campaign| campaign.sources_noticed),
        delay_secs_median: delays.get(delays.len() / 2).copied(),
        delay_secs_max: delays.last().copied(),
    }
}

#[cfg(test)]
#[path = "score_tests.rs"]
mod tests;
