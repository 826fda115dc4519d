//! What the crate promises, seen from outside.

mod changes;
mod conformance;
mod contract;
mod damage;
mod documents;
mod fields;
mod golden;
mod hostile;
mod parquet;
mod real_logs;
mod support;
mod times;
