use foldhash::{HashMap, HashMapExt};

/// A sample of distinct things in bounded memory (adaptive sampling; Flajolet 1990, after Wegman).
///
/// Which things are in it depends on their hashes alone, so all that is told of one thing meets there,
/// however far apart. While few things are told it holds them all.
#[derive(Clone, Debug)]
pub(crate) struct Sample<V> {
    things: HashMap<u64, V>,
    /// A thing belongs here if these bits of its hash are all zero.
    mask: u64,
    most: usize,
}

impl<V: Default> Sample<V> {
    /// An empty sample of at most so many things.
    pub(crate) fn of_at_most(most: usize) -> Self {
        Self { things: HashMap::new(), mask: 0, most }
    }

    /// What is held of a thing, by a hash whose bits are all as good as random; `None` if the thing does
    /// not belong to the sample.
    #[inline]
    pub(crate) fn get(&mut self, hash: u64) -> Option<&mut V> {
        if hash & self.mask != 0 {
            return None;
        }
        self.enter(hash)
    }

    fn enter(&mut self, hash: u64) -> Option<&mut V> {
        while self.things.len() >= self.most && !self.things.contains_key(&hash) {
            self.mask = self.mask << 1 | 1;
            let mask = self.mask;
            self.things.retain(|hash, _| hash & mask == 0);
            if hash & mask != 0 {
                return None;
            }
        }
        Some(self.things.entry(hash).or_default())
    }

    /// What is held of each thing, in no order.
    pub(crate) fn values(&self) -> impl Iterator<Item = &V> {
        self.things.values()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hash(value: u64) -> u64 {
        crate::hash::mix(value)
    }

    #[test]
    fn few_things_are_all_held_and_many_are_sampled_with_all_that_is_told_of_them() {
        let mut few: Sample<u32> = Sample::of_at_most(100);
        let mut many: Sample<u32> = Sample::of_at_most(1_000);
        for _ in 0..3 {
            (0..100).for_each(|it| few.get(hash(it)).into_iter().for_each(|n| *n += 1));
            (0..100_000).for_each(|it| many.get(hash(it)).into_iter().for_each(|n| *n += 1));
        }
        assert_eq!(few.values().filter(|n| **n == 3).count(), 100);
        let held = many.values().count();
        assert!((300..=1_000).contains(&held), "{held} things");
        assert!(many.values().all(|n| *n == 3));
    }
}
