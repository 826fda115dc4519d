//! Akamai DataStream 2.

use super::schema::{Declared, JsonSchema};
use crate::formats::Slot;

/// What Akamai's edge delivers of each request.
pub(crate) static AKAMAI: JsonSchema = JsonSchema::new(Declared {
    name: "akamai",
    title: "Akamai DataStream 2 (JSON)",
    notes: "Paths come without their leading slash, user agents percent-encoded; both are undone. The latency \
            is `turnAroundTimeMSec`, in milliseconds.",
    example: r#"{"version":1,"cp":"123456","reqId":"2a2a2a2a","reqTimeSec":"1795383854.000","bytes":"271","cliIP":"192.0.2.7","statusCode":"200","proto":"HTTPS","reqHost":"api.example.com","reqMethod":"GET","reqPath":"users/42","reqPort":"443","rspContentLen":"271","UA":"curl/8.6.0","queryStr":"-","turnAroundTimeMSec":"12"}"#,
    needs: &["reqTimeSec", "cliIP", "reqMethod", "statusCode"],
    fields: &[
        ("reqTimeSec", Slot::TimeEpoch),
        ("cliIP", Slot::Peer),
        ("xForwardedFor", Slot::Forwarded),
        ("reqMethod", Slot::Method),
        ("reqPath", Slot::PathWithoutSlash),
        ("queryStr", Slot::Query),
        ("reqHost", Slot::Host),
        ("referer", Slot::Referer),
        ("UA", Slot::AgentEncoded),
        ("statusCode", Slot::Status),
        ("rspContentLen", Slot::ResponseBytes),
        ("bytes", Slot::ResponseBytes),
        ("turnAroundTimeMSec", Slot::LatencyMillis),
    ],
    ..Declared::NOTHING
});
