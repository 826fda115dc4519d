//! Bytes of a log to requests, and requests to events.
//!
//! ```text
//! sources ─► lines ─► wrappers ─► formats ─► Request ─► normalise ─► Event ─► reorder, merge ─► caller
//!                                    └► Reject              ├ identity
//!                                                           ├ endpoint
//!                                                           └ lexicon
//! ```
//!
//! [`read`] does the whole way for files and streams. Whoever gets single lines by other means
//! calls [`Parser::parse`] (or [`Format::parse`], where lines come bare) and
//! [`Normaliser::normalise`].
//!
//! This crate knows nothing of sessions, models or asynchronous runtimes.

pub mod detect;
mod documents;
pub mod endpoint;
mod error;
mod escapes;
mod excerpts;
pub mod formats;
mod hash;
mod identity;
mod lexicon;
mod lines;
mod normalise;
mod outcome;
mod parser;
mod reader;
mod redact;
mod reorder;
mod report;
mod secrets;
mod sign_in;
pub mod sources;
mod time;
pub mod wrappers;

pub use detect::{Detection, Trial, explain_line, unwrap_line};
pub use documents::MAX_RECORD_BYTES;
pub use endpoint::{EndpointTable, LearnOptions, OpenApi, Resolver};
pub use error::{ReadError, ReadErrorKind};
pub use excerpts::{Excerpts, MAX_EXCERPT_BYTES};
pub use formats::{FORMATS, Format, HeadedParser, JsonFormat, ParseContext, Taken, Template};
pub use lines::{Line, LineReader};
pub use normalise::{Directory, NormaliseOptions, Normaliser};
pub use parser::{Chosen, MAX_JOINED_BYTES, Parser};
pub use reader::{
    BATCH_EVENTS, FormatChoice, Listener, OfSources, Progress, ReadOptions, Reading,
    RequestListener, detect_sources, read, read_requests,
};
pub use redact::{REDACTED, redact_line};
pub use reorder::{ReorderBuffer, ReorderOptions};
pub use report::{ReadReport, SAMPLED_REJECTS, SourceReport, pattern_of};
pub use secrets::Fingerprinter;
pub use sign_in::{Criterion, FieldCriterion, PathPattern, SignIn, Wanted};
pub use sources::Compression;
pub use time::{Clock, Zone};
pub use wrappers::{WRAPPERS, Wrapper};

/// Longest line that is read unless told otherwise.
pub const DEFAULT_MAX_LINE_BYTES: usize = 64 * 1024;
