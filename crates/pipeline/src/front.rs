use domain::{Entity, Event, Observation, PathWords};
use features::{Limits, ObservePolicy, Observer, ObserverStats, Profiles, SHARDS, shard_of};

use crate::Shards;

/// From events to rows: follows the entities of a log, or the share of them that one thread takes, and
/// gives their rows as they stand. There is no other way to a row.
///
/// Every front is shown every event that is of its [`Shards`] and takes what belongs to its own entities.
/// One alone takes everything; of several each entity still lives in one, so the observations are the
/// same. An [`ObservePolicy`] says at which moments rows are asked for; at a moment that two policies
/// share they get the same row.
#[derive(Debug)]
pub struct Front {
    observers: Vec<Observer>,
    /// Of each shard, which of the observers it belongs to; `None` if to another lane's.
    places: [Option<u8>; SHARDS],
}

impl Front {
    /// The front of lane number `lane` of `lanes`; there are at most [`SHARDS`].
    ///
    /// # Panics
    /// When there is no such lane.
    pub fn new(lane: usize, lanes: usize, limits: Limits, policy: ObservePolicy) -> Self {
        assert!(lane < lanes && lanes <= SHARDS, "lane {lane} of {lanes} does not exist");
        let mut observers = Vec::new();
        let mut places = [None; SHARDS];
        for shard in (lane..SHARDS).step_by(lanes) {
            places[shard] = u8::try_from(observers.len()).ok();
            observers.push(Observer::new(limits, policy));
        }
        Self { observers, places }
    }

    /// The shards that are its own.
    pub fn shards(&self) -> Shards {
        let own = (0..SHARDS).filter(|shard| self.places[*shard].is_some());
        Shards::of_numbers(own)
    }

    /// Whether an entity is one of its own.
    pub fn follows(&self, entity: &Entity) -> bool {
        self.places[shard_of(entity)].is_some()
    }

    /// Takes an event in, for those of its entities that are `wanted`. Events come in the order of
    /// their time.
    pub fn observe(
        &mut self,
        event: &Event,
        profiles: &Profiles,
        wanted: impl Fn(&Entity) -> bool,
        mut emit: impl FnMut(Observation<'_>),
    ) {
        let inferred;
        let event = if event.words.contains(PathWords::SIGN_IN) {
            let mut copy = *event;
            profiles.infer_outcome(&mut copy);
            inferred = copy;
            &inferred
        } else {
            event
        };
        for entity in event.entities() {
            if !wanted(&entity) {
                continue;
            }
            if let Some(place) = self.places[shard_of(&entity)] {
                let observer = &mut self.observers[usize::from(place)];
                observer.observe(entity, event, profiles, &mut emit);
            }
        }
    }

    /// The log is over: the last word of every session.
    pub fn finish(&mut self, mut emit: impl FnMut(Observation<'_>)) {
        for observer in &mut self.observers {
            observer.finish(&mut emit);
        }
    }

    /// What its observers hold and let go.
    pub fn stats(&self) -> ObserverStats {
        self.observers.iter().fold(ObserverStats::default(), |sum, o| sum.plus(o.stats()))
    }
}
