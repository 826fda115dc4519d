//! JSON lines, by a field map.
//!
//! The scanner walks a line once, follows only the keys that the map knows and skips the rest. It
//! builds no tree, and allocates only for strings with escapes.

mod fields;
mod generic;
pub(crate) mod scan;
mod schema;
mod walk;

mod akamai;
mod apache;
mod api_gateway;
mod apisix;
mod aws_waf;
mod azure_app_gateway;
mod azure_front_door;
mod caddy;
mod cloudflare;
mod cloudfront;
mod ecs;
mod envoy;
mod fastly;
mod gcp;
mod har;
mod ingress;
mod istio;
mod kong;
mod logstash;
mod nginx;
mod ocsf;
mod otel;
mod pino;
mod suricata;
mod traefik;
mod zeek;

use std::fmt;
use std::sync::LazyLock;

use domain::{RawRecord, Reject, RejectReason, Request};

use super::draft::{Field, Slot};
use super::{Format, ParseContext, Taken};
use fields::FieldTree;
use walk::Walk;

pub(super) use akamai::AKAMAI;
pub(super) use apache::APACHE;
pub(super) use api_gateway::API_GATEWAY;
pub(super) use apisix::APISIX;
pub(super) use aws_waf::AWS_WAF;
pub(super) use azure_app_gateway::AZURE_APP_GATEWAY;
pub(super) use azure_front_door::AZURE_FRONT_DOOR;
pub(super) use caddy::CADDY;
pub(super) use cloudflare::CLOUDFLARE;
pub(super) use cloudfront::CLOUDFRONT;
pub(super) use ecs::ECS;
pub(super) use envoy::ENVOY;
pub(super) use fastly::FASTLY;
pub(super) use gcp::GCP;
pub(super) use har::HAR;
pub(super) use ingress::NGINX_INGRESS;
pub(super) use istio::ISTIO;
pub(super) use kong::KONG;
pub(super) use logstash::LOGSTASH;
pub(super) use nginx::NGINX;
pub(super) use ocsf::OCSF;
pub(super) use otel::OTEL;
pub(super) use pino::PINO;
pub use schema::JsonSchema;
pub(super) use suricata::SURICATA;
pub(super) use traefik::TRAEFIK;
pub(super) use zeek::ZEEK;

/// JSON lines under the built-in field map: the usual keys of most logs, for those that no format of
/// their own fits.
#[derive(Clone, Copy, Debug)]
pub struct Json;

static DEFAULT: LazyLock<JsonFormat> =
    LazyLock::new(|| JsonFormat::with_fields(&[]).expect("the built-in field map is valid"));

impl Format for Json {
    fn name(&self) -> &'static str {
        "json"
    }

    fn title(&self) -> &'static str {
        "JSON lines under any usual keys; others by a field map"
    }

    fn notes(&self) -> &'static str {
        "For logs that no format of their own fits, and for the rows of Parquet files. `duration` is in \
         seconds with a decimal point, else in milliseconds. Keys of one's own go into `read.fields`."
    }

    fn taken(&self) -> Vec<Taken> {
        Taken::group(generic::keys().map(|(key, slot)| (key.to_owned(), slot)))
    }

    fn example(&self) -> &'static str {
        r#"{"time":"2026-11-22T21:44:14Z","ip":"192.0.2.7","method":"GET","url":"/users/42","status":200,"duration_ms":12,"user_agent":"curl/8.6.0"}"#
    }

    fn parse<'a>(
        &'a self,
        record: RawRecord<'a>,
        context: &'a ParseContext,
    ) -> Result<Request<'a>, Reject> {
        DEFAULT.parse(record, context)
    }
}

/// JSON lines under a field map of one's own, laid over the built-in one.
#[derive(Clone, Debug)]
pub struct JsonFormat {
    fields: FieldTree,
    /// Under the built-in map a line without a status is some other log's that happens to use the
    /// same words. Who names their own fields knows what they have.
    needs_status: bool,
}

/// Why a field map cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldMapError {
    slot: String,
}

impl fmt::Display for FieldMapError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "invalid slot {:?} in the field map: must be one of ", self.slot)?;
        for (index, (name, _)) in Slot::NAMES.iter().enumerate() {
            write!(f, "{}{name}", if index == 0 { "" } else { ", " })?;
        }
        Ok(())
    }
}

impl std::error::Error for FieldMapError {}

impl JsonFormat {
    /// A format that takes `(key, slot name)` pairs before the built-in map. A key may be a path
    /// with dots: it fits nested objects and flat keys that hold the dots alike.
    pub fn with_fields(own: &[(&str, &str)]) -> Result<Self, FieldMapError> {
        let mut tree = generic::tree();
        for (key, slot_name) in own {
            let slot = Slot::from_name(slot_name)
                .ok_or_else(|| FieldMapError { slot: (*slot_name).to_owned() })?;
            tree.insert(key, Field { slot, rank: 0 });
        }
        Ok(Self { fields: tree, needs_status: own.is_empty() })
    }

    /// What a key of the record itself, not of something nested, fills.
    pub(super) fn field_of(&self, key: &[u8]) -> Option<Field> {
        self.fields.find(FieldTree::ROOT, key)?.field
    }

    /// Reads one line.
    pub fn parse<'a>(
        &'a self,
        record: RawRecord<'a>,
        context: &'a ParseContext,
    ) -> Result<Request<'a>, Reject> {
        let mut walk = Walk::new(record.bytes, &self.fields, record.position, context);
        match walk.record() {
            Ok(()) if self.needs_status && !walk.draft.tells_status() => {
                Err(walk.draft.reject(0, RejectReason::Missing("status")))
            }
            Ok(()) => walk.draft.finish(),
            Err(reason) => Err(walk.draft.reject(walk.at(), reason)),
        }
    }
}
