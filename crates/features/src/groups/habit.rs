use domain::{EntityKind, Timestamp};

use crate::{Column, Distinct, FeatureGroup, Group, Seen, Session, mix};

/// How a credential is used, against its own past.
#[derive(Clone, Debug, Default)]
pub(crate) struct Habit(Option<Box<Past>>);

/// What it did until now; boxed, since most entities are of kinds that have none.
#[derive(Clone, Debug, Default)]
struct Past {
    /// The clock hour of the latest call, counted from 1970, and its calls.
    hour: i64,
    calls: u32,
    /// Earlier hours with a call, and their calls.
    hours: u32,
    past_calls: u64,
    endpoints: Distinct,
    /// Endpoints first called in the latest hour, the first of them, and the calls of these.
    new_endpoints: u32,
    newest: [u32; NEWEST],
    new_calls: u32,
    /// One bit a clock hour of the day, for what was used on an earlier day; and for today.
    known_hours: u32,
    hours_today: u32,
    day: i64,
    days: u32,
}

/// So many earlier hours, or days, make a habit.
const LEAST_HOURS: u32 = 3;
const LEAST_DAYS: u32 = 3;
/// So many earlier hours make a habit that a few new endpoints break.
const STEADY_HOURS: u32 = 6;
/// New endpoints whose calls are counted; with more, their number alone tells.
const NEWEST: usize = 8;

impl FeatureGroup for Habit {
    const GROUP: Group = Group {
        name: "habit",
        about: "How an account or a credential is used, against its own past",
        kinds: &[EntityKind::Account, EntityKind::Credential],
        columns: &[
            Column {
                name: "own_rate_ratio",
                short: "times its own rate",
                sees: "calls in this clock hour, divided by the mean of its own earlier hours that had a \
                       call; 0 until there were three",
                matters: "a stolen key is milked; its owner had a pace",
                wrong: "a nightly job or a new release changes the pace for good",
            },
            Column {
                name: "new_endpoints_1h",
                short: "endpoints never called before",
                sees: "endpoints called in this clock hour and never before; 0 until there were three \
                       earlier hours with a call",
                matters: "a program calls what it was written for; who found its key looks around",
                wrong: "a new release, or a person who discovers a part of the application",
            },
            Column {
                name: "strange_hour",
                short: "whether the hour is strange",
                sees: "1 where the clock hour of the day (UTC) was used on none of its earlier days, of \
                       which there were three or more; else 0",
                matters: "habits of people and timers have hours; thieves live elsewhere",
                wrong: "a journey, a night shift, a release in the evening",
            },
            Column {
                name: "new_endpoint_ratio_1h",
                short: "share of calls there",
                sees: "share of the calls of this clock hour to endpoints that were first called in it (the \
                       first eight of them); 0 until there were six earlier hours with a call",
                matters: "who found a key does not do its owner's work",
                wrong: "a job that runs for the first time",
            },
        ],
    };

    fn observe(&mut self, seen: &Seen<'_>) {
        let past = self.0.get_or_insert_default();
        past.advance(seen.event.time);
        past.calls = past.calls.saturating_add(1);
        let endpoint = seen.event.endpoint.0;
        if past.endpoints.insert(mix(endpoint.into())) {
            if let Some(place) = past.newest.get_mut(past.new_endpoints as usize) {
                *place = endpoint;
            }
            past.new_endpoints += 1;
        }
        let newest = &past.newest[..NEWEST.min(past.new_endpoints as usize)];
        past.new_calls += u32::from(newest.contains(&endpoint));
    }

    fn fill(&self, session: &Session, out: &mut [f32]) {
        let Some(past) = &self.0 else {
            out.fill(0.0);
            return;
        };
        let is_known = past.hours >= LEAST_HOURS;
        let mean = past.past_calls as f32 / past.hours.max(1) as f32;
        let bit = 1 << session.last.as_secs().div_euclid(3_600).rem_euclid(24);
        let is_strange = past.days >= LEAST_DAYS && past.known_hours & bit == 0;
        out.copy_from_slice(&[
            if is_known { past.calls as f32 / mean.max(1.0) } else { 0.0 },
            if is_known { past.new_endpoints as f32 } else { 0.0 },
            f32::from(u8::from(is_strange)),
            if past.hours >= STEADY_HOURS {
                past.new_calls as f32 / past.calls as f32
            } else {
                0.0
            },
        ]);
    }

    fn heap_bytes(&self) -> usize {
        self.0.as_ref().map_or(0, |past| size_of::<Past>() + past.endpoints.heap_bytes())
    }
}

impl Past {
    /// Closes the hour and the day that are over.
    fn advance(&mut self, at: Timestamp) {
        let hour = at.as_secs().div_euclid(3_600);
        if hour > self.hour {
            if self.calls > 0 {
                self.hours = self.hours.saturating_add(1);
                self.past_calls += u64::from(self.calls);
            }
            (self.hour, self.calls) = (hour, 0);
            (self.new_endpoints, self.new_calls) = (0, 0);
        }
        let day = hour.div_euclid(24);
        if day > self.day {
            if self.hours_today != 0 {
                self.days = self.days.saturating_add(1);
                self.known_hours |= self.hours_today;
            }
            (self.day, self.hours_today) = (day, 0);
        }
        self.hours_today |= 1 << hour.rem_euclid(24);
    }
}
