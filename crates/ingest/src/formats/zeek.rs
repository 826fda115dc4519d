//! Zeek's `http.log` as tab-separated values, by its header.

use std::borrow::Cow;

use domain::{RawRecord, Reject, RejectReason, Request};

use super::columns::{Column, MAX_COLUMNS, Values};
use super::draft::{Draft, Slot};
use super::{Format, HeadedParser, ParseContext};
use crate::escapes::unescape;

/// Zeek's `http.log`.
#[derive(Clone, Copy, Debug)]
pub struct ZeekHttp;

/// What Zeek writes unless a script adds or removes fields.
const FIELDS: &str = "ts uid id.orig_h id.orig_p id.resp_h id.resp_p trans_depth method host uri referrer version user_agent origin request_body_len response_body_len status_code status_msg info_code info_msg tags username password proxied orig_fuids orig_filenames orig_mime_types resp_fuids resp_filenames resp_mime_types";

impl Format for ZeekHttp {
    fn name(&self) -> &'static str {
        "zeek_http"
    }

    fn title(&self) -> &'static str {
        "Zeek's http.log, tab-separated, by its `#fields` header (without one as Zeek writes it)"
    }

    fn example(&self) -> &'static str {
        "#separator \\x09\n\
         #set_separator\t,\n\
         #empty_field\t(empty)\n\
         #unset_field\t-\n\
         #path\thttp\n\
         #fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tmethod\thost\turi\treferrer\tuser_agent\trequest_body_len\tresponse_body_len\tstatus_code\tusername\n\
         #types\ttime\tstring\taddr\tport\taddr\tport\tstring\tstring\tstring\tstring\tstring\tcount\tcount\tcount\tstring\n\
         1795383854.000000\tCwFs1P2UcUdlSxD2La\t192.0.2.7\t52026\t10.0.0.1\t80\tGET\tapi.example.com\t/users/42\t-\tcurl/8.6.0\t0\t271\t200\t-"
    }

    fn parse<'a>(
        &'a self,
        record: RawRecord<'a>,
        context: &'a ParseContext,
    ) -> Result<Request<'a>, Reject> {
        Tabs::default().read(record, context)
    }

    fn begin(&self) -> Option<Box<dyn HeadedParser>> {
        Some(Box::new(Tabs::default()))
    }
}

/// What the header has told so far.
#[derive(Clone, Debug)]
struct Tabs {
    columns: Vec<Column>,
    empty: Vec<u8>,
    unset: Vec<u8>,
    is_http: bool,
    is_told: bool,
}

impl Default for Tabs {
    fn default() -> Self {
        let columns = FIELDS.split(' ').map(|name| column(name.as_bytes())).collect();
        let (empty, unset) = (b"(empty)".to_vec(), b"-".to_vec());
        Self { columns, empty, unset, is_http: true, is_told: false }
    }
}

impl Tabs {
    fn read<'a>(
        &self,
        record: RawRecord<'a>,
        context: &'a ParseContext,
    ) -> Result<Request<'a>, Reject> {
        let line = record.bytes;
        let mut draft = Draft::new(record.position, context);
        if !self.is_http {
            return Err(draft.reject(0, RejectReason::NotThisFormat("Zeek's http.log")));
        }
        let mut values = Values::by_tabs(line);
        for column in &self.columns {
            let Some((at, value)) = values.next() else {
                return Err(draft.reject(line.len(), RejectReason::Missing("field")));
            };
            if value[..] == self.unset[..] || value[..] == self.empty[..] {
                continue;
            }
            let value = match value {
                Cow::Borrowed(text) => unescape(text),
                owned => owned,
            };
            if let Err(reason) = column.fill(value, &mut draft) {
                return Err(draft.reject(at, reason));
            }
        }
        match values.next() {
            Some((at, _)) => Err(draft.reject(at, RejectReason::Trailing)),
            None => draft.finish(),
        }
    }
}

impl HeadedParser for Tabs {
    fn take_header(&mut self, line: &[u8], _: &ParseContext) -> bool {
        let Some(directive) = line.strip_prefix(b"#") else { return false };
        let tab = memchr::memchr(b'\t', directive).unwrap_or(directive.len());
        let (name, value) = directive.split_at(tab);
        let value = value.get(1..).unwrap_or_default();
        match name {
            b"fields" => {
                self.columns.clear();
                let names = Values::by_tabs(value).take(MAX_COLUMNS);
                self.columns.extend(names.map(|(_, name)| column(&name)));
                let has_method = self.columns.contains(&column(b"method"));
                self.is_told = self.is_http && has_method;
            }
            b"path" => self.is_http = value == b"http",
            b"empty_field" => self.empty = value.to_vec(),
            b"unset_field" => self.unset = value.to_vec(),
            _ => {}
        }
        true
    }

    fn is_told(&self) -> bool {
        self.is_told
    }

    fn parse<'a>(
        &'a self,
        record: RawRecord<'a>,
        context: &'a ParseContext,
    ) -> Result<Request<'a>, Reject> {
        self.read(record, context)
    }
}

/// What the field of this name says.
fn column(name: &[u8]) -> Column {
    let slot = match name {
        b"ts" => Slot::Time,
        b"id.orig_h" => Slot::Peer,
        b"method" => Slot::Method,
        b"host" => Slot::Host,
        b"uri" => Slot::Target,
        b"referrer" => Slot::Referer,
        b"user_agent" => Slot::Agent,
        b"request_body_len" => Slot::RequestBytes,
        b"response_body_len" => Slot::ResponseBytes,
        b"status_code" => Slot::Status,
        b"username" => Slot::User,
        _ => return Column::Ignored,
    };
    Column::of(slot, 0)
}
