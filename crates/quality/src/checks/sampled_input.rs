use super::{count, figure, percent};
use crate::{Caveat, Check, Facts, Page};

/// One page alone may be odd, and so may fifty loads.
const LEAST_PAGES: u64 = 5;
const LEAST_LOADS: u64 = 50;
/// In a whole log of a public site 88 % of loads had their page, and 90 % of files each other; of every
/// second line it is half of that. What lies between is the caches'.
const MOST_WHOLE: f64 = 2.0 / 3.0;
/// Chance leaves out pages and files alike.
const MOST_APART: f64 = 0.15;

/// See the page.
#[derive(Debug)]
pub(super) struct SampledInput;

const PAGE: Page = Page {
    title: "Input of which a part is missing",
    sees: "records that tell a sampling rate other than 1; or, of at least 50 first loads of 5 pages, pages \
           that come without their style sheets and images as often as these come without each other: in \
           a whole log a browser fetches them in one go. Logs of an API alone have no such pages, and \
           without a rate in their records nothing tells that they were sampled. What keeps or leaves out \
           whole clients is not seen either, and tears nothing apart",
    means: "counts and rates are too low by the same factor, so floors are reached late or never; what \
            belongs together is torn apart, and steps that were there seem to be skipped",
    wrong: "the log of one of several servers between which requests are spread looks the same, and is a \
            part indeed. So does a server behind a cache that answers pages and files in equal shares, and \
            a program in the browser that draws pages without fetching them and loads images as one scrolls",
};

impl Check for SampledInput {
    fn name(&self) -> &'static str {
        "sampled_input"
    }

    fn page(&self) -> &'static Page {
        &PAGE
    }

    fn look(&self, facts: &Facts) -> Option<Caveat> {
        self.told(facts).or_else(|| self.torn(facts))
    }
}

impl SampledInput {
    fn told(&self, facts: &Facts) -> Option<Caveat> {
        (facts.with_sample_rate > 0).then(|| Caveat {
            name: self.name(),
            seen: format!(
                "{} of {} records tell a sampling rate other than 1",
                count(facts.with_sample_rate),
                count(facts.requests)
            ),
            figures: vec![
                figure("requests", facts.requests as f64),
                figure("sampled_requests", facts.with_sample_rate as f64),
            ],
            means: PAGE.means,
            advice: "give what the server wrote before a collector sampled it, or let the collector keep \
                     whole clients (by a hash of the address)"
                .into(),
        })
    }

    fn torn(&self, facts: &Facts) -> Option<Caveat> {
        let loads = &facts.loads;
        let is_torn = loads.with_page <= MOST_WHOLE
            && loads.together <= MOST_WHOLE
            && (loads.with_page - loads.together).abs() <= MOST_APART;
        (is_torn && loads.pages >= LEAST_PAGES && loads.loads >= LEAST_LOADS).then(|| Caveat {
            name: self.name(),
            seen: format!(
                "of {} first loads of {} pages, at the pages where most came together {} came with the page \
                 itself, and {} of its files with each other",
                count(loads.loads),
                count(loads.pages),
                percent(loads.with_page),
                percent(loads.together)
            ),
            figures: vec![
                figure("loads", loads.loads as f64),
                figure("pages", loads.pages as f64),
                figure("with_page_ratio", loads.with_page),
                figure("files_together_ratio", loads.together),
            ],
            means: PAGE.means,
            advice: "give what the server wrote before a collector sampled it, and the logs of all servers \
                     between which requests are spread"
                .into(),
        })
    }
}
