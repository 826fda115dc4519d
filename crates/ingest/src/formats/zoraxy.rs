//! Zoraxy, a reverse proxy for homes.

use domain::{RawRecord, Reject, RejectReason, Request};

use super::cursor;
use super::draft::Slot;
use super::{Format, ParseContext};

/// Zoraxy's log of what its router did.
#[derive(Clone, Copy, Debug)]
pub struct Zoraxy;

impl Format for Zoraxy {
    fn name(&self) -> &'static str {
        "zoraxy"
    }

    fn title(&self) -> &'static str {
        "Zoraxy; times are those of the server's clock"
    }

    fn example(&self) -> &'static str {
        "[2026-11-22 21:44:14.000000] [router:host-http] [origin:api.example.com] [client: 192.0.2.7] [useragent: curl/8.6.0] GET /users/42 200"
    }

    fn parse<'a>(
        &'a self,
        record: RawRecord<'a>,
        context: &'a ParseContext,
    ) -> Result<Request<'a>, Reject> {
        cursor::read(record, context, |cursor, draft| {
            // Written through Go's logger, a line has a time of day before it.
            if !cursor.accept(b"[") {
                let before = cursor.until(b" [")?;
                let is_time = |byte: &u8| byte.is_ascii_digit() || b"/: .".contains(byte);
                if !before.iter().all(is_time) {
                    return Err((0, RejectReason::Invalid("time")));
                }
            }
            cursor.take_until(b"] [router:", Slot::TimeIso, draft)?;
            let _router = cursor.until(b"] [origin:")?;
            cursor.take_until(b"] [client:", Slot::Host, draft)?;
            cursor.skip_blanks();
            cursor.take_until(b"] [useragent:", Slot::Peer, draft)?;
            cursor.skip_blanks();
            // An agent may hold brackets, but no call after one.
            let rest = cursor.rest();
            let end = memchr::memmem::rfind(rest, b"] ");
            let end = end.ok_or_else(|| cursor.stop(RejectReason::Missing("request")))?;
            let (agent, call) = (&rest[..end], rest[end + 2..].trim_ascii());
            let status = memchr::memrchr(b' ', call);
            let status = status.ok_or_else(|| cursor.stop(RejectReason::Missing("status")))?;
            let method = memchr::memchr(b' ', call).unwrap_or(status);
            let fields = [
                (Slot::Agent, agent),
                (Slot::Status, &call[status + 1..]),
                (Slot::Method, &call[..method]),
                (Slot::Target, call[method..status].trim_ascii()),
            ];
            for (slot, value) in fields {
                cursor::set(draft, slot, 0, value.into()).map_err(|reason| cursor.stop(reason))?;
            }
            Ok(())
        })
    }
}
