//! A scanner over one line of JSON (RFC 8259).

use std::borrow::Cow;

/// Walks over the tokens of a line. It checks the shape of what it walks over, not what it skips.
pub(crate) struct Scanner<'a> {
    line: &'a [u8],
    at: usize,
}

/// A string between its quotes, escapes as written.
#[derive(Clone, Copy)]
pub(crate) struct Text<'a> {
    pub(crate) raw: &'a [u8],
    escaped: bool,
}

/// A value that is neither object nor array.
pub(crate) enum Value<'a> {
    Text(Text<'a>),
    Number(&'a [u8]),
    /// `true`, `false` or `null`.
    Word,
}

impl<'a> Scanner<'a> {
    pub(crate) fn new(line: &'a [u8]) -> Self {
        Self { line, at: 0 }
    }

    pub(crate) fn at(&self) -> usize {
        self.at
    }

    /// Goes to another place of the record and tells the one that was left.
    pub(super) fn move_to(&mut self, at: usize) -> usize {
        std::mem::replace(&mut self.at, at)
    }

    pub(crate) fn is_at_end(&self) -> bool {
        self.at == self.line.len()
    }

    pub(crate) fn peek(&self) -> Option<u8> {
        self.line.get(self.at).copied()
    }

    pub(crate) fn accept(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    #[inline]
    pub(crate) fn skip_blanks(&mut self) {
        while let Some(byte) = self.peek()
            && byte <= b' '
            && matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
        {
            self.at += 1;
        }
    }

    /// Reads a string.
    pub(crate) fn string(&mut self) -> Option<Text<'a>> {
        if !self.accept(b'"') {
            return None;
        }
        let start = self.at;
        let mut escaped = false;
        loop {
            let found = quote_or_backslash(&self.line[self.at..]);
            let Some(found) = found else {
                self.at = self.line.len();
                return None;
            };
            self.at += found;
            if self.line[self.at] == b'"' {
                let raw = &self.line[start..self.at];
                self.at += 1;
                return Some(Text { raw, escaped });
            }
            escaped = true;
            self.at = (self.at + 2).min(self.line.len());
        }
    }

    /// Reads a string, a number or a word.
    pub(crate) fn scalar(&mut self) -> Option<Value<'a>> {
        match self.peek()? {
            b'"' => self.string().map(Value::Text),
            b'-' | b'0'..=b'9' => Some(Value::Number(self.number())),
            _ => self.word().map(|()| Value::Word),
        }
    }

    fn number(&mut self) -> &'a [u8] {
        let start = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E')) {
            self.at += 1;
        }
        &self.line[start..self.at]
    }

    fn word(&mut self) -> Option<()> {
        let word = [&b"true"[..], b"false", b"null"]
            .into_iter()
            .find(|word| self.line[self.at..].starts_with(word))?;
        self.at += word.len();
        Some(())
    }

    /// Skips a value of any kind. Brackets within are counted, not matched by kind.
    pub(crate) fn skip_value(&mut self, max_depth: usize) -> Option<()> {
        if !matches!(self.peek()?, b'{' | b'[') {
            return self.scalar().map(|_| ());
        }
        let mut depth = 0;
        loop {
            match self.peek()? {
                b'"' => {
                    self.string()?;
                    continue;
                }
                b'{' | b'[' => depth += 1,
                b'}' | b']' => depth -= 1,
                _ => {}
            }
            self.at += 1;
            if depth == 0 {
                return Some(());
            }
            if depth > max_depth {
                return None;
            }
        }
    }
}

/// Words that are looked at one by one before a search over vectors is worth setting up.
const NEAR_WORDS: usize = 3;

/// Where the next quote or backslash is. Most strings of a log are short.
#[inline]
fn quote_or_backslash(text: &[u8]) -> Option<usize> {
    const QUOTES: u64 = u64::from_le_bytes([b'"'; 8]);
    const BACKSLASHES: u64 = u64::from_le_bytes([b'\\'; 8]);
    let (words, _) = text.as_chunks::<8>();
    let near = words.len().min(NEAR_WORDS);
    for (at, word) in words[..near].iter().enumerate() {
        let word = u64::from_le_bytes(*word);
        let found = zero_bytes(word ^ QUOTES) | zero_bytes(word ^ BACKSLASHES);
        if found != 0 {
            return Some(at * 8 + found.trailing_zeros() as usize / 8);
        }
    }
    let from = near * 8;
    memchr::memchr2(b'"', b'\\', &text[from..]).map(|found| from + found)
}

/// The upper bit of each byte that is zero; bytes above the lowest such one may be wrong.
const fn zero_bytes(word: u64) -> u64 {
    const ONES: u64 = u64::from_le_bytes([0x01; 8]);
    const TOPS: u64 = u64::from_le_bytes([0x80; 8]);
    word.wrapping_sub(ONES) & !word & TOPS
}

impl<'a> Text<'a> {
    /// The text with its escapes undone; `None` where one is malformed. A lone surrogate becomes
    /// U+FFFD.
    pub(crate) fn unescaped(self) -> Option<Cow<'a, [u8]>> {
        if !self.escaped {
            return Some(Cow::Borrowed(self.raw));
        }
        let mut plain = Vec::with_capacity(self.raw.len());
        let mut rest = self.raw;
        while let Some(found) = memchr::memchr(b'\\', rest) {
            plain.extend_from_slice(&rest[..found]);
            let after = &rest[found + 1..];
            let (kind, after) = after.split_first()?;
            rest = after;
            match kind {
                b'"' | b'\\' | b'/' => plain.push(*kind),
                b'b' => plain.push(0x08),
                b'f' => plain.push(0x0c),
                b'n' => plain.push(b'\n'),
                b'r' => plain.push(b'\r'),
                b't' => plain.push(b'\t'),
                b'u' => push_char(&mut plain, unicode_escape(&mut rest)?),
                // nginx without `escape=json` writes these; no JSON, but the meaning is plain.
                b'x' => plain.push(u8::try_from(hex_digits(&mut rest, 2)?).ok()?),
                _ => return None,
            }
        }
        plain.extend_from_slice(rest);
        Some(Cow::Owned(plain))
    }
}

fn push_char(plain: &mut Vec<u8>, character: char) {
    plain.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
}

/// The character of `\uXXXX`, or of a pair of them that makes up one.
fn unicode_escape(rest: &mut &[u8]) -> Option<char> {
    let high = hex_digits(rest, 4)?;
    if !(0xd800..0xdc00).contains(&high) {
        return Some(char::from_u32(high).unwrap_or(char::REPLACEMENT_CHARACTER));
    }
    let mut after = *rest;
    let low = after.strip_prefix(b"\\u").and_then(|digits| {
        after = digits;
        hex_digits(&mut after, 4)
    });
    match low {
        Some(low @ 0xdc00..0xe000) => {
            *rest = after;
            char::from_u32(0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00))
        }
        _ => Some(char::REPLACEMENT_CHARACTER),
    }
}

fn hex_digits(rest: &mut &[u8], count: usize) -> Option<u32> {
    let (digits, after) = rest.split_at_checked(count)?;
    *rest = after;
    digits
        .iter()
        .try_fold(0, |value, digit| Some(value << 4 | u32::from(crate::escapes::hex(*digit)?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_undone() {
        let check = |json: &str, expect: &[u8]| {
            let text = Scanner::new(json.as_bytes()).string().unwrap();
            assert_eq!(&text.unescaped().unwrap()[..], expect, "{json}");
        };
        check(r#""plain""#, b"plain");
        check(r#""a\"b\\c\/\n\t""#, b"a\"b\\c/\n\t");
        check(r#""\u00e4\ud83d\ude00\ud83d""#, "ä😀\u{fffd}".as_bytes());
        check(r#""\x16\x03""#, b"\x16\x03");
        assert!(Scanner::new(br#""open"#).string().is_none());
        let bad = Scanner::new(br#""\q""#).string().unwrap();
        assert!(bad.unescaped().is_none());
    }

    proptest::proptest! {
        #[test]
        fn the_next_quote_or_backslash_is_the_first_one(
            text in proptest::collection::vec(
                proptest::sample::select(b"\"\\a!#[]\x00\xff".as_slice()), 0..60
            ),
            clean in 0_usize..50,
        ) {
            let text = [vec![b'x'; clean], text].concat();
            let expect = text.iter().position(|byte| matches!(byte, b'"' | b'\\'));
            proptest::prop_assert_eq!(quote_or_backslash(&text), expect);
        }
    }

    #[test]
    fn values_are_skipped_whole() {
        let check = |json: &str, rest: &str| {
            let mut scanner = Scanner::new(json.as_bytes());
            scanner.skip_value(8).unwrap();
            assert_eq!(&json[scanner.at()..], rest);
        };
        check(r#"{"a":[1,{"b":"]}"}]},"#, ",");
        check(r"[[],[]]", "");
        check("-1.5e3}", "}");
        check("null,", ",");
        assert!(Scanner::new(b"[[[[[[[[[[[[").skip_value(8).is_none());
        assert!(Scanner::new(b"nope").skip_value(8).is_none());
    }
}
