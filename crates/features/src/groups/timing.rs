use domain::{MICROS_PER_SEC, Timestamp};

use super::{ACTORS, share};
use crate::{Column, FeatureGroup, Group, Seen, Session};

/// Gaps are told apart by powers of two of a sixteenth of a second.
const GAP_CLASSES: usize = 16;

/// The rhythm of an actor's calls.
#[derive(Clone, Debug, Default)]
pub(crate) struct Timing {
    classes: [u16; GAP_CLASSES],
    gaps: u32,
    fast: u32,
    longest_micros: i64,
    /// Calls since the last pause, and the most there ever were.
    run: u32,
    longest_run: u32,
}

/// A gap below half a second leaves no time to read and decide.
const FAST_MICROS: i64 = MICROS_PER_SEC / 2;
/// A gap above ten seconds is a pause: someone reads, or waits.
const PAUSE_MICROS: i64 = 10 * MICROS_PER_SEC;

impl FeatureGroup for Timing {
    const GROUP: Group = Group {
        name: "timing",
        about: "The rhythm of an actor's calls",
        kinds: ACTORS,
        columns: &[
            Column {
                name: "gap_entropy_bits",
                short: "bits of variety in the rhythm",
                sees: "entropy of the gaps between the session's calls, in classes of powers of two",
                matters: "one steady delay is near 0 bits, people near 3",
                wrong: "few calls have little entropy by nature",
            },
            Column {
                name: "fast_gap_ratio",
                short: "share of gaps below 0.5 s",
                sees: "share of the session's gaps below half a second",
                matters: "nobody reads an answer in less",
                wrong: "one page view of a browser application fires several calls at once",
            },
            Column {
                name: "longest_gap_secs",
                short: "seconds of longest pause",
                sees: "longest gap between two calls of the session, in seconds",
                matters: "people pause, a loop does not",
                wrong: "short sessions have no room for a pause",
            },
            Column {
                name: "longest_run_calls",
                short: "calls without a 10 s pause",
                sees: "most calls of the session in a row without a pause of ten seconds, without the \
                       static files that pages pull in",
                matters: "a person gets tired; hundreds of calls without a breath are a program's",
                wrong: "many people behind one address never pause together",
            },
        ],
    };

    fn begin_session(&mut self, _at: Timestamp) {
        *self = Self::default();
        (self.run, self.longest_run) = (1, 1);
    }

    fn observe(&mut self, seen: &Seen<'_>) {
        let Some(gap) = seen.gap_micros else { return };
        let class = &mut self.classes[class_of(gap)];
        *class = class.saturating_add(1);
        self.gaps += 1;
        self.fast += u32::from(gap < FAST_MICROS);
        self.longest_micros = self.longest_micros.max(gap);
        let call = u32::from(!seen.event.is_pulled_in());
        self.run = if gap >= PAUSE_MICROS { call } else { self.run + call };
        self.longest_run = self.longest_run.max(self.run);
    }

    fn fill(&self, _session: &Session, out: &mut [f32]) {
        out.copy_from_slice(&[
            entropy_bits(&self.classes),
            share(self.fast as f32, self.gaps as f32),
            self.longest_micros as f32 / MICROS_PER_SEC as f32,
            self.longest_run as f32,
        ]);
    }
}

fn class_of(gap_micros: i64) -> usize {
    let sixteenths = gap_micros.max(0) as u64 * 16 / MICROS_PER_SEC as u64;
    (u64::BITS - sixteenths.leading_zeros()).min(GAP_CLASSES as u32 - 1) as usize
}

fn entropy_bits(classes: &[u16]) -> f32 {
    let total: f32 = classes.iter().map(|count| f32::from(*count)).sum();
    let part = |count: &u16| match *count {
        0 => 0.0,
        count => {
            let share = f32::from(count) / total;
            -share * share.log2()
        }
    };
    classes.iter().map(part).sum()
}
