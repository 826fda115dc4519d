//! Istio (`meshConfig.accessLogEncoding: JSON`).

use super::schema::{Declared, JsonSchema};
use crate::formats::Slot;

/// The access log of Istio's proxies in JSON.
pub(crate) static ISTIO: JsonSchema = JsonSchema::new(Declared {
    name: "istio_json",
    title: "Istio, JSON",
    notes: "`duration` is in milliseconds; a `response_code` of 0 means that no answer was sent.",
    example: r#"{"authority":"api.example.com","bytes_received":0,"bytes_sent":271,"downstream_local_address":"10.0.0.3:8080","downstream_remote_address":"192.0.2.7:47112","duration":12,"method":"GET","path":"/users/42","protocol":"HTTP/2","request_id":"4f1f0f0e-0000-4000-8000-00000000002a","requested_server_name":null,"response_code":200,"response_flags":"-","route_name":"default","start_time":"2026-11-22T21:44:14.000Z","upstream_cluster":"inbound|8080||","upstream_service_time":"11","user_agent":"curl/8.6.0","x_forwarded_for":null}"#,
    needs: &["response_code", "response_flags", "authority", "requested_server_name", "start_time"],
    fields: &[
        ("start_time", Slot::Time),
        ("downstream_direct_remote_address", Slot::Peer),
        ("downstream_remote_address", Slot::Peer),
        ("x_forwarded_for", Slot::Forwarded),
        ("method", Slot::Method),
        ("path", Slot::Target),
        ("authority", Slot::Host),
        ("referer", Slot::Referer),
        ("user_agent", Slot::Agent),
        ("response_code", Slot::Status),
        ("location", Slot::Location),
        ("bytes_sent", Slot::ResponseBytes),
        ("bytes_received", Slot::RequestBytes),
        ("duration", Slot::LatencyMillis),
    ],
    ..Declared::NOTHING
});
