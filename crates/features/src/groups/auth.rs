use domain::{AuthOutcome, EntityKind, EventFlags, Timestamp};

use super::share;
use crate::{
    Column, DayCounts, DistinctWindow, FeatureGroup, Group, MultiScale, Seen, Session, mix,
};

/// Sign-ins and refused credentials: who was tried, how often, with how many secrets.
#[derive(Clone, Debug, Default)]
pub(crate) struct Auth(Option<Box<Attempts>>);

/// There from the first attempt on: most entities never make one.
#[derive(Clone, Debug, Default)]
struct Attempts {
    failures: MultiScale,
    totals: DayCounts<4>,
    accounts: DistinctWindow<86_400>,
    secrets: DistinctWindow<86_400>,
    sizes: DistinctWindow<86_400>,
    clients: DistinctWindow<3_600>,
    run: Run,
}

/// Failures on one path, each soon after the one before.
#[derive(Clone, Debug, Default)]
struct Run {
    last: Timestamp,
    path: u64,
    length: u32,
}

/// Nobody reads a refusal, types another password and sends it in so few seconds, time after time.
const SOON_SECS: f64 = 5.0;

const FAILURES: usize = 0;
const LET_IN: usize = 1;
const SIGN_INS: usize = 2;
const FORBIDDEN: usize = 3;

impl FeatureGroup for Auth {
    const GROUP: Group = Group {
        name: "auth",
        about: "Sign-ins and refused credentials",
        kinds: &EntityKind::ALL,
        columns: &[
            Column {
                name: "auth_failures_1m",
                short: "failed logins in 60 s",
                sees: "failed sign-ins and refused credentials in the last minute",
                matters: "a fast search for a password",
                wrong: "a client that retries a stale password without a delay",
            },
            Column {
                name: "auth_failures_1h",
                short: "failed logins in 1 h",
                sees: "failed sign-ins and refused credentials in the last hour",
                matters: "a slow search for a password",
                wrong: "a client that retries a stale password",
            },
            Column {
                name: "auth_failures_24h",
                short: "failed logins in 24 h",
                sees: "failed sign-ins and refused credentials in the last day",
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
                sees: "distinct accounts among the day's failures",
                matters: "many accounts from one place is a list being tried",
                wrong: "most sign-ins name the account in the body, where no log sees it",
            },
            Column {
                name: "failed_secrets_24h",
                short: "secrets refused in 24 h",
                sees: "distinct credentials refused within a day, sign-ins left out",
                matters: "one stale secret is a forgotten client, many are guesses",
                wrong: "logs without the Authorization header show none",
            },
            Column {
                name: "failure_sizes_24h",
                short: "sizes of refusals in 24 h",
                sees: "distinct sizes of the answers to the day's failed sign-ins, in bytes",
                matters: "one name tried gives one answer; many names give `unknown` and `wrong`, or \
                          echo the name",
                wrong: "answers that carry a time or a number differ by themselves",
            },
            Column {
                name: "failing_clients_1h",
                short: "clients failing in 1 h",
                sees: "distinct clients among the last hour's failures",
                matters: "an account or endpoint tried from everywhere at once",
                wrong: "an outage of the sign-in makes everyone fail",
            },
            Column {
                name: "forbidden_24h",
                short: "forbidden (403) in 24 h",
                sees: "calls refused with 403 in the last day",
                matters: "reaching for what one may not have",
                wrong: "a front end that shows buttons it should hide",
            },
            Column {
                name: "failure_run",
                short: "failed logins in a row",
                sees: "failures in a row on one path, each within five seconds after the one before, \
                       with nothing let in between",
                matters: "hands are slower: a program guesses",
                wrong: "a client that retries a stale password without a delay",
            },
        ],
    };

    fn observe(&mut self, seen: &Seen<'_>) {
        let event = seen.event;
        let signs_in = event.signs_in();
        let is_known = event.account.is_some() || event.flags.contains(EventFlags::CREDENTIALED);
        if event.auth == AuthOutcome::None && !signs_in && !is_known {
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
            AuthOutcome::Forbidden => add(FORBIDDEN),
            AuthOutcome::Failure => {
                add(FAILURES);
                attempts.failures.add(event.time);
                attempts.run.go_on(event.time, event.path_hash);
                if let Some(account) = event.account {
                    attempts.accounts.insert(event.time, mix(account.0.0.into()));
                }
                if let Some(secret) = event.credential.filter(|_| !signs_in) {
                    attempts.secrets.insert(event.time, mix(secret.0.get()));
                }
                if signs_in {
                    attempts.sizes.insert(event.time, mix(event.response_bytes.into()));
                }
                attempts.clients.insert(event.time, client_hash(event.client));
            }
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
        out.copy_from_slice(&[
            minute,
            hour,
            day,
            share(total(FAILURES), total(FAILURES) + total(LET_IN)),
            total(SIGN_INS),
            attempts.accounts.count(at),
            attempts.secrets.count(at),
            attempts.sizes.count(at),
            attempts.clients.count(at),
            total(FORBIDDEN),
            attempts.run.length_at(at),
        ]);
    }

    fn heap_bytes(&self) -> usize {
        self.0.as_ref().map_or(0, |attempts| {
            size_of::<Attempts>()
                + attempts.accounts.heap_bytes()
                + attempts.secrets.heap_bytes()
                + attempts.sizes.heap_bytes()
                + attempts.clients.heap_bytes()
        })
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
