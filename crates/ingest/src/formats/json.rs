//! JSON lines, by a field map.
//!
//! The scanner walks a line once, follows only the keys that the map knows and skips the rest. It
//! builds no tree, and allocates only for strings with escapes.

mod fields;
pub(crate) mod scan;

use std::borrow::Cow;
use std::fmt;
use std::sync::LazyLock;

use domain::{RawRecord, Reject, RejectReason, Request};

use super::draft::{Draft, Field, Slot};
use super::{Format, ParseContext};
use fields::FieldTree;
use scan::{Scanner, Value};

/// Deepest nesting that is followed.
const MAX_DEPTH: usize = 32;

/// JSON lines under the built-in field map: OpenTelemetry's HTTP names, ECS, and the usual keys of
/// nginx, Apache, Envoy, Traefik and Caddy.
#[derive(Clone, Copy, Debug)]
pub struct Json;

static DEFAULT: LazyLock<JsonFormat> =
    LazyLock::new(|| JsonFormat::with_fields(&[]).expect("the built-in field map is valid"));

impl Format for Json {
    fn name(&self) -> &'static str {
        "json"
    }

    fn title(&self) -> &'static str {
        "JSON lines (OpenTelemetry, ECS, nginx, Envoy, Traefik, Caddy; other keys by a field map)"
    }

    fn example(&self) -> &'static str {
        r#"{"time":"2026-11-22T21:44:14Z","client.address":"192.0.2.7","http.request.method":"GET","url.path":"/users/42","http.response.status_code":200,"user_agent.original":"curl/8.6.0"}"#
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
        let mut tree = FieldTree::built_in();
        for (key, slot_name) in own {
            let slot = Slot::from_name(slot_name)
                .ok_or_else(|| FieldMapError { slot: (*slot_name).to_owned() })?;
            tree.insert(key, Field { slot, rank: 0 });
        }
        Ok(Self { fields: tree, needs_status: own.is_empty() })
    }

    /// Reads one line.
    pub fn parse<'a>(
        &'a self,
        record: RawRecord<'a>,
        context: &'a ParseContext,
    ) -> Result<Request<'a>, Reject> {
        let mut walk = Walk {
            scanner: Scanner::new(record.bytes),
            tree: &self.fields,
            draft: Draft::new(record.position, context),
        };
        match walk.line() {
            Ok(()) if self.needs_status && !walk.draft.tells_status() => {
                Err(walk.draft.reject(0, RejectReason::Missing("status")))
            }
            Ok(()) => walk.draft.finish(),
            Err(reason) => Err(walk.draft.reject(walk.scanner.at(), reason)),
        }
    }
}

const NOT_JSON: RejectReason = RejectReason::NotThisFormat("a JSON object");

struct Walk<'a> {
    scanner: Scanner<'a>,
    tree: &'a FieldTree,
    draft: Draft<'a>,
}

impl<'a> Walk<'a> {
    fn line(&mut self) -> Result<(), RejectReason> {
        self.scanner.skip_blanks();
        if !self.scanner.accept(b'{') {
            return Err(NOT_JSON);
        }
        self.object(FieldTree::ROOT, 0)?;
        self.scanner.skip_blanks();
        if self.scanner.is_at_end() { Ok(()) } else { Err(RejectReason::Trailing) }
    }

    /// Walks the members of an object whose brace has been read.
    fn object(&mut self, node: usize, depth: usize) -> Result<(), RejectReason> {
        if depth > MAX_DEPTH {
            return Err(RejectReason::NotThisFormat("JSON of a sane depth"));
        }
        self.scanner.skip_blanks();
        if self.scanner.accept(b'}') {
            return Ok(());
        }
        loop {
            self.scanner.skip_blanks();
            let key = self.scanner.string().ok_or(NOT_JSON)?;
            self.scanner.skip_blanks();
            if !self.scanner.accept(b':') {
                return Err(NOT_JSON);
            }
            self.scanner.skip_blanks();
            self.member(node, key.raw, depth)?;
            self.scanner.skip_blanks();
            if self.scanner.accept(b'}') {
                return Ok(());
            }
            if !self.scanner.accept(b',') {
                return Err(NOT_JSON);
            }
        }
    }

    fn member(&mut self, node: usize, key: &[u8], depth: usize) -> Result<(), RejectReason> {
        let Some(found) = self.tree.find(node, key) else {
            return self.scanner.skip_value(MAX_DEPTH).ok_or(NOT_JSON);
        };
        match (self.scanner.peek(), found.child, found.field) {
            (Some(b'{'), Some(child), _) => {
                self.scanner.accept(b'{');
                self.object(child, depth + 1)
            }
            (Some(b'['), _, Some(field)) => self.array(field),
            (Some(b'{' | b'['), _, _) | (_, _, None) => {
                self.scanner.skip_value(MAX_DEPTH).ok_or(NOT_JSON)
            }
            (_, _, Some(field)) => self.scalar(field),
        }
    }

    /// An array of texts, as headers come: each in turn says its piece.
    fn array(&mut self, field: Field) -> Result<(), RejectReason> {
        self.scanner.accept(b'[');
        self.scanner.skip_blanks();
        if self.scanner.accept(b']') {
            return Ok(());
        }
        loop {
            self.scanner.skip_blanks();
            if matches!(self.scanner.peek(), Some(b'{' | b'[')) {
                self.scanner.skip_value(MAX_DEPTH).ok_or(NOT_JSON)?;
            } else {
                self.scalar(field)?;
            }
            self.scanner.skip_blanks();
            if self.scanner.accept(b']') {
                return Ok(());
            }
            if !self.scanner.accept(b',') {
                return Err(NOT_JSON);
            }
        }
    }

    fn scalar(&mut self, field: Field) -> Result<(), RejectReason> {
        let value = match self.scanner.scalar().ok_or(NOT_JSON)? {
            Value::Text(text) => text.unescaped().ok_or(NOT_JSON)?,
            Value::Number(number) => Cow::Borrowed(number),
            Value::Word => return Ok(()),
        };
        self.draft.set(field, value)
    }
}
