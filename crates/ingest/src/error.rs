//! Why reading ended.

use std::fmt;
use std::io;

use crate::detect::Detection;
use crate::report::ReadReport;

/// Reading could not be done, or what was read is not to be used.
#[derive(Debug)]
pub struct ReadError {
    /// What happened.
    pub kind: ReadErrorKind,
    /// What was read before it, where anything was.
    pub report: Option<Box<ReadReport>>,
}

/// What went wrong.
#[derive(Debug)]
#[non_exhaustive]
pub enum ReadErrorKind {
    /// No input was named.
    NoInput,
    /// A file is not there, or a glob matches none.
    Missing {
        /// As it was given.
        input: String,
    },
    /// A folder stands where a file should.
    Directory {
        /// Its path.
        name: String,
    },
    /// More sources than one run can tell apart.
    TooManySources {
        /// How many.
        count: usize,
    },
    /// The system refused to open or read a source, or nothing in it can be read.
    Io {
        /// The source.
        name: String,
        /// What the system says.
        error: io::Error,
    },
    /// No format reads at least half of a source's first lines.
    Unrecognised {
        /// The source.
        name: String,
        /// What was tried.
        detection: Box<Detection>,
    },
    /// The first lines of a source are all longer than lines may be.
    TooLong {
        /// The source.
        name: String,
        /// How long the first one is.
        bytes: u64,
        /// How long a line may be, in bytes.
        limit_bytes: usize,
    },
    /// A format of this name is not known.
    UnknownFormat {
        /// The name.
        name: String,
    },
    /// More lines than allowed could not be read.
    TooManyRejects {
        /// Lines that could not be read.
        rejects: u64,
        /// Lines in all.
        lines: u64,
        /// The share that is allowed, 0 to 1.
        max_reject_ratio: f64,
    },
}

impl ReadErrorKind {
    /// Whether the data is at fault (exit code 65), rather than its absence or the system.
    pub fn is_unusable_data(&self) -> bool {
        match self {
            Self::Unrecognised { .. } | Self::TooLong { .. } | Self::TooManyRejects { .. } => true,
            Self::Io { error, .. } => error.kind() == io::ErrorKind::InvalidData,
            _ => false,
        }
    }

    /// Whether an input is missing (exit code 66).
    pub const fn is_missing_input(&self) -> bool {
        matches!(self, Self::Missing { .. } | Self::Directory { .. } | Self::NoInput)
    }
}

impl From<ReadErrorKind> for ReadError {
    fn from(kind: ReadErrorKind) -> Self {
        Self { kind, report: None }
    }
}

impl fmt::Display for ReadErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoInput => f.write_str("no input: name a log file, or - for standard input"),
            Self::Missing { input } => write!(f, "{input}: no such file"),
            Self::Directory { name } => {
                write!(f, "{name}: is a directory; name its files, as in {name}/*.log")
            }
            Self::TooManySources { count } => {
                write!(f, "{count} sources: at most {} can be read at once", domain::MAX_SOURCES)
            }
            Self::Io { name, error } => write!(f, "{name}: {error}"),
            Self::Unrecognised { name, detection } => {
                write!(f, "{name}: unrecognised format: {detection}")
            }
            Self::TooLong { name, bytes, limit_bytes } => write!(
                f,
                "{name}: the first line has {bytes} bytes, and no line here is shorter than what is \
                 read: {limit_bytes} (read.max_line_bytes)"
            ),
            Self::UnknownFormat { name } => {
                write!(f, "unknown format {name:?}: must be one of")?;
                for format in crate::formats::FORMATS {
                    write!(f, " {}", format.name())?;
                }
                f.write_str(", or a log_format/LogFormat string")
            }
            Self::TooManyRejects { rejects, lines, max_reject_ratio } => {
                let percent = max_reject_ratio * 100.0;
                write!(
                    f,
                    "{rejects} of {lines} lines could not be read: at most {percent} % may be"
                )
            }
        }
    }
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.kind.fmt(f)
    }
}

impl std::error::Error for ReadError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.kind {
            ReadErrorKind::Io { error, .. } => Some(error),
            _ => None,
        }
    }
}
