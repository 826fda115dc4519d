//! What people see on a terminal.

mod alert;
mod summary;
mod text;

pub(crate) use alert::write_alert;
pub(crate) use summary::{Summary, write_summary};
pub(crate) use text::{Style, count, duration, escape, fit_width, number, redact, wrap};
