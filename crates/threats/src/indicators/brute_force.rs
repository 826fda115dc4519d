use domain::{AuthOutcome, EntityKind, Event, Finding, Threat};
use features::{ColumnId, column};

use super::credential_stuffing::tries_many_accounts;
use super::reference;
use super::unauthorized_access::forges_tokens;
use crate::{Clue, Doubt, Indicator, Page, View, weigh};

const FAILURES_1M: ColumnId = column("auth_failures_1m");
const FAILURES_1H: ColumnId = column("auth_failures_1h");
const FAILURES_24H: ColumnId = column("auth_failures_24h");
const FAILURE_RATIO: ColumnId = column("auth_failure_ratio_24h");
const SIGN_INS: ColumnId = column("sign_ins_24h");
const CALLS: ColumnId = column("sequence_length");
const GAP_VARIATION: ColumnId = column("inter_api_access_duration_cv");
const CLIENTS: ColumnId = column("failing_clients_1h");
const BROWSER: ColumnId = column("browser_agent_ratio");
const FAILURE_RUN: ColumnId = column("failure_run");
const ATTEMPT_SIZES: ColumnId = column("attempt_sizes_24h");
const FAILED_ACCOUNTS: ColumnId = column("failed_accounts_24h");
const FAILED_SECRETS: ColumnId = column("failed_secrets_24h");
const PASSWORDS: ColumnId = column("password_ratio");
const REPEATS_1M: ColumnId = column("repeated_refusals_1m");
const REPEATS_1H: ColumnId = column("repeated_refusals_1h");
const REFUSALS: ColumnId = column("refusals_24h");
const REFUSED_PATHS: ColumnId = column("refused_paths_24h");
const ERROR_RATIO: ColumnId = column("client_error_ratio");

/// Guesses from one client: fast, over an hour, over a day. The floors are
/// what no person reaches who has forgotten a password: OWASP advises to lock after about 10 tries.
const GUESSES: [Clue; 3] = [
    Clue::grows(FAILURES_1M, 10.0, 6.0, 1.0),
    Clue::grows(FAILURES_1H, 20.0, 10.0, 1.0),
    Clue::grows(FAILURES_24H, 40.0, 20.0, 1.0),
];

/// The same away from sign-ins, where the log shows no secrets: a program whose password is stale comes
/// back at its own interval, seldom below a minute, all day. Guesses come faster.
const UNSEEN: [Clue; 2] =
    [Clue::grows(FAILURES_1M, 10.0, 8.0, 1.0), Clue::grows(FAILURES_1H, 200.0, 120.0, 1.0)];
/// And where it shows neither names nor secrets.
const REPEATS: [Clue; 2] =
    [Clue::grows(REPEATS_1M, 10.0, 8.0, 1.0), Clue::grows(REPEATS_1H, 200.0, 120.0, 1.0)];

/// Guesses faster than hands are. Below its limit it says no more than the counts do.
const RUN: Clue = Clue::grows(FAILURE_RUN, 6.0, 6.0, 1.0);

/// Guesses against one account, from anywhere.
const TRIED: [Clue; 3] = [
    Clue::grows(FAILURES_1M, 10.0, 8.0, 1.0),
    Clue::grows(FAILURES_1H, 25.0, 15.0, 1.0),
    Clue::grows(FAILURES_24H, 50.0, 30.0, 1.0),
];

/// Below this share of failures somebody mostly gets in, and is not guessing.
const LEAST_FAILURE_RATIO: f32 = 0.6;
/// Below this share of refused calls a stale program is only a part of what an address does.
const LEAST_ERROR_RATIO: f32 = 0.55;

/// A program that has one password to try does so at most so often a minute. What comes faster may carry
/// its guesses in the body: in OAuth 2.0 the password in the header is the application's own.
const STALE_A_MINUTE: f32 = 3.0;
/// The gaps between the calls of such a program vary by a twentieth at most, and a busy network adds as much.
const STEADY: f32 = 0.1;
/// Fewer calls are no rhythm.
const LEAST_BEATS: f32 = 5.0;
/// So large a share of its calls then carry the password.
const ALWAYS: f32 = 0.95;

const PAGE: Page = Page {
    title: "Brute force",
    sees: "failed logins of one client, or against one account, within a minute, an hour and a day, \
           where most of them fail: calls of sign-in endpoints, and calls with a name and password \
           (HTTP Basic); and, where the log shows no credentials, one path refused again and again \
           faster than a program with a stale password comes back",
    matters: "whoever may guess without end gets in: passwords and one-time codes are short",
    wrong: &[
        Doubt::general(
            "a program that retries one stale password, where the log shows no credential; where it \
             does, such a program is left out, unless it calls a sign-in more often than three times a \
             minute",
        ),
        Doubt::general("a sign-in that is broken, which makes everyone fail"),
    ],
    misses: "guesses that come by the minute where they are sent with every call and the log shows no \
             credential, or that come by the clock, fewer than two a minute: a stale program looks the same",
    mitre: &[reference("T1110.001", "Brute Force: Password Guessing")],
    owasp: &[reference("API2:2023", "Broken Authentication")],
};

/// See the page.
#[derive(Debug)]
pub(super) struct BruteForce;

impl Indicator for BruteForce {
    fn threat(&self) -> Threat {
        Threat::BruteForce
    }

    fn page(&self) -> &'static Page {
        &PAGE
    }

    fn concerns(&self, event: &Event) -> bool {
        event.auth == AuthOutcome::Failure
    }

    fn judge(&self, view: &View<'_>) -> Option<Finding> {
        let is_client = view.kind == EntityKind::Client;
        if !is_client && view.kind != EntityKind::Account {
            return None;
        }
        if shows_one_secret(view) || tries_many_accounts(view) || forges_tokens(view) {
            return None;
        }
        let fails =
            view.value(FAILURES_24H) > 0.0 && view.value(FAILURE_RATIO) >= LEAST_FAILURE_RATIO;
        let is_refused = view.value(REFUSALS) > 0.0 && view.value(ERROR_RATIO) >= LEAST_ERROR_RATIO;
        let is_told = (signs_in(view) && !repeats_itself(view)) || view.value(FAILED_SECRETS) > 0.0;
        let logins = match () {
            () if !fails => &[],
            () if !is_told => &UNSEEN[..],
            () if is_client => &GUESSES,
            () => &TRIED,
        };
        let repeats = if is_client && is_refused { &REPEATS[..] } else { &[] };
        let clues = windows(logins, view).chain(windows(repeats, view));
        let run = (is_client && (fails || is_refused)).then_some(&RUN);
        let clues = clues.chain(run.filter(|run| run.strength(view) >= run.weight));
        weigh_one(self.threat(), view, clues)
    }
}

/// Weighs clues that count the same calls over several windows: they add to each other, as fast and
/// long say more than either, but only where one is enough. Else the strongest stands for all, since
/// five mistakes are no more for being counted a minute, an hour and a day.
fn weigh_one<'a>(
    threat: Threat,
    view: &View<'_>,
    clues: impl Iterator<Item = &'a Clue> + Clone,
) -> Option<Finding> {
    let strengths = clues.clone().map(|clue| (clue, clue.strength(view)));
    let (strongest, strength) = strengths.max_by(|a, b| a.1.total_cmp(&b.1))?;
    if strength >= strongest.weight {
        weigh(threat, view, clues)
    } else {
        weigh(threat, view, [strongest])
    }
}

/// Clues that count the same calls over ever longer windows, without those that hold no more than the
/// one before.
fn windows<'a>(
    clues: &'a [Clue],
    view: &'a View<'_>,
) -> impl Iterator<Item = &'a Clue> + Clone + 'a {
    let holds_more =
        |at: usize| at == 0 || view.value(clues[at].column) > view.value(clues[at - 1].column);
    clues.iter().enumerate().filter(move |(at, _)| holds_more(*at)).map(|(_, clue)| clue)
}

/// Whether an entity's failed logins are calls of sign-in endpoints.
fn signs_in(view: &View<'_>) -> bool {
    view.value(SIGN_INS) > view.value(FAILURES_24H) / 2.0
}

/// Whether an entity sends to sign in what may be one password, again and again, no faster than a program
/// does whose password is stale: all of one size, since guesses differ in length, and codes that do not
/// are guessed faster; or one program by the clock and nothing else, which never gets in.
pub(super) fn repeats_itself(view: &View<'_>) -> bool {
    let is_one_size = view.value(ATTEMPT_SIZES) == 1.0;
    let is_steady = view.value(CALLS) >= LEAST_BEATS
        && view.value(GAP_VARIATION) <= STEADY
        && view.value(CALLS) <= view.value(SIGN_INS)
        && view.value(FAILURE_RATIO) >= ALWAYS
        && view.value(CLIENTS) <= 1.0
        && view.value(BROWSER) == 0.0;
    let is_slow = view.value(FAILURES_1M) <= STALE_A_MINUTE;
    is_slow && view.value(FAILED_ACCOUNTS) <= 1.0 && (is_one_size || is_steady)
}

/// Whether an entity's refusals are one secret presented again and again, a program that nobody has told
/// of the new one: by the secret, or, where the log shows none, by the one path that it asks for.
pub fn repeats_one_secret(view: &View<'_>) -> bool {
    let asks_for_one = view.value(REFUSED_PATHS) == 1.0 && view.value(FAILURES_24H) == 0.0;
    shows_one_secret(view) || asks_for_one
}

fn shows_one_secret(view: &View<'_>) -> bool {
    let is_slow = view.value(FAILURES_1M) <= STALE_A_MINUTE;
    let sends_password = view.value(PASSWORDS) >= ALWAYS && is_slow;
    view.value(FAILED_SECRETS) == 1.0 && (!signs_in(view) || sends_password)
}
