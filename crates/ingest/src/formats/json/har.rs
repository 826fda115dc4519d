//! HTTP archives: what a browser or a proxy recorded.

use super::schema::{Declared, JsonSchema};
use crate::formats::Slot;

/// An entry of an HTTP archive (HAR 1.2).
pub(crate) static HAR: JsonSchema = JsonSchema::new(Declared {
    name: "har",
    title: "HTTP archive (HAR), entry by entry",
    notes: "`time` is in milliseconds. An archive is recorded where the requests come from and does not \
            name that place: its client is called `browser`. The envelope (`log.entries`) is opened.",
    example: r#"{"startedDateTime":"2026-11-22T21:44:14.000Z","time":12,"request":{"method":"GET","url":"https://api.example.com/users/42","httpVersion":"HTTP/2","headers":[{"name":"User-Agent","value":"curl/8.6.0"}],"queryString":[],"cookies":[],"headersSize":-1,"bodySize":0},"response":{"status":200,"statusText":"OK","httpVersion":"HTTP/2","headers":[],"cookies":[],"content":{"size":271,"mimeType":"application/json"},"redirectURL":"","headersSize":-1,"bodySize":271},"cache":{},"timings":{"send":0,"wait":12,"receive":0}}"#,
    needs: &["startedDateTime", "request.url", "response.status"],
    fields: &[
        ("startedDateTime", Slot::TimeIso),
        ("request.method", Slot::Method),
        ("request.url", Slot::Url),
        ("response.status", Slot::Status),
        ("response.redirectURL", Slot::Location),
        ("response.content.size", Slot::ResponseBytes),
        ("time", Slot::LatencyMillis),
    ],
    headers: &["request.headers"],
    client: "browser",
    ..Declared::NOTHING
});
