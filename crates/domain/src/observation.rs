use crate::{Entity, Event};

/// A feature row: one number a column of the schema, `NaN` where a column does not apply or is not
/// known yet. The schema itself is the `features` crate's.
pub type Row = [f32];

/// An entity and its feature row, as it stood right after `event`.
#[derive(Clone, Copy, Debug)]
pub struct Observation<'a> {
    /// Whose behaviour it is.
    pub entity: Entity,
    /// The event that brought the entity into this state.
    pub event: &'a Event,
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
