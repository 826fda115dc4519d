use domain::{EntityKind, EventFlags};

use crate::{Column, DayCounts, FeatureGroup, Group, Seen, Session};

/// Whether a client that names itself a crawler comes from where that crawler comes from.
#[derive(Clone, Debug, Default)]
pub(crate) struct Origin(Option<Box<DayCounts<2>>>);

const REFUTED: usize = 0;
const VERIFIED: usize = 1;

impl FeatureGroup for Origin {
    const GROUP: Group = Group {
        name: "origin",
        about: "Whether a client that names itself a crawler comes from where that crawler comes from, \
                by the lists that were given (`--lists`)",
        kinds: &[EntityKind::Client],
        columns: &[
            Column {
                name: "crawler_refuted_24h",
                short: "calls as a crawler from elsewhere",
                sees: "calls within a day under the agent of a crawler for which a list gives ranges, from \
                       outside of these; 0 without such a list",
                matters: "who calls itself a known crawler wants to be let through",
                wrong: "the list is older than the crawler's newest range",
            },
            Column {
                name: "crawler_verified_24h",
                short: "calls of a verified crawler",
                sees: "calls within a day under the agent of a crawler, from its ranges; 0 without such a \
                       list",
                matters: "it is who it says: breadth and steadiness are its trade",
                wrong: "a range of a cloud belongs to many; give only what the operator publishes for the \
                        crawler",
            },
        ],
    };

    fn observe(&mut self, seen: &Seen<'_>) {
        const CLAIMS: EventFlags = EventFlags::CRAWLER_REFUTED.union(EventFlags::CRAWLER_VERIFIED);
        let event = seen.event;
        if !event.flags.intersects(CLAIMS) {
            return;
        }
        let is_refuted = event.flags.contains(EventFlags::CRAWLER_REFUTED);
        let counter = if is_refuted { REFUTED } else { VERIFIED };
        self.0.get_or_insert_default().add(event.time, counter);
    }

    fn fill(&self, session: &Session, out: &mut [f32]) {
        let count = |counter| self.0.as_ref().map_or(0.0, |it| it.count(session.last, counter));
        out.copy_from_slice(&[count(REFUTED), count(VERIFIED)]);
    }

    fn heap_bytes(&self) -> usize {
        self.0.as_ref().map_or(0, |_| size_of::<DayCounts<2>>())
    }
}
