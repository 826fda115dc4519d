//! The Elastic Common Schema.

use super::schema::{Declared, JsonSchema};
use crate::formats::Slot;

/// Access records in the Elastic Common Schema.
pub(crate) static ECS: JsonSchema = JsonSchema::new(Declared {
    name: "ecs",
    title: "Elastic Common Schema (ECS)",
    notes: "`event.duration` is in nanoseconds. Keys may be nested or flat.",
    example: r#"{"@timestamp":"2026-11-22T21:44:14.000Z","ecs":{"version":"8.17.0"},"event":{"category":["web"],"duration":12000000},"source":{"address":"192.0.2.7","ip":"192.0.2.7"},"user":{"name":"ann"},"url":{"original":"/users/42","path":"/users/42","domain":"api.example.com"},"http":{"request":{"method":"GET","bytes":120},"response":{"status_code":200,"body":{"bytes":271}},"version":"2"},"user_agent":{"original":"curl/8.6.0"}}"#,
    needs: &[
        "@timestamp",
        "http.request.method or http.response.status_code",
        "url.original or url.path or url.full",
        "source.ip or source.address or client.ip or client.address",
    ],
    fields: &[
        ("@timestamp", Slot::Time),
        ("client.ip", Slot::Peer),
        ("source.ip", Slot::Peer),
        ("client.address", Slot::Peer),
        ("source.address", Slot::Peer),
        ("user.name", Slot::User),
        ("client.user.name", Slot::User),
        ("source.user.name", Slot::User),
        ("user.id", Slot::User),
        ("http.request.method", Slot::Method),
        ("url.original", Slot::Url),
        ("url.full", Slot::Url),
        ("url.path", Slot::Path),
        ("url.query", Slot::Query),
        ("url.domain", Slot::Host),
        ("http.request.referrer", Slot::Referer),
        ("user_agent.original", Slot::Agent),
        ("http.response.status_code", Slot::Status),
        ("http.response.body.bytes", Slot::ResponseBytes),
        ("http.response.bytes", Slot::ResponseBytes),
        ("http.request.bytes", Slot::RequestBytes),
        ("http.request.body.bytes", Slot::RequestBytes),
        ("event.duration", Slot::LatencyNanos),
    ],
    ..Declared::NOTHING
});
