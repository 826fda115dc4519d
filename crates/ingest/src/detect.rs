//! Which format a log is in, told from its first lines.

use std::fmt;

use domain::{Position, RawRecord, Reject, Request};

use crate::formats::{FORMATS, Format, ParseContext};

/// Share of the sampled lines that a format must read.
pub const MIN_CONFIDENCE: f64 = 0.5;

/// The verdict on a log's format.
#[derive(Clone, Debug, PartialEq)]
pub struct Detection {
    /// The name of the format that reads most lines; `None` where none reads half of them.
    pub format: Option<&'static str>,
    /// The share of the sampled lines that it reads, 0 to 1.
    pub confidence: f64,
    /// How many lines were looked at.
    pub lines_looked_at: usize,
    /// Every format that was tried and how many lines it read.
    pub tried: Vec<(&'static str, usize)>,
}

/// What was tried, and what to type when nothing fits.
impl fmt::Display for Detection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(format) = self.format {
            let percent = self.confidence * 100.0;
            return write!(f, "{format} ({percent:.0} % of {} lines)", self.lines_looked_at);
        }
        write!(f, "of {} lines", self.lines_looked_at)?;
        for (index, (name, parsed)) in self.tried.iter().enumerate() {
            write!(f, "{} {name} reads {parsed}", if index == 0 { "" } else { "," })?;
        }
        f.write_str("; say --format NAME, or --format with the server's log_format or LogFormat")
    }
}

/// Looks at the first lines of a log. Blank lines do not count.
pub fn detect<'a>(lines: impl IntoIterator<Item = &'a [u8]>, context: &ParseContext) -> Detection {
    let mut tried: Vec<(&'static str, usize)> = FORMATS.iter().map(|it| (it.name(), 0)).collect();
    let mut lines_looked_at = 0;
    for line in lines.into_iter().filter(|line| !line.trim_ascii().is_empty()) {
        lines_looked_at += 1;
        let record = RawRecord { position: Position::default(), bytes: line };
        for (format, (_, parsed)) in FORMATS.iter().zip(&mut tried) {
            *parsed += usize::from(format.parse(record, context).is_ok());
        }
    }
    // The first of the best: the order of the slice decides between equals.
    let best = tried.iter().rev().max_by_key(|(_, parsed)| *parsed).copied();
    let (name, parsed) = best.unwrap_or(("", 0));
    let confidence =
        if lines_looked_at == 0 { 0.0 } else { parsed as f64 / lines_looked_at as f64 };
    let format = (parsed > 0 && confidence >= MIN_CONFIDENCE).then_some(name);
    Detection { format, confidence, lines_looked_at, tried }
}

/// One format's try at a line.
#[derive(Debug)]
pub struct Trial<'a> {
    /// The format.
    pub format: &'static str,
    /// The request, or where and why it gave up.
    pub result: Result<Request<'a>, Reject>,
}

/// Tries every format on one line.
pub fn explain_line<'a>(line: &'a [u8], context: &'a ParseContext) -> Vec<Trial<'a>> {
    let record = RawRecord { position: Position::default(), bytes: line };
    let trial = |format: &&'static dyn Format| {
        let format: &'static dyn Format = *format;
        Trial { format: format.name(), result: format.parse(record, context) }
    };
    FORMATS.iter().map(trial).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_example_is_detected_as_its_own_format() {
        for format in FORMATS {
            let found = detect([format.example().as_bytes()], &ParseContext::default());
            assert_eq!((found.format, found.confidence), (Some(format.name()), 1.0));
        }
    }

    #[test]
    fn another_service_is_refused_with_what_was_tried() {
        let line =
            b"Nov 22 21:44:14 host sshd[1]: Failed password for root from 192.0.2.7 port 4711";
        let found = detect([&line[..]], &ParseContext::default());
        assert_eq!(found.format, None);
        assert!(found.to_string().starts_with("of 1 lines combined reads 0, "), "{found}");
    }
}
