use domain::{EntityKind, Timestamp};

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
    returns: MultiScale,
    disguised_returns: MultiScale,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Caller {
    client: u64,
    agent: u32,
}

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
                sees: "calls within an hour by a client that had called before, after another did",
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
        let caller = Caller { client: client_hash(event.client), agent: event.agent.0 };
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
        let last = self.recent[0];
        let known = self.recent.iter().position(|recent| recent.client == caller.client);
        let returns = known.is_some() || !is_new;
        if returns && last.client != caller.client {
            self.returns.add(at);
            if last.agent != caller.agent {
                self.disguised_returns.add(at);
            }
        }
        let place = known.unwrap_or(self.recent.len() - 1);
        self.recent[..=place].rotate_right(1);
        self.recent[0] = caller;
    }
}
