/// A small seeded generator (xoshiro256++, seeded through SplitMix64).
///
/// It is not for secrets. It is written here and not taken from a crate because its sequence is part
/// of every saved model: an update of a dependency must not change what a seed means.
///
/// Source: Blackman and Vigna, *Scrambled linear pseudorandom number generators*, 2021.
#[derive(Clone, Debug)]
pub struct Chance {
    state: [u64; 4],
}

impl Chance {
    /// The generator of a seed.
    pub fn new(seed: u64) -> Self {
        let mut word = seed;
        let state = std::array::from_fn(|_| {
            word = word.wrapping_add(0x9e37_79b9_7f4a_7c15);
            mix(word)
        });
        Self { state }
    }

    /// The generator of part `part` of the work that `seed` governs: a tree, a fold, a repeat. Parts
    /// are independent of each other and of the order in which they are done.
    pub fn part(seed: u64, part: u64) -> Self {
        Self::new(mix(seed ^ mix(part.wrapping_add(0x6a09_e667_f3bc_c909))))
    }

    /// 64 random bits.
    pub fn next_u64(&mut self) -> u64 {
        let s = &mut self.state;
        let result = s[0].wrapping_add(s[3]).rotate_left(23).wrapping_add(s[0]);
        let t = s[1] << 17;
        s[2] ^= s[0];
        s[3] ^= s[1];
        s[1] ^= s[2];
        s[0] ^= s[3];
        s[2] ^= t;
        s[3] = s[3].rotate_left(45);
        result
    }

    /// A number in `0..1`, with 24 random bits.
    pub fn unit_f32(&mut self) -> f32 {
        (self.next_u64() >> 40) as f32 * (1.0 / (1u32 << 24) as f32)
    }

    /// A number in `0..1`, with 53 random bits.
    pub fn unit_f64(&mut self) -> f64 {
        (self.next_u64() >> 11) as f64 * (1.0 / (1u64 << 53) as f64)
    }

    /// A whole number below `bound`; 0 where `bound` is 0. Its bias is below `bound` ÷ 2⁶⁴.
    pub fn below(&mut self, bound: usize) -> usize {
        ((u128::from(self.next_u64()) * bound as u128) >> 64) as usize
    }

    /// A number of the standard normal distribution (polar method, one of the pair thrown away).
    pub fn normal(&mut self) -> f64 {
        loop {
            let (u, v) = (2.0 * self.unit_f64() - 1.0, 2.0 * self.unit_f64() - 1.0);
            let square = u * u + v * v;
            if square > 0.0 && square < 1.0 {
                return u * (-2.0 * square.ln() / square).sqrt();
            }
        }
    }

    /// Puts a slice into random order.
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.below(last + 1));
        }
    }

    /// `count` different numbers below `bound`, in random order; all of them where `count` is larger.
    pub fn sample(&mut self, bound: usize, count: usize) -> Vec<u32> {
        let mut items: Vec<u32> = (0..bound as u32).collect();
        let count = count.min(bound);
        for at in 0..count {
            let other = at + self.below(bound - at);
            items.swap(at, other);
        }
        items.truncate(count);
        items
    }
}

fn mix(word: u64) -> u64 {
    let mut z = word;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_means_the_same_sequence_for_ever() {
        let mut chance = Chance::new(1);
        let seen: Vec<u64> = (0..3).map(|_| chance.next_u64()).collect();
        assert_eq!(seen, [0xcfc5_d07f_6f03_c29b, 0xbf42_4132_963f_e08d, 0x19a3_7d57_57aa_f520]);
    }

    #[test]
    fn a_sample_has_no_repeats_and_every_number_has_its_chance() {
        let mut chance = Chance::new(7);
        let mut seen = [0u32; 10];
        for _ in 0..10_000 {
            let mut sample = chance.sample(10, 3);
            sample.iter().for_each(|at| seen[*at as usize] += 1);
            sample.sort_unstable();
            sample.dedup();
            assert_eq!(sample.len(), 3);
        }
        assert!(seen.iter().all(|count| (2_700..3_300).contains(count)), "{seen:?}");
    }

    #[test]
    fn normal_numbers_have_mean_0_and_variance_1() {
        let mut chance = Chance::new(3);
        let drawn: Vec<f64> = (0..20_000).map(|_| chance.normal()).collect();
        let mean = drawn.iter().sum::<f64>() / drawn.len() as f64;
        let variance = drawn.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / 20_000.0;
        assert!(mean.abs() < 0.03 && (variance - 1.0).abs() < 0.04, "{mean} {variance}");
    }
}
