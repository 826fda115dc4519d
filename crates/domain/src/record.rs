use std::fmt;

/// How many sources (files, streams) one run can tell apart.
pub const MAX_SOURCES: usize = u16::MAX as usize;

/// Which file or stream a record came from: an index into the run's list of sources.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SourceId(pub u16);

/// Where a record begins: its source and the offset in bytes of its first byte, counted in the
/// decompressed stream.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// The file or stream.
    pub source: SourceId,
    /// Bytes from the start of the (decompressed) stream.
    pub offset: u64,
}

/// One line of a log as it stands, without its line end.
#[derive(Clone, Copy, Debug)]
pub struct RawRecord<'a> {
    /// Where it begins.
    pub position: Position,
    /// Its bytes. They may be anything: no encoding is assumed.
    pub bytes: &'a [u8],
}

/// A line that could not be read. It is counted, sampled and shown; it never ends a run by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reject {
    /// Where the line begins.
    pub position: Position,
    /// The column, counted in bytes from 1, at which reading gave up.
    pub column: u32,
    /// Why.
    pub reason: RejectReason,
}

/// Why a line was rejected.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RejectReason {
    /// The line holds more bytes than the limit; the rest of it was skipped.
    TooLong {
        /// The limit in bytes.
        limit_bytes: usize,
    },
    /// The line ends before the named field.
    Missing(&'static str),
    /// The named field is there but cannot be read.
    Invalid(&'static str),
    /// A literal of the format is not where it should be.
    Expected(String),
    /// The line holds something after the last field.
    Trailing,
    /// The line tells of something that is no call: the named thing. Nothing is wrong with it.
    NoRequest(&'static str),
    /// The line is not text of the kind the format needs (not JSON, say).
    NotThisFormat(&'static str),
}

impl fmt::Display for RejectReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong { limit_bytes } => write!(f, "line longer than {limit_bytes} bytes"),
            Self::Missing(field) => write!(f, "missing {field}"),
            Self::Invalid(field) => write!(f, "invalid {field}"),
            Self::Expected(literal) => write!(f, "expected {literal:?}"),
            Self::Trailing => f.write_str("unexpected text after the last field"),
            Self::NoRequest(other) => write!(f, "no request but {other}"),
            Self::NotThisFormat(kind) => write!(f, "not {kind}"),
        }
    }
}
