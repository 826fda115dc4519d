//! One walk over a record: keys that the tree knows fill the draft, the rest is skipped.

use std::borrow::Cow;

use domain::{Position, RejectReason};

use super::fields::{FieldTree, Found};
use super::scan::{Scanner, Text, Value};
use crate::formats::ParseContext;
use crate::formats::draft::{Draft, Field};

/// Deepest nesting that is followed.
const MAX_DEPTH: usize = 32;

/// Longest name of a pair that can be known.
const MAX_NAME_BYTES: usize = 64;

const NOT_JSON: RejectReason = RejectReason::NotThisFormat("a JSON object");
const TOO_DEEP: RejectReason = RejectReason::NotThisFormat("JSON of a sane depth");

/// A record while it is walked over.
pub(super) struct Walk<'a> {
    scanner: Scanner<'a>,
    tree: &'a FieldTree,
    /// What has been filled so far.
    pub(super) draft: Draft<'a>,
    /// The tell-tales that were there, a bit each.
    pub(super) told: u32,
    /// The kind that the record says it is of.
    pub(super) kind: Option<Cow<'a, [u8]>>,
}

impl<'a> Walk<'a> {
    pub(super) fn new(
        bytes: &'a [u8],
        tree: &'a FieldTree,
        position: Position,
        context: &'a ParseContext,
    ) -> Self {
        let draft = Draft::new(position, context);
        Self { scanner: Scanner::new(bytes), tree, draft, told: 0, kind: None }
    }

    /// How many bytes have been walked over.
    pub(super) fn at(&self) -> usize {
        self.scanner.at()
    }

    /// Walks over the whole record.
    pub(super) fn record(&mut self) -> Result<(), RejectReason> {
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
        self.members(depth, |walk, key| match walk.tree.find(node, key.raw) {
            Some(found) => walk.member(found, depth),
            None => walk.skip(),
        })
    }

    /// Gives each key of an object whose brace has been read to `take`, which reads the value.
    fn members(
        &mut self,
        depth: usize,
        mut take: impl FnMut(&mut Self, Text<'a>) -> Result<(), RejectReason>,
    ) -> Result<(), RejectReason> {
        if depth > MAX_DEPTH {
            return Err(TOO_DEEP);
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
            take(self, key)?;
            self.scanner.skip_blanks();
            if self.scanner.accept(b'}') {
                return Ok(());
            }
            if !self.scanner.accept(b',') {
                return Err(NOT_JSON);
            }
        }
    }

    /// Gives each element of an array, whose bracket is next, to `take`, which reads it.
    fn elements(
        &mut self,
        mut take: impl FnMut(&mut Self) -> Result<(), RejectReason>,
    ) -> Result<(), RejectReason> {
        self.scanner.accept(b'[');
        self.scanner.skip_blanks();
        if self.scanner.accept(b']') {
            return Ok(());
        }
        loop {
            self.scanner.skip_blanks();
            take(self)?;
            self.scanner.skip_blanks();
            if self.scanner.accept(b']') {
                return Ok(());
            }
            if !self.scanner.accept(b',') {
                return Err(NOT_JSON);
            }
        }
    }

    fn skip(&mut self) -> Result<(), RejectReason> {
        self.scanner.skip_value(MAX_DEPTH).ok_or(NOT_JSON)
    }

    /// Reads the value of a key that the tree knows.
    fn member(&mut self, found: Found, depth: usize) -> Result<(), RejectReason> {
        self.told |= found.tells;
        if found.is_of_redirects && !self.draft.may_redirect() {
            return self.skip();
        }
        match (self.scanner.peek(), found.child, found.field) {
            (Some(b'{'), Some(child), _) => {
                self.scanner.accept(b'{');
                self.object(child, depth + 1)
            }
            (Some(b'['), Some(child), _) if found.is_list => {
                self.elements(|walk| walk.pair(child, depth + 1))
            }
            (Some(b'['), _, Some(field)) => self.elements(|walk| walk.element(field)),
            (Some(b'{' | b'['), _, _) => self.skip(),
            _ if found.is_kind => self.scalar().map(|kind| self.kind = kind),
            (_, _, Some(field)) => self.fill(field),
            _ => self.skip(),
        }
    }

    /// One of several texts, as headers come: each in turn says its piece.
    fn element(&mut self, field: Field) -> Result<(), RejectReason> {
        match self.scanner.peek() {
            Some(b'{' | b'[') => self.skip(),
            _ => self.fill(field),
        }
    }

    /// A pair of a name (or key) and a value. The name may come last: then the value is read twice.
    fn pair(&mut self, node: usize, depth: usize) -> Result<(), RejectReason> {
        if !self.scanner.accept(b'{') {
            return self.skip();
        }
        let (mut name, mut value_at) = (None, None);
        self.members(depth, |walk, key| match key.raw {
            b"name" | b"key" if name.is_none() => walk.scalar().map(|text| name = text),
            b"value" => {
                value_at = Some(walk.scanner.at());
                walk.skip()
            }
            _ => walk.skip(),
        })?;
        let (Some(name), Some(value_at)) = (name, value_at) else { return Ok(()) };
        let mut lower = [0; MAX_NAME_BYTES];
        let Some(lower) = lower.get_mut(..name.len()) else { return Ok(()) };
        lower.copy_from_slice(&name);
        lower.make_ascii_lowercase();
        let tree = self.tree;
        let Some(found) = tree.find(node, lower) else { return Ok(()) };
        self.told |= found.tells;
        let end = self.scanner.move_to(value_at);
        self.any_value(found, depth)?;
        self.scanner.move_to(end);
        Ok(())
    }

    /// The value of a pair: plain, or wrapped by its type as OTLP has it
    /// (`{"stringValue":"GET"}`, `{"arrayValue":{"values":[…]}}`).
    fn any_value(&mut self, found: Found, depth: usize) -> Result<(), RejectReason> {
        if depth > MAX_DEPTH {
            return Err(TOO_DEEP);
        }
        match self.scanner.peek() {
            Some(b'[') => self.elements(|walk| walk.any_value(found, depth + 1)),
            Some(b'{') => {
                self.scanner.accept(b'{');
                self.members(depth + 1, |walk, key| match key.raw {
                    b"stringValue" | b"intValue" | b"doubleValue" | b"boolValue"
                    | b"arrayValue" | b"values" => walk.any_value(found, depth + 1),
                    _ => walk.skip(),
                })
            }
            _ if found.is_kind => self.scalar().map(|kind| self.kind = kind),
            _ => match found.field {
                Some(field) => self.fill(field),
                None => self.skip(),
            },
        }
    }

    fn fill(&mut self, field: Field) -> Result<(), RejectReason> {
        match self.scalar()? {
            Some(value) => self.draft.set(field, value),
            None => Ok(()),
        }
    }

    /// A text without its escapes, a number as written, or nothing.
    fn scalar(&mut self) -> Result<Option<Cow<'a, [u8]>>, RejectReason> {
        Ok(match self.scanner.scalar().ok_or(NOT_JSON)? {
            Value::Text(text) => Some(text.unescaped().ok_or(NOT_JSON)?),
            Value::Number(number) => Some(Cow::Borrowed(number)),
            Value::Word => None,
        })
    }
}
