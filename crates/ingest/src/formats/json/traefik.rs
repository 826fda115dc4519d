//! Traefik (`accessLog.format: json`).

use super::schema::{Declared, JsonSchema};
use crate::formats::Slot;

/// The access log of Traefik in JSON.
pub(crate) static TRAEFIK: JsonSchema = JsonSchema::new(Declared {
    name: "traefik_json",
    title: "Traefik, JSON",
    notes: "`Duration` is in nanoseconds. Request headers are there where `accessLog.fields.headers` \
            keeps them.",
    example: r#"{"ClientAddr":"192.0.2.7:47112","ClientHost":"192.0.2.7","ClientPort":"47112","ClientUsername":"ann","DownstreamContentSize":271,"DownstreamStatus":200,"Duration":12000000,"RequestContentSize":0,"RequestCount":7,"RequestHost":"api.example.com","RequestMethod":"GET","RequestPath":"/users/42","RequestProtocol":"HTTP/2.0","RouterName":"api@docker","StartUTC":"2026-11-22T21:44:14Z","request_User-Agent":"curl/8.6.0","level":"info","msg":"","time":"2026-11-22T21:44:14Z"}"#,
    needs: &[
        "RequestMethod",
        "RequestPath",
        "ClientHost or ClientAddr",
        "DownstreamStatus or OriginStatus",
    ],
    fields: &[
        ("StartUTC", Slot::TimeIso),
        ("StartLocal", Slot::TimeIso),
        ("time", Slot::Time),
        ("ClientHost", Slot::Peer),
        ("ClientAddr", Slot::Peer),
        ("request_X-Forwarded-For", Slot::Forwarded),
        ("ClientUsername", Slot::User),
        ("RequestMethod", Slot::Method),
        ("RequestPath", Slot::Target),
        ("RequestHost", Slot::Host),
        ("RequestAddr", Slot::Host),
        ("request_Referer", Slot::Referer),
        ("request_User-Agent", Slot::Agent),
        ("DownstreamStatus", Slot::Status),
        ("OriginStatus", Slot::Status),
        ("downstream_Location", Slot::Location),
        ("origin_Location", Slot::Location),
        ("DownstreamContentSize", Slot::ResponseBytes),
        ("RequestContentSize", Slot::RequestBytes),
        ("Duration", Slot::LatencyNanos),
        ("request_Authorization", Slot::Authorization),
        ("request_X-Api-Key", Slot::Secret),
        ("request_Cookie", Slot::Cookies),
    ],
    ..Declared::NOTHING
});
