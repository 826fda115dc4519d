//! nginx `log_format` and Apache `LogFormat` strings, compiled.
//!
//! A template is a row of fields, each ended by the literal text that follows it. Reading a line is
//! one walk from literal to literal: nothing backtracks, and nothing is allocated unless a field
//! holds escapes. The beginning that nearly all of them share has a way of its own: `template/head.rs`.

mod head;
pub(super) mod piece;

use std::borrow::Cow;

use domain::{RawRecord, Reject, RejectReason, Request};

use super::draft::{Draft, Field, Slot};
use super::strftime::Strftime;
use super::{ParseContext, apache, guess, nginx};
use crate::escapes::{unescape, unescape_name};
use head::Head;
use piece::Piece;

pub use piece::TemplateError;

/// Most fields that a template may have.
const MAX_FIELDS: usize = 100;

/// A compiled format string.
#[derive(Clone, Debug)]
pub struct Template {
    lead: Box<[u8]>,
    parts: Vec<Part>,
    head: Option<Head>,
    /// Whether further fields may, and must, follow.
    is_loose: bool,
}

/// A field and the literal that ends it.
#[derive(Clone, Debug)]
struct Part {
    what: What,
    /// Whether quotes stand on both sides: then a quote after a backslash does not end the field.
    quoted: bool,
    end: Box<[u8]>,
}

#[derive(Clone, Debug)]
enum What {
    Field(Field),
    Strftime(Strftime),
}

impl Template {
    /// Compiles a format string as it stands in the server's configuration: an nginx `log_format`
    /// (with or without the directive and its quotes) or an Apache `LogFormat` (likewise).
    pub fn compile(text: &str) -> Result<Self, TemplateError> {
        let text = text.trim();
        let pieces = if text.starts_with("log_format") || nginx::has_variable(text) {
            nginx::pieces(text)?
        } else {
            apache::pieces(text)?
        };
        Self::from_pieces(pieces)
    }

    fn from_pieces(pieces: Vec<Piece>) -> Result<Self, TemplateError> {
        let mut template =
            Self { lead: Box::default(), parts: Vec::new(), head: None, is_loose: false };
        let mut before: Vec<u8> = Vec::new();
        for piece in pieces {
            let what = match piece {
                Piece::Literal(text) => {
                    before.extend(text);
                    continue;
                }
                Piece::Field(field) => What::Field(field),
                Piece::Strftime(pattern) => What::Strftime(pattern),
            };
            if before.is_empty()
                && let Some(last) = template.parts.last_mut()
            {
                match last.join(&what) {
                    Joined::Whole => continue,
                    Joined::Beside => {}
                    Joined::Never => {
                        let problem = "two fields need a separator between them";
                        return Err(TemplateError::new(0, problem));
                    }
                }
            }
            template.close(&mut before);
            template.parts.push(Part { what, quoted: false, end: Box::default() });
            if template.parts.len() > MAX_FIELDS {
                return Err(TemplateError::new(0, format!("more than {MAX_FIELDS} fields")));
            }
        }
        // A blank at the end of a line is as good as none.
        before.truncate(before.trim_ascii_end().len());
        template.close(&mut before);
        template.mark_quoted();
        template.check()?;
        template.head = Head::of(&template.lead, &template.parts);
        Ok(template)
    }

    /// As compiled: a line ends where the format string does.
    pub(crate) fn exactly(self) -> Self {
        self
    }

    /// A line goes on after what the format string tells: what that is must be guessed.
    pub(crate) fn loosely(self) -> Self {
        Self { is_loose: true, ..self }
    }

    /// Ends the last field, or the lead, with the literal gathered so far.
    fn close(&mut self, literal: &mut Vec<u8>) {
        let text = std::mem::take(literal).into_boxed_slice();
        match self.parts.last_mut() {
            Some(part) => part.end = text,
            None => self.lead = text,
        }
    }

    fn mark_quoted(&mut self) {
        let mut opened = self.lead.ends_with(b"\"");
        for part in &mut self.parts {
            part.quoted = opened && part.end.starts_with(b"\"");
            opened = part.end.ends_with(b"\"");
        }
    }

    fn check(&self) -> Result<(), TemplateError> {
        let has = |wanted: &[Slot]| {
            self.parts.iter().any(|part| match &part.what {
                What::Field(field) => wanted.contains(&field.slot),
                What::Strftime(_) => wanted.contains(&Slot::Time),
            })
        };
        let needs = |what: &str| Err(TemplateError::new(0, format!("no field tells {what}")));
        if !has(&[Slot::Time, Slot::TimeClf, Slot::TimeIso, Slot::TimeEpoch]) {
            return needs("the time");
        }
        if !has(&[Slot::Peer, Slot::Forwarded]) {
            return needs("the client");
        }
        if !has(&[Slot::RequestLine, Slot::Target, Slot::Path]) {
            return needs("the request");
        }
        Ok(())
    }

    /// Reads one line.
    pub fn parse<'a>(
        &'a self,
        record: RawRecord<'a>,
        context: &'a ParseContext,
    ) -> Result<Request<'a>, Reject> {
        let line = record.bytes;
        let mut draft = Draft::new(record.position, context);
        let head = self.head.as_ref();
        let begun =
            head.and_then(|head| Some((head.parts(), head.read(line, context, &mut draft)?)));
        let (parts, at) = match begun {
            Some((parts, at)) => (&self.parts[parts..], at),
            None if begins_with(line, &self.lead) => {
                draft = Draft::new(record.position, context);
                (&self.parts[..], self.lead.len())
            }
            None => return Err(draft.reject(0, expected(&self.lead))),
        };
        match walk(parts, line, at, self.is_loose, &mut draft) {
            Ok(()) => draft.finish(),
            Err((at, reason)) => Err(draft.reject(at, reason)),
        }
    }
}

/// Reads the parts that are left, from `at` to the end of the line.
fn walk<'a>(
    parts: &[Part],
    line: &'a [u8],
    mut at: usize,
    is_loose: bool,
    draft: &mut Draft<'a>,
) -> Result<(), (usize, RejectReason)> {
    for part in parts {
        at = part.read(line, at, is_loose, draft)?;
    }
    if is_loose {
        return take_further(line, at, draft);
    }
    if line[at..].trim_ascii().is_empty() { Ok(()) } else { Err((at, RejectReason::Trailing)) }
}

/// Takes in the fields that follow those of the format string, by their looks.
fn take_further<'a>(
    line: &'a [u8],
    at: usize,
    draft: &mut Draft<'a>,
) -> Result<(), (usize, RejectReason)> {
    let is_blank = |byte: &u8| matches!(byte, b' ' | b'\t');
    let mut rest = line[at..].trim_ascii_end();
    // Quotes right behind a bare field are those of a format that has more fields of its own.
    let was_quoted = line[..at].ends_with(b"\"");
    if !rest.first().is_some_and(is_blank) || (!was_quoted && rest[1..].starts_with(b"\"")) {
        return Err((0, RejectReason::Missing("further field")));
    }
    while let Some(start) = rest.iter().position(|byte| !is_blank(byte)) {
        rest = &rest[start..];
        let (value, slot, length) = match rest.strip_prefix(b"\"") {
            Some(quoted) => {
                let found = find_after_escapes(quoted, b"\"");
                let (length, escaped) = found.unwrap_or((quoted.len(), false));
                let value = &quoted[..length];
                let value = if escaped { unescape(value) } else { Cow::Borrowed(value) };
                let slot = guess::slot_of_header(&value);
                (value, slot, (length + 2).min(rest.len()))
            }
            None => {
                let length = rest.iter().position(is_blank).unwrap_or(rest.len());
                let slot = guess::is_nginx_secs(&rest[..length]).then_some(Slot::LatencySecs);
                (Cow::Borrowed(&rest[..length]), slot, length)
            }
        };
        if let Some(slot) = slot {
            // The first of a kind is it: the server's own time comes before that of the one behind.
            let field = Field { slot, rank: 3 };
            if !draft.tells_slot(slot) {
                let at = line.len() - rest.len();
                draft.set(field, value).map_err(|reason| (at, reason))?;
            }
        }
        rest = &rest[length..];
    }
    Ok(())
}

/// What becomes of two fields with nothing between them.
enum Joined {
    /// They are one: `%U%q`, `$uri$is_args$args`.
    Whole,
    /// The first ends by itself.
    Beside,
    /// Nobody can tell where the first ends.
    Never,
}

impl Part {
    /// Joins the field that follows this one with nothing between them.
    fn join(&mut self, next: &What) -> Joined {
        match (&mut self.what, next) {
            (What::Strftime(_), _) => Joined::Beside,
            (What::Field(first), What::Field(second))
                if matches!(first.slot, Slot::Path | Slot::Target)
                    && matches!(second.slot, Slot::Query | Slot::Ignored) =>
            {
                first.slot = Slot::Target;
                Joined::Whole
            }
            _ => Joined::Never,
        }
    }

    /// Reads this field at `at` and gives the position after the literal that ends it.
    fn read<'a>(
        &self,
        line: &'a [u8],
        at: usize,
        is_loose: bool,
        draft: &mut Draft<'a>,
    ) -> Result<usize, (usize, RejectReason)> {
        match &self.what {
            What::Field(field) => {
                let (length, escaped) =
                    self.length(&line[at..], field.slot, is_loose).ok_or_else(|| {
                        let seen_end = at == line.len();
                        let missing = RejectReason::Missing(field.slot.title());
                        (at, if seen_end { missing } else { expected(&self.end) })
                    })?;
                let value = &line[at..at + length];
                if field.slot.is_latency() && !may_be_number(value) {
                    return Err((at, RejectReason::Invalid(field.slot.title())));
                }
                if field.slot == Slot::User && !self.quoted && value.contains(&b' ') {
                    draft.mark_loose_user();
                }
                let value = match field.slot {
                    Slot::User => unescape_name(value),
                    _ if escaped => unescape(value),
                    _ => Cow::Borrowed(value),
                };
                draft.set(*field, value).map_err(|reason| (at, reason))?;
                Ok(at + length + self.end.len())
            }
            What::Strftime(pattern) => {
                let read = pattern.read(&line[at..], draft.time_parts());
                let after = at + read.ok_or((at, RejectReason::Invalid("time")))?;
                if !begins_with(&line[after..], &self.end) {
                    return Err((after, expected(&self.end)));
                }
                Ok(after + self.end.len())
            }
        }
    }

    /// How long the field at the beginning of `rest` is, and whether it may hold escapes.
    fn length(&self, rest: &[u8], slot: Slot, is_loose: bool) -> Option<(usize, bool)> {
        if self.end.is_empty() && is_loose {
            let length = rest.iter().position(|byte| matches!(byte, b' ' | b'\t'));
            return Some((length.unwrap_or(rest.len()), false));
        }
        // A local time holds a space itself, in a place that is known.
        let skipped = if slot == Slot::TimeClf { 20.min(rest.len()) } else { 0 };
        if self.end.is_empty() {
            return Some((rest.trim_ascii_end().len(), false));
        }
        if self.quoted {
            find_after_escapes(rest, &self.end)
                .or_else(|| find(rest, &self.end).map(|found| (found, true)))
        } else {
            let found = find_outside_list(&rest[skipped..], &self.end);
            found.map(|found| (found + skipped, false))
        }
    }
}

/// The first place of `literal` (not empty) in `text`.
fn find(text: &[u8], literal: &[u8]) -> Option<usize> {
    let (first, rest) = literal.split_first()?;
    memchr::memchr_iter(*first, text).find(|at| begins_with(&text[at + 1..], rest))
}

/// The first place of `literal` (not empty) in `text`, where a blank after a comma is no end: so go
/// the lists of forwarded addresses and upstream servers.
fn find_outside_list(text: &[u8], literal: &[u8]) -> Option<usize> {
    let (first, rest) = literal.split_first()?;
    let ends = |at: &usize| {
        let in_list = *first == b' ' && *at > 0 && text[at - 1] == b',';
        begins_with(&text[at + 1..], rest) && !in_list
    };
    // Most fields are a word, a number or a dash: a call is dearer than a look.
    let near = text.iter().take(8).position(|byte| byte == first).filter(ends);
    near.or_else(|| memchr::memchr_iter(*first, text).find(ends))
}

/// What `starts_with` says, for literals too short to be worth its call.
fn begins_with(text: &[u8], literal: &[u8]) -> bool {
    text.len() >= literal.len() && literal.iter().zip(text).all(|(left, right)| left == right)
}

/// The first place of `literal`, which begins with a quote, that no backslash hides, and whether there
/// is a backslash before it.
fn find_after_escapes(text: &[u8], literal: &[u8]) -> Option<(usize, bool)> {
    let (mut at, mut escaped) = (0, false);
    loop {
        at += memchr::memchr2(b'"', b'\\', text.get(at..)?)?;
        if text[at] == b'\\' {
            escaped = true;
            at += 2;
        } else if begins_with(&text[at..], literal) {
            return Some((at, escaped));
        } else {
            at += 1;
        }
    }
}

/// Whether a field may hold a number, or a list of them as nginx writes of several servers.
fn may_be_number(value: &[u8]) -> bool {
    value
        .iter()
        .all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b',' | b':' | b' ' | b'-'))
}

fn expected(literal: &[u8]) -> RejectReason {
    RejectReason::Expected(String::from_utf8_lossy(literal).into_owned())
}
