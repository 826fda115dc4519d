//! JSON records of a known kind: a format each, told by its keys.

use std::sync::OnceLock;

use domain::{RawRecord, Reject, RejectReason, Request};

use super::fields::FieldTree;
use super::walk::Walk;
use crate::formats::draft::{Field, Slot};
use crate::formats::{Format, ParseContext, Taken};

/// A format of JSON records: what it declares, and the tree of keys that follows from it.
pub struct JsonSchema {
    declared: Declared,
    tree: OnceLock<FieldTree>,
}

/// What a kind of JSON record is, and what is taken from it.
pub(super) struct Declared {
    /// The name by which users choose it.
    pub(super) name: &'static str,
    /// What it is, in a few words.
    pub(super) title: &'static str,
    /// What else a user should know of it: units, what is left out and why.
    pub(super) notes: &'static str,
    /// A record, made up.
    pub(super) example: &'static str,
    /// Paths that tell the kind; of those in one string, set apart by `or`, one must be there.
    pub(super) needs: &'static [&'static str],
    /// Paths that tell a record of the same log where those are not there, written likewise.
    pub(super) marks: &'static [&'static str],
    /// Where the kind is told by a value, the rule.
    pub(super) only: Option<Only>,
    /// Paths and the slots they fill. Where several fill the same slot, the first goes before.
    pub(super) fields: &'static [(&'static str, Slot)],
    /// Paths at which request headers lie, as an object or a list of pairs.
    pub(super) headers: &'static [&'static str],
    /// Paths at which the answer's headers lie, of which nothing is listed above.
    pub(super) answer_headers: &'static [&'static str],
    /// Keys of objects or lists of pairs that hold paths as if they stood outside.
    pub(super) wrappers: &'static [&'static str],
    /// The client where a record names none.
    pub(super) client: &'static str,
    /// What lines of the same log are that are no JSON, where there are any.
    pub(super) besides: Option<Besides>,
}

/// What a line is that is no JSON but stands in the same log; `None` of any other.
pub(super) type Besides = fn(&[u8]) -> Option<&'static str>;

/// A rule about the value of a path.
pub(super) struct Only {
    /// The path.
    pub(super) path: &'static str,
    /// The values that requests have; a record without the path is one.
    pub(super) values: &'static [&'static str],
    /// What records of other values are.
    pub(super) others: &'static str,
}

impl Declared {
    /// What is not said.
    pub(super) const NOTHING: Self = Self {
        name: "",
        title: "",
        notes: "",
        example: "",
        needs: &[],
        marks: &[],
        only: None,
        fields: &[],
        headers: &[],
        answer_headers: &[],
        wrappers: &[],
        client: "",
        besides: None,
    };
}

/// Rank of a client that stands in for one that is not named.
const STAND_IN: u8 = 250;
/// Rank of a cookie under a key of its own: whatever a schema lists is a better credential.
const COOKIE: u8 = 249;

impl JsonSchema {
    pub(super) const fn new(declared: Declared) -> Self {
        Self { declared, tree: OnceLock::new() }
    }

    fn tree(&self) -> &FieldTree {
        self.tree.get_or_init(|| {
            let Declared { needs, marks, only, fields, headers, answer_headers, wrappers, .. } =
                &self.declared;
            let mut tree = FieldTree::new().with_cookie_variables(COOKIE);
            for (rank, (path, slot)) in (0..).zip(*fields) {
                tree.insert(path, Field { slot: *slot, rank });
            }
            headers.iter().for_each(|path| tree.insert_headers(path));
            answer_headers.iter().for_each(|path| tree.insert_answer_headers(path));
            for (number, paths) in needs.iter().chain(*marks).enumerate() {
                paths.split(" or ").for_each(|path| tree.insert_tell(path, number));
            }
            if let Some(only) = only {
                tree.insert_kind(only.path);
            }
            wrappers.iter().for_each(|key| tree.insert_wrapper(key));
            tree
        })
    }

    /// Whether the keys say that a record is of this kind, and its own word that it is a request.
    fn check_kind(&self, walk: &Walk<'_>) -> Result<(), RejectReason> {
        let Declared { needs, marks, .. } = &self.declared;
        let marked = (needs.len()..).take(marks.len()).all(|at| walk.told & 1 << at != 0);
        let lacking = needs.iter().enumerate().find(|(at, _)| walk.told & 1 << at == 0);
        if lacking.is_some() && marked && !marks.is_empty() {
            return Err(RejectReason::NoRequest("a record without HTTP fields"));
        }
        if let Some((_, paths)) = lacking {
            return Err(RejectReason::Missing(paths));
        }
        match (&self.declared.only, &walk.kind) {
            (Some(only), Some(kind))
                if !only.values.iter().any(|value| value.as_bytes() == &kind[..]) =>
            {
                Err(RejectReason::NoRequest(only.others))
            }
            _ => Ok(()),
        }
    }
}

impl Format for JsonSchema {
    fn name(&self) -> &'static str {
        self.declared.name
    }

    fn title(&self) -> &'static str {
        self.declared.title
    }

    fn notes(&self) -> &'static str {
        self.declared.notes
    }

    fn example(&self) -> &'static str {
        self.declared.example
    }

    fn taken(&self) -> Vec<Taken> {
        let Declared { fields, headers, answer_headers, .. } = &self.declared;
        let fields = fields.iter().map(|(path, slot)| ((*path).to_owned(), *slot));
        let headers = headers.iter().flat_map(|path| FieldTree::headers(path));
        let location = |path: &&str| (format!("{path}.location"), Slot::Location);
        Taken::group(fields.chain(headers).chain(answer_headers.iter().map(location)))
    }

    fn parse<'a>(
        &'a self,
        record: RawRecord<'a>,
        context: &'a ParseContext,
    ) -> Result<Request<'a>, Reject> {
        let mut walk = Walk::new(record.bytes, self.tree(), record.position, context);
        if let Some(besides) = self.declared.besides
            && !record.bytes.starts_with(b"{")
            && let Some(what) = besides(record.bytes)
        {
            return Err(walk.draft.reject(0, RejectReason::NoRequest(what)));
        }
        if let Err(reason) = walk.record().and_then(|()| self.check_kind(&walk)) {
            return Err(walk.draft.reject(walk.at(), reason));
        }
        if !self.declared.client.is_empty() {
            let field = Field { slot: Slot::Peer, rank: STAND_IN };
            // A name is always a client.
            let _ = walk.draft.set(field, self.declared.client.as_bytes().into());
        }
        walk.draft.finish()
    }
}
