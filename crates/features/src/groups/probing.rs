use domain::{EntityKind, EventFlags, Method, PathWords, Timestamp};

use super::share;
use crate::{Column, DayCounts, Distinct, DistinctWindow, FeatureGroup, Group, Seen, Session, mix};

/// What a search for weaknesses asks for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Probing {
    calls: u32,
    unknown: u32,
    query_shapes: Distinct,
    hits: Option<Box<DayCounts<8>>>,
    admin: Option<Box<DistinctWindow<86_400>>>,
}

const SENSITIVE: usize = 0;
const TRAVERSAL: usize = 1;
const INJECTION: usize = 2;
const FOREIGN: usize = 3;
const ODD_METHOD: usize = 4;
const SCANNER: usize = 5;
const EXPLOIT: usize = 6;
const USER: usize = 7;

impl FeatureGroup for Probing {
    const GROUP: Group = Group {
        name: "probing",
        about: "What a search for weaknesses asks for",
        kinds: &[EntityKind::Client, EntityKind::Account, EntityKind::Credential],
        columns: &[
            Column {
                name: "sensitive_files_24h",
                short: "sensitive files asked for",
                sees: "calls within a day for files that are never served on purpose, refused or \
                       unknown",
                matters: "nobody asks for `.env` or `.git/config` by mistake",
                wrong: "a team's own security scan asks too; a file that was left open and is served \
                        is not counted",
            },
            Column {
                name: "traversals_24h",
                short: "path traversals",
                sees: "calls within a day whose path climbs out of its root",
                matters: "no client writes `..%2f` by itself",
                wrong: "a broken relative link may show as `../` once",
            },
            Column {
                name: "injections_24h",
                short: "injection probes",
                sees: "calls within a day that carry an injection probe in path or query",
                matters: "quotes and commands where a number belongs",
                wrong: "a search box takes any words, SQL among them",
            },
            Column {
                name: "foreign_paths_24h",
                short: "paths of other software",
                sees: "calls within a day for software of other kinds (`wp-login.php`)",
                matters: "a list of known holes is tried without looking",
                wrong: "a site that does run that software",
            },
            Column {
                name: "admin_paths_24h",
                short: "admin paths refused",
                sees: "distinct administration and debugging paths within a day that were refused or are unknown",
                matters: "forced browsing begins there",
                wrong: "an administrator whose session ran out",
            },
            Column {
                name: "odd_methods_24h",
                short: "odd methods",
                sees: "calls within a day with TRACE, CONNECT or none, and with WebDAV or other methods that were \
                       not answered well nor asked to sign in (401)",
                matters: "a scan asks what a server would allow",
                wrong: "a TLS client on a plain port",
            },
            Column {
                name: "scanner_agent_calls_24h",
                short: "calls by a scanner agent",
                sees: "calls within a day by an agent that names itself a security scanner",
                matters: "most scanners do not hide",
                wrong: "a team's own scan",
            },
            Column {
                name: "exploits_24h",
                short: "break-in payloads",
                sees: "calls within a day that carry the payload of a break-in, or for the path of a \
                       published hole that is not here",
                matters: "a look-up of `${jndi:…}` or `%2e%2e/etc/passwd` is no accident: once is enough",
                wrong: "a team's own security scan; a text about such payloads that is searched for",
            },
            Column {
                name: "unknown_path_ratio",
                short: "share of unknown paths",
                sees: "share of the session's calls for paths that were never answered well",
                matters: "who knows the API asks for what exists",
                wrong: "paths that exist but were never called well while templates were learned",
            },
            Column {
                name: "query_shapes",
                short: "sets of query parameters",
                sees: "distinct sets of parameter names in the session's queries",
                matters: "a client uses a few; a search for hidden parameters uses hundreds",
                wrong: "a search form with many optional fields",
            },
            Column {
                name: "users_by_number_24h",
                short: "users asked for by number",
                sees: "calls within a day whose query names a user by number (`?author=7`) that is \
                       refused or not there",
                matters: "who counts through the users collects names to sign in with",
                wrong: "old links to people who have left, one or two of them",
            },
        ],
    };

    fn begin_session(&mut self, _at: Timestamp) {
        (self.calls, self.unknown) = (0, 0);
        self.query_shapes.clear();
    }

    fn observe(&mut self, seen: &Seen<'_>) {
        let event = seen.event;
        self.calls += 1;
        let unknown = event.flags.contains(EventFlags::UNKNOWN_PATH);
        self.unknown += u32::from(unknown);
        if event.query_hash != 0 {
            self.query_shapes.insert(mix(event.query_hash.into()));
        }
        let odd = match event.method {
            Method::Trace | Method::Connect | Method::Missing => true,
            // Where a method is served, asking for it is no probing.
            Method::WebDav | Method::Other => event.is_error() && event.status != 401,
            _ => false,
        };
        let words = |word| event.words.contains(word);
        let not_here = unknown || event.is_client_error();
        let hits = [
            (SENSITIVE, words(PathWords::SENSITIVE_FILE) && not_here),
            (TRAVERSAL, words(PathWords::TRAVERSAL)),
            (INJECTION, words(PathWords::INJECTION)),
            (FOREIGN, words(PathWords::FOREIGN) && not_here),
            (ODD_METHOD, odd),
            (SCANNER, event.flags.contains(EventFlags::AGENT_SCANNER)),
            (EXPLOIT, words(PathWords::EXPLOIT) || (words(PathWords::HOLE) && not_here)),
            (USER, words(PathWords::USER_NUMBER) && not_here),
        ];
        if words(PathWords::ADMIN) && not_here {
            self.admin.get_or_insert_default().insert(event.time, mix(event.path_hash));
        }
        for (counter, _) in hits.into_iter().filter(|(_, hit)| *hit) {
            self.hits.get_or_insert_default().add(event.time, counter);
        }
    }

    fn fill(&self, session: &Session, out: &mut [f32]) {
        let count =
            |counter| self.hits.as_ref().map_or(0.0, |hits| hits.count(session.last, counter));
        out.copy_from_slice(&[
            count(SENSITIVE),
            count(TRAVERSAL),
            count(INJECTION),
            count(FOREIGN),
            self.admin.as_ref().map_or(0.0, |admin| admin.count(session.last)),
            count(ODD_METHOD),
            count(SCANNER),
            count(EXPLOIT),
            share(self.unknown as f32, self.calls as f32),
            self.query_shapes.count(),
            count(USER),
        ]);
    }

    fn heap_bytes(&self) -> usize {
        let admin = |admin: &DistinctWindow<86_400>| size_of_val(admin) + admin.heap_bytes();
        self.query_shapes.heap_bytes()
            + self.hits.as_deref().map_or(0, size_of_val)
            + self.admin.as_deref().map_or(0, admin)
    }
}
