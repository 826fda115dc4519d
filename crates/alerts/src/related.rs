//! Incidents that are one happening: folded, so that it is looked at once.

use std::collections::BTreeMap;

use domain::{Client, EndpointId, Entity, NameId, Threat, Timestamp};

use crate::campaign::{LEAST_MEMBERS, WINDOW_SECS};
use crate::incident::Incident;

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
/// 1. what was filed about an account or a credential that one client alone had to do with, into what
///    was filed about that client;
/// 2. clients with an agent of a campaign, at its endpoint and time, into the campaign;
/// 3. [`LEAST_RELATED`] clients with one agent, or [`LEAST_MEMBERS`] that guess passwords with any, at
///    one endpoint and with no gap of more than [`WINDOW_SECS`], into an incident of that endpoint.
///
/// Always of one threat. Anomalies without a name stay by themselves: nothing tells that they are the
/// same thing.
pub(crate) fn fold(cases: Vec<Case>) -> Vec<Case> {
    let (mut cases, unnamed): (Vec<Case>, Vec<Case>) =
        cases.into_iter().partition(|case| case.threat != Threat::Unclassified);
    cases = fold_owned(cases);
    cases = fold_into_campaigns(cases);
    cases = fold_groups(cases, LEAST_RELATED, |case| {
        let agent = case.incident.agents.top().filter(|agent| *agent != NameId::OVERFLOW)?;
        Some((case.incident.endpoints.top()?, Some(agent)))
    });
    cases = fold_groups(cases, LEAST_MEMBERS, |case| {
        let guesses = matches!(case.threat, Threat::BruteForce | Threat::CredentialStuffing);
        Some((case.incident.endpoints.top().filter(|_| guesses)?, None))
    });
    cases.extend(unnamed);
    cases
}

/// Step 1.
fn fold_owned(cases: Vec<Case>) -> Vec<Case> {
    let mut by_client: BTreeMap<(Client, Threat), Vec<usize>> = BTreeMap::new();
    for (place, case) in cases.iter().enumerate() {
        if let Entity::Client(client) = case.entity {
            by_client.entry((client, case.threat)).or_default().push(place);
        }
    }
    let owner = |case: &Case| {
        let client = only_client(case)?;
        let places = by_client.get(&(client, case.threat))?;
        places.iter().copied().find(|place| overlap(&cases[*place], case, 0))
    };
    let into: Vec<Option<usize>> = cases.iter().map(owner).collect();
    fold_each(cases, &into)
}

/// The client that alone had to do with an account or a credential.
fn only_client(case: &Case) -> Option<Client> {
    if !matches!(case.entity, Entity::Account(_) | Entity::Credential(_)) {
        return None;
    }
    let mut clients = case.incident.clients.keys();
    clients.next().filter(|_| clients.next().is_none())
}

/// Step 2.
fn fold_into_campaigns(cases: Vec<Case>) -> Vec<Case> {
    let is_campaign = |case: &Case| matches!(case.entity, Entity::Endpoint(_));
    let campaigns: Vec<usize> =
        (0..cases.len()).filter(|place| is_campaign(&cases[*place])).collect();
    let campaign_of = |case: &Case| {
        let endpoint = case.incident.endpoints.top().filter(|_| is_client(case))?;
        campaigns.iter().copied().find(|place| {
            let campaign = &cases[*place];
            campaign.threat == case.threat
                && campaign.entity == Entity::Endpoint(endpoint)
                && overlap(campaign, case, WINDOW_SECS)
                && case.incident.agents.keys().any(|it| campaign.incident.agents.holds(it))
        })
    };
    let into: Vec<Option<usize>> = cases.iter().map(campaign_of).collect();
    fold_each(cases, &into)
}

/// Folds each case into the one that `into` names; those stay that are folded nowhere.
fn fold_each(cases: Vec<Case>, into: &[Option<usize>]) -> Vec<Case> {
    let mut cases: Vec<Option<Case>> = cases.into_iter().map(Some).collect();
    for (place, target) in into.iter().enumerate() {
        let Some(target) = *target else { continue };
        if let Some(case) = cases[place].take()
            && let Some(target) = &mut cases[target]
        {
            target.incident.fold(case.entity, case.incident);
        }
    }
    cases.into_iter().flatten().collect()
}

/// Step 3: clients of one key, in runs without a long gap.
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
    for ((_, endpoint, _), mut group) in groups {
        group.sort_by_key(|case| (case.incident.first_seen, case.entity));
        for run in runs(group) {
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

/// Cases in the order of their beginnings, cut where nothing happened for longer than the window.
fn runs(cases: Vec<Case>) -> Vec<Vec<Case>> {
    let mut runs: Vec<Vec<Case>> = Vec::new();
    let mut end = Timestamp::from_micros(i64::MIN);
    for case in cases {
        let (first, last) = (case.incident.first_seen, case.incident.last_seen);
        match runs.last_mut().filter(|_| first <= plus(end, WINDOW_SECS)) {
            Some(run) => run.push(case),
            None => runs.push(vec![case]),
        }
        end = end.max(last);
    }
    runs
}

fn joined(run: Vec<Case>, endpoint: EndpointId) -> Case {
    let (threat, first) = (run[0].threat, run[0].incident.first_seen);
    let mut incident = Incident::open(first);
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
