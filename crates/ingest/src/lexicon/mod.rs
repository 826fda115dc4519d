//! What the words of a path, a query and an agent say.

mod agents;
mod paths;

pub(crate) use agents::agent_flags;
pub(crate) use paths::{
    carries_payload, is_fixed_word, is_static_extension, is_user_parameter, path_words,
};

use hashbrown::HashTable;

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
