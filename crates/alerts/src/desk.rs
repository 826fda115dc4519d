use std::collections::BTreeMap;

use domain::{Client, Entity, Finding, Observation, Threat};

use crate::campaign::{self, Span, Suspicion, Suspicions, TRIES};
use crate::incident::{Filed, Incident, Naming};
use crate::policy::{COOLDOWN_SECS, Facts, Mode, Policy};
use crate::related::{self, Case};

/// From so many tries on a client is no member of a campaign but an attack of its own: ten times what makes
/// a member count in full.
const LOUD_TRIES: u64 = 10 * TRIES as u64;

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
        let key = (seen.entity, found.threat);
        let rests = |open: &Incident| seen.time.micros_since(open.last_seen);
        let last = self.incidents.get(&key).and_then(|of| of.last());
        let opens = last.is_none_or(|open| rests(open) > self.cooldown_micros);
        // An account's session ends with the call of whoever came last, who need not have guessed.
        let is_account = !matches!(seen.entity, Entity::Client(_));
        if opens && is_account && seen.event.is_none() && related::guesses(found.threat) {
            return;
        }
        let incidents = self.incidents.entry(key).or_default();
        if opens {
            incidents.push(Incident::open(seen.time, seen.known_at));
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
        self.suspicions.retain_clients(|client, threat, suspicion| {
            let client = Entity::Client(client);
            let entry =
                policy.allows_call(threat, suspicion.time, &client, suspicion.agent, naming);
            entry.inspect(|entry| allowed[*entry] += 1).is_none()
        });
        let mut keep = |case: &Case| {
            let entry = entry_of(case, naming, policy);
            let is_off = policy.mode(case.threat) == Mode::Off;
            !is_off && entry.inspect(|entry| allowed[*entry] += 1).is_none()
        };
        let mut cases = self.named();
        cases.retain(|case| keep(case));
        let alone = Alone::of(&cases);
        self.suspicions.retain(|it| !alone.at_one.hold(it));
        let loud = self.suspicions.take_out(|it| alone.loud.hold(it));
        give_to_accounts(&mut self.suspicions, &mut cases);
        for campaign in std::mem::take(&mut self.suspicions).campaigns(&loud) {
            let (entity, threat) = (Entity::Endpoint(campaign.endpoint), campaign.threat);
            let case = Case { entity, threat, incident: Incident::of(&campaign) };
            cases.extend(keep(&case).then_some(case));
        }
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

/// Gives what is suspected of clients that are after one account to what was filed about the account.
fn give_to_accounts(suspicions: &mut Suspicions, cases: &mut [Case]) {
    let of_account = |(place, case): (usize, &Case)| match case.entity {
        Entity::Account(account) if related::guesses(case.threat) => {
            Some((place, (account, (case.incident.first_seen, case.incident.last_seen))))
        }
        _ => None,
    };
    let (places, asked): (Vec<usize>, Vec<_>) =
        cases.iter().enumerate().filter_map(of_account).unzip();
    for given in suspicions.give_out(&asked) {
        let (_, endpoint) = given.target;
        cases[places[given.place]].incident.take_suspicions(endpoint, &given.suspicions);
    }
}

/// Clients that guess passwords and are told by themselves.
#[derive(Default)]
struct Alone {
    /// Those who fail at one account: where others try many at that time, they may well be the people who
    /// live there.
    at_one: Times,
    /// Those who try so often that they are an attack of their own.
    loud: Times,
}

impl Alone {
    fn of(cases: &[Case]) -> Self {
        let mut alone = Self::default();
        for Case { entity, threat, incident } in
            cases.iter().filter(|it| related::guesses(it.threat))
        {
            let is_at_one = *threat == Threat::BruteForce && incident.accounts.keys().count() == 1;
            let Entity::Client(client) = *entity else { continue };
            let times = match (is_at_one, incident.count >= LOUD_TRIES) {
                (true, _) => &mut alone.at_one,
                (false, true) => &mut alone.loud,
                (false, false) => continue,
            };
            let (first, last) = (incident.first_seen, incident.last_seen);
            let span = (campaign::reach_before(first), campaign::reach_after(last));
            times.0.entry(client).or_default().push(span);
        }
        alone
    }
}

/// Clients, each with the times at which it is one of some.
#[derive(Default)]
struct Times(BTreeMap<Client, Vec<Span>>);

impl Times {
    /// Whether the client of a suspicion was one of them then.
    fn hold(&self, it: &Suspicion) -> bool {
        let spans = self.0.get(&it.client);
        let is_within = |(first, last): &Span| (*first..=*last).contains(&it.time);
        spans.is_some_and(|spans| spans.iter().any(is_within))
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
