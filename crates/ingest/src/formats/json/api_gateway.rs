//! AWS API Gateway, under the keys its documentation shows.

use super::schema::{Declared, JsonSchema};
use crate::formats::Slot;

/// The access log of AWS API Gateway in JSON.
pub(crate) static API_GATEWAY: JsonSchema = JsonSchema::new(Declared {
    name: "api_gateway_json",
    title: "AWS API Gateway, JSON",
    notes: "`responseLatency` is in milliseconds. `path` is what was asked for; where the log has only \
            `resourcePath` or `routeKey`, the target is that template (`/users/{id}`), and nobody can \
            tell which user it was: add `$context.path` to the log.",
    example: r#"{"requestId":"2a2a2a","ip":"192.0.2.7","caller":"-","user":"-","requestTime":"22/Nov/2026:21:44:14 +0000","httpMethod":"GET","resourcePath":"/users/{id}","path":"/users/42","status":"200","protocol":"HTTP/1.1","responseLength":"271","responseLatency":"12","userAgent":"curl/8.6.0"}"#,
    needs: &[
        "requestId or extendedRequestId",
        "httpMethod or routeKey",
        "ip or sourceIp or identity.sourceIp",
        "status",
        "requestTime or requestTimeEpoch",
    ],
    fields: &[
        ("requestTimeEpoch", Slot::TimeEpoch),
        ("requestTime", Slot::Time),
        ("ip", Slot::Peer),
        ("sourceIp", Slot::Peer),
        ("identity.sourceIp", Slot::Peer),
        ("xForwardedFor", Slot::Forwarded),
        ("user", Slot::User),
        ("principalId", Slot::User),
        ("authorizer.principalId", Slot::User),
        ("caller", Slot::User),
        ("httpMethod", Slot::Method),
        ("path", Slot::Target),
        ("resourcePath", Slot::Target),
        ("routeKey", Slot::RequestLine),
        ("domainName", Slot::Host),
        ("userAgent", Slot::Agent),
        ("identity.userAgent", Slot::Agent),
        ("status", Slot::Status),
        ("responseLength", Slot::ResponseBytes),
        ("responseLatency", Slot::LatencyMillis),
        ("apiKey", Slot::Secret),
        ("identity.apiKey", Slot::Secret),
    ],
    ..Declared::NOTHING
});
