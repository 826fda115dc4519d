use domain::{AuthOutcome, Client, EntityKind, Event, Timestamp};

use super::client_hash;
use crate::{Column, DistinctWindow, FeatureGroup, Group, MultiScale, Seen, Session, mix};

/// How many clients and agents share an account or a credential, and whether they take turns.
#[derive(Clone, Debug, Default)]
pub(crate) struct Churn(Option<Box<Callers>>);

#[derive(Clone, Debug, Default)]
struct Callers {
    clients_hour: DistinctWindow<3_600>,
    clients_day: DistinctWindow<86_400>,
    agents_day: DistinctWindow<86_400>,
    /// The callers of late, newest first: who comes back is among them.
    recent: [Caller; 4],
    /// The client that was there first.
    owner: u64,
    /// Since when the client has been the present one.
    since: Timestamp,
    returns: MultiScale,
    quick_returns: MultiScale,
    disguised_returns: MultiScale,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Caller {
    client: u64,
    /// Its surroundings: a /24 of IPv4, a /48 of IPv6.
    network: u64,
    is_ipv6: bool,
    agent: u32,
}

/// A device that changes its network stays there for longer: to leave the house, or to lose the wireless
/// network and find it again, takes minutes. Two who call at once interrupt each other sooner.
const SHORT_STAY_SECS: f64 = 120.0;

impl FeatureGroup for Churn {
    const GROUP: Group = Group {
        name: "churn",
        about: "How many clients share an account or a credential, and in which turns",
        kinds: &[EntityKind::Account, EntityKind::Credential],
        columns: &[
            Column {
                name: "clients_1h",
                short: "clients in 1 h",
                sees: "distinct clients within an hour",
                matters: "one secret in many hands",
                wrong: "a carrier that gives a phone a new address every few minutes",
            },
            Column {
                name: "clients_24h",
                short: "clients in 24 h",
                sees: "distinct clients within a day",
                matters: "one secret in many hands, slowly",
                wrong: "a traveller, or a service that runs on many machines",
            },
            Column {
                name: "agents_24h",
                short: "user agents in 24 h",
                sees: "distinct user agents within a day",
                matters: "a secret that moved to another program",
                wrong: "a person with a phone and a laptop",
            },
            Column {
                name: "client_returns_1h",
                short: "turns between clients in 1 h",
                sees: "calls within an hour by a client that had called before, after another did; an IPv4 \
                       and an IPv6 address under one agent are one client",
                matters: "a phone that moves never goes back and forth; two owners do",
                wrong: "two devices of one person, or two gateways of one office",
            },
            Column {
                name: "disguised_returns_1h",
                short: "turns between owners in 1 h",
                sees: "such returns within an hour where the agent changed together with the client",
                matters: "another address and another program at once is another owner",
                wrong: "two devices of one person",
            },
            Column {
                name: "quick_returns_1h",
                short: "turns between networks in 1 h",
                sees: "such returns within an hour from another network (/24, IPv6 /48), after a stay there of \
                       less than two minutes",
                matters: "a device that moves stays for a while; who shares a session is there at once",
                wrong: "a browser behind two gateways in turn",
            },
            Column {
                name: "stranger_calls",
                short: "whether a stranger calls",
                sees: "1 where the latest call is by another client than the first ever seen, else 0",
                matters: "it tells the one who took a credential from the one who was given it",
                wrong: "a log that begins after the theft takes the thief for the owner",
            },
        ],
    };

    fn observe(&mut self, seen: &Seen<'_>) {
        let event = seen.event;
        // Who is refused uses nothing: guesses at an account are not its use.
        if event.auth == AuthOutcome::Failure {
            return;
        }
        let caller = Caller::of(event);
        let callers = self.0.get_or_insert_with(|| {
            Box::new(Callers { owner: caller.client, ..Callers::default() })
        });
        if callers.recent[0] != caller {
            callers.change(event.time, caller);
        }
    }

    fn fill(&self, session: &Session, out: &mut [f32]) {
        let at = session.last;
        let Some(callers) = &self.0 else {
            out.fill(0.0);
            return;
        };
        out.copy_from_slice(&[
            callers.clients_hour.count(at),
            callers.clients_day.count(at),
            callers.agents_day.count(at),
            callers.returns.counts(at)[1],
            callers.disguised_returns.counts(at)[1],
            callers.quick_returns.counts(at)[1],
            f32::from(u8::from(callers.recent[0].client != callers.owner)),
        ]);
    }

    fn heap_bytes(&self) -> usize {
        self.0.as_ref().map_or(0, |callers| {
            size_of::<Callers>()
                + callers.clients_hour.heap_bytes()
                + callers.clients_day.heap_bytes()
                + callers.agents_day.heap_bytes()
        })
    }
}

impl Callers {
    /// Someone else than at the last call.
    fn change(&mut self, at: Timestamp, caller: Caller) {
        let is_new = self.clients_hour.insert(at, caller.client);
        self.clients_day.insert(at, caller.client);
        self.agents_day.insert(at, mix(caller.agent.into()));
        let known = self.recent.iter().position(|recent| recent.client == caller.client);
        let returns = known.is_some() || !is_new;
        if let Some(last) = self.other_than(caller).filter(|_| returns) {
            self.returns.add(at);
            if last.agent != caller.agent {
                self.disguised_returns.add(at);
            }
            if last.network != caller.network && at.secs_since(self.since) <= SHORT_STAY_SECS {
                self.quick_returns.add(at);
            }
        }
        if self.recent[0].client != caller.client {
            self.since = at;
        }
        let place = known.unwrap_or(self.recent.len() - 1);
        self.recent[..=place].rotate_right(1);
        self.recent[0] = caller;
    }

    /// Whom a caller takes over from, if from another. A device has an IPv4 and an IPv6 address at once and
    /// uses either: where the agent stays, a caller is held against the last one of its own kind.
    fn other_than(&self, caller: Caller) -> Option<Caller> {
        let last = self.recent[0];
        let is_one_device = |it: &Caller| it.agent == caller.agent && it.is_ipv6 != caller.is_ipv6;
        let other = if is_one_device(&last) {
            let mut known = self.recent.iter().filter(|it| it.client != 0);
            *known.find(|it| !is_one_device(it))?
        } else {
            last
        };
        (other.client != caller.client).then_some(other)
    }
}

impl Caller {
    fn of(event: &Event) -> Self {
        let (network, is_ipv6) = match event.client {
            Client::Ipv4(address) => (u64::from(address.to_bits() >> 8), false),
            Client::Ipv6Net64(net) => (net >> 16, true),
            Client::Host(name) => (u64::from(name.0), false),
        };
        let client = client_hash(event.client);
        Self { client, network, is_ipv6, agent: event.agent.0 }
    }
}
