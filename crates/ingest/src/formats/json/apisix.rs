//! APISIX (the file-logger, http-logger and kindred plugins).

use super::schema::{Declared, JsonSchema};
use crate::formats::Slot;

/// What the logging plugins of APISIX write by default.
pub(crate) static APISIX: JsonSchema = JsonSchema::new(Declared {
    name: "apisix",
    title: "Apache APISIX (file-logger, http-logger and kindred plugins)",
    notes: "`latency` is in milliseconds. This is the full record that the plugins write where no \
            `log_format` is set; under a `log_format` the keys are one's own (see `json`).",
    example: r#"{"client_ip":"192.0.2.7","start_time":1795383854000,"latency":12,"apisix_latency":1,"upstream_latency":11,"route_id":"1","request":{"method":"GET","uri":"/users/42","url":"https://api.example.com:443/users/42","size":120,"querystring":{},"headers":{"host":"api.example.com","user-agent":"curl/8.6.0"}},"response":{"status":200,"size":271,"headers":{}},"consumer":{"username":"ann"},"server":{"hostname":"gateway","version":"3.13.0"}}"#,
    needs: &["client_ip", "start_time", "latency", "request.method", "response.status"],
    fields: &[
        ("start_time", Slot::TimeEpoch),
        ("client_ip", Slot::Peer),
        ("consumer.username", Slot::User),
        ("request.method", Slot::Method),
        ("request.uri", Slot::Target),
        ("request.url", Slot::Target),
        ("response.status", Slot::Status),
        ("response.size", Slot::ResponseBytes),
        ("request.size", Slot::RequestBytes),
        ("latency", Slot::LatencyMillis),
    ],
    headers: &["request.headers"],
    answer_headers: &["response.headers"],
    ..Declared::NOTHING
});
