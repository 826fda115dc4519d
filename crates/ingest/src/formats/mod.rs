//! Formats: how the lines of a log become requests.
//!
//! A new format is a file here, an implementation of [`Format`] in it and a line in [`FORMATS`].

mod apache;
mod aws_elb;
mod cloudfront;
mod columns;
pub(crate) mod csv;
mod cursor;
mod draft;
mod envoy;
mod gateways;
mod gin;
mod gitea;
mod guess;
mod haproxy;
mod heroku;
mod iis;
mod iis_event;
pub(crate) mod json;
mod nginx;
mod nginx_proxy_manager;
mod s3_access;
mod squid;
mod strftime;
mod template;
mod text;
mod w3c;
mod zeek;
mod zoraxy;

use std::cell::Cell;

use domain::{RawRecord, Reject, Request, Timestamp, ToldSignIn};

pub use aws_elb::{AwsAlb, AwsElb};
pub use cloudfront::{CloudFront, CloudFrontRealtime};
pub use csv::Csv;
pub use draft::Slot;
pub use envoy::{Envoy, Istio};
pub use gateways::*;
pub use gin::Gin;
pub use gitea::GiteaRouter;
pub use haproxy::HaProxy;
pub use heroku::HerokuRouter;
pub use iis::Iis;
pub use iis_event::IisEvent;
pub use json::{FieldMapError, Json, JsonFormat, JsonSchema};
pub use nginx_proxy_manager::NginxProxyManager;
pub use s3_access::S3Access;
pub use squid::Squid;
pub use template::{Template, TemplateError};
pub use text::{Combined, CombinedForwarded, Common, TraefikCommon, VhostCombined, VhostCommon};
pub use w3c::W3c;
pub use zeek::ZeekHttp;
pub use zoraxy::Zoraxy;

use crate::secrets::Fingerprinter;
use crate::sign_in::{self, SignIn};
use crate::time::{CLF_BYTES, Clock, Minute};
use crate::wrappers::Stamp;

/// Every format that can be named and detected. Where two read a line equally well, the earlier one
/// is chosen.
pub static FORMATS: &[&dyn Format] = &[
    &Combined,
    &CombinedForwarded,
    &BunkerWeb,
    &VhostCombined,
    &TraefikCommon,
    &Kong,
    &Apisix,
    &NginxIngress,
    &NginxProxyManager,
    &NpmPlus,
    &Cpanel,
    &Lighttpd,
    &CombinedNoUser,
    &Sogo,
    &LiteSpeed,
    &LiteSpeedVhost,
    &HaProxy,
    &Envoy,
    &Istio,
    &AwsAlb,
    &AwsElb,
    &S3Access,
    &ApiGatewayClf,
    &CloudFront,
    &CloudFrontRealtime,
    &W3c,
    &IisEvent,
    &Iis,
    &ZeekHttp,
    &Squid,
    &Zoraxy,
    &HerokuRouter,
    &Gin,
    &GiteaRouter,
    &Common,
    &VhostCommon,
    &PythonServer,
    &CombinedExtra,
    &VhostCombinedExtra,
    &CommonExtra,
    &CombinedIso,
    &json::CADDY,
    &json::TRAEFIK,
    &json::ISTIO,
    &json::ENVOY,
    &json::KONG,
    &json::APISIX,
    &json::NGINX_INGRESS,
    &json::API_GATEWAY,
    &json::AWS_WAF,
    &json::CLOUDFRONT,
    &json::GCP,
    &json::AZURE_APP_GATEWAY,
    &json::AZURE_FRONT_DOOR,
    &json::CLOUDFLARE,
    &json::FASTLY,
    &json::AKAMAI,
    &json::ZEEK,
    &json::SURICATA,
    &json::OCSF,
    &json::ECS,
    &json::OTEL,
    &json::HAR,
    &json::NGINX,
    &json::APACHE,
    &json::PINO,
    &json::LOGSTASH,
    &Json,
    &Csv,
];

/// One way to write a request on a line.
pub trait Format: Sync {
    /// The name by which users choose it.
    fn name(&self) -> &'static str;

    /// What it is, in a few words.
    fn title(&self) -> &'static str;

    /// What else a user should know of it: units, what is left out and why. May be empty.
    fn notes(&self) -> &'static str {
        ""
    }

    /// A line of it, made up; after the header that a source of it begins with, where it has one.
    fn example(&self) -> &'static str;

    /// The format string that describes it, where one does.
    fn format_string(&self) -> Option<&'static str> {
        None
    }

    /// The fields that are taken, where they have names of their own.
    fn taken(&self) -> Vec<Taken> {
        Vec::new()
    }

    /// Reads one line. Text formats allocate nothing unless a field holds escapes; secrets are
    /// fingerprinted or hidden before the request is given out.
    fn parse<'a>(
        &'a self,
        record: RawRecord<'a>,
        context: &'a ParseContext,
    ) -> Result<Request<'a>, Reject>;

    /// Begins a source in which lines say how those after them are written. `None`, which costs
    /// nothing, where every line speaks for itself; else [`Format::parse`] reads lines as they are
    /// written unless a header says otherwise.
    fn begin(&self) -> Option<Box<dyn HeadedParser>> {
        None
    }
}

/// Reads a source of a format that has headers, from its beginning.
pub trait HeadedParser: Send {
    /// Takes in a line that is no request but a header or a comment; `false` where it is neither.
    fn take_header(&mut self, line: &[u8], context: &ParseContext) -> bool;

    /// Whether a header has told that the source is of this format.
    fn is_told(&self) -> bool;

    /// What was taken in of a record that goes on in the next line; empty where there is none.
    fn unfinished(&self) -> &[u8] {
        b""
    }

    /// The record that the line at hand ends, where others before it are part of it.
    fn joined(&self) -> Option<&[u8]> {
        None
    }

    /// Reads one line as the headers so far say.
    fn parse<'a>(
        &'a self,
        record: RawRecord<'a>,
        context: &'a ParseContext,
    ) -> Result<Request<'a>, Reject>;
}

/// Fields of a format that become the same part of a request. The first that a line holds goes before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken {
    /// What they become, for people.
    pub becomes: &'static str,
    /// Their names; dots lead into nested objects.
    pub fields: Vec<String>,
}

impl Taken {
    /// Fields by what they become, in the order in which that is first met.
    pub(crate) fn group(fields: impl IntoIterator<Item = (String, Slot)>) -> Vec<Self> {
        let mut groups: Vec<Self> = Vec::new();
        for (field, slot) in fields {
            let becomes = slot.becomes();
            match groups.iter_mut().find(|group| group.becomes == becomes) {
                Some(group) => group.fields.push(field),
                None => groups.push(Self { becomes, fields: vec![field] }),
            }
        }
        groups
    }
}

/// What parsing needs to know beside the line. Each thread that parses has its own.
#[derive(Clone, Debug)]
pub struct ParseContext {
    /// Makes fingerprints of secrets.
    pub fingerprinter: Fingerprinter,
    /// What the lines leave out of their times.
    pub clock: Clock,
    /// Sign-in endpoints that are described.
    sign_ins: Vec<SignIn>,
    minute: Cell<Minute>,
    /// What the wrapper of the line at hand told of its time.
    stamp: Cell<Stamp>,
}

impl ParseContext {
    /// What parsing needs to know.
    pub fn new(fingerprinter: Fingerprinter, clock: Clock) -> Self {
        Self {
            fingerprinter,
            clock,
            sign_ins: Vec::new(),
            minute: Cell::default(),
            stamp: Cell::default(),
        }
    }

    /// The same with sign-in endpoints that are described.
    #[must_use]
    pub fn with_sign_ins(self, sign_ins: Vec<SignIn>) -> Self {
        Self { sign_ins, ..self }
    }

    /// Whether any sign-in endpoint is described.
    pub(crate) fn tells_sign_ins(&self) -> bool {
        !self.sign_ins.is_empty()
    }

    /// What a described sign-in endpoint says of a request, by the record that tells of it, wrappers
    /// taken off; `None` where it calls none.
    #[inline]
    pub fn told(&self, request: &Request<'_>, record: &[u8]) -> Option<ToldSignIn> {
        if self.sign_ins.is_empty() { None } else { sign_in::told(&self.sign_ins, request, record) }
    }

    /// The time that the wrapper of the line at hand tells.
    fn stamp_time(&self) -> Option<Timestamp> {
        self.stamp.get().time(&self.clock)
    }

    pub(crate) fn set_stamp(&self, stamp: Stamp) {
        self.stamp.set(stamp);
    }

    /// Reads a time of the common log format.
    fn clf(&self, text: &[u8; CLF_BYTES]) -> Option<Timestamp> {
        let mut minute = self.minute.get();
        let time = minute.clf(text, &self.clock);
        self.minute.set(minute);
        time
    }
}

impl Default for ParseContext {
    fn default() -> Self {
        Self::new(Fingerprinter::new([0; 32]), Clock::default())
    }
}

/// The format of this name.
pub fn by_name(name: &str) -> Option<&'static dyn Format> {
    FORMATS.iter().copied().find(|format| format.name() == name)
}
