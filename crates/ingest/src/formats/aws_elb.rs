//! Load balancers of AWS: Application Load Balancer, and the classic one.

use std::borrow::Cow;

use domain::{RawRecord, Reject, RejectReason, Request};

use super::cursor::{self, Cursor, Stop, set};
use super::draft::{Draft, Slot};
use super::{Format, ParseContext};

/// Access logs of an Application Load Balancer.
#[derive(Clone, Copy, Debug)]
pub struct AwsAlb;

/// Access logs of a classic load balancer.
#[derive(Clone, Copy, Debug)]
pub struct AwsElb;

impl Format for AwsAlb {
    fn name(&self) -> &'static str {
        "aws_alb"
    }

    fn title(&self) -> &'static str {
        "AWS Application Load Balancer; the time is that at which the request came, where it is told"
    }

    fn example(&self) -> &'static str {
        r#"https 2026-11-22T21:44:14.016382Z app/api/50dc6c495c0c9188 192.0.2.7:52311 10.0.0.1:80 0.001 0.012 0.000 200 200 34 271 "GET https://api.example.com:443/users/42 HTTP/1.1" "curl/8.6.0" ECDHE-RSA-AES128-GCM-SHA256 TLSv1.2 arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/api/73e2d6bc24d8a067 "Root=1-5c0c9188-73e2d6bc24d8a06750dc6c49" "api.example.com" "session-reused" 0 2026-11-22T21:44:14.000000Z "forward" "-" "-" "10.0.0.1:80" "200" "-" "-""#
    }

    fn parse<'a>(
        &'a self,
        record: RawRecord<'a>,
        context: &'a ParseContext,
    ) -> Result<Request<'a>, Reject> {
        cursor::read(record, context, |cursor, draft| {
            let kind = cursor.word()?;
            if !matches!(kind, b"http" | b"https" | b"h2" | b"grpcs" | b"ws" | b"wss") {
                return Err((0, RejectReason::NotThisFormat("a type of request")));
            }
            common(cursor, draft)?;
            tail(cursor, draft)
        })
    }
}

impl Format for AwsElb {
    fn name(&self) -> &'static str {
        "aws_elb"
    }

    fn title(&self) -> &'static str {
        "AWS classic load balancer"
    }

    fn example(&self) -> &'static str {
        r#"2026-11-22T21:44:14.000000Z api 192.0.2.7:52311 10.0.0.1:80 0.000073 0.012000 0.000057 200 200 0 271 "GET https://api.example.com:443/users/42 HTTP/1.1" "curl/8.6.0" ECDHE-RSA-AES128-GCM-SHA256 TLSv1.2"#
    }

    fn parse<'a>(
        &'a self,
        record: RawRecord<'a>,
        context: &'a ParseContext,
    ) -> Result<Request<'a>, Reject> {
        cursor::read(record, context, |cursor, draft| {
            common(cursor, draft)?;
            cursor.skip_words(2)?;
            cursor.end()
        })
    }
}

/// What both have in common, up to the agent.
fn common<'a>(cursor: &mut Cursor<'a>, draft: &mut Draft<'a>) -> Result<(), Stop> {
    cursor.take_word(Slot::TimeIso, 1, draft)?;
    let _balancer = cursor.word()?;
    cursor.take_word(Slot::Peer, 0, draft)?;
    let _target = cursor.word()?;
    let _until_sent = cursor.word()?;
    cursor.take_word(Slot::LatencySecs, 0, draft)?;
    let _after_answered = cursor.word()?;
    cursor.take_word(Slot::Status, 0, draft)?;
    let _status_of_target = cursor.word()?;
    cursor.take_word(Slot::RequestBytes, 0, draft)?;
    cursor.take_word(Slot::ResponseBytes, 0, draft)?;
    let at = cursor.stop(RejectReason::Trailing).0;
    let request = cursor.quoted()?;
    take_request(request, draft).map_err(|reason| (at, reason))?;
    cursor.take_quoted(Slot::Agent, 0, draft)
}

/// What follows in logs of the newer kind: the time at which the request came is the twenty-second
/// field. Fields may be added at the end, as they were over the years.
fn tail<'a>(cursor: &mut Cursor<'a>, draft: &mut Draft<'a>) -> Result<(), Stop> {
    cursor.skip_words(2)?;
    if cursor.rest().is_empty() {
        return Ok(());
    }
    let _target_group = cursor.word()?;
    for _trace_domain_certificate in 0..3 {
        if cursor.rest().is_empty() {
            return Ok(());
        }
        cursor.quoted()?;
    }
    if cursor.rest().is_empty() {
        return Ok(());
    }
    let _rule = cursor.word()?;
    if cursor.rest().is_empty() {
        return Ok(());
    }
    cursor.take_word(Slot::TimeIso, 0, draft)
}

/// `GET https://host:443/path HTTP/1.1`: the balancer writes the whole URL, whatever the client sent.
pub(super) fn take_request<'a>(
    line: Cow<'a, [u8]>,
    draft: &mut Draft<'a>,
) -> Result<(), RejectReason> {
    let url = memchr::memmem::find(&line, b" ").map(|at| at + 1);
    let Cow::Borrowed(text) = line else { return set(draft, Slot::RequestLine, 0, line) };
    let authority = url.and_then(|at| {
        let scheme = memchr::memmem::find(&text[at..], b"://").filter(|length| *length <= 5)?;
        let start = at + scheme + 3;
        let length = text[start..].iter().position(|byte| matches!(byte, b'/' | b'?' | b' '))?;
        Some((at, start, start + length))
    });
    let Some((at, start, end)) = authority else { return set(draft, Slot::RequestLine, 0, line) };
    set(draft, Slot::Host, 0, Cow::Borrowed(&text[start..end]))?;
    set(draft, Slot::Method, 0, Cow::Borrowed(text[..at].trim_ascii()))?;
    let rest = &text[end..];
    // `- ` stands for the protocol of requests that were none.
    let target_end = memchr::memrchr(b' ', rest).unwrap_or(rest.len());
    let target = if target_end == 0 { &b"/"[..] } else { &rest[..target_end] };
    set(draft, Slot::Target, 0, Cow::Borrowed(target))
}
