//! The directives of Apache's `LogFormat`.

use super::draft::{Field, Slot};
use super::strftime::Strftime;
use super::template::piece::{Piece, TemplateError};
use crate::{escapes, secrets};

/// Takes a `LogFormat` apart: the bare string, or the whole directive with its quotes.
pub(crate) fn pieces(text: &str) -> Result<Vec<Piece>, TemplateError> {
    let format = plain(text);
    let mut pieces = Vec::new();
    let mut rest = format.as_slice();
    while let Some(byte) = rest.first() {
        let at = format.len() - rest.len();
        if *byte == b'%' {
            let (directive, after) = Directive::read(&rest[1..])
                .ok_or_else(|| TemplateError::new(at, "a percent sign without a directive"))?;
            directive
                .push_pieces(&mut pieces)
                .map_err(|problem| TemplateError::new(at, problem))?;
            rest = after;
        } else {
            let end = memchr::memchr(b'%', rest).unwrap_or(rest.len());
            pieces.push(Piece::Literal(rest[..end].to_vec()));
            rest = &rest[end..];
        }
    }
    Ok(pieces)
}

/// The format without the directive's name, outer quotes and nickname, its escapes undone.
fn plain(text: &str) -> Vec<u8> {
    let body = text
        .strip_prefix("LogFormat")
        .and_then(|rest| rest.trim_start().strip_prefix('"'))
        .map_or(text, |rest| &rest[..rest.rfind('"').unwrap_or(rest.len())]);
    escapes::unescape(body.as_bytes()).into_owned()
}

/// `%{argument}letter` or `%letter`; conditions (`%400,501{...}`) and `<`, `>` are read over.
struct Directive<'a> {
    argument: &'a [u8],
    letter: u8,
    /// `^` before a two-letter directive (`%^FB`, `%{VARNAME}^ti`).
    caret: bool,
}

impl<'a> Directive<'a> {
    fn read(text: &'a [u8]) -> Option<(Self, &'a [u8])> {
        let is_modifier = |byte: &u8| matches!(byte, b'<' | b'>' | b'!' | b',' | b'0'..=b'9');
        let modifiers = |text: &[u8]| text.iter().take_while(|byte| is_modifier(byte)).count();
        let mut rest = &text[modifiers(text)..];
        let mut argument = &b""[..];
        if let Some(braced) = rest.strip_prefix(b"{") {
            let end = memchr::memchr(b'}', braced)?;
            (argument, rest) = (&braced[..end], &braced[end + 1..]);
            rest = &rest[modifiers(rest)..];
        }
        let caret = rest.first() == Some(&b'^');
        rest = &rest[usize::from(caret)..];
        let taken = if caret { 2 } else { 1 };
        let letter = *rest.get(taken - 1)?;
        Some((Self { argument, letter, caret }, &rest[taken..]))
    }

    fn push_pieces(&self, pieces: &mut Vec<Piece>) -> Result<(), String> {
        match self.letter {
            b'%' => pieces.push(Piece::Literal(b"%".to_vec())),
            b't' if !self.caret => return self.push_time(pieces),
            _ => pieces.push(Piece::Field(self.field())),
        }
        Ok(())
    }

    fn push_time(&self, pieces: &mut Vec<Piece>) -> Result<(), String> {
        let field = |slot| Piece::Field(Field { slot, rank: 0 });
        let pattern = self.argument;
        let pattern =
            pattern.strip_prefix(b"begin:").or(pattern.strip_prefix(b"end:")).unwrap_or(pattern);
        match pattern {
            b"" | b"begin" | b"end" => {
                pieces.push(Piece::Literal(b"[".to_vec()));
                pieces.push(field(Slot::TimeClf));
                pieces.push(Piece::Literal(b"]".to_vec()));
            }
            b"sec" | b"msec" | b"usec" => pieces.push(field(Slot::TimeEpoch)),
            b"msec_frac" => pieces.push(field(Slot::TimeMillisPart)),
            b"usec_frac" => pieces.push(field(Slot::TimeMicrosPart)),
            pattern => {
                let compiled = Strftime::compile(pattern).ok_or_else(|| {
                    format!("unknown time pattern {:?}", String::from_utf8_lossy(pattern))
                })?;
                pieces.push(Piece::Strftime(compiled));
            }
        }
        Ok(())
    }

    fn field(&self) -> Field {
        let (slot, rank) = match (self.letter, self.argument) {
            _ if self.caret => (Slot::Ignored, 0),
            (b'a', b"c") => (Slot::Peer, 1),
            (b'h' | b'a', _) => (Slot::Peer, 0),
            (b'l', _) => (Slot::Ident, 0),
            (b'u', _) => (Slot::User, 0),
            (b'r', _) => (Slot::RequestLine, 0),
            (b'm', _) => (Slot::Method, 0),
            (b'U', _) => (Slot::Path, 0),
            (b'q', _) => (Slot::Query, 0),
            (b's', _) => (Slot::Status, 0),
            (b'b' | b'B', _) => (Slot::ResponseBytes, 0),
            (b'O', _) => (Slot::ResponseBytes, 1),
            (b'I', _) => (Slot::RequestBytes, 0),
            (b'D', _) | (b'T', b"us") => (Slot::LatencyMicros, 0),
            (b'T', b"ms") => (Slot::LatencyMillis, 1),
            (b'T', _) => (Slot::LatencySecs, 2),
            (b'v', _) => (Slot::ServerName, 1),
            (b'V', _) => (Slot::Host, 2),
            (b'i', header) => request_header(header),
            (b'o', header) if header.eq_ignore_ascii_case(b"location") => (Slot::Location, 0),
            (b'C', name) if secrets::is_session_cookie_name(name) => (Slot::SessionCookie, 2),
            _ => (Slot::Ignored, 0),
        };
        Field { slot, rank }
    }
}

fn request_header(name: &[u8]) -> (Slot, u8) {
    match name.to_ascii_lowercase().as_slice() {
        b"referer" => (Slot::Referer, 0),
        b"user-agent" => (Slot::Agent, 0),
        b"host" => (Slot::Host, 0),
        b"x-forwarded-for" => (Slot::Forwarded, 0),
        b"forwarded" => (Slot::Forwarded, 1),
        b"authorization" => (Slot::Authorization, 0),
        b"x-api-key" | b"api-key" | b"apikey" => (Slot::Secret, 1),
        b"cookie" => (Slot::Cookies, 3),
        _ => (Slot::Ignored, 0),
    }
}
