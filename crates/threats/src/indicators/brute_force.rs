use domain::{AuthOutcome, EntityKind, Event, Finding, Threat};
use features::{ColumnId, column};

use super::credential_stuffing::tries_many_accounts;
use super::reference;
use super::unauthorized_access::forges_tokens;
use crate::{Clue, Indicator, Page, View, weigh};

const FAILURES_1M: ColumnId = column("auth_failures_1m");
const FAILURES_1H: ColumnId = column("auth_failures_1h");
const FAILURES_24H: ColumnId = column("auth_failures_24h");
const FAILURE_RATIO: ColumnId = column("auth_failure_ratio_24h");
const SIGN_INS: ColumnId = column("sign_ins_24h");
const FAILURE_RUN: ColumnId = column("failure_run");
const FAILED_SECRETS: ColumnId = column("failed_secrets_24h");

/// Guesses from one client: fast, over an hour, over a day. The floors are
/// what no person reaches who has forgotten a password: OWASP advises to lock after about 10 tries.
const GUESSES: [Clue; 3] = [
    Clue::grows(FAILURES_1M, 10.0, 6.0, 1.0),
    Clue::grows(FAILURES_1H, 20.0, 10.0, 1.0),
    Clue::grows(FAILURES_24H, 40.0, 20.0, 1.0),
];

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

const PAGE: Page = Page {
    title: "Brute force",
    sees: "failed sign-ins and refused credentials of one client, or against one account, \
           within a minute, an hour and a day, where most attempts fail",
    matters: "whoever may guess without end gets in: passwords and one-time codes are short",
    wrong: "a program that retries one stale password, where the log shows no credential; where it \
            does, such a program is left out. A sign-in that is broken makes everyone fail",
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
        let failures = view.value(FAILURES_24H);
        if failures == 0.0 || view.value(FAILURE_RATIO) < LEAST_FAILURE_RATIO {
            return None;
        }
        if repeats_one_secret(view) || tries_many_accounts(view) || forges_tokens(view) {
            return None;
        }
        let clues = match view.kind {
            EntityKind::Client => &GUESSES[..],
            EntityKind::Account => &TRIED[..],
            EntityKind::Credential | EntityKind::Endpoint => return None,
        };
        let is_client = view.kind == EntityKind::Client;
        let run = (is_client && RUN.strength(view) >= RUN.weight).then_some(&RUN);
        weigh(self.threat(), view, clues.iter().chain(run))
    }
}

/// Whether an entity's failures are one secret presented again and again, sign-ins left out: a program
/// that nobody has told of the new one.
pub fn repeats_one_secret(view: &View<'_>) -> bool {
    let signs_in = view.value(SIGN_INS) > view.value(FAILURES_24H) / 2.0;
    view.value(FAILED_SECRETS) == 1.0 && !signs_in
}
