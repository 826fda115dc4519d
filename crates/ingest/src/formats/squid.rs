//! Squid's own `access.log`.

use domain::{RawRecord, Reject, RejectReason, Request};

use super::cursor;
use super::draft::Slot;
use super::{Format, ParseContext};

/// Squid's native format (`logformat squid`).
#[derive(Clone, Copy, Debug)]
pub struct Squid;

impl Format for Squid {
    fn name(&self) -> &'static str {
        "squid"
    }

    fn title(&self) -> &'static str {
        "Squid's native access.log; targets are whole URLs, as clients of a proxy send them"
    }

    fn example(&self) -> &'static str {
        "1795383854.000     12 192.0.2.7 TCP_MISS/200 271 GET /users/42 ann HIER_DIRECT/10.0.0.1 application/json"
    }

    fn parse<'a>(
        &'a self,
        record: RawRecord<'a>,
        context: &'a ParseContext,
    ) -> Result<Request<'a>, Reject> {
        cursor::read(record, context, |cursor, draft| {
            cursor.take_word(Slot::TimeEpoch, 0, draft)?;
            cursor.take_word(Slot::LatencyMillis, 0, draft)?;
            cursor.take_word(Slot::Peer, 0, draft)?;
            let result = cursor.until(b"/")?;
            let is_result = |byte: &u8| byte.is_ascii_uppercase() || *byte == b'_';
            if result.is_empty() || !result.iter().all(is_result) {
                return Err(cursor.stop(RejectReason::Invalid("result of the request")));
            }
            cursor.take_word(Slot::Status, 0, draft)?;
            cursor.take_word(Slot::ResponseBytes, 0, draft)?;
            cursor.take_word(Slot::Method, 0, draft)?;
            cursor.take_word(Slot::Url, 0, draft)?;
            cursor.take_word(Slot::User, 0, draft)?;
            let _hierarchy = cursor.word()?;
            // A type, or the headers that an administrator added.
            Ok(())
        })
    }
}
