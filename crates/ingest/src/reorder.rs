//! A bounded buffer that puts the events of one source in the order of their times.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use domain::{Event, Timestamp};

/// How far events may be out of order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReorderOptions {
    /// How much event time an event may lag behind the latest one seen and still be put in order.
    pub lateness_micros: i64,
    /// Most events that are held back for it.
    pub max_events: usize,
}

impl Default for ReorderOptions {
    fn default() -> Self {
        Self { lateness_micros: 60_000_000, max_events: 65_536 }
    }
}

/// How many places an event may be too late and still be put into the queue: beyond, moving the others
/// costs more than a heap does.
const NEAR: usize = 256;

/// Holds events back until no earlier one is expected.
///
/// Events that come in order, or nearly so, run through a queue; only stragglers pay for a heap. What
/// is put in order are keys: an event is some hundred bytes, and stays where it was laid down. What
/// comes after a later event has been given out is late: it is counted and left out.
#[derive(Debug)]
pub struct ReorderBuffer {
    options: ReorderOptions,
    /// Those that are held, each at the place that its key tells.
    events: Vec<Event>,
    free: Vec<u32>,
    /// In order from `first` on; what stands before it has been given out.
    queue: Vec<Key>,
    first: usize,
    stragglers: BinaryHeap<Reverse<Key>>,
    latest: Option<Timestamp>,
    given_out: Option<Timestamp>,
    late: u64,
    /// By how much the latest of the late ones came after what was seen before it.
    lag_micros: i64,
}

/// What orders events: their time, and within one source where they stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    time: Timestamp,
    offset: u64,
    place: u32,
}

impl ReorderBuffer {
    /// An empty buffer.
    pub fn new(options: ReorderOptions) -> Self {
        Self {
            options,
            events: Vec::new(),
            free: Vec::new(),
            queue: Vec::new(),
            first: 0,
            stragglers: BinaryHeap::new(),
            latest: None,
            given_out: None,
            late: 0,
            lag_micros: 0,
        }
    }

    /// Takes in an event.
    pub fn push(&mut self, event: Event) {
        if self.given_out.is_some_and(|given_out| event.time < given_out) {
            self.late += 1;
            let lag_micros = self.latest.map_or(0, |latest| latest.micros_since(event.time));
            self.lag_micros = self.lag_micros.max(lag_micros);
            return;
        }
        self.latest = self.latest.max(Some(event.time));
        let (time, offset) = (event.time, event.position.offset);
        let key = Key { time, offset, place: self.lay_down(event) };
        if self.queue.last().is_none_or(|last| *last < key) {
            self.queue.push(key);
            return;
        }
        let near = self.first.max(self.queue.len().saturating_sub(NEAR));
        let at = near + self.queue[near..].partition_point(|queued| *queued < key);
        if at == near && near > self.first {
            self.stragglers.push(Reverse(key));
        } else {
            self.queue.insert(at, key);
        }
    }

    fn lay_down(&mut self, event: Event) -> u32 {
        match self.free.pop() {
            Some(place) => {
                self.events[place as usize] = event;
                place
            }
            None => {
                self.events.push(event);
                self.events.len() as u32 - 1
            }
        }
    }

    /// The next event, if no earlier one can come any more or the buffer is full.
    pub fn pop_ready(&mut self) -> Option<Event> {
        let queued = self.queue.get(self.first);
        let straggler = self.stragglers.peek().map(|Reverse(straggler)| straggler);
        let first = queued.into_iter().chain(straggler).min()?;
        let horizon = self.latest?.plus_micros(-self.options.lateness_micros);
        let held = self.queue.len() - self.first + self.stragglers.len();
        if first.time < horizon || held > self.options.max_events { self.pop() } else { None }
    }

    /// The next event when the source has ended.
    pub fn pop(&mut self) -> Option<Event> {
        let key = match (self.queue.get(self.first), self.stragglers.peek()) {
            (Some(queued), Some(Reverse(straggler))) if straggler < queued => {
                self.stragglers.pop()?.0
            }
            (Some(queued), _) => {
                let key = *queued;
                self.advance();
                key
            }
            (None, _) => self.stragglers.pop()?.0,
        };
        self.given_out = Some(key.time);
        self.free.push(key.place);
        Some(self.events[key.place as usize])
    }

    /// Leaves the first of the queue behind, and clears what was left behind now and then.
    fn advance(&mut self) {
        self.first += 1;
        if self.first == self.queue.len() {
            self.queue.clear();
            self.first = 0;
        } else if self.first >= 1_024 && self.first * 2 >= self.queue.len() {
            self.queue.drain(..self.first);
            self.first = 0;
        }
    }

    /// How many events came too late and were left out.
    pub fn late(&self) -> u64 {
        self.late
    }

    /// The lateness that would have taken them all in; 0 where none was left out.
    pub fn lag_micros(&self) -> i64 {
        self.lag_micros
    }
}

#[cfg(test)]
mod tests {
    use domain::{Position, RawRecord, Request, SourceId};
    use proptest::prelude::*;

    use super::*;
    use crate::formats::{Format, Json, ParseContext};
    use crate::normalise::{NormaliseOptions, Normaliser};

    fn event(secs: i64, offset: u64) -> Event {
        let context = ParseContext::default();
        let position = Position { source: SourceId(0), offset };
        let record = RawRecord { position, bytes: Json.example().as_bytes() };
        let request = Json.parse(record, &context).unwrap();
        let request = Request { time: Timestamp::from_secs(secs), ..request };
        Normaliser::new(NormaliseOptions::default()).normalise(&request)
    }

    fn ordered(times: &[i64], options: ReorderOptions) -> (Vec<i64>, u64) {
        let mut buffer = ReorderBuffer::new(options);
        let mut given = Vec::new();
        let prototype = event(0, 0);
        for (offset, secs) in times.iter().enumerate() {
            let position = Position { offset: offset as u64, ..prototype.position };
            buffer.push(Event { time: Timestamp::from_secs(*secs), position, ..prototype });
            given.extend(std::iter::from_fn(|| buffer.pop_ready()));
        }
        given.extend(std::iter::from_fn(|| buffer.pop()));
        assert!(given.is_sorted_by_key(|event| (event.time, event.position.offset)));
        (given.iter().map(|event| event.time.as_secs()).collect(), buffer.late())
    }

    #[test]
    fn a_little_disorder_is_mended_and_much_is_counted() {
        let options = ReorderOptions::default();
        assert_eq!(ordered(&[10, 70, 12, 71, 130], options), (vec![10, 12, 70, 71, 130], 0));
        assert_eq!(ordered(&[10, 20, 200, 5, 201], options), (vec![10, 20, 200, 201], 1));
        // Further out of place than the queue mends.
        let times: Vec<i64> = (0..600).map(|n| 20 + n / 20).chain([10, 30]).collect();
        let mut expect = times.clone();
        expect.sort_unstable();
        assert_eq!(ordered(&times, options), (expect, 0));
    }

    #[test]
    fn a_full_buffer_gives_out_its_first() {
        let options = ReorderOptions { max_events: 2, ..ReorderOptions::default() };
        assert_eq!(ordered(&[3, 2, 1, 4], options), (vec![1, 2, 3, 4], 0));
        assert_eq!(ordered(&[4, 3, 2, 1], options), (vec![2, 3, 4], 1));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn nothing_is_lost_uncounted(times in prop::collection::vec(0_i64..300, 0..200)) {
            let (given, late) = ordered(&times, ReorderOptions::default());
            prop_assert_eq!(given.len() as u64 + late, times.len() as u64);
        }
    }
}
