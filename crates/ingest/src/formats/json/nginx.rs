//! nginx (`log_format … escape=json`), under the names of its variables.

use super::schema::{Declared, JsonSchema};
use crate::formats::Slot;

/// The access log of nginx in JSON, each variable under its own name.
pub(crate) static NGINX: JsonSchema = JsonSchema::new(Declared {
    name: "nginx_json",
    title: "nginx, JSON (each variable under its own name)",
    notes: "`request_time` is in seconds. nginx leaves the keys to its configuration: these are the names \
            of the variables and the usual short ones. For others give the `log_format` itself. Log \
            `$sent_http_location` as well: it tells failed sign-ins of a form that answers with redirects.",
    example: r#"{"time_iso8601":"2026-11-22T21:44:14+00:00","msec":"1795383854.000","remote_addr":"192.0.2.7","remote_user":"ann","request":"GET /users/42 HTTP/1.1","request_method":"GET","request_uri":"/users/42","status":"200","body_bytes_sent":"271","request_length":"120","request_time":"0.012","http_referer":"","http_user_agent":"curl/8.6.0","http_x_forwarded_for":""}"#,
    needs: &[
        "remote_addr",
        "status",
        "body_bytes_sent or bytes_sent or http_user_agent or request_time",
        "request or request_uri or uri or request_method",
    ],
    fields: &[
        ("msec", Slot::TimeEpoch),
        ("time_iso8601", Slot::Time),
        ("time_local", Slot::Time),
        ("ts", Slot::Time),
        ("@timestamp", Slot::Time),
        ("timestamp", Slot::Time),
        ("time", Slot::Time),
        ("datetime", Slot::Time),
        ("date", Slot::Time),
        ("remote_addr", Slot::Peer),
        ("http_x_forwarded_for", Slot::Forwarded),
        ("proxy_add_x_forwarded_for", Slot::Forwarded),
        ("x_forwarded_for", Slot::Forwarded),
        ("remote_user", Slot::User),
        ("user", Slot::User),
        ("request_method", Slot::Method),
        ("method", Slot::Method),
        ("request_uri", Slot::Target),
        ("request", Slot::RequestLine),
        ("uri", Slot::Path),
        ("document_uri", Slot::Path),
        ("path", Slot::Path),
        ("args", Slot::Query),
        ("query_string", Slot::Query),
        ("http_host", Slot::Host),
        ("host", Slot::Host),
        ("server_name", Slot::Host),
        ("http_referer", Slot::Referer),
        ("http_referrer", Slot::Referer),
        ("referer", Slot::Referer),
        ("http_user_agent", Slot::Agent),
        ("user_agent", Slot::Agent),
        ("agent", Slot::Agent),
        ("status", Slot::Status),
        ("sent_http_location", Slot::Location),
        ("upstream_http_location", Slot::Location),
        ("location", Slot::Location),
        ("body_bytes_sent", Slot::ResponseBytes),
        ("bytes_sent", Slot::ResponseBytes),
        ("request_length", Slot::RequestBytes),
        ("request_time", Slot::LatencySecs),
        ("upstream_response_time", Slot::LatencySecs),
        ("http_authorization", Slot::Authorization),
        ("authorization", Slot::Authorization),
        ("http_x_api_key", Slot::Secret),
        ("http_cookie", Slot::Cookies),
    ],
    ..Declared::NOTHING
});
