//! `<190>1 2026-11-22T21:44:14.016Z web1 nginx 17 - - ...`: syslog with a version.

use super::syslog::{after_priority, leading_rfc_3339, word};
use super::{Inner, Wrapper};

/// Syslog by RFC 5424, with or without the priority, and with the count of bytes before it that RFC 6587
/// puts there.
#[derive(Clone, Copy, Debug)]
pub struct SyslogRfc5424;

impl Wrapper for SyslogRfc5424 {
    fn name(&self) -> &'static str {
        "syslog (rfc5424)"
    }

    fn title(&self) -> &'static str {
        "syslog lines (RFC 5424), with or without a priority"
    }

    fn example(&self) -> &'static str {
        r#"<190>1 2026-11-22T21:44:14.016Z web1 nginx 17 - [meta@32473 seq="9"] 192.0.2.7 - ann [22/Nov/2026:21:44:14 +0000] "GET /users/42 HTTP/1.1" 200 271 "-" "curl/8.6.0""#
    }

    fn strip<'a>(&self, line: &'a [u8], _: &'a mut Vec<u8>) -> Option<Inner<'a>> {
        let digits = line.iter().take(6).take_while(|byte| byte.is_ascii_digit()).count();
        let uncounted = line[digits..].strip_prefix(b" ").filter(|rest| rest.starts_with(b"<"));
        let line_after_count = uncounted.unwrap_or(line);
        let bare = after_priority(line_after_count).unwrap_or(line_after_count);
        let rest = bare.strip_prefix(b"1 ")?;
        let (stamp, rest) = match rest.strip_prefix(b"- ") {
            Some(rest) => (&b""[..], rest),
            None => leading_rfc_3339(rest)?,
        };
        let (_, rest) = word(rest)?;
        let (program, rest) = word(rest)?;
        let (_, rest) = word(rest)?;
        let (_, rest) = word(rest)?;
        // Heroku's drains leave the structured data out.
        let rest = after_structured_data(rest).unwrap_or(rest).trim_ascii_start();
        let text = rest.strip_prefix("\u{feff}".as_bytes()).unwrap_or(rest);
        Some(Inner { stamp, program, ..Inner::from(line, line.len() - text.len()) })
    }
}

/// What follows `-` or `[id name="value" ...]...`, in whose values a bracket has a backslash.
fn after_structured_data(text: &[u8]) -> Option<&[u8]> {
    if let Some(rest) = text.strip_prefix(b"-") {
        return Some(rest);
    }
    let mut rest = text;
    while rest.starts_with(b"[") {
        let mut at = 1;
        loop {
            at += memchr::memchr2(b']', b'\\', rest.get(at..)?)?;
            if rest[at] == b']' {
                break;
            }
            at += 2;
        }
        rest = &rest[at + 1..];
    }
    (rest.len() < text.len()).then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_message_is_what_follows_the_structured_data() {
        let check = |line: &str, expect: &str| {
            let mut room = Vec::new();
            let inner = SyslogRfc5424.strip(line.as_bytes(), &mut room);
            assert_eq!(inner.map(|it| it.text), Some(expect.as_bytes()), "{line}");
        };
        let head = "1 2026-11-22T21:44:14Z web1 nginx 17 -";
        check(&format!("<190>{head} - a b"), "a b");
        check(&format!("{head} - a b"), "a b");
        check(&format!("62 <190>{head} - a b"), "a b");
        check(&format!("<190>{head} - \u{feff}a b"), "a b");
        check(&format!(r#"<190>{head} [a@1 b="\]"][c@2] a b"#), "a b");
        check("<190>1 - - - - - - a b", "a b");
        check("62 <158>1 2026-11-22T21:44:14+00:00 host heroku router - a b", "a b");
        for line in ["<190>1 ", "<190>2 2026-11-22T21:44:14Z h a 1 - - x", "1 2 3 4 5 6 7 8"] {
            assert!(SyslogRfc5424.strip(line.as_bytes(), &mut Vec::new()).is_none(), "{line}");
        }
    }
}
