//! What was filed about an entity and a threat.

use std::collections::BTreeMap;

use domain::{
    AccountId, Alert, Client, EndpointId, Entity, EntityName, Event, EventFlags, Evidence,
    EvidenceLine, Finding, Member, NameId, Observation, Position, Score, Threat, Timestamp,
};

use crate::campaign::{Campaign, LEAST_MEMBERS, Suspicion};
use crate::severity;

/// Clients and accounts that an alert lists at most.
pub const MAX_LISTED: usize = 50;
/// Raw lines that an alert shows at most.
pub const MAX_SAMPLES: usize = 3;
/// Members that an alert lists at most: further ones are only counted.
pub const MAX_MEMBERS: usize = 1_000;
/// Clients and accounts that an open incident counts; later new ones are not listed.
const MAX_COUNTED: usize = 4 * MAX_LISTED;
/// Agents and endpoints that an open incident counts.
const MAX_TRAITS: usize = 16;
/// Pairs of client and account that an open incident counts: by them it is told which events it has in
/// common with another.
pub const MAX_CALLERS: usize = 1_000;

/// An alert, and where the raw lines stand that it should show.
#[derive(Clone, Debug)]
pub struct Filed {
    /// The alert; its samples are still empty.
    pub alert: Alert,
    /// Where its lines begin, in order.
    pub positions: Vec<Position>,
}

/// Gives names to the numbers that events hold.
pub trait Naming {
    /// An entity in words.
    fn entity(&self, entity: &Entity) -> EntityName;
    /// A client in words.
    fn client(&self, client: Client) -> String;
    /// An account in words.
    fn account(&self, account: AccountId) -> String;
    /// A user agent in words; empty where it is not known.
    fn agent(&self, agent: NameId) -> String;
    /// Catalogue entries of a threat: MITRE ATT&CK and OWASP.
    fn references(&self, threat: Threat) -> (Vec<&'static str>, Vec<&'static str>);
}

#[derive(Clone, Debug)]
pub(crate) struct Incident {
    /// When its evidence began.
    pub(crate) first_seen: Timestamp,
    /// When it could first be raised.
    pub(crate) opened_at: Timestamp,
    pub(crate) last_seen: Timestamp,
    /// Events.
    pub(crate) count: u64,
    pub(crate) score: Score,
    pub(crate) because: Vec<Evidence>,
    pub(crate) clients: Tally<Client>,
    pub(crate) accounts: Tally<AccountId>,
    /// Who called as whom.
    pub(crate) callers: Tally<Caller>,
    pub(crate) agents: Tally<NameId>,
    pub(crate) endpoints: Tally<EndpointId>,
    /// Whose incidents or suspicions are in it, in the order of their entities; empty for one that is
    /// about its entity alone.
    pub(crate) members: BTreeMap<Entity, Part>,
    /// Incidents of others that were folded into it.
    pub(crate) folded: u64,
    /// Whether a sign-in of it failed as far as the size of its answer tells.
    outcomes_inferred: bool,
    first: Option<Position>,
    worst: Option<Position>,
    last: Option<Position>,
}

/// A client, and the account as which it called.
pub(crate) type Caller = (Client, Option<AccountId>);

/// The part of a member.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Part {
    pub(crate) first_seen: Timestamp,
    pub(crate) count: u64,
}

impl Incident {
    pub(crate) fn open(first_seen: Timestamp, opened_at: Timestamp) -> Self {
        Self {
            first_seen,
            opened_at,
            last_seen: first_seen,
            count: 0,
            score: Score::ZERO,
            because: Vec::new(),
            clients: Tally::new(MAX_COUNTED),
            accounts: Tally::new(MAX_COUNTED),
            callers: Tally::new(MAX_CALLERS),
            agents: Tally::new(MAX_TRAITS),
            endpoints: Tally::new(MAX_TRAITS),
            members: BTreeMap::new(),
            folded: 0,
            outcomes_inferred: false,
            first: None,
            worst: None,
            last: None,
        }
    }

    /// Takes a finding in. They come in the order of time.
    ///
    /// The end of a session is no event: who called last may be somebody else than who did what is wrong.
    /// Where not any call is of the threat's kind, it makes an open incident surer, and no longer.
    pub(crate) fn add(&mut self, seen: &Observation<'_>, found: &Finding) {
        let position = Some(seen.position);
        // The latest of equals: its counts have grown furthest.
        let is_worst = found.score >= self.score;
        if is_worst {
            self.score = found.score;
            self.because.clone_from(&found.because);
        }
        let is_event = seen.event.is_some() || is_any_call(found.threat) || self.count == 0;
        if !is_event {
            return;
        }
        if is_worst {
            self.worst = position;
        }
        // A scheduled look at the last call of a session, and the end of the session.
        if self.last == position {
            return;
        }
        self.last_seen = seen.time;
        self.count += 1;
        self.first = self.first.or(position);
        self.last = position;
        match (seen.event, seen.entity) {
            (Some(event), _) => self.note(event),
            (None, Entity::Client(client)) => self.clients.add(client, 1),
            (None, _) => {}
        }
    }

    fn note(&mut self, event: &Event) {
        self.outcomes_inferred |= event.flags.contains(EventFlags::AUTH_INFERRED);
        self.clients.add(event.client, 1);
        self.agents.add(event.agent, 1);
        self.endpoints.add(event.endpoint, 1);
        self.callers.add((event.client, event.account), 1);
        if let Some(account) = event.account {
            self.accounts.add(account, 1);
        }
    }

    /// What a campaign amounts to.
    pub(crate) fn of(campaign: &Campaign) -> Self {
        let (least, members) = (LEAST_MEMBERS as f32, campaign.members as f32);
        let mut incident = Self::open(campaign.suspicions[0].time, campaign.opened_at);
        incident.score = campaign.score();
        let column = match campaign.threat {
            Threat::AutomatedBots => "clients_1h",
            _ => "failing_clients_1h",
        };
        incident.because = vec![Evidence {
            column,
            value: members,
            normal_low: 0.0,
            normal_high: least - 1.0,
            contribution: incident.score.get(),
        }];
        incident.suspect(campaign.endpoint, &campaign.suspicions);
        incident
    }

    /// Takes in what is not enough alone and part of it. Suspicions come in the order of time.
    fn suspect(&mut self, endpoint: EndpointId, suspicions: &[Suspicion]) {
        for suspicion in suspicions {
            self.count += 1;
            self.last_seen = suspicion.time;
            self.first = self.first.or(Some(suspicion.position));
            self.last = Some(suspicion.position);
            self.outcomes_inferred |= suspicion.is_inferred;
            self.clients.add(suspicion.client, 1);
            self.agents.add(suspicion.agent, 1);
            self.endpoints.add(endpoint, 1);
            self.callers.add((suspicion.client, suspicion.account), 1);
            if let Some(account) = suspicion.account {
                self.accounts.add(account, 1);
            }
            self.take_in(Entity::Client(suspicion.client), suspicion.time, 1);
        }
    }

    /// Takes in what clients were suspected of at an endpoint. There is a suspicion at least; they come in
    /// the order of time.
    pub(crate) fn take_suspicions(&mut self, endpoint: EndpointId, suspicions: &[Suspicion]) {
        let mut suspected = Self::open(suspicions[0].time, self.opened_at);
        suspected.suspect(endpoint, suspicions);
        self.join(suspected);
    }

    /// Notes that an entity is part of it.
    pub(crate) fn take_in(&mut self, entity: Entity, first_seen: Timestamp, count: u64) {
        let part = self.members.entry(entity).or_insert(Part { first_seen, count: 0 });
        part.first_seen = part.first_seen.min(first_seen);
        part.count += count;
    }

    /// Takes over what was filed about another entity.
    pub(crate) fn fold(&mut self, entity: Entity, other: Self) {
        self.folded += 1;
        // An endpoint is where it happened.
        if !matches!(entity, Entity::Endpoint(_)) {
            self.take_in(entity, other.first_seen, other.count);
        }
        self.join(other);
    }

    /// Takes over what was filed about an entity that it alone had to do with: another view of the same
    /// events. What somebody else did there is no part of it.
    pub(crate) fn see(&mut self, entity: Entity, other: Self) {
        self.first_seen = self.first_seen.min(other.first_seen);
        self.opened_at = self.opened_at.min(other.opened_at);
        self.folded += other.folded + 1;
        let most = other.clients.counts.values().max();
        self.count = self.count.max(most.copied().unwrap_or_default());
        if other.score > self.score {
            (self.score, self.because) = (other.score, other.because);
        }
        self.take_in(entity, other.first_seen, other.count);
    }

    /// Takes over what another holds, and its evidence where that weighs more. Events that both hold count
    /// once: of each caller as many as the one holds that holds more.
    fn join(&mut self, other: Self) {
        self.first_seen = self.first_seen.min(other.first_seen);
        self.opened_at = self.opened_at.min(other.opened_at);
        self.last_seen = self.last_seen.max(other.last_seen);
        self.count += other.count - self.callers.shared(&other.callers);
        self.folded += other.folded;
        self.outcomes_inferred |= other.outcomes_inferred;
        let ends = [self.first, self.last, other.first, other.last];
        self.first = ends.into_iter().flatten().min();
        self.last = ends.into_iter().flatten().max();
        if other.score > self.score {
            (self.score, self.because, self.worst) = (other.score, other.because, other.worst);
        }
        self.clients.take_over(other.clients);
        self.accounts.take_over(other.accounts);
        self.agents.take_over(other.agents);
        self.endpoints.take_over(other.endpoints);
        self.callers.join(other.callers);
        for (entity, part) in other.members {
            self.take_in(entity, part.first_seen, part.count);
        }
    }

    /// The alert that it becomes. `salt` tells apart what an entity, a threat and a time do not.
    pub(crate) fn close(
        self,
        entity: &Entity,
        threat: Threat,
        salt: &str,
        naming: &impl Naming,
    ) -> Filed {
        let name = naming.entity(entity);
        let (mitre, owasp) = naming.references(threat);
        let mut positions: Vec<Position> =
            [self.first, self.worst, self.last].into_iter().flatten().collect();
        positions.sort_unstable();
        positions.dedup();
        let members = self.members.iter().take(MAX_MEMBERS).map(|(entity, part)| Member {
            entity: naming.entity(entity),
            first_seen: part.first_seen,
            count: part.count,
        });
        let alert = Alert {
            id: stable_id(threat, &name, self.first_seen, salt),
            threat,
            severity: severity(threat, self.score),
            is_logged_only: false,
            score: self.score,
            network: None,
            clients: self.clients.most_active(|client| naming.client(client)),
            accounts: self.accounts.most_active(|account| naming.account(account)),
            members: members.collect(),
            folded: self.folded,
            entity: name,
            first_seen: self.first_seen,
            opened_at: self.opened_at,
            last_seen: self.last_seen,
            count: self.count,
            outcomes_inferred: self.outcomes_inferred && goes_by_sign_ins(threat),
            evidence: self.because.iter().map(line_of).collect(),
            samples: Vec::new(),
            mitre,
            owasp,
        };
        Filed { alert, positions }
    }
}

/// Whether any call of an entity is of the kind that a threat is made of.
const fn is_any_call(threat: Threat) -> bool {
    matches!(
        threat,
        Threat::AutomatedBots
            | Threat::SessionHijacking
            | Threat::TokenAbuse
            | Threat::Unclassified
    )
}

/// Whether it matters for a threat what became of sign-ins.
const fn goes_by_sign_ins(threat: Threat) -> bool {
    matches!(threat, Threat::BruteForce | Threat::CredentialStuffing)
}

/// How often each of a bounded number of things was seen: those that came first.
#[derive(Clone, Debug)]
pub(crate) struct Tally<K> {
    counts: BTreeMap<K, u64>,
    limit: usize,
    /// Whether some found no room.
    pub(crate) is_full: bool,
}

impl<K: Ord + Copy> Tally<K> {
    fn new(limit: usize) -> Self {
        Self { counts: BTreeMap::new(), limit, is_full: false }
    }

    pub(crate) fn add(&mut self, key: K, times: u64) {
        if self.counts.len() < self.limit || self.counts.contains_key(&key) {
            *self.counts.entry(key).or_default() += times;
        } else {
            self.is_full = true;
        }
    }

    fn take_over(&mut self, other: Self) {
        self.is_full |= other.is_full;
        other.counts.into_iter().for_each(|(key, times)| self.add(key, times));
    }

    /// How many were seen in both, of each thing as many as where there are fewer.
    pub(crate) fn shared(&self, other: &Self) -> u64 {
        let both = other.counts.iter().map(|(key, times)| self.times(*key).min(*times));
        both.sum()
    }

    /// Of each thing as many as where there are more.
    fn join(&mut self, other: Self) {
        self.is_full |= other.is_full;
        for (key, times) in other.counts {
            let more = times.saturating_sub(self.times(key));
            self.add(key, more);
        }
    }

    /// How often a thing was seen.
    pub(crate) fn times(&self, key: K) -> u64 {
        self.counts.get(&key).copied().unwrap_or_default()
    }

    /// How often all of them were seen.
    pub(crate) fn sum(&self) -> u64 {
        self.counts.values().sum()
    }

    /// The most frequent; of equals the first in their order.
    pub(crate) fn top(&self) -> Option<K> {
        let top = self.counts.iter().min_by_key(|(_, count)| std::cmp::Reverse(**count));
        top.map(|(key, _)| *key)
    }

    pub(crate) fn keys(&self) -> impl Iterator<Item = K> {
        self.counts.keys().copied()
    }

    fn most_active(self, name: impl Fn(K) -> String) -> Vec<String> {
        let mut ranked: Vec<(u64, K)> = self.counts.into_iter().map(|(key, n)| (n, key)).collect();
        // Stable: equally active ones stay in the order of their keys.
        ranked.sort_by_key(|(count, _)| std::cmp::Reverse(*count));
        ranked.into_iter().take(MAX_LISTED).map(|(_, key)| name(key)).collect()
    }
}

fn line_of(evidence: &Evidence) -> EvidenceLine {
    EvidenceLine {
        feature: evidence.column,
        value: evidence.value,
        normal_low: evidence.normal_low,
        normal_high: evidence.normal_high,
        ratio: evidence.ratio(),
        contribution: evidence.contribution,
    }
}

/// The same log gives the same id: 64 bits of BLAKE3 over who, what and since when.
fn stable_id(threat: Threat, entity: &EntityName, first_seen: Timestamp, salt: &str) -> String {
    let mut hasher = blake3::Hasher::new();
    for part in [threat.name(), entity.kind.name(), &entity.value] {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part.as_bytes());
    }
    hasher.update(&first_seen.as_micros().to_le_bytes());
    hasher.update(salt.as_bytes());
    hasher.finalize().to_hex()[..16].to_owned()
}
