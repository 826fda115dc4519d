//! Zeek (`http.log` written as JSON).

use super::schema::{Declared, JsonSchema};
use crate::formats::Slot;

/// Zeek's `http.log` as JSON.
pub(crate) static ZEEK: JsonSchema = JsonSchema::new(Declared {
    name: "zeek_json",
    title: "Zeek http.log, JSON",
    notes: "Zeek watches the wire: a request that nobody answered has no status. Other logs of Zeek are \
            no requests.",
    example: r#"{"ts":1795383854,"uid":"C2a2a2a2a2a2a2a2a","id.orig_h":"192.0.2.7","id.orig_p":47112,"id.resp_h":"10.0.0.3","id.resp_p":80,"trans_depth":1,"method":"GET","host":"api.example.com","uri":"/users/42","version":"1.1","user_agent":"curl/8.6.0","request_body_len":0,"response_body_len":271,"status_code":200,"status_msg":"OK","tags":[]}"#,
    needs: &["id.orig_h", "id.resp_h", "trans_depth", "uid"],
    fields: &[
        ("ts", Slot::Time),
        ("@timestamp", Slot::Time),
        ("id.orig_h", Slot::Peer),
        ("username", Slot::User),
        ("method", Slot::Method),
        ("uri", Slot::Target),
        ("host", Slot::Host),
        ("referrer", Slot::Referer),
        ("user_agent", Slot::Agent),
        ("status_code", Slot::Status),
        ("response_body_len", Slot::ResponseBytes),
        ("request_body_len", Slot::RequestBytes),
    ],
    ..Declared::NOTHING
});
