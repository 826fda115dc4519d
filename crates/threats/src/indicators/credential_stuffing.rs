use domain::{AuthOutcome, EntityKind, Event, Finding, Threat};
use features::{ColumnId, column};

use super::reference;
use crate::stale::repeats_itself;
use crate::{Clue, Doubt, Indicator, Page, View, weigh};

const CALLS: ColumnId = column("sequence_length");
const SIGN_INS: ColumnId = column("sign_ins_24h");
const FAILURES_1H: ColumnId = column("auth_failures_1h");
const FAILURES_24H: ColumnId = column("auth_failures_24h");
const FAILURE_RATIO: ColumnId = column("auth_failure_ratio_24h");
const FAILED_ACCOUNTS: ColumnId = column("failed_accounts_24h");
const FAILURE_SIZES: ColumnId = column("failure_sizes_24h");
const PASSWORDS: ColumnId = column("password_ratio");

/// Accounts that the log names.
const NAMED: Clue = Clue::grows(FAILED_ACCOUNTS, 8.0, 5.0, 1.0);
/// Accounts that it does not: they stand in bodies, and show only in how the answers differ.
const UNNAMED: [Clue; 2] =
    [Clue::grows(FAILURES_1H, 20.0, 10.0, 0.5), Clue::reaches(FAILURE_SIZES, 2.0, 0.5)];
/// A try or a few and nothing else: not enough to accuse one client, enough to count it among many. How
/// many tries make how many clients a campaign is weighed in `alerts`.
const FEW_TRIES: Clue = Clue::reaches(FAILURES_24H, 1.0, 0.5);

/// Who gets in calls something. Whoever signs in so often and calls nothing is after the sign-in.
const LEAST_SIGN_INS: f32 = 3.0;
/// Below this share of failures somebody mostly gets in.
const LEAST_FAILURE_RATIO: f32 = 0.6;
/// So many failures tell whether one account is meant or many.
const LEAST_FAILURES: f32 = 10.0;

/// See the page.
#[derive(Debug)]
pub(super) struct CredentialStuffing;

const PAGE: Page = Page {
    title: "Credential stuffing",
    sees: "one client that fails to sign in as many accounts; and many clients of which each fails \
           once or a few times at the same endpoint within an hour and calls nothing else, far more \
           of them than in other hours",
    matters: "one leaked list opens the accounts of everyone who uses a password twice: about one in \
              a hundred to a thousand tries gets in",
    wrong: &[
        Doubt::of(&[FAILED_ACCOUNTS], "an office whose directory is down, which fails as a whole"),
        Doubt::of(
            &[FAILURES_1H, FAILURE_SIZES],
            "guesses at one account: where the log names none, one and many are told apart by the \
             answers' sizes alone",
        ),
        Doubt::general("a sign-in that is broken, where everyone fails a few times and leaves"),
    ],
    misses: "",
    mitre: &[reference("T1110.004", "Brute Force: Credential Stuffing")],
    owasp: &[reference("API2:2023", "Broken Authentication")],
};

impl Indicator for CredentialStuffing {
    fn threat(&self) -> Threat {
        Threat::CredentialStuffing
    }

    fn page(&self) -> &'static Page {
        &PAGE
    }

    fn concerns(&self, event: &Event) -> bool {
        // Who gets in and signs in again is as much of it as who fails.
        matches!(event.auth, AuthOutcome::Failure | AuthOutcome::Success)
    }

    fn adds_up(&self, _: &View<'_>) -> bool {
        true
    }

    fn judge(&self, view: &View<'_>) -> Option<Finding> {
        let failures = view.value(FAILURES_24H);
        if view.kind != EntityKind::Client || failures == 0.0 {
            return None;
        }
        // The same again and again is a program with a stale password.
        if failures >= LEAST_SIGN_INS && repeats_itself(view) {
            return None;
        }
        let mostly_fails = view.value(FAILURE_RATIO) >= LEAST_FAILURE_RATIO;
        if failures >= LEAST_FAILURES && mostly_fails && tries_many_accounts(view) {
            let named = view.value(FAILED_ACCOUNTS) > 0.0;
            return weigh(self.threat(), view, if named { &[NAMED][..] } else { &UNNAMED });
        }
        let signs_in_only = view.value(CALLS) <= view.value(SIGN_INS);
        let fails_only = view.value(FAILURE_RATIO) >= 0.99;
        let goes_on = view.value(SIGN_INS) >= LEAST_SIGN_INS;
        (signs_in_only && (fails_only || goes_on))
            .then(|| weigh(self.threat(), view, &[FEW_TRIES]))?
    }
}

/// Whether a client's failures mean many accounts rather than one or two: by their names where the log
/// shows them, else by the answers.
pub(super) fn tries_many_accounts(view: &View<'_>) -> bool {
    let signs_in = view.value(SIGN_INS) >= view.value(FAILURES_24H) / 2.0;
    if !signs_in && view.value(PASSWORDS) < 0.5 {
        return false;
    }
    match view.value(FAILED_ACCOUNTS) {
        0.0 => view.value(FAILURE_SIZES) >= 2.0,
        accounts => accounts >= 5.0,
    }
}
