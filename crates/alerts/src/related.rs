//! Incidents that are one happening: folded, so that it is looked at once.

use std::collections::BTreeMap;

use domain::{EndpointId, Entity, NameId, Threat, Timestamp};

use crate::campaign::{LEAST_MEMBERS, WINDOW_SECS};
use crate::incident::{Caller, Incident};

/// So many clients with one agent, at one endpoint, make one incident.
pub const LEAST_RELATED: usize = 3;

/// An incident, and whose it is.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    pub(crate) entity: Entity,
    pub(crate) threat: Threat,
    pub(crate) incident: Incident,
}

/// Folds what belongs together:
///
/// 1. what was filed about an account or a credential, into what was filed about the client that nine
///    tenths of it come from;
/// 2. clients that guess passwords and mostly those of one account, into what was filed about the account;
/// 3. accounts that a campaign tries among others, into the campaign;
/// 4. clients that are members of a campaign, or have the agent that most of it has, at its endpoint and
///    time, into the campaign;
/// 5. [`LEAST_RELATED`] clients with one agent, or [`LEAST_MEMBERS`] that guess passwords with any, at
///    one endpoint and with no gap of more than [`WINDOW_SECS`], into an incident of that endpoint.
///
/// Always of one threat, or of the two that guess passwords: whether one account is meant or many shows
/// otherwise from the client than from the account. Anomalies without a name are left out where the
/// events of an incident with one explain them; else they stay by themselves: nothing tells that they
/// are the same thing.
pub(crate) fn fold(cases: Vec<Case>) -> Vec<Case> {
    let (mut cases, mut unnamed): (Vec<Case>, Vec<Case>) =
        cases.into_iter().partition(|case| case.threat != Threat::Unclassified);
    cases = fold_into_clients(cases);
    cases = fold_into_accounts(cases);
    cases = fold_into_campaigns(cases, is_tried_by);
    cases = fold_into_campaigns(cases, is_part_of);
    cases = fold_groups(cases, LEAST_RELATED, |case| {
        let agent = case.incident.agents.top().filter(|agent| *agent != NameId::OVERFLOW)?;
        Some((case.incident.endpoints.top()?, Some(agent)))
    });
    cases = fold_groups(cases, LEAST_MEMBERS, |case| {
        Some((case.incident.endpoints.top().filter(|_| guesses(case.threat))?, None))
    });
    let explanations = Explanations::of(&cases);
    unnamed.retain(|case| !explanations.hold(case, &cases));
    cases.extend(unnamed);
    cases
}

/// Whether a threat is that passwords are guessed: those of one account or of many.
pub(crate) const fn guesses(threat: Threat) -> bool {
    matches!(threat, Threat::BruteForce | Threat::CredentialStuffing)
}

/// Whether two threats can be one happening.
fn is_kin(a: Threat, b: Threat) -> bool {
    a == b || (guesses(a) && guesses(b))
}

/// Step 1. The rest is left out: it is the owner of the account, who mistypes too.
fn fold_into_clients(cases: Vec<Case>) -> Vec<Case> {
    let by_client = places(&cases, |case| match case.entity {
        Entity::Client(client) => Some(client),
        _ => None,
    });
    let owner = |case: &Case| {
        if !matches!(case.entity, Entity::Account(_) | Entity::Credential(_)) {
            return None;
        }
        let client = case.incident.clients.top()?;
        let clients = &case.incident.clients;
        let is_most = 10 * clients.times(client) >= 9 * clients.sum();
        let places = by_client.get(&client).filter(|_| is_most)?;
        places.iter().copied().find(|place| is_one(&cases[*place], case, 0))
    };
    let into: Vec<Option<usize>> = cases.iter().map(owner).collect();
    fold_each(cases, &into, Incident::see)
}

/// Step 2.
fn fold_into_accounts(cases: Vec<Case>) -> Vec<Case> {
    let by_account = places(&cases, |case| match case.entity {
        Entity::Account(account) => Some(account),
        _ => None,
    });
    let target = |case: &Case| {
        let account = case.incident.accounts.top().filter(|_| is_client(case))?;
        let is_most = 2 * case.incident.accounts.times(account) >= case.incident.count;
        let places = by_account.get(&account).filter(|_| is_most && guesses(case.threat))?;
        places.iter().copied().find(|place| is_one(&cases[*place], case, 0))
    };
    let into: Vec<Option<usize>> = cases.iter().map(target).collect();
    fold_each(cases, &into, Incident::fold)
}

/// Steps 3 and 4: cases that belong to a campaign.
fn fold_into_campaigns(cases: Vec<Case>, belongs: fn(&Case, &Case) -> bool) -> Vec<Case> {
    let is_campaign = |case: &Case| matches!(case.entity, Entity::Endpoint(_));
    let campaigns: Vec<usize> =
        (0..cases.len()).filter(|place| is_campaign(&cases[*place])).collect();
    let campaign_of = |case: &Case| {
        let mut campaigns = campaigns.iter().copied().filter(|_| !is_campaign(case));
        campaigns.find(|place| belongs(&cases[*place], case))
    };
    let into: Vec<Option<usize>> = cases.iter().map(campaign_of).collect();
    fold_each(cases, &into, Incident::fold)
}

/// Whether most that was filed about an account is what a campaign did.
fn is_tried_by(campaign: &Case, case: &Case) -> bool {
    matches!(case.entity, Entity::Account(_))
        && is_one(campaign, case, 0)
        && 2 * campaign.incident.callers.shared(&case.incident.callers) >= case.incident.count
}

/// Whether a client was suspected as part of a campaign before it was loud, or has the agent that most of
/// it has, at its endpoint and time. Where a campaign has many agents, one of them tells nothing.
fn is_part_of(campaign: &Case, case: &Case) -> bool {
    let agents = &campaign.incident.agents;
    let is_tool = |agent: NameId| 2 * agents.times(agent) >= agents.sum();
    is_client(case)
        && campaign.threat == case.threat
        && overlap(campaign, case, WINDOW_SECS)
        && case.incident.endpoints.top().map(Entity::Endpoint) == Some(campaign.entity)
        && (campaign.incident.members.contains_key(&case.entity)
            || case.incident.agents.keys().any(is_tool))
}

/// Whether two can be one happening: by what they are, and by their times, give or take so many seconds.
fn is_one(a: &Case, b: &Case, secs: i64) -> bool {
    is_kin(a.threat, b.threat) && overlap(a, b, secs)
}

/// Where the cases of each entity stand.
fn places<K: Ord>(cases: &[Case], key: impl Fn(&Case) -> Option<K>) -> BTreeMap<K, Vec<usize>> {
    let mut places: BTreeMap<K, Vec<usize>> = BTreeMap::new();
    for (place, case) in cases.iter().enumerate() {
        if let Some(key) = key(case) {
            places.entry(key).or_default().push(place);
        }
    }
    places
}

/// Which cases have to do with an entity, or with calls of a client as an account.
struct Explanations {
    by_entity: BTreeMap<Entity, Vec<usize>>,
    by_caller: BTreeMap<Caller, Vec<usize>>,
}

impl Explanations {
    fn of(cases: &[Case]) -> Self {
        let (mut by_entity, mut by_caller): (BTreeMap<_, Vec<_>>, BTreeMap<_, Vec<_>>) =
            Default::default();
        for (place, case) in cases.iter().enumerate() {
            let members = case.incident.members.keys().copied().chain([case.entity]);
            members.for_each(|entity| by_entity.entry(entity).or_default().push(place));
            let callers = case.incident.callers.keys();
            callers.for_each(|caller| by_caller.entry(caller).or_default().push(place));
        }
        Self { by_entity, by_caller }
    }

    /// Whether what is odd about an entity is part of what has a name.
    fn hold(&self, case: &Case, cases: &[Case]) -> bool {
        let callers = case.incident.callers.keys().filter_map(|it| self.by_caller.get(&it));
        let mut places = self.by_entity.get(&case.entity).into_iter().chain(callers).flatten();
        places.any(|place| overlap(&cases[*place], case, WINDOW_SECS))
    }
}

/// Folds each case into the one that `into` names; those stay that are folded nowhere.
fn fold_each(
    cases: Vec<Case>,
    into: &[Option<usize>],
    fold: fn(&mut Incident, Entity, Incident),
) -> Vec<Case> {
    let mut cases: Vec<Option<Case>> = cases.into_iter().map(Some).collect();
    for (place, target) in into.iter().enumerate() {
        let Some(target) = *target else { continue };
        if let Some(case) = cases[place].take()
            && let Some(target) = &mut cases[target]
        {
            fold(&mut target.incident, case.entity, case.incident);
        }
    }
    cases.into_iter().flatten().collect()
}

/// Step 5: clients of one key, in runs without a long gap.
fn fold_groups(
    cases: Vec<Case>,
    least: usize,
    key: impl Fn(&Case) -> Option<(EndpointId, Option<NameId>)>,
) -> Vec<Case> {
    let mut groups: BTreeMap<(Threat, EndpointId, Option<NameId>), Vec<Case>> = BTreeMap::new();
    let mut rest = Vec::new();
    for case in cases {
        match key(&case).filter(|_| is_client(&case)) {
            Some((endpoint, agent)) => {
                groups.entry((case.threat, endpoint, agent)).or_default().push(case);
            }
            None => rest.push(case),
        }
    }
    for ((_, endpoint, agent), mut group) in groups {
        group.sort_by_key(|case| (case.incident.first_seen, case.entity));
        for run in runs(group, agent.is_some()) {
            let mut clients: Vec<Entity> = run.iter().map(|case| case.entity).collect();
            clients.sort_unstable();
            clients.dedup();
            if clients.len() >= least {
                rest.push(joined(run, endpoint));
            } else {
                rest.extend(run);
            }
        }
    }
    rest
}

/// Cases in the order of their beginnings, cut where nothing happened for longer than the window. Where
/// nothing but the place is common, one that goes on all day does not join what begins hours apart.
fn runs(cases: Vec<Case>, have_one_agent: bool) -> Vec<Vec<Case>> {
    let mut runs: Vec<Vec<Case>> = Vec::new();
    let mut end = Timestamp::from_micros(i64::MIN);
    for case in cases {
        let (first, last) = (case.incident.first_seen, case.incident.last_seen);
        match runs.last_mut().filter(|_| first <= plus(end, WINDOW_SECS)) {
            Some(run) => run.push(case),
            None => runs.push(vec![case]),
        }
        end = end.max(if have_one_agent { last } else { first });
    }
    runs
}

fn joined(run: Vec<Case>, endpoint: EndpointId) -> Case {
    let (threat, first) = (run[0].threat, &run[0].incident);
    let mut incident = Incident::open(first.first_seen, first.opened_at);
    for case in run {
        incident.fold(case.entity, case.incident);
    }
    Case { entity: Entity::Endpoint(endpoint), threat, incident }
}

fn is_client(case: &Case) -> bool {
    matches!(case.entity, Entity::Client(_))
}

/// Whether two happened at one time, give or take so many seconds.
fn overlap(a: &Case, b: &Case, secs: i64) -> bool {
    let (a, b) = (&a.incident, &b.incident);
    a.first_seen <= plus(b.last_seen, secs) && b.first_seen <= plus(a.last_seen, secs)
}

fn plus(at: Timestamp, secs: i64) -> Timestamp {
    at.plus_micros(secs * domain::MICROS_PER_SEC)
}
