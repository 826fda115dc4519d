//! JSON documents that hold many records: archives, OTLP files, arrays, objects over several lines.

use std::io::{self, Read};

use crate::lines::{BYTE_ORDER_MARK, Line};

/// Bytes read from the stream at a time.
const CHUNK_BYTES: usize = 64 * 1024;

/// Longest record of a document: entries of archives hold whole responses.
pub const MAX_RECORD_BYTES: usize = 8 * 1024 * 1024;

/// Deepest envelope around records: `resourceSpans`, its object, `scopeSpans`, its object, `spans`.
const MAX_ENVELOPES: usize = 8;

/// Longest key that can lead to records.
const MAX_KEY_BYTES: usize = 40;

/// Where one record of a source ends and the next begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Framing {
    /// At the end of a line.
    #[default]
    Lines,
    /// The same, but for line ends within quotes: a table's records.
    QuotedLines,
    /// At the end of a JSON object, or of an element of an array.
    Values,
    /// The same, within an envelope that names the arrays.
    Envelopes,
}

impl Framing {
    /// Tells it from the beginning of a source: a document is an array of objects, an object over
    /// several lines, or one whose keys lead to records.
    pub(crate) fn of_head(head: &[u8]) -> Self {
        let text = head.strip_prefix(BYTE_ORDER_MARK).unwrap_or(head).trim_ascii_start();
        match text.split_first() {
            Some((b'[', rest)) if rest.trim_ascii_start().starts_with(b"{") => Self::Values,
            Some((b'{', _)) if leads_to_records(text) => Self::Envelopes,
            Some((b'{', rest)) => {
                let end = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
                // A line of a log ends its object; what goes on is indented, or a string or a brace.
                let open = !rest[..end].trim_ascii_end().ends_with(b"}");
                let next = rest[end..].trim_ascii_start();
                if open && next.starts_with(b"\"") { Self::Values } else { Self::Lines }
            }
            _ => Self::Lines,
        }
    }
}

/// Whether one of the first keys of an object is that of an envelope.
fn leads_to_records(text: &[u8]) -> bool {
    let mut reader = ValueReader::new(text, Framing::Envelopes);
    // In memory nothing fails.
    let has_record = reader.next_value().is_ok_and(|record| record.is_some());
    has_record && reader.found_envelope
}

/// What an envelope holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Node {
    Top,
    Log,
    Resource,
    Scope,
    /// An array whose elements are records.
    Records,
}

impl Node {
    /// What a key leads to, and so many keys before it.
    fn child(self, key: &[u8], before: usize) -> Option<Self> {
        Some(match (self, key) {
            (Self::Top, b"log") => Self::Log,
            (Self::Top, b"resourceSpans" | b"resourceLogs") => Self::Resource,
            (Self::Top, b"Records" | b"records" | b"logEvents") => Self::Records,
            // What `aws logs` prints; a record of a log may have events as well, though not first.
            (Self::Top, b"events") if before == 0 => Self::Records,
            (Self::Log, b"entries") => Self::Records,
            (
                Self::Resource,
                b"scopeSpans"
                | b"scopeLogs"
                | b"instrumentationLibrarySpans"
                | b"instrumentationLibraryLogs",
            ) => Self::Scope,
            (Self::Scope, b"spans" | b"logRecords") => Self::Records,
            _ => return None,
        })
    }
}

/// An open object or array of an envelope.
#[derive(Clone, Copy, Debug)]
struct Level {
    node: Node,
    is_array: bool,
    /// Keys that have been read so far.
    keys: usize,
}

/// Splits a document into records. It holds a chunk and at most one record of the longest length that is
/// allowed; a longer one is skipped without being held, as is everything between records.
pub(crate) struct ValueReader<R> {
    stream: R,
    framing: Framing,
    buffer: Vec<u8>,
    /// Where the next byte to be looked at lies.
    at: usize,
    /// Bytes of the stream before the buffer.
    before: u64,
    at_end: bool,
    levels: Vec<Level>,
    /// Whether a key of an envelope has been met.
    found_envelope: bool,
    max_record_bytes: usize,
}

impl<R: Read> ValueReader<R> {
    pub(crate) fn new(stream: R, framing: Framing) -> Self {
        Self {
            stream,
            framing,
            buffer: Vec::new(),
            at: 0,
            before: 0,
            at_end: false,
            levels: Vec::new(),
            found_envelope: false,
            max_record_bytes: MAX_RECORD_BYTES,
        }
    }

    /// Bytes of the stream that have been given out or skipped so far.
    pub(crate) fn offset(&self) -> u64 {
        self.before + self.at as u64
    }

    pub(crate) fn get_ref(&self) -> &R {
        &self.stream
    }

    /// The next record, or `None` at the end. What stands outside of any object is given out as it is,
    /// line by line, so that it is rejected and not lost.
    pub(crate) fn next_value(&mut self) -> io::Result<Option<Line<'_>>> {
        loop {
            self.drop_seen();
            let Some(byte) = self.peek()? else { return Ok(None) };
            let level = self.levels.last().copied();
            match (byte, level) {
                (b' ' | b'\t' | b'\r' | b'\n' | b',' | b':', _) => self.at += 1,
                (_, None) if BYTE_ORDER_MARK.get(self.offset() as usize) == Some(&byte) => {
                    self.at += 1;
                }
                (b'}' | b']', Some(_)) => {
                    self.at += 1;
                    self.levels.pop();
                }
                (b'"', Some(Level { node, is_array: false, keys })) => self.member(node, keys)?,
                (b'{', Some(Level { node: Node::Records, .. })) => return self.record().map(Some),
                (b'{', Some(Level { node, .. })) => self.open(node, false)?,
                (b'{', None) if self.framing == Framing::Envelopes => {
                    self.open(Node::Top, false)?
                }
                (b'{', None) => return self.record().map(Some),
                (b'[', None) => self.open(Node::Records, true)?,
                (_, Some(_)) => self.skip_value()?,
                (_, None) => return self.rest_of_line().map(Some),
            }
        }
    }

    /// Reads a key of an envelope and goes into its value where it leads to records, else past it.
    fn member(&mut self, node: Node, keys: usize) -> io::Result<()> {
        if let Some(level) = self.levels.last_mut() {
            level.keys += 1;
        }
        let start = self.at;
        self.skip_value()?;
        let key = self.buffer[start..self.at].trim_ascii();
        let key = key.get(1..key.len().saturating_sub(1)).unwrap_or_default();
        let child = if key.len() <= MAX_KEY_BYTES { node.child(key, keys) } else { None };
        self.drop_seen();
        while matches!(self.peek()?, Some(b' ' | b'\t' | b'\r' | b'\n' | b':')) {
            self.at += 1;
        }
        match (child, self.peek()?) {
            (Some(child), Some(byte @ (b'{' | b'['))) => {
                self.found_envelope = true;
                self.open(child, byte == b'[')
            }
            (_, Some(b'}' | b']') | None) => Ok(()),
            _ => self.skip_value(),
        }
    }

    /// Goes into an object or array; one that lies too deep to be an envelope is skipped.
    fn open(&mut self, node: Node, is_array: bool) -> io::Result<()> {
        if self.levels.len() >= MAX_ENVELOPES {
            return self.skip_value();
        }
        self.at += 1;
        self.levels.push(Level { node, is_array, keys: 0 });
        Ok(())
    }

    /// Gives out the object that is next.
    fn record(&mut self) -> io::Result<Line<'_>> {
        let offset = self.offset();
        let start = self.at;
        let length = self.walk_value(self.max_record_bytes)?;
        let kept = length.min(self.max_record_bytes);
        let too_long = length > self.max_record_bytes;
        Ok(Line { offset, bytes: &self.buffer[start..start + kept], too_long })
    }

    fn rest_of_line(&mut self) -> io::Result<Line<'_>> {
        let (offset, start) = (self.offset(), self.at);
        while let Some(byte) = self.peek()? {
            if byte == b'\n' || self.at - start >= crate::DEFAULT_MAX_LINE_BYTES {
                break;
            }
            self.at += 1;
        }
        Ok(Line { offset, bytes: &self.buffer[start..self.at], too_long: false })
    }

    fn skip_value(&mut self) -> io::Result<()> {
        self.walk_value(MAX_KEY_BYTES + 2).map(|_| ())
    }

    /// Walks over the value that is next, and tells its length. Its first bytes stay in the buffer, at
    /// least so many as are to be kept; the rest is let go while it is read.
    fn walk_value(&mut self, keep: usize) -> io::Result<usize> {
        let start = self.at;
        let (mut dropped, mut depth) = (0, 0_usize);
        while let Some(byte) = self.peek()? {
            match byte {
                b'"' => self.walk_string(start + keep, &mut dropped)?,
                b'{' | b'[' => (self.at, depth) = (self.at + 1, depth + 1),
                b'}' | b']' | b',' | b' ' | b'\t' | b'\r' | b'\n' if depth == 0 => break,
                b'}' | b']' => (self.at, depth) = (self.at + 1, depth - 1),
                _ => self.at += 1,
            }
            if depth == 0 && matches!(byte, b'"' | b'}' | b']') {
                break;
            }
            self.drop_beyond(start + keep, &mut dropped);
        }
        Ok(self.at - start + dropped)
    }

    fn walk_string(&mut self, kept_end: usize, dropped: &mut usize) -> io::Result<()> {
        self.at += 1;
        while self.peek()?.is_some() {
            match memchr::memchr2(b'"', b'\\', &self.buffer[self.at..]) {
                Some(found) if self.buffer[self.at + found] == b'"' => {
                    self.at += found + 1;
                    return Ok(());
                }
                Some(found) => {
                    self.at += found + 1;
                    // What is escaped, whatever it is.
                    if self.peek()?.is_some() {
                        self.at += 1;
                    }
                }
                None => self.at = self.buffer.len(),
            }
            self.drop_beyond(kept_end, dropped);
        }
        Ok(())
    }

    /// Lets go of what was walked over beyond the bytes that are kept.
    fn drop_beyond(&mut self, kept_end: usize, dropped: &mut usize) {
        if self.at > kept_end + CHUNK_BYTES {
            let gone = self.at - kept_end;
            self.buffer.drain(kept_end..self.at);
            self.before += gone as u64;
            *dropped += gone;
            self.at = kept_end;
        }
    }

    /// Lets go of what has been given out.
    fn drop_seen(&mut self) {
        if self.at >= CHUNK_BYTES || self.at == self.buffer.len() {
            self.buffer.drain(..self.at);
            self.before += self.at as u64;
            self.at = 0;
        }
    }

    fn peek(&mut self) -> io::Result<Option<u8>> {
        while self.at == self.buffer.len() && !self.at_end {
            let filled = self.buffer.len();
            self.buffer.resize(filled + CHUNK_BYTES, 0);
            let read = self.stream.read(&mut self.buffer[filled..]);
            self.buffer.truncate(filled + *read.as_ref().unwrap_or(&0));
            match read {
                Ok(read) => self.at_end = read == 0,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(self.buffer.get(self.at).copied())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Gives out a few bytes at a time.
    struct Trickle<'a>(&'a [u8], usize);

    impl Read for Trickle<'_> {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            let count = self.1.min(into.len()).min(self.0.len());
            into[..count].copy_from_slice(&self.0[..count]);
            self.0 = &self.0[count..];
            Ok(count)
        }
    }

    fn records(text: &str, step: usize, limit: usize) -> Vec<(String, bool)> {
        let framing = Framing::of_head(text.as_bytes());
        let mut reader = ValueReader::new(Trickle(text.as_bytes(), step), framing);
        reader.max_record_bytes = limit;
        let mut found = Vec::new();
        while let Some(line) = reader.next_value().unwrap() {
            let at = line.offset as usize;
            assert!(text.as_bytes()[at..].starts_with(line.bytes), "{text} at {at}");
            found.push((String::from_utf8_lossy(line.bytes).into_owned(), line.too_long));
        }
        assert_eq!(reader.offset(), text.len() as u64, "{text}");
        found
    }

    fn check(text: &str, expect: &[&str]) {
        for step in [1, 3, 1_000] {
            let found: Vec<String> =
                records(text, step, 1_000).into_iter().map(|it| it.0).collect();
            assert_eq!(found, expect, "{text}");
        }
    }

    #[test]
    fn records_are_found_in_every_envelope() {
        check(r#"[{"a":1}, {"a":[{"b":"]}"}]}]"#, &[r#"{"a":1}"#, r#"{"a":[{"b":"]}"}]}"#]);
        let har = r#"{"log":{"version":"1.2","pages":[{"id":"p"}],"entries":[{"e":1},{"e":2}]}}"#;
        check(har, &[r#"{"e":1}"#, r#"{"e":2}"#]);
        let spans = r#"{"resourceSpans":[{"resource":{"attributes":[{"key":"k"}]},"scopeSpans":[
            {"scope":{"name":"s"},"spans":[{"s":1}]},{"spans":[{"s":2}]}]}]}
            {"resourceSpans":[{"scopeSpans":[{"spans":[{"s":3}]}]}]}"#;
        check(spans, &[r#"{"s":1}"#, r#"{"s":2}"#, r#"{"s":3}"#]);
        check(r#"{"Records":[{"r":"\"]"}]}"#, &[r#"{"r":"\"]"}"#]);
        check(
            r#"{"a":"x","logEvents":[{"b":1}]}{"logEvents":[{"b":2}]}"#,
            &[r#"{"b":1}"#, r#"{"b":2}"#],
        );
        check("{\n \"events\": [\n {\"b\":1}],\n \"next\": \"t\"}", &[r#"{"b":1}"#]);
        check("{\n  \"a\": 1\n}\n{\n  \"a\": 2\n}\n", &["{\n  \"a\": 1\n}", "{\n  \"a\": 2\n}"]);
        check("\u{feff}{\n  \"a\": 1\n}\n", &["{\n  \"a\": 1\n}"]);
        check("\u{feff}{\"log\":{\"entries\":[{\"e\":1}]}}", &["{\"e\":1}"]);
        check("[{\"a\":1}]\nrubbish here\n", &["{\"a\":1}", "rubbish here"]);
        check(r#"[{"a":1},{"cut":"#, &[r#"{"a":1}"#, r#"{"cut":"#]);
    }

    #[test]
    fn lines_of_a_log_are_no_document() {
        for head in [
            "{\"a\":1}\n{\"a\":2}\n",
            "{\"a\":{\"log\":1}}",
            "{\"a\":1,\"events\":[{\"b\":1}]}\n",
            "{\"a\":1",
            "{\"log\":\"GET / HTTP/1.1\",\"stream\":\"stdout\"}\n",
            "[22/Nov/2026:21:44:14 +0000] GET /",
            "[::1] - -",
            "192.0.2.7 - -",
            "",
        ] {
            assert_eq!(Framing::of_head(head.as_bytes()), Framing::Lines, "{head}");
        }
    }

    #[test]
    fn a_record_too_long_is_skipped_and_the_next_one_read() {
        let text = format!("[{{\"a\":\"{}\"}},{{\"b\":2}}]", "x".repeat(300_000));
        let found = records(&text, 5_000, 100);
        assert_eq!((found.len(), found[0].1, found[0].0.len()), (2, true, 100));
        assert_eq!(found[1], ("{\"b\":2}".to_owned(), false));
    }

    proptest! {
        #[test]
        fn any_bytes_end_and_lie_where_they_are_said_to(
            text in "[\\[\\]{}\",: \\\\a\n]{0,80}",
            step in 1_usize..9,
            limit in 1_usize..20,
        ) {
            records(&text, step, limit);
            records(&format!("{{\"records\":[{{}},{text}"), step, limit);
        }
    }
}
