//! Azure Front Door and Azure CDN.

use super::schema::{Declared, JsonSchema};
use crate::formats::Slot;

/// The access log of Azure Front Door.
pub(crate) static AZURE_FRONT_DOOR: JsonSchema = JsonSchema::new(Declared {
    name: "azure_front_door",
    title: "Azure Front Door",
    notes: "`timeTaken` is in seconds. The peer is `socketIp`, whoever opened the connection; `clientIp` \
            is what the caller's own forwarded chain claims and stands in only where there is no \
            `socketIp`.",
    example: r#"{"time":"2026-11-22T21:44:14.0000000Z","resourceId":"/SUBSCRIPTIONS/2A/PROVIDERS/MICROSOFT.CDN/PROFILES/API","category":"FrontDoorAccessLog","operationName":"Microsoft.Cdn/Profiles/AccessLog/Write","properties":{"trackingReference":"2a","httpMethod":"GET","httpVersion":"2.0","requestUri":"https://api.example.com:443/users/42","hostName":"api.example.com","requestBytes":"120","responseBytes":"271","userAgent":"curl/8.6.0","clientIp":"192.0.2.7","socketIp":"192.0.2.7","clientPort":"47112","timeTaken":"0.012","httpStatusCode":"200","pop":"FRA"}}"#,
    needs: &[
        "properties.httpStatusCode",
        "properties.httpMethod",
        "properties.clientIp or properties.socketIp or properties.clientIP",
    ],
    fields: &[
        ("time", Slot::Time),
        ("properties.socketIp", Slot::Peer),
        ("properties.clientIp", Slot::Peer),
        ("properties.clientIP", Slot::Peer),
        ("properties.httpMethod", Slot::Method),
        ("properties.requestUri", Slot::Url),
        ("properties.hostName", Slot::Host),
        ("properties.referer", Slot::Referer),
        ("properties.referrer", Slot::Referer),
        ("properties.userAgent", Slot::Agent),
        ("properties.httpStatusCode", Slot::Status),
        ("properties.responseBytes", Slot::ResponseBytes),
        ("properties.requestBytes", Slot::RequestBytes),
        ("properties.timeTaken", Slot::LatencySecs),
    ],
    ..Declared::NOTHING
});
