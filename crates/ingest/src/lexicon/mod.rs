//! What the words of a path, a query and an agent say.

mod agents;
mod paths;
mod queries;

pub(crate) use agents::agent_flags;
pub(crate) use paths::{carries_payload, is_fixed_word, is_static_extension, path_words};
pub(crate) use queries::query_object;

use std::borrow::Cow;

use hashbrown::HashTable;

use crate::formats::hex;
use crate::hash::Hasher;

/// The words of a list: one a line, in lower case. A blank at the end of a word counts.
fn words(list: &'static str) -> impl Iterator<Item = &'static str> {
    list.lines().filter(|line| !line.is_empty())
}

/// Words that whole segments are held against, without regard to case.
struct WordSet(HashTable<&'static str>);

/// Longest word that is looked up.
const MAX_WORD_BYTES: usize = 32;

const HASHER: Hasher = Hasher::new(0);

impl WordSet {
    fn new(list: &'static str) -> Self {
        let mut table = HashTable::new();
        for word in words(list) {
            assert!(word.len() <= MAX_WORD_BYTES, "{word} is longer than a word");
            let hash = |word: &&str| HASHER.hash(word.as_bytes());
            table.insert_unique(hash(&word), word, hash);
        }
        Self(table)
    }

    fn contains(&self, segment: &[u8]) -> bool {
        let mut lower = [0; MAX_WORD_BYTES];
        let Some(lower) = lower.get_mut(..segment.len()) else { return false };
        lower.copy_from_slice(segment);
        lower.make_ascii_lowercase();
        self.0.find(HASHER.hash(lower), |word| word.as_bytes() == &*lower).is_some()
    }
}

/// Undoes percent escapes; malformed ones stay.
pub(crate) fn percent_decode(text: &[u8]) -> Cow<'_, [u8]> {
    let Some(first) = memchr::memchr(b'%', text) else { return Cow::Borrowed(text) };
    let mut plain = text[..first].to_vec();
    let mut rest = &text[first..];
    while let Some((byte, after)) = rest.split_first() {
        let pair = match after {
            [high, low, ..] if *byte == b'%' => hex(*high).zip(hex(*low)),
            _ => None,
        };
        plain.push(pair.map_or(*byte, |(high, low)| high << 4 | low));
        rest = if pair.is_some() { &after[2..] } else { after };
    }
    Cow::Owned(plain)
}
