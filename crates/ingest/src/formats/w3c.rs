//! The W3C extended log format (<https://www.w3.org/TR/WD-logfile>): IIS, and everyone else who
//! names the columns in a `#Fields` line.

use std::sync::LazyLock;

use domain::{RawRecord, Reject, RejectReason, Request};

use super::columns::{Column, MAX_COLUMNS, Values};
use super::draft::{Draft, Slot};
use super::strftime::TimeParts;
use super::{Format, HeadedParser, ParseContext};

/// The W3C extended log format.
#[derive(Clone, Copy, Debug)]
pub struct W3c;

/// What IIS writes unless told otherwise.
const IIS_FIELDS: &str = "date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) cs(Referer) sc-status sc-substatus sc-win32-status time-taken";

static IIS: LazyLock<Extended> = LazyLock::new(|| Extended::with_fields(IIS_FIELDS));

impl Format for W3c {
    fn name(&self) -> &'static str {
        "w3c"
    }

    fn title(&self) -> &'static str {
        "W3C extended log format, by its `#Fields` header (IIS and others; without one as IIS writes it)"
    }

    fn example(&self) -> &'static str {
        "#Software: Microsoft Internet Information Services 10.0\n\
         #Version: 1.0\n\
         #Date: 2026-11-22 21:44:14\n\
         #Fields: date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) cs(Referer) sc-status sc-substatus sc-win32-status time-taken\n\
         2026-11-22 21:44:14 10.0.0.5 GET /users/42 - 443 ann 192.0.2.7 curl/8.6.0 - 200 0 0 12"
    }

    fn parse<'a>(
        &'a self,
        record: RawRecord<'a>,
        context: &'a ParseContext,
    ) -> Result<Request<'a>, Reject> {
        IIS.parse(record, context)
    }

    fn begin(&self) -> Option<Box<dyn HeadedParser>> {
        Some(Box::new(Extended { is_told: false, ..IIS.clone() }))
    }
}

/// What the directives of a source have told so far.
#[derive(Clone, Debug)]
pub(super) struct Extended {
    columns: Vec<Column>,
    /// The day of lines that tell only the time of day, and the offset of all.
    parts: TimeParts,
    is_told: bool,
}

impl Extended {
    /// Columns that no header told.
    pub(super) fn with_fields(fields: &str) -> Self {
        let mut parts = TimeParts::default();
        parts.offset_secs = Some(0);
        let mut extended = Self { columns: Vec::new(), parts, is_told: false };
        extended.set_fields(fields.as_bytes());
        extended
    }

    /// Takes in a directive, its `#` and name taken off.
    fn set_fields(&mut self, names: &[u8]) {
        self.columns.clear();
        self.columns.extend(Values::by_blanks(names).take(MAX_COLUMNS).map(|(_, it)| column(&it)));
        let is_local = self.columns.contains(&Column::LocalClock);
        if is_local && !self.columns.contains(&Column::Clock) {
            self.parts.offset_secs = None;
        }
    }

    /// Whether these columns are those of a log of requests.
    fn tells_requests(&self) -> bool {
        let has = |wanted: &[Slot]| {
            self.columns.iter().any(|column| match column {
                Column::Field(field) | Column::Encoded(field) => wanted.contains(&field.slot),
                _ => false,
            })
        };
        has(&[Slot::Method, Slot::Target, Slot::Path])
    }
}

impl HeadedParser for Extended {
    fn take_header(&mut self, line: &[u8], _: &ParseContext) -> bool {
        let Some(directive) = line.strip_prefix(b"#") else { return false };
        let Some(colon) = memchr::memchr(b':', directive) else { return true };
        let (name, value) = (&directive[..colon], directive[colon + 1..].trim_ascii());
        match name.trim_ascii().to_ascii_lowercase().as_slice() {
            b"fields" => {
                self.set_fields(value);
                self.is_told = self.tells_requests();
            }
            b"date" | b"start-date" => {
                let day = value.split(|byte| *byte == b' ').next().unwrap_or_default();
                // A date that cannot be read leaves the one before it.
                let _ = self.parts.set_date(day);
            }
            b"gmt-offset" => {
                self.parts.offset_secs = crate::time::offset(value).map(|(secs, _)| secs);
            }
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
        let line = record.bytes;
        let mut draft = Draft::new(record.position, context);
        *draft.time_parts() = self.parts;
        let tabs = memchr::memchr_iter(b'\t', line).take(MAX_COLUMNS).count();
        let by_tabs = tabs > 0 && tabs + 1 == self.columns.len();
        let mut values = if by_tabs { Values::by_tabs(line) } else { Values::by_blanks(line) };
        for column in &self.columns {
            let Some((at, value)) = values.next() else {
                return Err(draft.reject(line.len(), RejectReason::Missing("field")));
            };
            if let Err(reason) = column.fill(value, &mut draft) {
                return Err(draft.reject(at, reason));
            }
        }
        match values.next() {
            Some((at, _)) => Err(draft.reject(at, RejectReason::Trailing)),
            // Where no header tells, only what could be nothing else is a request.
            None if !self.is_told && !draft.is_plain() => {
                Err(draft
                    .reject(0, RejectReason::NotThisFormat("a request, and no header says so")))
            }
            None => draft.finish(),
        }
    }
}

/// What the column of this name says.
pub(super) fn column(name: &[u8]) -> Column {
    match name.to_ascii_lowercase().as_slice() {
        b"date" => Column::Date,
        b"time" => Column::Clock,
        b"date-local" => Column::LocalDate,
        b"time-local" => Column::LocalClock,
        b"timestamp" | b"x-timestamp" => Column::of(Slot::Time, 1),
        b"cs-start" => Column::of(Slot::TimeEpoch, 0),
        b"c-ip" => Column::of(Slot::Peer, 0),
        b"c-dns" => Column::of(Slot::Peer, 1),
        b"x-forwarded-for" | b"cs(x-forwarded-for)" | b"s-xff" => Column::list(Slot::Forwarded, 0),
        b"cs-username" | b"c-auth-id" | b"cs-auth-id" => Column::of(Slot::User, 0),
        b"cs-method" => Column::of(Slot::Method, 0),
        b"cs-uri" => Column::of(Slot::Path, 0),
        b"cs-uri-stem" => Column::of(Slot::Path, 1),
        b"cs-uri-query" => Column::of(Slot::Query, 0),
        b"x-host-header" => Column::of(Slot::Host, 0),
        b"cs(host)" | b"cs-host" => Column::of(Slot::Host, 1),
        b"s-computername" | b"s-sitename" | b"s-dns" => Column::Ignored,
        b"cs(user-agent)" => Column::encoded(Slot::Agent, 0),
        b"cs(referer)" | b"cs(referrer)" => Column::encoded(Slot::Referer, 0),
        b"cs(cookie)" => Column::of(Slot::Cookies, 3),
        b"cs(authorization)" => Column::of(Slot::Authorization, 0),
        b"sc-status" => Column::of(Slot::Status, 0),
        b"sc(location)" => Column::encoded(Slot::Location, 0),
        b"sc-bytes" => Column::of(Slot::ResponseBytes, 0),
        b"bytes" => Column::of(Slot::ResponseBytes, 1),
        b"cs-bytes" => Column::of(Slot::RequestBytes, 0),
        b"time-taken" | b"timetakenms" => Column::of(Slot::LatencySecsOrMillis, 0),
        _ => Column::Ignored,
    }
}
