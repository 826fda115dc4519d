//! The nouns of apiwarden, in the order in which they flow:
//!
//! ```text
//! RawRecord ─► Request ─► Event ─► Observation ─► Verdict ─► Alert
//!         └► Reject
//! ```
//!
//! This crate knows nothing of files, clocks, serialisation or any other crate. It holds data and
//! the few rules that make a wrong value impossible to build.

mod alert;
mod entity;
mod event;
mod names;
mod network;
mod observation;
mod record;
mod request;
mod score;
mod threat;
mod time;
mod verdict;

pub use alert::{Alert, EntityName, EvidenceLine, Member, Sample, Severity};
pub use entity::{AccountId, Client, CredentialKind, EndpointId, Entity, EntityKind, Fingerprint};
pub use event::{AuthOutcome, Event, EventFlags, Method, PathWords};
pub use names::{NameId, Names};
pub use network::{IpType, Network};
pub use observation::{Moment, Observation, Row};
pub use record::{MAX_SOURCES, Position, RawRecord, Reject, RejectReason, SourceId};
pub use request::{Request, ToldSignIn};
pub use score::{OutOfRange, Score};
pub use threat::Threat;
pub use time::{MICROS_PER_SEC, Timestamp};
pub use verdict::{Evidence, Finding, Verdict};
