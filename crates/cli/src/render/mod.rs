//! What people see on a terminal.

mod alert;
mod caveats;
mod gist;
mod json_line;
mod learning;
mod summary;
mod text;

pub(crate) use alert::write_alert;
pub(crate) use alerts::escape;
pub(crate) use caveats::write_caveats;
pub(crate) use json_line::JsonLine;
pub(crate) use learning::{
    class_tables, findings, importance_bars, judgement_table, own_importance_bars,
};
pub(crate) use summary::{Allowed, Summary, drift_line, reading_notes, write_summary};
pub(crate) use text::{
    Style, count, counted, duration, fit_end, fit_width, fold, number, redact, wrap,
};
