use crate::{Entity, Event, Position, Timestamp};

/// A feature row: one number a column of the schema, `NaN` where a column does not apply or is not
/// known yet. The schema itself is the `features` crate's.
pub type Row = [f32];

/// An entity and its feature row, as it stood at `time`.
#[derive(Clone, Copy, Debug)]
pub struct Observation<'a> {
    /// Whose behaviour it is.
    pub entity: Entity,
    /// Event time of the last event that the row knows of.
    pub time: Timestamp,
    /// Event time at which somebody who watches can know it: that of the event, and for
    /// [`Moment::SessionEnd`] the end of the idle gap after it.
    pub known_at: Timestamp,
    /// Where that event's line begins.
    pub position: Position,
    /// That event, unless the observation came later than it ([`Moment::SessionEnd`]).
    pub event: Option<&'a Event>,
    /// Why the entity was looked at now.
    pub moment: Moment,
    /// Its features.
    pub row: &'a Row,
}

/// Why an entity was looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Moment {
    /// The event itself is of the kind that indicators count (a failure, a sign-in, an odd path).
    Notable,
    /// The session reached a length of the geometric schedule.
    Scheduled,
    /// The session ended: the row is its last word.
    SessionEnd,
}
