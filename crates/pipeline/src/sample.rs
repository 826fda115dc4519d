//! The rows that a bundle is fitted on.

use std::collections::BTreeMap;

use domain::{Entity, EntityKind, Moment, Observation, Row, Timestamp};
use features::{ColumnId, SHARDS, WIDTH, column, shard_of};

use crate::judge::is_judged;
use crate::routing::{hash_of, upper_bits};
use crate::{LEAST_CALLS, Label, Routing};

/// Entities of a kind that a fit looks at, about: more tell little more about what is normal.
const SAMPLED_ENTITIES: usize = 8_000;
/// Sessions that a shard keeps of each kind of entity; beyond it the sample is thinned.
const SAMPLE_A_SHARD: usize = 1_000;
/// Entities of a kind whose last labelled call a shard remembers.
const MAX_MARKS: usize = 100_000;
/// A session's beginning is known from its duration only to so many microseconds.
const SLACK_MICROS: i64 = 1_000;

const CALLS: ColumnId = column("sequence_length");
const DURATION_MIN: ColumnId = column("vsession_duration_min");

/// Which entities a fit looks at: all, or a share drawn by hash, so that it depends on nothing but who
/// they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sampling {
    highest_hash: u64,
}

impl Sampling {
    /// The sampling for a log with so many clients.
    pub fn of(clients: usize) -> Self {
        if clients <= SAMPLED_ENTITIES {
            return Self { highest_hash: u64::MAX };
        }
        Self { highest_hash: u64::MAX / clients as u64 * SAMPLED_ENTITIES as u64 }
    }

    /// Whether an entity is in the sample.
    pub fn takes(&self, entity: &Entity) -> bool {
        is_judged(entity.kind()) && hash_of(entity) <= self.highest_hash
    }

    /// Whether it may take an entity of an event; where not, it takes none.
    pub fn may_take(&self, routing: Routing) -> bool {
        routing.lowest_hash <= upper_bits(self.highest_hash)
    }

    /// The share of the entities that it takes.
    fn share(&self) -> f64 {
        self.highest_hash as f64 / u64::MAX as f64
    }
}

/// Collects the rows that a bundle is fitted on: those of every session, or of a bounded sample of the
/// entities, drawn by hash so that it depends on nothing but who they are.
#[derive(Debug)]
pub struct SampleFit {
    sampling: Sampling,
    shards: BTreeMap<(EntityKind, usize), ShardSample>,
}

#[derive(Debug)]
struct ShardSample {
    /// Entities whose hash is above are not in the sample.
    highest_hash: u64,
    open: BTreeMap<Entity, SampledSession>,
    closed: Vec<SampledSession>,
    marks: BTreeMap<Entity, (Label, Timestamp)>,
    sessions: u64,
}

impl Default for ShardSample {
    fn default() -> Self {
        Self {
            highest_hash: u64::MAX,
            open: BTreeMap::new(),
            closed: Vec::new(),
            marks: BTreeMap::new(),
            sessions: 0,
        }
    }
}

/// The rows of one session, in the order of time, and what is known of it.
#[derive(Clone, Debug)]
pub struct SampledSession {
    entity: Entity,
    rows: Vec<f32>,
    /// When each row stood so.
    times: Vec<Timestamp>,
    label: Option<Label>,
    /// How many rows there were before the first labelled call.
    unlabelled_rows: usize,
}

/// A part of the time that a sample covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// All of it.
    Whole,
    /// What had happened by then.
    Until(Timestamp),
    /// What came after.
    After(Timestamp),
}

impl SampleFit {
    /// Nothing collected yet.
    pub const fn new(sampling: Sampling) -> Self {
        Self { sampling, shards: BTreeMap::new() }
    }

    /// Which entities it wants to see.
    pub const fn sampling(&self) -> Sampling {
        self.sampling
    }

    /// Takes an observation of the schedule or of a session's end.
    pub fn observe(&mut self, seen: &Observation<'_>) {
        if CALLS.of(seen.row) < LEAST_CALLS as f32 {
            return;
        }
        let shard = (seen.entity.kind(), shard_of(&seen.entity));
        self.shards.entry(shard).or_default().observe(seen);
    }

    /// Takes note that a call is labelled; it comes before the observations of that call. Beyond
    /// `MAX_MARKS` entities a shard that are in a labelled session at a time, further ones stay
    /// unlabelled.
    pub fn mark(&mut self, entity: Entity, label: Label, at: Timestamp) {
        let shard = (entity.kind(), shard_of(&entity));
        self.shards.entry(shard).or_default().mark(entity, label, at);
    }

    /// Joins what lanes have collected. No entity may be in two of them.
    pub fn join(sampling: Sampling, lanes: impl IntoIterator<Item = Self>) -> Self {
        Self { sampling, shards: lanes.into_iter().flat_map(|lane| lane.shards).collect() }
    }

    /// How many long sessions there were in all, as far as the sample tells.
    pub(crate) fn session_count(&self) -> u64 {
        let counted: u64 = self.shards.values().map(|shard| shard.sessions).sum();
        (counted as f64 / self.sampling.share()) as u64
    }

    /// The sessions of a kind of entity that were kept, in an order that depends on nothing but them.
    pub fn sessions(&self, kind: EntityKind) -> Vec<&SampledSession> {
        self.shards.range((kind, 0)..(kind, SHARDS)).flat_map(|(_, shard)| &shard.closed).collect()
    }
}

impl ShardSample {
    fn mark(&mut self, entity: Entity, label: Label, at: Timestamp) {
        let has_room = self.marks.len() < MAX_MARKS;
        match self.marks.get_mut(&entity) {
            // An attack stays one, whatever else its session holds.
            Some((Label::Attack(_), last)) if label == Label::Benign => *last = at,
            Some(known) => *known = (label, at),
            None if has_room => drop(self.marks.insert(entity, (label, at))),
            None => {}
        }
    }

    fn observe(&mut self, seen: &Observation<'_>) {
        let ends = seen.moment == Moment::SessionEnd;
        self.sessions += u64::from(ends);
        if hash_of(&seen.entity) > self.highest_hash {
            return;
        }
        let begun = seen.time.plus_micros((DURATION_MIN.of(seen.row) * -6e7) as i64 - SLACK_MICROS);
        let mark = self.marks.get(&seen.entity).filter(|(_, at)| (begun..=seen.time).contains(at));
        let label = mark.map(|(label, _)| *label);
        let new = SampledSession::new(seen.entity);
        let session = self.open.entry(seen.entity).or_insert(new);
        session.unlabelled_rows += usize::from(label.is_none());
        session.label = label;
        session.rows.extend_from_slice(seen.row);
        session.times.push(seen.time);
        if ends {
            // A mark of a later call belongs to the session that follows.
            if self.marks.get(&seen.entity).is_some_and(|(_, at)| *at <= seen.time) {
                self.marks.remove(&seen.entity);
            }
            self.closed.extend(self.open.remove(&seen.entity));
        }
        while self.open.len() + self.closed.len() > SAMPLE_A_SHARD && self.highest_hash > 0 {
            self.highest_hash /= 2;
            let highest = self.highest_hash;
            self.open.retain(|entity, _| hash_of(entity) <= highest);
            self.closed.retain(|session| hash_of(&session.entity) <= highest);
        }
    }
}

impl SampledSession {
    fn new(entity: Entity) -> Self {
        Self { entity, rows: Vec::new(), times: Vec::new(), label: None, unlabelled_rows: 0 }
    }

    /// Whose session it was.
    pub fn entity(&self) -> Entity {
        self.entity
    }

    /// What is known of it; an attack where any call of it was one.
    pub fn label(&self) -> Option<Label> {
        self.label
    }

    /// Its rows in the order of time; there is at least one.
    pub fn rows(&self) -> impl Iterator<Item = &Row> {
        self.rows.chunks_exact(WIDTH)
    }

    /// Its rows of a part of the time, in order; there may be none.
    pub fn rows_of(&self, part: Part) -> impl Iterator<Item = &Row> {
        let (first, end) = self.places(part);
        self.rows[first * WIDTH..end * WIDTH].chunks_exact(WIDTH)
    }

    /// Its rows of a part of the time from the first that knows of a labelled call.
    pub fn labelled_rows_of(&self, part: Part) -> impl Iterator<Item = &Row> {
        let (first, end) = self.places(part);
        let first = first.max(self.unlabelled_rows).min(end);
        self.rows[first * WIDTH..end * WIDTH].chunks_exact(WIDTH)
    }

    /// The places of a part's rows: from the first to before the last.
    fn places(&self, part: Part) -> (usize, usize) {
        let later = |cut: Timestamp| self.times.partition_point(|time| *time <= cut);
        match part {
            Part::Whole => (0, self.times.len()),
            Part::Until(cut) => (0, later(cut)),
            Part::After(cut) => (later(cut), self.times.len()),
        }
    }

    /// Its last row.
    pub fn last(&self) -> &Row {
        &self.rows[self.rows.len() - WIDTH..]
    }
}
