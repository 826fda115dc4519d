//! How a run ends: sysexits where they say it best.

use std::fmt;
use std::io;

/// The exit status of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Exit {
    /// Done; nothing at or above `--fail-on`.
    Done = 0,
    /// Findings at or above `--fail-on`; nothing allows what `allowlist check` was asked about.
    Findings = 1,
    /// The command line is wrong.
    Usage = 2,
    /// The data cannot be used; too many rejects included.
    Data = 65,
    /// An input is missing.
    NoInput = 66,
    /// A bug.
    Internal = 70,
    /// Reading or writing failed.
    Io = 74,
    /// The configuration is wrong.
    Config = 78,
}

impl Exit {
    /// All of them, with what they mean: for `--help` and the documentation.
    pub(crate) const ALL: [(Self, &'static str); 8] = [
        (Self::Done, "done; nothing at or above --fail-on"),
        (Self::Findings, "findings at or above --fail-on; allowlist check: not allowed"),
        (Self::Usage, "wrong usage"),
        (Self::Data, "unusable data, too many rejected lines included"),
        (Self::NoInput, "an input is missing"),
        (Self::Internal, "internal error"),
        (Self::Io, "reading or writing failed"),
        (Self::Config, "wrong configuration"),
    ];
}

/// Why a run could not do what was asked.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) exit: Exit,
    pub(crate) message: String,
    /// The setting that is to blame, if one is: where it was given decides the message and the exit.
    pub(crate) misfit: Option<Misfit>,
}

/// A setting whose value cannot be used.
#[derive(Clone, Debug)]
pub(crate) struct Misfit {
    /// `section.key`.
    pub(crate) key: &'static str,
    /// What is wrong, to be read after the name of the setting.
    pub(crate) what: String,
}

impl Failure {
    pub(crate) fn new(exit: Exit, message: impl fmt::Display) -> Self {
        Self { exit, message: message.to_string(), misfit: None }
    }

    /// A value that its setting cannot have: `invalid judge.budget "x": must be ...`.
    pub(crate) fn setting(
        key: &'static str,
        value: impl fmt::Debug,
        rule: impl fmt::Display,
    ) -> Self {
        let what = format!("{value:?}: {rule}");
        let message = format!("invalid {key} {what}");
        Self { misfit: Some(Misfit { key, what }), ..Self::new(Exit::Config, message) }
    }

    /// Output that could not be written. A reader that went away is no failure: it had enough.
    pub(crate) fn output(error: &io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::new(Exit::Done, ""),
            _ => Self::new(Exit::Io, format!("cannot write the output: {error}")),
        }
    }
}

/// What learning, or what was learned, failed with.
impl From<train::Error> for Failure {
    fn from(error: train::Error) -> Self {
        let exit = match error.kind().exit_code() {
            2 => Exit::Usage,
            65 => Exit::Data,
            66 => Exit::NoInput,
            74 => Exit::Io,
            _ => Exit::Internal,
        };
        Self::new(exit, error)
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::output(&error)
    }
}
