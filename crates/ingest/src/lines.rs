//! A stream of bytes as lines of bounded length, each with its offset.

use std::io::{self, Read};

use crate::DEFAULT_MAX_LINE_BYTES;

/// Bytes asked of the stream at a time, unless told otherwise.
const CHUNK_BYTES: usize = 128 * 1024;

/// What some editors and programs for Windows put in front of a text.
pub(crate) const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// One line of a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line<'a> {
    /// Bytes from the start of the stream to the line's first byte.
    pub offset: u64,
    /// The line without its end (`\n` or `\r\n`); where it is too long, its beginning.
    pub bytes: &'a [u8],
    /// Whether the line is longer than the limit. The rest of it has been skipped, unseen.
    pub too_long: bool,
}

/// Splits a stream into lines. It holds one chunk and at most one line of the longest length that
/// is allowed; a longer line is skipped without being held.
pub struct LineReader<R> {
    stream: R,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    offset: u64,
    chunk_bytes: usize,
    max_line_bytes: usize,
    at_end: bool,
    skipping: bool,
}

impl<R: Read> LineReader<R> {
    /// Splits `stream` into lines of at most `max_line_bytes` (at least 1).
    pub fn new(stream: R, max_line_bytes: usize) -> Self {
        let room = max_line_bytes.min(DEFAULT_MAX_LINE_BYTES) + 2;
        Self::with_buffer(stream, max_line_bytes, CHUNK_BYTES, CHUNK_BYTES + room)
    }

    /// The same for one line somewhere in a file: reading on to the end of a large chunk would cost
    /// far more than the line. `chunk_bytes` is at least 1.
    pub(crate) fn of_one_line(stream: R, max_line_bytes: usize, chunk_bytes: usize) -> Self {
        Self::with_buffer(stream, max_line_bytes, chunk_bytes, chunk_bytes)
    }

    fn with_buffer(
        stream: R,
        max_line_bytes: usize,
        chunk_bytes: usize,
        buffer_bytes: usize,
    ) -> Self {
        let max_line_bytes = max_line_bytes.max(1);
        Self {
            stream,
            buffer: vec![0; buffer_bytes],
            start: 0,
            end: 0,
            offset: 0,
            chunk_bytes,
            max_line_bytes,
            at_end: false,
            skipping: false,
        }
    }

    /// Bytes of the stream that have been given out or skipped so far.
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// The stream below.
    pub fn get_ref(&self) -> &R {
        &self.stream
    }

    /// The next line, or `None` at the end. A last line needs no line end. After an error the lines
    /// that were read whole before it have been given out, and the rest of the stream is lost.
    pub fn next_line(&mut self) -> io::Result<Option<Line<'_>>> {
        let mut searched = 0;
        loop {
            let unseen = &self.buffer[self.start + searched..self.end];
            if let Some(found) = memchr::memchr(b'\n', unseen) {
                let length = searched + found;
                if self.skipping {
                    self.skipping = false;
                    self.advance(length + 1);
                    searched = 0;
                    continue;
                }
                return Ok(Some(self.take(length, length + 1)));
            }
            searched = self.end - self.start;
            if self.skipping {
                self.advance(searched);
                searched = 0;
            } else if searched > self.max_line_bytes + 1 {
                self.skipping = true;
                return Ok(Some(self.take(searched, searched)));
            }
            if self.at_end {
                return Ok((searched > 0).then(|| self.take(searched, searched)));
            }
            self.fill()?;
        }
    }

    /// Gives out `length` bytes and moves on by `consumed`.
    fn take(&mut self, length: usize, consumed: usize) -> Line<'_> {
        let (start, offset) = (self.start, self.offset);
        self.advance(consumed);
        let bytes = &self.buffer[start..start + length];
        let bytes = bytes.strip_suffix(b"\r").unwrap_or(bytes);
        let too_long = bytes.len() > self.max_line_bytes;
        Line { offset, bytes: &bytes[..bytes.len().min(self.max_line_bytes)], too_long }
    }

    fn advance(&mut self, consumed: usize) {
        self.start += consumed;
        self.offset += consumed as u64;
    }

    fn fill(&mut self) -> io::Result<()> {
        if self.start > 0 {
            self.buffer.copy_within(self.start..self.end, 0);
            self.end -= self.start;
            self.start = 0;
        }
        if self.buffer.len() - self.end <= self.chunk_bytes / 2 {
            self.buffer.resize(self.buffer.len() * 2, 0);
        }
        loop {
            match self.stream.read(&mut self.buffer[self.end..]) {
                Ok(read) => {
                    self.end += read;
                    self.at_end = read == 0;
                    return Ok(());
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Gives out at most a few bytes at a time, as a pipe may.
    struct Trickle<'a>(&'a [u8], usize);

    impl Read for Trickle<'_> {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            let count = self.1.min(into.len()).min(self.0.len());
            into[..count].copy_from_slice(&self.0[..count]);
            self.0 = &self.0[count..];
            Ok(count)
        }
    }

    fn lines(text: &[u8], step: usize, limit: usize) -> Vec<(u64, Vec<u8>, bool)> {
        let mut reader = LineReader::new(Trickle(text, step), limit);
        let mut lines = Vec::new();
        while let Some(line) = reader.next_line().unwrap() {
            lines.push((line.offset, line.bytes.to_vec(), line.too_long));
        }
        assert_eq!(reader.offset(), text.len() as u64);
        lines
    }

    #[test]
    fn a_last_line_needs_no_end_and_a_carriage_return_belongs_to_it() {
        let expect = [(0, b"a".to_vec(), false), (3, vec![], false), (4, b"b".to_vec(), false)];
        assert_eq!(lines(b"a\r\n\nb", 1, 10), expect);
    }

    #[test]
    fn a_line_too_long_is_skipped_and_the_next_one_read() {
        let mut text = vec![b'x'; 1_000_000];
        text.extend(b"\nnext\n");
        let found = lines(&text, 4_096, 100);
        assert_eq!(found.len(), 2);
        assert_eq!(found[0], (0, vec![b'x'; 100], true));
        assert_eq!(found[1], (1_000_001, b"next".to_vec(), false));
    }

    proptest! {
        #[test]
        fn the_input_at_the_offset_is_the_line(
            text in prop::collection::vec(prop::sample::select(b"ab\r\n\0".as_slice()), 0..400),
            step in 1_usize..50,
            limit in 1_usize..40,
        ) {
            let mut expect_at = 0;
            for (offset, bytes, too_long) in lines(&text, step, limit) {
                prop_assert_eq!(offset, expect_at);
                let whole = text[offset as usize..].split(|byte| *byte == b'\n').next().unwrap();
                prop_assert!(whole.starts_with(&bytes));
                let bare = whole.strip_suffix(b"\r").unwrap_or(whole);
                prop_assert_eq!(too_long, bare.len() > limit);
                prop_assert_eq!(bytes.len(), bare.len().min(limit));
                expect_at = offset + whole.len() as u64 + 1;
            }
        }
    }
}
