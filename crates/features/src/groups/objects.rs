use domain::Timestamp;

use super::{ACTORS, share};
use crate::{Column, Distinct, DistinctWindow, FeatureGroup, Group, Seen, Session, mix};

/// Whose things an actor reaches for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Objects {
    calls: u32,
    with_object: u32,
    written: u32,
    distinct: Distinct,
    /// The numbers of the two latest objects, newest first, and how many were new and how many of these
    /// neighbours of one of them.
    numbers: [u32; 2],
    steps: u32,
    near: u32,
    refused: Option<Box<DistinctWindow<86_400>>>,
}

/// Objects whose numbers are at most so far apart are neighbours: who counts may leave some out.
const NEAR: u32 = 16;

impl FeatureGroup for Objects {
    const GROUP: Group = Group {
        name: "objects",
        about: "Whose things an actor reaches for",
        kinds: ACTORS,
        columns: &[
            Column {
                name: "objects",
                short: "distinct objects",
                sees: "distinct object identifiers in the session's paths",
                matters: "counting through other people's objects (OWASP API1)",
                wrong: "a list view that opens every item",
            },
            Column {
                name: "object_ratio",
                short: "share naming an object",
                sees: "share of the session's calls that name an object",
                matters: "an enumeration does little else",
                wrong: "an API may name an object in every path",
            },
            Column {
                name: "object_uniqueness",
                short: "distinct objects a call",
                sees: "distinct objects divided by calls that name one, in the session",
                matters: "people come back to their own things; an enumeration never does",
                wrong: "short sessions are near 1 by nature",
            },
            Column {
                name: "refused_objects_24h",
                short: "objects refused in 24 h",
                sees: "distinct objects that were refused with 401 or 403 within a day",
                matters: "each is a door that was locked",
                wrong: "a shared link whose owner withdrew it",
            },
            Column {
                name: "object_write_ratio",
                short: "share writing to objects",
                sees: "share of the session's calls that change or delete a named object",
                matters: "writes on others' objects",
                wrong: "a synchronising client writes much of its own",
            },
            Column {
                name: "neighbour_ratio",
                short: "share of steps to a neighbour",
                sees: "share of the session's steps from one numbered object to another that lead to one at \
                       most 16 beside either of the last two",
                matters: "work comes in the order of those who ask; who counts takes one after the other",
                wrong: "a queue that is worked through in its order; identifiers that are no numbers",
            },
        ],
    };

    fn begin_session(&mut self, _at: Timestamp) {
        (self.calls, self.with_object, self.written) = (0, 0, 0);
        (self.numbers, self.steps, self.near) = ([0; 2], 0, 0);
        self.distinct.clear();
    }

    fn observe(&mut self, seen: &Seen<'_>) {
        let event = seen.event;
        self.calls += 1;
        if event.object_hash == 0 {
            return;
        }
        let object = mix(event.object_hash.into());
        self.with_object += 1;
        self.written += u32::from(event.method.is_write());
        self.distinct.insert(object);
        if let Some(number) = event.object_number() {
            self.step(number);
        }
        if matches!(event.status, 401 | 403) {
            self.refused.get_or_insert_default().insert(event.time, object);
        }
    }

    fn fill(&self, session: &Session, out: &mut [f32]) {
        let (calls, with_object) = (self.calls as f32, self.with_object as f32);
        let distinct = self.distinct.count().min(with_object);
        out.copy_from_slice(&[
            distinct,
            share(with_object, calls),
            share(distinct, with_object),
            self.refused.as_ref().map_or(0.0, |refused| refused.count(session.last)),
            share(self.written as f32, calls),
            share(self.near as f32, self.steps as f32),
        ]);
    }

    fn heap_bytes(&self) -> usize {
        let refused =
            |refused: &DistinctWindow<86_400>| size_of_val(refused) + refused.heap_bytes();
        self.distinct.heap_bytes() + self.refused.as_deref().map_or(0, refused)
    }
}

impl Objects {
    fn step(&mut self, number: u32) {
        if self.numbers.contains(&number) {
            return;
        }
        if self.numbers[0] != 0 {
            self.steps += 1;
            let is_near = self.numbers.iter().any(|last| last.abs_diff(number) <= NEAR);
            self.near += u32::from(is_near);
        }
        self.numbers = [number, self.numbers[0]];
    }
}
