use domain::{AuthOutcome, Timestamp};

use super::{ACTORS, share};
use crate::{Column, DayCounts, Distinct, DistinctWindow, FeatureGroup, Group, Seen, Session, mix};

/// How much an actor calls, and how varied: the core of the published behaviour table.
#[derive(Clone, Debug, Default)]
pub(crate) struct Access {
    /// Calls that no page pulled in.
    asked: u32,
    endpoints: Distinct,
    paths: Distinct,
    accounts: DistinctWindow<86_400>,
    sessions: DayCounts<1>,
}

impl FeatureGroup for Access {
    const GROUP: Group = Group {
        name: "access",
        about: "How much an actor calls in its session, and how varied",
        kinds: ACTORS,
        columns: &[
            Column {
                name: "num_users",
                short: "accounts within a day",
                sees: "distinct accounts from the actor within a day whose calls were answered well",
                matters: "so many people are behind the actor: what it does is divided by them",
                wrong: "accounts that are named in bodies or tokens alone are not seen",
            },
            Column {
                name: "num_sessions",
                short: "sessions within a day",
                sees: "sessions that the actor began within a day, this one included",
                matters: "machines come back all day, people a few times",
                wrong: "a short idle gap cuts one visit into several sessions",
            },
            Column {
                name: "num_unique_apis",
                short: "endpoints called",
                sees: "distinct endpoint templates called in the session",
                matters: "a crawl or a scan touches what no single task needs",
                wrong: "templates that are too fine or too coarse shift it for everyone",
            },
            Column {
                name: "sequence_length",
                short: "calls in the session",
                sees: "calls in the session",
                matters: "it is the weight of everything else that the session shows",
                wrong: "chatty clients (synchronisation, polling) are long and harmless",
            },
            Column {
                name: "vsession_duration_min",
                short: "minutes of session",
                sees: "minutes from the first call of the session to the last",
                matters: "people leave; programs stay",
                wrong: "an idle gap longer than a program's pause joins what is apart",
            },
            Column {
                name: "inter_api_access_duration_sec",
                short: "seconds between calls",
                sees: "mean seconds between calls of the session",
                matters: "below a second nobody reads what comes back",
                wrong: "a page that fires many calls at once looks fast",
            },
            Column {
                name: "inter_api_access_duration_cv",
                short: "variation of the gaps",
                sees: "standard deviation of the gaps between calls, divided by their mean",
                matters: "people are irregular (above 1); a clock is not (near 0)",
                wrong: "times logged to the second blur gaps that are shorter",
            },
            Column {
                name: "api_access_uniqueness",
                short: "distinct endpoints a call",
                sees: "distinct endpoint templates divided by calls, in the session",
                matters: "a loop comes near 0, a scan near 1",
                wrong: "short sessions are near 1 by nature",
            },
            Column {
                name: "num_unique_paths",
                short: "distinct paths",
                sees: "distinct concrete paths in the session, without queries, and without what a page pulls in",
                matters: "reading everything once is how a copy of a site is made",
                wrong: "a long visit to a large site also grows it",
            },
            Column {
                name: "path_uniqueness",
                short: "distinct paths a call",
                sees: "distinct concrete paths divided by calls, in the session, without what a page pulls in",
                matters: "people come back to pages; a copy never does",
                wrong: "short sessions are near 1 by nature",
            },
        ],
    };

    fn begin_session(&mut self, at: Timestamp) {
        self.asked = 0;
        self.endpoints.clear();
        self.paths.clear();
        self.sessions.add(at, 0);
    }

    fn observe(&mut self, seen: &Seen<'_>) {
        self.endpoints.insert(mix(seen.event.endpoint.0.into()));
        if !seen.event.is_pulled_in() {
            self.asked += 1;
            self.paths.insert(mix(seen.event.path_hash));
        }
        // A forged token is answered 405 as readily as 401: only what went well shows an account.
        let refused = seen.event.status >= 400 || seen.event.auth == AuthOutcome::Failure;
        if let Some(account) = seen.event.account.filter(|_| !refused) {
            self.accounts.insert(seen.event.time, mix(account.0.0.into()));
        }
    }

    fn fill(&self, session: &Session, out: &mut [f32]) {
        let calls = session.length as f32;
        let asked = self.asked as f32;
        let (endpoints, paths) = (self.endpoints.count().min(calls), self.paths.count().min(asked));
        out.copy_from_slice(&[
            self.accounts.count(session.last),
            self.sessions.count(session.last, 0),
            endpoints,
            calls,
            session.duration_secs() / 60.0,
            session.mean_gap_secs(),
            session.gap_variation(),
            share(endpoints, calls),
            paths,
            share(paths, asked),
        ]);
    }

    fn heap_bytes(&self) -> usize {
        self.endpoints.heap_bytes() + self.paths.heap_bytes() + self.accounts.heap_bytes()
    }
}
