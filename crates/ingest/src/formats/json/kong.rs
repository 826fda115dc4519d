//! Kong (the file-log, http-log, tcp-log and kindred plugins).

use super::schema::{Declared, JsonSchema};
use crate::formats::Slot;

/// What Kong's logging plugins write.
pub(crate) static KONG: JsonSchema = JsonSchema::new(Declared {
    name: "kong",
    title: "Kong (file-log, http-log and kindred plugins)",
    notes: "`latencies.request` is in milliseconds. The user is the consumer that Kong authenticated. A \
            batch of http-log is an array of such records and is read as well.",
    example: r#"{"client_ip":"192.0.2.7","started_at":1795383854000,"latencies":{"request":12,"proxy":11,"kong":1},"request":{"method":"GET","uri":"/users/42","url":"https://api.example.com:443/users/42","size":120,"querystring":{},"headers":{"host":"api.example.com","user-agent":"curl/8.6.0"}},"response":{"status":200,"size":271,"headers":{}},"consumer":{"username":"ann"},"upstream_uri":"/users/42"}"#,
    needs: &["client_ip", "latencies", "request.method", "response.status"],
    fields: &[
        ("started_at", Slot::TimeEpoch),
        ("client_ip", Slot::Peer),
        ("consumer.username", Slot::User),
        ("consumer.custom_id", Slot::User),
        ("authenticated_entity.consumer_id", Slot::User),
        ("request.method", Slot::Method),
        ("request.uri", Slot::Target),
        ("request.url", Slot::Target),
        ("response.status", Slot::Status),
        ("response.size", Slot::ResponseBytes),
        ("request.size", Slot::RequestBytes),
        ("latencies.request", Slot::LatencyMillis),
    ],
    headers: &["request.headers"],
    answer_headers: &["response.headers"],
    ..Declared::NOTHING
});
