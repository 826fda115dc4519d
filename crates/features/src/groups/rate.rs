use domain::EntityKind;

use crate::{Column, FeatureGroup, Group, MultiScale, Seen, Session};

/// How often an entity calls or is called. What a page pulls in says nothing of that: nobody asked for it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rate {
    requests: MultiScale,
}

impl FeatureGroup for Rate {
    const GROUP: Group = Group {
        name: "rate",
        about: "How often an entity calls or is called, without the static files that pages pull in",
        kinds: &EntityKind::ALL,
        columns: &[
            Column {
                name: "requests_1m",
                short: "requests in 60 s",
                sees: "calls in the last minute, without static files that name a page as their referer",
                matters: "a person makes tens, a program hundreds",
                wrong: "an address that many share adds them up; where no referers are sent or logged, a page \
                        counts with its pictures",
            },
            Column {
                name: "requests_1h",
                short: "requests in 1 h",
                sees: "the same in the last hour",
                matters: "a slow program shows over an hour what a minute hides",
                wrong: "an address that many share adds them up",
            },
            Column {
                name: "requests_24h",
                short: "requests in 24 h",
                sees: "the same in the last day",
                matters: "the slowest programs show over a day",
                wrong: "a log shorter than a day cannot fill it",
            },
        ],
    };

    fn observe(&mut self, seen: &Seen<'_>) {
        if !seen.event.is_pulled_in() {
            self.requests.add(seen.event.time);
        }
    }

    fn fill(&self, session: &Session, out: &mut [f32]) {
        out.copy_from_slice(&self.requests.counts(session.last));
    }
}
