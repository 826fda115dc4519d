use std::num::NonZeroU32;

use domain::{
    AuthOutcome, Client, EndpointId, Entity, EntityKind, Event, EventFlags, MICROS_PER_SEC, Method,
    Moment, Observation, PathWords, Position, Timestamp,
};

use crate::groups::Groups;
use crate::schema::WIDTH;
use crate::table::Table;
use crate::{Profiles, Seen, Session, mix};

/// Entities are spread over so many observers, whatever the number of threads: what each entity
/// shows, evictions included, must not depend on the machine.
pub const SHARDS: usize = 16;

/// The shard that an entity lives in: 0 to [`SHARDS`] - 1, the same in every process.
pub fn shard_of(entity: &Entity) -> usize {
    let hash = match entity {
        Entity::Client(client) => return client_shard(*client),
        Entity::Account(account) => mix(u64::from(account.0.0) | 1 << 41),
        Entity::Credential(credential) => mix(credential.0.get()),
        Entity::Endpoint(endpoint) => mix(u64::from(endpoint.0) | 1 << 42),
    };
    (hash >> 32) as usize % SHARDS
}

/// The shard of a client: one multiplication, since every lane asks for it at every event.
fn client_shard(client: Client) -> usize {
    let bits = match client {
        Client::Ipv4(address) => u64::from(address.to_bits()),
        Client::Ipv6Net64(net) => net ^ 0x6666,
        Client::Host(name) => u64::from(name.0) | 1 << 40,
    };
    (bits.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 60) as usize % SHARDS
}

/// Bounds of an observer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// A session ends when its actor is idle for so long.
    pub idle_gap_secs: NonZeroU32,
    /// Entities that all [`SHARDS`] observers together keep; beyond it the one idle longest goes.
    pub max_entities: usize,
}

impl Default for Limits {
    fn default() -> Self {
        let idle_gap_secs = NonZeroU32::new(1_800).expect("half an hour is not zero");
        Self { idle_gap_secs, max_entities: 2_000_000 }
    }
}

impl Limits {
    /// The idle gap in microseconds.
    pub fn idle_gap_micros(&self) -> i64 {
        i64::from(self.idle_gap_secs.get()) * MICROS_PER_SEC
    }
}

/// For what an observer is asked, and so at which moments it yields rows. A session is *long* when it
/// has reached the first length of the schedule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ObservePolicy {
    /// For judging: at notable events, on the schedule, at the end of long sessions. Whatever an
    /// indicator counts in a short one has been notable.
    Judging,
    /// For fitting: on the schedule and at the end of long sessions.
    Fitting,
    /// For tables: on the schedule and at the end of every session.
    Tables,
}

/// What an observer holds and let go.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ObserverStats {
    /// Entities alive.
    pub live: usize,
    /// Bytes that they take.
    pub bytes: usize,
    /// Entities let go because they were idle for a day: nothing they did is in any window.
    pub retired: u64,
    /// Entities let go early because the table was full: their history is lost.
    pub evicted: u64,
    /// Entities that came, by [`EntityKind`]. One that was let go and comes back counts again.
    pub seen: [u64; EntityKind::ALL.len()],
    /// Sessions begun, by [`EntityKind`].
    pub sessions: [u64; EntityKind::ALL.len()],
}

impl ObserverStats {
    /// The sums of two observers.
    pub fn plus(self, other: Self) -> Self {
        Self {
            live: self.live + other.live,
            bytes: self.bytes + other.bytes,
            retired: self.retired + other.retired,
            evicted: self.evicted + other.evicted,
            seen: std::array::from_fn(|kind| self.seen[kind] + other.seen[kind]),
            sessions: std::array::from_fn(|kind| self.sessions[kind] + other.sessions[kind]),
        }
    }
}

/// The longest window there is: an idle entity has nothing left in any after it.
const RETENTION_SECS: i64 = 86_400;
/// The session length at which an entity is first looked at.
const FIRST_SCHEDULED: u32 = 5;

/// Follows the entities of one shard.
#[derive(Debug)]
pub struct Observer {
    limits: Limits,
    policy: ObservePolicy,
    table: Table<State>,
    row: Box<[f32; WIDTH]>,
    retired: u64,
    evicted: u64,
    seen: [u64; EntityKind::ALL.len()],
    sessions: [u64; EntityKind::ALL.len()],
}

#[derive(Debug, Default)]
struct State {
    session: Session,
    next_scheduled: u32,
    last_endpoint: EndpointId,
    last_client: Option<Client>,
    last_position: Position,
    groups: Groups,
}

impl Observer {
    /// An observer that has seen nothing.
    pub fn new(limits: Limits, policy: ObservePolicy) -> Self {
        let row = Box::new([f32::NAN; WIDTH]);
        let table = Table::default();
        let (seen, sessions) = Default::default();
        Self { limits, policy, table, row, retired: 0, evicted: 0, seen, sessions }
    }

    /// Takes an event in for one of the entities it belongs to, and yields what should be looked at:
    /// the end of the entity's previous session, then its present state. Events come in the order of
    /// their time.
    pub fn observe(
        &mut self,
        entity: Entity,
        event: &Event,
        profiles: &Profiles,
        mut emit: impl FnMut(Observation<'_>),
    ) {
        let Self { limits, policy, table, row, .. } = self;
        let kind = entity.kind();
        let mut known = table.touch(&entity);
        if known.is_none() {
            self.retired += retire(table, event.time, (*limits, *policy), row, &mut emit);
            if table.len() >= (limits.max_entities / SHARDS).max(1)
                && let Some((entity, state)) = table.pop_oldest()
            {
                state.end_session(entity, (*limits, *policy), row, &mut emit);
                self.evicted += 1;
            }
            self.seen[kind as usize] += 1;
            known = Some(table.insert(entity, State::default()));
        }
        let state = table.state_mut(known.expect("the entity is in the table by now"));
        let idle_micros = event.time.micros_since(state.session.last);
        if state.session.length > 0 && idle_micros >= limits.idle_gap_micros() {
            state.end_session(entity, (*limits, *policy), row, &mut emit);
        }
        let begins = state.session.length == 0 || idle_micros >= limits.idle_gap_micros();
        self.sessions[kind as usize] += u64::from(begins);
        let changes_hands = state.last_client.is_some_and(|client| client != event.client);
        state.take(kind, event, begins, profiles);

        let moment = match policy {
            _ if state.session.length >= state.next_scheduled => {
                state.next_scheduled += state.next_scheduled / 2;
                Moment::Scheduled
            }
            ObservePolicy::Judging if changes_hands && kind != EntityKind::Endpoint => {
                Moment::Notable
            }
            ObservePolicy::Judging if is_notable(event, kind) => Moment::Notable,
            _ => return,
        };
        state.groups.fill(kind, &state.session, &mut row[..]);
        emit(Observation {
            entity,
            time: event.time,
            known_at: event.time,
            position: event.position,
            event: Some(event),
            moment,
            row: &row[..],
        });
    }

    /// The log is over: yields the last word of every session, in the order of the entities.
    pub fn finish(&mut self, mut emit: impl FnMut(Observation<'_>)) {
        let mut open: Vec<_> = self.table.iter().map(|(entity, state)| (*entity, state)).collect();
        open.sort_unstable_by_key(|(entity, _)| *entity);
        let asked = (self.limits, self.policy);
        for (entity, state) in open {
            state.end_session(entity, asked, &mut self.row, &mut emit);
        }
    }

    /// What it holds.
    pub fn stats(&self) -> ObserverStats {
        let heap: usize = self.table.iter().map(|(_, state)| state.groups.heap_bytes()).sum();
        let each = size_of::<State>() + Table::<State>::bytes_an_entity();
        ObserverStats {
            live: self.table.len(),
            bytes: self.table.len() * each + heap,
            retired: self.retired,
            evicted: self.evicted,
            seen: self.seen,
            sessions: self.sessions,
        }
    }
}

impl State {
    fn take(&mut self, kind: EntityKind, event: &Event, begins: bool, profiles: &Profiles) {
        let gap_micros = (!begins).then(|| event.time.micros_since(self.session.last).max(0));
        if begins {
            self.session = Session { first: event.time, ..Session::default() };
            self.next_scheduled = FIRST_SCHEDULED;
            self.groups.begin_session(event.time);
        }
        if let Some(gap) = gap_micros {
            let gap_secs = gap as f64 / MICROS_PER_SEC as f64;
            self.session.squared_gaps += gap_secs * gap_secs;
        }
        self.session.last = event.time;
        self.session.length = self.session.length.saturating_add(1);
        let previous_endpoint = (!begins).then_some(self.last_endpoint);
        self.groups.observe(&Seen { event, kind, gap_micros, previous_endpoint, profiles });
        self.last_endpoint = event.endpoint;
        self.last_client = Some(event.client);
        self.last_position = event.position;
    }

    fn end_session(
        &self,
        entity: Entity,
        (limits, policy): (Limits, ObservePolicy),
        row: &mut [f32; WIDTH],
        emit: &mut impl FnMut(Observation<'_>),
    ) {
        if self.session.length < FIRST_SCHEDULED && policy != ObservePolicy::Tables {
            return;
        }
        self.groups.fill(entity.kind(), &self.session, &mut row[..]);
        let time = self.session.last;
        emit(Observation {
            entity,
            time,
            known_at: time.plus_micros(limits.idle_gap_micros()),
            position: self.last_position,
            event: None,
            moment: Moment::SessionEnd,
            row: &row[..],
        });
    }
}

/// Lets those go who were idle for so long that nothing of theirs is in any window.
fn retire(
    table: &mut Table<State>,
    now: Timestamp,
    asked: (Limits, ObservePolicy),
    row: &mut [f32; WIDTH],
    emit: &mut impl FnMut(Observation<'_>),
) -> u64 {
    let is_over =
        |state: &State| now.micros_since(state.session.last) > RETENTION_SECS * MICROS_PER_SEC;
    let mut retired = 0;
    while table.oldest().is_some_and(|(_, state)| is_over(state)) {
        if let Some((entity, state)) = table.pop_oldest() {
            state.end_session(entity, asked, row, emit);
            retired += 1;
        }
    }
    retired
}

/// Whether an event is of the kind that indicators count, so that the row must be looked at now.
fn is_notable(event: &Event, kind: EntityKind) -> bool {
    const FLAGS: EventFlags = EventFlags::AGENT_SCANNER
        .union(EventFlags::FORWARDED_UNTRUSTED)
        .union(EventFlags::CRAWLER_REFUTED)
        .union(EventFlags::MALFORMED);
    if kind == EntityKind::Endpoint {
        return event.auth == AuthOutcome::Failure;
    }
    event.is_client_error()
        || event.auth != AuthOutcome::None
        || event.words.intersects(PathWords::HOSTILE)
        || event.flags.intersects(FLAGS)
        || matches!(event.method, Method::Trace | Method::Other | Method::Missing)
}

#[cfg(test)]
#[path = "observer_tests.rs"]
mod tests;
