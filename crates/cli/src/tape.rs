//! Events kept for a second look, in bounded memory.

mod encoding;

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::mem;
use std::sync::{Mutex, PoisonError};

use domain::Event;
use pipeline::Routing;

use encoding::EVENT_BYTES;

/// Events of a chunk: those that reading delivers at a time, so that none is moved on its way here.
const CHUNK_EVENTS: usize = ingest::BATCH_EVENTS;
/// Chunks that stay in memory: two million events, some 200 MB.
const MEMORY_CHUNKS: usize = (1 << 21) / CHUNK_EVENTS;

/// Everything that was read, as events in their order.
///
/// What memory does not hold goes to an anonymous temporary file that disappears with the process. It
/// holds numbers and fingerprints, never a line.
#[derive(Debug)]
pub(crate) struct Tape {
    memory: Vec<Chunk>,
    memory_chunks: usize,
    filling: Vec<Event>,
    spilled: Option<Spilled>,
}

/// Events in memory.
#[derive(Debug)]
struct Chunk {
    events: Vec<Event>,
    /// Of each event, once [`Tape::map`] has gone over it.
    routing: Vec<Routing>,
}

#[derive(Debug)]
struct Spilled {
    /// Both readers and the writer seek before each chunk.
    file: Mutex<File>,
    chunks: u64,
}

impl Default for Tape {
    fn default() -> Self {
        Self::with_memory(MEMORY_CHUNKS)
    }
}

impl Tape {
    fn with_memory(memory_chunks: usize) -> Self {
        Self { memory: Vec::new(), memory_chunks, filling: Vec::new(), spilled: None }
    }

    /// Takes the next events.
    ///
    /// # Errors
    /// When the temporary file cannot be written.
    pub(crate) fn push_all(&mut self, events: Vec<Event>) -> io::Result<()> {
        if !self.filling.is_empty() || events.len() != CHUNK_EVENTS {
            return events.into_iter().try_for_each(|event| self.push(event));
        }
        self.filling = events;
        self.close_chunk()
    }

    /// Takes the next event.
    ///
    /// # Errors
    /// When the temporary file cannot be written.
    pub(crate) fn push(&mut self, event: Event) -> io::Result<()> {
        if self.filling.capacity() == 0 {
            self.filling.reserve_exact(CHUNK_EVENTS);
        }
        self.filling.push(event);
        if self.filling.len() < CHUNK_EVENTS { Ok(()) } else { self.close_chunk() }
    }

    fn close_chunk(&mut self) -> io::Result<()> {
        if self.memory.len() < self.memory_chunks {
            let events = mem::take(&mut self.filling);
            self.memory.push(Chunk { events, routing: Vec::new() });
            return Ok(());
        }
        let spilled = match &mut self.spilled {
            Some(spilled) => spilled,
            none => none.insert(Spilled { file: Mutex::new(tempfile::tempfile()?), chunks: 0 }),
        };
        spilled.write(&self.filling)?;
        self.filling.clear();
        Ok(())
    }

    /// Shows every event, in order.
    ///
    /// # Errors
    /// When the temporary file cannot be read.
    pub(crate) fn for_each(&self, mut look: impl FnMut(&Event)) -> io::Result<()> {
        self.memory.iter().flat_map(|chunk| &chunk.events).for_each(&mut look);
        self.for_each_beyond_memory(look)
    }

    /// Shows the events whose routing is wanted, in order; where it is not known of them, others as well.
    ///
    /// # Errors
    /// When the temporary file cannot be read.
    pub(crate) fn for_each_of(
        &self,
        wanted: impl Fn(Routing) -> bool,
        mut look: impl FnMut(&Event),
    ) -> io::Result<()> {
        let mut places = vec![0; CHUNK_EVENTS];
        for Chunk { events, routing } in &self.memory {
            if routing.is_empty() {
                events.iter().for_each(&mut look);
                continue;
            }
            // Which events those are is as good as random: noted without a branch, looked at after.
            let mut count = 0;
            for (place, of_event) in routing.iter().enumerate() {
                places[count] = place;
                count += usize::from(wanted(*of_event));
            }
            places[..count].iter().for_each(|place| look(&events[*place]));
        }
        self.for_each_beyond_memory(look)
    }

    fn for_each_beyond_memory(&self, mut look: impl FnMut(&Event)) -> io::Result<()> {
        if let Some(spilled) = &self.spilled {
            let mut bytes = Vec::new();
            for chunk in 0..spilled.chunks {
                spilled.read(chunk, &mut bytes)?;
                bytes.chunks_exact(EVENT_BYTES).for_each(|event| look(&encoding::decode(event)));
            }
        }
        self.filling.iter().for_each(look);
        Ok(())
    }

    /// The same events, changed one by one in order.
    ///
    /// # Errors
    /// When the temporary files cannot be read or written.
    pub(crate) fn map(mut self, mut change: impl FnMut(&mut Event)) -> io::Result<Self> {
        for Chunk { events, routing } in &mut self.memory {
            events.iter_mut().for_each(&mut change);
            *routing = events.iter().map(Routing::of).collect();
        }
        let Some(spilled) = self.spilled.take() else {
            self.filling.iter_mut().for_each(change);
            return Ok(self);
        };
        let rest = mem::take(&mut self.filling);
        let mut bytes = Vec::new();
        for chunk in 0..spilled.chunks {
            spilled.read(chunk, &mut bytes)?;
            for event in bytes.chunks_exact(EVENT_BYTES) {
                let mut event = encoding::decode(event);
                change(&mut event);
                self.push(event)?;
            }
        }
        for mut event in rest {
            change(&mut event);
            self.push(event)?;
        }
        Ok(self)
    }
}

impl Spilled {
    fn write(&mut self, events: &[Event]) -> io::Result<()> {
        let mut bytes = Vec::with_capacity(events.len() * EVENT_BYTES);
        events.iter().for_each(|event| encoding::encode(event, &mut bytes));
        let file = self.file.get_mut().unwrap_or_else(PoisonError::into_inner);
        file.seek(SeekFrom::Start(self.chunks * (CHUNK_EVENTS * EVENT_BYTES) as u64))?;
        file.write_all(&bytes)?;
        self.chunks += 1;
        Ok(())
    }

    fn read(&self, chunk: u64, bytes: &mut Vec<u8>) -> io::Result<()> {
        bytes.resize(CHUNK_EVENTS * EVENT_BYTES, 0);
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.seek(SeekFrom::Start(chunk * bytes.len() as u64))?;
        file.read_exact(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(n: u32) -> Event {
        encoding::tests::event(n.into())
    }

    #[test]
    fn what_memory_does_not_hold_comes_back_the_same() {
        let count = CHUNK_EVENTS as u32 * 4 + 77;
        for memory_chunks in [0, 1, 9] {
            let mut tape = Tape::with_memory(memory_chunks);
            (0..count).for_each(|n| tape.push(event(n)).expect("the temporary folder has room"));
            assert_eq!(tape.spilled.is_some(), memory_chunks < 4);
            let tape = tape.map(|event| event.response_bytes += 1).expect("it can be rewritten");
            let mut next = 0;
            tape.for_each(|seen| {
                let mut expect = event(next);
                expect.response_bytes += 1;
                assert_eq!(*seen, expect);
                next += 1;
            })
            .expect("it can be read");
            assert_eq!(next, count);
        }
    }

    #[test]
    fn what_comes_at_a_time_is_kept_like_what_comes_one_by_one() {
        let whole: Vec<Event> = (0..CHUNK_EVENTS as u32).map(event).collect();
        let part: Vec<Event> = (0..77).map(event).collect();
        let mut tape = Tape::with_memory(2);
        let pieces = [&whole, &part, &whole, &whole];
        for piece in pieces {
            tape.push_all(piece.clone()).expect("the temporary folder has room");
        }
        let mut seen = Vec::new();
        tape.for_each(|event| seen.push(*event)).expect("it can be read");
        assert_eq!(seen, pieces.into_iter().flatten().copied().collect::<Vec<_>>());
    }

    #[test]
    fn a_lane_sees_all_that_is_its_own_whether_in_memory_or_not() {
        let limits = features::Limits::default();
        let policy = features::ObservePolicy::Judging;
        let own = pipeline::Front::new(1, 3, limits, policy).shards();
        let count = CHUNK_EVENTS as u32 * 2 + 77;
        let expect: Vec<Event> =
            (0..count).map(event).filter(|it| Routing::of(it).shards.intersect(own)).collect();
        assert!(expect.len() > 77 && expect.len() < count as usize - 77);
        for memory_chunks in [0, 1, 9] {
            let mut tape = Tape::with_memory(memory_chunks);
            (0..count).for_each(|n| tape.push(event(n)).expect("the temporary folder has room"));
            let tape = tape.map(|_| {}).expect("it can be rewritten");
            let mut seen = Vec::new();
            let is_own = |it: Routing| it.shards.intersect(own);
            tape.for_each_of(is_own, |event| seen.push(*event)).expect("it can be read");
            seen.retain(|event| is_own(Routing::of(event)));
            assert_eq!(seen, expect);
        }
    }
}
