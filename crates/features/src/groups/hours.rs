use domain::Timestamp;

use super::ACTORS;
use crate::{Column, FeatureGroup, Group, Seen, Session};

/// When an actor calls.
#[derive(Clone, Debug, Default)]
pub(crate) struct Hours {
    surprise_bits: f32,
    calls: u32,
    /// One bit an hour, the newest lowest: the hours of the last 32 that had a call.
    active: u32,
    newest_hour: i64,
}

impl FeatureGroup for Hours {
    const GROUP: Group = Group {
        name: "hours",
        about: "When an actor calls",
        kinds: ACTORS,
        columns: &[
            Column {
                name: "api_access_time",
                short: "hour of the week",
                sees: "hour of the week of the latest call, in UTC: 0 is Monday 00:00 to 01:00",
                matters: "it places the session for people and models",
                wrong: "it goes round: 167 and 0 are neighbours",
            },
            Column {
                name: "api_access_time_surprise",
                short: "bits of surprise in the hour",
                sees: "mean surprise in bits of the session's hours against the site's own week",
                matters: "calls at night on a site that sleeps stand out",
                wrong: "a log shorter than a week knows few hours",
            },
            Column {
                name: "active_hours_24h",
                short: "hours awake of 24",
                sees: "clock hours with at least one call, among the last 24",
                matters: "nobody is awake for 20 of 24 hours",
                wrong: "a busy office address is awake all day",
            },
        ],
    };

    fn begin_session(&mut self, _at: Timestamp) {
        (self.surprise_bits, self.calls) = (0.0, 0);
    }

    fn observe(&mut self, seen: &Seen<'_>) {
        let time = seen.event.time;
        self.surprise_bits += seen.profiles.hour_surprise(time);
        self.calls += 1;
        let hour = time.as_secs().div_euclid(3_600);
        let passed = u32::try_from(hour - self.newest_hour).unwrap_or(0);
        self.active = self.active.checked_shl(passed).unwrap_or(0) | 1;
        self.newest_hour = self.newest_hour.max(hour);
    }

    fn fill(&self, session: &Session, out: &mut [f32]) {
        out.copy_from_slice(&[
            session.last.hour_of_week() as f32,
            super::share(self.surprise_bits, self.calls as f32),
            (self.active & 0x00ff_ffff).count_ones() as f32,
        ]);
    }
}
