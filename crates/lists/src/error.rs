use std::fmt;
use std::path::PathBuf;

/// Why lists cannot be used.
#[derive(Debug)]
pub struct ListsError {
    /// The file or folder.
    pub file: PathBuf,
    /// The line, counted from 1, where one is to blame.
    pub line: Option<usize>,
    /// What is wrong.
    pub kind: ListsErrorKind,
}

/// What is wrong with a list.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ListsErrorKind {
    /// It cannot be read.
    #[error("{0}")]
    Io(#[from] std::io::Error),
    /// Its name does not tell what it holds.
    #[error(
        "unknown list: must be datacenter*.txt, vpn*.txt, tor*.txt, crawler-NAME.txt, *.csv or *.mmdb"
    )]
    UnknownName,
    /// A range is none.
    #[error("invalid range {0:?}: must be an address or a network such as 192.0.2.0/24")]
    Range(String),
    /// A kind is none.
    #[error("invalid kind {0:?}: must be datacenter, vpn, tor or crawler")]
    Kind(String),
    /// A crawler has no name to be known by.
    #[error("invalid crawler {0:?}: must be named by at least 3 letters that its agent holds")]
    Crawler(String),
    /// A crawler goes by a word that browsers say as well.
    #[error("invalid crawler {0:?}: must be named by a word that no browser's agent holds")]
    Browser(String),
    /// A table has a row of another width.
    #[error("invalid row of {0} fields: must be range,kind or range,kind,name")]
    Row(usize),
    /// A database that cannot be opened.
    #[error("invalid database: {0}")]
    Database(String),
    /// A database about something else.
    #[error("unknown database {0:?}: must be of autonomous systems (ASN), countries or cities")]
    UnknownDatabase(String),
    /// Something is too large.
    #[error("{what}: must be at most {most}")]
    TooMany {
        /// What there is too much of.
        what: &'static str,
        /// The bound.
        most: u64,
    },
}

impl ListsErrorKind {
    pub(crate) fn of(self, file: impl Into<PathBuf>) -> ListsError {
        ListsError { file: file.into(), line: None, kind: self }
    }

    pub(crate) fn at(self, file: impl Into<PathBuf>, line: usize) -> ListsError {
        ListsError { file: file.into(), line: Some(line), kind: self }
    }
}

/// `lists/tor.txt:3: invalid range "x": must be ...`.
impl fmt::Display for ListsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file.display())?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        write!(f, ": {}", self.kind)
    }
}

impl std::error::Error for ListsError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.kind)
    }
}
