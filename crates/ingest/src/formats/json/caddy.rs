//! Caddy 2 (`format json`, the default).

use super::schema::{Declared, JsonSchema};
use crate::formats::Slot;
use crate::wrappers::is_console;

/// The access log of Caddy 2.
pub(crate) static CADDY: JsonSchema = JsonSchema::new(Declared {
    name: "caddy",
    title: "Caddy 2",
    notes: "`duration` is in seconds, or a text with its unit. `request.client_ip` is what Caddy's own \
            `trusted_proxies` make of the forwarded chain; without them it is the peer. Caddy hides \
            `Authorization` and cookies unless `log_credentials` is set. Lines of the console that say how \
            it starts are no requests.",
    example: r#"{"level":"info","ts":1795383854,"logger":"http.log.access","msg":"handled request","request":{"remote_ip":"192.0.2.7","remote_port":"47112","client_ip":"192.0.2.7","proto":"HTTP/2.0","method":"GET","host":"api.example.com","uri":"/users/42","headers":{"User-Agent":["curl/8.6.0"]}},"bytes_read":0,"user_id":"ann","duration":0.012,"size":271,"status":200}"#,
    needs: &["request.method", "request.uri", "request.proto or duration", "status"],
    marks: &["level", "ts", "msg"],
    fields: &[
        ("ts", Slot::Time),
        ("time", Slot::Time),
        ("timestamp", Slot::Time),
        ("request.client_ip", Slot::Peer),
        ("request.remote_ip", Slot::Peer),
        ("request.remote_addr", Slot::Peer),
        ("user_id", Slot::User),
        ("request.method", Slot::Method),
        ("request.uri", Slot::Target),
        ("request.host", Slot::Host),
        ("status", Slot::Status),
        ("size", Slot::ResponseBytes),
        ("bytes_read", Slot::RequestBytes),
        ("duration", Slot::LatencyWithUnit),
    ],
    headers: &["request.headers"],
    answer_headers: &["resp_headers"],
    besides: Some(|line| is_console(line).then_some("what Caddy says of itself")),
    ..Declared::NOTHING
});
