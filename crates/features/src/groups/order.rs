use domain::Timestamp;

use super::{ACTORS, share};
use crate::{Column, FeatureGroup, Group, Seen, Session};

/// In which order an actor calls, against how this site is used.
#[derive(Clone, Debug, Default)]
pub(crate) struct Order {
    bits: f32,
    steps: u32,
    unseen: u32,
}

impl FeatureGroup for Order {
    const GROUP: Group = Group {
        name: "order",
        about: "In which order an actor calls, against how this site is used",
        kinds: ACTORS,
        columns: &[
            Column {
                name: "api_access_pattern",
                short: "bits of surprise in the order of calls",
                sees: "mean surprisal in bits of one endpoint after another, in the session, under \
                       the transitions fitted on the training traffic",
                matters: "people follow the paths that the application lays; programs need not",
                wrong: "a new release changes the paths for everyone at once",
            },
            Column {
                name: "api_access_unseen_ratio",
                short: "share of steps never seen",
                sees: "share of the session's transitions that the training traffic never showed",
                matters: "an order that nobody took before deserves a look",
                wrong: "it is 0 by construction where the judged log is also the fitted one",
            },
        ],
    };

    fn begin_session(&mut self, _at: Timestamp) {
        *self = Self::default();
    }

    fn observe(&mut self, seen: &Seen<'_>) {
        if let Some(previous) = seen.previous_endpoint {
            let (bits, unseen) = seen.profiles.transition(previous, seen.event.endpoint);
            self.bits += bits;
            self.steps += 1;
            self.unseen += u32::from(unseen);
        }
    }

    fn fill(&self, _session: &Session, out: &mut [f32]) {
        let steps = self.steps as f32;
        out.copy_from_slice(&[share(self.bits, steps), share(self.unseen as f32, steps)]);
    }
}
