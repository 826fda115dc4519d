use domain::{AuthOutcome, EndpointId, EntityKind, Event, EventFlags, Timestamp};

use super::share;
use crate::{
    Column, DayCounts, DistinctWindow, FeatureGroup, Group, MultiScale, Seen, Session, mix,
};

/// Logins and refusals (401): who was tried, how often, with how many secrets, and on how many paths.
#[derive(Clone, Debug, Default)]
pub(crate) struct Auth(Option<Box<Attempts>>);

/// There from the first attempt on: most entities never make one.
#[derive(Clone, Debug, Default)]
struct Attempts {
    failures: MultiScale,
    totals: DayCounts<3>,
    accounts: DistinctWindow<86_400>,
    secrets: DistinctWindow<86_400>,
    sizes: DistinctWindow<86_400>,
    sent_sizes: DistinctWindow<86_400>,
    forbidden: DistinctWindow<86_400>,
    clients: DistinctWindow<3_600>,
    run: Run,
    refusals: Option<Box<Refusals>>,
}

/// Failures on one path, each soon after the one before.
#[derive(Clone, Debug, Default)]
struct Run {
    last: Timestamp,
    path: u64,
    length: u32,
}

/// Calls that were refused with 401, are no logins, and were not answered well when they came again: a
/// program that sends its password only when asked for it is refused first each time.
#[derive(Clone, Debug, Default)]
struct Refusals {
    calls: DayCounts<1>,
    paths: DistinctWindow<86_400>,
    /// Those of a path that is among the latest, where the log would show no credential.
    repeats: MultiScale,
    /// The paths refused of late, newest first.
    recent: [u64; 4],
    /// The latest one, as long as nothing came after it.
    open: Option<Refusal>,
}

#[derive(Clone, Copy, Debug)]
struct Refusal {
    endpoint: EndpointId,
    path: u64,
    is_repeat: bool,
}

/// Nobody reads a refusal, types another password and sends it in so few seconds, time after time.
const SOON_SECS: f64 = 5.0;

const FAILURES: usize = 0;
const LET_IN: usize = 1;
const SIGN_INS: usize = 2;

impl FeatureGroup for Auth {
    const GROUP: Group = Group {
        name: "auth",
        about: "Logins and refused calls: a login is a call of a sign-in endpoint, or one that carries a \
                name and password (HTTP Basic)",
        kinds: &EntityKind::ALL,
        columns: &[
            Column {
                name: "auth_failures_1m",
                short: "failed logins in 60 s",
                sees: "calls of sign-in endpoints that failed, and calls with a name and password that \
                       were refused (401), in the last minute",
                matters: "a fast search for a password",
                wrong: "a client that retries a stale password without a delay",
            },
            Column {
                name: "auth_failures_1h",
                short: "failed logins in 1 h",
                sees: "calls of sign-in endpoints that failed, and calls with a name and password that \
                       were refused (401), in the last hour",
                matters: "a slow search for a password",
                wrong: "a client that retries a stale password",
            },
            Column {
                name: "auth_failures_24h",
                short: "failed logins in 24 h",
                sees: "calls of sign-in endpoints that failed, and calls with a name and password that \
                       were refused (401), in the last day",
                matters: "the slowest search",
                wrong: "an address that many share adds up everyone's mistakes",
            },
            Column {
                name: "auth_failure_ratio_24h",
                short: "share of logins that fail",
                sees: "failures within a day, as a share of them and of all calls that were let in: \
                       sign-ins that went well and calls with an account or a credential",
                matters: "people get in after a try or two and then work; guesses do neither",
                wrong: "logs without accounts and credentials show the sign-ins alone",
            },
            Column {
                name: "sign_ins_24h",
                short: "login attempts in 24 h",
                sees: "calls of sign-in endpoints in the last day, whatever came of them",
                matters: "it shows guessing even where the answers tell nothing",
                wrong: "short-lived tokens make honest clients sign in often",
            },
            Column {
                name: "failed_accounts_24h",
                short: "accounts failed in 24 h",
                sees: "distinct accounts among the day's failed logins and refused credentials",
                matters: "many accounts from one place is a list being tried",
                wrong: "most sign-ins name the account in the body, where no log sees it",
            },
            Column {
                name: "failed_secrets_24h",
                short: "secrets refused in 24 h",
                sees: "distinct credentials refused within a day; of sign-ins only a name and password \
                       in the header",
                matters: "one stale secret is a forgotten client, many are guesses",
                wrong: "logs without the Authorization header show none",
            },
            Column {
                name: "failure_sizes_24h",
                short: "sizes of refusals in 24 h",
                sees: "distinct sizes of the answers to the day's failed sign-ins, in bytes; those that \
                       ask to wait (429) left out",
                matters: "one name tried gives one answer; many names give `unknown` and `wrong`, or \
                          echo the name",
                wrong: "answers that carry a time or a number differ by themselves",
            },
            Column {
                name: "attempt_sizes_24h",
                short: "sizes of failed sign-ins in 24 h",
                sees: "distinct sizes of the day's failed sign-ins as they were sent, in bytes; 0 where the \
                       log does not tell",
                matters: "one password sent again and again is of one size; passwords that are guessed are not",
                wrong: "codes of a fixed number of digits are all of one size",
            },
            Column {
                name: "failing_clients_1h",
                short: "clients failing in 1 h",
                sees: "distinct clients among the last hour's failures",
                matters: "an account or endpoint tried from everywhere at once",
                wrong: "an outage of the sign-in makes everyone fail",
            },
            Column {
                name: "forbidden_paths_24h",
                short: "paths forbidden (403) in 24 h",
                sees: "distinct paths refused with 403 in the last day, each method for itself",
                matters: "reaching for what one may not have",
                wrong: "a front end that shows buttons it should hide",
            },
            Column {
                name: "failure_run",
                short: "refusals of one path in a row",
                sees: "failed logins or refused credentials in a row on one path, each within five \
                       seconds after the one before, with nothing let in between",
                matters: "hands are slower: a program guesses",
                wrong: "a client that retries a stale password without a delay",
            },
            Column {
                name: "repeated_refusals_1m",
                short: "repeated refusals in 60 s",
                sees: "calls within a minute that were refused (401) on one of the four paths refused \
                       last, no logins, where the log shows no credentials",
                matters: "a password may be sent with every call, and a log may not show it",
                wrong: "a client that retries a stale password without a delay",
            },
            Column {
                name: "repeated_refusals_1h",
                short: "repeated refusals in 1 h",
                sees: "such refusals within an hour",
                matters: "guesses come by the second, a program whose password is stale by the minute",
                wrong: "a client that retries a stale password at once",
            },
            Column {
                name: "refusals_24h",
                short: "refused (401) in 24 h",
                sees: "calls refused with 401 in the last day, logins left out, and those that were answered well \
                       when they came again at once",
                matters: "asking without the right to, or with a token that is none",
                wrong: "a client whose token has run out",
            },
            Column {
                name: "refused_paths_24h",
                short: "paths refused (401) in 24 h",
                sees: "distinct paths of such calls",
                matters: "a stale client asks for its own few paths; a search asks for what there is",
                wrong: "an application whose session has run out asks for all of its page at once",
            },
        ],
    };

    fn observe(&mut self, seen: &Seen<'_>) {
        let event = seen.event;
        if let Some(attempts) = &mut self.0 {
            attempts.settle(event);
        }
        let signs_in = event.signs_in();
        let is_login = signs_in || event.flags.contains(EventFlags::PASSWORD);
        let is_known = event.account.is_some() || event.flags.contains(EventFlags::CREDENTIALED);
        let is_refused = event.status == 401 && !is_login;
        if event.auth == AuthOutcome::None && !signs_in && !is_known && !is_refused {
            return;
        }
        let attempts = self.0.get_or_insert_default();
        let mut add = |counter| attempts.totals.add(event.time, counter);
        if signs_in {
            add(SIGN_INS);
        }
        match event.auth {
            AuthOutcome::None if is_known && event.status < 400 => {
                add(LET_IN);
                attempts.run.length = 0;
            }
            AuthOutcome::None => {}
            AuthOutcome::Success => {
                add(LET_IN);
                attempts.run.length = 0;
            }
            AuthOutcome::Forbidden => {
                let path = mix(event.path_hash ^ event.method as u64);
                attempts.forbidden.insert(event.time, path);
            }
            AuthOutcome::Failure => {
                if is_login {
                    add(FAILURES);
                    attempts.failures.add(event.time);
                }
                attempts.fail(event, signs_in);
            }
        }
        if is_refused {
            attempts.refusals.get_or_insert_default().open(event);
        }
    }

    fn fill(&self, session: &Session, out: &mut [f32]) {
        let Some(attempts) = &self.0 else {
            out.fill(0.0);
            return;
        };
        let at: Timestamp = session.last;
        let total = |counter| attempts.totals.count(at, counter);
        let [minute, hour, day] = attempts.failures.counts(at);
        let refused = attempts.refusals.as_deref();
        let [again_minute, again_hour, _] = refused.map_or([0.0; 3], |it| it.repeats.counts(at));
        out.copy_from_slice(&[
            minute,
            hour,
            day,
            share(total(FAILURES), total(FAILURES) + total(LET_IN)),
            total(SIGN_INS),
            attempts.accounts.count(at),
            attempts.secrets.count(at),
            attempts.sizes.count(at),
            attempts.sent_sizes.count(at),
            attempts.clients.count(at),
            attempts.forbidden.count(at),
            attempts.run.length_at(at),
            again_minute,
            again_hour,
            refused.map_or(0.0, |it| it.calls.count(at, 0)),
            refused.map_or(0.0, |it| it.paths.count(at)),
        ]);
    }

    fn heap_bytes(&self) -> usize {
        self.0.as_ref().map_or(0, |attempts| {
            size_of::<Attempts>()
                + attempts.accounts.heap_bytes()
                + attempts.secrets.heap_bytes()
                + attempts.sizes.heap_bytes()
                + attempts.sent_sizes.heap_bytes()
                + attempts.forbidden.heap_bytes()
                + attempts.clients.heap_bytes()
                + attempts
                    .refusals
                    .as_ref()
                    .map_or(0, |it| size_of::<Refusals>() + it.paths.heap_bytes())
        })
    }
}

impl Attempts {
    /// Counts the latest refusal, unless this call is the same and was answered well.
    fn settle(&mut self, event: &Event) {
        let Some(refusals) = &mut self.refusals else { return };
        let Some(refusal) = refusals.open.take() else { return };
        let is_same = event.path_hash == refusal.path && event.endpoint == refusal.endpoint;
        if is_same && !event.is_error() {
            self.run.length = 0;
        } else {
            refusals.count(event.time, refusal);
        }
    }

    /// A login failed, or a credential was refused.
    fn fail(&mut self, event: &Event, signs_in: bool) {
        self.run.go_on(event.time, event.path_hash);
        if let Some(account) = event.account {
            self.accounts.insert(event.time, mix(account.0.0.into()));
        }
        // A token at a sign-in is not what is tried there; a password in the header is.
        let is_tried = !signs_in || event.flags.contains(EventFlags::PASSWORD);
        if let Some(secret) = event.credential.filter(|_| is_tried) {
            self.secrets.insert(event.time, mix(secret.0.get()));
        }
        if signs_in {
            // Who is told to wait is told nothing about the name.
            if event.status != 429 {
                self.sizes.insert(event.time, mix(event.response_bytes.into()));
            }
            if event.request_bytes > 0 {
                self.sent_sizes.insert(event.time, mix(event.request_bytes.into()));
            }
        }
        self.clients.insert(event.time, client_hash(event.client));
    }
}

impl Refusals {
    fn open(&mut self, event: &Event) {
        // Of a call without a credential a failure is told only where the log would show none.
        let is_blind = event.auth == AuthOutcome::Failure && event.credential.is_none();
        let is_known = self.recent.contains(&event.path_hash);
        let is_repeat = is_known && is_blind && event.account.is_none();
        let Event { endpoint, path_hash: path, .. } = *event;
        self.open = Some(Refusal { endpoint, path, is_repeat });
    }

    fn count(&mut self, at: Timestamp, Refusal { path, is_repeat, .. }: Refusal) {
        self.calls.add(at, 0);
        self.paths.insert(at, mix(path));
        if is_repeat {
            self.repeats.add(at);
        }
        let known = self.recent.iter().position(|recent| *recent == path);
        let place = known.unwrap_or(self.recent.len() - 1);
        self.recent[..=place].rotate_right(1);
        self.recent[0] = path;
    }
}

impl Run {
    fn go_on(&mut self, at: Timestamp, path: u64) {
        let goes_on = self.path == path && at.secs_since(self.last) <= SOON_SECS;
        self.length = if goes_on { self.length.saturating_add(1) } else { 1 };
        (self.last, self.path) = (at, path);
    }

    fn length_at(&self, at: Timestamp) -> f32 {
        if at.secs_since(self.last) <= SOON_SECS { self.length as f32 } else { 0.0 }
    }
}

/// A client as a value for a set of distinct ones.
pub fn client_hash(client: domain::Client) -> u64 {
    match client {
        domain::Client::Ipv4(address) => mix(address.to_bits().into()),
        domain::Client::Ipv6Net64(net) => mix(net ^ 0x6666_6666),
        domain::Client::Host(name) => mix(u64::from(name.0) | 1 << 40),
    }
}
