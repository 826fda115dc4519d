//! `2026-11-22T21:44:14.016Z ...`: a time before the line, and nothing else.

use super::syslog::leading_rfc_3339;
use super::{Inner, Wrapper};

/// What CloudWatch exports, `docker logs -t` and `kubectl logs --timestamps` write.
#[derive(Clone, Copy, Debug)]
pub struct Stamped;

impl Wrapper for Stamped {
    fn name(&self) -> &'static str {
        "leading time (cloudwatch)"
    }

    fn title(&self) -> &'static str {
        "a time by RFC 3339 before the line (exports of CloudWatch, `docker logs -t`, `kubectl logs \
         --timestamps`)"
    }

    fn example(&self) -> &'static str {
        r#"2026-11-22T21:44:14.016Z 192.0.2.7 - ann [22/Nov/2026:21:44:14 +0000] "GET /users/42 HTTP/1.1" 200 271 "-" "curl/8.6.0""#
    }

    fn strip<'a>(&self, line: &'a [u8], _: &'a mut Vec<u8>) -> Option<Inner<'a>> {
        let (stamp, rest) = leading_rfc_3339(line)?;
        Some(Inner { stamp, ..Inner::from(line, line.len() - rest.len()) })
    }
}
