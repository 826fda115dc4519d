//! One seeded hash for everything: tables, and the hashes that events carry.
//!
//! It is the same on every machine, which the standard library's does not promise, and it is
//! seeded, so that who picks the paths and agents of a log cannot pick collisions. It is no
//! cryptographic hash: secrets go through [`crate::Fingerprinter`].

/// Hashes texts under a seed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Hasher {
    seed: u64,
}

const MIX: u64 = 0x9e37_79b9_7f4a_7c15;
const STEP: u64 = 0xa076_1d64_78bd_642f;

impl Hasher {
    /// A hasher of this seed.
    pub(crate) const fn new(seed: u64) -> Self {
        Self { seed: seed ^ STEP }
    }

    /// The hash of a text: eight bytes a step, each folded in by a full 128-bit product.
    pub(crate) fn hash(self, text: &[u8]) -> u64 {
        let mut state = self.seed ^ (text.len() as u64).wrapping_mul(MIX);
        let (words, tail) = text.as_chunks::<8>();
        for word in words {
            state = fold(state ^ u64::from_le_bytes(*word), MIX);
        }
        fold(fold(state ^ tail_word(text, tail), MIX) ^ self.seed, STEP)
    }

    /// Another hash of a text, for tables of long ones: two chains side by side are half as long to
    /// wait for. Events carry none of it.
    pub(crate) fn key(self, text: &[u8]) -> u64 {
        let mut states = [self.seed ^ (text.len() as u64).wrapping_mul(MIX), self.seed ^ MIX];
        let (pairs, _) = text.as_chunks::<16>();
        for pair in pairs {
            let (words, _) = pair.as_chunks::<8>();
            states[0] = fold(states[0] ^ u64::from_le_bytes(words[0]), MIX);
            states[1] = fold(states[1] ^ u64::from_le_bytes(words[1]), STEP);
        }
        let (words, tail) = text.as_chunks::<8>();
        if words.len() % 2 == 1 {
            states[0] = fold(states[0] ^ u64::from_le_bytes(words[words.len() - 1]), MIX);
        }
        states[1] = fold(states[1] ^ tail_word(text, tail), STEP);
        fold(fold(states[0], STEP) ^ states[1] ^ self.seed, MIX)
    }

    /// The upper half of [`Hasher::hash`], never 0: events keep 0 for "nothing there".
    pub(crate) fn hash_32(self, text: &[u8]) -> u32 {
        ((self.hash(text) >> 32) as u32).max(1)
    }

    /// What an event keeps of an identifier ([`domain::Event::object_hash`]): numbers stay neighbours.
    pub(crate) fn object(self, identifier: &[u8]) -> u32 {
        match number(identifier) {
            Some(number) => number << 1 | 1,
            None => (self.hash_32(identifier) & !1).max(2),
        }
    }
}

/// The number that a text is, where it is one of digits alone and small enough.
fn number(text: &[u8]) -> Option<u32> {
    let is_number = (1..=10).contains(&text.len()) && text.iter().all(u8::is_ascii_digit);
    let digits = text.iter().filter(|_| is_number);
    let value = digits.fold(0, |value, digit| value * 10 + u64::from(digit - b'0'));
    u32::try_from(value).ok().filter(|value| is_number && *value < 1 << 31)
}

/// The bytes behind a text's last whole word, as a word that zeros fill up.
fn tail_word(text: &[u8], tail: &[u8]) -> u64 {
    if let (Some(last), false) = (text.last_chunk::<8>(), tail.is_empty()) {
        // The text's last eight bytes without those that the word before holds.
        return u64::from_le_bytes(*last) >> (8 * (8 - tail.len()));
    }
    tail.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte))
}

const fn fold(a: u64, b: u64) -> u64 {
    let product = (a as u128) * (b as u128);
    (product as u64) ^ ((product >> 64) as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_that_are_numbers_keep_their_order_and_others_are_even() {
        let object = |text: &str| Hasher::new(7).object(text.as_bytes());
        assert_eq!([object("0"), object("41"), object("042")], [1, 83, 85]);
        assert_eq!(object("2147483647"), u32::MAX);
        for other in ["2147483648", "99999999999", "a1", "-3", "", "550e8400-e29b"] {
            assert!(object(other) % 2 == 0 && object(other) > 0, "{other}");
        }
    }

    #[test]
    fn a_tail_fills_up_with_zeros() {
        let text: Vec<u8> = (1..=20).collect();
        for length in 0..text.len() {
            let (_, tail) = text[..length].as_chunks::<8>();
            let mut word = [0; 8];
            word[..tail.len()].copy_from_slice(tail);
            assert_eq!(tail_word(&text[..length], tail), u64::from_le_bytes(word), "{length}");
        }
    }

    #[test]
    fn close_texts_and_other_seeds_hash_apart() {
        for hash in [Hasher::hash, Hasher::key] {
            let mut seen = std::collections::BTreeSet::new();
            for hasher in (0..4).map(Hasher::new) {
                for number in 0..50_000_u32 {
                    seen.insert(hash(hasher, format!("/users/{number}").as_bytes()));
                }
                for zeros in 0..100 {
                    seen.insert(hash(hasher, &vec![0; zeros]));
                }
            }
            assert_eq!(seen.len(), 4 * 50_100);
        }
    }
}
