//! Azure Application Gateway.

use super::schema::{Declared, JsonSchema};
use crate::formats::Slot;

/// The access log of Azure Application Gateway, v1 and v2.
pub(crate) static AZURE_APP_GATEWAY: JsonSchema = JsonSchema::new(Declared {
    name: "azure_app_gateway",
    title: "Azure Application Gateway",
    notes: "`timeTaken` is in seconds in v2 and in whole milliseconds in v1: a decimal point tells. \
            `requestQuery` is not taken, since v1 keeps its own notes there; \
            `originalRequestUriWithArgs` holds the query. Records of a blob are read out of their \
            `records` array as well.",
    example: r#"{"timeStamp":"2026-11-22T21:44:14Z","resourceId":"/SUBSCRIPTIONS/2A/PROVIDERS/MICROSOFT.NETWORK/APPLICATIONGATEWAYS/API","listenerName":"https","operationName":"ApplicationGatewayAccess","category":"ApplicationGatewayAccessLog","properties":{"instanceId":"appgw_1","clientIP":"192.0.2.7","httpMethod":"GET","requestUri":"/users/42","userAgent":"curl/8.6.0","httpStatus":200,"httpVersion":"HTTP/2.0","receivedBytes":120,"sentBytes":271,"timeTaken":0.012,"host":"api.example.com","originalRequestUriWithArgs":"/users/42","originalHost":"api.example.com"}}"#,
    needs: &[
        "properties.clientIP or properties.clientIp",
        "properties.httpMethod",
        "properties.httpStatus",
        "properties.requestUri",
    ],
    fields: &[
        ("timeStamp", Slot::Time),
        ("time", Slot::Time),
        ("properties.clientIP", Slot::Peer),
        ("properties.clientIp", Slot::Peer),
        ("properties.httpMethod", Slot::Method),
        ("properties.originalRequestUriWithArgs", Slot::Target),
        ("properties.requestUri", Slot::Path),
        ("properties.originalHost", Slot::Host),
        ("properties.host", Slot::Host),
        ("properties.userAgent", Slot::Agent),
        ("properties.httpStatus", Slot::Status),
        ("properties.sentBytes", Slot::ResponseBytes),
        ("properties.receivedBytes", Slot::RequestBytes),
        ("properties.timeTaken", Slot::LatencySecsOrMillis),
    ],
    ..Declared::NOTHING
});
