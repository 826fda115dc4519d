//! Tables, and later logs, with labels to a bundle and a report.

pub mod audit;
mod error;
pub mod labels;
pub mod schema;
pub mod table;

pub use error::{Error, ErrorKind};
