use domain::{Entity, Event};
use features::{SHARDS, mix, shard_of};

use crate::is_judged;

/// Where an event is of use. Whoever keeps it beside the event can pass over events that are none of a
/// lane's business, or not in a sample, without looking at them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Routing {
    /// The shards where its entities live that are judged.
    pub shards: Shards,
    /// The lowest [`hash_of`] of these entities, as far as its upper bits tell.
    pub(crate) lowest_hash: u16,
}

impl Routing {
    /// The routing of an event.
    pub fn of(event: &Event) -> Self {
        let client = Self::of_entity(&Entity::Client(event.client));
        let account = event.account.map(Entity::Account);
        let credential = event.credential.map(Entity::Credential);
        let others = account.into_iter().chain(credential);
        others.fold(client, |all, entity| {
            let Self { shards, lowest_hash } = Self::of_entity(&entity);
            let shards = Shards(all.shards.0 | shards.0);
            Self { shards, lowest_hash: all.lowest_hash.min(lowest_hash) }
        })
    }

    fn of_entity(entity: &Entity) -> Self {
        debug_assert!(is_judged(entity.kind()), "{entity:?} is not judged");
        Self { shards: Shards(1 << shard_of(entity)), lowest_hash: upper_bits(hash_of(entity)) }
    }
}

/// A set of shards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shards(u16);

const _: () = assert!(SHARDS <= u16::BITS as usize, "each shard has a bit");

impl Shards {
    /// The set of the shards of these numbers.
    pub(crate) fn of_numbers(numbers: impl Iterator<Item = usize>) -> Self {
        Self(numbers.fold(0, |bits, shard| bits | 1 << shard))
    }

    /// Whether any shard is in both.
    pub const fn intersect(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }
}

/// A hash of an entity that is the same in every process, and another than the one of its shard.
pub(crate) fn hash_of(entity: &Entity) -> u64 {
    match entity {
        Entity::Client(client) => mix(features::client_hash(*client)),
        Entity::Account(account) => mix(mix(account.0.0.into())),
        Entity::Credential(credential) => mix(mix(credential.0.get())),
        Entity::Endpoint(endpoint) => mix(mix(endpoint.0.into())),
    }
}

/// The part of a hash that a [`Routing`] keeps: it never grows where the hash does not.
pub(crate) const fn upper_bits(hash: u64) -> u16 {
    (hash >> 48) as u16
}
