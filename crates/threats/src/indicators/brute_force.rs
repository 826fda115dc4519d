use domain::{AuthOutcome, EntityKind, Event, Finding, Threat};
use features::{ColumnId, column};

use super::credential_stuffing::tries_many_accounts;
use super::reference;
use super::unauthorized_access::forges_tokens;
use crate::stale::{repeats_itself, shows_one_secret, signs_in};
use crate::{Clue, Doubt, Indicator, Page, View, weigh};

const FAILURES_1M: ColumnId = column("auth_failures_1m");
const FAILURES_1H: ColumnId = column("auth_failures_1h");
const FAILURES_24H: ColumnId = column("auth_failures_24h");
const FAILURE_RATIO: ColumnId = column("auth_failure_ratio_24h");
const FAILURE_RUN: ColumnId = column("failure_run");
const FAILED_SECRETS: ColumnId = column("failed_secrets_24h");
const REPEATS_1M: ColumnId = column("repeated_refusals_1m");
const REPEATS_1H: ColumnId = column("repeated_refusals_1h");
const REFUSALS: ColumnId = column("refusals_24h");
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

const PAGE: Page = Page {
    title: "Brute force",
    sees: "failed logins of one client, or against one account, within a minute, an hour and a day, \
           where most of them fail: calls of sign-in endpoints, and calls with a name and password \
           (HTTP Basic); and, where the log shows no credentials, one path refused again and again \
           faster than a program with a stale password comes back",
    matters: "whoever may guess without end gets in: passwords and one-time codes are short",
    wrong: &[
        Doubt::of(
            &[FAILURES_1M, FAILURE_RUN],
            "a list of accounts tried one by one (credential stuffing), where the log names none",
        ),
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
