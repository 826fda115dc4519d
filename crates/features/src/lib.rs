//! Events to observations: how everyone behind a log behaves, as rows of numbers.
//!
//! ```text
//! Event ─► Observer ─► one state an entity ─► feature groups ─► Row ─► Observation
//! ```
//!
//! An [`Observer`] routes each event to the entities it belongs to, keeps their sessions, and yields
//! an [`domain::Observation`] where someone should look: at a notable event, at a length of the
//! geometric schedule, at the end of a session. A row describes the entity as it stood at that event,
//! never with what came later.
//!
//! A feature group is one file in `groups/` and one line in its list. This crate knows nothing of
//! log formats or models.

mod clock;
mod distinct;
mod group;
mod groups;
mod observer;
mod profiles;
mod schema;
mod table;
mod week;
mod windows;

pub use distinct::{Distinct, DistinctWindow, EXACT_LIMIT, is_estimate, mix};
pub use group::{FeatureGroup, Group, Seen, Session};
pub use groups::{GROUPS, Groups, client_hash};
pub use observer::{Limits, ObservePolicy, Observer, ObserverStats, SHARDS, shard_of};
pub use profiles::{ProfileFolds, ProfileParts, Profiles, ProfilesFit, SignIn, SignInAnswer};
pub use schema::{Column, ColumnId, WIDTH, applies, column, columns, find, fingerprint};
pub use windows::{DayCounts, MultiScale, SCALES_SECS};
