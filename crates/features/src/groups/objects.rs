use domain::{EndpointId, Event, Timestamp};

use super::{ACTORS, share};
use crate::{Column, Distinct, DistinctWindow, FeatureGroup, Group, Seen, Session, mix};

/// Whose things an actor reaches for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Objects {
    calls: u32,
    with_object: u32,
    written: u32,
    changed: u32,
    distinct: Distinct,
    /// The numbers of the two latest objects, newest first, and how many were new and how many of these
    /// neighbours of one of them.
    numbers: [u32; 2],
    steps: u32,
    near: u32,
    refused: Option<Box<Refused>>,
}

#[derive(Clone, Debug, Default)]
struct Refused {
    objects: DistinctWindow<86_400>,
    /// The object refused last with 401 and where, until the next call tells whether that was but a
    /// question for the password.
    open: Option<(u64, EndpointId)>,
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
                sees: "distinct objects that were refused with 401 or 403 within a day; with 401 only where the \
                       next call was not the same and answered well",
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
            Column {
                name: "allowed_change_ratio",
                short: "share changing objects, allowed",
                sees: "share of the session's calls that put, patch or delete a named object and are \
                       answered well",
                matters: "who may change things is known to the server, by a key that the log may not show",
                wrong: "an API that lets anybody change anything, or whoever is signed in",
            },
        ],
    };

    fn begin_session(&mut self, _at: Timestamp) {
        (self.calls, self.with_object, self.written, self.changed) = (0, 0, 0, 0);
        (self.numbers, self.steps, self.near) = ([0; 2], 0, 0);
        self.distinct.clear();
    }

    fn observe(&mut self, seen: &Seen<'_>) {
        let event = seen.event;
        let object = mix(event.object_hash.into());
        self.calls += 1;
        if let Some(refused) = &mut self.refused {
            refused.settle(event, object);
        }
        if event.object_hash == 0 {
            return;
        }
        self.with_object += 1;
        self.written += u32::from(event.method.is_write());
        let is_allowed = matches!(event.status, 200..400);
        self.changed += u32::from(event.method.is_change() && is_allowed);
        self.distinct.insert(object);
        if let Some(number) = event.object_number() {
            self.step(number);
        }
        match event.status {
            401 => self.refused.get_or_insert_default().open = Some((object, event.endpoint)),
            403 => {
                self.refused.get_or_insert_default().objects.insert(event.time, object);
            }
            _ => {}
        }
    }

    fn fill(&self, session: &Session, out: &mut [f32]) {
        let (calls, with_object) = (self.calls as f32, self.with_object as f32);
        let distinct = self.distinct.count().min(with_object);
        out.copy_from_slice(&[
            distinct,
            share(with_object, calls),
            share(distinct, with_object),
            self.refused.as_ref().map_or(0.0, |refused| refused.objects.count(session.last)),
            share(self.written as f32, calls),
            share(self.near as f32, self.steps as f32),
            share(self.changed as f32, calls),
        ]);
    }

    fn heap_bytes(&self) -> usize {
        let refused = |refused: &Refused| size_of_val(refused) + refused.objects.heap_bytes();
        self.distinct.heap_bytes() + self.refused.as_deref().map_or(0, refused)
    }
}

impl Refused {
    /// Counts what is open, unless this call is for the same object and was answered well.
    fn settle(&mut self, event: &Event, object: u64) {
        if let Some(open) = self.open.take()
            && (open != (object, event.endpoint) || event.is_error())
        {
            self.objects.insert(event.time, open.0);
        }
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
