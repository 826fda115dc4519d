//! Comma-separated values under a header line.

use std::borrow::Cow;
use std::sync::LazyLock;

use domain::{RawRecord, Reject, RejectReason, Request};

use super::draft::{Draft, Field, Slot};
use super::json::JsonFormat;
use super::{Format, HeadedParser, ParseContext, Taken};
use crate::DEFAULT_MAX_LINE_BYTES;

/// Longest record that is put together from lines.
const MAX_RECORD_BYTES: usize = DEFAULT_MAX_LINE_BYTES;

/// What may set values apart.
const DELIMITERS: [u8; 3] = [b',', b';', b'\t'];

/// Most columns that are looked at.
const MAX_COLUMNS: usize = 256;

/// Comma-separated values whose header names the columns as the keys of JSON lines are named.
#[derive(Clone, Copy, Debug)]
pub struct Csv;

static DEFAULT: LazyLock<JsonFormat> =
    LazyLock::new(|| JsonFormat::with_fields(&[]).expect("the built-in field map is valid"));

impl Format for Csv {
    fn name(&self) -> &'static str {
        "csv"
    }

    fn title(&self) -> &'static str {
        "comma-separated values with a header line"
    }

    fn notes(&self) -> &'static str {
        "The header names the columns: as the keys of `json` are named, in whatever case, or as \
         `read.fields` says. Semicolons and tabs separate as well as commas. A value may stand in \
         quotes, a quote within is doubled, and line ends may stand within. `duration` is in seconds with a \
         decimal point, else in milliseconds."
    }

    fn example(&self) -> &'static str {
        "time,client_ip,method,uri,status,bytes,duration_ms,user_agent\n\
         2026-11-22T21:44:14Z,192.0.2.7,GET,/users/42,200,271,12,\"curl/8.6.0\""
    }

    fn taken(&self) -> Vec<Taken> {
        super::Json.taken()
    }

    fn parse<'a>(
        &'a self,
        record: RawRecord<'a>,
        context: &'a ParseContext,
    ) -> Result<Request<'a>, Reject> {
        // Without a header nobody knows what a value is.
        Err(Draft::new(record.position, context).reject(0, RejectReason::Missing("header")))
    }

    fn begin(&self) -> Option<Box<dyn HeadedParser>> {
        Some(begin(&DEFAULT))
    }
}

/// Begins a source whose columns are named by this map.
pub(crate) fn begin(map: &JsonFormat) -> Box<dyn HeadedParser> {
    let map = Box::new(map.clone());
    let (header, columns, held) = (Vec::new(), Vec::new(), Vec::new());
    Box::new(Table { map, header, delimiter: b',', columns, held, is_whole: false })
}

/// Whether a record goes on behind the end of this line: a value's quote is open, whatever sets values
/// apart.
pub(crate) fn goes_on(record: &[u8]) -> bool {
    let is_open = |delimiter| Values { line: record, at: 0, delimiter }.leaves_open();
    DELIMITERS.into_iter().any(is_open)
}

/// What a header has told.
struct Table {
    map: Box<JsonFormat>,
    /// The header as it stands, empty before it.
    header: Vec<u8>,
    delimiter: u8,
    columns: Vec<Option<Field>>,
    /// The lines of a record whose quote was not closed in the first, and whether it is now.
    held: Vec<u8>,
    is_whole: bool,
}

impl Table {
    /// Whether the line goes on in the next: a value's quote is open. One that grows too long is given
    /// up, and is a reject.
    fn hold(&mut self, line: &[u8]) -> bool {
        if std::mem::take(&mut self.is_whole) {
            self.held.clear();
        }
        let quotes = memchr::memchr_iter(b'"', line).count();
        if self.held.is_empty() && quotes.is_multiple_of(2) {
            return false;
        }
        if !self.held.is_empty() {
            self.held.push(b'\n');
        }
        self.held.extend_from_slice(line);
        let is_open = Values { line: &self.held, at: 0, delimiter: self.delimiter }.leaves_open();
        let goes_on = is_open && self.held.len() < MAX_RECORD_BYTES;
        self.is_whole = !goes_on;
        goes_on
    }

    fn field_of(&self, name: &[u8]) -> Option<Field> {
        let name = name.trim_ascii();
        let plain = || {
            name.to_ascii_lowercase().iter().map(|b| if *b == b' ' { b'_' } else { *b }).collect()
        };
        self.map.field_of(name).or_else(|| {
            let plain: Vec<u8> = plain();
            self.map.field_of(&plain)
        })
    }
}

impl HeadedParser for Table {
    fn take_header(&mut self, line: &[u8], _: &ParseContext) -> bool {
        let line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line);
        if !self.header.is_empty() {
            // Files put together repeat it.
            return (self.held.is_empty() && line == self.header) || self.hold(line);
        }
        let counted = DELIMITERS.map(|delimiter| {
            (memchr::memchr_iter(delimiter, line).take(MAX_COLUMNS).count(), delimiter)
        });
        let (count, delimiter) =
            counted.into_iter().max_by_key(|(count, _)| *count).unwrap_or_default();
        if count < 2 {
            return false;
        }
        let names = Values { line, at: 0, delimiter };
        let names = names.take(MAX_COLUMNS).map(|(_, name)| name.map(|name| self.field_of(&name)));
        let Some(columns) = names.collect::<Option<Vec<_>>>() else { return false };
        let has = |wanted: &[Slot]| {
            columns.iter().flatten().any(|field: &Field| wanted.contains(&field.slot))
        };
        let is_header = has(&[Slot::Time, Slot::TimeEpoch, Slot::TimeIso])
            && has(&[Slot::Peer, Slot::Forwarded])
            && has(&[Slot::Method, Slot::Target, Slot::Path, Slot::RequestLine, Slot::Url]);
        if is_header {
            self.header = line.to_vec();
            self.delimiter = delimiter;
            self.columns = columns;
        }
        is_header
    }

    fn is_told(&self) -> bool {
        !self.header.is_empty()
    }

    fn unfinished(&self) -> &[u8] {
        if self.is_whole { b"" } else { &self.held }
    }

    fn joined(&self) -> Option<&[u8]> {
        self.is_whole.then_some(&self.held)
    }

    fn parse<'a>(
        &'a self,
        record: RawRecord<'a>,
        context: &'a ParseContext,
    ) -> Result<Request<'a>, Reject> {
        let mut draft = Draft::new(record.position, context);
        if self.columns.is_empty() {
            return Err(draft.reject(0, RejectReason::Missing("header")));
        }
        let line = if self.is_whole { &self.held } else { record.bytes };
        let mut values = Values { line, at: 0, delimiter: self.delimiter };
        for column in &self.columns {
            let Some((at, value)) = values.next() else {
                return Err(draft.reject(line.len(), RejectReason::Missing("column")));
            };
            let Some(value) = value else {
                return Err(draft.reject(at, RejectReason::Expected("\"".to_owned())));
            };
            if let Some(field) = column
                && let Err(reason) = draft.set(*field, value)
            {
                return Err(draft.reject(at, reason));
            }
        }
        match values.next() {
            Some((at, _)) => Err(draft.reject(at, RejectReason::Trailing)),
            None => draft.finish(),
        }
    }
}

/// The values of a line, each with its place; `None` for one whose quote is not closed.
struct Values<'a> {
    line: &'a [u8],
    /// Where the next value begins; past the end when there is none.
    at: usize,
    delimiter: u8,
}

impl<'a> Iterator for Values<'a> {
    type Item = (usize, Option<Cow<'a, [u8]>>);

    fn next(&mut self) -> Option<Self::Item> {
        let start = self.at;
        let rest = self.line.get(start..)?;
        let Some(quoted) = rest.strip_prefix(b"\"") else {
            let end = memchr::memchr(self.delimiter, rest).unwrap_or(rest.len());
            self.at = start + end + 1;
            return Some((start, Some(Cow::Borrowed(&rest[..end]))));
        };
        let mut doubled = false;
        let mut quotes = memchr::memchr_iter(b'"', quoted).peekable();
        while let Some(end) = quotes.next() {
            if quotes.next_if_eq(&(end + 1)).is_some() {
                doubled = true;
                continue;
            }
            let after = &quoted[end + 1..];
            if !after.is_empty() && after[0] != self.delimiter {
                break;
            }
            self.at = start + 1 + end + 2;
            let text = &quoted[..end];
            let text = if doubled { Cow::Owned(undoubled(text)) } else { Cow::Borrowed(text) };
            return Some((start, Some(text)));
        }
        self.at = self.line.len() + 1;
        Some((start, None))
    }
}

impl Values<'_> {
    /// Whether the last value has a quote that nothing closes.
    fn leaves_open(self) -> bool {
        let line = self.line;
        let broken = self.filter(|(_, value)| value.is_none()).last();
        let quotes = broken.map_or(0, |(at, _)| memchr::memchr_iter(b'"', &line[at..]).count());
        !quotes.is_multiple_of(2)
    }
}

fn undoubled(text: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(text.len());
    let mut bytes = text.iter();
    while let Some(byte) = bytes.next() {
        plain.push(*byte);
        if *byte == b'"' {
            bytes.next();
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_goes_on_while_a_quote_is_open() {
        let check = |line: &str, expect: bool| {
            let values = Values { line: line.as_bytes(), at: 0, delimiter: b',' };
            assert_eq!(values.leaves_open(), expect, "{line}");
        };
        check("a,\"b", true);
        check("a,\"b\"\"", true);
        check("\"a\nb\",\"c", true);
        check("a,\"b\nc\",d", false);
        check("a,5\" disk,b", false);
        check("", false);
    }

    #[test]
    fn values_are_split_as_rfc_4180_says() {
        let check = |line: &str, expect: &[Option<&str>]| {
            let values = Values { line: line.as_bytes(), at: 0, delimiter: b',' };
            let found: Vec<_> = values
                .map(|(_, value)| value.map(|it| String::from_utf8(it.into_owned()).unwrap()))
                .collect();
            let expect: Vec<_> = expect.iter().map(|it| it.map(str::to_owned)).collect();
            assert_eq!(found, expect, "{line}");
        };
        check("a,,b", &[Some("a"), Some(""), Some("b")]);
        check("\"a,\"\"b\"\"\",c,", &[Some("a,\"b\""), Some("c"), Some("")]);
        check("\"a\"b,c", &[None]);
        check("a,\"b", &[Some("a"), None]);
        check("\"\"\"\"", &[Some("\"")]);
    }
}
