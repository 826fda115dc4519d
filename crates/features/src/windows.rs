//! Counts over sliding windows of event time, in a fixed number of bytes.

use crate::clock::Period;
use domain::Timestamp;

/// A minute, an hour and a day, in seconds.
pub const SCALES_SECS: [u32; 3] = [60, 3_600, 86_400];
const BUCKETS: usize = 6;

/// How many events fell into the last minute, hour and day.
///
/// Each window is a ring of six buckets, the newest of them still filling: a count covers at least
/// five sixths of its window and at most the whole, so it never tells more than there was. 84 bytes.
#[derive(Clone, Debug, Default)]
pub struct MultiScale {
    newest: [u32; 3],
    counts: [[u32; BUCKETS]; 3],
}

impl MultiScale {
    /// Counts one event.
    pub fn add(&mut self, at: Timestamp) {
        for (scale, window_secs) in SCALES_SECS.into_iter().enumerate() {
            let period = Period::of(at, window_secs / BUCKETS as u32);
            let counts = &mut self.counts[scale];
            if period > self.newest[scale] {
                let stale = (period - self.newest[scale]).min(BUCKETS as u32);
                (0..stale).for_each(|back| counts[slot(period - back)] = 0);
                self.newest[scale] = period;
            }
            // An event older than the newest bucket counts there: order within a bucket is moot.
            let count = &mut counts[slot(self.newest[scale])];
            *count = count.saturating_add(1);
        }
    }

    /// The counts of the minute, hour and day that end at a moment.
    pub fn counts(&self, at: Timestamp) -> [f32; 3] {
        std::array::from_fn(|scale| {
            let period = Period::of(at, SCALES_SECS[scale] / BUCKETS as u32);
            let stale = period.saturating_sub(self.newest[scale]).min(BUCKETS as u32);
            let kept = BUCKETS as u32 - stale;
            let newest = self.newest[scale];
            let counts = &self.counts[scale];
            (0..kept.min(newest)).map(|back| counts[slot(newest - back)]).sum::<u32>() as f32
        })
    }
}

fn slot(period: u32) -> usize {
    period as usize % BUCKETS
}

/// `N` counters over the last day, kept as two halves of twelve hours: a count covers at least half
/// a day and at most a whole one. `8 × N + 4` bytes.
#[derive(Clone, Debug)]
pub struct DayCounts<const N: usize> {
    half: u32,
    current: [u32; N],
    previous: [u32; N],
}

impl<const N: usize> Default for DayCounts<N> {
    fn default() -> Self {
        Self { half: 0, current: [0; N], previous: [0; N] }
    }
}

impl<const N: usize> DayCounts<N> {
    /// Adds one to a counter.
    pub fn add(&mut self, at: Timestamp, counter: usize) {
        let half = Period::of(at, 43_200);
        if half > self.half {
            self.previous = if half == self.half + 1 { self.current } else { [0; N] };
            self.current = [0; N];
            self.half = half;
        }
        self.current[counter] = self.current[counter].saturating_add(1);
    }

    /// The counter's value over the day that ends at a moment.
    pub fn count(&self, at: Timestamp, counter: usize) -> f32 {
        match Period::of(at, 43_200).saturating_sub(self.half) {
            0 => (self.current[counter] + self.previous[counter]) as f32,
            1 => self.current[counter] as f32,
            _ => 0.0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(secs: i64) -> Timestamp {
        Timestamp::from_secs(1_800_000_000 + secs)
    }

    #[test]
    fn a_count_never_tells_more_than_the_window_held() {
        let times: Vec<i64> = (0..4_000).map(|n| n * n % 977 + n * 7).collect();
        let mut sorted = times.clone();
        sorted.sort_unstable();
        let mut windows = MultiScale::default();
        for (n, time) in sorted.iter().enumerate() {
            windows.add(at(*time));
            let counts = windows.counts(at(*time));
            for (scale, window) in SCALES_SECS.into_iter().enumerate() {
                let within = |secs: i64| sorted[..=n].iter().filter(|t| *time - **t < secs).count();
                let (all, most) = (within(window.into()), within(i64::from(window) * 5 / 6));
                assert!(counts[scale] <= all as f32 && counts[scale] >= most as f32);
            }
        }
    }

    #[test]
    fn a_count_fades_when_nothing_comes() {
        let mut windows = MultiScale::default();
        (0..30).for_each(|n| windows.add(at(n)));
        assert_eq!(windows.counts(at(29)), [30.0, 30.0, 30.0]);
        assert_eq!(windows.counts(at(200)), [0.0, 30.0, 30.0]);
        assert_eq!(windows.counts(at(100_000)), [0.0, 0.0, 0.0]);
    }

    #[test]
    fn day_counts_cover_half_a_day_to_a_whole_one() {
        let start = 1_800_000_000 / 43_200 * 43_200;
        let at = |secs: i64| Timestamp::from_secs(start + secs);
        let mut counts = DayCounts::<2>::default();
        counts.add(at(0), 1);
        counts.add(at(43_200), 1);
        assert_eq!([counts.count(at(50_000), 0), counts.count(at(50_000), 1)], [0.0, 2.0]);
        assert_eq!(counts.count(at(86_400), 1), 1.0);
        assert_eq!(counts.count(at(200_000), 1), 0.0);
    }
}
