//! Suspicions that are nothing one by one, and a campaign together.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use domain::{
    AccountId, Client, EndpointId, Event, EventFlags, Finding, NameId, Position, Score, Threat,
    Timestamp,
};

/// So many clients within [`WINDOW_SECS`] make a campaign, of those that were suspected
/// `TRIES` times; of those suspected less often it takes more, in proportion.
pub const LEAST_MEMBERS: usize = 8;
/// Suspicions about one client that say as much as any number of them.
pub(crate) const TRIES: usize = 3;
/// In a busy place some are suspected at any hour. A campaign has so many times as many as half of
/// the hours had, where the suspicions cover at least [`LEAST_HOURS`].
pub(crate) const TIMES_USUAL: usize = 3;
/// Fewer hours tell nothing of what is usual.
pub(crate) const LEAST_HOURS: usize = 6;
/// The time within which they must have been seen, in seconds.
pub const WINDOW_SECS: i64 = 3_600;
/// A campaign is over where nobody comes for so many times as long as its sources are apart at its
/// busiest: where they come by chance, a gap in 22,000 is as long.
const PAUSE: f64 = 10.0;
/// No shorter pause ends one, in seconds: tools wait, and sources change.
const LEAST_PAUSE_SECS: f64 = 300.0;
/// Suspicions that are kept; further ones are not counted.
pub const MAX_SUSPICIONS: usize = 100_000;

/// Suspicions about clients.
#[derive(Clone, Debug, Default)]
pub(crate) struct Suspicions {
    by_client: BTreeMap<Client, Vec<(Target, Suspicion)>>,
    count: usize,
}

/// From when to when.
pub(crate) type Span = (Timestamp, Timestamp);

/// What clients are suspected of together: the threat, and the endpoint where it was seen.
pub(crate) type Target = (Threat, EndpointId);

/// When clients were suspected that are an attack of their own, in the order of time.
pub(crate) type Loud = BTreeMap<Target, Vec<Timestamp>>;

/// A client that was suspected, once.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Suspicion {
    pub(crate) time: Timestamp,
    pub(crate) client: Client,
    pub(crate) account: Option<AccountId>,
    pub(crate) agent: NameId,
    pub(crate) position: Position,
    /// Whether the sign-in failed as far as the size of its answer tells.
    pub(crate) is_inferred: bool,
}

/// What clients are suspected of that are after one account.
#[derive(Clone, Debug)]
pub(crate) struct Given {
    /// The account's place among those that were asked for.
    pub(crate) place: usize,
    pub(crate) target: Target,
    /// At least one, in the order of time.
    pub(crate) suspicions: Vec<Suspicion>,
}

/// Many clients suspected of the same at the same endpoint.
#[derive(Clone, Debug)]
pub(crate) struct Campaign {
    pub(crate) threat: Threat,
    pub(crate) endpoint: EndpointId,
    /// When there were enough of them.
    pub(crate) opened_at: Timestamp,
    /// The suspicions that are part of it, in the order of time.
    pub(crate) suspicions: Vec<Suspicion>,
    /// The clients within the busiest of them.
    pub(crate) members: usize,
    /// What they weigh against what it takes: 1 where it is just enough.
    pub(crate) weight: f32,
}

impl Campaign {
    /// How sure: 0.5 where it is just enough for a campaign, rising with each more.
    pub(crate) fn score(&self) -> Score {
        Score::saturating(1.0 - (-self.weight).exp2())
    }
}

impl Suspicions {
    pub(crate) fn note(&mut self, at: Timestamp, event: &Event, found: &Finding) {
        if self.count >= MAX_SUSPICIONS {
            return;
        }
        self.count += 1;
        let target = (found.threat, event.endpoint);
        let suspicion = Suspicion {
            time: at,
            client: event.client,
            account: event.account,
            agent: event.agent,
            position: event.position,
            is_inferred: event.flags.contains(EventFlags::AUTH_INFERRED),
        };
        self.by_client.entry(event.client).or_default().push((target, suspicion));
    }

    /// A client turned out to be ordinary: it got in and went on.
    pub(crate) fn acquit(&mut self, client: Client) {
        if let Some(suspicions) = self.by_client.remove(&client) {
            self.count -= suspicions.len();
        }
    }

    /// Gives out what clients are suspected of that called as one account, where that makes the greater
    /// part of all that is suspected at its endpoint about the time: they are after the account. Of each
    /// account that is asked for, by its place in `asked`.
    pub(crate) fn give_out(&mut self, asked: &[(AccountId, Span)]) -> Vec<Given> {
        let mut times: BTreeMap<Target, Vec<Timestamp>> = BTreeMap::new();
        let mut of: BTreeMap<AccountId, BTreeMap<Target, Vec<Suspicion>>> = BTreeMap::new();
        for (target, suspicion) in self.by_client.values().flatten() {
            times.entry(*target).or_default().push(suspicion.time);
            if let Some(account) = suspicion.account {
                of.entry(account).or_default().entry(*target).or_default().push(*suspicion);
            }
        }
        times.values_mut().for_each(|times| times.sort_unstable());
        let mut given = Vec::new();
        for (place, (account, span)) in asked.iter().enumerate() {
            for (target, own) in of.get_mut(account).into_iter().flatten() {
                own.sort_by_key(|it| (it.time, it.position));
                let near = stretch(own, *span);
                let ours = &own[near.clone()];
                let (Some(first), Some(last)) = (ours.first(), ours.last()) else { continue };
                let times = &times[target];
                let all = times.partition_point(|at| *at <= last.time)
                    - times.partition_point(|at| *at < first.time);
                if 2 * near.len() >= all {
                    let suspicions = own.drain(near).collect();
                    given.push(Given { place, target: *target, suspicions });
                }
            }
        }
        let of =
            |it: &Given| it.suspicions.iter().map(|s| (it.target, s.position)).collect::<Vec<_>>();
        let gone: BTreeSet<(Target, Position)> = given.iter().flat_map(of).collect();
        self.retain_targets(|target, it| !gone.contains(&(*target, it.position)));
        given
    }

    /// Forgets clients about whom `keep` says no; it is asked of the last suspicion of each threat.
    pub(crate) fn retain_clients(
        &mut self,
        mut keep: impl FnMut(Client, Threat, &Suspicion) -> bool,
    ) {
        self.by_client.retain(|client, suspicions| {
            let last: BTreeMap<Threat, Suspicion> =
                suspicions.iter().map(|((threat, _), suspicion)| (*threat, *suspicion)).collect();
            let kept: BTreeMap<Threat, bool> =
                last.iter().map(|(threat, it)| (*threat, keep(*client, *threat, it))).collect();
            suspicions.retain(|((threat, _), _)| kept[threat]);
            !suspicions.is_empty()
        });
        self.count = self.by_client.values().map(Vec::len).sum();
    }

    /// Forgets suspicions about which `keep` says no.
    pub(crate) fn retain(&mut self, mut keep: impl FnMut(&Suspicion) -> bool) {
        self.retain_targets(|_, suspicion| keep(suspicion));
    }

    /// Takes out what clients are suspected of of whom `is_loud` says that they are an attack of their own.
    pub(crate) fn take_out(&mut self, is_loud: impl Fn(&Suspicion) -> bool) -> Loud {
        let mut loud = Loud::new();
        self.retain_targets(|target, suspicion| {
            let is_taken = is_loud(suspicion);
            if is_taken {
                loud.entry(*target).or_default().push(suspicion.time);
            }
            !is_taken
        });
        loud.values_mut().for_each(|times| times.sort_unstable());
        loud
    }

    fn retain_targets(&mut self, mut keep: impl FnMut(&Target, &Suspicion) -> bool) {
        self.by_client.retain(|_, suspicions| {
            suspicions.retain(|(target, it)| keep(target, it));
            !suspicions.is_empty()
        });
        self.count = self.by_client.values().map(Vec::len).sum();
    }

    pub(crate) fn take_over(&mut self, other: Self) {
        self.count += other.count;
        self.by_client.extend(other.by_client);
    }

    /// The campaigns among them: of one target as many as lie further apart than their windows reach. In
    /// which order suspicions were noted does not matter.
    ///
    /// Where an attack of its own goes on at the target, another is likelier: those who are `loud` count
    /// as one client more, however many they are, and are no members.
    pub(crate) fn campaigns(self, loud: &Loud) -> Vec<Campaign> {
        let mut by_target: BTreeMap<Target, Vec<Suspicion>> = BTreeMap::new();
        for (target, suspicion) in self.by_client.into_values().flatten() {
            by_target.entry(target).or_default().push(suspicion);
        }
        let of_target = |(target, suspicions)| {
            let loud = loud.get(&target).map_or(&[][..], Vec::as_slice);
            campaigns_of(target, suspicions, loud)
        };
        by_target.into_iter().flat_map(of_target).collect()
    }
}

/// The campaigns of one target.
fn campaigns_of(
    (threat, endpoint): Target,
    mut suspicions: Vec<Suspicion>,
    loud: &[Timestamp],
) -> Vec<Campaign> {
    suspicions.sort_by_key(|suspicion| (suspicion.time, suspicion.position));
    let tries = tries_of(&suspicions, loud);
    let least = (LEAST_MEMBERS * TRIES).max(TIMES_USUAL * usual_tries(&tries));
    let mut campaigns = Vec::new();
    for window in busy_windows(&tries, least) {
        let (first, last) = window.reach();
        let begins = suspicions.partition_point(|suspicion| suspicion.time < first);
        let ends = suspicions.partition_point(|suspicion| suspicion.time <= last);
        for (window, part) in parts(window, &suspicions[begins..ends], loud, least) {
            campaigns.push(Campaign {
                threat,
                endpoint,
                opened_at: window.opened,
                suspicions: part.to_vec(),
                members: window.members,
                weight: window.tries as f32 / least as f32,
            });
        }
    }
    campaigns
}

/// What lies within reach of busy windows, cut at its pauses: who failed to sign in long before an attack
/// is no part of it. Parts that are not enough alone are left out, unless none is.
fn parts<'a>(
    window: Window,
    reached: &'a [Suspicion],
    loud: &[Timestamp],
    least: usize,
) -> Vec<(Window, &'a [Suspicion])> {
    let pause_secs = pause_secs(reached);
    let goes_on = |a: &Suspicion, b: &Suspicion| b.time.secs_since(a.time) <= pause_secs;
    let busy = reached.chunk_by(goes_on).filter_map(|part| {
        let begins = loud.partition_point(|at| *at < reach_before(part[0].time));
        let ends = loud.partition_point(|at| *at <= reach_after(part[part.len() - 1].time));
        let tries = tries_of(part, &loud[begins..ends]);
        let joined = busy_windows(&tries, least).into_iter().reduce(|mut first, other| {
            first.join(other);
            first
        });
        Some((joined?, part))
    });
    let mut busy: Vec<_> = busy.collect();
    if busy.is_empty() {
        let inside = |it: &&Suspicion| (window.first..=window.last).contains(&it.time);
        let begins = reached.iter().take_while(|it| !inside(it)).count();
        let count = reached.iter().filter(inside).count();
        busy.push((window, &reached[begins..begins + count]));
    }
    busy
}

/// What counts toward the size of a campaign: when, and whose it is; nobody's in particular where those
/// are who are loud.
type Try = (Timestamp, Option<Client>);

/// All that counts, in the order of time.
fn tries_of(suspicions: &[Suspicion], loud: &[Timestamp]) -> Vec<Try> {
    let quiet = suspicions.iter().map(|it| (it.time, Some(it.client)));
    let mut tries: Vec<Try> = quiet.chain(loud.iter().map(|at| (*at, None))).collect();
    tries.sort_by_key(|(time, _)| *time);
    tries
}

/// The suspicions within a span, and those before and after it without a pause between. They are in the
/// order of time.
fn stretch(suspicions: &[Suspicion], (first, last): Span) -> Range<usize> {
    let pause_micros = (pause_secs(suspicions) * domain::MICROS_PER_SEC as f64) as i64;
    let goes_on = |a: Timestamp, b: Timestamp| b.micros_since(a) <= pause_micros;
    let mut begins = suspicions.partition_point(|it| it.time < first);
    let mut ends = suspicions.partition_point(|it| it.time <= last);
    let mut edge = first;
    while begins > 0 && goes_on(suspicions[begins - 1].time, edge) {
        begins -= 1;
        edge = suspicions[begins].time;
    }
    let mut edge = last;
    while ends < suspicions.len() && goes_on(edge, suspicions[ends].time) {
        edge = suspicions[ends].time;
        ends += 1;
    }
    begins..ends
}

/// How long nobody must come for a campaign to be over: by the mean gap of the fastest tries that make
/// one, of which each client has a few.
fn pause_secs(suspicions: &[Suspicion]) -> f64 {
    let mut tries: BTreeMap<Client, usize> = BTreeMap::new();
    let counted = suspicions.iter().filter(|suspicion| {
        let tries = tries.entry(suspicion.client).or_default();
        *tries += 1;
        *tries <= TRIES
    });
    let times: Vec<Timestamp> = counted.map(|suspicion| suspicion.time).collect();
    let lasted =
        times.windows(LEAST_MEMBERS * TRIES).map(|run| run[run.len() - 1].secs_since(run[0]));
    let gaps = (LEAST_MEMBERS * TRIES - 1) as f64;
    let fastest = lasted.min_by(f64::total_cmp).unwrap_or(WINDOW_SECS as f64);
    (PAUSE * fastest / gaps).max(LEAST_PAUSE_SECS)
}

/// An hour of suspicions, or several in a row, of which the busiest is counted.
#[derive(Clone, Copy, Debug)]
struct Window {
    /// Distinct clients.
    members: usize,
    /// Suspicions, at most [`TRIES`] a client.
    tries: usize,
    first: Timestamp,
    last: Timestamp,
    /// When it first weighed enough.
    opened: Timestamp,
}

impl Window {
    /// From when to when suspicions can belong to it.
    const fn reach(&self) -> Span {
        (reach_before(self.first), reach_after(self.last))
    }

    /// Goes on with a later one.
    fn join(&mut self, other: Self) {
        self.last = other.last;
        if other.tries > self.tries {
            (self.members, self.tries) = (other.members, other.tries);
        }
    }
}

pub(crate) const fn reach_before(at: Timestamp) -> Timestamp {
    at.plus_micros(-WINDOW_SECS * domain::MICROS_PER_SEC)
}

pub(crate) const fn reach_after(at: Timestamp) -> Timestamp {
    at.plus_micros(WINDOW_SECS * domain::MICROS_PER_SEC)
}

/// The windows that weigh as much as the least, those within reach of each other taken as one.
/// Tries are in the order of time.
fn busy_windows(all: &[Try], least: usize) -> Vec<Window> {
    let mut inside: BTreeMap<Option<Client>, usize> = BTreeMap::new();
    let (mut oldest, mut tries) = (0, 0);
    let mut busy: Vec<Window> = Vec::new();
    for (time, client) in all {
        let count = inside.entry(*client).or_default();
        *count += 1;
        tries += usize::from(*count <= TRIES);
        while time.secs_since(all[oldest].0) > WINDOW_SECS as f64 {
            let leaving = all[oldest].1;
            if let Some(count) = inside.get_mut(&leaving) {
                tries -= usize::from(*count <= TRIES);
                *count -= 1;
                if *count == 0 {
                    inside.remove(&leaving);
                }
            }
            oldest += 1;
        }
        if tries >= least {
            let members = inside.len() - usize::from(inside.contains_key(&None));
            let (first, last) = (all[oldest].0, *time);
            let window = Window { members, tries, first, last, opened: last };
            match busy.last_mut() {
                Some(before) if before.reach().1 >= window.reach().0 => before.join(window),
                _ => busy.push(window),
            }
        }
    }
    busy
}

/// What an hour usually weighs, from the first try to the last: the median of the hours, those
/// without any included; 0 where there are too few hours to tell.
fn usual_tries(tries: &[Try]) -> usize {
    let [(first, _), .., (last, _)] = tries else { return 0 };
    let hours = (last.secs_since(*first) / WINDOW_SECS as f64) as usize + 1;
    if hours < LEAST_HOURS {
        return 0;
    }
    let mut counts: BTreeMap<usize, BTreeMap<Option<Client>, usize>> = BTreeMap::new();
    for (time, client) in tries {
        let hour = (time.secs_since(*first) / WINDOW_SECS as f64) as usize;
        *counts.entry(hour).or_default().entry(*client).or_default() += 1;
    }
    let weigh =
        |clients: &BTreeMap<Option<Client>, usize>| clients.values().map(|n| TRIES.min(*n)).sum();
    let mut tries: Vec<usize> = counts.values().map(weigh).collect();
    tries.resize(hours, 0);
    tries.sort_unstable();
    tries[hours / 2]
}
