//! Events of Logstash whose access lines grok took apart.

use super::schema::{Declared, JsonSchema};
use crate::formats::Slot;

/// What grok's patterns for Apache's logs make of a line, without ECS.
pub(crate) static LOGSTASH: JsonSchema = JsonSchema::new(Declared {
    name: "logstash",
    title: "Logstash events of grok's COMBINEDAPACHELOG (with ECS: `ecs`)",
    notes: "`timestamp`, the time of the line, goes before `@timestamp`, which may be that of the collector.",
    example: r#"{"@timestamp":"2026-11-22T21:44:14.000Z","@version":"1","clientip":"192.0.2.7","ident":"-","auth":"ann","timestamp":"22/Nov/2026:21:44:14 +0000","verb":"GET","request":"/users/42","httpversion":"1.1","response":"200","bytes":"271","referrer":"-","agent":"curl/8.6.0"}"#,
    needs: &["clientip", "verb", "request", "response"],
    fields: &[
        ("timestamp", Slot::Time),
        ("@timestamp", Slot::Time),
        ("clientip", Slot::Peer),
        ("auth", Slot::User),
        ("verb", Slot::Method),
        ("request", Slot::Target),
        ("response", Slot::Status),
        ("bytes", Slot::ResponseBytes),
        ("referrer", Slot::Referer),
        ("agent", Slot::Agent),
        ("x_forwarded_for", Slot::Forwarded),
    ],
    ..Declared::NOTHING
});
