//! Heroku's router.

use std::borrow::Cow;

use domain::{RawRecord, Reject, RejectReason, Request};

use super::cursor::{self, Cursor, Stop};
use super::draft::{Draft, Slot};
use super::{Format, ParseContext};

/// What the router of Heroku writes of a request.
#[derive(Clone, Copy, Debug)]
pub struct HerokuRouter;

impl Format for HerokuRouter {
    fn name(&self) -> &'static str {
        "heroku_router"
    }

    fn title(&self) -> &'static str {
        "Heroku's router, from `heroku logs` or behind the syslog of a drain"
    }

    fn notes(&self) -> &'static str {
        "`fwd` ends with the address that the router saw; what stands before it is the forwarded chain. The \
         router names no user agent. What a dyno says of itself is no request."
    }

    fn example(&self) -> &'static str {
        r#"2026-11-22T21:44:14+00:00 heroku[router]: at=info method=GET path="/users/42" host=api.example.com request_id=8d3f2c6b-5a4e-4d3f-8c6b-5a4e8d3f2c6b fwd="192.0.2.7" dyno=web.1 connect=1ms service=12ms status=200 bytes=271 protocol=https"#
    }

    fn parse<'a>(
        &'a self,
        record: RawRecord<'a>,
        context: &'a ParseContext,
    ) -> Result<Request<'a>, Reject> {
        cursor::read(record, context, walk)
    }
}

fn walk<'a>(cursor: &mut Cursor<'a>, draft: &mut Draft<'a>) -> Result<(), Stop> {
    // Behind syslog the collector has the time.
    if !cursor.rest().starts_with(b"at=") {
        cursor.take_until(b" heroku[", Slot::TimeIso, draft)?;
        if !cursor.accept(b"router]: ") {
            return Err(cursor.stop(RejectReason::NoRequest("what a dyno says of itself")));
        }
    }
    if !cursor.rest().starts_with(b"at=") {
        return Err(cursor.stop(RejectReason::Expected("at=".to_owned())));
    }
    while !cursor.rest().is_empty() {
        let key = cursor.until(b"=")?;
        let slot = match key {
            b"method" => Slot::Method,
            b"path" => Slot::Target,
            b"host" => Slot::Host,
            b"fwd" => Slot::Forwarded,
            b"service" => Slot::LatencyWithUnit,
            b"status" => Slot::Status,
            b"bytes" => Slot::ResponseBytes,
            _ => Slot::Ignored,
        };
        if cursor.rest().starts_with(b"\"") {
            cursor.take_quoted(slot, 0, draft)?;
            continue;
        }
        // Where an app does not answer, values are empty.
        let rest = cursor.rest();
        let value = &rest[..memchr::memchr(b' ', rest).unwrap_or(rest.len())];
        let set = cursor::set(draft, slot, 0, Cow::Borrowed(value));
        set.map_err(|reason| cursor.stop(reason))?;
        cursor.accept(value);
        cursor.skip_blanks();
    }
    Ok(())
}
