//! Server access logs of Amazon S3.

use domain::{RawRecord, Reject, RejectReason, Request};

use super::cursor;
use super::draft::Slot;
use super::{Format, ParseContext};

/// Server access logs of Amazon S3 and of stores that write as it does.
#[derive(Clone, Copy, Debug)]
pub struct S3Access;

impl Format for S3Access {
    fn name(&self) -> &'static str {
        "s3_access"
    }

    fn title(&self) -> &'static str {
        "Amazon S3 server access log; the user is the requester"
    }

    fn example(&self) -> &'static str {
        r#"79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be shop [22/Nov/2026:21:44:14 +0000] 192.0.2.7 arn:aws:iam::123456789012:user/ann 3E57427F3EXAMPLE REST.GET.OBJECT users/42 "GET /users/42 HTTP/1.1" 200 - 271 271 12 11 "-" "curl/8.6.0" - s9lzHYrFp76ZVxRcpX9+5cjAnEH2ROuNkd2BHfIa6UkFVdtjf5mKR3/eTPFvsiP/XV/VLi31234= SigV4 ECDHE-RSA-AES128-GCM-SHA256 AuthHeader shop.s3.eu-central-1.amazonaws.com TLSV1.2 - -"#
    }

    fn parse<'a>(
        &'a self,
        record: RawRecord<'a>,
        context: &'a ParseContext,
    ) -> Result<Request<'a>, Reject> {
        cursor::read(record, context, |cursor, draft| {
            let _owner = cursor.word()?;
            let _bucket = cursor.word()?;
            cursor.expect(b"[")?;
            cursor.take_until(b"] ", Slot::TimeClf, draft)?;
            cursor.take_word(Slot::Peer, 0, draft)?;
            cursor.take_word(Slot::User, 0, draft)?;
            let _id = cursor.word()?;
            // What S3 does by itself: objects that expire, or move to another class.
            if cursor.word()?.starts_with(b"S3.") {
                return Err(cursor.stop(RejectReason::NoRequest("a step of S3's own")));
            }
            let _key = cursor.word()?;
            if !cursor.accept(b"- ") {
                cursor.take_quoted(Slot::RequestLine, 0, draft)?;
            }
            cursor.take_word(Slot::Status, 0, draft)?;
            let _error = cursor.word()?;
            cursor.take_word(Slot::ResponseBytes, 0, draft)?;
            let _object_size = cursor.word()?;
            cursor.take_word(Slot::LatencyMillis, 0, draft)?;
            let _turn_around = cursor.word()?;
            cursor.take_quoted(Slot::Referer, 0, draft)?;
            cursor.take_quoted(Slot::Agent, 0, draft)?;
            // Version, host id, signature, cipher and kind of authentication came one by one over the
            // years; the host asked for is the sixth.
            if cursor.skip_words(5).is_ok() && !cursor.rest().is_empty() {
                cursor.take_word(Slot::Host, 0, draft)?;
            }
            Ok(())
        })
    }
}
