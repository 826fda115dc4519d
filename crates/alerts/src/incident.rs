//! What was filed about an entity and a threat.

use std::collections::BTreeMap;

use domain::{
    AccountId, Alert, Client, EndpointId, Entity, EntityName, Event, EventFlags, Evidence,
    EvidenceLine, Finding, Member, NameId, Observation, Position, Score, Threat, Timestamp,
};

use crate::campaign::{Campaign, LEAST_MEMBERS};
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
    pub(crate) first_seen: Timestamp,
    pub(crate) last_seen: Timestamp,
    pub(crate) count: u64,
    pub(crate) score: Score,
    pub(crate) because: Vec<Evidence>,
    pub(crate) clients: Tally<Client>,
    pub(crate) accounts: Tally<AccountId>,
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

/// The part of a member.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Part {
    pub(crate) first_seen: Timestamp,
    pub(crate) count: u64,
}

impl Incident {
    pub(crate) fn open(at: Timestamp) -> Self {
        Self {
            first_seen: at,
            last_seen: at,
            count: 0,
            score: Score::ZERO,
            because: Vec::new(),
            clients: Tally::new(MAX_COUNTED),
            accounts: Tally::new(MAX_COUNTED),
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
    pub(crate) fn add(&mut self, seen: &Observation<'_>, found: &Finding) {
        self.last_seen = seen.time;
        self.count += 1;
        let position = Some(seen.position);
        self.first = self.first.or(position);
        self.last = position;
        // The latest of equals: its counts have grown furthest.
        if found.score >= self.score {
            self.score = found.score;
            self.because.clone_from(&found.because);
            self.worst = position;
        }
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
        if let Some(account) = event.account {
            self.accounts.add(account, 1);
        }
    }

    /// What a campaign amounts to.
    pub(crate) fn of(campaign: &Campaign) -> Self {
        let (least, members) = (LEAST_MEMBERS as f32, campaign.members as f32);
        let mut incident = Self::open(campaign.suspicions[0].time);
        incident.score = campaign.score();
        incident.because = vec![Evidence {
            column: "failing_clients_1h",
            value: members,
            normal_low: 0.0,
            normal_high: least - 1.0,
            contribution: incident.score.get(),
        }];
        for suspicion in &campaign.suspicions {
            incident.count += 1;
            incident.last_seen = suspicion.time;
            incident.first = incident.first.or(Some(suspicion.position));
            incident.last = Some(suspicion.position);
            incident.outcomes_inferred |= suspicion.is_inferred;
            incident.clients.add(suspicion.client, 1);
            incident.agents.add(suspicion.agent, 1);
            incident.endpoints.add(campaign.endpoint, 1);
            if let Some(account) = suspicion.account {
                incident.accounts.add(account, 1);
            }
            incident.take_in(Entity::Client(suspicion.client), suspicion.time, 1);
        }
        incident
    }

    /// Notes that an entity is part of it.
    pub(crate) fn take_in(&mut self, entity: Entity, first_seen: Timestamp, count: u64) {
        let part = self.members.entry(entity).or_insert(Part { first_seen, count: 0 });
        part.first_seen = part.first_seen.min(first_seen);
        part.count += count;
    }

    /// Takes over what was filed about another entity, and its evidence where that weighs more.
    pub(crate) fn fold(&mut self, entity: Entity, other: Self) {
        self.first_seen = self.first_seen.min(other.first_seen);
        self.last_seen = self.last_seen.max(other.last_seen);
        self.count += other.count;
        self.folded += other.folded + 1;
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
        self.take_in(entity, other.first_seen, other.count);
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

    /// The most frequent; of equals the first in their order.
    pub(crate) fn top(&self) -> Option<K> {
        let top = self.counts.iter().min_by_key(|(_, count)| std::cmp::Reverse(**count));
        top.map(|(key, _)| *key)
    }

    pub(crate) fn keys(&self) -> impl Iterator<Item = K> {
        self.counts.keys().copied()
    }

    pub(crate) fn holds(&self, key: K) -> bool {
        self.counts.contains_key(&key)
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
