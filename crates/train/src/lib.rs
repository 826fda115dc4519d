//! Tables or logs, with labels, to a bundle and a report.

pub mod audit;
pub mod backtest;
pub mod bundle;
pub mod compare;
pub mod cross_validation;
mod error;
pub mod evaluation;
pub mod finish;
pub mod fitting;
pub mod importance;
pub mod inspection;
pub mod judgement;
pub mod labels;
pub mod onnx;
mod protobuf;
pub mod report;
pub mod schema;
pub mod site;
pub mod splits;
mod spread;
pub mod table;
pub mod task;
pub mod tensorboard;
mod thousands;
pub mod training;

pub use error::{Error, ErrorKind};
pub use thousands::count;
