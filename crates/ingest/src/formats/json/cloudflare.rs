//! Cloudflare (Logpush, dataset `http_requests`).

use super::schema::{Declared, JsonSchema};
use crate::formats::Slot;

/// Cloudflare's log of HTTP requests.
pub(crate) static CLOUDFLARE: JsonSchema = JsonSchema::new(Declared {
    name: "cloudflare",
    title: "Cloudflare Logpush (http_requests)",
    notes: "Times are RFC 3339, or Unix seconds or nanoseconds. The latency is what the origin took, in \
            milliseconds; without it, the time between start and end where both are numbers.",
    example: r#"{"ClientIP":"192.0.2.7","ClientRequestHost":"api.example.com","ClientRequestMethod":"GET","ClientRequestURI":"/users/42","ClientRequestUserAgent":"curl/8.6.0","ClientRequestReferer":"","ClientRequestBytes":120,"EdgeEndTimestamp":"2026-11-22T21:44:14Z","EdgeResponseBytes":271,"EdgeResponseStatus":200,"EdgeStartTimestamp":"2026-11-22T21:44:14Z","OriginResponseDurationMs":12,"RayID":"2a2a2a2a2a2a2a2a"}"#,
    needs: &["ClientIP", "ClientRequestMethod", "EdgeResponseStatus"],
    fields: &[
        ("EdgeStartTimestamp", Slot::Time),
        ("EdgeEndTimestamp", Slot::EndEpoch),
        ("ClientIP", Slot::Peer),
        ("ClientRequestMethod", Slot::Method),
        ("ClientRequestURI", Slot::Target),
        ("ClientRequestPath", Slot::Path),
        ("ClientRequestHost", Slot::Host),
        ("ClientRequestReferer", Slot::Referer),
        ("ClientRequestUserAgent", Slot::Agent),
        ("EdgeResponseStatus", Slot::Status),
        ("EdgeResponseBytes", Slot::ResponseBytes),
        ("ClientRequestBytes", Slot::RequestBytes),
        ("OriginResponseDurationMs", Slot::LatencyMillis),
    ],
    ..Declared::NOTHING
});
