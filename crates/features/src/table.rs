//! A bounded table of entities, least recently seen first to go.

use std::hash::BuildHasher;

use domain::Entity;
use foldhash::fast::RandomState;
use hashbrown::HashTable;

const NONE: u32 = u32::MAX;

/// Entities and their states, in order of last use. A state stays where it is while others come and
/// go, and each is its own heap block, so growing never copies or doubles what is held.
#[derive(Debug)]
pub(crate) struct Table<S> {
    /// Places in `slots` by the hash of what lies there: so small that most of it stays in the cache.
    places: HashTable<u32>,
    hasher: RandomState,
    slots: Vec<Slot<S>>,
    free: Vec<u32>,
    oldest: u32,
    newest: u32,
}

#[derive(Debug)]
struct Slot<S> {
    entity: Entity,
    state: Option<Box<S>>,
    older: u32,
    newer: u32,
}

/// Where an entity is held. Good until the next entity comes or goes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place(u32);

impl<S> Default for Table<S> {
    fn default() -> Self {
        let (places, hasher) = (HashTable::new(), RandomState::default());
        let (slots, free) = (Vec::new(), Vec::new());
        Self { places, hasher, slots, free, oldest: NONE, newest: NONE }
    }
}

impl<S> Table<S> {
    /// How many entities it holds.
    pub(crate) fn len(&self) -> usize {
        self.places.len()
    }

    /// The place of an entity, which becomes the most recently used.
    pub(crate) fn touch(&mut self, entity: &Entity) -> Option<Place> {
        let hash = self.hasher.hash_one(entity);
        let is_same = |place: &u32| self.slots[*place as usize].entity == *entity;
        let place = *self.places.find(hash, is_same)?;
        if self.newest != place {
            self.unlink(place);
            self.link_newest(place);
        }
        Some(Place(place))
    }

    /// The state at a place that was just given out.
    pub(crate) fn state_mut(&mut self, place: Place) -> &mut S {
        let state = self.slots[place.0 as usize].state.as_deref_mut();
        state.expect("a linked slot holds a state")
    }

    /// Takes a new entity in as the most recently used. It must not be there yet.
    pub(crate) fn insert(&mut self, entity: Entity, state: S) -> Place {
        let slot = Slot { entity, state: Some(Box::new(state)), older: NONE, newer: NONE };
        let place = match self.free.pop() {
            Some(place) => {
                self.slots[place as usize] = slot;
                place
            }
            None => {
                self.slots.push(slot);
                self.slots.len() as u32 - 1
            }
        };
        let hash_at = |place: &u32| self.hasher.hash_one(self.slots[*place as usize].entity);
        self.places.insert_unique(self.hasher.hash_one(entity), place, hash_at);
        self.link_newest(place);
        Place(place)
    }

    /// The least recently used entity.
    pub(crate) fn oldest(&self) -> Option<(&Entity, &S)> {
        let slot = self.slots.get(self.oldest as usize)?;
        Some((&slot.entity, slot.state.as_deref()?))
    }

    /// Takes the least recently used entity out.
    pub(crate) fn pop_oldest(&mut self) -> Option<(Entity, Box<S>)> {
        let place = self.oldest;
        let entity = self.slots.get(place as usize)?.entity;
        self.unlink(place);
        let held = self.places.find_entry(self.hasher.hash_one(entity), |held| *held == place);
        held.expect("what is linked has a place").remove();
        self.free.push(place);
        let state = self.slots[place as usize].state.take();
        Some((entity, state.expect("a linked slot holds a state")))
    }

    /// All entities, in no order that may reach an output.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&Entity, &S)> {
        self.slots.iter().filter_map(|slot| Some((&slot.entity, slot.state.as_deref()?)))
    }

    /// Bytes that the table itself holds a live entity, its state left out.
    pub(crate) fn bytes_an_entity() -> usize {
        // A hash table keeps an eighth of its places free, and one byte a place.
        (size_of::<u32>() + 1) * 8 / 7 + size_of::<Slot<S>>()
    }

    fn unlink(&mut self, place: u32) {
        let Slot { older, newer, .. } = self.slots[place as usize];
        match self.slots.get_mut(older as usize) {
            Some(slot) => slot.newer = newer,
            None => self.oldest = newer,
        }
        match self.slots.get_mut(newer as usize) {
            Some(slot) => slot.older = older,
            None => self.newest = older,
        }
    }

    fn link_newest(&mut self, place: u32) {
        let former = std::mem::replace(&mut self.newest, place);
        let slot = &mut self.slots[place as usize];
        (slot.older, slot.newer) = (former, NONE);
        match self.slots.get_mut(former as usize) {
            Some(slot) => slot.newer = place,
            None => self.oldest = place,
        }
    }
}

#[cfg(test)]
mod tests {
    use domain::EndpointId;

    use super::*;

    fn entity(n: u32) -> Entity {
        Entity::Endpoint(EndpointId(n))
    }

    #[test]
    fn the_least_recently_used_goes_first() {
        let mut table = Table::default();
        for n in 0..4 {
            table.insert(entity(n), n);
        }
        let place = table.touch(&entity(0)).unwrap();
        *table.state_mut(place) += 100;
        table.touch(&entity(2));
        let order: Vec<u32> = std::iter::from_fn(|| table.pop_oldest().map(|(_, n)| *n)).collect();
        assert_eq!(order, [1, 3, 100, 2]);
        assert_eq!((table.len(), table.oldest()), (0, None));
        table.insert(entity(9), 9);
        assert_eq!(table.oldest(), Some((&entity(9), &9)));
        assert_eq!(table.slots.len(), 4, "places are used again");
    }
}
