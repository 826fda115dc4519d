//! Tables, and later logs, with labels to a bundle and a report.

mod error;
pub mod labels;
pub mod table;

pub use error::{Error, ErrorKind};
