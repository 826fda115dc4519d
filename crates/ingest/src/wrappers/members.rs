//! Texts in the JSON objects that collectors make of lines.

use std::borrow::Cow;

use super::Inner;
use crate::formats::json::scan::{Scanner, Text, Value};

/// Deepest nesting that is stepped over.
const MAX_DEPTH: usize = 32;

/// A member of an object.
#[derive(Clone, Copy)]
pub(super) enum Member<'a> {
    Text(Text<'a>),
    Number(&'a [u8]),
    /// An array, as written.
    Array(&'a [u8]),
}

impl<'a> Member<'a> {
    /// A number, or a text without escapes, as written; empty where it is neither.
    pub(super) fn plain(self) -> &'a [u8] {
        match self {
            Self::Text(text) => text.raw,
            Self::Number(number) => number,
            Self::Array(_) => b"",
        }
    }
}

/// The members with these keys of the object that a line is; `None` where it is none.
pub(super) fn members<'a, const N: usize>(
    line: &'a [u8],
    keys: [&[u8]; N],
) -> Option<[Option<Member<'a>>; N]> {
    let mut found = [None; N];
    let mut scanner = Scanner::new(line);
    scanner.skip_blanks();
    if !scanner.accept(b'{') {
        return None;
    }
    loop {
        scanner.skip_blanks();
        let key = scanner.string()?.raw;
        scanner.skip_blanks();
        if !scanner.accept(b':') {
            return None;
        }
        scanner.skip_blanks();
        let slot = keys.iter().position(|wanted| *wanted == key);
        match slot {
            Some(slot) => found[slot] = member(line, &mut scanner)?,
            None => scanner.skip_value(MAX_DEPTH)?,
        }
        scanner.skip_blanks();
        if scanner.accept(b'}') {
            scanner.skip_blanks();
            return scanner.is_at_end().then_some(found);
        }
        if !scanner.accept(b',') {
            return None;
        }
    }
}

fn member<'a>(line: &'a [u8], scanner: &mut Scanner<'a>) -> Option<Option<Member<'a>>> {
    let start = scanner.at();
    if matches!(scanner.peek(), Some(b'{' | b'[')) {
        scanner.skip_value(MAX_DEPTH)?;
        let raw = &line[start..scanner.at()];
        return Some(raw.starts_with(b"[").then_some(Member::Array(raw)));
    }
    Some(match scanner.scalar()? {
        Value::Text(text) => Some(Member::Text(text)),
        Value::Number(number) => Some(Member::Number(number)),
        Value::Word => None,
    })
}

/// A member's text as the line within: borrowed where it has no escapes. An array holds the numbers of
/// the bytes, which is how systemd writes what is no UTF-8.
pub(super) fn within<'a>(
    line: &'a [u8],
    member: Member<'a>,
    room: &'a mut Vec<u8>,
) -> Option<Inner<'a>> {
    let (raw, text) = match member {
        Member::Text(text) => (text.raw, text.unescaped()?),
        Member::Array(raw) => (raw, Cow::Owned(bytes_of(raw)?)),
        Member::Number(_) => return None,
    };
    let text = match text {
        Cow::Borrowed(text) => text,
        Cow::Owned(text) => {
            *room = text;
            room
        }
    };
    let at = raw.as_ptr() as usize - line.as_ptr() as usize;
    Some(Inner { text, ..Inner::from(line, at) })
}

fn bytes_of(array: &[u8]) -> Option<Vec<u8>> {
    let list = array.strip_prefix(b"[")?.strip_suffix(b"]")?;
    let number = |text: &[u8]| std::str::from_utf8(text.trim_ascii()).ok()?.parse().ok();
    list.split(|byte| *byte == b',').map(number).collect()
}
