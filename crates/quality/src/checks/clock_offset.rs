use super::{count, figure, percent};
use crate::{Caveat, Check, Facts, Page, PairFacts};

/// A load balancer and a server differ by their answer's time; a slow one takes this long.
const LEAST_OFFSET_SECS: f64 = 2.0;
/// Fewer callers and paths in common may lie apart by accident.
const LEAST_SHARED: u64 = 50;
/// Where clocks agree, half of the calls come earlier to the one and half to the other.
const LEAST_AGREEING: f64 = 0.75;
/// Files that follow each other have clients in common as well, though no time.
const LEAST_OVERLAP: f64 = 0.5;
/// Time zones lie whole quarters of an hour apart.
const QUARTER_SECS: f64 = 900.0;

/// See the page.
#[derive(Debug)]
pub(super) struct ClockOffset;

const PAGE: Page = Page {
    title: "Clocks that differ",
    sees: "two sources with the same callers at the same paths, where one tells of them later than the \
           other, always by about as much",
    means: "one client's calls are put in a wrong order: sessions break apart, rates are too low, and a \
            session seems to be in two places at once",
    wrong: "where every caller comes to one server first and to another a fixed time later, on the same \
            path, it is no clock. Two sources that have no time in common are not compared",
};

impl Check for ClockOffset {
    fn name(&self) -> &'static str {
        "clock_offset"
    }

    fn page(&self) -> &'static Page {
        &PAGE
    }

    fn look(&self, facts: &Facts) -> Option<Caveat> {
        let differs = |pair: &&PairFacts| {
            pair.offset_secs.abs() >= LEAST_OFFSET_SECS
                && pair.shared >= LEAST_SHARED
                && pair.agreeing >= LEAST_AGREEING
                && pair.overlap >= LEAST_OVERLAP
        };
        let pair = facts.pairs.iter().find(differs)?;
        let later = if pair.offset_secs > 0.0 { pair.other } else { pair.one };
        let (later, earlier) =
            (&facts.sources[later].name, &facts.sources[pair.one + pair.other - later].name);
        let offset_secs = pair.offset_secs.abs();
        let quarters = offset_secs / QUARTER_SECS;
        let is_zone = quarters >= 0.99 && (quarters - quarters.round()).abs() < 0.05;
        let advice = if is_zone {
            format!(
                "one of them tells its times in another zone: read them apart, with --tz for the \
                     one that is wrong, or let {later} write the zone into its times"
            )
        } else {
            format!(
                "set the clock of the machine that writes {later}, or of that of {earlier} (NTP)"
            )
        };
        Some(Caveat {
            name: self.name(),
            seen: format!(
                "{later} tells of the same callers and paths {offset_secs:.0} s later than {earlier}: {} \
                 of {} in common",
                percent(pair.agreeing),
                count(pair.shared)
            ),
            figures: vec![
                figure("offset_secs", pair.offset_secs),
                figure("shared_calls", pair.shared as f64),
                figure("agreeing_ratio", pair.agreeing),
            ],
            means: PAGE.means,
            advice,
        })
    }
}
