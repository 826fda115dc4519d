use super::{count, figure, percent};
use crate::{Caveat, Check, Facts, Page, PairFacts, Repeats};

/// Fewer distinct lines may repeat by accident.
const LEAST_LINES: u64 = 100;
/// Where times are whole seconds, hasty clients do make the same call twice in one: 0.2 % of the lines of
/// ordinary logs, 2.5 % of a recording that is a third attacks.
const LEAST_REPEATED: f64 = 0.3;
/// Two sources tell of the same calls if so many do, so closely.
const LEAST_SHARED: u64 = 50;
const LEAST_RATIO: f64 = 0.5;
const LEAST_AGREEING: f64 = 0.75;
const MOST_APART_SECS: f64 = 1.0;

/// See the page.
#[derive(Debug)]
pub(super) struct DuplicatedInput;

const PAGE: Page = Page {
    title: "Input that is there twice",
    sees: "at least three lines in ten with a twin (the same caller, agent, path, status and size at the \
           same moment), or two sources that tell of the same calls within a second",
    means: "every count is too high by the same factor, so fixed floors are reached too early: an \
            ordinary client may be accused, and rates are wrong",
    wrong: "a program that makes the same call many times within one second, in a log that tells whole \
            seconds, looks the same",
};

impl Check for DuplicatedInput {
    fn name(&self) -> &'static str {
        "duplicated_input"
    }

    fn page(&self) -> &'static Page {
        &PAGE
    }

    fn look(&self, facts: &Facts) -> Option<Caveat> {
        self.twins(&facts.repeats).or_else(|| self.told_twice(facts))
    }
}

impl DuplicatedInput {
    fn twins(&self, repeats: &Repeats) -> Option<Caveat> {
        let repeated = repeats.repeated as f64 / repeats.distinct.max(1) as f64;
        if repeats.distinct < LEAST_LINES || repeated < LEAST_REPEATED {
            return None;
        }
        let across = repeats.across as f64 / repeats.repeated as f64;
        let (place, advice) = if across > 0.5 {
            ("in another source", "give each log once; a rotated copy counts as the same log")
        } else {
            (
                "in the same source",
                "find out who writes each line twice: two log directives, or a \
                                    collector that sent a batch again",
            )
        };
        Some(Caveat {
            name: self.name(),
            seen: format!(
                "{} of {} distinct lines are there {:.1} times, mostly {place}",
                percent(repeated),
                count(repeats.distinct),
                repeats.copies
            ),
            figures: vec![
                figure("distinct_lines", repeats.distinct as f64),
                figure("repeated_ratio", repeated),
                figure("copies_mean", repeats.copies),
                figure("across_sources_ratio", across),
            ],
            means: PAGE.means,
            advice: advice.into(),
        })
    }

    fn told_twice(&self, facts: &Facts) -> Option<Caveat> {
        let tells_the_same = |pair: &&PairFacts| {
            pair.shared >= LEAST_SHARED
                && pair.shared_ratio >= LEAST_RATIO
                && pair.agreeing >= LEAST_AGREEING
                && pair.offset_secs.abs() <= MOST_APART_SECS
        };
        let pair = facts.pairs.iter().find(tells_the_same)?;
        let (one, other) = (&facts.sources[pair.one].name, &facts.sources[pair.other].name);
        Some(Caveat {
            name: self.name(),
            seen: format!(
                "{one} and {other} tell of the same calls: {} callers and paths are new to both within \
                 {MOST_APART_SECS:.0} s, {} of what could be",
                count(pair.shared),
                percent(pair.shared_ratio)
            ),
            figures: vec![
                figure("shared_calls", pair.shared as f64),
                figure("shared_ratio", pair.shared_ratio),
                figure("agreeing_ratio", pair.agreeing),
                figure("offset_secs", pair.offset_secs),
            ],
            means: PAGE.means,
            advice: format!(
                "leave out {other}, or {one}: a proxy and what stands behind it log the \
                             same calls"
            ),
        })
    }
}
