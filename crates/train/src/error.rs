use std::fmt;

/// Why a table could not be read, a model not be fitted, or a bundle not be opened.
#[derive(Debug)]
pub struct Error {
    kind: ErrorKind,
    /// The file that it is about, where there is one.
    subject: Option<String>,
}

impl Error {
    /// What went wrong.
    pub fn kind(&self) -> &ErrorKind {
        &self.kind
    }

    /// The same error, said of a file.
    pub fn about(mut self, subject: impl Into<String>) -> Self {
        self.subject.get_or_insert_with(|| subject.into());
        self
    }
}

impl From<ErrorKind> for Error {
    fn from(kind: ErrorKind) -> Self {
        Self { kind, subject: None }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.subject {
            Some(subject) => write!(f, "{subject}: {}", self.kind),
            None => write!(f, "{}", self.kind),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        std::error::Error::source(&self.kind)
    }
}

/// What can go wrong. Rows are counted from 1 and do not count the header.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The asked-for combination of options makes no sense.
    #[error("{0}")]
    Usage(String),
    /// The table, its label or a bundle holds something that cannot be worked with; the text names
    /// the column and the row.
    #[error("{0}")]
    Data(String),
    /// A file is not there.
    #[error("no such file")]
    Missing,
    /// A directory stands where a file is wanted.
    #[error("is a directory; name one file of it")]
    Directory,
    /// Reading or writing failed.
    #[error("{0}")]
    Io(#[from] std::io::Error),
    /// A promise of this program was broken.
    #[error("internal error: {0}")]
    Internal(String),
}

impl ErrorKind {
    /// The exit code that a command ends with (sysexits.h).
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Usage(_) => 2,
            Self::Data(_) => 65,
            Self::Missing | Self::Directory => 66,
            Self::Internal(_) => 70,
            Self::Io(_) => 74,
        }
    }
}

impl From<std::io::Error> for Error {
    fn from(error: std::io::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::NotFound => ErrorKind::Missing.into(),
            std::io::ErrorKind::IsADirectory => ErrorKind::Directory.into(),
            // Decompressors say so of damaged streams: the data is at fault, not the disk.
            std::io::ErrorKind::InvalidData
            | std::io::ErrorKind::InvalidInput
            | std::io::ErrorKind::UnexpectedEof => data(format!("damaged stream: {error}")),
            _ => ErrorKind::Io(error).into(),
        }
    }
}

/// A fault of the data.
pub(crate) fn data(text: impl Into<String>) -> Error {
    ErrorKind::Data(text.into()).into()
}

/// A fault of the options.
pub(crate) fn usage(text: impl Into<String>) -> Error {
    ErrorKind::Usage(text.into()).into()
}

/// A broken promise of our own.
pub(crate) fn internal(text: impl Into<String>) -> Error {
    ErrorKind::Internal(text.into()).into()
}
