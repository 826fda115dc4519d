//! Which key of a JSON record leads where: a tree of keys.

use hashbrown::HashTable;

use crate::formats::draft::{Field, Slot};
use crate::hash::Hasher;
use crate::secrets;

/// Keys as a tree. Keys that hold dots lead where the nested path leads.
#[derive(Clone, Debug)]
pub(super) struct FieldTree {
    nodes: Vec<Node>,
    /// The rank of a key `cookie_NAME`, as nginx calls its variables, where it holds a cookie.
    cookie_variables: Option<u8>,
}

/// The keys of one object.
#[derive(Clone, Debug, Default)]
struct Node {
    entries: HashTable<Entry>,
    /// The lengths that they have, a bit each: most keys of a record are known to be none of them
    /// without being hashed.
    lengths: u64,
}

#[derive(Clone, Debug)]
struct Entry {
    key: Box<[u8]>,
    found: Found,
}

/// What a key leads to.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Found {
    /// The slot that a plain value fills.
    pub(super) field: Option<Field>,
    /// The node that a nested object leads to.
    pub(super) child: Option<usize>,
    /// Whether that object may also come as a list of pairs: `[{"name":…,"value":…}]`.
    pub(super) is_list: bool,
    /// Whether it holds nothing but what tells of a redirect.
    pub(super) is_of_redirects: bool,
    /// The tell-tales that the key is, a bit each.
    pub(super) tells: u32,
    /// Whether the value says what kind of record it is.
    pub(super) is_kind: bool,
}

const HASHER: Hasher = Hasher::new(0);

/// Request headers that say something, in lower case.
const HEADERS: [(&str, Slot); 10] = [
    ("user-agent", Slot::Agent),
    ("referer", Slot::Referer),
    ("x-forwarded-for", Slot::Forwarded),
    ("forwarded", Slot::Forwarded),
    ("authorization", Slot::Authorization),
    ("x-api-key", Slot::Secret),
    ("apikey", Slot::Secret),
    ("api-key", Slot::Secret),
    ("cookie", Slot::Cookies),
    ("host", Slot::Host),
];

/// Rank of the first header: a field of its own goes before.
const HEADER_RANK: u8 = 200;

impl FieldTree {
    pub(super) const ROOT: usize = 0;

    pub(super) fn new() -> Self {
        Self { nodes: vec![Node::default()], cookie_variables: None }
    }

    /// Takes `cookie_NAME` for a cookie, of this rank beside other credentials.
    pub(super) fn with_cookie_variables(self, rank: u8) -> Self {
        Self { cookie_variables: Some(rank), ..self }
    }

    /// Adds a path under each way to write it: `a.b.c` as nested objects, as one flat key, and as
    /// anything between.
    pub(super) fn insert(&mut self, path: &str, field: Field) {
        self.mark(Self::ROOT, path, &|found| found.field = Some(field));
    }

    /// Has the path be one of the tell-tales of this number.
    pub(super) fn insert_tell(&mut self, path: &str, number: usize) {
        self.mark(Self::ROOT, path, &|found| found.tells |= 1 << number);
    }

    /// Has the path say what kind of record it is.
    pub(super) fn insert_kind(&mut self, path: &str) {
        self.mark(Self::ROOT, path, &|found| found.is_kind = true);
    }

    /// Has an object or list of pairs at the root hold what else the root holds.
    pub(super) fn insert_wrapper(&mut self, key: &str) {
        let found = self.entry(Self::ROOT, key.as_bytes());
        (found.child, found.is_list) = (Some(Self::ROOT), true);
    }

    /// Has the path lead to request headers, as an object or a list of pairs.
    pub(super) fn insert_headers(&mut self, path: &str) {
        for (rank, (name, slot)) in (HEADER_RANK..).zip(HEADERS) {
            for name in [name.to_owned(), canonical(name)] {
                self.insert(&format!("{path}.{name}"), Field { slot, rank });
            }
        }
        self.mark(Self::ROOT, path, &|found| found.is_list = true);
    }

    /// Has the path lead to the answer's headers, which are looked at where it may be a redirect: no
    /// other field is to lie there.
    pub(super) fn insert_answer_headers(&mut self, path: &str) {
        for name in ["location", "Location"] {
            let field = Field { slot: Slot::Location, rank: HEADER_RANK };
            self.insert(&format!("{path}.{name}"), field);
        }
        self.mark(Self::ROOT, path, &|found| (found.is_list, found.is_of_redirects) = (true, true));
    }

    /// What [`FieldTree::insert_headers`] takes at a path.
    pub(super) fn headers(path: &str) -> impl Iterator<Item = (String, Slot)> {
        HEADERS.iter().map(move |(name, slot)| (format!("{path}.{name}"), *slot))
    }

    /// Adds a mark to what a path leads to.
    fn mark(&mut self, node: usize, path: &str, mark: &dyn Fn(&mut Found)) {
        mark(self.entry(node, path.as_bytes()));
        for (dot, _) in path.match_indices('.') {
            let (key, rest) = (&path[..dot], &path[dot + 1..]);
            let child = match self.entry(node, key.as_bytes()).child {
                Some(child) => child,
                None => {
                    self.nodes.push(Node::default());
                    let child = self.nodes.len() - 1;
                    self.entry(node, key.as_bytes()).child = Some(child);
                    child
                }
            };
            self.mark(child, rest, mark);
        }
    }

    fn entry(&mut self, node: usize, key: &[u8]) -> &mut Found {
        let node = &mut self.nodes[node];
        node.lengths |= length_bit(key);
        let entry = node.entries.entry(
            HASHER.hash(key),
            |entry| &entry.key[..] == key,
            |entry| HASHER.hash(&entry.key),
        );
        let new = || Entry { key: key.into(), found: Found::default() };
        &mut entry.or_insert_with(new).into_mut().found
    }

    /// What a key leads to at a node.
    pub(super) fn find(&self, node: usize, key: &[u8]) -> Option<Found> {
        let node = &self.nodes[node];
        if node.lengths & length_bit(key) != 0 {
            let entry = node.entries.find(HASHER.hash(key), |entry| &entry.key[..] == key);
            if let Some(entry) = entry {
                return Some(entry.found);
            }
        }
        let rank = self.cookie_variables?;
        let cookie = key.strip_prefix(b"cookie_")?;
        secrets::is_session_cookie_name(cookie).then_some(Found {
            field: Some(Field { slot: Slot::SessionCookie, rank }),
            ..Found::default()
        })
    }
}

/// The bit of a key's length; those of 63 bytes and more share one.
const fn length_bit(key: &[u8]) -> u64 {
    1 << if key.len() < 63 { key.len() } else { 63 }
}

/// A header's name as Go writes it: `X-Api-Key`.
fn canonical(name: &str) -> String {
    let parts = name.split('-').map(|part| part[..1].to_uppercase() + &part[1..]);
    parts.collect::<Vec<_>>().join("-")
}
