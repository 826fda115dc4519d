//! What was read, source by source.

use domain::{Reject, Timestamp};

use crate::detect::Detection;
use crate::sources::Compression;

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
    /// Bytes read, decompressed.
    pub bytes: u64,
    /// The earliest time of a request.
    pub first_time: Option<Timestamp>,
    /// The latest time of a request.
    pub last_time: Option<Timestamp>,
    /// The first rejects, each with its line as it may be shown.
    pub sampled_rejects: Vec<(Reject, String)>,
    /// Why reading ended before the source did (a truncated or damaged file); what came before it
    /// was delivered.
    pub damage: Option<String>,
    /// Why raw lines cannot be shown later (standard input, and no room to keep them); nothing else
    /// suffers from it.
    pub samples_missing: Option<String>,
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

    /// The sources that could not be read to their end: name and reason.
    pub fn damaged(&self) -> impl Iterator<Item = (&str, &str)> {
        self.sources.iter().filter_map(|it| Some((it.name.as_str(), it.damage.as_deref()?)))
    }
}
