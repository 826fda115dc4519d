//! Several sources as one stream in the order of time, source and offset.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::mpsc::SyncSender;

use domain::{Event, Timestamp};

use super::track::Track;
use super::{Message, Progress, ReadOptions};
use crate::error::ReadError;
use crate::excerpts::Spool;
use crate::normalise::Normaliser;
use crate::report::SourceReport;

/// Merges tracks. A track is opened only when the merge comes near its beginning, so that a year of
/// daily files needs one open file, not 365.
pub(super) struct Merge<'a> {
    tracks: Vec<Track>,
    /// Tracks not opened yet, the one that begins first at the end.
    closed: Vec<usize>,
    /// The next event of each open track.
    heads: BinaryHeap<Reverse<(Timestamp, usize)>>,
    events: Vec<Option<Event>>,
    options: &'a ReadOptions,
}

impl<'a> Merge<'a> {
    pub(super) fn new(tracks: Vec<Track>, options: &'a ReadOptions) -> Self {
        let mut closed: Vec<usize> = (0..tracks.len()).collect();
        closed.sort_by_key(|index| Reverse((tracks[*index].begins(), *index)));
        let events = vec![None; tracks.len()];
        Self { tracks, closed, heads: BinaryHeap::new(), events, options }
    }

    /// The next event of all; `None` at the end of everything.
    pub(super) fn next(
        &mut self,
        normaliser: &mut Normaliser,
        sender: &SyncSender<Message>,
    ) -> Result<Option<Event>, ReadError> {
        if self.closed.is_empty()
            && let [track] = self.tracks.as_mut_slice()
        {
            let first = self.events[0].take();
            return Ok(first.or_else(|| track.next(normaliser, sender)));
        }
        self.open_what_is_due(normaliser, sender)?;
        let Some(Reverse((_, index))) = self.heads.pop() else { return Ok(None) };
        let event = self.events[index].take();
        self.advance(index, normaliser, sender);
        Ok(event)
    }

    /// Opens every track that may hold an event before the next one.
    fn open_what_is_due(
        &mut self,
        normaliser: &mut Normaliser,
        sender: &SyncSender<Message>,
    ) -> Result<(), ReadError> {
        while let Some(index) = self.closed.last().copied() {
            let lateness_micros = self.options.reorder.lateness_micros;
            let due = self.tracks[index].begins().plus_micros(-lateness_micros);
            if self.heads.peek().is_some_and(|Reverse((time, _))| *time < due) {
                break;
            }
            self.closed.pop();
            self.tracks[index].open(self.options.max_line_bytes)?;
            self.advance(index, normaliser, sender);
        }
        Ok(())
    }

    fn advance(&mut self, index: usize, normaliser: &mut Normaliser, sender: &SyncSender<Message>) {
        let event = self.tracks[index].next(normaliser, sender);
        if let Some(event) = &event {
            self.heads.push(Reverse((event.time, index)));
        }
        self.events[index] = event;
    }

    pub(super) fn progress(&self) -> Progress {
        let bytes = self.tracks.iter().map(Track::raw_bytes_now).sum();
        Progress { bytes, total_bytes: self.tracks.iter().map(Track::size_bytes).sum() }
    }

    /// What was read of each source, and the lines of those that are streams.
    pub(super) fn into_reports(self) -> (Vec<SourceReport>, Vec<Option<Spool>>) {
        self.tracks.into_iter().map(Track::into_report).unzip()
    }
}
