//! Tables, and later logs, with labels to a bundle and a report.

pub mod audit;
mod error;
pub mod labels;
mod protobuf;
pub mod schema;
pub mod splits;
pub mod table;
pub mod tensorboard;

pub use error::{Error, ErrorKind};
