//! What people see on a terminal.

mod alert;
mod learning;
mod summary;
mod text;

pub(crate) use alert::write_alert;
pub(crate) use learning::{findings, importance_bars, judgement_table};
pub(crate) use summary::{Summary, write_summary};
pub(crate) use text::{Style, count, duration, escape, fit_width, number, redact, wrap};
