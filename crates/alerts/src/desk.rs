use std::collections::BTreeMap;

use domain::{Client, Entity, Finding, Observation, Threat};

use crate::campaign::Suspicions;
use crate::incident::{Filed, Incident, Naming};
use crate::policy::{COOLDOWN_SECS, Facts, Mode, Policy};
use crate::related::{self, Case};

/// Files findings: one incident an entity and threat, as long as it does not rest for longer than the
/// cooldown.
#[derive(Clone, Debug)]
pub struct Desk {
    incidents: BTreeMap<(Entity, Threat), Vec<Incident>>,
    suspicions: Suspicions,
    cooldown_micros: i64,
}

/// A desk with a cooldown of [`COOLDOWN_SECS`].
impl Default for Desk {
    fn default() -> Self {
        Self::with_cooldown(COOLDOWN_SECS)
    }
}

/// What a desk had when it closed.
#[derive(Clone, Debug, Default)]
pub struct Closed {
    /// The alerts, worst first; those of threats that are only logged come last.
    pub filed: Vec<Filed>,
    /// How many incidents each entry of the allowlist kept back, in its order; suspicions about a
    /// client count as one.
    pub allowed: Vec<u64>,
}

impl Desk {
    /// A desk at which an incident that rests for longer than so many seconds is over: what comes
    /// after it is another.
    pub fn with_cooldown(cooldown_secs: i64) -> Self {
        Self {
            incidents: BTreeMap::new(),
            suspicions: Suspicions::default(),
            cooldown_micros: cooldown_secs.saturating_mul(domain::MICROS_PER_SEC),
        }
    }

    /// Files what was found in an observation. Findings about one entity come in the order of time.
    pub fn file(&mut self, seen: &Observation<'_>, found: &Finding) {
        let incidents = self.incidents.entry((seen.entity, found.threat)).or_default();
        let rests = |open: &Incident| seen.time.micros_since(open.last_seen);
        if incidents.last().is_none_or(|open| rests(open) > self.cooldown_micros) {
            incidents.push(Incident::open(seen.time));
        }
        if let Some(open) = incidents.last_mut() {
            open.add(seen, found);
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

    /// Whether nothing was filed.
    pub fn is_empty(&self) -> bool {
        self.incidents.is_empty()
    }

    /// Makes the alerts. What the policy allows or turns off is left out first, then what belongs
    /// together is folded. An anomaly without a name is left out where the same entity has one with a
    /// name: the name explains it.
    pub fn close(mut self, naming: &impl Naming, policy: &Policy) -> Closed {
        let mut allowed = vec![0; policy.allowlist.len()];
        self.suspicions.retain(|client, threat, suspicion| {
            let client = Entity::Client(client);
            let entry =
                policy.allows_call(threat, suspicion.time, &client, suspicion.agent, naming);
            entry.inspect(|entry| allowed[*entry] += 1).is_none()
        });
        let mut cases = self.named();
        for campaign in std::mem::take(&mut self.suspicions).campaigns() {
            let (entity, threat) = (Entity::Endpoint(campaign.endpoint), campaign.threat);
            cases.push(Case { entity, threat, incident: Incident::of(&campaign) });
        }
        cases.retain(|case| {
            if policy.mode(case.threat) == Mode::Off {
                return false;
            }
            let entry = entry_of(case, naming, policy);
            entry.inspect(|entry| allowed[*entry] += 1).is_none()
        });
        let filed = related::fold(cases).into_iter().map(|case| {
            let mut filed = closed(case, naming);
            filed.alert.is_logged_only = policy.mode(filed.alert.threat) == Mode::Log;
            filed
        });
        let mut filed: Vec<Filed> = filed.collect();
        filed.sort_by(|Filed { alert: a, .. }, Filed { alert: b, .. }| {
            (a.is_logged_only.cmp(&b.is_logged_only))
                .then(b.severity.cmp(&a.severity))
                .then(b.score.get().total_cmp(&a.score.get()))
                .then(a.first_seen.cmp(&b.first_seen))
                .then_with(|| a.id.cmp(&b.id))
        });
        Closed { filed, allowed }
    }

    /// The incidents, in the order of entities; those without a name only where nothing else was
    /// filed about the entity.
    fn named(&mut self) -> Vec<Case> {
        let incidents = std::mem::take(&mut self.incidents);
        let named: Vec<Entity> = incidents
            .keys()
            .filter(|(_, threat)| *threat != Threat::Unclassified)
            .map(|(entity, _)| *entity)
            .collect();
        let is_explained = |entity: &Entity, threat: &Threat| {
            // Both are in the order of the entities.
            *threat == Threat::Unclassified && named.binary_search(entity).is_ok()
        };
        let mut cases = Vec::new();
        for ((entity, threat), incidents) in incidents {
            if !is_explained(&entity, &threat) {
                let case = |incident| Case { entity, threat, incident };
                cases.extend(incidents.into_iter().map(case));
            }
        }
        cases
    }
}

/// The entry of the allowlist that keeps a case back.
fn entry_of(case: &Case, naming: &impl Naming, policy: &Policy) -> Option<usize> {
    if policy.allowlist.is_empty() {
        return None;
    }
    let Case { entity, threat, incident } = case;
    let entity = naming.entity(entity);
    let clients: Vec<String> = incident.clients.keys().map(|it| naming.client(it)).collect();
    let agents: Vec<String> = match incident.agents.is_full {
        true => Vec::new(),
        false => incident.agents.keys().map(|it| naming.agent(it)).collect(),
    };
    let facts = Facts {
        entity: &entity,
        clients: &clients,
        knows_all_clients: !incident.clients.is_full,
        agents: &agents,
    };
    policy.allows(*threat, incident.last_seen, &facts)
}

fn closed(case: Case, naming: &impl Naming) -> Filed {
    let Case { entity, threat, incident } = case;
    // Two tools can hit one endpoint from the same moment on: who was first tells them apart.
    let is_group = incident.folded > 0 && matches!(entity, Entity::Endpoint(_));
    let first = incident.members.iter().min_by_key(|(entity, part)| (part.first_seen, **entity));
    let salt = first.filter(|_| is_group).map_or(String::new(), |(it, _)| naming.entity(it).value);
    incident.close(&entity, threat, &salt, naming)
}

#[cfg(test)]
#[path = "desk_tests.rs"]
mod tests;
