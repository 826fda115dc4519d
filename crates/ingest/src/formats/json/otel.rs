//! OpenTelemetry: HTTP semantic conventions on log records and spans.

use super::schema::{Declared, JsonSchema, Only};
use crate::formats::Slot;

/// Log records and spans with OpenTelemetry's HTTP attributes.
pub(crate) static OTEL: JsonSchema = JsonSchema::new(Declared {
    name: "otel",
    title: "OpenTelemetry log records and spans (HTTP attributes)",
    notes: "Attributes may be an object, the list of pairs that OTLP has, or stand outside; the names of \
            before 2023 are known as well. The latency of a span is its end less its start. Spans of \
            other kinds than server are calls that the service makes itself: they are left out and \
            counted. The envelopes of OTLP files (`resourceSpans`, `resourceLogs`) are opened.",
    example: r#"{"traceId":"2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a","spanId":"2a2a2a2a2a2a2a2a","name":"GET /users/{id}","kind":2,"startTimeUnixNano":"1795383854000000000","endTimeUnixNano":"1795383854012000000","attributes":[{"key":"client.address","value":{"stringValue":"192.0.2.7"}},{"key":"http.request.method","value":{"stringValue":"GET"}},{"key":"url.path","value":{"stringValue":"/users/42"}},{"key":"http.response.status_code","value":{"intValue":"200"}},{"key":"user_agent.original","value":{"stringValue":"curl/8.6.0"}}]}"#,
    needs: &[
        "http.request.method or http.method",
        "url.path or url.full or http.target or http.url or http.route",
        "http.response.status_code or http.status_code",
    ],
    marks: &["startTimeUnixNano or timeUnixNano", "attributes or traceId or spanId or body"],
    only: Some(Only {
        path: "kind",
        values: &["2", "SPAN_KIND_SERVER", "SERVER", "Server", "server"],
        others: "a span that is no server's",
    }),
    fields: &[
        ("startTimeUnixNano", Slot::TimeEpoch),
        ("start_time_unix_nano", Slot::TimeEpoch),
        ("timeUnixNano", Slot::TimeEpoch),
        ("time_unix_nano", Slot::TimeEpoch),
        ("startTime", Slot::Time),
        ("start_time", Slot::Time),
        ("Timestamp", Slot::Time),
        ("timestamp", Slot::Time),
        ("time", Slot::Time),
        ("observedTimeUnixNano", Slot::TimeEpoch),
        ("endTimeUnixNano", Slot::EndEpoch),
        ("end_time_unix_nano", Slot::EndEpoch),
        ("network.peer.address", Slot::Peer),
        ("net.sock.peer.addr", Slot::Peer),
        ("client.address", Slot::Peer),
        ("http.client_ip", Slot::Peer),
        ("net.peer.ip", Slot::Peer),
        ("http.request.header.x-forwarded-for", Slot::Forwarded),
        ("http.request.header.x_forwarded_for", Slot::Forwarded),
        ("user.name", Slot::User),
        ("enduser.id", Slot::User),
        ("user.id", Slot::User),
        ("http.request.method", Slot::Method),
        ("http.method", Slot::Method),
        ("http.target", Slot::Target),
        ("url.path", Slot::Path),
        ("url.query", Slot::Query),
        ("url.full", Slot::Url),
        ("http.url", Slot::Url),
        ("server.address", Slot::Host),
        ("http.host", Slot::Host),
        ("net.host.name", Slot::Host),
        ("http.request.header.referer", Slot::Referer),
        ("user_agent.original", Slot::Agent),
        ("http.user_agent", Slot::Agent),
        ("http.response.status_code", Slot::Status),
        ("http.status_code", Slot::Status),
        ("http.response.header.location", Slot::Location),
        ("http.response.body.size", Slot::ResponseBytes),
        ("http.response_content_length", Slot::ResponseBytes),
        ("http.request.body.size", Slot::RequestBytes),
        ("http.request_content_length", Slot::RequestBytes),
        ("http.server.request.duration", Slot::LatencySecs),
        ("http.request.header.authorization", Slot::Authorization),
        ("http.request.header.x-api-key", Slot::Secret),
        ("http.request.header.cookie", Slot::Cookies),
        ("sampling.probability", Slot::SampleRate),
        ("SampleRate", Slot::SampleRate),
        ("sample_rate", Slot::SampleRate),
    ],
    wrappers: &["attributes", "Attributes"],
    ..Declared::NOTHING
});
