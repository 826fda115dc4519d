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
        let mut last = [0; 8];
        last[..tail.len()].copy_from_slice(tail);
        fold(fold(state ^ u64::from_le_bytes(last), MIX) ^ self.seed, STEP)
    }

    /// The upper half of [`Hasher::hash`], never 0: events keep 0 for "nothing there".
    pub(crate) fn hash_32(self, text: &[u8]) -> u32 {
        ((self.hash(text) >> 32) as u32).max(1)
    }
}

const fn fold(a: u64, b: u64) -> u64 {
    let product = (a as u128) * (b as u128);
    (product as u64) ^ ((product >> 64) as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn close_texts_and_other_seeds_hash_apart() {
        let mut seen = std::collections::BTreeSet::new();
        for seed in 0..4 {
            for number in 0..50_000_u32 {
                seen.insert(Hasher::new(seed).hash(format!("/users/{number}").as_bytes()));
            }
            for zeros in 0..100 {
                seen.insert(Hasher::new(seed).hash(&vec![0; zeros]));
            }
        }
        assert_eq!(seen.len(), 4 * 50_100);
    }
}
