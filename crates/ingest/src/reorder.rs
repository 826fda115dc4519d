//! A bounded buffer that puts the events of one source in the order of their times.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

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

/// How many places an event may be too late and still be put into the queue: moving so few costs less
/// than the heap, which moves whole events at each of its steps.
const NEAR: usize = 16;

/// Holds events back until no earlier one is expected.
///
/// Events that come in order, or nearly so, run through a queue; only stragglers pay for a heap. What
/// comes after a later event has been given out is late: it is counted and left out.
#[derive(Debug)]
pub struct ReorderBuffer {
    options: ReorderOptions,
    in_order: VecDeque<Event>,
    stragglers: BinaryHeap<Reverse<Straggler>>,
    latest: Option<Timestamp>,
    given_out: Option<Timestamp>,
    late: u64,
}

impl ReorderBuffer {
    /// An empty buffer.
    pub fn new(options: ReorderOptions) -> Self {
        Self {
            options,
            in_order: VecDeque::new(),
            stragglers: BinaryHeap::new(),
            latest: None,
            given_out: None,
            late: 0,
        }
    }

    /// Takes in an event.
    pub fn push(&mut self, event: Event) {
        if self.given_out.is_some_and(|given_out| event.time < given_out) {
            self.late += 1;
            return;
        }
        self.latest = self.latest.max(Some(event.time));
        let later = self.in_order.iter().rev().take(NEAR + 1);
        let later = later.take_while(|queued| key(queued) > key(&event)).count();
        match later {
            0 => self.in_order.push_back(event),
            1..=NEAR => self.in_order.insert(self.in_order.len() - later, event),
            _ => self.stragglers.push(Reverse(Straggler(event))),
        }
    }

    /// The next event, if no earlier one can come any more or the buffer is full.
    pub fn pop_ready(&mut self) -> Option<Event> {
        let first = self.first()?;
        let horizon = self.latest?.plus_micros(-self.options.lateness_micros);
        let full = self.in_order.len() + self.stragglers.len() > self.options.max_events;
        if first.time < horizon || full { self.pop() } else { None }
    }

    /// The next event when the source has ended.
    pub fn pop(&mut self) -> Option<Event> {
        let from_queue = match (self.in_order.front(), self.stragglers.peek()) {
            (Some(queued), Some(Reverse(straggler))) => key(queued) <= key(&straggler.0),
            (Some(_), None) => true,
            (None, _) => false,
        };
        let event = if from_queue {
            self.in_order.pop_front()
        } else {
            self.stragglers.pop().map(|Reverse(straggler)| straggler.0)
        }?;
        self.given_out = Some(event.time);
        Some(event)
    }

    /// How many events came too late and were left out.
    pub fn late(&self) -> u64 {
        self.late
    }

    fn first(&self) -> Option<&Event> {
        let straggler = self.stragglers.peek().map(|Reverse(straggler)| &straggler.0);
        self.in_order.front().into_iter().chain(straggler).min_by_key(|event| key(event))
    }
}

/// Events are ordered by time, and within one source by where they stand.
fn key(event: &Event) -> (Timestamp, u64) {
    (event.time, event.position.offset)
}

#[derive(Debug)]
struct Straggler(Event);

impl PartialEq for Straggler {
    fn eq(&self, other: &Self) -> bool {
        key(&self.0) == key(&other.0)
    }
}

impl Eq for Straggler {}

impl PartialOrd for Straggler {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Straggler {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        key(&self.0).cmp(&key(&other.0))
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
        assert!(given.is_sorted_by_key(key));
        (given.iter().map(|event| event.time.as_secs()).collect(), buffer.late())
    }

    #[test]
    fn a_little_disorder_is_mended_and_much_is_counted() {
        let options = ReorderOptions::default();
        assert_eq!(ordered(&[10, 70, 12, 71, 130], options), (vec![10, 12, 70, 71, 130], 0));
        assert_eq!(ordered(&[10, 20, 200, 5, 201], options), (vec![10, 20, 200, 201], 1));
        // Further out of place than the queue mends.
        let times: Vec<i64> = (20..60).chain([10]).collect();
        assert_eq!(ordered(&times, options), ([10].into_iter().chain(20..60).collect(), 0));
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
