//! Suspicions that are nothing one by one, and a campaign together.

use std::collections::BTreeMap;

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
/// Suspicions that are kept; further ones are not counted.
pub const MAX_SUSPICIONS: usize = 100_000;

/// Suspicions about clients.
#[derive(Clone, Debug, Default)]
pub(crate) struct Suspicions {
    by_client: BTreeMap<Client, Vec<(Target, Suspicion)>>,
    count: usize,
}

/// What clients are suspected of together: the threat, and the endpoint where it was seen.
type Target = (Threat, EndpointId);

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

/// Many clients suspected of the same at the same endpoint.
#[derive(Clone, Debug)]
pub(crate) struct Campaign {
    pub(crate) threat: Threat,
    pub(crate) endpoint: EndpointId,
    /// The suspicions within reach of its windows, in the order of time.
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

    /// Forgets clients about whom `keep` says no; it is asked of the last suspicion of each threat.
    pub(crate) fn retain(&mut self, mut keep: impl FnMut(Client, Threat, &Suspicion) -> bool) {
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

    pub(crate) fn take_over(&mut self, other: Self) {
        self.count += other.count;
        self.by_client.extend(other.by_client);
    }

    /// The campaigns among them: of one target as many as lie further apart than their windows reach. In
    /// which order suspicions were noted does not matter.
    pub(crate) fn campaigns(self) -> Vec<Campaign> {
        let mut by_target: BTreeMap<Target, Vec<Suspicion>> = BTreeMap::new();
        for (target, suspicion) in self.by_client.into_values().flatten() {
            by_target.entry(target).or_default().push(suspicion);
        }
        let of_target = |((threat, endpoint), mut suspicions): (Target, Vec<Suspicion>)| {
            suspicions.sort_by_key(|suspicion| (suspicion.time, suspicion.position));
            let least = (LEAST_MEMBERS * TRIES).max(TIMES_USUAL * usual_tries(&suspicions));
            let reached = |window: &Window| {
                let (first, last) = window.reach();
                let begins = suspicions.partition_point(|suspicion| suspicion.time < first);
                let ends = suspicions.partition_point(|suspicion| suspicion.time <= last);
                suspicions[begins..ends].to_vec()
            };
            let campaign = |window: Window| Campaign {
                threat,
                endpoint,
                suspicions: reached(&window),
                members: window.members,
                weight: window.tries as f32 / least as f32,
            };
            busy_windows(&suspicions, least).into_iter().map(campaign).collect::<Vec<_>>()
        };
        by_target.into_iter().flat_map(of_target).collect()
    }
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
}

impl Window {
    /// From when to when suspicions belong to it.
    const fn reach(&self) -> (Timestamp, Timestamp) {
        let window = WINDOW_SECS * domain::MICROS_PER_SEC;
        (self.first.plus_micros(-window), self.last.plus_micros(window))
    }

    /// Goes on with a later one.
    fn join(&mut self, other: Self) {
        self.last = other.last;
        if other.tries > self.tries {
            (self.members, self.tries) = (other.members, other.tries);
        }
    }
}

/// The windows that weigh as much as the least, those within reach of each other taken as one.
/// Suspicions are in the order of time.
fn busy_windows(suspicions: &[Suspicion], least: usize) -> Vec<Window> {
    let mut inside: BTreeMap<Client, usize> = BTreeMap::new();
    let (mut oldest, mut tries) = (0, 0);
    let mut busy: Vec<Window> = Vec::new();
    for suspicion in suspicions {
        let count = inside.entry(suspicion.client).or_default();
        *count += 1;
        tries += usize::from(*count <= TRIES);
        while suspicion.time.secs_since(suspicions[oldest].time) > WINDOW_SECS as f64 {
            let leaving = suspicions[oldest].client;
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
            let (first, last) = (suspicions[oldest].time, suspicion.time);
            let window = Window { members: inside.len(), tries, first, last };
            match busy.last_mut() {
                Some(before) if before.reach().1 >= window.reach().0 => before.join(window),
                _ => busy.push(window),
            }
        }
    }
    busy
}

/// What an hour usually weighs, from the first suspicion to the last: the median of the hours, those
/// without any included; 0 where there are too few hours to tell.
fn usual_tries(suspicions: &[Suspicion]) -> usize {
    let [first, .., last] = suspicions else { return 0 };
    let hours = (last.time.secs_since(first.time) / WINDOW_SECS as f64) as usize + 1;
    if hours < LEAST_HOURS {
        return 0;
    }
    let mut counts: BTreeMap<usize, BTreeMap<Client, usize>> = BTreeMap::new();
    for suspicion in suspicions {
        let hour = (suspicion.time.secs_since(first.time) / WINDOW_SECS as f64) as usize;
        *counts.entry(hour).or_default().entry(suspicion.client).or_default() += 1;
    }
    let weigh = |clients: &BTreeMap<Client, usize>| clients.values().map(|n| TRIES.min(*n)).sum();
    let mut tries: Vec<usize> = counts.values().map(weigh).collect();
    tries.resize(hours, 0);
    tries.sort_unstable();
    tries[hours / 2]
}
