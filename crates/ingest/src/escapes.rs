//! Escapes: backslashes as nginx, Apache and JSON-minded servers write them into text logs, and the
//! percent signs of paths and queries.

use std::borrow::Cow;

/// Undoes `\xHH`, `\"`, `\\`, `\/`, `\n`, `\r`, `\t`, `\b`, `\f` and `\v`. A backslash before
/// anything else stands for itself. Borrows where there is no backslash.
pub(crate) fn unescape(text: &[u8]) -> Cow<'_, [u8]> {
    let Some(first) = memchr::memchr(b'\\', text) else { return Cow::Borrowed(text) };
    let mut plain = Vec::with_capacity(text.len());
    plain.extend_from_slice(&text[..first]);
    let mut rest = &text[first..];
    while let Some((byte, after)) = rest.split_first() {
        let (value, taken) = if *byte == b'\\' { escape(after) } else { (*byte, 0) };
        plain.push(value);
        rest = &after[taken..];
    }
    Cow::Owned(plain)
}

/// Undoes the escapes of a name, where it has any that a server writes: a lone backslash in `CORP\bob`
/// is none.
pub(crate) fn unescape_name(text: &[u8]) -> Cow<'_, [u8]> {
    let Some(at) = memchr::memchr(b'\\', text) else { return Cow::Borrowed(text) };
    let is_escaped = text[at..].windows(2).any(|pair| matches!(pair, br"\\" | br"\x" | br#"\""#));
    if is_escaped { unescape(text) } else { Cow::Borrowed(text) }
}

/// The byte that an escape stands for, and how many bytes follow its backslash.
fn escape(after: &[u8]) -> (u8, usize) {
    match after {
        [b'x', high, low, ..] => match (hex(*high), hex(*low)) {
            (Some(high), Some(low)) => (high << 4 | low, 3),
            _ => (b'\\', 0),
        },
        [b'n', ..] => (b'\n', 1),
        [b'r', ..] => (b'\r', 1),
        [b't', ..] => (b'\t', 1),
        [b'b', ..] => (0x08, 1),
        [b'f', ..] => (0x0c, 1),
        [b'v', ..] => (0x0b, 1),
        [b'"', ..] => (b'"', 1),
        [b'/', ..] => (b'/', 1),
        [b'\\', ..] => (b'\\', 1),
        _ => (b'\\', 0),
    }
}

/// Undoes percent escapes; malformed ones stay.
pub(crate) fn percent_decode(text: &[u8]) -> Cow<'_, [u8]> {
    let Some(first) = memchr::memchr(b'%', text) else { return Cow::Borrowed(text) };
    let mut plain = text[..first].to_vec();
    let mut rest = &text[first..];
    while let Some((byte, after)) = rest.split_first() {
        let pair = match after {
            [high, low, ..] if *byte == b'%' => hex(*high).zip(hex(*low)),
            _ => None,
        };
        plain.push(pair.map_or(*byte, |(high, low)| high << 4 | low));
        rest = if pair.is_some() { &after[2..] } else { after };
    }
    Cow::Owned(plain)
}

/// The same of a text that may be owned already.
pub(crate) fn percent_decoded(text: Cow<'_, [u8]>) -> Cow<'_, [u8]> {
    match text {
        Cow::Borrowed(text) => percent_decode(text),
        Cow::Owned(text) => Cow::Owned(percent_decode(&text).into_owned()),
    }
}

/// The value of a hexadecimal digit.
pub(crate) fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).map(|value| value as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_of_either_server_are_undone() {
        let check = |text: &str, expect: &[u8]| assert_eq!(&unescape(text.as_bytes())[..], expect);
        check(r"\x16\x03a\xE4", b"\x16\x03a\xe4");
        check(r#"say \"hi\" \\ \t"#, b"say \"hi\" \\ \t");
        check(r"..\x5C..\q\x5", b"..\\..\\q\\x5");
        assert!(matches!(unescape(b"plain"), Cow::Borrowed(b"plain")));
        assert_eq!(&unescape_name(br"CORP\\bob")[..], br"CORP\bob");
        assert_eq!(&unescape_name(br"CORP\x5Cbob")[..], br"CORP\bob");
        assert_eq!(&unescape_name(br"CORP\bob")[..], br"CORP\bob");
    }
}
