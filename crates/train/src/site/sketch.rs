//! What attackers would find: a site as its own log shows it.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

use domain::{
    AuthOutcome, Client, EndpointId, Event, EventFlags, Fingerprint, Method, NameId, PathWords,
    Timestamp,
};
use features::{ProfileParts, Profiles, mix};
use ingest::{Directory, EndpointTable};
use simulate::Site;
use simulate::site::{Answer, Endpoint, Habits, Owner, Role};

/// Credentials whose time of use is remembered.
const MAX_OWNERS: usize = 2_000;
/// Accounts that are remembered, and agents.
const MAX_NAMES: usize = 2_000;
/// Pairs of a client and its agent that are counted.
const MAX_PAIRS: usize = 50_000;
/// Moments that are remembered.
const MAX_MOMENTS: usize = 4_096;
/// A gap from which on another visit begins.
const LONGEST_GAP_SECS: f64 = 1_800.0;
/// Endpoints that attackers know of, the busiest first.
const MAX_ENDPOINTS: usize = 500;

/// Collects from the events of a log what there is to attack: endpoints and their answers, accounts,
/// agents, who is signed in and when, and what the log shows of a call.
#[derive(Clone, Debug)]
pub struct SiteSketch<'a> {
    profiles: &'a Profiles,
    endpoints: BTreeMap<EndpointId, Seen>,
    by_status: BTreeMap<u16, Answers>,
    agents: BTreeMap<NameId, u32>,
    agent_pairs: BTreeSet<(Client, NameId)>,
    referers: (u64, u64),
    accounts: BTreeSet<NameId>,
    owners: BTreeMap<Fingerprint, Use>,
    moments: Vec<Timestamp>,
    gaps_secs: Vec<f64>,
    last_calls: BTreeMap<Client, Timestamp>,
    /// One call in so many is a moment that is remembered.
    stride: u64,
    calls: u64,
    shown: Shown,
}

/// What a log tells of a call: what it does not tell, no attack that is woven into it may show.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Shown {
    pub(super) credentials: bool,
    pub(super) cookies: bool,
    pub(super) passwords: bool,
    pub(super) keys: bool,
    pub(super) accounts: bool,
    pub(super) forwarded: bool,
    pub(super) referers: bool,
    pub(super) latencies: bool,
    pub(super) sizes: bool,
    /// Times finer than a second.
    pub(super) fractions: bool,
}

/// The answers of an endpoint.
#[derive(Clone, Debug, Default)]
struct Seen {
    words: PathWords,
    well: Answers,
    failed: Answers,
}

/// Answers of a kind: their usual status, and means of logarithms, which one large answer does not move.
#[derive(Clone, Debug, Default)]
struct Answers {
    statuses: BTreeMap<u16, u64>,
    count: u64,
    log_bytes: f64,
    log_micros: f64,
}

#[derive(Clone, Debug)]
struct Use {
    account: Option<NameId>,
    client: Client,
    agent: NameId,
    first: Timestamp,
    last: Timestamp,
}

impl Answers {
    fn add(&mut self, event: &Event) {
        *self.statuses.entry(event.status).or_default() += 1;
        self.count += 1;
        self.log_bytes += f64::from(event.response_bytes).ln_1p();
        self.log_micros += f64::from(event.latency_micros).ln_1p();
    }

    fn usual(&self) -> Option<Answer> {
        let (status, _) = self.statuses.iter().max_by_key(|(_, count)| **count)?;
        let mean = |sum: f64| (sum / self.count as f64).exp_m1();
        Some(Answer::of(*status, mean(self.log_bytes), mean(self.log_micros) / 1_000.0))
    }
}

impl<'a> SiteSketch<'a> {
    /// Nothing seen yet. The profiles tell which sign-ins that were answered well have failed.
    pub fn new(profiles: &'a Profiles) -> Self {
        Self {
            profiles,
            endpoints: BTreeMap::new(),
            by_status: BTreeMap::new(),
            agents: BTreeMap::new(),
            agent_pairs: BTreeSet::new(),
            referers: (0, 0),
            accounts: BTreeSet::new(),
            owners: BTreeMap::new(),
            moments: Vec::new(),
            gaps_secs: Vec::new(),
            last_calls: BTreeMap::new(),
            stride: 1,
            calls: 0,
            shown: Shown::default(),
        }
    }

    /// Takes in an event that is not known to be an attack's.
    pub fn observe(&mut self, event: &Event) {
        let mut event = *event;
        self.profiles.infer_outcome(&mut event);
        self.note_rhythm(&event);
        self.note_shown(&event);
        self.note_answer(&event);
        self.note_caller(&event);
    }

    fn note_rhythm(&mut self, event: &Event) {
        let last = self.last_calls.get(&event.client).copied();
        if last.is_some() || self.last_calls.len() < MAX_PAIRS {
            self.last_calls.insert(event.client, event.time);
        }
        let gap_secs = last.map(|last| event.time.secs_since(last));
        if self.calls.is_multiple_of(self.stride) {
            self.moments.push(event.time);
            self.gaps_secs.extend(gap_secs.filter(|gap| *gap < LONGEST_GAP_SECS));
        }
        if self.moments.len() > MAX_MOMENTS {
            every_other(&mut self.moments);
            every_other(&mut self.gaps_secs);
            self.stride *= 2;
        }
        self.calls += 1;
    }

    fn note_shown(&mut self, event: &Event) {
        let (shown, has) = (&mut self.shown, |flag| event.flags.contains(flag));
        shown.credentials |= event.credential.is_some();
        shown.cookies |= has(EventFlags::COOKIE);
        shown.passwords |= has(EventFlags::PASSWORD);
        shown.keys |= has(EventFlags::KEY);
        shown.accounts |= event.account.is_some();
        shown.forwarded |= event.forwarded_hash != 0;
        shown.referers |= has(EventFlags::REFERER);
        shown.latencies |= event.latency_micros != 0;
        shown.sizes |= event.response_bytes != 0;
        shown.fractions |= event.time.as_micros() % domain::MICROS_PER_SEC != 0;
    }

    fn note_answer(&mut self, event: &Event) {
        if event.is_error() {
            self.by_status.entry(event.status).or_default().add(event);
        }
        if EndpointTable::is_unknown(event.endpoint) {
            return;
        }
        let seen = self.endpoints.entry(event.endpoint).or_default();
        seen.words = seen.words.union(event.words);
        if event.auth == AuthOutcome::Failure {
            seen.failed.add(event);
        } else if !event.is_error() {
            seen.well.add(event);
        }
    }

    fn note_caller(&mut self, event: &Event) {
        let browses = event.flags.contains(EventFlags::AGENT_BROWSER);
        self.referers.0 += u64::from(browses && event.flags.contains(EventFlags::REFERER));
        self.referers.1 += u64::from(browses);
        let is_ordinary = !event.flags.contains(EventFlags::AGENT_SCANNER)
            && !event.flags.contains(EventFlags::AGENT_MISSING);
        // Agents are counted by client: one that calls all day is one.
        if is_ordinary
            && self.agent_pairs.len() < MAX_PAIRS
            && self.agent_pairs.insert((event.client, event.agent))
            && (self.agents.len() < MAX_NAMES || self.agents.contains_key(&event.agent))
        {
            *self.agents.entry(event.agent).or_default() += 1;
        }
        if event.is_error() || event.auth == AuthOutcome::Failure {
            return;
        }
        if let Some(account) = event.account.filter(|_| self.accounts.len() < MAX_NAMES) {
            self.accounts.insert(account.0);
        }
        let Some(credential) = event.credential else { return };
        if let Some(known) = self.owners.get_mut(&credential) {
            known.last = event.time;
        } else if self.owners.len() < MAX_OWNERS {
            let used = Use {
                account: event.account.map(|account| account.0),
                client: event.client,
                agent: event.agent,
                first: event.time,
                last: event.time,
            };
            self.owners.insert(credential, used);
        }
    }

    /// The moments of the site's own calls: few at night, if it sleeps then.
    pub(super) fn moments(&self) -> &[Timestamp] {
        &self.moments
    }

    /// What the log shows of a call.
    pub(super) fn shown(&self) -> Shown {
        self.shown
    }

    /// The site as an attacker finds it; `None` where no endpoint is known.
    pub(super) fn site(&self, directory: &Directory) -> Option<Site> {
        let mut busiest: Vec<(EndpointId, &Seen)> =
            self.endpoints.iter().map(|(endpoint, seen)| (*endpoint, seen)).collect();
        busiest.sort_by_key(|(_, seen)| std::cmp::Reverse(seen.well.count + seen.failed.count));
        busiest.truncate(MAX_ENDPOINTS);
        let endpoint = |(id, seen): &(EndpointId, &Seen)| {
            Some((*id, self.endpoint(directory.endpoints.name(*id), seen)?))
        };
        let (ids, endpoints): (Vec<EndpointId>, Vec<Endpoint>) =
            busiest.iter().filter_map(endpoint).unzip();
        let text = |names: &domain::Names, id: NameId| -> Arc<str> {
            String::from_utf8_lossy(names.text(id)).into()
        };
        let answer = |status: u16, usual: Answer| {
            self.by_status.get(&status).and_then(Answers::usual).unwrap_or(usual)
        };
        let owner = |(credential, used): (&Fingerprint, &Use)| Owner {
            account: used.account.map(|account| text(&directory.accounts, account)),
            credential: credential.to_string().into(),
            peer: address_of(used.client),
            agent: text(&directory.agents, used.agent),
            first: used.first,
            last: used.last,
        };
        (!endpoints.is_empty()).then(|| Site {
            endpoints,
            accounts: self.accounts.iter().map(|id| text(&directory.accounts, *id)).collect(),
            agents: self
                .agents
                .iter()
                .map(|(agent, clients)| (text(&directory.agents, *agent), f64::from(*clients)))
                .collect(),
            referer_share: self.referers.0 as f64 / self.referers.1.max(1) as f64,
            habits: Habits { gaps_secs: self.gaps_secs.clone(), steps: self.steps(&ids) },
            owners: self.owners.iter().map(owner).collect(),
            not_found: answer(404, Answer::of(404, 153.0, 3.0)),
            unauthorized: answer(401, Answer::of(401, 58.0, 4.0)),
            forbidden: answer(403, Answer::of(403, 72.0, 5.0)),
        })
    }

    /// Which of these endpoints follow each, by their places.
    fn steps(&self, ids: &[EndpointId]) -> BTreeMap<usize, Vec<(usize, f64)>> {
        let places: BTreeMap<EndpointId, usize> =
            ids.iter().enumerate().map(|(place, id)| (*id, place)).collect();
        let mut steps: BTreeMap<usize, Vec<(usize, f64)>> = BTreeMap::new();
        for (from, to, bits) in ProfileParts::from(self.profiles).transitions {
            if let (Some(from), Some(to)) = (places.get(&from), places.get(&to)) {
                steps.entry(*from).or_default().push((*to, f64::from(-bits).exp2()));
            }
        }
        steps
    }

    fn endpoint(&self, name: &str, seen: &Seen) -> Option<Endpoint> {
        let (method, template) = name.split_once(' ')?;
        let method = Method::from_token(method.as_bytes());
        let served = matches!(method, Method::Get) || method.is_write();
        let role = role_of(method, template, seen.words);
        let answer = seen.well.usual();
        let refused = self.by_status.get(&401).and_then(Answers::usual);
        let failed = seen.failed.usual().or(refused).unwrap_or(Answer::of(401, 58.0, 95.0));
        served.then(|| Endpoint {
            method: method.name(),
            template: template.to_owned(),
            role,
            weight: (seen.well.count + seen.failed.count) as f64,
            answer: answer.unwrap_or(Answer::of(200, 480.0, 50.0)),
            failed: if role == Role::SignIn { failed } else { answer.unwrap_or(failed) },
        })
    }
}

fn every_other<T>(items: &mut Vec<T>) {
    let mut place = 0;
    items.retain(|_| {
        place += 1;
        place % 2 == 1
    });
}

fn role_of(method: Method, template: &str, words: PathWords) -> Role {
    if words.contains(PathWords::SIGN_IN) && method.is_write() {
        Role::SignIn
    } else if words.contains(PathWords::ASSET) {
        Role::Asset
    } else if words.contains(PathWords::ADMIN) {
        Role::Admin
    } else if method.is_write() {
        Role::Write
    } else if template.contains('{') {
        Role::Object
    } else {
        Role::List
    }
}

/// An address of a client. Of one that has none, any.
fn address_of(client: Client) -> IpAddr {
    match client {
        Client::Ipv4(address) => address.into(),
        Client::Ipv6Net64(net) => Ipv6Addr::from_bits(u128::from(net) << 64 | 1).into(),
        Client::Host(name) => Ipv4Addr::from_bits(mix(name.0.into()) as u32).into(),
    }
}
