//! Formats: how the lines of a log become requests.
//!
//! A new format is a file here, an implementation of [`Format`] in it and a line in [`FORMATS`].

mod apache;
mod draft;
mod escapes;
mod json;
mod nginx;
mod strftime;
mod template;
mod text;

use std::cell::Cell;

use domain::{RawRecord, Reject, Request, Timestamp};

pub use draft::Slot;
pub use json::{FieldMapError, Json, JsonFormat};
pub use template::{Template, TemplateError};
pub use text::{Combined, CombinedForwarded, Common, TraefikCommon, VhostCombined, VhostCommon};

pub(crate) use escapes::hex;

use crate::secrets::Fingerprinter;
use crate::time::{CLF_BYTES, Minute, Zone};

/// Every format that can be named and detected. Where two read a line equally well, the earlier one
/// is chosen.
pub const FORMATS: &[&dyn Format] =
    &[&Combined, &CombinedForwarded, &VhostCombined, &TraefikCommon, &Common, &VhostCommon, &Json];

/// One way to write a request on a line.
pub trait Format: Sync {
    /// The name by which users choose it.
    fn name(&self) -> &'static str;

    /// What it is, in a few words.
    fn title(&self) -> &'static str;

    /// A line of it, made up.
    fn example(&self) -> &'static str;

    /// Reads one line. Text formats allocate nothing unless a field holds escapes; secrets are
    /// fingerprinted or hidden before the request is given out.
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
}

impl ParseContext {
    /// What parsing needs to know.
    pub fn new(fingerprinter: Fingerprinter, zone: Zone) -> Self {
        Self { fingerprinter, zone, minute: Cell::default() }
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
