//! Verdicts become alerts, and alerts go to sinks.
//!
//! The [`Desk`] files what the judge finds: one incident an entity and threat, however many lines it
//! took. When it closes, a [`Policy`] says what is allowed or turned off, incidents that are one
//! happening are folded, and each becomes an [`domain::Alert`]: a document with a stable id.
//! A sink is one file in `sinks/` and one arm of [`Sink`].
//!
//! This crate knows nothing of models or log formats.

mod campaign;
mod desk;
mod incident;
mod plain;
mod policy;
mod related;
mod severity;
pub mod sinks;

pub use campaign::{LEAST_MEMBERS, MAX_SUSPICIONS, WINDOW_SECS};
pub use desk::{Closed, Desk};
pub use incident::{Filed, MAX_CALLERS, MAX_LISTED, MAX_MEMBERS, MAX_SAMPLES, Naming};
pub use plain::{escape, escape_json, is_unsafe};
pub use policy::{Allowance, COOLDOWN_SECS, Mode, Policy, Who};
pub use related::LEAST_RELATED;
pub use severity::severity;
pub use sinks::Sink;
