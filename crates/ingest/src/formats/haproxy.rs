//! HAProxy's `option httplog`, of any version from 1.5 on, and `httpslog`.

use std::borrow::Cow;

use domain::{RawRecord, Reject, RejectReason, Request};

use super::cursor::{self, Cursor, Stop, set};
use super::draft::{Draft, Slot};
use super::{Format, ParseContext, guess};

/// HAProxy's log of HTTP requests.
#[derive(Clone, Copy, Debug)]
pub struct HaProxy;

impl Format for HaProxy {
    fn name(&self) -> &'static str {
        "haproxy"
    }

    fn title(&self) -> &'static str {
        "HAProxy's `option httplog` and `httpslog`; of captured headers, agent, host, referer and \
         forwarded chain are told by what they look like"
    }

    fn notes(&self) -> &'static str {
        "Lines that say how HAProxy itself, its proxies, servers and handshakes are doing are no requests."
    }

    fn example(&self) -> &'static str {
        r#"192.0.2.7:52311 [22/Nov/2026:21:44:14.000] https-in~ api/node1 0/0/1/11/12 200 271 - - ---- 3/2/0/0/0 0/0 {api.example.com|curl/8.6.0} {} "GET /users/42 HTTP/1.1""#
    }

    fn parse<'a>(
        &'a self,
        record: RawRecord<'a>,
        context: &'a ParseContext,
    ) -> Result<Request<'a>, Reject> {
        let parsed = cursor::read(record, context, walk);
        match parsed {
            Err(reject) if is_notice(record.bytes) => {
                let reason = RejectReason::NoRequest("what HAProxy says of itself");
                Err(Reject { reason, ..reject })
            }
            parsed => parsed,
        }
    }
}

/// Whether a line tells of a proxy, of a server or of a handshake that failed.
fn is_notice(line: &[u8]) -> bool {
    let line = line.trim_ascii_end();
    let begins = |start: &&str| line.starts_with(start.as_bytes());
    if ["Proxy ", "Server ", "Backup Server ", "backend ", "Health check for "].iter().any(begins) {
        return NOTICES.iter().any(|it| memchr::memmem::find(line, it.as_bytes()).is_some());
    }
    FAILURES.iter().any(|it| line.ends_with(it.as_bytes()))
        && memchr::memmem::find(line, b" [").is_some()
}

/// What is said of proxies and servers.
const NOTICES: [&str; 6] =
    [" started.", " stopped (", " is UP", " is DOWN", " has no server available!", " succeeded,"];

/// What is said of connections that never came to a request.
const FAILURES: [&str; 4] = [
    ": SSL handshake failure",
    ": Connection closed during SSL handshake",
    ": Timeout during SSL handshake",
    ": Received something which does not look like a PROXY protocol header",
];

fn walk<'a>(cursor: &mut Cursor<'a>, draft: &mut Draft<'a>) -> Result<(), Stop> {
    let client = cursor.until(b" [")?;
    let peer = peer_of(client).ok_or((0, RejectReason::Invalid("client address")))?;
    set(draft, Slot::Peer, 0, Cow::Borrowed(peer)).map_err(|reason| (0, reason))?;
    cursor.take_until(b"] ", Slot::TimeClf, draft)?;
    let _frontend = cursor.word()?;
    let server = cursor.word()?;
    let timers = cursor.word()?;
    let is_timer = |byte: &u8| byte.is_ascii_digit() || matches!(byte, b'/' | b'-' | b'+');
    // What HAProxy says of connections has neither a server nor timers there.
    if !server.contains(&b'/') || !timers.contains(&b'/') || !timers.iter().all(is_timer) {
        return Err(cursor.stop(RejectReason::NotThisFormat("a request, but a connection")));
    }
    let total = timers.rsplit(|byte| *byte == b'/').next().unwrap_or_default();
    let total = total.strip_prefix(b"+").unwrap_or(total);
    let _ = set(draft, Slot::LatencyMillis, 0, Cow::Borrowed(total));
    let status = cursor.word()?;
    let status = if status == b"-1" { &b"-"[..] } else { status };
    set(draft, Slot::Status, 0, Cow::Borrowed(status)).map_err(|reason| cursor.stop(reason))?;
    let bytes = cursor.word()?;
    let bytes = bytes.strip_prefix(b"+").unwrap_or(bytes);
    set(draft, Slot::ResponseBytes, 0, Cow::Borrowed(bytes)).map_err(|it| cursor.stop(it))?;
    // Two captured cookies, the state at the end, connections, queues.
    cursor.skip_words(5)?;
    let mut is_first = true;
    while cursor.accept(b"{") {
        let captured = cursor.until(b"} ")?;
        if is_first {
            captured
                .split(|byte| *byte == b'|')
                .try_for_each(|value| take_captured(value, draft))
                .map_err(|reason| cursor.stop(reason))?;
        }
        is_first = false;
    }
    cursor.take_quoted(Slot::RequestLine, 0, draft)
    // The fields of `httpslog` that follow tell of the handshake.
}

/// The address without the port that HAProxy puts behind it, IPv6 without brackets included.
fn peer_of(client: &[u8]) -> Option<&[u8]> {
    let colon = memchr::memrchr(b':', client)?;
    let (address, port) = (&client[..colon], &client[colon + 1..]);
    let is_port = !port.is_empty() && port.iter().all(u8::is_ascii_digit);
    (is_port && !address.is_empty()).then_some(address)
}

/// A captured header of the request: HAProxy does not write which one it is.
fn take_captured<'a>(value: &'a [u8], draft: &mut Draft<'a>) -> Result<(), RejectReason> {
    match guess::slot_of_header(value) {
        Some(slot) => set(draft, slot, 1, Cow::Borrowed(value)),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use domain::Position;

    use super::*;

    #[test]
    fn what_is_no_request_is_told_from_what_cannot_be_read() {
        let check = |line: &str, is_notice: bool| {
            let (position, context) = (Position::default(), ParseContext::default());
            let record = RawRecord { position, bytes: line.as_bytes() };
            let reject = HaProxy.parse(record, &context).unwrap_err();
            let told = matches!(reject.reason, RejectReason::NoRequest(_));
            assert_eq!(told, is_notice, "{line}: {}", reject.reason);
        };
        check("Proxy https-in started.", true);
        check("Server api/node1 is DOWN, reason: Layer4 timeout, check duration: 2001ms.", true);
        check("backend api has no server available!", true);
        check("192.0.2.7:52311 [22/Nov/2026:21:44:14.000] https-in/1: SSL handshake failure", true);
        check("Proxy of somebody", false);
        check("sshd[17]: SSL handshake failure", false);
        check(HaProxy.example().split(" 200").next().unwrap(), false);
    }
}
