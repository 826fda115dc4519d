//! `{"@timestamp":"...","message":"...",...}`: what Filebeat, Fluent Bit and their like make of a line.

use super::members::{members, within};
use super::{Inner, Wrapper};

/// JSON documents of collectors, which keep the line as it was in one of their members.
#[derive(Clone, Copy, Debug)]
pub struct Message;

impl Wrapper for Message {
    fn name(&self) -> &'static str {
        "json (message)"
    }

    fn title(&self) -> &'static str {
        "JSON documents that keep the line in `message` (Filebeat, Logstash, Vector, the `logEvents` of \
         CloudWatch), `log` (Fluent Bit), `line` (Loki), `textPayload` (Google Cloud), `event` or `_raw` \
         (Splunk)"
    }

    fn example(&self) -> &'static str {
        r#"{"@timestamp":"2026-11-22T21:44:14.016Z","host":{"name":"web1"},"message":"192.0.2.7 - ann [22/Nov/2026:21:44:14 +0000] \"GET /users/42 HTTP/1.1\" 200 271 \"-\" \"curl/8.6.0\""}"#
    }

    fn strip<'a>(&self, line: &'a [u8], room: &'a mut Vec<u8>) -> Option<Inner<'a>> {
        if !line.trim_ascii_start().starts_with(b"{") {
            return None;
        }
        const LINES: [&[u8]; 6] = [b"message", b"log", b"line", b"textPayload", b"event", b"_raw"];
        const TIMES: [&[u8]; 4] = [b"@timestamp", b"timestamp", b"time", b"date"];
        let [a, b, c, d, e, f] = LINES;
        let [g, h, i, j] = TIMES;
        let found = members(line, [a, b, c, d, e, f, g, h, i, j])?;
        let (lines, times) = found.split_at(LINES.len());
        let inner = within(line, lines.iter().copied().flatten().next()?, room)?;
        let stamp = times.iter().copied().flatten().next().map_or(&b""[..], |it| it.plain());
        let text = inner.text.trim_ascii_end();
        Some(Inner { text, stamp, ..inner })
    }
}
