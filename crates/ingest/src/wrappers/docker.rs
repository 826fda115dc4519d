//! `{"log":"...\n","stream":"stdout","time":"..."}`: the files of Docker's `json-file` driver.

use super::members::{members, within};
use super::{Inner, Wrapper};

/// Docker splits longer lines into pieces of this length, of which all but the last have no line end.
const PIECE_BYTES: usize = 16 * 1024;

/// The log files of containers under Docker.
#[derive(Clone, Copy, Debug)]
pub struct DockerJson;

impl Wrapper for DockerJson {
    fn name(&self) -> &'static str {
        "docker (json-file)"
    }

    fn title(&self) -> &'static str {
        "log files of containers under Docker (`json-file`)"
    }

    fn example(&self) -> &'static str {
        r#"{"log":"192.0.2.7 - ann [22/Nov/2026:21:44:14 +0000] \"GET /users/42 HTTP/1.1\" 200 271 \"-\" \"curl/8.6.0\"\n","stream":"stdout","time":"2026-11-22T21:44:14.016382957Z"}"#
    }

    fn splits(&self) -> bool {
        true
    }

    fn strip<'a>(&self, line: &'a [u8], room: &'a mut Vec<u8>) -> Option<Inner<'a>> {
        if !line.starts_with(b"{") {
            return None;
        }
        let [log, stream, time] = members(line, [b"log", b"stream", b"time"])?;
        let (log, _, time) = (log?, stream?, time?);
        let inner = within(line, log, room)?;
        let text = inner.text.strip_suffix(b"\n").unwrap_or(inner.text);
        let goes_on = text.len() == inner.text.len() && text.len() >= PIECE_BYTES;
        let text = text.strip_suffix(b"\r").unwrap_or(text);
        Some(Inner { text, goes_on, stamp: time.plain(), ..inner })
    }
}
