//! Events kept for a second look.

use domain::Event;

/// Events of a chunk.
const CHUNK_EVENTS: usize = 1 << 15;

/// Everything that was read, as events in their order. It grows by chunks, so that nothing is copied
/// and no more than a chunk is held in vain.
#[derive(Debug, Default)]
pub(crate) struct Tape {
    chunks: Vec<Vec<Event>>,
}

impl Tape {
    /// Takes the next event.
    pub(crate) fn push(&mut self, event: Event) {
        match self.chunks.last_mut() {
            Some(chunk) if chunk.len() < CHUNK_EVENTS => chunk.push(event),
            _ => {
                let mut chunk = Vec::with_capacity(CHUNK_EVENTS);
                chunk.push(event);
                self.chunks.push(chunk);
            }
        }
    }

    /// The events, in their order.
    pub(crate) fn events(&self) -> impl Iterator<Item = &Event> {
        self.chunks.iter().flatten()
    }

    /// The events, in their order, to be changed.
    pub(crate) fn events_mut(&mut self) -> impl Iterator<Item = &mut Event> {
        self.chunks.iter_mut().flatten()
    }
}
