//! What is known of a log's calls, asked for by event.

use std::collections::{BTreeMap, BTreeSet};

use domain::{Client, Entity, Event, Names, Threat, Timestamp};
use pipeline::Label;

use crate::backtest::Truth;

/// Labels by client and time. Whatever they do not mention is unknown.
#[derive(Clone, Debug, Default)]
pub struct Labels {
    clients: BTreeMap<Client, Vec<Span>>,
    /// The campaign that a client takes part in, by its place in the truth.
    campaigns: BTreeMap<Client, u32>,
    /// Which lines of the truth name a client that the log has not.
    unmatched: Vec<String>,
}

/// A label over a stretch of time.
#[derive(Clone, Debug)]
struct Span {
    first: Timestamp,
    last: Timestamp,
    label: Label,
    /// The times of the labelled calls, ascending, where they are known one by one.
    times: Option<Vec<Timestamp>>,
}

/// Times in a truth are written to the millisecond, those of a log often to the second.
const SLACK_MICROS: i64 = 1_000_000;

impl Span {
    fn label_at(&self, at: Timestamp) -> Option<Label> {
        let is_within =
            at.plus_micros(SLACK_MICROS) >= self.first && at <= self.last.plus_micros(SLACK_MICROS);
        let is_listed = |times: &Vec<Timestamp>| {
            let from = at.plus_micros(-SLACK_MICROS);
            let next = times.partition_point(|time| *time < from);
            times.get(next).is_some_and(|time| *time <= at.plus_micros(SLACK_MICROS))
        };
        (is_within && self.times.as_ref().is_none_or(is_listed)).then_some(self.label)
    }
}

impl Labels {
    /// The labels of a truth, for a log in which these are the clients without address. `present` are
    /// the clients of the log.
    pub fn of_truth(truth: &Truth, hosts: &Names, present: &BTreeSet<Client>) -> Self {
        let mut labels = Self::default();
        let all = (Timestamp::from_micros(i64::MIN), Timestamp::from_micros(i64::MAX / 2));
        for (number, campaign) in truth.campaigns.iter().enumerate() {
            for source in &campaign.sources {
                let times = campaign.requests.as_ref().and_then(|it| it.get(source)).cloned();
                let times = times.map(|mut times| {
                    times.sort_unstable();
                    times
                });
                let label = Label::Attack(campaign.threat);
                let span = Span { first: campaign.first, last: campaign.last, label, times };
                if let Some(client) = labels.add_client(source, span, hosts, present) {
                    labels.campaigns.entry(client).or_insert(number as u32);
                }
            }
        }
        for source in truth.normals.keys() {
            let span = Span { first: all.0, last: all.1, label: Label::Benign, times: None };
            labels.add_client(source, span, hosts, present);
        }
        labels
    }

    fn add_client(
        &mut self,
        source: &str,
        span: Span,
        hosts: &Names,
        present: &BTreeSet<Client>,
    ) -> Option<Client> {
        let client = client_of(source, hosts).filter(|client| present.contains(client));
        match client {
            Some(client) => self.clients.entry(client).or_default().push(span),
            None => self.unmatched.push(source.to_owned()),
        }
        client
    }

    /// The campaign that each client takes part in, where a truth tells.
    pub fn campaigns(&self) -> &BTreeMap<Client, u32> {
        &self.campaigns
    }

    /// Adds what somebody said of a client, by its name in an alert, for a stretch of time.
    pub fn add_named(
        &mut self,
        client: &str,
        hosts: &Names,
        (first, last): (Timestamp, Timestamp),
        label: Label,
    ) {
        let span = Span { first, last, label, times: None };
        match client_of(client, hosts) {
            Some(client) => self.clients.entry(client).or_default().push(span),
            None => self.unmatched.push(client.to_owned()),
        }
    }

    /// What is known of an event. A benign label yields to an attack.
    pub fn of(&self, event: &Event) -> Option<Label> {
        if self.is_empty() {
            return None;
        }
        let of_client = self.clients.get(&event.client).into_iter().flatten();
        let known: Vec<Label> = of_client.filter_map(|span| span.label_at(event.time)).collect();
        let attack = known.iter().find(|label| matches!(label, Label::Attack(_)));
        attack.or(known.first()).copied()
    }

    /// Whether an entity is labelled at any time: no sample may leave it out.
    pub fn mentions(&self, entity: &Entity) -> bool {
        matches!(entity, Entity::Client(client) if self.clients.contains_key(client))
    }

    /// Whether nothing is labelled.
    pub fn is_empty(&self) -> bool {
        self.clients.is_empty()
    }

    /// Clients that are labelled and do not occur in the log.
    pub fn unmatched(&self) -> &[String] {
        &self.unmatched
    }

    /// How many clients have a label of each kind: attacks by threat, and benign ones.
    pub fn counts(&self) -> (BTreeMap<Threat, usize>, usize) {
        let (mut attacks, mut benign) = (BTreeMap::new(), 0);
        for spans in self.clients.values() {
            let threats: BTreeSet<Threat> = spans
                .iter()
                .filter_map(|span| match span.label {
                    Label::Attack(threat) => Some(threat),
                    Label::Benign => None,
                })
                .collect();
            benign += usize::from(threats.is_empty());
            threats.into_iter().for_each(|threat| *attacks.entry(threat).or_default() += 1);
        }
        (attacks, benign)
    }
}

fn client_of(source: &str, hosts: &Names) -> Option<Client> {
    let address = source.split('/').next().unwrap_or(source);
    match address.parse() {
        Ok(address) => Some(Client::from_ip(address)),
        Err(_) => hosts.find(source.as_bytes()).map(Client::Host),
    }
}
