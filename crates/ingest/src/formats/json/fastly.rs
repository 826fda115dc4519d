//! Fastly, under the keys of the JSON format that its guide to log streaming suggests.

use super::schema::{Declared, JsonSchema};
use crate::formats::Slot;

/// Fastly's streamed log in JSON.
pub(crate) static FASTLY: JsonSchema = JsonSchema::new(Declared {
    name: "fastly",
    title: "Fastly log streaming, JSON",
    notes: "Fastly leaves the keys to its configuration: these are those of its suggested format, in \
            which there is no latency.",
    example: r#"{ "timestamp": "2026-11-22T21:44:14+0000", "client_ip": "192.0.2.7", "geo_country": "germany", "host": "api.example.com", "url": "/users/42", "request_method": "GET", "request_protocol": "HTTP/2", "request_referer": "", "request_user_agent": "curl/8.6.0", "response_state": "MISS", "response_status": 200, "response_reason": "OK", "response_body_size": 271, "fastly_server": "cache-fra-2a", "fastly_is_edge": true }"#,
    needs: &[
        "client_ip",
        "request_method",
        "response_status",
        "response_state or fastly_server or fastly_is_edge",
    ],
    fields: &[
        ("timestamp", Slot::Time),
        ("time_start", Slot::Time),
        ("client_ip", Slot::Peer),
        ("request_method", Slot::Method),
        ("url", Slot::Target),
        ("host", Slot::Host),
        ("request_referer", Slot::Referer),
        ("request_user_agent", Slot::Agent),
        ("response_status", Slot::Status),
        ("response_body_size", Slot::ResponseBytes),
        ("request_body_size", Slot::RequestBytes),
        ("time_elapsed", Slot::LatencyMicros),
    ],
    ..Declared::NOTHING
});
