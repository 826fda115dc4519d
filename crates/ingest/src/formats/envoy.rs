//! The text that Envoy and Istio write unless told otherwise.

use domain::{RawRecord, Reject, RejectReason, Request};

use super::cursor::{self, Cursor, Stop};
use super::draft::{Draft, Slot};
use super::{Format, ParseContext};

/// Envoy's default format.
#[derive(Clone, Copy, Debug)]
pub struct Envoy;

/// Istio's default format.
#[derive(Clone, Copy, Debug)]
pub struct Istio;

impl Format for Envoy {
    fn name(&self) -> &'static str {
        "envoy_text"
    }

    fn title(&self) -> &'static str {
        "Envoy's default format; the client is the end of the forwarded chain, as nothing else tells it"
    }

    fn example(&self) -> &'static str {
        r#"[2026-11-22T21:44:14.000Z] "GET /users/42 HTTP/1.1" 200 - 0 271 12 11 "192.0.2.7" "curl/8.6.0" "cc21d9b0-cf5c-432b-8c7e-98aeb7988cd2" "api.example.com" "10.0.0.1:80""#
    }

    fn parse<'a>(
        &'a self,
        record: RawRecord<'a>,
        context: &'a ParseContext,
    ) -> Result<Request<'a>, Reject> {
        cursor::read(record, context, |cursor, draft| {
            head(cursor, draft)?;
            if !cursor.rest().starts_with(b"-") && !starts_with_digit(cursor.rest()) {
                return Err(cursor.stop(RejectReason::Invalid("request bytes")));
            }
            middle(cursor, draft)
        })
    }
}

impl Format for Istio {
    fn name(&self) -> &'static str {
        "istio_text"
    }

    fn title(&self) -> &'static str {
        "Istio's default format, of any version"
    }

    fn example(&self) -> &'static str {
        r#"[2026-11-22T21:44:14.000Z] "GET /users/42 HTTP/1.1" 200 - via_upstream - "-" 0 271 12 11 "-" "curl/8.6.0" "cc21d9b0-cf5c-432b-8c7e-98aeb7988cd2" "api.example.com" "10.0.0.1:80" inbound|80|| 127.0.0.6:38317 10.0.0.1:80 192.0.2.7:52311 - default"#
    }

    fn parse<'a>(
        &'a self,
        record: RawRecord<'a>,
        context: &'a ParseContext,
    ) -> Result<Request<'a>, Reject> {
        cursor::read(record, context, |cursor, draft| {
            head(cursor, draft)?;
            // Details of the answer and of its end, a failure's reason: how many depends on the version.
            while !starts_with_digit(cursor.rest()) {
                if cursor.rest().starts_with(b"\"") {
                    cursor.quoted()?;
                } else {
                    cursor.word()?;
                }
            }
            middle(cursor, draft)?;
            let _cluster = cursor.word()?;
            let _upstream_local = cursor.word()?;
            let _downstream_local = cursor.word()?;
            cursor.take_word(Slot::Peer, 0, draft)
        })
    }
}

/// Up to the flags of the answer.
fn head<'a>(cursor: &mut Cursor<'a>, draft: &mut Draft<'a>) -> Result<(), Stop> {
    cursor.expect(b"[")?;
    cursor.take_until(b"] ", Slot::TimeIso, draft)?;
    cursor.take_quoted(Slot::RequestLine, 0, draft)?;
    cursor.take_word(Slot::Status, 0, draft)?;
    let _flags = cursor.word()?;
    Ok(())
}

/// From the bytes of the request to the address of the server.
fn middle<'a>(cursor: &mut Cursor<'a>, draft: &mut Draft<'a>) -> Result<(), Stop> {
    cursor.take_word(Slot::RequestBytes, 0, draft)?;
    cursor.take_word(Slot::ResponseBytes, 0, draft)?;
    cursor.take_word(Slot::LatencyMillis, 0, draft)?;
    let _of_the_server = cursor.word()?;
    cursor.take_quoted(Slot::Forwarded, 0, draft)?;
    cursor.take_quoted(Slot::Agent, 0, draft)?;
    let _id = cursor.quoted()?;
    cursor.take_quoted(Slot::Host, 0, draft)?;
    let _server = cursor.quoted()?;
    Ok(())
}

fn starts_with_digit(text: &[u8]) -> bool {
    text.first().is_none_or(u8::is_ascii_digit)
}
