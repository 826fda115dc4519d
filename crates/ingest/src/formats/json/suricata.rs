//! Suricata (`eve.json`, events of the type `http`).

use super::schema::{Declared, JsonSchema, Only};
use crate::formats::Slot;

/// Requests in Suricata's `eve.json`.
pub(crate) static SURICATA: JsonSchema = JsonSchema::new(Declared {
    name: "suricata",
    title: "Suricata EVE, events of the type http",
    notes: "Events of other types are no requests: they are left out and counted. `http.length` is the \
            length of the response's body.",
    example: r#"{"timestamp":"2026-11-22T21:44:14.000000+0000","flow_id":42,"in_iface":"eth0","event_type":"http","src_ip":"192.0.2.7","src_port":47112,"dest_ip":"10.0.0.3","dest_port":80,"proto":"TCP","tx_id":0,"http":{"hostname":"api.example.com","url":"/users/42","http_user_agent":"curl/8.6.0","http_method":"GET","protocol":"HTTP/1.1","status":200,"length":271}}"#,
    needs: &["event_type", "timestamp", "flow_id or stats"],
    only: Some(Only { path: "event_type", values: &["http"], others: "an event of another type" }),
    fields: &[
        ("timestamp", Slot::TimeIso),
        ("src_ip", Slot::Peer),
        ("http.xff", Slot::Forwarded),
        ("http.http_method", Slot::Method),
        ("http.url", Slot::Target),
        ("http.hostname", Slot::Host),
        ("http.http_refer", Slot::Referer),
        ("http.http_user_agent", Slot::Agent),
        ("http.status", Slot::Status),
        ("http.redirect", Slot::Location),
        ("http.length", Slot::ResponseBytes),
    ],
    headers: &["http.request_headers"],
    ..Declared::NOTHING
});
