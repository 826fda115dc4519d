//! Verdicts become alerts, and alerts go to sinks.
//!
//! The [`Desk`] files what the judge finds: one incident an entity and threat, however many lines it
//! took. When it closes, each incident becomes an [`domain::Alert`]: a document with a stable id.
//! A sink is one file in `sinks/` and one arm of [`Sink`].
//!
//! This crate knows nothing of models or log formats.

mod campaign;
mod desk;
mod plain;
mod severity;
pub mod sinks;

pub use campaign::{LEAST_MEMBERS, MAX_SUSPICIONS, WINDOW_SECS};
pub use desk::{Desk, Filed, MAX_LISTED, MAX_SAMPLES, Naming};
pub use plain::{escape, escape_json, is_unsafe};
pub use severity::severity;
pub use sinks::Sink;
