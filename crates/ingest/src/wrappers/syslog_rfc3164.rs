//! `<134>Nov 22 21:44:14 host nginx[17]: ...`: syslog as BSD has it, with or without the priority.

use super::syslog::{after_priority, leading_rfc_3339, leading_tag, word};
use super::{Inner, Wrapper};
use crate::time;

/// Syslog by RFC 3164, and what its heirs make of it: a time by RFC 3339, a year, no host, no program.
#[derive(Clone, Copy, Debug)]
pub struct SyslogRfc3164;

impl Wrapper for SyslogRfc3164 {
    fn name(&self) -> &'static str {
        "syslog (rfc3164)"
    }

    fn title(&self) -> &'static str {
        "syslog lines (RFC 3164, rsyslog, syslog-ng, `journalctl`), with or without a priority"
    }

    fn example(&self) -> &'static str {
        r#"<190>Nov 22 21:44:14 web1 nginx: 192.0.2.7 - ann [22/Nov/2026:21:44:14 +0000] "GET /users/42 HTTP/1.1" 200 271 "-" "curl/8.6.0""#
    }

    fn strip<'a>(&self, line: &'a [u8], _: &'a mut Vec<u8>) -> Option<Inner<'a>> {
        let bare = after_priority(line).unwrap_or(line);
        let (stamp, rest) = leading_rfc_3339(bare).or_else(|| leading_bsd_time(bare))?;
        let rest = rest.trim_ascii_start();
        let (program, text) = match leading_tag(rest) {
            Some(tag) => tag,
            None => {
                let (_, after_host) = word(rest)?;
                // BSD's own daemon puts `<daemon.info>` before the host.
                let after_host =
                    if rest.starts_with(b"<") { word(after_host)?.1 } else { after_host };
                leading_tag(after_host).unwrap_or((b"", after_host))
            }
        };
        Some(Inner { stamp, program, ..Inner::from(line, line.len() - text.len()) })
    }
}

/// `Nov 22 21:44:14`, with a fraction, or with the year before or behind the time of day.
fn leading_bsd_time(line: &[u8]) -> Option<(&[u8], &[u8])> {
    time::month_by_name(line.get(..3)?)?;
    let mut rest = line[3..].strip_prefix(b" ")?.trim_ascii_start();
    rest = after_digits(rest, 1..=2)?.strip_prefix(b" ")?;
    if let Some(after_year) = after_digits(rest, 4..=4) {
        rest = after_year.strip_prefix(b" ")?;
    }
    for end in [b":", b":"] {
        rest = after_digits(rest, 2..=2)?.strip_prefix(end)?;
    }
    rest = after_digits(rest, 2..=2)?;
    if let Some(fraction) = rest.strip_prefix(b".") {
        rest = after_digits(fraction, 1..=9)?;
    }
    if let Some(after_year) = rest.strip_prefix(b" ").and_then(|it| after_digits(it, 4..=4))
        && after_year.starts_with(b" ")
    {
        rest = after_year;
    }
    let rest = rest.strip_prefix(b":").unwrap_or(rest).strip_prefix(b" ")?;
    Some((line[..line.len() - rest.len()].trim_ascii_end(), rest))
}

fn after_digits(text: &[u8], counts: std::ops::RangeInclusive<usize>) -> Option<&[u8]> {
    let count = text.iter().take(10).take_while(|byte| byte.is_ascii_digit()).count();
    counts.contains(&count).then(|| &text[count..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kin_of_the_old_syslog_is_stripped() {
        let check = |line: &str, stamp: &str, program: &str| {
            let mut room = Vec::new();
            let inner = SyslogRfc3164.strip(line.as_bytes(), &mut room).expect(line);
            let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
            let found = (text(inner.text), text(inner.stamp), text(inner.program));
            assert_eq!(found, ("1.2.3.4 - x".to_owned(), stamp.to_owned(), program.to_owned()));
            assert_eq!(&line.as_bytes()[inner.at..], inner.text);
        };
        check("<190>Nov 22 21:44:14 web1 nginx: 1.2.3.4 - x", "Nov 22 21:44:14", "nginx");
        check("Nov  2 21:44:14 web1 haproxy[17]: 1.2.3.4 - x", "Nov  2 21:44:14", "haproxy");
        check("Nov 22 21:44:14 nginx: 1.2.3.4 - x", "Nov 22 21:44:14", "nginx");
        check("Nov 22 21:44:14.016 web1 nginx: 1.2.3.4 - x", "Nov 22 21:44:14.016", "nginx");
        check("Nov 22 2026 21:44:14 web1 a/b[1]: 1.2.3.4 - x", "Nov 22 2026 21:44:14", "a/b");
        check("Nov 22 21:44:14 2026 web1 nginx: 1.2.3.4 - x", "Nov 22 21:44:14 2026", "nginx");
        check("Nov 22 21:44:14 <local0.info> web1 nginx: 1.2.3.4 - x", "Nov 22 21:44:14", "nginx");
        check("Nov 22 21:44:14 web1 1.2.3.4 - x", "Nov 22 21:44:14", "");
        let iso = "2026-11-22T21:44:14.016+01:00";
        check(&format!("{iso} web1 nginx[1]: 1.2.3.4 - x"), iso, "nginx");
        check(&format!("<190>{iso} web1 1.2.3.4 - x"), iso, "");
    }

    #[test]
    fn what_is_no_syslog_is_left_alone() {
        for line in [
            "",
            "Nov",
            "Nov 22",
            "Nov 22 21:44:14",
            "Nov 22 21:44 web1 nginx: x",
            "Nev 22 21:44:14 a b: x",
            "<1>",
            "<9999>Nov 22 21:44:14 web1 nginx: x",
            "1.2.3.4 - - [22/Nov/2026:21:44:14 +0000] x",
        ] {
            assert!(SyslogRfc3164.strip(line.as_bytes(), &mut Vec::new()).is_none(), "{line}");
        }
    }
}
