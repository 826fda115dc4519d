//! OCSF (class 4002, HTTP Activity).

use super::schema::{Declared, JsonSchema, Only};
use crate::formats::Slot;

/// HTTP Activity of the Open Cybersecurity Schema Framework.
pub(crate) static OCSF: JsonSchema = JsonSchema::new(Declared {
    name: "ocsf",
    title: "OCSF HTTP Activity (class 4002)",
    notes: "`duration` and `http_response.latency` are in milliseconds. Events of other classes are no \
            requests: they are left out and counted.",
    example: r#"{"class_uid":4002,"class_name":"HTTP Activity","activity_id":3,"time":1795383854000,"severity_id":1,"actor":{"user":{"name":"ann"}},"src_endpoint":{"ip":"192.0.2.7","port":47112},"dst_endpoint":{"hostname":"api.example.com","port":443},"http_request":{"http_method":"GET","url":{"path":"/users/42","hostname":"api.example.com"},"user_agent":"curl/8.6.0"},"http_response":{"code":200,"length":271,"latency":12},"metadata":{"version":"1.4.0"}}"#,
    needs: &["class_uid"],
    only: Some(Only { path: "class_uid", values: &["4002"], others: "an event of another class" }),
    fields: &[
        ("time", Slot::Time),
        ("time_dt", Slot::Time),
        ("src_endpoint.ip", Slot::Peer),
        ("src_endpoint.hostname", Slot::Peer),
        ("http_request.x_forwarded_for", Slot::Forwarded),
        ("actor.user.name", Slot::User),
        ("actor.user.uid", Slot::User),
        ("http_request.http_method", Slot::Method),
        ("http_request.url.path", Slot::Path),
        ("http_request.url.query_string", Slot::Query),
        ("http_request.url.url_string", Slot::Url),
        ("http_request.url.text", Slot::Url),
        ("http_request.url.hostname", Slot::Host),
        ("dst_endpoint.hostname", Slot::Host),
        ("http_request.referrer", Slot::Referer),
        ("http_request.user_agent", Slot::Agent),
        ("http_response.code", Slot::Status),
        ("http_status", Slot::Status),
        ("http_response.length", Slot::ResponseBytes),
        ("traffic.bytes_out", Slot::ResponseBytes),
        ("http_request.length", Slot::RequestBytes),
        ("traffic.bytes_in", Slot::RequestBytes),
        ("duration", Slot::LatencyMillis),
        ("http_response.latency", Slot::LatencyMillis),
    ],
    headers: &["http_request.http_headers"],
    ..Declared::NOTHING
});
