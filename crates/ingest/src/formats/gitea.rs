//! The router of Gitea and Forgejo.

use std::borrow::Cow;

use domain::{RawRecord, Reject, RejectReason, Request};

use super::cursor::{self, Cursor, Stop};
use super::draft::{Draft, Slot};
use super::{Format, ParseContext};

/// What the router of Gitea and its heirs writes of a request.
#[derive(Clone, Copy, Debug)]
pub struct GiteaRouter;

impl Format for GiteaRouter {
    fn name(&self) -> &'static str {
        "gitea_router"
    }

    fn title(&self) -> &'static str {
        "Gitea's and Forgejo's router; times are those of the server's clock"
    }

    fn notes(&self) -> &'static str {
        "Lines that a request was completed are read; that it began, is slow or was polled is no request. The \
         router names no user agent: the access log of Gitea, which does, is `combined`."
    }

    fn example(&self) -> &'static str {
        "2026/11/22 21:44:14 ...eb/routing/logger.go:102:func1() [I] router: completed GET /users/42 for 192.0.2.7:47112, 200 OK in 12.0ms @ user/profile.go:42(user.Profile)"
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
    cursor.take_word(Slot::Date, 0, draft)?;
    cursor.take_word(Slot::TimeOfDay, 0, draft)?;
    let _place_in_source = cursor.until(b"] router: ")?;
    if !cursor.accept(b"completed ") {
        return Err(cursor.stop(RejectReason::NoRequest("a step of a request")));
    }
    cursor.take_word(Slot::Method, 0, draft)?;
    cursor.take_until(b" for ", Slot::Target, draft)?;
    cursor.take_until(b", ", Slot::Peer, draft)?;
    cursor.take_word(Slot::Status, 0, draft)?;
    let _reason = cursor.until(b"in ")?;
    let rest = cursor.rest();
    let latency = &rest[..memchr::memchr(b' ', rest).unwrap_or(rest.len())];
    let set = cursor::set(draft, Slot::LatencyWithUnit, 0, Cow::Borrowed(latency));
    set.map_err(|reason| cursor.stop(reason))
}
