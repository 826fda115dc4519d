use domain::{EntityKind, PathWords, Timestamp};

use super::share;
use crate::{Column, DistinctWindow, FeatureGroup, Group, MultiScale, Seen, Session, mix};

/// How the server answers: what was refused, and over how many paths.
#[derive(Clone, Debug, Default)]
pub(crate) struct Outcome {
    calls: u32,
    client_errors: u32,
    not_found: u32,
    server_errors: u32,
    /// Most entities never see an error: what counts them is there from the first one on.
    refused: Option<Box<Refused>>,
}

#[derive(Clone, Debug, Default)]
struct Refused {
    windows: MultiScale,
    paths: DistinctWindow<86_400>,
    pages_minute: DistinctWindow<60>,
}

impl FeatureGroup for Outcome {
    const GROUP: Group = Group {
        name: "outcome",
        about: "How the server answers",
        kinds: &EntityKind::ALL,
        columns: &[
            Column {
                name: "client_error_ratio",
                short: "share refused (4xx)",
                sees: "share of the session's calls answered with 400 to 499",
                matters: "who knows an API is rarely refused; who searches it mostly is",
                wrong: "a broken release makes its own users look like this",
            },
            Column {
                name: "not_found_ratio",
                short: "share not found",
                sees: "share of the session's calls answered with 404 or 410",
                matters: "guessing at paths ends there",
                wrong: "a dead link in a popular client repeats one path without end",
            },
            Column {
                name: "server_error_ratio",
                short: "share of 5xx",
                sees: "share of the session's calls answered with 500 to 599",
                matters: "input that breaks a server is often meant to",
                wrong: "an outage hits everyone",
            },
            Column {
                name: "client_errors_1m",
                short: "refused (4xx) in 60 s",
                sees: "answers of 400 to 499 in the last minute",
                matters: "a fast search for weaknesses",
                wrong: "a retry loop without a delay",
            },
            Column {
                name: "client_errors_1h",
                short: "refused (4xx) in 1 h",
                sees: "answers of 400 to 499 in the last hour",
                matters: "a slower search",
                wrong: "a client that polls something gone",
            },
            Column {
                name: "client_errors_24h",
                short: "refused (4xx) in 24 h",
                sees: "answers of 400 to 499 in the last day",
                matters: "the slowest search",
                wrong: "an address that many share adds them up",
            },
            Column {
                name: "distinct_error_paths_24h",
                short: "distinct bad paths in 24 h",
                sees: "distinct paths answered with 400, 404, 405, 410 or 414 within a day",
                matters: "a dead link is one path; a search is many",
                wrong: "an address that many share adds up everyone's dead links",
            },
            Column {
                name: "distinct_error_paths_1m",
                short: "distinct bad paths in 60 s",
                sees: "distinct paths refused with 400, 403, 404, 405, 410 or 414 within half a minute \
                       to a minute, assets left out",
                matters: "nobody follows ten dead links in a minute; a list of names does",
                wrong: "an application whose release is broken asks for much at once",
            },
        ],
    };

    fn begin_session(&mut self, _at: Timestamp) {
        let refused = self.refused.take();
        *self = Self { refused, ..Self::default() };
    }

    fn observe(&mut self, seen: &Seen<'_>) {
        let event = seen.event;
        self.calls += 1;
        self.server_errors += u32::from(event.status >= 500);
        if !event.is_client_error() {
            return;
        }
        self.client_errors += 1;
        self.not_found += u32::from(matches!(event.status, 404 | 410));
        let refused = self.refused.get_or_insert_default();
        refused.windows.add(event.time);
        if matches!(event.status, 400 | 404 | 405 | 410 | 414) {
            refused.paths.insert(event.time, mix(event.path_hash));
        }
        let is_page = !event.words.contains(PathWords::ASSET);
        if is_page && matches!(event.status, 400 | 403 | 404 | 405 | 410 | 414) {
            refused.pages_minute.insert(event.time, mix(event.path_hash));
        }
    }

    fn fill(&self, session: &Session, out: &mut [f32]) {
        let calls = self.calls as f32;
        let at = session.last;
        let (windows, paths, pages) = match &self.refused {
            Some(refused) => (
                refused.windows.counts(at),
                refused.paths.count(at),
                refused.pages_minute.count(at),
            ),
            None => ([0.0; 3], 0.0, 0.0),
        };
        out.copy_from_slice(&[
            share(self.client_errors as f32, calls),
            share(self.not_found as f32, calls),
            share(self.server_errors as f32, calls),
            windows[0],
            windows[1],
            windows[2],
            paths,
            pages,
        ]);
    }

    fn heap_bytes(&self) -> usize {
        self.refused.as_ref().map_or(0, |refused| {
            size_of::<Refused>() + refused.paths.heap_bytes() + refused.pages_minute.heap_bytes()
        })
    }
}
