use domain::{EntityKind, EventFlags};

use super::share;
use crate::{Column, DayCounts, DistinctWindow, FeatureGroup, Group, Seen, Session, mix};

/// What a client claims about its origin, and no trusted proxy vouches for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Forwarded(Option<Box<Claims>>);

#[derive(Clone, Debug, Default)]
struct Claims {
    calls: DayCounts<4>,
    values: DistinctWindow<86_400>,
}

const CLAIMED: usize = 0;
const BOGON: usize = 1;
const MALFORMED: usize = 2;
const LOCAL: usize = 3;

impl FeatureGroup for Forwarded {
    const GROUP: Group = Group {
        name: "forwarded",
        about: "What a client claims about its origin, and no trusted proxy vouches for",
        kinds: &[EntityKind::Client],
        columns: &[
            Column {
                name: "forwarded_claims_24h",
                short: "forged-looking origins claimed",
                sees: "calls within a day whose forwarded chain holds values from no trusted proxy",
                matters: "a client has no business with that header",
                wrong: "a company's own outgoing proxy sets it honestly",
            },
            Column {
                name: "forwarded_values_24h",
                short: "distinct claimed origins",
                sees: "distinct claimed chains within a day",
                matters: "an origin that changes with every call is made up",
                wrong: "an outgoing proxy shows each of its people",
            },
            Column {
                name: "forwarded_value_ratio",
                short: "distinct origins a claim",
                sees: "distinct claimed chains divided by the calls that made a claim",
                matters: "people stay for some calls; a generator never repeats",
                wrong: "few calls are near 1 by nature",
            },
            Column {
                name: "forwarded_bogons_24h",
                short: "unroutable origins claimed",
                sees: "such claims within a day that are private, loopback or otherwise not routable",
                matters: "`127.0.0.1` in that header asks to be taken for the server itself",
                wrong: "an outgoing proxy shows private addresses",
            },
            Column {
                name: "forwarded_malformed_24h",
                short: "malformed origins claimed",
                sees: "such claims within a day that are no address at all",
                matters: "no proxy writes them",
                wrong: "`unknown` is allowed, and not counted",
            },
            Column {
                name: "forwarded_locals_24h",
                short: "claims to be the server itself",
                sees: "such claims within a day that are loopback, link-local or unspecified, by a client from \
                       outside",
                matters: "no proxy's people come from there; services behind may trust `127.0.0.1`",
                wrong: "a proxy that runs on a person's own machine",
            },
        ],
    };

    fn observe(&mut self, seen: &Seen<'_>) {
        let event = seen.event;
        if !event.flags.contains(EventFlags::FORWARDED_UNTRUSTED) {
            return;
        }
        let claims = self.0.get_or_insert_default();
        claims.values.insert(event.time, mix(event.forwarded_hash.into()));
        claims.calls.add(event.time, CLAIMED);
        if event.flags.contains(EventFlags::FORWARDED_BOGON) {
            claims.calls.add(event.time, BOGON);
        }
        if event.flags.contains(EventFlags::FORWARDED_MALFORMED) {
            claims.calls.add(event.time, MALFORMED);
        }
        if event.flags.contains(EventFlags::FORWARDED_LOCAL) {
            claims.calls.add(event.time, LOCAL);
        }
    }

    fn fill(&self, session: &Session, out: &mut [f32]) {
        let Some(claims) = &self.0 else {
            out.fill(0.0);
            return;
        };
        let count = |counter| claims.calls.count(session.last, counter);
        let values = claims.values.count(session.last);
        out.copy_from_slice(&[
            count(CLAIMED),
            values,
            share(values, count(CLAIMED)).min(1.0),
            count(BOGON),
            count(MALFORMED),
            count(LOCAL),
        ]);
    }

    fn heap_bytes(&self) -> usize {
        self.0.as_ref().map_or(0, |claims| size_of::<Claims>() + claims.values.heap_bytes())
    }
}
