//! The ingress controller of nginx (`log-format-escape-json`).

use super::schema::{Declared, JsonSchema};
use crate::formats::Slot;

/// The access log of ingress-nginx in JSON, under the keys its documentation shows.
pub(crate) static NGINX_INGRESS: JsonSchema = JsonSchema::new(Declared {
    name: "nginx_ingress_json",
    title: "ingress-nginx, JSON",
    notes: "`duration` and `request_time` are in seconds. `x_forwarded_for` is the chain with the peer at \
            its end; where `remote_addr` is empty (no PROXY protocol) the peer is taken from there.",
    example: r#"{"time":"2026-11-22T21:44:14+00:00","remote_addr":"192.0.2.7","x_forwarded_for":"192.0.2.7","request_id":"2a2a","remote_user":"ann","bytes_sent":271,"request_time":0.012,"status":200,"vhost":"api.example.com","request_proto":"HTTP/2.0","path":"/users/42","request_query":"","request_length":120,"duration":0.012,"method":"GET","http_referrer":"","http_user_agent":"curl/8.6.0"}"#,
    needs: &["vhost", "request_proto or request_query", "path", "status"],
    fields: &[
        ("time", Slot::Time),
        ("timestamp", Slot::Time),
        ("remote_addr", Slot::Peer),
        ("remote_address", Slot::Peer),
        ("x_forwarded_for", Slot::Forwarded),
        ("x-forward-for", Slot::Forwarded),
        ("remote_user", Slot::User),
        ("method", Slot::Method),
        ("request_method", Slot::Method),
        ("path", Slot::Path),
        ("request_query", Slot::Query),
        ("vhost", Slot::Host),
        ("http_referrer", Slot::Referer),
        ("http_referer", Slot::Referer),
        ("http_user_agent", Slot::Agent),
        ("status", Slot::Status),
        ("sent_http_location", Slot::Location),
        ("upstream_http_location", Slot::Location),
        ("bytes_sent", Slot::ResponseBytes),
        ("request_length", Slot::RequestBytes),
        ("request_time", Slot::LatencySecs),
        ("duration", Slot::LatencySecs),
    ],
    ..Declared::NOTHING
});
