//! What was read, source by source.

use std::collections::BTreeMap;
use std::fmt;

use domain::{MICROS_PER_SEC, Reject, Timestamp};

use crate::detect::Detection;
use crate::sources::decode::Compression;
use crate::time::{Clock, write_offset};

/// How many rejects of each source are kept for showing.
pub const SAMPLED_REJECTS: usize = 5;

/// What a run read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ReadReport {
    /// Each source, in the order of their numbers.
    pub sources: Vec<SourceReport>,
    /// Globs of sources that have a format or zone of their own and fit none: the setting and the glob.
    pub unused_globs: Vec<(&'static str, String)>,
}

/// A glob that fits this name of a source alone.
pub fn pattern_of(name: &str) -> String {
    glob::Pattern::escape(name)
}

/// What was read of one source.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SourceReport {
    /// The name that outputs use.
    pub name: String,
    /// How many times it was named: it is read once.
    pub times_named: u32,
    /// How it is compressed.
    pub compression: Compression,
    /// The name of the format; `template` for a format string; empty where there was no line.
    pub format: String,
    /// Formats in which a source goes on that its first lines are not in: after how many lines, and the
    /// name.
    pub later_formats: Vec<(u64, &'static str)>,
    /// What its last lines look like that could not be read.
    pub rest_looks_like: Option<String>,
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
    /// The same, where it proves nothing unless other sources say so too.
    pub zone_hint: Option<ZoneDoubt>,
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

    /// Hours that a source may be behind others have to agree about, at least and at most.
    const BEHIND_SECS: std::ops::RangeInclusive<i64> = 3_600..=14 * 3_600;
    /// In steps of half an hour, of which a file is behind by chance as closely one time in 15.
    const STEP_BEHIND_SECS: i64 = 1_800;
    const DELAY_BEHIND_SECS: i64 = 120;
    /// Files that were written so near to one another may have been copied together, hours later.
    const APART_SECS: i64 = 900;

    /// Why the zone of a source may be another, if other sources agree: its last time lies a whole or half
    /// number of hours behind the moment at which the file was last written.
    pub(crate) fn hint(
        clock: &Clock,
        written: Option<Timestamp>,
        last_time: Option<Timestamp>,
        name: &str,
    ) -> Option<Self> {
        let (written, last_time) = (written?, last_time?);
        let behind_secs = written.as_secs().checked_sub(last_time.as_secs())?;
        let steps = behind_secs.div_euclid(Self::STEP_BEHIND_SECS);
        let lag_secs = steps * Self::STEP_BEHIND_SECS;
        let is_told = clock.assumed_zone()
            && Self::BEHIND_SECS.contains(&lag_secs)
            && behind_secs - lag_secs <= Self::DELAY_BEHIND_SECS;
        let offset_secs = clock.zone.offset_secs(written) - lag_secs;
        if is_told { Self::told(clock, written, last_time, offset_secs, name) } else { None }
    }

    /// The doubt, if there is a zone so far east of UTC.
    fn told(
        clock: &Clock,
        written: Timestamp,
        last_time: Timestamp,
        offset_secs: i64,
        name: &str,
    ) -> Option<Self> {
        (-12 * 3_600..=14 * 3_600).contains(&offset_secs).then(|| Self {
            zone: clock.zone.to_string(),
            last_time,
            written,
            offset_secs,
            pattern: pattern_of(name),
        })
    }

    /// Turns hints to doubts where sources that were written at different times say the same.
    pub(crate) fn confirm(sources: &mut [SourceReport]) {
        let hints = sources.iter().filter_map(|source| source.zone_hint.as_ref());
        let mut written: BTreeMap<(String, i64), (Timestamp, Timestamp)> = BTreeMap::new();
        for hint in hints {
            let key = (hint.zone.clone(), hint.offset_secs);
            let (first, last) = written.entry(key).or_insert((hint.written, hint.written));
            (*first, *last) = ((*first).min(hint.written), (*last).max(hint.written));
        }
        for source in sources.iter_mut().filter(|source| source.zone_doubt.is_none()) {
            let agreed = source.zone_hint.as_ref().is_some_and(|hint| {
                let (first, last) = written[&(hint.zone.clone(), hint.offset_secs)];
                last.as_secs() - first.as_secs() >= Self::APART_SECS
            });
            if agreed {
                source.zone_doubt = source.zone_hint.take();
            }
        }
    }

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
        if is_told { Self::told(clock, written, last_time, offset_secs, name) } else { None }
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

    /// What is wrong with the globs of sources that were typed, as sentences.
    pub fn glob_notes(&self) -> impl Iterator<Item = String> {
        let told = |(key, glob): &(&str, String)| format!("{key}: {glob:?} fits no log");
        self.unused_globs.iter().map(told)
    }

    /// The sources that could not be read to their end: name and reason.
    pub fn damaged(&self) -> impl Iterator<Item = (&str, &str)> {
        self.sources.iter().filter_map(|it| Some((it.name.as_str(), it.damage.as_deref()?)))
    }
}
