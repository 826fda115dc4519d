//! The variables of nginx's `log_format`.

use super::draft::{Field, Slot};
use super::template::piece::{Piece, TemplateError};
use crate::secrets;

/// Whether a text holds something that looks like a variable.
pub(crate) fn has_variable(text: &str) -> bool {
    text.as_bytes()
        .windows(2)
        .any(|pair| pair[0] == b'$' && (pair[1].is_ascii_lowercase() || pair[1] == b'{'))
}

/// Takes a `log_format` apart: the bare string, or the whole directive with its name, `escape=` and
/// quoted pieces.
pub(crate) fn pieces(text: &str) -> Result<Vec<Piece>, TemplateError> {
    let format = match text.strip_prefix("log_format") {
        Some(directive) => unquoted(directive)?,
        None => text.to_owned(),
    };
    let mut pieces = Vec::new();
    let mut rest = format.as_bytes();
    while let Some((byte, after)) = rest.split_first() {
        let at = format.len() - rest.len();
        if *byte != b'$' {
            let end = memchr::memchr(b'$', rest).unwrap_or(rest.len());
            pieces.push(Piece::Literal(rest[..end].to_vec()));
            rest = &rest[end..];
            continue;
        }
        let (name, after) = match after.strip_prefix(b"{") {
            Some(braced) => {
                let end = memchr::memchr(b'}', braced)
                    .ok_or_else(|| TemplateError::new(at, "a variable's brace is not closed"))?;
                (&braced[..end], &braced[end + 1..])
            }
            None => after.split_at(name_length(after)),
        };
        if name.is_empty() {
            return Err(TemplateError::new(at, "a dollar sign without a variable"));
        }
        pieces.push(Piece::Field(variable(&String::from_utf8_lossy(name))));
        rest = after;
    }
    Ok(pieces)
}

fn name_length(text: &[u8]) -> usize {
    text.iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_').count()
}

/// The quoted pieces of a directive, joined as nginx joins them.
fn unquoted(directive: &str) -> Result<String, TemplateError> {
    let mut joined = String::new();
    let mut rest = directive;
    while let Some(start) = rest.find(['\'', '"']) {
        let quote = &rest[start..=start];
        let body = &rest[start + 1..];
        let end = body
            .find(quote)
            .ok_or_else(|| TemplateError::new(0, "a quote of log_format is not closed"))?;
        joined.push_str(&body[..end]);
        rest = &body[end + 1..];
    }
    if joined.is_empty() {
        return Err(TemplateError::new(0, "log_format holds no quoted format"));
    }
    Ok(joined)
}

/// What a variable says. Ranks tell the better witness: `request_uri` is what the client sent,
/// `uri` what the server made of it.
fn variable(name: &str) -> Field {
    let (slot, rank) = match name {
        "msec" => (Slot::TimeEpoch, 0),
        "time_iso8601" => (Slot::TimeIso, 1),
        "time_local" => (Slot::TimeClf, 2),
        "remote_addr" | "realip_remote_addr" => {
            (Slot::Peer, u8::from(name == "realip_remote_addr"))
        }
        "binary_remote_addr" => (Slot::Ignored, 0),
        "http_x_forwarded_for" | "proxy_add_x_forwarded_for" => (Slot::Forwarded, 0),
        "http_forwarded" => (Slot::Forwarded, 1),
        "remote_user" => (Slot::User, 0),
        "request" => (Slot::RequestLine, 0),
        "request_method" => (Slot::Method, 0),
        "request_uri" => (Slot::Target, 1),
        "uri" | "document_uri" => (Slot::Path, 0),
        "args" | "query_string" => (Slot::Query, 0),
        "http_host" => (Slot::Host, 0),
        "host" => (Slot::Host, 1),
        "server_name" => (Slot::ServerName, 2),
        "http_referer" => (Slot::Referer, 0),
        "http_user_agent" => (Slot::Agent, 0),
        "status" => (Slot::Status, 0),
        "sent_http_location" => (Slot::Location, 0),
        "upstream_http_location" => (Slot::Location, 1),
        "upstream_status" => (Slot::Ignored, 0),
        "body_bytes_sent" => (Slot::ResponseBytes, 0),
        "bytes_sent" => (Slot::ResponseBytes, 1),
        "request_length" => (Slot::RequestBytes, 0),
        "request_time" => (Slot::LatencySecs, 0),
        "upstream_response_time" => (Slot::LatencySecs, 1),
        "http_authorization" => (Slot::Authorization, 0),
        "http_x_api_key" | "arg_api_key" | "arg_apikey" | "arg_access_token" => (Slot::Secret, 1),
        "http_cookie" => (Slot::Cookies, 3),
        _ => match name.strip_prefix("cookie_") {
            Some(cookie) if secrets::is_session_cookie_name(cookie.as_bytes()) => {
                (Slot::SessionCookie, 2)
            }
            _ => (Slot::Ignored, 0),
        },
    };
    Field { slot, rank }
}
