//! Files about addresses become what is known of an address.
//!
//! [`Lists::read`] takes every file of a folder. Its name tells what it holds:
//!
//! | name | holds |
//! |---|---|
//! | `datacenter*.txt`, `vpn*.txt`, `tor*.txt` | a network or an address a line; `#` begins a comment |
//! | `crawler-NAME.txt` | the same: where the crawler that names itself NAME in its agent comes from |
//! | `*.csv` | `range,kind` or `range,kind,name`, with a header line or without |
//! | `*.mmdb` | a MaxMind database of autonomous systems or of countries |
//!
//! Nothing is ever fetched. This crate knows nothing of logs, of behaviour or of models.

mod crawlers;
mod database;
mod error;
mod folder;
mod ranges;
mod text;

pub use crawlers::{Claim, Claims, MAX_CRAWLERS};
pub use error::{ListsError, ListsErrorKind};
pub use folder::{Lists, MAX_FILES, MAX_LIST_BYTES, MAX_RANGES, Written};
