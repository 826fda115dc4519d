//! The compact protocol of Thrift, in which Parquet files describe themselves: as far as it takes to look
//! at what a description claims before anybody believes it.

use std::io::{self, Read};

/// Deepest nesting of what is stepped over.
const MAX_NESTING: usize = 16;

/// Kinds of values, as a field's header names them.
const TRUE: u8 = 1;
const FALSE: u8 = 2;
const BYTE: u8 = 3;
const I16: u8 = 4;
pub(super) const I32: u8 = 5;
const I64: u8 = 6;
const DOUBLE: u8 = 7;
const BINARY: u8 = 8;
pub(super) const LIST: u8 = 9;
const SET: u8 = 10;
const MAP: u8 = 11;
pub(super) const STRUCT: u8 = 12;

/// Reads values one after another, and counts their bytes.
pub(super) struct Compact<R> {
    read: R,
    taken: u64,
    max_bytes: u64,
}

impl<R: Read> Compact<R> {
    /// A reader that gives up after so many bytes.
    pub(super) fn new(read: R, max_bytes: u64) -> Self {
        Self { read, taken: 0, max_bytes }
    }

    /// Bytes that were read.
    pub(super) fn taken(&self) -> u64 {
        self.taken
    }

    /// Shows the fields of a structure, by number and kind: each must be taken or skipped.
    pub(super) fn fields(
        &mut self,
        mut take: impl FnMut(&mut Self, i64, u8) -> io::Result<()>,
    ) -> io::Result<()> {
        let mut number = 0;
        loop {
            let header = self.byte()?;
            let kind = header & 0x0f;
            if kind == 0 {
                return Ok(());
            }
            number = match i64::from(header >> 4) {
                0 => self.signed()?,
                more => number + more,
            };
            take(self, number, kind)?;
        }
    }

    /// The head of a list: how many elements it has, and their kind.
    pub(super) fn list(&mut self) -> io::Result<(u64, u8)> {
        let header = self.byte()?;
        let count = match header >> 4 {
            15 => self.unsigned()?,
            count => u64::from(count),
        };
        Ok((count, header & 0x0f))
    }

    /// A whole number of 32 bits.
    pub(super) fn i32(&mut self) -> io::Result<i32> {
        i32::try_from(self.signed()?).map_err(|_| invalid("a number too large"))
    }

    /// Steps over a value.
    pub(super) fn skip(&mut self, kind: u8) -> io::Result<()> {
        self.skip_within(kind, 0)
    }

    fn skip_within(&mut self, kind: u8, depth: usize) -> io::Result<()> {
        if depth > MAX_NESTING {
            return Err(invalid("a description nested too deep"));
        }
        match kind {
            TRUE | FALSE => Ok(()),
            BYTE => self.byte().map(|_| ()),
            I16 | I32 | I64 => self.unsigned().map(|_| ()),
            DOUBLE => self.bytes(8),
            BINARY => {
                let length = self.unsigned()?;
                self.bytes(length)
            }
            LIST | SET => {
                let (count, kind) = self.list()?;
                (0..count).try_for_each(|_| self.skip_element(kind, depth + 1))
            }
            MAP => {
                let count = self.unsigned()?;
                let kinds = if count == 0 { 0 } else { self.byte()? };
                (0..count).try_for_each(|_| {
                    self.skip_element(kinds >> 4, depth + 1)?;
                    self.skip_element(kinds & 0x0f, depth + 1)
                })
            }
            STRUCT => self.fields(|within, _, kind| within.skip_within(kind, depth + 1)),
            _ => Err(invalid("a value of a kind that there is not")),
        }
    }

    /// The same within a list, where a yes or no is a byte by itself.
    fn skip_element(&mut self, kind: u8, depth: usize) -> io::Result<()> {
        if matches!(kind, TRUE | FALSE) {
            return self.byte().map(|_| ());
        }
        self.skip_within(kind, depth)
    }

    fn signed(&mut self) -> io::Result<i64> {
        let zigzag = self.unsigned()?;
        Ok((zigzag >> 1) as i64 ^ -((zigzag & 1) as i64))
    }

    fn unsigned(&mut self) -> io::Result<u64> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(value);
            }
        }
        Err(invalid("a number too long"))
    }

    fn byte(&mut self) -> io::Result<u8> {
        self.count(1)?;
        let mut byte = [0];
        self.read.read_exact(&mut byte)?;
        Ok(byte[0])
    }

    fn bytes(&mut self, length: u64) -> io::Result<()> {
        self.count(length)?;
        let copied = io::copy(&mut self.read.by_ref().take(length), &mut io::sink())?;
        if copied == length { Ok(()) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
    }

    fn count(&mut self, length: u64) -> io::Result<()> {
        self.taken = self.taken.saturating_add(length);
        if self.taken > self.max_bytes {
            return Err(invalid("a description that does not end"));
        }
        Ok(())
    }
}

fn invalid(what: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_shown_and_everything_else_stepped_over() {
        // 1: i32 5, 2: "abc", 3: [true, false], 4: {1: -1}, 20: {1: double}, end.
        let bytes = [
            0x15, 10, 0x18, 3, b'a', b'b', b'c', 0x19, 0x21, 1, 2, 0x1c, 0x16, 1, 0, 0x0c, 40,
            0x17, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 99,
        ];
        let mut compact = Compact::new(&bytes[..], 1_000);
        let mut seen = Vec::new();
        compact
            .fields(|within, number, kind| {
                if kind == I32 {
                    seen.push((number, within.i32()?));
                    return Ok(());
                }
                seen.push((number, -1));
                within.skip(kind)
            })
            .unwrap();
        assert_eq!(seen, [(1, 5), (2, -1), (3, -1), (4, -1), (20, -1)]);
        assert_eq!(compact.taken(), bytes.len() as u64 - 1);
    }

    #[test]
    fn what_goes_on_for_ever_is_given_up() {
        let nested = [0x1c; 200];
        let check = |bytes: &[u8], max_bytes: u64| {
            let mut compact = Compact::new(bytes, max_bytes);
            compact.fields(|within, _, kind| within.skip(kind)).unwrap_err().to_string()
        };
        assert_eq!(check(&nested, 1_000), "a description nested too deep");
        assert_eq!(check(&[0x15; 50], 10), "a description that does not end");
        assert_eq!(check(&[0x15, 0xff, 0xff, 0xff], 10), "failed to fill whole buffer");
        assert_eq!(check(&[&[0x15][..], &[0x80; 12]].concat(), 30), "a number too long");
    }
}
