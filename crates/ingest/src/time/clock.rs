//! What the lines of a source leave out of their times: the zone, and sometimes the year.

use std::cell::Cell;
use std::fmt;

use domain::{MICROS_PER_SEC, Timestamp};
use jiff::civil;
use jiff::tz::{AmbiguousOffset, AmbiguousTimestamp, TimeZone};

use super::Civil;

/// How far after the last write of a source a time may lie and still be of that year: clocks of other
/// zones are ahead by up to 14 hours.
const AHEAD_SECS: i64 = 86_400;

/// Years in which a 29th of February is looked for.
const LEAP_YEARS: u32 = 8;

/// The time zone of times that carry none.
#[derive(Clone, Debug, Default)]
pub enum Zone {
    /// Coordinated Universal Time.
    #[default]
    Utc,
    /// A named or fixed zone. A time that its clocks showed twice is the one of the two that lies
    /// nearer to the time read before it, and the earlier one where that does not tell; one that they
    /// skipped counts by the offset before the jump (as RFC 5545 asks).
    Named(TimeZone),
}

impl Zone {
    /// Reads `UTC`, a name of the IANA table (`Europe/Berlin`) or a fixed offset (`+02:00`).
    pub fn from_name(name: &str) -> Option<Self> {
        if name.eq_ignore_ascii_case("utc") || name == "Z" {
            return Some(Self::Utc);
        }
        if let Some((offset_secs, b"")) = super::offset(name.as_bytes()) {
            let offset = jiff::tz::Offset::from_seconds(i32::try_from(offset_secs).ok()?).ok()?;
            return Some(Self::Named(TimeZone::fixed(offset)));
        }
        TimeZone::get(name).ok().map(Self::Named)
    }

    /// Seconds that its clocks are ahead of UTC at a moment.
    pub(crate) fn offset_secs(&self, at: Timestamp) -> i64 {
        let Self::Named(zone) = self else { return 0 };
        let moment = jiff::Timestamp::from_second(at.as_secs());
        moment.map_or(0, |moment| zone.to_offset(moment).seconds().into())
    }

    /// The moment at which the clocks of this zone show a civil time; `before` is the time that was
    /// read before it.
    fn at(&self, civil: Civil, micros: i64, before: Option<Timestamp>) -> Option<Timestamp> {
        match self {
            Self::Utc => Some(civil.utc().plus_micros(micros)),
            Self::Named(zone) => {
                let date = civil::Date::new(civil.year, civil.month as i8, civil.day as i8).ok()?;
                let (hour, min) = (civil.hour as i8, civil.min as i8);
                let time = date.at(hour, min, civil.sec.min(59) as i8, 0);
                let moments = zone.to_ambiguous_timestamp(time);
                let moment = match (moments.offset(), before) {
                    (AmbiguousOffset::Fold { .. }, Some(before)) => nearer(moments, before)?,
                    _ => moments.compatible().ok()?,
                };
                Some(Timestamp::from_micros(moment.as_microsecond()).plus_micros(micros))
            }
        }
    }
}

/// Which of the two moments of a time that clocks showed twice lies nearer to the one before it. Lines
/// that are late by less than half of the repeated hour do not confuse it.
fn nearer(moments: AmbiguousTimestamp, before: Timestamp) -> Option<jiff::Timestamp> {
    let (earlier, later) = (moments.earlier().ok()?, moments.later().ok()?);
    let away = |moment: jiff::Timestamp| (moment.as_second() - before.as_secs()).abs();
    Some(if away(later) < away(earlier) { later } else { earlier })
}

/// As it is typed.
impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Utc => f.write_str("UTC"),
            Self::Named(zone) => match zone.iana_name() {
                Some(name) => f.write_str(name),
                None => write_offset(self.offset_secs(Timestamp::from_secs(0)), f),
            },
        }
    }
}

/// `+02:00`.
pub(crate) fn write_offset(secs: i64, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let (sign, mins) = (if secs < 0 { '-' } else { '+' }, secs.abs() / 60);
    write!(f, "{sign}{:02}:{:02}", mins / 60, mins % 60)
}

/// The clock by which a source was written, and what of it had to be assumed.
#[derive(Clone, Debug, Default)]
pub struct Clock {
    /// The time zone of times that carry none.
    pub zone: Zone,
    /// When the source was last written, be it about: a time without a year is of the latest year in
    /// which it does not come after this. Without it such times cannot be read.
    pub written: Option<Timestamp>,
    /// Whether a time carried no offset.
    assumed_zone: Cell<bool>,
    /// The first and the last year that were taken for missing ones.
    assumed_years: Cell<Option<(i16, i16)>>,
    /// The last time that carried no offset, where the zone is a named one.
    last: Cell<Option<Timestamp>>,
}

impl Clock {
    /// A clock of this zone.
    pub fn new(zone: Zone, written: Option<Timestamp>) -> Self {
        Self { zone, written, ..Self::default() }
    }

    /// Whether a time that was read carried no offset.
    pub fn assumed_zone(&self) -> bool {
        self.assumed_zone.get()
    }

    /// The first and the last year that were taken for missing ones.
    pub fn assumed_years(&self) -> Option<(i16, i16)> {
        self.assumed_years.get()
    }

    /// The moment at which the clock shows a civil time.
    pub(super) fn at(&self, civil: Civil, micros: i64) -> Option<Timestamp> {
        self.assumed_zone.set(true);
        let time = self.zone.at(civil, micros, self.last.get())?;
        self.last.set(Some(time));
        Some(time)
    }

    /// The year of a month, day and time of day that came without.
    pub(crate) fn year_of(
        &self,
        (month, day): (u32, u32),
        (hour, min, sec): (u32, u32, u32),
    ) -> Option<u32> {
        let latest = self.written?.plus_micros(AHEAD_SECS * MICROS_PER_SEC);
        let last = u32::from(u16::try_from(jiff_year(latest)?).ok()?);
        let fits = |year: &u32| {
            let civil = Civil::checked(*year, month, day, hour, min, sec);
            civil.is_some_and(|civil| civil.utc() <= latest)
        };
        let year = (last.saturating_sub(LEAP_YEARS)..=last).rev().find(fits)?;
        let known = i16::try_from(year).ok()?;
        let (from, to) = self.assumed_years.get().unwrap_or((known, known));
        self.assumed_years.set(Some((from.min(known), to.max(known))));
        Some(year)
    }
}

fn jiff_year(at: Timestamp) -> Option<i16> {
    let moment = jiff::Timestamp::from_second(at.as_secs()).ok()?;
    Some(TimeZone::UTC.to_datetime(moment).year())
}
