//! Lines in a row that the format of a source does not read: maybe the log goes on in another.

use crate::detect::{self, Detection};
use crate::formats::ParseContext;
use crate::parser::Parser;

/// Lines in a row after which other formats are tried on them.
const RUN_LINES: usize = 10;

/// Runs of a source that are looked at so: a damaged log has many.
const MAX_RUNS: usize = 8;

/// Longest piece of such a line that is kept.
const MAX_KEPT_BYTES: usize = 16 * 1024;

/// The last lines in a row that could not be read, or the first of them.
#[derive(Debug, Default)]
pub(super) struct Run {
    lines: Vec<Vec<u8>>,
    /// How many lines had been read before them.
    read_before: u64,
    looked_at: usize,
}

impl Run {
    /// Takes in a line that could not be read, after so many that could; `true` where it is time to
    /// look at the run.
    pub(super) fn push(&mut self, line: &[u8], read_before: u64) -> bool {
        if self.read_before != read_before || self.lines.len() == RUN_LINES {
            self.lines.clear();
            self.read_before = read_before;
        }
        self.lines.push(line[..line.len().min(MAX_KEPT_BYTES)].to_vec());
        let is_due = self.lines.len() == RUN_LINES && self.looked_at < MAX_RUNS;
        self.looked_at += usize::from(is_due);
        is_due
    }

    /// How many lines are at hand.
    pub(super) fn lines(&self) -> usize {
        self.lines.len()
    }

    /// What these lines are, and a parser that has taken in their headers, where they are a log.
    pub(super) fn settle(&self, context: &ParseContext) -> (Detection, Option<Parser>) {
        let lines = self.lines.iter().map(Vec::as_slice);
        let (found, mut parser) = detect::settle(lines.clone(), &detect::every_format(), context);
        if let Some(parser) = &mut parser {
            for line in lines {
                parser.absorb(line, context);
            }
        }
        (found, parser)
    }

    /// What these lines look like: the name of a format, or of a service.
    pub(super) fn look(&self, context: &ParseContext) -> Option<String> {
        if self.lines.is_empty() {
            return None;
        }
        let (found, _) = self.settle(context);
        found.format.map(str::to_owned).or(found.looks_like)
    }
}
