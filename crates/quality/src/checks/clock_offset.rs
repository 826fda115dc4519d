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
/// Of clients that toss a coin as many would not come to one server first in a million logs.
const LEAST_DEVIATIONS: f64 = 5.0;
/// So many clients make calls to both at once, as those do that load a page...
const LEAST_NEAR: u64 = 20;
/// ...and so many times fewer do with no offset, or with its opposite.
const TIMES_NONE: u64 = 3;
/// Time zones lie whole quarters of an hour apart.
const QUARTER_SECS: f64 = 900.0;

/// See the page.
#[derive(Debug)]
pub(super) struct ClockOffset;

const PAGE: Page = Page {
    title: "Clocks that differ",
    sees: "two sources with the same callers at the same paths, where one tells of them later than the \
           other, always by about as much; or two between which requests are spread, where clients come \
           to the one later than to the other, and leave it as much later",
    means: "one client's calls are put in a wrong order: sessions break apart, rates are too low, and a \
            session seems to be in two places at once",
    wrong: "where every caller comes to one server first and to another a fixed time later, on the same \
            path, or begins and ends with the other as much later, it is no clock. Two sources that have no time in common are not compared",
};

impl Check for ClockOffset {
    fn name(&self) -> &'static str {
        "clock_offset"
    }

    fn page(&self) -> &'static Page {
        &PAGE
    }

    fn look(&self, facts: &Facts) -> Option<Caveat> {
        let same_calls = facts.pairs.iter().find(|pair| tells_later(pair));
        same_calls.map(|pair| self.same_calls(facts, pair)).or_else(|| {
            let pair = facts.pairs.iter().find(|pair| is_called_later(pair))?;
            Some(self.same_clients(facts, pair))
        })
    }
}

/// Whether the other tells of the same calls later.
fn tells_later(pair: &PairFacts) -> bool {
    pair.offset_secs.abs() >= LEAST_OFFSET_SECS
        && pair.shared >= LEAST_SHARED
        && pair.agreeing >= LEAST_AGREEING
        && pair.overlap >= LEAST_OVERLAP
}

/// Whether clients come to the other later, and leave it as much later.
fn is_called_later(pair: &PairFacts) -> bool {
    let balance = &pair.balance;
    let (callers, offset_secs) = (balance.callers as f64, balance.offset_secs);
    let tossed = (balance.later as f64 - callers / 2.0).abs() / (callers.sqrt() / 2.0);
    let apart = (offset_secs - balance.last_offset_secs).abs();
    offset_secs.abs() >= LEAST_OFFSET_SECS
        && balance.callers >= LEAST_SHARED
        && tossed >= LEAST_DEVIATIONS
        && apart <= (offset_secs.abs() / 5.0).max(1.0)
        && balance.near >= LEAST_NEAR
        && balance.near >= TIMES_NONE * balance.near_none
        && pair.overlap >= LEAST_OVERLAP
}

impl ClockOffset {
    fn same_calls(&self, facts: &Facts, pair: &PairFacts) -> Caveat {
        let (later, earlier) = in_order(facts, pair, pair.offset_secs);
        let offset_secs = pair.offset_secs.abs();
        Caveat {
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
            advice: advice(later, earlier, offset_secs),
        }
    }

    fn same_clients(&self, facts: &Facts, pair: &PairFacts) -> Caveat {
        let balance = &pair.balance;
        let (later, earlier) = in_order(facts, pair, balance.offset_secs);
        let offset_secs = balance.offset_secs.abs();
        Caveat {
            name: self.name(),
            seen: format!(
                "clients of both come to {later} {offset_secs:.0} s later than to {earlier}, at the median, \
                 and leave it as much later: {} of {} within a twentieth of that or a second",
                count(balance.near),
                count(balance.callers)
            ),
            figures: vec![
                figure("offset_secs", balance.offset_secs),
                figure("last_offset_secs", balance.last_offset_secs),
                figure("shared_clients", balance.callers as f64),
                figure("agreeing_clients", balance.near as f64),
            ],
            means: PAGE.means,
            advice: advice(later, earlier, offset_secs),
        }
    }
}

/// The names of the source that tells later, and of the other.
fn in_order<'a>(facts: &'a Facts, pair: &PairFacts, offset_secs: f64) -> (&'a str, &'a str) {
    let (one, other) = (&facts.sources[pair.one].name, &facts.sources[pair.other].name);
    if offset_secs > 0.0 { (other, one) } else { (one, other) }
}

fn advice(later: &str, earlier: &str, offset_secs: f64) -> String {
    let quarters = offset_secs / QUARTER_SECS;
    let is_zone = quarters >= 0.99 && (quarters - quarters.round()).abs() < 0.05;
    if is_zone {
        format!(
            "one of them tells its times in another zone: read them apart, with --tz for the \
                     one that is wrong, or let {later} write the zone into its times"
        )
    } else {
        format!("set the clock of the machine that writes {later}, or of that of {earlier} (NTP)")
    }
}
