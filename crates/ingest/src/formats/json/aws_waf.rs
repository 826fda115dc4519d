//! AWS WAF.

use super::schema::{Declared, JsonSchema};
use crate::formats::Slot;

/// The log of AWS WAF: requests before the service answers them.
pub(crate) static AWS_WAF: JsonSchema = JsonSchema::new(Declared {
    name: "aws_waf",
    title: "AWS WAF",
    notes: "WAF sees a request before the service does: there is no status (but where a rule answers by \
            itself, `responseCodeSent`), no size and no latency, so that what goes by refusals sees \
            nothing. The log of the balancer or gateway behind it tells more.",
    example: r#"{"timestamp":1795383854000,"formatVersion":1,"webaclId":"arn:aws:wafv2:eu-central-1:111122223333:regional/webacl/api/2a","terminatingRuleId":"Default_Action","action":"ALLOW","httpSourceName":"ALB","httpRequest":{"clientIp":"192.0.2.7","country":"DE","headers":[{"name":"Host","value":"api.example.com"},{"name":"User-Agent","value":"curl/8.6.0"}],"uri":"/users/42","args":"","httpVersion":"HTTP/2.0","httpMethod":"GET","requestId":"1-2a"}}"#,
    needs: &["webaclId", "httpRequest.clientIp", "httpRequest.httpMethod"],
    fields: &[
        ("timestamp", Slot::TimeEpoch),
        ("httpRequest.clientIp", Slot::Peer),
        ("httpRequest.httpMethod", Slot::Method),
        ("httpRequest.uri", Slot::Path),
        ("httpRequest.args", Slot::Query),
        ("httpRequest.host", Slot::Host),
        ("responseCodeSent", Slot::Status),
    ],
    headers: &["httpRequest.headers"],
    ..Declared::NOTHING
});
