//! Apache httpd, under the keys that guides to JSON logs use.

use super::schema::{Declared, JsonSchema};
use crate::formats::Slot;

/// The access log of Apache httpd in JSON, under the keys of the usual guides.
pub(crate) static APACHE: JsonSchema = JsonSchema::new(Declared {
    name: "apache_json",
    title: "Apache httpd, JSON",
    notes: "`request` is the path alone (`%U`), or the whole request line (`%r`); `duration` is `%D`, in \
            microseconds. Apache leaves the keys to its configuration: these are those of the usual \
            guides. For others give the `LogFormat` itself.",
    example: r#"{"time":"[22/Nov/2026:21:44:14 +0000]","remoteIP":"192.0.2.7","host":"api.example.com","request":"/users/42","query":"","method":"GET","status":"200","bytes":"271","user":"ann","userAgent":"curl/8.6.0","referer":"-"}"#,
    needs: &[
        "remoteIP or remote_ip or remoteHost or clientip",
        "status",
        "userAgent or user-agent or useragent",
        "request or method",
    ],
    fields: &[
        ("time", Slot::Time),
        ("timestamp", Slot::Time),
        ("@timestamp", Slot::Time),
        ("remoteIP", Slot::Peer),
        ("remote_ip", Slot::Peer),
        ("clientip", Slot::Peer),
        ("remoteHost", Slot::Peer),
        ("xForwardedFor", Slot::Forwarded),
        ("forwardedFor", Slot::Forwarded),
        ("user", Slot::User),
        ("remoteUser", Slot::User),
        ("method", Slot::Method),
        ("verb", Slot::Method),
        ("requestUri", Slot::Target),
        ("request", Slot::PathOrRequestLine),
        ("uri", Slot::Path),
        ("query", Slot::Query),
        ("host", Slot::Host),
        ("referer", Slot::Referer),
        ("referrer", Slot::Referer),
        ("userAgent", Slot::Agent),
        ("user-agent", Slot::Agent),
        ("useragent", Slot::Agent),
        ("status", Slot::Status),
        ("location", Slot::Location),
        ("bytes", Slot::ResponseBytes),
        ("bytesSent", Slot::ResponseBytes),
        ("duration", Slot::LatencyMicros),
    ],
    ..Declared::NOTHING
});
