//! The parts that the two forms of syslog share.

use crate::time;

/// Longest name of a program that is looked for (RFC 3164 allows 32 bytes, systemd writes more).
const MAX_TAG_BYTES: usize = 64;

/// The line after `<134>`, if it begins so: facility and severity say nothing that anyone here needs.
pub(super) fn after_priority(line: &[u8]) -> Option<&[u8]> {
    let rest = line.strip_prefix(b"<")?;
    let end = rest.iter().take(4).position(|byte| *byte == b'>')?;
    let valid = end > 0 && rest[..end].iter().all(u8::is_ascii_digit);
    valid.then(|| &rest[end + 1..])
}

/// A time by RFC 3339 at the beginning of a line (`+0100` for its offset will do), and what follows the
/// blank after it.
pub(super) fn leading_rfc_3339(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let [_, _, _, _, b'-', _, _, b'-', _, _, b'T' | b't', _, _, b':', ..] = line else {
        return None;
    };
    let end = line.iter().take(40).position(|byte| *byte == b' ')?;
    let (stamp, rest) = (&line[..end], &line[end + 1..]);
    time::iso_8601(stamp, &time::Clock::default())?;
    Some((stamp, rest))
}

/// `nginx[17]: ` or `nginx: ` at the beginning of a text: the program, and what follows the blank.
pub(super) fn leading_tag(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || b"_-./@()\\".contains(byte);
    let length = text.iter().take(MAX_TAG_BYTES).take_while(|byte| is_name(byte)).count();
    let (name, rest) = text.split_at(length);
    let rest = match rest.strip_prefix(b"[") {
        Some(id) => {
            let end = id.iter().take(MAX_TAG_BYTES).position(|byte| *byte == b']')?;
            &id[end + 1..]
        }
        None => rest,
    };
    let rest = rest.strip_prefix(b":")?;
    (!name.is_empty()).then(|| (name, rest.trim_ascii_start()))
}

/// A word at the beginning of a text, and what follows the blanks after it.
pub(super) fn word(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = memchr::memchr(b' ', text)?;
    (end > 0).then(|| (&text[..end], text[end + 1..].trim_ascii_start()))
}
