//! Events kept for a second look, in bounded memory.

mod encoding;

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::mem;
use std::sync::{Mutex, PoisonError};

use domain::Event;

use encoding::EVENT_BYTES;

/// Events of a chunk.
const CHUNK_EVENTS: usize = 1 << 15;
/// Chunks that stay in memory: two million events, some 200 MB.
const MEMORY_CHUNKS: usize = 64;

/// Everything that was read, as events in their order.
///
/// What memory does not hold goes to an anonymous temporary file that disappears with the process. It
/// holds numbers and fingerprints, never a line.
#[derive(Debug)]
pub(crate) struct Tape {
    memory: Vec<Vec<Event>>,
    memory_chunks: usize,
    filling: Vec<Event>,
    spilled: Option<Spilled>,
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

    /// Takes the next event.
    ///
    /// # Errors
    /// When the temporary file cannot be written.
    pub(crate) fn push(&mut self, event: Event) -> io::Result<()> {
        if self.filling.capacity() == 0 {
            self.filling.reserve_exact(CHUNK_EVENTS);
        }
        self.filling.push(event);
        if self.filling.len() < CHUNK_EVENTS {
            return Ok(());
        }
        if self.memory.len() < self.memory_chunks {
            self.memory.push(mem::take(&mut self.filling));
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
        self.memory.iter().flatten().for_each(&mut look);
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
        self.memory.iter_mut().flatten().for_each(&mut change);
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
}
