//! Nginx Proxy Manager's `proxy` and `standard` formats.

use domain::{RawRecord, Reject, RejectReason, Request};

use super::cursor;
use super::draft::Slot;
use super::{Format, ParseContext};

/// Nginx Proxy Manager.
#[derive(Clone, Copy, Debug)]
pub struct NginxProxyManager;

impl Format for NginxProxyManager {
    fn name(&self) -> &'static str {
        "nginx_proxy_manager"
    }

    fn title(&self) -> &'static str {
        "Nginx Proxy Manager (`proxy` and `standard`)"
    }

    fn example(&self) -> &'static str {
        r#"[22/Nov/2026:21:44:14 +0000] - 200 200 - GET https api.example.com "/users/42" [Client 192.0.2.7] [Length 271] [Gzip -] [Sent-to 10.0.0.1] "curl/8.6.0" "-""#
    }

    fn parse<'a>(
        &'a self,
        record: RawRecord<'a>,
        context: &'a ParseContext,
    ) -> Result<Request<'a>, Reject> {
        cursor::read(record, context, |cursor, draft| {
            cursor.expect(b"[")?;
            cursor.take_until(b"] ", Slot::TimeClf, draft)?;
            // The state of the cache and the status of each server that was asked come first, or do
            // not; the status of the answer stands before the dash.
            let (mut before, mut word) = (cursor.word()?, cursor.word()?);
            while word != b"-" || !before.iter().all(u8::is_ascii_digit) {
                (before, word) = (word, cursor.word()?);
            }
            cursor::set(draft, Slot::Status, 0, before.into())
                .map_err(|reason| cursor.stop(reason))?;
            cursor.take_word(Slot::Method, 0, draft)?;
            if !matches!(cursor.word()?, b"http" | b"https") {
                return Err(cursor.stop(RejectReason::Invalid("scheme")));
            }
            cursor.take_word(Slot::Host, 0, draft)?;
            cursor.take_quoted(Slot::Target, 0, draft)?;
            cursor.expect(b"[Client ")?;
            cursor.take_until(b"] ", Slot::Peer, draft)?;
            cursor.expect(b"[Length ")?;
            cursor.take_until(b"] ", Slot::ResponseBytes, draft)?;
            while cursor.accept(b"[") {
                cursor.until(b"] ")?;
            }
            cursor.take_quoted(Slot::Agent, 0, draft)?;
            cursor.take_quoted(Slot::Referer, 0, draft)
        })
    }
}
