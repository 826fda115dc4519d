use std::collections::{BTreeMap, BTreeSet};

use domain::{AccountId, Client, EndpointId, Entity, Event, EventFlags, NameId, Timestamp};

use crate::balance::{Balance, COMPARED_SOURCES};
use crate::facts::{ClientFacts, Facts, ListFacts, PairFacts, Repeats, SignInFacts, SourceFacts};
use crate::hash::{client_bits, mix};
use crate::loads::Loads;
use crate::sample::Sample;

/// Distinct lines that are held for counting.
pub const SAMPLED_LINES: usize = 1 << 15;
/// Distinct pairs of caller and path that are held for comparing sources.
pub const SAMPLED_CALLS: usize = 1 << 15;
/// Sign-in endpoints that are counted.
pub const COUNTED_SIGN_INS: usize = 64;
/// Clients that facts tell of.
const BUSIEST: usize = 16;

/// Counts what [`Facts`] are made of. Events come in any order; most cost it a few nanoseconds.
#[derive(Clone, Debug)]
pub struct Survey {
    requests: u64,
    with_account: u64,
    with_credential: u64,
    with_claims: u64,
    with_sample_rate: u64,
    loads: Loads,
    lines: Sample<Lines>,
    /// Only where there is more than one source.
    calls: Option<Sample<Firsts>>,
    /// Likewise.
    balance: Option<Balance>,
    sign_ins: BTreeMap<EndpointId, Accepted>,
}

/// What the events alone do not tell.
#[derive(Debug)]
pub struct Knowledge<N> {
    /// Names an entity.
    pub name: N,
    /// The sources, in the order of their numbers.
    pub sources: Vec<SourceFacts>,
    /// Whether any proxy is trusted.
    pub trusts_a_proxy: bool,
    /// Sign-in endpoints whose failures are told by the size of the answer: how many were answered as
    /// accepted, and how many of these are taken for failures.
    pub inferred: Vec<(EndpointId, u64, u64)>,
    /// The list of a crawler's ranges that was written longest ago.
    pub oldest_crawlers: Option<ListFacts>,
}

/// Lines that are the same in all that is looked at.
#[derive(Clone, Debug, Default)]
struct Lines {
    count: u32,
    in_first_source: u32,
    first: Option<Line>,
}

#[derive(Clone, Copy, Debug)]
struct Line {
    source: u16,
    client: Client,
    agent: NameId,
    account: Option<AccountId>,
    /// Hash of the claimed origins, 0 for none.
    claim: u32,
}

/// When each source first told of a caller and path.
type Firsts = Vec<(u16, Timestamp)>;

#[derive(Clone, Copy, Debug, Default)]
struct Accepted {
    accepted: u64,
    failed: u64,
}

impl Survey {
    /// A survey of a log that comes from so many sources.
    pub fn of_sources(sources: usize) -> Self {
        Self {
            requests: 0,
            with_account: 0,
            with_credential: 0,
            with_claims: 0,
            with_sample_rate: 0,
            loads: Loads::new(),
            lines: Sample::of_at_most(SAMPLED_LINES),
            calls: (sources > 1).then(|| Sample::of_at_most(SAMPLED_CALLS)),
            balance: (sources > 1).then(Balance::new),
            sign_ins: BTreeMap::new(),
        }
    }

    /// Takes an event in.
    pub fn observe(&mut self, event: &Event) {
        self.requests += 1;
        self.with_account += u64::from(event.account.is_some());
        self.with_credential += u64::from(event.flags.contains(EventFlags::CREDENTIALED));
        self.with_claims += u64::from(event.flags.contains(EventFlags::FORWARDED_UNTRUSTED));
        self.with_sample_rate += u64::from(event.flags.contains(EventFlags::SAMPLED));
        self.loads.observe(event);
        let call = mix(event.path_hash ^ client_bits(event.client).rotate_left(23));
        let answer = u64::from(event.response_bytes) << 32 | u64::from(event.status);
        let details = u64::from(event.agent.0) << 32 | u64::from(event.query_hash);
        let moment = (event.time.as_micros() as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let line = mix(call ^ moment ^ answer.rotate_left(11) ^ details.rotate_left(41));
        if let Some(lines) = self.lines.get(line) {
            lines.take(event);
        }
        if let Some(calls) = &mut self.calls
            && event.position.source.0 < COMPARED_SOURCES
            && let Some(firsts) = calls.get(mix(call ^ event.method as u64))
        {
            first_in(firsts, event);
        }
        if let Some(balance) = &mut self.balance {
            balance.observe(event);
        }
        if event.flags.contains(EventFlags::AUTH_INFERRED) {
            count_sign_in(&mut self.sign_ins, event.endpoint, Accepted { accepted: 1, failed: 1 });
        }
    }

    /// What was counted.
    pub fn facts<N: Fn(&Entity) -> String>(&self, known: Knowledge<N>) -> Facts {
        let mut sign_ins = self.sign_ins.clone();
        for (endpoint, accepted, failed) in known.inferred {
            count_sign_in(&mut sign_ins, endpoint, Accepted { accepted, failed });
        }
        let sign_in = |(endpoint, counted): (&EndpointId, &Accepted)| SignInFacts {
            endpoint: (known.name)(&Entity::Endpoint(*endpoint)),
            accepted: counted.accepted,
            failed: counted.failed,
        };
        let claims: BTreeSet<u32> = self.seen().map(|line| line.claim).collect();
        let claimants = self.seen().filter(|line| line.claim != 0).map(|line| line.client);
        Facts {
            requests: self.requests,
            with_account: self.with_account,
            with_credential: self.with_credential,
            with_claims: self.with_claims,
            with_sample_rate: self.with_sample_rate,
            loads: self.loads.facts(),
            oldest_crawlers: known.oldest_crawlers,
            claimants: claimants.collect::<BTreeSet<_>>().len() as u64,
            claims: claims.iter().filter(|claim| **claim != 0).count() as u64,
            trusts_a_proxy: known.trusts_a_proxy,
            clients: self.busiest(&known.name),
            repeats: self.repeats(),
            pairs: self.pairs(&known.sources),
            sign_ins: sign_ins.iter().map(sign_in).collect(),
            sources: known.sources,
        }
    }

    /// One of each of the distinct lines that are held.
    fn seen(&self) -> impl Iterator<Item = &Line> {
        self.lines.values().filter_map(|lines| lines.first.as_ref())
    }

    fn busiest(&self, name: impl Fn(&Entity) -> String) -> Vec<ClientFacts> {
        let mut clients: BTreeMap<Client, u64> = BTreeMap::new();
        for lines in self.lines.values() {
            let first = lines.first.iter();
            first.for_each(|line| {
                *clients.entry(line.client).or_default() += u64::from(lines.count)
            });
        }
        let total: u64 = clients.values().sum();
        let mut busiest: Vec<(u64, Client)> =
            clients.into_iter().map(|(client, requests)| (requests, client)).collect();
        busiest.sort_unstable_by(|(n, a), (m, b)| m.cmp(n).then(a.cmp(b)));
        busiest.truncate(BUSIEST);
        let facts = |(requests, client): (u64, Client)| {
            let own = || self.seen().filter(|line| line.client == client);
            let agents: BTreeSet<NameId> = own().map(|line| line.agent).collect();
            let accounts: BTreeSet<AccountId> = own().filter_map(|line| line.account).collect();
            let origins: BTreeSet<u32> =
                own().map(|line| line.claim).filter(|it| *it != 0).collect();
            ClientFacts {
                name: name(&Entity::Client(client)),
                share: requests as f64 / total as f64,
                agents: agents.len() as u64,
                accounts: accounts.len() as u64,
                origins: origins.len() as u64,
            }
        };
        busiest.into_iter().map(facts).collect()
    }

    fn repeats(&self) -> Repeats {
        let repeated = || self.lines.values().filter(|lines| lines.count > 1);
        let copies: u64 = repeated().map(|lines| u64::from(lines.count)).sum();
        let number = repeated().count();
        Repeats {
            distinct: self.lines.values().count() as u64,
            repeated: number as u64,
            copies: if number == 0 { 0.0 } else { copies as f64 / number as f64 },
            across: repeated().filter(|lines| lines.in_first_source < lines.count).count() as u64,
        }
    }

    fn pairs(&self, sources: &[SourceFacts]) -> Vec<PairFacts> {
        let (Some(calls), Some(balance)) = (&self.calls, &self.balance) else { return Vec::new() };
        let compared = sources.len().min(usize::from(COMPARED_SOURCES));
        let mut pairs = Vec::new();
        for one in 0..compared {
            pairs.extend((one + 1..compared).filter_map(|other| {
                let common = Common::of(&sources[one], &sources[other])?;
                pair(calls, (one, other), &common, balance)
            }));
        }
        pairs.sort_by(|a, b| b.shared.cmp(&a.shared).then((a.one, a.other).cmp(&(b.one, b.other))));
        pairs
    }
}

impl Lines {
    fn take(&mut self, event: &Event) {
        let source = event.position.source.0;
        let first = self.first.get_or_insert(Line {
            source,
            client: event.client,
            agent: event.agent,
            account: event.account,
            claim: event.forwarded_hash,
        });
        self.in_first_source =
            self.in_first_source.saturating_add(u32::from(first.source == source));
        self.count = self.count.saturating_add(1);
    }
}

fn count_sign_in(
    sign_ins: &mut BTreeMap<EndpointId, Accepted>,
    endpoint: EndpointId,
    more: Accepted,
) {
    if sign_ins.len() < COUNTED_SIGN_INS || sign_ins.contains_key(&endpoint) {
        let counted = sign_ins.entry(endpoint).or_default();
        counted.accepted += more.accepted;
        counted.failed += more.failed;
    }
}

fn first_in(firsts: &mut Firsts, event: &Event) {
    let source = event.position.source.0;
    match firsts.iter_mut().find(|(known, _)| *known == source) {
        Some((_, first)) => *first = event.time.min(*first),
        None => firsts.push((source, event.time)),
    }
}

/// The time that two sources have in common.
struct Common {
    /// From when on a call is new to both: whoever calls all the time is there from the beginning of each,
    /// and beginnings tell of nothing but when a file was begun.
    fresh: Timestamp,
    /// Its part of the shorter one's time.
    overlap: f64,
}

impl Common {
    fn of(one: &SourceFacts, other: &SourceFacts) -> Option<Self> {
        let (begin, end) = (one.first?.max(other.first?), one.last?.min(other.last?));
        let length = |source: &SourceFacts| Some(source.last?.secs_since(source.first?));
        let shorter = length(one)?.min(length(other)?);
        let both = end.secs_since(begin);
        if both <= 0.0 || shorter <= 0.0 {
            return None;
        }
        let settled = end.micros_since(begin) / 10;
        let fresh = Timestamp::from_micros(begin.as_micros().saturating_add(settled));
        Some(Self { fresh, overlap: both / shorter })
    }
}

fn pair(
    calls: &Sample<Firsts>,
    (one, other): (usize, usize),
    common: &Common,
    balance: &Balance,
) -> Option<PairFacts> {
    let first = |firsts: &Firsts, source: usize| {
        let found = firsts.iter().find(|(known, _)| usize::from(*known) == source);
        found.map(|(_, first)| *first).filter(|first| *first >= common.fresh)
    };
    let (mut in_one, mut in_other, mut offsets) = (0_u64, 0_u64, Vec::new());
    for firsts in calls.values() {
        let (here, there) = (first(firsts, one), first(firsts, other));
        in_one += u64::from(here.is_some());
        in_other += u64::from(there.is_some());
        if let (Some(here), Some(there)) = (here, there) {
            offsets.push(there.secs_since(here));
        }
    }
    offsets.sort_unstable_by(f64::total_cmp);
    let balance = balance.facts(one, other, common.fresh);
    // Balanced servers may have no call in common.
    if offsets.is_empty() && balance.callers == 0 {
        return None;
    }
    let median = offsets.get(offsets.len() / 2).copied().unwrap_or(0.0);
    let near = (median.abs() / 20.0).max(1.0);
    let agreeing = offsets.iter().filter(|offset| (*offset - median).abs() <= near).count();
    Some(PairFacts {
        one,
        other,
        shared: offsets.len() as u64,
        shared_ratio: offsets.len() as f64 / in_one.min(in_other).max(1) as f64,
        offset_secs: median,
        agreeing: agreeing as f64 / offsets.len().max(1) as f64,
        balance,
        overlap: common.overlap,
    })
}
