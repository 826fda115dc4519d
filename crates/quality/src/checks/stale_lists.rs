use domain::Timestamp;

use super::figure;
use crate::{Caveat, Check, Facts, Page};

/// Operators add ranges a few times a year.
const MOST_AGE_DAYS: f64 = 90.0;

/// See the page.
#[derive(Debug)]
pub(super) struct StaleLists;

const PAGE: Page = Page {
    title: "Lists that are out of date",
    sees: "a list of a crawler's ranges that was last written 90 days or more before the log ends",
    means: "a crawler that has new ranges by now is taken for an impostor: ip_spoofing accuses it, and \
            automated_bots does not spare it",
    wrong: "a list that was checked and left as it was is as good as new; one that was copied lately \
            looks newer than it is",
};

impl Check for StaleLists {
    fn name(&self) -> &'static str {
        "stale_lists"
    }

    fn page(&self) -> &'static Page {
        &PAGE
    }

    fn look(&self, facts: &Facts) -> Option<Caveat> {
        let list = facts.oldest_crawlers.as_ref()?;
        let end: Timestamp = facts.sources.iter().filter_map(|source| source.last).max()?;
        let age_days = (end.secs_since(list.written) / 86_400.0).floor();
        (age_days >= MOST_AGE_DAYS).then(|| Caveat {
            name: self.name(),
            seen: format!("{} was last written {age_days} days before the log ends", list.name),
            figures: vec![figure("age_days", age_days)],
            means: PAGE.means,
            advice:
                "put what the operator publishes now into the file; touch it where nothing changed"
                    .into(),
        })
    }
}
