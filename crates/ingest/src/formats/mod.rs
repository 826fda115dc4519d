//! Formats: how the lines of a log become requests.
//!
//! A new format is a file here, an implementation of [`Format`] in it and a line in [`FORMATS`].

mod apache;
mod columns;
mod draft;
mod escapes;
pub(crate) mod json;
mod nginx;
mod strftime;
mod template;
mod text;
mod w3c;

use std::cell::Cell;

use domain::{RawRecord, Reject, Request, Timestamp};

pub use draft::Slot;
pub use json::{FieldMapError, Json, JsonFormat};
pub use template::{Template, TemplateError};
pub use text::{Combined, CombinedForwarded, Common, TraefikCommon, VhostCombined, VhostCommon};
pub use w3c::W3c;

pub(crate) use escapes::hex;

use crate::secrets::Fingerprinter;
use crate::time::{CLF_BYTES, Minute, Zone};
use crate::wrappers::Stamp;

/// Every format that can be named and detected. Where two read a line equally well, the earlier one
/// is chosen.
pub const FORMATS: &[&dyn Format] = &[
    &Combined,
    &CombinedForwarded,
    &VhostCombined,
    &TraefikCommon,
    &Common,
    &VhostCommon,
    &W3c,
    &Json,
];

/// One way to write a request on a line.
pub trait Format: Sync {
    /// The name by which users choose it.
    fn name(&self) -> &'static str;

    /// What it is, in a few words.
    fn title(&self) -> &'static str;

    /// A line of it, made up; after the header that a source of it begins with, where it has one.
    fn example(&self) -> &'static str;

    /// Reads one line. Text formats allocate nothing unless a field holds escapes; secrets are
    /// fingerprinted or hidden before the request is given out.
    fn parse<'a>(
        &'a self,
        record: RawRecord<'a>,
        context: &'a ParseContext,
    ) -> Result<Request<'a>, Reject>;

    /// Begins a source in which lines say how those after them are written. `None`, which costs
    /// nothing, where every line speaks for itself; else [`Format::parse`] reads lines as they are
    /// written unless a header says otherwise.
    fn begin(&self) -> Option<Box<dyn HeadedParser>> {
        None
    }
}

/// Reads a source of a format that has headers, from its beginning.
pub trait HeadedParser: Send {
    /// Takes in a line that is no request but a header or a comment; `false` where it is neither.
    fn take_header(&mut self, line: &[u8], context: &ParseContext) -> bool;

    /// Whether a header has told that the source is of this format.
    fn is_told(&self) -> bool;

    /// Reads one line as the headers so far say.
    fn parse<'a>(
        &'a self,
        record: RawRecord<'a>,
        context: &'a ParseContext,
    ) -> Result<Request<'a>, Reject>;
}

/// What parsing needs to know beside the line. Each thread that parses has its own.
#[derive(Clone, Debug)]
pub struct ParseContext {
    /// Makes fingerprints of secrets.
    pub fingerprinter: Fingerprinter,
    /// The time zone of times that carry none.
    pub zone: Zone,
    minute: Cell<Minute>,
    /// What the wrapper of the line at hand told of its time.
    stamp: Cell<Stamp>,
}

impl ParseContext {
    /// What parsing needs to know.
    pub fn new(fingerprinter: Fingerprinter, zone: Zone) -> Self {
        Self { fingerprinter, zone, minute: Cell::default(), stamp: Cell::default() }
    }

    /// The time that the wrapper of the line at hand tells.
    fn stamp_time(&self) -> Option<Timestamp> {
        self.stamp.get().time(&self.zone)
    }

    pub(crate) fn set_stamp(&self, stamp: Stamp) {
        self.stamp.set(stamp);
    }

    /// Reads a time of the common log format.
    fn clf(&self, text: &[u8; CLF_BYTES]) -> Option<Timestamp> {
        let mut minute = self.minute.get();
        let time = minute.clf(text, &self.zone);
        self.minute.set(minute);
        time
    }
}

impl Default for ParseContext {
    fn default() -> Self {
        Self::new(Fingerprinter::new([0; 32]), Zone::Utc)
    }
}

/// The format of this name.
pub fn by_name(name: &str) -> Option<&'static dyn Format> {
    FORMATS.iter().copied().find(|format| format.name() == name)
}
