use super::{count, figure};
use crate::{Caveat, Check, Facts, Page};

/// Fewer requests may come from nobody who has an account.
const LEAST_REQUESTS: u64 = 200;

/// See the page.
#[derive(Debug)]
pub(super) struct AccountsMissing;

const PAGE: Page = Page {
    title: "No account anywhere",
    sees: "no account, token, key or password in any of at least 200 requests",
    means: "guesses at one account from many addresses, session hijacking and token abuse cannot be \
            seen, and what somebody does is followed by address alone",
    wrong: "a site where nobody signs in has none to tell",
};

impl Check for AccountsMissing {
    fn name(&self) -> &'static str {
        "accounts_missing"
    }

    fn page(&self) -> &'static Page {
        &PAGE
    }

    fn look(&self, facts: &Facts) -> Option<Caveat> {
        let is_missing = facts.with_account == 0 && facts.with_credential == 0;
        (is_missing && facts.requests >= LEAST_REQUESTS).then(|| Caveat {
            name: self.name(),
            seen: format!(
                "none of {} requests names an account, a token or a key",
                count(facts.requests)
            ),
            figures: vec![figure("requests", facts.requests as f64)],
            means: PAGE.means,
            advice:
                "log the user and the Authorization header as JSON lines (apiwarden formats show \
                     json tells the keys); tokens are kept as fingerprints only"
                    .into(),
        })
    }
}
