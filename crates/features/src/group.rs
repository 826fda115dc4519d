use domain::{EndpointId, EntityKind, Event, Timestamp};

use crate::{Column, Profiles};

/// A handful of columns that are counted together, and the state they are counted in.
///
/// The type that implements this *is* the state: one lives in every entity of a kind that the group
/// applies to. Its size counts: see `docs/reference/limits.md`.
pub trait FeatureGroup: Default {
    /// Name, columns and the kinds of entity that it applies to.
    const GROUP: Group;

    /// A session begins: what is counted a session starts anew.
    fn begin_session(&mut self, _at: Timestamp) {}

    /// Takes an event of the entity in.
    fn observe(&mut self, seen: &Seen<'_>);

    /// Writes one number a column, as of the session's last event.
    fn fill(&self, session: &Session, out: &mut [f32]);

    /// Bytes that the state holds on the heap.
    fn heap_bytes(&self) -> usize {
        0
    }
}

/// What a feature group is.
#[derive(Clone, Copy, Debug)]
pub struct Group {
    /// Its name: that of its file.
    pub name: &'static str,
    /// What it is about, in one sentence.
    pub about: &'static str,
    /// Whose behaviour it describes.
    pub kinds: &'static [EntityKind],
    /// Its columns, in order.
    pub columns: &'static [Column],
}

impl Group {
    /// Whether it describes entities of this kind.
    pub const fn applies_to(&self, kind: EntityKind) -> bool {
        let mut index = 0;
        while index < self.kinds.len() {
            if self.kinds[index] as u8 == kind as u8 {
                return true;
            }
            index += 1;
        }
        false
    }
}

/// An event, and what the entity was doing when it came.
#[derive(Clone, Copy, Debug)]
pub struct Seen<'a> {
    /// The event.
    pub event: &'a Event,
    /// The kind of entity that looks at it.
    pub kind: EntityKind,
    /// Microseconds since the entity's previous call in this session; `None` for the first.
    pub gap_micros: Option<i64>,
    /// The endpoint of that previous call.
    pub previous_endpoint: Option<EndpointId>,
    /// What is known of the whole site.
    pub profiles: &'a Profiles,
}

/// An actor's consecutive calls until an idle gap.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Session {
    /// Event time of the first call.
    pub first: Timestamp,
    /// Event time of the last call.
    pub last: Timestamp,
    /// How many calls.
    pub length: u32,
    /// Sum of the squared gaps between calls, in seconds squared.
    pub squared_gaps: f64,
}

impl Session {
    /// Seconds from the first call to the last.
    pub fn duration_secs(&self) -> f32 {
        self.last.secs_since(self.first) as f32
    }

    /// Mean seconds between two calls; 0 for a single call.
    pub fn mean_gap_secs(&self) -> f32 {
        if self.length < 2 { 0.0 } else { self.duration_secs() / (self.length - 1) as f32 }
    }

    /// Standard deviation of the gaps divided by their mean (the coefficient of variation); `NaN`
    /// for fewer than three calls or a session that took no time.
    pub fn gap_variation(&self) -> f32 {
        let gaps = f64::from(self.length.saturating_sub(1));
        let mean = self.last.secs_since(self.first) / gaps;
        if gaps < 2.0 || mean <= 0.0 {
            return f32::NAN;
        }
        ((self.squared_gaps / gaps - mean * mean).max(0.0).sqrt() / mean) as f32
    }
}
