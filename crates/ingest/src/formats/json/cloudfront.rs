//! AWS CloudFront (standard logging v2 and real-time logs, as JSON).

use super::schema::{Declared, JsonSchema};
use crate::formats::Slot;

/// The access log of CloudFront in JSON.
pub(crate) static CLOUDFRONT: JsonSchema = JsonSchema::new(Declared {
    name: "cloudfront_json",
    title: "AWS CloudFront, JSON (standard logging v2)",
    notes: "`time-taken` is in seconds. Names in the agent are percent-encoded by CloudFront and decoded \
            here. The peer is `c-ip`.",
    example: r#"{"date":"2026-11-22","time":"21:44:14","x-edge-location":"FRA56-P4","sc-bytes":"271","c-ip":"192.0.2.7","cs-method":"GET","cs(Host)":"d2a.cloudfront.net","cs-uri-stem":"/users/42","sc-status":"200","cs(Referer)":"-","cs(User-Agent)":"curl/8.6.0","cs-uri-query":"-","cs(Cookie)":"-","x-edge-result-type":"Miss","x-edge-request-id":"2a==","x-host-header":"api.example.com","cs-protocol":"https","cs-bytes":"120","time-taken":"0.012","x-forwarded-for":"-"}"#,
    needs: &["c-ip", "cs-method", "cs-uri-stem", "sc-status"],
    fields: &[
        ("timestamp(ms)", Slot::TimeEpoch),
        ("timestamp", Slot::Time),
        ("date", Slot::Date),
        ("time", Slot::TimeOfDay),
        ("c-ip", Slot::Peer),
        ("x-forwarded-for", Slot::Forwarded),
        ("cs-method", Slot::Method),
        ("cs-uri-stem", Slot::Path),
        ("cs-uri-query", Slot::Query),
        ("x-host-header", Slot::Host),
        ("cs(Host)", Slot::Host),
        ("cs-host", Slot::Host),
        ("cs(Referer)", Slot::Referer),
        ("cs-referer", Slot::Referer),
        ("cs(User-Agent)", Slot::AgentEncoded),
        ("cs-user-agent", Slot::AgentEncoded),
        ("sc-status", Slot::Status),
        ("sc-bytes", Slot::ResponseBytes),
        ("cs-bytes", Slot::RequestBytes),
        ("time-taken", Slot::LatencySecs),
        ("cs(Cookie)", Slot::Cookies),
        ("cs-cookie", Slot::Cookies),
    ],
    ..Declared::NOTHING
});
