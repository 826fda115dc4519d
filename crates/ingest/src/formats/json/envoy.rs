//! Envoy, and gateways built on it (Envoy Gateway, Contour, Emissary).

use super::schema::{Declared, JsonSchema};
use crate::formats::Slot;

/// The access log of Envoy in JSON, under the usual keys.
pub(crate) static ENVOY: JsonSchema = JsonSchema::new(Declared {
    name: "envoy_json",
    title: "Envoy, JSON (Envoy Gateway, Contour)",
    notes: "`duration` is in milliseconds; a `response_code` of 0 means that no answer was sent. Envoy \
            leaves the keys to its configuration: these are the usual ones, with hyphens, \
            underscores and leading colons alike.",
    example: r#"{":authority":"api.example.com","bytes_received":0,"bytes_sent":271,"downstream_local_address":"10.0.0.3:10443","downstream_remote_address":"192.0.2.7:47112","duration":12,"method":"GET","protocol":"HTTP/2","response_code":200,"response_flags":"-","route_name":"api","start_time":"2026-11-22T21:44:14.000Z","upstream_host":"10.0.0.4:8080","user-agent":"curl/8.6.0","x-envoy-origin-path":"/users/42","x-forwarded-for":"192.0.2.7","x-request-id":"4f1f0f0e-0000-4000-8000-00000000002a"}"#,
    needs: &[
        "response_code",
        "response_flags or response_code_details or upstream_cluster",
        "start_time",
    ],
    fields: &[
        ("start_time", Slot::Time),
        ("downstream_direct_remote_address", Slot::Peer),
        ("downstream_remote_address", Slot::Peer),
        ("x-forwarded-for", Slot::Forwarded),
        ("x_forwarded_for", Slot::Forwarded),
        ("method", Slot::Method),
        (":method", Slot::Method),
        ("x-envoy-original-path", Slot::Target),
        ("x-envoy-origin-path", Slot::Target),
        ("x_envoy_original_path", Slot::Target),
        ("x_envoy_origin_path", Slot::Target),
        ("path", Slot::Target),
        (":path", Slot::Target),
        ("uri_path", Slot::Target),
        (":authority", Slot::Host),
        ("authority", Slot::Host),
        ("referer", Slot::Referer),
        ("user-agent", Slot::Agent),
        ("user_agent", Slot::Agent),
        ("response_code", Slot::Status),
        ("location", Slot::Location),
        ("bytes_sent", Slot::ResponseBytes),
        ("bytes_received", Slot::RequestBytes),
        ("duration", Slot::LatencyMillis),
    ],
    ..Declared::NOTHING
});
