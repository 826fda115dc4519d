//! A walk over one line of text, for formats that no format string can express.

use std::borrow::Cow;

use domain::{RawRecord, Reject, RejectReason, Request};

use super::ParseContext;
use super::draft::{Draft, Field, Slot};
use crate::escapes::unescape;

/// Where a line gave up, and why.
pub(crate) type Stop = (usize, RejectReason);

/// Reads a line with `walk`, which fills the draft, into a request.
pub(crate) fn read<'a>(
    record: RawRecord<'a>,
    context: &'a ParseContext,
    walk: impl FnOnce(&mut Cursor<'a>, &mut Draft<'a>) -> Result<(), Stop>,
) -> Result<Request<'a>, Reject> {
    let mut draft = Draft::new(record.position, context);
    let mut cursor = Cursor { line: record.bytes, at: 0 };
    match walk(&mut cursor, &mut draft) {
        Ok(()) => draft.finish(),
        Err((at, reason)) => Err(draft.reject(at, reason)),
    }
}

/// A place in a line.
pub(crate) struct Cursor<'a> {
    line: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    /// What is left.
    pub(crate) fn rest(&self) -> &'a [u8] {
        &self.line[self.at..]
    }

    /// Steps over a literal, if it is here.
    pub(crate) fn accept(&mut self, literal: &[u8]) -> bool {
        let found = self.rest().starts_with(literal);
        self.at += if found { literal.len() } else { 0 };
        found
    }

    /// Steps over a literal.
    pub(crate) fn expect(&mut self, literal: &[u8]) -> Result<(), Stop> {
        if self.accept(literal) { Ok(()) } else { Err(self.stop(expected(literal))) }
    }

    /// The text before a literal, which is stepped over.
    pub(crate) fn until(&mut self, literal: &[u8]) -> Result<&'a [u8], Stop> {
        let found = memchr::memmem::find(self.rest(), literal);
        let length = found.ok_or_else(|| self.stop(expected(literal)))?;
        let text = &self.rest()[..length];
        self.at += length + literal.len();
        Ok(text)
    }

    /// The word that is here, and the blanks after it are stepped over; at the end of the line none.
    pub(crate) fn word(&mut self) -> Result<&'a [u8], Stop> {
        let rest = self.rest();
        let length = memchr::memchr(b' ', rest).unwrap_or(rest.len());
        if length == 0 {
            return Err(self.stop(RejectReason::Missing("field")));
        }
        self.at += length;
        self.skip_blanks();
        Ok(&rest[..length])
    }

    /// So many words that nobody needs.
    pub(crate) fn skip_words(&mut self, count: usize) -> Result<(), Stop> {
        (0..count).try_for_each(|_| self.word().map(|_| ()))
    }

    /// A text in quotes, backslash escapes undone, and the blanks after it are stepped over.
    pub(crate) fn quoted(&mut self) -> Result<Cow<'a, [u8]>, Stop> {
        self.expect(b"\"")?;
        let rest = self.rest();
        let (mut at, mut escaped) = (0, false);
        while let Some(found) = rest.get(at..).and_then(|rest| memchr::memchr2(b'"', b'\\', rest)) {
            at += found;
            // A quote that nothing follows but a blank ends the text, unless it has a backslash.
            if rest[at] == b'"' && matches!(rest.get(at + 1), None | Some(b' ' | b',')) {
                self.at += at + 1;
                self.skip_blanks();
                let text = &rest[..at];
                return Ok(if escaped { unescape(text) } else { Cow::Borrowed(text) });
            }
            escaped |= rest[at] == b'\\';
            at += if rest[at] == b'\\' { 2 } else { 1 };
        }
        Err(self.stop(expected(b"\"")))
    }

    /// Takes a word into a draft.
    pub(crate) fn take_word(
        &mut self,
        slot: Slot,
        rank: u8,
        draft: &mut Draft<'a>,
    ) -> Result<(), Stop> {
        let at = self.at;
        let word = self.word()?;
        set(draft, slot, rank, Cow::Borrowed(word)).map_err(|reason| (at, reason))
    }

    /// Takes a text in quotes into a draft.
    pub(crate) fn take_quoted(
        &mut self,
        slot: Slot,
        rank: u8,
        draft: &mut Draft<'a>,
    ) -> Result<(), Stop> {
        let at = self.at;
        let text = self.quoted()?;
        set(draft, slot, rank, text).map_err(|reason| (at, reason))
    }

    /// Takes the text before a literal into a draft.
    pub(crate) fn take_until(
        &mut self,
        literal: &[u8],
        slot: Slot,
        draft: &mut Draft<'a>,
    ) -> Result<(), Stop> {
        let at = self.at;
        let text = self.until(literal)?;
        set(draft, slot, 0, Cow::Borrowed(text)).map_err(|reason| (at, reason))
    }

    pub(crate) fn skip_blanks(&mut self) {
        self.at += self.rest().iter().take_while(|byte| **byte == b' ').count();
    }

    /// The end of the line is here.
    pub(crate) fn end(&self) -> Result<(), Stop> {
        if self.rest().trim_ascii().is_empty() {
            return Ok(());
        }
        Err(self.stop(RejectReason::Trailing))
    }

    pub(crate) fn stop(&self, reason: RejectReason) -> Stop {
        (self.at, reason)
    }
}

/// Sets a field of a draft.
pub(crate) fn set<'a>(
    draft: &mut Draft<'a>,
    slot: Slot,
    rank: u8,
    value: Cow<'a, [u8]>,
) -> Result<(), RejectReason> {
    draft.set(Field { slot, rank }, value)
}

fn expected(literal: &[u8]) -> RejectReason {
    RejectReason::Expected(String::from_utf8_lossy(literal).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_end_where_a_blank_follows() {
        let check = |line: &str, text: &str, rest: &str| {
            let mut cursor = Cursor { line: line.as_bytes(), at: 0 };
            assert_eq!(&cursor.quoted().unwrap()[..], text.as_bytes(), "{line}");
            assert_eq!(cursor.rest(), rest.as_bytes(), "{line}");
        };
        check(r#""a b" c"#, "a b", "c");
        check(r#""" c"#, "", "c");
        check(r#""a \"b\" c" d"#, r#"a "b" c"#, "d");
        check(r#""a"b" d"#, r#"a"b"#, "d");
        check(r#""a""#, "a", "");
        assert!(Cursor { line: b"\"open", at: 0 }.quoted().is_err());
        assert!(Cursor { line: b"\"open\\", at: 0 }.quoted().is_err());
    }
}
