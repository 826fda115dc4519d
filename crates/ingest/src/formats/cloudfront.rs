//! Amazon CloudFront: standard logs, whose header may be missing, and real-time logs, which have none.

use std::sync::LazyLock;

use domain::{RawRecord, Reject, RejectReason, Request};

use super::columns::{Column, Values};
use super::draft::{Draft, Slot};
use super::w3c::Extended;
use super::{Format, HeadedParser, ParseContext};

/// Standard logs of CloudFront where their header is missing; with it they are W3C extended logs.
#[derive(Clone, Copy, Debug)]
pub struct CloudFront;

/// Real-time logs of CloudFront with all their fields, or as many of the first as there are.
#[derive(Clone, Copy, Debug)]
pub struct CloudFrontRealtime;

const STANDARD_FIELDS: &str = "date time x-edge-location sc-bytes c-ip cs-method cs(Host) cs-uri-stem sc-status cs(Referer) cs(User-Agent) cs-uri-query cs(Cookie) x-edge-result-type x-edge-request-id x-host-header cs-protocol cs-bytes time-taken x-forwarded-for ssl-protocol ssl-cipher x-edge-response-result-type cs-protocol-version fle-status fle-encrypted-fields c-port time-to-first-byte x-edge-detailed-result-type sc-content-type sc-content-len sc-range-start sc-range-end";

static STANDARD: LazyLock<Extended> = LazyLock::new(|| Extended::with_fields(STANDARD_FIELDS));

impl Format for CloudFront {
    fn name(&self) -> &'static str {
        "cloudfront"
    }

    fn title(&self) -> &'static str {
        "Amazon CloudFront standard log without its header (with it: w3c)"
    }

    fn example(&self) -> &'static str {
        "2026-11-22\t21:44:14\tFRA56-P2\t271\t192.0.2.7\tGET\td111111abcdef8.cloudfront.net\t/users/42\t200\t-\tcurl/8.6.0\t-\t-\tMiss\tSOX4xwn4XV6Q4rgb7XiVGOHms_BGlTAC4KyHmureZmBNrjGdRLiNIQ==\tapi.example.com\thttps\t23\t0.012\t-\tTLSv1.3\tTLS_AES_128_GCM_SHA256\tMiss\tHTTP/2.0\t-\t-\t52311\t0.012\tMiss\tapplication/json\t271\t-\t-"
    }

    fn parse<'a>(
        &'a self,
        record: RawRecord<'a>,
        context: &'a ParseContext,
    ) -> Result<Request<'a>, Reject> {
        STANDARD.parse(record, context)
    }
}

/// The fields in the order in which CloudFront writes those that were chosen.
const REALTIME: [Column; 24] = [
    Column::of(Slot::TimeEpoch, 0),
    Column::of(Slot::Peer, 0),
    Column::Ignored,
    Column::of(Slot::Status, 0),
    Column::of(Slot::ResponseBytes, 0),
    Column::of(Slot::Method, 0),
    Column::Ignored,
    Column::of(Slot::Host, 1),
    Column::of(Slot::Target, 0),
    Column::of(Slot::RequestBytes, 0),
    Column::Ignored,
    Column::Ignored,
    Column::of(Slot::Host, 0),
    Column::of(Slot::LatencySecs, 0),
    Column::Ignored,
    Column::Ignored,
    Column::encoded(Slot::Agent, 0),
    Column::encoded(Slot::Referer, 0),
    Column::of(Slot::Cookies, 3),
    Column::of(Slot::Query, 0),
    Column::Ignored,
    Column::list(Slot::Forwarded, 0),
    Column::Ignored,
    Column::Ignored,
];

/// Fields that a line must have at least: up to the target.
const LEAST_REALTIME: usize = 9;

impl Format for CloudFrontRealtime {
    fn name(&self) -> &'static str {
        "cloudfront_realtime"
    }

    fn title(&self) -> &'static str {
        "Amazon CloudFront real-time log with all fields, or as many of the first as there are"
    }

    fn example(&self) -> &'static str {
        "1795383854.000\t192.0.2.7\t0.011\t200\t271\tGET\thttps\tapi.example.com\t/users/42\t23\tFRA56-P2\tSOX4xwn4XV6Q4rgb7XiVGOHms_BGlTAC4KyHmureZmBNrjGdRLiNIQ==\tapi.example.com\t0.012\tHTTP/2.0\tIPv4\tcurl/8.6.0\t-\t-\t-\tMiss\t-\tTLSv1.3\tTLS_AES_128_GCM_SHA256\tMiss"
    }

    fn parse<'a>(
        &'a self,
        record: RawRecord<'a>,
        context: &'a ParseContext,
    ) -> Result<Request<'a>, Reject> {
        let mut draft = Draft::new(record.position, context);
        let mut values = Values::by_tabs(record.bytes);
        for (index, column) in REALTIME.iter().enumerate() {
            let Some((at, value)) = values.next() else {
                if index >= LEAST_REALTIME {
                    break;
                }
                return Err(draft.reject(record.bytes.len(), RejectReason::Missing("field")));
            };
            if let Err(reason) = column.fill(value, &mut draft) {
                return Err(draft.reject(at, reason));
            }
        }
        if !draft.is_plain() {
            return Err(draft.reject(0, RejectReason::NotThisFormat("a request of CloudFront")));
        }
        draft.finish()
    }
}
