//! Wrappers: what collectors and supervisors write around a line of a log.
//!
//! A new wrapper is a file here, an implementation of [`Wrapper`] in it and a line in [`WRAPPERS`].

mod cri;
mod docker;
mod journald;
mod members;
mod message;
mod name;
mod stamped;
mod syslog;
mod syslog_rfc3164;
mod syslog_rfc5424;
mod zap;

use domain::Timestamp;

use crate::time::{self, Clock};
pub use cri::Cri;
pub use docker::DockerJson;
pub use journald::Journald;
pub use message::Message;
pub use name::{Compose, KubectlPrefix, Process, Stern};
pub use stamped::Stamped;
pub use syslog_rfc3164::SyslogRfc3164;
pub use syslog_rfc5424::SyslogRfc5424;
pub use zap::ZapConsole;
pub(crate) use zap::is_console;

/// Every wrapper that is recognised. Where two fit equally well, the earlier one is chosen.
pub const WRAPPERS: &[&dyn Wrapper] = &[
    &Cri,
    &SyslogRfc5424,
    &SyslogRfc3164,
    &DockerJson,
    &Journald,
    &Message,
    &Compose,
    &KubectlPrefix,
    &Stern,
    &Process,
    &Stamped,
    &ZapConsole,
];

/// Most wrappers around one another that are stripped: a container's line that went through syslog
/// has two.
pub const MAX_WRAPPERS: usize = 2;

/// One way to write something around a line.
pub trait Wrapper: Sync {
    /// The name that outputs use.
    fn name(&self) -> &'static str;

    /// What it is, in a few words.
    fn title(&self) -> &'static str;

    /// A line of the combined log format within it, made up.
    fn example(&self) -> &'static str;

    /// Whether it splits long lines into several, which [`Inner::goes_on`] then tells.
    fn splits(&self) -> bool {
        false
    }

    /// What is within, if the line is so wrapped. A text with escapes is undone into `room`; any other
    /// is borrowed from the line, at the cost of a look.
    fn strip<'a>(&self, line: &'a [u8], room: &'a mut Vec<u8>) -> Option<Inner<'a>>;
}

/// What a wrapper held.
#[derive(Clone, Copy, Debug)]
pub struct Inner<'a> {
    /// The line within.
    pub text: &'a [u8],
    /// Where it begins in the wrapped line, in bytes.
    pub at: usize,
    /// The time that the wrapper tells, as written; empty where it tells none.
    pub stamp: &'a [u8],
    /// The program that wrote the line, where the wrapper names it; empty where it does not.
    pub program: &'a [u8],
    /// Whether the text goes on in the next line.
    pub goes_on: bool,
}

impl<'a> Inner<'a> {
    /// The end of a line, from `at`.
    pub(crate) fn from(line: &'a [u8], at: usize) -> Self {
        Self { text: &line[at..], at, stamp: b"", program: b"", goes_on: false }
    }
}

/// The wrapper of this name.
pub fn by_name(name: &str) -> Option<&'static dyn Wrapper> {
    WRAPPERS.iter().copied().find(|wrapper| wrapper.name() == name)
}

/// Longest time of a wrapper that is kept: RFC 3339 with nine digits and an offset has 35 bytes.
const MAX_STAMP_BYTES: usize = 40;

/// The time that a wrapper told of the line at hand, not yet read: only formats without a time of
/// their own ask for it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stamp {
    text: [u8; MAX_STAMP_BYTES],
    length: usize,
}

impl Default for Stamp {
    fn default() -> Self {
        Self { text: [0; MAX_STAMP_BYTES], length: 0 }
    }
}

impl Stamp {
    pub(crate) fn new(text: &[u8]) -> Self {
        let mut stamp = Self::default();
        if text.len() <= MAX_STAMP_BYTES {
            stamp.text[..text.len()].copy_from_slice(text);
            stamp.length = text.len();
        }
        stamp
    }

    pub(crate) fn time(&self, clock: &Clock) -> Option<Timestamp> {
        time::any_notation(&self.text[..self.length], clock)
    }
}
