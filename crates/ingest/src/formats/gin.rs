//! Gin, a framework for Go.

use std::borrow::Cow;

use domain::{RawRecord, Reject, RejectReason, Request};

use super::cursor::{self, Cursor, Stop};
use super::draft::{Draft, Slot};
use super::{Format, ParseContext};

/// What Gin's logger writes unless told otherwise.
#[derive(Clone, Copy, Debug)]
pub struct Gin;

impl Format for Gin {
    fn name(&self) -> &'static str {
        "gin"
    }

    fn title(&self) -> &'static str {
        "Gin (default logger, with or without colours); times are those of the server's clock"
    }

    fn example(&self) -> &'static str {
        r#"[GIN] 2026/11/22 - 21:44:14 | 200 |        12ms |       192.0.2.7 | GET      "/users/42""#
    }

    fn parse<'a>(
        &'a self,
        record: RawRecord<'a>,
        context: &'a ParseContext,
    ) -> Result<Request<'a>, Reject> {
        cursor::read(record, context, walk)
    }
}

fn walk<'a>(cursor: &mut Cursor<'a>, draft: &mut Draft<'a>) -> Result<(), Stop> {
    if cursor.rest().starts_with(b"[GIN-debug]") {
        return Err(cursor.stop(RejectReason::NoRequest("what Gin says of itself")));
    }
    cursor.expect(b"[GIN] ")?;
    cursor.take_until(b" - ", Slot::Date, draft)?;
    for slot in [Slot::TimeOfDay, Slot::Status, Slot::LatencyWithUnit, Slot::Peer] {
        take_cell(cursor, slot, draft)?;
    }
    let at = cursor.rest();
    let method_end = memchr::memchr2(b'"', b'/', at);
    let method_end = method_end.ok_or_else(|| cursor.stop(RejectReason::Missing("request")))?;
    let method = bare(&at[..method_end]);
    cursor::set(draft, Slot::Method, 0, Cow::Borrowed(method)).map_err(|it| cursor.stop(it))?;
    cursor.accept(&at[..method_end]);
    if cursor.rest().starts_with(b"\"") {
        return cursor.take_quoted(Slot::Target, 0, draft);
    }
    // Before version 1.5 there were no quotes.
    cursor.take_word(Slot::Target, 0, draft)
}

/// Takes what stands before the next bar.
fn take_cell<'a>(cursor: &mut Cursor<'a>, slot: Slot, draft: &mut Draft<'a>) -> Result<(), Stop> {
    let cell = bare(cursor.until(b"|")?);
    cursor::set(draft, slot, 0, Cow::Borrowed(cell)).map_err(|reason| cursor.stop(reason))
}

/// A text without blanks and the codes of colours around it.
fn bare(mut text: &[u8]) -> &[u8] {
    loop {
        text = text.trim_ascii();
        let is_code = |code: &[u8]| code.iter().all(|byte| byte.is_ascii_digit() || *byte == b';');
        if let Some(rest) = text.strip_prefix(b"\x1b[")
            && let Some(end) = memchr::memchr(b'm', rest)
            && is_code(&rest[..end])
        {
            text = &rest[end + 1..];
        } else if let Some(at) = memchr::memmem::rfind(text, b"\x1b[")
            && text.ends_with(b"m")
            && is_code(&text[at + 2..text.len() - 1])
        {
            text = &text[..at];
        } else {
            return text;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_no_part_of_a_text() {
        let check = |text: &str| assert_eq!(bare(text.as_bytes()), b"200", "{text:?}");
        check("200");
        check("\x1b[97;42m 200 \x1b[0m");
        check(" \x1b[1m\x1b[32m200\x1b[0m\x1b[m ");
        assert_eq!(bare(b"\x1b["), b"\x1b[");
        assert_eq!(bare(b"\x1b[0m"), b"");
    }
}
