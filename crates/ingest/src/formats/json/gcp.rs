//! Google Cloud: load balancers, Cloud Run, Cloud Armor (`httpRequest` of Cloud Logging).

use super::schema::{Declared, JsonSchema};
use crate::formats::Slot;

/// A request as Google Cloud Logging tells it.
pub(crate) static GCP: JsonSchema = JsonSchema::new(Declared {
    name: "gcp_http",
    title: "Google Cloud Logging (load balancers, Cloud Run)",
    notes: "`latency` carries its unit. Entries without `httpRequest` are no requests.",
    example: r#"{"httpRequest":{"requestMethod":"GET","requestUrl":"https://api.example.com/users/42","requestSize":"120","status":200,"responseSize":"271","userAgent":"curl/8.6.0","remoteIp":"192.0.2.7","serverIp":"10.0.0.3","latency":"0.012s"},"insertId":"2a","resource":{"type":"http_load_balancer","labels":{"project_id":"example"}},"timestamp":"2026-11-22T21:44:14Z","severity":"INFO","logName":"projects/example/logs/requests"}"#,
    needs: &[
        "httpRequest.requestMethod",
        "httpRequest.requestUrl",
        "httpRequest.remoteIp",
        "timestamp",
    ],
    marks: &["insertId", "logName or resource"],
    fields: &[
        ("timestamp", Slot::TimeIso),
        ("httpRequest.remoteIp", Slot::Peer),
        ("httpRequest.requestMethod", Slot::Method),
        ("httpRequest.requestUrl", Slot::Url),
        ("httpRequest.referer", Slot::Referer),
        ("httpRequest.userAgent", Slot::Agent),
        ("httpRequest.status", Slot::Status),
        ("httpRequest.responseSize", Slot::ResponseBytes),
        ("httpRequest.requestSize", Slot::RequestBytes),
        ("httpRequest.latency", Slot::LatencyWithUnit),
    ],
    ..Declared::NOTHING
});
