//! The beginning of a source, from which its format is told.

use std::collections::VecDeque;
use std::io::{self, Cursor, Read, Repeat, Take};

use crate::documents::{Framing, ValueReader};
use crate::sources::Stream;

/// Bytes at the beginning of a source that detection looks at.
const HEAD_BYTES: usize = 64 * 1024;

/// The same of a document.
const DOCUMENT_HEAD_BYTES: usize = 1024 * 1024;

/// Lines that detection looks at.
const HEAD_LINES: usize = 200;

/// Lines too long to be read that are stepped over to find one that is not, and their bytes.
const MAX_STEPPED_OVER: usize = 16;
const MAX_STEPPED_OVER_BYTES: u64 = 1024 * 1024 * 1024;

/// The beginning of a source.
#[derive(Debug)]
pub(super) struct Head {
    /// One piece, unless lines that are too long were stepped over.
    pieces: Vec<Piece>,
    pub(super) framing: Framing,
    /// What is wrong within: reported where there is no line at all.
    pub(super) damage: Option<String>,
    max_line_bytes: usize,
}

/// Bytes, and how many come after them that were not kept.
#[derive(Debug, Default)]
struct Piece {
    bytes: Vec<u8>,
    stepped_over: u64,
}

impl Head {
    /// Reads the beginning of a stream. Of a pipe no less than of a file, however long it takes: format
    /// and key are told from it, and must not depend on the pieces in which it comes. Damage shows
    /// again, and is reported, when the source is read.
    pub(super) fn of(stream: &mut Stream, max_line_bytes: usize) -> Self {
        let mut first = Piece::default();
        let mut damage = first.take(stream, HEAD_BYTES).err();
        let framing = Framing::of_head(&first.bytes);
        let mut pieces = vec![first];
        if framing != Framing::Lines {
            // Records of documents are longer than lines.
            damage = pieces[0].take(stream, DOCUMENT_HEAD_BYTES).err().or(damage);
        } else if pieces[0].is_cut() {
            damage = step_over(&mut pieces, stream, max_line_bytes).err().or(damage);
        }
        let damage = damage.map(|error| error.to_string());
        Self { pieces, framing, damage, max_line_bytes }
    }

    /// The first bytes of all.
    pub(super) fn bytes(&self) -> &[u8] {
        self.pieces.first().map_or(b"", |piece| &piece.bytes)
    }

    /// Whether the source ends within.
    pub(super) fn is_all(&self) -> bool {
        self.bytes().len() < HEAD_BYTES
    }

    /// The first records.
    pub(super) fn records(&self) -> Vec<&[u8]> {
        match self.framing {
            Framing::Lines => self.lines(),
            _ => self.values(),
        }
    }

    /// All that was read of the stream, to be put in front of it.
    pub(super) fn into_again(self) -> Again {
        let again = |piece: Piece| {
            let between = io::repeat(b' ').take(piece.stepped_over);
            (Cursor::new(piece.bytes), between)
        };
        Again(self.pieces.into_iter().map(again).collect())
    }

    /// How long the first line is, where it and all others here are longer than is read.
    pub(super) fn too_long(&self) -> Option<u64> {
        let longest = self.max_line_bytes;
        let is_line = self.framing == Framing::Lines;
        if !is_line || self.lines().first().is_none_or(|line| line.len() <= longest) {
            return None;
        }
        let first = self.pieces.first()?;
        let begins = first.bytes.iter().position(|byte| !byte.is_ascii_whitespace())?;
        let rest = &first.bytes[begins..];
        let whole = rest.len() as u64 + first.stepped_over;
        Some(memchr::memchr(b'\n', rest).map_or(whole, |end| end as u64))
    }

    /// The first lines; one that is cut off or too long counts only where there is no other.
    fn lines(&self) -> Vec<&[u8]> {
        let whole = self.pieces.iter().map(|piece| match piece.is_cut() {
            true => up_to_last_line_end(&piece.bytes),
            false => &piece.bytes[..],
        });
        let is_read = |line: &&[u8]| line.len() <= self.max_line_bytes;
        let found: Vec<&[u8]> = whole.flat_map(lines).filter(is_read).take(HEAD_LINES).collect();
        if found.is_empty() { lines(self.bytes()).take(1).collect() } else { found }
    }

    /// The first records of a document. One that the head cuts off does not count.
    fn values(&self) -> Vec<&[u8]> {
        let bytes = self.bytes();
        let mut values = ValueReader::new(bytes, self.framing);
        let mut found = Vec::new();
        // In memory nothing fails.
        while let Ok(Some(line)) = values.next_value() {
            let (start, end) = (line.offset as usize, line.offset as usize + line.bytes.len());
            let is_cut = end == bytes.len() && bytes.len() >= DOCUMENT_HEAD_BYTES;
            if found.len() == HEAD_LINES || is_cut {
                break;
            }
            found.push(&bytes[start..end]);
        }
        found
    }
}

/// A beginning as it is read again. In place of what was stepped over come other bytes: they are of
/// lines that are too long, of which no reader sees so much.
pub(super) struct Again(VecDeque<(Cursor<Vec<u8>>, Take<Repeat>)>);

impl Read for Again {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while let Some((bytes, between)) = self.0.front_mut() {
            let read = match bytes.read(into)? {
                0 => between.read(into)?,
                read => read,
            };
            if read > 0 || into.is_empty() {
                return Ok(read);
            }
            self.0.pop_front();
        }
        Ok(0)
    }
}

impl Piece {
    fn take(&mut self, stream: &mut impl Read, up_to: usize) -> io::Result<()> {
        let missing = up_to.saturating_sub(self.bytes.len()) as u64;
        stream.take(missing).read_to_end(&mut self.bytes).map(|_| ())
    }

    fn is_cut(&self) -> bool {
        self.bytes.len() >= HEAD_BYTES
    }
}

/// Goes on to lines that are not too long, where nothing else is there but comments.
fn step_over(
    pieces: &mut Vec<Piece>,
    stream: &mut impl Read,
    max_line_bytes: usize,
) -> io::Result<()> {
    let mut left = MAX_STEPPED_OVER_BYTES;
    for _ in 0..MAX_STEPPED_OVER {
        let Some(piece) = pieces.last_mut() else { return Ok(()) };
        let tells = |piece: &Piece| whole_lines(&piece.bytes).any(|line| !line.starts_with(b"#"));
        if tells(piece) {
            return Ok(());
        }
        // What may be shown of a line that is too long is kept, with room for its end.
        let begins = last_line_end(&piece.bytes).map_or(0, |at| at + 1);
        let too_long = begins.saturating_add(max_line_bytes).saturating_add(2);
        piece.take(stream, too_long)?;
        if piece.bytes.len() < too_long || last_line_end(&piece.bytes[begins..]).is_some() {
            return Ok(());
        }
        let mut next = Piece::default();
        piece.stepped_over = step_over_line(stream, &mut left, &mut next.bytes)?;
        next.take(stream, HEAD_BYTES)?;
        let goes_on = next.is_cut() && left > 0;
        pieces.push(next);
        if !goes_on {
            return Ok(());
        }
    }
    Ok(())
}

/// Steps over the rest of a line, and gives its length. What was read from its end on is in `rest`.
fn step_over_line(stream: &mut impl Read, left: &mut u64, rest: &mut Vec<u8>) -> io::Result<u64> {
    let mut chunk = vec![0; HEAD_BYTES];
    let mut stepped_over = 0;
    while *left > 0 {
        let read = match stream.read(&mut chunk) {
            Ok(0) => break,
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        let end = memchr::memchr(b'\n', &chunk[..read]).unwrap_or(read);
        stepped_over += end as u64;
        *left = left.saturating_sub(end as u64);
        if end < read {
            rest.extend_from_slice(&chunk[end..read]);
            break;
        }
    }
    Ok(stepped_over)
}

/// The lines that are not blank.
fn lines(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    bytes
        .split(|byte| *byte == b'\n')
        .map(|line| line.strip_suffix(b"\r").unwrap_or(line))
        .filter(|line| !line.trim_ascii().is_empty())
}

fn whole_lines(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    lines(up_to_last_line_end(bytes))
}

fn up_to_last_line_end(bytes: &[u8]) -> &[u8] {
    &bytes[..last_line_end(bytes).unwrap_or(0)]
}

fn last_line_end(bytes: &[u8]) -> Option<usize> {
    memchr::memrchr(b'\n', bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_beginning_is_read_again_with_every_byte_that_may_be_shown() {
        let long = |byte: &str, bytes: usize| byte.repeat(bytes) + "\n";
        let lines = "a line\n".repeat(20_000);
        for text in [
            lines.clone(),
            long("x", 300_000) + &lines,
            long("x", 300_000) + &long("y", 70_000) + "short\n",
            "#a comment\n".to_owned() + &long("x", 300_000) + &lines,
            long("x", 66_000),
            "x".repeat(300_000),
        ] {
            let mut stream = text.as_bytes();
            let mut first = Piece::default();
            first.take(&mut stream, HEAD_BYTES).unwrap();
            let mut pieces = vec![first];
            step_over(&mut pieces, &mut stream, 1_000).unwrap();
            let framing = Framing::Lines;
            let head = Head { pieces, framing, damage: None, max_line_bytes: 1_000 };
            let tells = text.contains("\na line\n") || text.contains("short");
            let found = head.lines();
            let is_found = found.iter().any(|it| *it == b"a line" || *it == b"short");
            assert_eq!(is_found, tells, "{} bytes", text.len());
            let mut again = Vec::new();
            head.into_again().chain(stream).read_to_end(&mut again).unwrap();
            assert_eq!(again.len(), text.len());
            let shown = |bytes: &[u8]| -> Vec<Vec<u8>> {
                let lines = bytes.split(|byte| *byte == b'\n');
                lines.map(|line| line[..line.len().min(1_001)].to_vec()).collect()
            };
            assert!(shown(&again) == shown(text.as_bytes()), "{} bytes", text.len());
        }
    }
}
