//! Lines of columns that a header names: W3C extended, CloudFront, Zeek.

use std::borrow::Cow;

use domain::RejectReason;

use super::draft::{Draft, Field, Slot};
use crate::escapes::percent_decoded;

/// Most columns that a header may name.
pub(crate) const MAX_COLUMNS: usize = 200;

/// What a column says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Column {
    /// A field of a request, as written.
    Field(Field),
    /// The same, where the writer percent-encodes what its separator would break.
    Encoded(Field),
    /// A list of addresses, its blanks written as `+` or percent-encoded.
    List(Field),
    /// The day.
    Date,
    /// The time of day.
    Clock,
    /// The day and the time of day on the server's own clock.
    LocalDate,
    LocalClock,
    /// Nothing that anyone needs.
    Ignored,
}

impl Column {
    /// A column that says what this slot says, as good a witness as the rank tells.
    pub(crate) const fn of(slot: Slot, rank: u8) -> Self {
        Self::Field(Field { slot, rank })
    }

    /// The same with its percent-encoding undone.
    pub(crate) const fn encoded(slot: Slot, rank: u8) -> Self {
        Self::Encoded(Field { slot, rank })
    }

    /// The same for a list of addresses.
    pub(crate) const fn list(slot: Slot, rank: u8) -> Self {
        Self::List(Field { slot, rank })
    }

    /// Takes the value of this column into a draft.
    pub(crate) fn fill<'a>(
        self,
        value: Cow<'a, [u8]>,
        draft: &mut Draft<'a>,
    ) -> Result<(), RejectReason> {
        let invalid = |()| RejectReason::Invalid("time");
        match self {
            Self::Field(field) => draft.set(field, value),
            Self::Encoded(field) => draft.set(field, percent_decoded(value)),
            Self::List(field) => draft.set(field, unplussed(percent_decoded(value))),
            Self::Date | Self::LocalDate => draft.time_parts().set_date(&value).map_err(invalid),
            Self::Clock | Self::LocalClock => draft.time_parts().set_clock(&value).map_err(invalid),
            Self::Ignored => Ok(()),
        }
    }
}

/// Writes blanks for `+`, as IIS has it the other way round.
fn unplussed(mut text: Cow<'_, [u8]>) -> Cow<'_, [u8]> {
    if memchr::memchr(b'+', &text).is_some() {
        text.to_mut().iter_mut().filter(|byte| **byte == b'+').for_each(|byte| *byte = b' ');
    }
    text
}

/// The values of a line: parted by single tabs, or by runs of blanks with quotes around values that
/// hold some (a quote within is written twice).
pub(crate) struct Values<'a> {
    line: &'a [u8],
    at: usize,
    by_tabs: bool,
    is_done: bool,
}

impl<'a> Values<'a> {
    pub(crate) fn by_tabs(line: &'a [u8]) -> Self {
        Self { line, at: 0, by_tabs: true, is_done: false }
    }

    pub(crate) fn by_blanks(line: &'a [u8]) -> Self {
        Self { line, at: 0, by_tabs: false, is_done: false }
    }

    fn tabbed(&mut self) -> (usize, Cow<'a, [u8]>) {
        let (start, rest) = (self.at, &self.line[self.at..]);
        let length = memchr::memchr(b'\t', rest);
        self.is_done = length.is_none();
        let length = length.unwrap_or(rest.len());
        self.at += length + 1;
        (start, Cow::Borrowed(&rest[..length]))
    }

    fn spaced(&mut self) -> Option<(usize, Cow<'a, [u8]>)> {
        let is_blank = |byte: &u8| matches!(byte, b' ' | b'\t');
        let rest = &self.line[self.at..];
        let Some(start) = rest.iter().position(|byte| !is_blank(byte)) else {
            self.is_done = true;
            return None;
        };
        let (rest, start) = (&rest[start..], self.at + start);
        if let Some(quoted) = rest.strip_prefix(b"\"") {
            let (length, doubled) = quoted_length(quoted);
            self.at = (start + length + 2).min(self.line.len());
            let value = &quoted[..length];
            let value = if doubled { Cow::Owned(undoubled(value)) } else { Cow::Borrowed(value) };
            return Some((start, value));
        }
        let length = memchr::memchr2(b' ', b'\t', rest).unwrap_or(rest.len());
        self.at = start + length;
        Some((start, Cow::Borrowed(&rest[..length])))
    }
}

/// Each value with the place where it begins.
impl<'a> Iterator for Values<'a> {
    type Item = (usize, Cow<'a, [u8]>);

    fn next(&mut self) -> Option<Self::Item> {
        match (self.is_done, self.by_tabs) {
            (true, _) => None,
            (false, true) => Some(self.tabbed()),
            (false, false) => self.spaced(),
        }
    }
}

/// Bytes up to the quote that ends a value, and whether some within are doubled.
fn quoted_length(text: &[u8]) -> (usize, bool) {
    let (mut at, mut doubled) = (0, false);
    while let Some(found) = text.get(at..).and_then(|rest| memchr::memchr(b'"', rest)) {
        at += found;
        if text.get(at + 1) != Some(&b'"') {
            return (at, doubled);
        }
        doubled = true;
        at += 2;
    }
    (text.len(), doubled)
}

fn undoubled(text: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(text.len());
    let mut bytes = text.iter().peekable();
    while let Some(byte) = bytes.next() {
        plain.push(*byte);
        if *byte == b'"' {
            bytes.next_if_eq(&&b'"');
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(values: Values<'_>) -> Vec<(usize, String)> {
        let text = |value: Cow<'_, [u8]>| String::from_utf8_lossy(&value).into_owned();
        values.map(|(at, value)| (at, text(value))).collect()
    }

    #[test]
    fn values_are_parted_by_tabs_or_by_blanks_with_quotes() {
        let at = |list: &[(usize, &str)]| -> Vec<(usize, String)> {
            list.iter().map(|(at, text)| (*at, (*text).to_owned())).collect()
        };
        assert_eq!(values(Values::by_tabs(b"a\t\tb c")), at(&[(0, "a"), (2, ""), (3, "b c")]));
        let line = br#"a  "b ""c"" d" - "" "open"#;
        let expect = at(&[(0, "a"), (3, r#"b "c" d"#), (15, "-"), (17, ""), (20, "open")]);
        assert_eq!(values(Values::by_blanks(line)), expect);
        assert_eq!(values(Values::by_blanks(b"  ")), at(&[]));
    }
}
