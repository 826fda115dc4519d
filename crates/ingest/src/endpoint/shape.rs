//! What identifiers look like.

use std::net::IpAddr;

/// The shapes that a segment may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// Numbers, UUIDs, ULIDs, hashes, random strings, prefixed ids: someone's identifier.
    Id,
    /// A calendar date.
    Date,
    /// An e-mail address.
    Email,
    /// An IP address.
    Ip,
    /// A static asset; its extension follows.
    File,
}

impl Shape {
    /// What stands for it in a template.
    pub(crate) const fn placeholder(self) -> &'static str {
        match self {
            Self::Id => "{id}",
            Self::Date => "{date}",
            Self::Email => "{email}",
            Self::Ip => "{ip}",
            Self::File => "{file}",
        }
    }

    /// Whether it names an object of the API.
    pub(crate) const fn is_identifier(self) -> bool {
        !matches!(self, Self::File)
    }
}

/// The shape of a decoded segment; `None` for a plain word.
pub(crate) fn of(segment: &[u8]) -> Option<Shape> {
    if segment.iter().all(u8::is_ascii_digit) {
        // 20261122 may be a date as well; an identifier either way.
        return (!segment.is_empty()).then_some(Shape::Id);
    }
    if is_static_file(segment) {
        return Some(Shape::File);
    }
    if is_date(segment) {
        return Some(Shape::Date);
    }
    if is_email(segment) {
        return Some(Shape::Email);
    }
    if is_ip(segment) {
        return Some(Shape::Ip);
    }
    is_id(segment).then_some(Shape::Id)
}

fn is_static_file(segment: &[u8]) -> bool {
    memchr::memrchr(b'.', segment)
        .is_some_and(|dot| dot > 0 && crate::lexicon::is_static_extension(&segment[dot + 1..]))
        && segment != b"favicon.ico"
}

/// `2026-11-22`, `2026-11`, or a date and time that begins so.
fn is_date(segment: &[u8]) -> bool {
    let [y1, y2, y3, y4, b'-', m1, m2, rest @ ..] = segment else { return false };
    let year = [y1, y2, y3, y4].iter().all(|byte| byte.is_ascii_digit());
    let month = matches!((m1, m2), (b'0', b'1'..=b'9') | (b'1', b'0'..=b'2'));
    let day = match rest {
        [] => true,
        [b'-', d1, d2, after @ ..] => {
            let starts_time = matches!(after, [] | [b'T' | b't' | b' ' | b'_', ..]);
            d1.is_ascii_digit() && d2.is_ascii_digit() && starts_time
        }
        _ => false,
    };
    year && month && day
}

fn is_email(segment: &[u8]) -> bool {
    let Some(at) = memchr::memchr(b'@', segment) else { return false };
    let (user, domain) = (&segment[..at], &segment[at + 1..]);
    !user.is_empty()
        && memchr::memchr(b'.', domain).is_some_and(|dot| dot > 0 && dot + 1 < domain.len())
        && domain.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-'))
}

fn is_ip(segment: &[u8]) -> bool {
    let plausible = segment.len() <= 45
        && segment.iter().all(|byte| byte.is_ascii_hexdigit() || matches!(byte, b'.' | b':'));
    plausible && std::str::from_utf8(segment).is_ok_and(|text| text.parse::<IpAddr>().is_ok())
}

fn is_id(segment: &[u8]) -> bool {
    is_uuid(segment)
        || is_hex(segment)
        || is_number_with_sign_or_point(segment)
        || is_prefixed(segment)
        || is_random(segment)
}

fn is_uuid(segment: &[u8]) -> bool {
    let segment = segment.strip_prefix(b"urn:uuid:").unwrap_or(segment);
    segment.len() == 36
        && segment.iter().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => *byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

/// Hashes and object ids: hexadecimal, with a digit, and too long for a word.
fn is_hex(segment: &[u8]) -> bool {
    segment.len() >= 8
        && segment.iter().all(u8::is_ascii_hexdigit)
        && segment.iter().any(u8::is_ascii_digit)
}

fn is_number_with_sign_or_point(segment: &[u8]) -> bool {
    let unsigned = segment.strip_prefix(b"-").unwrap_or(segment);
    let separators = unsigned.iter().filter(|byte| matches!(byte, b'.' | b',')).count();
    let digits = unsigned.iter().filter(|byte| byte.is_ascii_digit()).count();
    digits > 0 && separators <= 1 && digits + separators == unsigned.len()
}

/// `cus_9s6XKzkNRiz8i3`, `order-10024`: a word, a separator, and what looks random or is a number.
fn is_prefixed(segment: &[u8]) -> bool {
    let Some(at) = segment.iter().rposition(|byte| matches!(byte, b'_' | b'-' | b':')) else {
        return false;
    };
    let (prefix, rest) = (&segment[..at], &segment[at + 1..]);
    let short_word = (1..=12).contains(&prefix.len())
        && prefix.iter().all(|byte| byte.is_ascii_lowercase() || *byte == b'_');
    short_word
        && (is_random(rest)
            || is_hex(rest)
            || (rest.len() >= 4 && rest.iter().all(u8::is_ascii_digit)))
}

/// ULIDs, KSUIDs, nanoids, cuids, base62 and base64 tokens: long, of one alphabet, and mixing
/// digits and letters more than words do.
fn is_random(segment: &[u8]) -> bool {
    if segment.len() < 10 || segment.len() > 512 {
        return false;
    }
    let alphabet =
        |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'=' | b'+');
    if !segment.iter().all(alphabet) {
        return false;
    }
    let (mut digits, mut uppers, mut lowers, mut others) = (0, 0, 0, 0);
    let mut switches = 0;
    let mut last = 0;
    for byte in segment {
        let class = match byte {
            b'0'..=b'9' => 1,
            b'A'..=b'Z' => 2,
            b'a'..=b'z' => 3,
            _ => 4,
        };
        switches += usize::from(class != last && last != 0);
        last = class;
        match class {
            1 => digits += 1,
            2 => uppers += 1,
            3 => lowers += 1,
            _ => others += 1,
        }
    }
    let words_joined = others * 4 > segment.len();
    if words_joined || digits + uppers == 0 || is_camel_case(segment) {
        return false;
    }
    // `getUserById2` switches class at every word; random text at about every other byte.
    let mixes = switches * 3 >= segment.len();
    let one_case = uppers == 0 || lowers == 0;
    let digit_rich = digits >= 3 && digits * 6 >= segment.len();
    (mixes && digits > 0 && others <= 2)
        || (one_case && digit_rich && switches >= 4 && others == 0)
        || (mixes && segment.len() >= 16 && uppers > 2 && lowers > 2 && others <= 2)
}

/// `getUserById2`: each capital begins a word of its own, and digits stand at the end.
fn is_camel_case(segment: &[u8]) -> bool {
    let word = &segment
        [..segment.len() - segment.iter().rev().take_while(|it| it.is_ascii_digit()).count()];
    let ends_well = |pair: &[u8]| !pair[0].is_ascii_uppercase() || pair[1].is_ascii_lowercase();
    word.iter().all(u8::is_ascii_alphabetic)
        && word.windows(2).all(ends_well)
        && !word.last().is_some_and(u8::is_ascii_uppercase)
        && word.iter().any(u8::is_ascii_lowercase)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_are_told_from_words() {
        let check = |segment: &str, expect: Option<Shape>| {
            assert_eq!(of(segment.as_bytes()), expect, "{segment}");
        };
        for id in [
            "42",
            "-1",
            "10.5",
            "0123456789",
            "550e8400-e29b-41d4-a716-446655440000",
            "01ARZ3NDEKTSV4RRFFQ69G5FAV",
            "0ujtsYcgvSTl8PAuAdqWYSMnLOv",
            "V1StGXR8_Z5jdHi6B-myT",
            "cjld2cjxh0000qzrmn831i7rn",
            "5f4dcc3b5aa765d61d8327deb882cf99",
            "507f1f77bcf86cd799439011",
            "cus_9s6XKzkNRiz8i3",
            "order-10024",
            "a1b2c3d4",
        ] {
            check(id, Some(Shape::Id));
        }
        for word in [
            "users",
            "v1",
            "v2.1",
            "en-US",
            "getUserById2",
            "login",
            "my-long-article-title",
            "reset-password",
            "oauth2",
            "index.html",
            "leila.wright",
            "mhorvat48",
            "API",
            "",
            "internationalization",
            "CamelCaseControllerName",
            "deadbeef",
            "__heartbeat__",
        ] {
            check(word, None);
        }
        check("2026-11-22", Some(Shape::Date));
        check("2026-11", Some(Shape::Date));
        check("ann@example.com", Some(Shape::Email));
        check("192.0.2.7", Some(Shape::Ip));
        check("2001:db8::1", Some(Shape::Ip));
        check("app.min.js", Some(Shape::File));
        check("favicon.ico", None);
    }
}
