use std::collections::BTreeMap;

use domain::{
    AccountId, Alert, Client, Entity, EntityName, Evidence, EvidenceLine, Finding, Observation,
    Position, Score, Threat, Timestamp,
};

use crate::campaign::{Campaign, LEAST_MEMBERS, Suspicions};
use crate::severity;

/// Clients and accounts that an alert lists at most.
pub const MAX_LISTED: usize = 50;
/// Raw lines that an alert shows at most.
pub const MAX_SAMPLES: usize = 3;
/// Clients and accounts that an open incident counts; later new ones are not listed.
const MAX_COUNTED: usize = 4 * MAX_LISTED;

/// Files findings: one incident an entity and threat.
#[derive(Clone, Debug, Default)]
pub struct Desk {
    incidents: BTreeMap<(Entity, Threat), Incident>,
    suspicions: Suspicions,
}

/// What was filed about an entity and a threat.
#[derive(Clone, Debug)]
struct Incident {
    first_seen: Timestamp,
    last_seen: Timestamp,
    count: u64,
    score: Score,
    because: Vec<Evidence>,
    clients: BTreeMap<Client, u64>,
    accounts: BTreeMap<AccountId, u64>,
    first: Option<Position>,
    worst: Option<Position>,
    last: Option<Position>,
}

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
    /// Catalogue entries of a threat: MITRE ATT&CK and OWASP.
    fn references(&self, threat: Threat) -> (Vec<&'static str>, Vec<&'static str>);
}

impl Desk {
    /// Files what was found in an observation. Findings about one entity come in the order of time.
    pub fn file(&mut self, seen: &Observation<'_>, found: &Finding) {
        let (entity, event) = (seen.entity, seen.event);
        let key = (entity, found.threat);
        let incident = self.incidents.entry(key).or_insert_with(|| Incident::open(seen.time));
        incident.last_seen = seen.time;
        incident.count += 1;
        let position = Some(seen.position);
        incident.first = incident.first.or(position);
        incident.last = position;
        // The latest of equals: its counts have grown furthest.
        if found.score >= incident.score {
            incident.score = found.score;
            incident.because.clone_from(&found.because);
            incident.worst = position;
        }
        if let Some(event) = event {
            count(&mut incident.clients, event.client);
            if let Some(account) = event.account {
                count(&mut incident.accounts, account);
            }
        } else if let Entity::Client(client) = entity {
            count(&mut incident.clients, client);
        }
    }

    /// Counts a suspicion about the client of an event: enough of them at one endpoint make an
    /// incident of that endpoint.
    pub fn suspect(&mut self, seen: &Observation<'_>, found: &Finding) {
        if let Some(event) = seen.event {
            self.suspicions.note(seen.time, event, found);
        }
    }

    /// Takes back what a client was suspected of: it turned out to be ordinary.
    pub fn acquit(&mut self, client: Client) {
        self.suspicions.acquit(client);
    }

    /// Takes over what another desk has filed. No entity may have been filed at both.
    pub fn take_over(&mut self, other: Self) {
        self.incidents.extend(other.incidents);
        self.suspicions.take_over(other.suspicions);
    }

    /// How many incidents are open.
    pub fn len(&self) -> usize {
        self.incidents.len()
    }

    /// Whether nothing was filed.
    pub fn is_empty(&self) -> bool {
        self.incidents.is_empty()
    }

    /// Makes the alerts, worst first. An anomaly without a name is left out where the same entity has
    /// one with a name: the name explains it.
    pub fn close(mut self, naming: &impl Naming) -> Vec<Filed> {
        for campaign in std::mem::take(&mut self.suspicions).campaigns() {
            let key = (Entity::Endpoint(campaign.endpoint), campaign.threat);
            self.incidents.entry(key).or_insert_with(|| Incident::of(&campaign));
        }
        let named: Vec<Entity> = self
            .incidents
            .keys()
            .filter(|(_, threat)| *threat != Threat::Unclassified)
            .map(|(entity, _)| *entity)
            .collect();
        // Both are in the order of the entities.
        self.incidents.retain(|(entity, threat), _| {
            *threat != Threat::Unclassified || named.binary_search(entity).is_err()
        });
        let mut filed: Vec<Filed> = self
            .incidents
            .into_iter()
            .map(|((entity, threat), incident)| incident.close(&entity, threat, naming))
            .collect();
        filed.sort_by(|Filed { alert: a, .. }, Filed { alert: b, .. }| {
            (b.severity.cmp(&a.severity))
                .then(b.score.get().total_cmp(&a.score.get()))
                .then(a.first_seen.cmp(&b.first_seen))
                .then_with(|| a.id.cmp(&b.id))
        });
        filed
    }
}

impl Incident {
    fn open(at: Timestamp) -> Self {
        Self {
            first_seen: at,
            last_seen: at,
            count: 0,
            score: Score::ZERO,
            because: Vec::new(),
            clients: BTreeMap::new(),
            accounts: BTreeMap::new(),
            first: None,
            worst: None,
            last: None,
        }
    }

    /// What a campaign amounts to.
    fn of(campaign: &Campaign) -> Self {
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
        incident.count = campaign.suspicions.len() as u64;
        for suspicion in &campaign.suspicions {
            incident.last_seen = suspicion.time;
            incident.first = incident.first.or(Some(suspicion.position));
            incident.last = Some(suspicion.position);
            count(&mut incident.clients, suspicion.client);
            if let Some(account) = suspicion.account {
                count(&mut incident.accounts, account);
            }
        }
        incident
    }

    fn close(self, entity: &Entity, threat: Threat, naming: &impl Naming) -> Filed {
        let name = naming.entity(entity);
        let (mitre, owasp) = naming.references(threat);
        let mut positions: Vec<Position> =
            [self.first, self.worst, self.last].into_iter().flatten().collect();
        positions.sort_unstable();
        positions.dedup();
        let alert = Alert {
            id: stable_id(threat, &name, self.first_seen),
            threat,
            severity: severity(threat, self.score),
            score: self.score,
            clients: most_active(self.clients, |client| naming.client(client)),
            accounts: most_active(self.accounts, |account| naming.account(account)),
            entity: name,
            first_seen: self.first_seen,
            last_seen: self.last_seen,
            count: self.count,
            evidence: self.because.iter().map(line_of).collect(),
            samples: Vec::new(),
            mitre,
            owasp,
        };
        Filed { alert, positions }
    }
}

fn count<K: Ord>(counts: &mut BTreeMap<K, u64>, key: K) {
    if counts.len() < MAX_COUNTED || counts.contains_key(&key) {
        *counts.entry(key).or_default() += 1;
    }
}

fn most_active<K>(counts: BTreeMap<K, u64>, name: impl Fn(K) -> String) -> Vec<String> {
    let mut ranked: Vec<(u64, K)> = counts.into_iter().map(|(key, count)| (count, key)).collect();
    // Stable: equally active ones stay in the order of their keys.
    ranked.sort_by_key(|(count, _)| std::cmp::Reverse(*count));
    ranked.into_iter().take(MAX_LISTED).map(|(_, key)| name(key)).collect()
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
fn stable_id(threat: Threat, entity: &EntityName, first_seen: Timestamp) -> String {
    let mut hasher = blake3::Hasher::new();
    for part in [threat.name(), entity.kind.name(), &entity.value] {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part.as_bytes());
    }
    hasher.update(&first_seen.as_micros().to_le_bytes());
    hasher.finalize().to_hex()[..16].to_owned()
}

#[cfg(test)]
#[path = "desk_tests.rs"]
mod tests;
