//! Where alerts go. A sink is one file here and one arm of [`Sink`].

use std::io::{self, Write};

use domain::Alert;

mod csv;
mod document;
mod json;

pub use document::Document;

/// A form in which other programs take alerts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sink {
    /// One JSON object a line.
    JsonLines,
    /// One JSON array.
    Json,
    /// Comma-separated values with a header line (RFC 4180); lists are joined by spaces.
    Csv,
}

impl Sink {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::JsonLines, Self::Json, Self::Csv];

    /// Writes alerts, in their order.
    ///
    /// # Errors
    /// When `out` cannot be written.
    pub fn deliver(self, alerts: &[Alert], out: &mut impl Write) -> io::Result<()> {
        match self {
            Self::JsonLines => json::write_lines(alerts, out),
            Self::Json => json::write_array(alerts, out),
            Self::Csv => csv::write(alerts, out),
        }
    }
}

#[cfg(test)]
mod tests;
