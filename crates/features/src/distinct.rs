//! Counting distinct things in bounded memory: exact while few, sketched when many.

use crate::clock::Period;
use crate::schema::{ColumnId, column};
use domain::Timestamp;

/// How many distinct values are held exactly.
pub const EXACT_LIMIT: usize = 64;
/// How many of them are held in place: most sets never hold more, and cost no heap block.
const FEW: usize = 7;
const REGISTERS: usize = 256;
const REGISTER_BITS: u32 = REGISTERS.trailing_zeros();

/// Columns that count distinct things by sketches once there are many.
const ESTIMATED: [ColumnId; 14] = [
    column("num_users"),
    column("num_unique_apis"),
    column("num_unique_paths"),
    column("objects"),
    column("refused_objects_24h"),
    column("agents"),
    column("query_shapes"),
    column("failed_accounts_24h"),
    column("failed_secrets_24h"),
    column("forwarded_values_24h"),
    column("distinct_error_paths_24h"),
    column("distinct_error_paths_1m"),
    column("clients_1h"),
    column("clients_24h"),
];

/// Whether a value of a column is an estimate: a count of more distinct things than are held exactly.
pub fn is_estimate(name: &str, value: f32) -> bool {
    value > EXACT_LIMIT as f32 && ESTIMATED.iter().any(|id| id.name() == name)
}

/// A set that only tells its size. Exact up to [`EXACT_LIMIT`] values; beyond that a HyperLogLog of
/// 256 registers (Flajolet et al. 2007), whose standard error is 1.04/√256 = 6.5 %. An estimate never
/// exceeds the number of values that came in.
///
/// At most 32 bytes and one heap block of 256 bytes. Values are 64-bit hashes that must be well mixed.
#[derive(Clone, Debug, Default)]
pub struct Distinct(Cells);

#[derive(Clone, Debug)]
enum Cells {
    /// The upper halves of the hashes, in order of arrival. Two values that share an upper half
    /// count once; at 64 values that happens once in two million sets.
    Few { count: u8, seen: [u32; FEW] },
    /// More of them.
    Exact(Vec<u32>),
    Sketch {
        registers: Box<[u8; REGISTERS]>,
        /// Those that were held exactly, and all that came in since: there are no more.
        most: u32,
    },
}

impl Default for Cells {
    fn default() -> Self {
        Self::Few { count: 0, seen: [0; FEW] }
    }
}

impl Distinct {
    /// Takes a value in. Returns whether it is certainly new.
    pub fn insert(&mut self, hash: u64) -> bool {
        let short = (hash >> 32) as u32;
        match &mut self.0 {
            Cells::Few { count, seen } => {
                let known = &seen[..usize::from(*count)];
                if known.contains(&short) {
                    return false;
                }
                match seen.get_mut(usize::from(*count)) {
                    Some(place) => {
                        *place = short;
                        *count += 1;
                    }
                    None => self.0 = Cells::Exact([&seen[..], &[short]].concat()),
                }
                true
            }
            Cells::Exact(seen) => {
                if seen.contains(&short) {
                    return false;
                }
                if seen.len() < EXACT_LIMIT {
                    seen.push(short);
                    return true;
                }
                let mut registers = Box::new([0; REGISTERS]);
                for short in seen.iter().chain([&short]) {
                    register(&mut registers, *short);
                }
                self.0 = Cells::Sketch { registers, most: EXACT_LIMIT as u32 + 1 };
                true
            }
            Cells::Sketch { registers, most } => {
                *most = most.saturating_add(1);
                register(registers, short)
            }
        }
    }

    /// The values that are held exactly; `None` of a sketch.
    fn exact(&self) -> Option<&[u32]> {
        match &self.0 {
            Cells::Few { count, seen } => Some(&seen[..usize::from(*count)]),
            Cells::Exact(seen) => Some(seen),
            Cells::Sketch { .. } => None,
        }
    }

    /// How many distinct values came in.
    pub fn count(&self) -> f32 {
        match &self.0 {
            Cells::Few { count, .. } => f32::from(*count),
            Cells::Exact(seen) => seen.len() as f32,
            Cells::Sketch { registers, most } => estimate(registers).min(*most as f32),
        }
    }

    /// How many distinct values can have come in at most.
    fn most(&self) -> u32 {
        match &self.0 {
            Cells::Sketch { most, .. } => *most,
            _ => self.exact().map_or(0, |seen| seen.len() as u32),
        }
    }

    /// Whether nothing came in.
    pub fn is_empty(&self) -> bool {
        self.exact().is_some_and(<[u32]>::is_empty)
    }

    /// Forgets everything, keeping the memory for the next values.
    pub fn clear(&mut self) {
        match &mut self.0 {
            Cells::Few { count, .. } => *count = 0,
            Cells::Exact(seen) => seen.clear(),
            Cells::Sketch { .. } => self.0 = Cells::default(),
        }
    }

    /// Whether a value is held exactly.
    fn holds(&self, hash: u64) -> bool {
        self.exact().is_some_and(|seen| seen.contains(&((hash >> 32) as u32)))
    }

    /// Both sets' registers together; `None` where one of them is still exact.
    fn union_estimate(&self, other: &Self) -> Option<f32> {
        let most = self.most().saturating_add(other.most()) as f32;
        let (few, many) = match (&self.0, &other.0) {
            (Cells::Sketch { registers: ours, .. }, Cells::Sketch { registers: theirs, .. }) => {
                let both = std::array::from_fn(|place| ours[place].max(theirs[place]));
                return Some(estimate(&both).min(most));
            }
            (_, Cells::Sketch { registers, .. }) => (self.exact()?, registers),
            (Cells::Sketch { registers, .. }, _) => (other.exact()?, registers),
            _ => return None,
        };
        let mut both = **many;
        for short in few {
            register(&mut both, *short);
        }
        Some(estimate(&both).min(most))
    }

    /// Bytes held on the heap.
    pub fn heap_bytes(&self) -> usize {
        match &self.0 {
            Cells::Few { .. } => 0,
            Cells::Exact(seen) => seen.capacity() * size_of::<u32>(),
            Cells::Sketch { .. } => REGISTERS,
        }
    }
}

/// Notes one value; returns whether a register rose, which only a new value can do.
fn register(registers: &mut [u8; REGISTERS], short: u32) -> bool {
    // The multiplication spreads what 32 bits hold: the exact phase needs only the upper half.
    let hash = u64::from(short).wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let index = (hash >> (64 - REGISTER_BITS)) as usize;
    let rank = ((hash << REGISTER_BITS) | 1 << (REGISTER_BITS - 1)).leading_zeros() as u8 + 1;
    let rises = rank > registers[index];
    registers[index] = registers[index].max(rank);
    rises
}

/// The HyperLogLog estimate, with linear counting while many registers are empty.
fn estimate(registers: &[u8; REGISTERS]) -> f32 {
    let size = REGISTERS as f64;
    let alpha = 0.7213 / (1.0 + 1.079 / size);
    // 2^-rank: a float is built faster than a power is computed. Ranks stay below 64.
    let inverse = |rank: &u8| f64::from_bits((1_023 - u64::from(*rank)) << 52);
    let sum: f64 = registers.iter().map(inverse).sum();
    let raw = alpha * size * size / sum;
    let empty = registers.iter().filter(|rank| **rank == 0).count() as f64;
    (if raw <= 2.5 * size && empty > 0.0 { size * (size / empty).ln() } else { raw }) as f32
}

/// Distinct values in a sliding window, kept as two halves: the count covers at least half of the
/// window and at most the whole of it, so it never tells more than there was.
#[derive(Clone, Debug, Default)]
pub struct DistinctWindow<const WINDOW_SECS: u32> {
    half: u32,
    current: Distinct,
    previous: Distinct,
    /// How many values are held exactly in both.
    shared: u32,
}

impl<const WINDOW_SECS: u32> DistinctWindow<WINDOW_SECS> {
    /// Takes a value in at a moment. Returns whether it is new to the window.
    pub fn insert(&mut self, at: Timestamp, hash: u64) -> bool {
        self.advance(at);
        let is_new = self.current.insert(hash);
        let is_known = is_new && self.previous.holds(hash);
        self.shared += u32::from(is_known);
        is_new && !is_known
    }

    /// How many distinct values the window ending at a moment holds.
    pub fn count(&self, at: Timestamp) -> f32 {
        match Period::of(at, WINDOW_SECS / 2).saturating_sub(self.half) {
            0 if self.previous.is_empty() => self.current.count(),
            0 => self.current.union_estimate(&self.previous).unwrap_or_else(|| {
                self.current.count() + self.previous.count() - self.shared as f32
            }),
            1 => self.current.count(),
            _ => 0.0,
        }
    }

    /// Bytes held on the heap.
    pub fn heap_bytes(&self) -> usize {
        self.current.heap_bytes() + self.previous.heap_bytes()
    }

    fn advance(&mut self, at: Timestamp) {
        let half = Period::of(at, WINDOW_SECS / 2);
        match half.saturating_sub(self.half) {
            0 => return,
            1 => {
                std::mem::swap(&mut self.current, &mut self.previous);
                self.current.clear();
            }
            _ => {
                self.current.clear();
                self.previous.clear();
            }
        }
        self.half = half;
        self.shared = 0;
    }
}

/// Spreads the bits of a small or structured value, so that it can go into a [`Distinct`]
/// (the finaliser of splitmix64; Steele et al. 2014).
pub const fn mix(value: u64) -> u64 {
    let value = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_values_are_counted_exactly_and_many_within_the_stated_error() {
        let mut set = Distinct::default();
        for n in 0..EXACT_LIMIT as u64 {
            assert!(set.insert(mix(n)));
            assert!(!set.insert(mix(n)));
            assert_eq!(set.count(), n as f32 + 1.0);
        }
        for target in [100_u64, 1_000, 10_000, 100_000] {
            (0..target).for_each(|n| {
                set.insert(mix(n));
            });
            let error = (set.count() / target as f32 - 1.0).abs();
            assert!(error < 3.0 * 0.065, "{target}: {} is {error:.3} off", set.count());
        }
        assert!(set.heap_bytes() <= 256 && size_of::<Distinct>() <= 32);
    }

    #[test]
    fn no_estimate_tells_of_more_than_came_in() {
        for seed in 0..50 {
            let mut set = Distinct::default();
            let (mut both, at) = (DistinctWindow::<7200>::default(), Timestamp::from_secs);
            for n in 1..400_u64 {
                set.insert(mix(seed * 1_000 + n));
                assert!(set.count() <= n as f32, "{} of {n}", set.count());
                both.insert(at(if n < 200 { 0 } else { 3_600 }), mix(seed * 1_000 + n));
                assert!(both.count(at(3_600)) <= n as f32, "{} of {n}", both.count(at(3_600)));
            }
        }
    }

    #[test]
    fn counts_beyond_the_exact_limit_are_estimates() {
        assert!(is_estimate("failed_accounts_24h", 65.0) && !is_estimate("objects", 64.0));
        assert!(!is_estimate("auth_failures_24h", 500.0), "these are counted one by one");
    }

    #[test]
    fn two_halves_of_a_window_count_shared_values_once() {
        for (a, b) in [(0..10, 5..20), (0..50, 25..500), (0..400, 300..900)] {
            let expect = b.end as f32;
            let mut window = DistinctWindow::<7200>::default();
            let halves = [(a, Timestamp::from_secs(0)), (b, Timestamp::from_secs(3_600))];
            for (values, at) in halves {
                values.for_each(|n| {
                    window.insert(at, mix(n));
                });
            }
            let union = window.count(Timestamp::from_secs(3_600));
            assert!((union / expect - 1.0).abs() < 0.2, "{union} for {expect}");
        }
    }

    #[test]
    fn a_window_forgets() {
        let at = |secs: i64| Timestamp::from_secs(1_000_000 + secs);
        let mut window = DistinctWindow::<7200>::default();
        window.insert(at(0), mix(1));
        window.insert(at(10), mix(2));
        assert!(!window.insert(at(3_600), mix(2)));
        assert_eq!(window.count(at(3_600)), 2.0);
        assert_eq!(window.count(at(7_200)), 1.0);
        assert_eq!(window.count(at(90_000)), 0.0);
    }
}
