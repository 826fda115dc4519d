//! `192.0.2.7 - ann [22/Nov/2026:21:44:14 +0000] "GET / HTTP/1.1" 200 `: how nearly every text log
//! begins, read at one go.

use super::{Part, What};
use crate::escapes::unescape_name;
use crate::formats::ParseContext;
use crate::formats::draft::{Draft, Field, Slot};
use crate::identity;

/// The beginning of a template that is that of the common log format: client, a dash, user, time,
/// request, status.
///
/// It reads what is as plain as nearly every line. Anything else (a host name for an address, a quote
/// or a backslash in the request) it leaves to the walk over the parts, which is a third as fast. What
/// it does read, the walk would read to the same request: a property test holds the two against each
/// other.
#[derive(Clone, Debug)]
pub(super) struct Head {
    parts: usize,
    peer: Field,
    user: Field,
    time: Field,
    request: Field,
    status: Field,
}

impl Head {
    /// The head of a template, if it begins with one. Apache has a field for the dash, nginx has the
    /// dash itself.
    pub(super) fn of(lead: &[u8], parts: &[Part]) -> Option<Self> {
        let (ident, rest) = match parts.split_first()? {
            (peer, [ident, rest @ ..]) if &*peer.end == b" " => {
                (ident.is(Slot::Ident, b" ", false).is_some(), rest)
            }
            (peer, rest) => (&*peer.end == b" - ", rest),
        };
        let [user, time, request, status, ..] = rest else { return None };
        if !ident || !lead.is_empty() {
            return None;
        }
        Some(Self {
            parts: parts.len() - rest.len() + 4,
            peer: parts[0].is(Slot::Peer, &parts[0].end, false)?,
            user: user.is(Slot::User, b" [", false)?,
            time: time.is(Slot::TimeClf, b"] \"", false)?,
            request: request.is(Slot::RequestLine, b"\" ", true)?,
            status: status.is(Slot::Status, b" ", false)?,
        })
    }

    /// How many parts of the template it stands for.
    pub(super) fn parts(&self) -> usize {
        self.parts
    }

    /// Reads the head of a line into a fresh draft and gives the position after it; `None`, and a
    /// draft that is spoilt, where the line is out of the ordinary.
    pub(super) fn read<'a>(
        &self,
        line: &'a [u8],
        context: &ParseContext,
        draft: &mut Draft<'a>,
    ) -> Option<usize> {
        let (address, peer_end) = identity::leading_ipv4(line)?;
        let rest = line[peer_end..].strip_prefix(b" - ")?;
        let user_end = rest.iter().position(|byte| *byte == b' ')?;
        let (user, rest) = rest.split_at(user_end);
        let rest = rest.strip_prefix(b" [")?;
        // A comma before a blank makes a list of the user.
        if user.is_empty() || user.ends_with(b",") {
            return None;
        }
        let (moment, rest) = rest.split_first_chunk()?;
        let rest = rest.strip_prefix(b"] \"")?;
        let request_end = memchr::memchr2(b'"', b'\\', rest)?;
        let (request, rest) = rest.split_at(request_end);
        let [b'"', b' ', status @ .., b' '] = rest.first_chunk::<6>()? else { return None };
        let status = status_of(*status)?;
        if matches!(request, b"" | b"-") {
            return None;
        }
        let time = context.clf(moment)?;
        draft.set_head(
            (self.peer, &line[..peer_end], address),
            (self.time, time),
            (self.request, request),
            (self.status, status),
        );
        if user != b"-" {
            draft.set(self.user, unescape_name(user)).ok()?;
        }
        let rest = &rest[6..];
        Some(line.len() - rest.len())
    }
}

/// A status code of three digits; `None` for what means none.
fn status_of(digits: [u8; 3]) -> Option<u16> {
    let [a, b, c] = digits.map(|digit| u16::from(digit.wrapping_sub(b'0')));
    ((1..10).contains(&a) && b < 10 && c < 10).then_some(a * 100 + b * 10 + c)
}

impl Part {
    /// The field of this part, if it is one of this slot with this end.
    fn is(&self, slot: Slot, end: &[u8], quoted: bool) -> Option<Field> {
        match &self.what {
            What::Field(field)
                if field.slot == slot && &*self.end == end && self.quoted == quoted =>
            {
                Some(*field)
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use domain::{Position, RawRecord, Request};
    use proptest::prelude::*;

    use super::super::Template;
    use super::*;

    const APACHE: &str = r#"%h %l %u %t "%r" %>s %b "%{Referer}i" "%{User-Agent}i""#;
    const NGINX: &str = r#"$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent""#;

    /// Reads a line with the head and without: the same request, or the same reject.
    fn check(template: &str, line: &[u8]) -> bool {
        let with = Template::compile(template).unwrap();
        let head = with.head.clone().expect("the template begins with a head");
        let without = Template { head: None, ..with.clone() };
        let context = ParseContext::default();
        let record = RawRecord { position: Position::default(), bytes: line };
        let read = |template: &Template| {
            // Only the head reads the address that early.
            let plain =
                template.parse(record, &context).map(|it| Request { peer_ipv4: None, ..it });
            format!("{plain:?}")
        };
        assert_eq!(read(&with), read(&without), "{}", String::from_utf8_lossy(line));
        head.read(line, &context, &mut Draft::new(record.position, &context)).is_some()
    }

    #[test]
    fn plain_lines_go_by_the_head_and_others_do_not() {
        let plain =
            r#"192.0.2.7 - - [22/Nov/2026:21:44:14 +0100] "GET /a?b HTTP/1.1" 200 271 "-" "x""#;
        for template in [APACHE, NGINX] {
            assert!(check(template, plain.as_bytes()));
            assert!(check(template, plain.replace("- -", "- ann").as_bytes()));
            for (from, to) in [
                ("192.0.2.7", "192.0.2.7:80"),
                ("192.0.2.7", "example.com"),
                ("- -", "- ann, bob"),
                ("- -", "192.0.2.8 -"),
                ("22/", "32/"),
                ("/a?b", r#"/a\"b"#),
                ("/a?b", r#"/a"b"#),
                ("200", "20"),
                ("200", "000"),
                ("GET /a?b HTTP/1.1", "-"),
            ] {
                assert!(!check(template, plain.replace(from, to).as_bytes()), "{to}");
            }
        }
    }

    proptest! {
        #[test]
        fn a_damaged_line_reads_the_same_with_the_head_and_without(
            at in 0_usize..90,
            taken in 0_usize..4,
            put in prop::collection::vec(prop::sample::select(b"-, \"\\[]:/019aZ+".as_slice()), 0..4),
        ) {
            let mut line = br#"192.0.2.7 - ann [22/Nov/2026:21:44:14 +0100] "GET /a HTTP/1.1" 200 271 "-" "x""#.to_vec();
            let at = at.min(line.len());
            line.splice(at..(at + taken).min(line.len()), put);
            check(APACHE, &line);
            check(NGINX, &line);
        }
    }
}
