//! Suspicions that are nothing one by one, and a campaign together.

use std::collections::BTreeMap;

use domain::{AccountId, Client, EndpointId, Event, Finding, Position, Score, Threat, Timestamp};

/// So many clients within [`WINDOW_SECS`] make a campaign.
pub const LEAST_MEMBERS: usize = 8;
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
    pub(crate) position: Position,
}

/// Many clients suspected of the same at the same endpoint.
#[derive(Clone, Debug)]
pub(crate) struct Campaign {
    pub(crate) threat: Threat,
    pub(crate) endpoint: EndpointId,
    /// The suspicions within reach of the busiest window, in the order of time.
    pub(crate) suspicions: Vec<Suspicion>,
    /// The clients within that window.
    pub(crate) members: usize,
}

impl Campaign {
    /// How sure: 0.5 at the least number of members, rising with each more.
    pub(crate) fn score(&self) -> Score {
        let strength = self.members as f32 / LEAST_MEMBERS as f32;
        Score::saturating(1.0 - (-strength).exp2())
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
            position: event.position,
        };
        self.by_client.entry(event.client).or_default().push((target, suspicion));
    }

    /// A client turned out to be ordinary: it got in and went on.
    pub(crate) fn acquit(&mut self, client: Client) {
        if let Some(suspicions) = self.by_client.remove(&client) {
            self.count -= suspicions.len();
        }
    }

    pub(crate) fn take_over(&mut self, other: Self) {
        self.count += other.count;
        self.by_client.extend(other.by_client);
    }

    /// The campaigns among them. In which order they were noted does not matter.
    pub(crate) fn campaigns(self) -> Vec<Campaign> {
        let mut by_target: BTreeMap<Target, Vec<Suspicion>> = BTreeMap::new();
        for (target, suspicion) in self.by_client.into_values().flatten() {
            by_target.entry(target).or_default().push(suspicion);
        }
        let campaign = |((threat, endpoint), mut suspicions): (Target, Vec<Suspicion>)| {
            suspicions.sort_by_key(|suspicion| (suspicion.time, suspicion.position));
            let (members, first, last) = busiest_window(&suspicions)?;
            let window = WINDOW_SECS * domain::MICROS_PER_SEC;
            suspicions.retain(|suspicion| {
                suspicion.time.plus_micros(window) >= first
                    && suspicion.time <= last.plus_micros(window)
            });
            Some(Campaign { threat, endpoint, suspicions, members })
        };
        by_target.into_iter().filter_map(campaign).collect()
    }
}

/// The window with most distinct clients: how many, and its first and last suspicion; `None` if no
/// window holds enough. Suspicions are in the order of time.
fn busiest_window(suspicions: &[Suspicion]) -> Option<(usize, Timestamp, Timestamp)> {
    let mut inside: BTreeMap<Client, u32> = BTreeMap::new();
    let mut oldest = 0;
    let mut best: Option<(usize, Timestamp, Timestamp)> = None;
    for suspicion in suspicions {
        *inside.entry(suspicion.client).or_default() += 1;
        while suspicion.time.secs_since(suspicions[oldest].time) > WINDOW_SECS as f64 {
            let leaving = suspicions[oldest].client;
            if let Some(count) = inside.get_mut(&leaving) {
                *count -= 1;
                if *count == 0 {
                    inside.remove(&leaving);
                }
            }
            oldest += 1;
        }
        if inside.len() >= LEAST_MEMBERS && best.is_none_or(|(most, ..)| inside.len() > most) {
            best = Some((inside.len(), suspicions[oldest].time, suspicion.time));
        }
    }
    best
}
