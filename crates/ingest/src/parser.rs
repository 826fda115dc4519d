//! The lines of one source to requests: wrappers stripped, headers taken in, formats tried.

use std::fmt;

use domain::{RawRecord, Reject, Request};

use crate::formats::{Csv, Format, HeadedParser, JsonFormat, ParseContext, Template, csv};
use crate::wrappers::{MAX_WRAPPERS, Stamp, Wrapper};

/// Longest text that is put together from lines of a wrapper that splits them.
pub const MAX_JOINED_BYTES: usize = 256 * 1024;

/// Most formats of one source, however often it changes.
const MAX_FORMATS: usize = 8;

/// A format that a choice settled on.
#[derive(Clone)]
pub enum Chosen {
    /// One of [`crate::FORMATS`].
    Static(&'static dyn Format),
    /// A format string of nginx or Apache.
    Template(Box<Template>),
    /// JSON lines under a field map of one's own.
    Json(Box<JsonFormat>),
    /// Comma-separated values under a field map of one's own.
    Csv(Box<JsonFormat>),
}

impl Chosen {
    /// The name that outputs use.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Static(format) => format.name(),
            Self::Template(_) => "template",
            Self::Json(_) => "json",
            Self::Csv(_) => "csv",
        }
    }

    fn begin(&self) -> Option<Box<dyn HeadedParser>> {
        match self {
            Self::Static(format) => format.begin(),
            Self::Csv(map) => Some(csv::begin(map)),
            Self::Template(_) | Self::Json(_) => None,
        }
    }
}

impl fmt::Debug for Chosen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Reads the lines of one source, in their order.
pub struct Parser {
    layers: Layers,
    arms: Vec<Arm>,
    /// Whether lines may say something of those after them: then each is asked.
    keeps_state: bool,
}

/// A format, and what headers have told of the columns.
struct Arm {
    chosen: Chosen,
    headed: Option<Box<dyn HeadedParser>>,
}

impl Arm {
    fn new(chosen: Chosen) -> Self {
        Self { headed: chosen.begin(), chosen }
    }

    #[inline]
    fn parse<'a>(
        &'a self,
        record: RawRecord<'a>,
        context: &'a ParseContext,
    ) -> Result<Request<'a>, Reject> {
        match (&self.chosen, &self.headed) {
            (_, Some(headed)) => headed.parse(record, context),
            (Chosen::Static(format), None) => format.parse(record, context),
            (Chosen::Template(template), None) => template.parse(record, context),
            (Chosen::Json(format), None) => format.parse(record, context),
            // It always has a header; see `begin`.
            (Chosen::Csv(_), None) => Csv.parse(record, context),
        }
    }
}

impl Parser {
    /// Begins to read a source: lines come in these wrappers, the outermost first (at most
    /// [`MAX_WRAPPERS`]), and each is read by the first of these formats that can.
    pub fn new(
        wrappers: &[&'static dyn Wrapper],
        formats: impl IntoIterator<Item = Chosen>,
    ) -> Self {
        let mut parser = Self {
            layers: Layers::new(wrappers),
            arms: formats.into_iter().map(Arm::new).collect(),
            keeps_state: false,
        };
        parser.settle_state();
        parser
    }

    /// Reads lines of further formats as well, in which a source goes on, and in their wrappers, where
    /// they have any: lines without are read too. Of two of the same name the later one counts.
    pub fn join(&mut self, other: Self) {
        for arm in other.arms {
            let known = self.formats().position(|name| name == arm.chosen.name());
            match known {
                Some(known) => self.arms[known] = arm,
                None if self.arms.len() < MAX_FORMATS => self.arms.push(arm),
                None => {}
            }
        }
        if !other.layers.wrappers.is_empty() {
            self.layers = other.layers;
        }
        self.settle_state();
    }

    fn settle_state(&mut self) {
        self.keeps_state = self.layers.splits || self.arms.iter().any(|arm| arm.headed.is_some());
    }

    /// Forgets what lines have told so far: the source is read again from its beginning.
    pub fn restart(&mut self) {
        self.arms.iter_mut().for_each(|arm| arm.headed = arm.chosen.begin());
        self.layers.let_go();
    }

    /// The wrappers, the outermost first.
    pub fn wrappers(&self) -> impl Iterator<Item = &'static dyn Wrapper> {
        self.layers.wrappers.iter().copied()
    }

    /// The names of the formats, the first choice first.
    pub fn formats(&self) -> impl Iterator<Item = &'static str> {
        self.arms.iter().map(|arm| arm.chosen.name())
    }

    /// Whether a header has told a format its columns.
    pub fn has_header(&self) -> bool {
        self.arms.iter().any(|arm| arm.headed.as_ref().is_some_and(|headed| headed.is_told()))
    }

    /// Takes in a line that is no request by itself but counts for those after it: a header, a comment
    /// of a log that has headers, the first part of a line that a wrapper split. `false` where it is
    /// none of these; then it is to be parsed.
    #[inline]
    pub fn absorb(&mut self, line: &[u8], context: &ParseContext) -> bool {
        self.keeps_state && self.take_in(line, context)
    }

    fn take_in(&mut self, line: &[u8], context: &ParseContext) -> bool {
        let Self { layers, arms, .. } = self;
        if layers.hold_part(line) {
            return true;
        }
        let mut headed = arms.iter_mut().filter_map(|arm| arm.headed.as_mut()).peekable();
        if headed.peek().is_none() {
            return false;
        }
        let (text, _) = layers.strip(line, context);
        headed.any(|headed| headed.take_header(text, context))
    }

    /// What was absorbed of a line that goes on in the next one: at the end of a source, what is cut off.
    pub fn unfinished(&self) -> &[u8] {
        let headed = self.arms.iter().filter_map(|arm| arm.headed.as_ref());
        let in_format = headed.map(|headed| headed.unfinished()).find(|text| !text.is_empty());
        in_format.unwrap_or(if self.layers.is_whole { b"" } else { &self.layers.held })
    }

    /// The record that the line at hand ends, where others that were absorbed are part of it.
    #[inline]
    pub fn joined(&self) -> Option<&[u8]> {
        if self.keeps_state { self.joined_in_layers_or_format() } else { None }
    }

    fn joined_in_layers_or_format(&self) -> Option<&[u8]> {
        let headed = self.arms.iter().filter_map(|arm| arm.headed.as_ref());
        let in_format = headed.filter_map(|headed| headed.joined()).next();
        in_format.or(self.layers.is_whole.then_some(&self.layers.held))
    }

    /// Reads one line that was not absorbed.
    #[inline]
    pub fn parse<'a>(
        &'a mut self,
        record: RawRecord<'a>,
        context: &'a ParseContext,
    ) -> Result<Request<'a>, Reject> {
        if self.arms.len() == 1 && self.layers.wrappers.is_empty() {
            if !context.tells_sign_ins() {
                return self.arms[0].parse(record, context);
            }
            let mut parsed = self.arms[0].parse(record, context);
            if let Ok(request) = &mut parsed {
                request.told = context.told(request, record.bytes);
            }
            return parsed;
        }
        self.parse_within(record, context)
    }

    fn parse_within<'a>(
        &'a mut self,
        record: RawRecord<'a>,
        context: &'a ParseContext,
    ) -> Result<Request<'a>, Reject> {
        let joined = self.joined().map(<[u8]>::len);
        let Self { layers, arms, .. } = self;
        let (text, at) = layers.strip(record.bytes, context);
        // In what was joined there are no wrappers.
        let (whole, at) = joined.map_or((record.bytes.len(), at), |length| (length, 0));
        let record = RawRecord { bytes: text, ..record };
        let mut furthest: Option<Reject> = None;
        for arm in &*arms {
            match arm.parse(record, context) {
                Ok(request) => {
                    let told = context.told(&request, record.bytes);
                    return Ok(Request { told, ..request });
                }
                Err(reject) if furthest.as_ref().is_none_or(|it| it.column < reject.column) => {
                    furthest = Some(reject);
                }
                Err(_) => {}
            }
        }
        let reject = furthest.expect("a parser has at least one format");
        let column = (at + reject.column as usize).min(whole + 1);
        Err(Reject { column: u32::try_from(column).unwrap_or(u32::MAX), ..reject })
    }
}

/// The wrappers of a source, and room for texts with escapes.
struct Layers {
    wrappers: Vec<&'static dyn Wrapper>,
    rooms: [Vec<u8>; MAX_WRAPPERS],
    /// Whether one of the wrappers splits long lines.
    splits: bool,
    /// The parts of a line that was split.
    held: Vec<u8>,
    /// Whether they are the whole of the line at hand.
    is_whole: bool,
}

impl Layers {
    fn new(wrappers: &[&'static dyn Wrapper]) -> Self {
        let wrappers = wrappers[..wrappers.len().min(MAX_WRAPPERS)].to_vec();
        let splits = wrappers.iter().any(|wrapper| wrapper.splits());
        Self { wrappers, rooms: Default::default(), splits, held: Vec::new(), is_whole: false }
    }

    fn let_go(&mut self) {
        self.held.clear();
        self.is_whole = false;
    }

    /// Keeps a part of a line that goes on in the next one. What grows too long is let go; then the
    /// last part alone is parsed, and is a reject.
    fn hold_part(&mut self, line: &[u8]) -> bool {
        if self.is_whole {
            self.let_go();
        }
        let Self { wrappers, rooms, held, .. } = self;
        let (mut text, mut goes_on) = (line, false);
        for (wrapper, room) in wrappers.iter().zip(rooms) {
            let Some(inner) = wrapper.strip(text, room) else { return false };
            (text, goes_on) = (inner.text, goes_on | inner.goes_on);
        }
        if held.len() + text.len() > MAX_JOINED_BYTES {
            held.clear();
        }
        if goes_on || !held.is_empty() {
            held.extend_from_slice(text);
        }
        self.is_whole = !goes_on && !self.held.is_empty();
        goes_on
    }

    /// What is within all wrappers and where it begins; a line that is not wrapped stands for itself.
    fn strip<'a>(&'a mut self, line: &'a [u8], context: &ParseContext) -> (&'a [u8], usize) {
        let Self { wrappers, rooms, held, is_whole, .. } = self;
        let (mut text, mut at) = (line, 0);
        context.set_stamp(Stamp::default());
        for (wrapper, room) in wrappers.iter().zip(rooms) {
            let Some(inner) = wrapper.strip(text, room) else { break };
            (text, at) = (inner.text, at + inner.at);
            if !inner.stamp.is_empty() {
                context.set_stamp(Stamp::new(inner.stamp));
            }
        }
        (if *is_whole { held } else { text }, at)
    }
}

#[cfg(test)]
mod tests {
    use domain::Position;

    use super::*;
    use crate::formats::by_name;
    use crate::wrappers::Cri;

    const HEAD: &str = "2026-11-22T21:44:14.016382957Z stdout";
    const LINE: &str = r#"192.0.2.7 - - [22/Nov/2026:21:44:14 +0000] "GET /users/42 HTTP/1.1" 200 271 "-" "curl/8.6.0""#;

    fn parser() -> Parser {
        Parser::new(&[&Cri], by_name("combined").map(Chosen::Static))
    }

    fn read(parser: &mut Parser, line: &str) -> String {
        let context = ParseContext::default();
        if parser.absorb(line.as_bytes(), &context) {
            return "absorbed".to_owned();
        }
        let record = RawRecord { position: Position::default(), bytes: line.as_bytes() };
        match parser.parse(record, &context) {
            Ok(request) => String::from_utf8_lossy(&request.target).into_owned(),
            Err(reject) => format!("column {}: {}", reject.column, reject.reason),
        }
    }

    #[test]
    fn a_line_that_was_split_is_read_whole_and_the_next_one_by_itself() {
        let mut parser = parser();
        let (head, tail) = LINE.split_at(60);
        assert_eq!(read(&mut parser, &format!("{HEAD} P {head}")), "absorbed");
        assert_eq!(read(&mut parser, &format!("{HEAD} F {tail}")), "/users/42");
        assert_eq!(read(&mut parser, &format!("{HEAD} F {LINE}")), "/users/42");
        assert_eq!(read(&mut parser, LINE), "/users/42");
        let damaged = format!("{HEAD} F {}", LINE.replace("/Nov/", "/Nev/"));
        assert_eq!(read(&mut parser, &damaged), "column 56: invalid time");
    }

    #[test]
    fn a_split_line_does_not_grow_without_bound() {
        let mut parser = parser();
        let part = format!("{HEAD} P {}", "x".repeat(60_000));
        for _ in 0..20 {
            assert_eq!(read(&mut parser, &part), "absorbed");
            assert!(parser.layers.held.len() <= MAX_JOINED_BYTES);
        }
    }
}
