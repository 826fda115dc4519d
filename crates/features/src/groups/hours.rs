use domain::Timestamp;

use super::ACTORS;
use crate::clock::Period;
use crate::week::{OwnWeek, SiteWeek};
use crate::{Column, FeatureGroup, Group, Seen, Session};

const HOUR_SECS: u32 = 3_600;

/// When an actor calls.
#[derive(Clone, Debug, Default)]
pub(crate) struct Hours {
    /// The surprise of the session's calls, summed up.
    session: Surprise,
    /// That of each call in the clock hour of the latest one.
    hour: Surprise,
    newest_hour: u32,
    /// One bit an hour, the newest lowest: the hours of the last 32 that had a call.
    active: u32,
    /// The hours before the newest; most actors come and go within one.
    own: Option<Box<OwnWeek>>,
}

/// Bits by the site's week, and how many more by the actor's own.
#[derive(Clone, Copy, Debug, Default)]
struct Surprise {
    site: f32,
    own: f32,
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
                name: "api_access_time_own_surprise",
                short: "bits of surprise beside its own hours",
                sees: "mean bits by which the session's hours surprise more (or, below 0, less) against the \
                       actor's own week, shrunk toward the site's, than against the site's alone; 0 \
                       before its second clock hour",
                matters: "who works at night has a right to it; a day worker's key at night has not",
                wrong: "who stays away for a day is forgotten and begins anew",
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
        self.session = Surprise::default();
    }

    fn observe(&mut self, seen: &Seen<'_>) {
        let hour = Period::of(seen.event.time, HOUR_SECS);
        if hour > self.newest_hour {
            self.begin_hour(hour, seen.profiles.week());
        }
        self.session.site += self.hour.site;
        self.session.own += self.hour.own;
    }

    fn fill(&self, session: &Session, out: &mut [f32]) {
        let calls = session.length as f32;
        out.copy_from_slice(&[
            session.last.hour_of_week() as f32,
            super::share(self.session.site, calls),
            super::share(self.session.own, calls),
            (self.active & 0x00ff_ffff).count_ones() as f32,
        ]);
    }

    fn heap_bytes(&self) -> usize {
        self.own.as_ref().map_or(0, |_| size_of::<OwnWeek>())
    }
}

impl Hours {
    /// Closes the hour that is over and looks the new one up. Only a closed hour counts as the actor's own:
    /// no burst of calls makes its hour a usual one while it lasts.
    fn begin_hour(&mut self, hour: u32, site: &SiteWeek) {
        let of_week = |hour| Period::start(hour, HOUR_SECS).hour_of_week() as usize;
        if self.newest_hour > 0 {
            self.own.get_or_insert_default().add(of_week(self.newest_hour));
        }
        self.active = self.active.checked_shl(hour - self.newest_hour).unwrap_or(0) | 1;
        self.newest_hour = hour;
        let own = self.own.as_deref().map_or(0.0, |own| own.surprise_over(site, of_week(hour)));
        self.hour = Surprise { site: site.bits()[of_week(hour)], own };
    }
}
