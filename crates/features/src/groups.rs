//! The feature groups: one file and one line each.

use domain::EntityKind;

use crate::{FeatureGroup, Group, Seen, Session};

mod access;
mod auth;
mod churn;
mod forwarded;
mod habit;
mod hours;
mod objects;
mod order;
mod origin;
mod outcome;
mod probing;
mod rate;
mod surface;
mod timing;
mod volume;

/// From the list of groups: the const slice of what they are, and the state of one entity, which is
/// one of each.
macro_rules! groups {
    ($($field:ident: $group:ty),* $(,)?) => {
        /// Every feature group, in the order of the row.
        pub const GROUPS: &[Group] = &[$(<$group as FeatureGroup>::GROUP),*];

        /// The state of one entity in every group.
        #[derive(Clone, Debug, Default)]
        pub struct Groups {
            $($field: $group,)*
        }

        impl Groups {
            /// A session begins.
            pub fn begin_session(&mut self, at: domain::Timestamp) {
                $(self.$field.begin_session(at);)*
            }

            /// Takes an event in, by every group that applies to the entity's kind.
            pub fn observe(&mut self, seen: &Seen<'_>) {
                $(if const { <$group as FeatureGroup>::GROUP }.applies_to(seen.kind) {
                    self.$field.observe(seen);
                })*
            }

            /// Writes the row; `NaN` where a group does not apply.
            pub fn fill(&self, kind: EntityKind, session: &Session, row: &mut [f32]) {
                let mut rest = row;
                $(
                    let group = const { <$group as FeatureGroup>::GROUP };
                    let (own, others) = rest.split_at_mut(group.columns.len());
                    if group.applies_to(kind) {
                        self.$field.fill(session, own);
                    } else {
                        own.fill(f32::NAN);
                    }
                    rest = others;
                )*
                assert!(rest.is_empty(), "a row is as wide as the schema");
            }

            /// Bytes that the state holds on the heap.
            pub fn heap_bytes(&self) -> usize {
                0 $(+ self.$field.heap_bytes())*
            }
        }
    };
}

groups! {
    access: access::Access,
    order: order::Order,
    hours: hours::Hours,
    timing: timing::Timing,
    rate: rate::Rate,
    outcome: outcome::Outcome,
    auth: auth::Auth,
    probing: probing::Probing,
    surface: surface::Surface,
    volume: volume::Volume,
    objects: objects::Objects,
    churn: churn::Churn,
    forwarded: forwarded::Forwarded,
    habit: habit::Habit,
    origin: origin::Origin,
}

pub use auth::client_hash;

/// Entities that act, as opposed to the endpoints that are acted upon.
const ACTORS: &[EntityKind] = &[EntityKind::Client, EntityKind::Account, EntityKind::Credential];

/// `part` of `whole`, 0 where there is no whole.
fn share(part: f32, whole: f32) -> f32 {
    if whole > 0.0 { part / whole } else { 0.0 }
}

#[cfg(test)]
pub(crate) mod tests;
