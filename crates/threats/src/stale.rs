//! Programs whose password or token is stale: they fail as guesses do, and are none.

use features::{ColumnId, column};

use crate::View;

const CALLS: ColumnId = column("sequence_length");
const GAP_VARIATION: ColumnId = column("inter_api_access_duration_cv");
const BROWSER: ColumnId = column("browser_agent_ratio");
const SIGN_INS: ColumnId = column("sign_ins_24h");
const FAILURES_1M: ColumnId = column("auth_failures_1m");
const FAILURES_24H: ColumnId = column("auth_failures_24h");
const FAILURE_RATIO: ColumnId = column("auth_failure_ratio_24h");
const CLIENTS: ColumnId = column("failing_clients_1h");
const FAILED_ACCOUNTS: ColumnId = column("failed_accounts_24h");
const FAILED_SECRETS: ColumnId = column("failed_secrets_24h");
const ATTEMPT_SIZES: ColumnId = column("attempt_sizes_24h");
const PASSWORDS: ColumnId = column("password_ratio");
const REFUSED_PATHS: ColumnId = column("refused_paths_24h");

/// A program that has one password to try does so at most so often a minute. What comes faster may carry
/// its guesses in the body: in OAuth 2.0 the password in the header is the application's own.
const STALE_A_MINUTE: f32 = 3.0;
/// The gaps between the calls of such a program vary by a twentieth at most, and a busy network adds as much.
const STEADY: f32 = 0.1;
/// Fewer calls are no rhythm.
const LEAST_BEATS: f32 = 5.0;
/// So large a share of its calls then carry the password.
const ALWAYS: f32 = 0.95;

/// Whether an entity's failed logins are calls of sign-in endpoints.
pub(crate) fn signs_in(view: &View<'_>) -> bool {
    view.value(SIGN_INS) > view.value(FAILURES_24H) / 2.0
}

/// Whether an entity sends to sign in what may be one password, again and again, no faster than a program
/// does whose password is stale: all of one size, since guesses differ in length, and codes that do not
/// are guessed faster; or one program by the clock and nothing else, which never gets in.
pub(crate) fn repeats_itself(view: &View<'_>) -> bool {
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

/// The same by the secret alone.
pub(crate) fn shows_one_secret(view: &View<'_>) -> bool {
    let is_slow = view.value(FAILURES_1M) <= STALE_A_MINUTE;
    let sends_password = view.value(PASSWORDS) >= ALWAYS && is_slow;
    view.value(FAILED_SECRETS) == 1.0 && (!signs_in(view) || sends_password)
}
