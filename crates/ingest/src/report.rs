//! What was read, source by source.

use std::fmt;

use domain::{MICROS_PER_SEC, Reject, Timestamp};

use crate::detect::Detection;
use crate::reader::pattern_of;
use crate::sources::Compression;
use crate::time::{Clock, write_offset};

/// How many rejects of each source are kept for showing.
pub const SAMPLED_REJECTS: usize = 5;

/// What a run read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ReadReport {
    /// Each source, in the order of their numbers.
    pub sources: Vec<SourceReport>,
}

/// What was read of one source.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SourceReport {
    /// The name that outputs use.
    pub name: String,
    /// How it is compressed.
    pub compression: Compression,
    /// The name of the format; `template` for a format string; empty where there was no line.
    pub format: String,
    /// The verdict, where the format was detected.
    pub detection: Option<Detection>,
    /// Lines that are neither blank nor the header of a format that has one.
    pub lines: u64,
    /// Lines that became requests.
    pub parsed: u64,
    /// Lines that could not be read.
    pub rejects: u64,
    /// Lines that tell of something that is no call, such as events of other types.
    pub skipped: u64,
    /// Events that were too far out of order and were left out.
    pub late: u64,
    /// The lateness that would have taken them in, in microseconds; 0 where there are none.
    pub lag_micros: i64,
    /// Bytes read, decompressed.
    pub bytes: u64,
    /// The earliest time of a request.
    pub first_time: Option<Timestamp>,
    /// The latest time of a request.
    pub last_time: Option<Timestamp>,
    /// The first rejects, each with its line as it may be shown.
    pub sampled_rejects: Vec<(Reject, String)>,
    /// The year that was taken where times carry none.
    pub assumed_year: Option<AssumedYear>,
    /// Why its time zone may be another.
    pub zone_doubt: Option<ZoneDoubt>,
    /// Why reading ended before the source did (a truncated or damaged file); what came before it
    /// was delivered.
    pub damage: Option<String>,
    /// Why raw lines cannot be shown later (standard input, and no room to keep them); nothing else
    /// suffers from it.
    pub samples_missing: Option<String>,
}

/// What was taken for the year of times that carry none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AssumedYear {
    /// The first and the last year.
    pub years: (i16, i16),
    /// Whether they follow from the date of the file; else from that of today.
    pub is_of_file: bool,
}

impl AssumedYear {
    pub(crate) fn of(clock: &Clock, is_of_file: bool) -> Option<Self> {
        clock.assumed_years().map(|years| Self { years, is_of_file })
    }
}

/// For people: `year taken from the file's date: 2015`.
impl fmt::Display for AssumedYear {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { years: (first, last), is_of_file } = self;
        match is_of_file {
            true => f.write_str("year taken from the file's date: ")?,
            false => f.write_str("no file to take the year from, so that of today is assumed: ")?,
        }
        if first == last { write!(f, "{last}") } else { write!(f, "{first} to {last}") }
    }
}

/// Why the time zone of a source may be another than the one it was read in: its last time is about
/// a whole number of quarter hours away from the moment at which the file was last written. A hint: it
/// changes nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ZoneDoubt {
    /// The zone in which times were read, as typed.
    pub zone: String,
    /// The last time in the source, so read.
    pub last_time: Timestamp,
    /// When the file was last written.
    pub written: Timestamp,
    /// Seconds east of UTC that would bring the two together.
    pub offset_secs: i64,
    /// The source's name, as a glob that fits it alone.
    pub pattern: String,
}

impl ZoneDoubt {
    /// The zones of the world are that far from each other, and a source may be read in any of them.
    const MOST_SECS: i64 = 26 * 3_600;
    /// What zones differ by.
    const STEP_SECS: i64 = 900;
    /// A server writes a line so soon after its time. By chance one file in two hundred is as close.
    const DELAY_SECS: i64 = 4;
    /// What comes after the file was written needs no such closeness: it cannot be.
    const DELAY_OF_FUTURE_SECS: i64 = 120;

    pub(crate) fn of(
        clock: &Clock,
        written: Option<Timestamp>,
        last_time: Option<Timestamp>,
        name: &str,
    ) -> Option<Self> {
        let (written, last_time) = (written?, last_time?);
        let ahead_secs = last_time.as_secs().checked_sub(written.as_secs())?;
        // A line's time comes before the file's, if at all by a little: the next step is meant.
        let steps = (ahead_secs + Self::STEP_SECS - 1).div_euclid(Self::STEP_SECS);
        let delay_secs = steps * Self::STEP_SECS - ahead_secs;
        let most = if steps > 0 { Self::DELAY_OF_FUTURE_SECS } else { Self::DELAY_SECS };
        let is_told = clock.assumed_zone()
            && steps != 0
            && delay_secs <= most
            && ahead_secs.abs() <= Self::MOST_SECS;
        let offset_secs = clock.zone.offset_secs(written) + steps * Self::STEP_SECS;
        let is_zone = (-12 * 3_600..=14 * 3_600).contains(&offset_secs);
        (is_told && is_zone).then(|| Self {
            zone: clock.zone.to_string(),
            last_time,
            written,
            offset_secs,
            pattern: pattern_of(name),
        })
    }
}

/// For people: what was seen, and what to type.
impl fmt::Display for ZoneDoubt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { zone, last_time, written, offset_secs, pattern } = self;
        write!(
            f,
            "times carry no offset and were read as {zone}: the last is {last_time}, but the file was \
             written at {written}. If its clock is not {zone}, say --tz '{pattern}="
        )?;
        write_offset(*offset_secs, f)?;
        f.write_str("' or the zone's name")
    }
}

impl ReadReport {
    /// Lines of all sources that are neither blank nor a header.
    pub fn lines(&self) -> u64 {
        self.sources.iter().map(|source| source.lines).sum()
    }

    /// Requests of all sources.
    pub fn parsed(&self) -> u64 {
        self.sources.iter().map(|source| source.parsed).sum()
    }

    /// Rejects of all sources.
    pub fn rejects(&self) -> u64 {
        self.sources.iter().map(|source| source.rejects).sum()
    }

    /// Lines of all sources that tell of something that is no call.
    pub fn skipped(&self) -> u64 {
        self.sources.iter().map(|source| source.skipped).sum()
    }

    /// Late events of all sources.
    pub fn late(&self) -> u64 {
        self.sources.iter().map(|source| source.late).sum()
    }

    /// The lateness in seconds that would have taken all of them in.
    pub fn lateness_secs(&self) -> i64 {
        let lag_micros = self.sources.iter().map(|source| source.lag_micros).max().unwrap_or(0);
        lag_micros / MICROS_PER_SEC + 1
    }

    /// Decompressed bytes of all sources.
    pub fn bytes(&self) -> u64 {
        self.sources.iter().map(|source| source.bytes).sum()
    }

    /// The earliest time in any source.
    pub fn first_time(&self) -> Option<Timestamp> {
        self.sources.iter().filter_map(|source| source.first_time).min()
    }

    /// The latest time in any source.
    pub fn last_time(&self) -> Option<Timestamp> {
        self.sources.iter().filter_map(|source| source.last_time).max()
    }

    /// What had to be assumed of times, and what is doubtful about them: name and sentence.
    pub fn time_notes(&self) -> impl Iterator<Item = (&str, String)> {
        self.sources.iter().flat_map(|source| {
            let year = source.assumed_year.map(|year| year.to_string());
            let doubt = source.zone_doubt.as_ref().map(ToString::to_string);
            year.into_iter().chain(doubt).map(|note| (source.name.as_str(), note))
        })
    }

    /// The sources that could not be read to their end: name and reason.
    pub fn damaged(&self) -> impl Iterator<Item = (&str, &str)> {
        self.sources.iter().filter_map(|it| Some((it.name.as_str(), it.damage.as_deref()?)))
    }
}
