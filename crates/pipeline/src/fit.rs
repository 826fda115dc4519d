//! Fitting a bundle on a log without labels.

use std::collections::BTreeMap;

use domain::{Entity, EntityKind, Moment, Observation, Row};
use features::{ColumnId, Limits, Profiles, SHARDS, WIDTH, column, mix, shard_of};
use models::quantiles;
use threats::{Baseline, INDICATORS, Normal, View};

use crate::judge::{is_judged, strength_of};
use crate::{AnomalyModel, Budget, Bundle, Fitted, LEAST_CALLS, Period, Tail};

/// Entities of a kind that a fit looks at, about: more tell little more about what is normal.
const SAMPLED_ENTITIES: usize = 8_000;
/// Sessions that a shard keeps of each kind of entity; beyond it the sample is thinned.
const SAMPLE_A_SHARD: usize = 1_000;
/// Fewer ordinary sessions say nothing about what is usual as a whole.
const LEAST_FOR_MODEL: usize = 100;
/// The share of the sample that is trimmed as least usual, beyond what the floors trim.
const TRIMMED_SHARE: f64 = 0.05;
/// The strength that a budget may ask of a finding at most: the extrapolation behind a small budget is
/// too uncertain to silence what is far out.
const MOST_STRENGTH: f32 = 1.5;

const CALLS: ColumnId = column("sequence_length");

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
    open: BTreeMap<Entity, Vec<f32>>,
    closed: Vec<Session>,
    sessions: u64,
}

impl Default for ShardSample {
    fn default() -> Self {
        Self { highest_hash: u64::MAX, open: BTreeMap::new(), closed: Vec::new(), sessions: 0 }
    }
}

/// The rows of one session, in the order of time.
#[derive(Debug)]
struct Session {
    entity: Entity,
    rows: Vec<f32>,
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

    /// Joins what lanes have collected. No entity may be in two of them.
    pub fn join(sampling: Sampling, lanes: impl IntoIterator<Item = Self>) -> Self {
        Self { sampling, shards: lanes.into_iter().flat_map(|lane| lane.shards).collect() }
    }

    /// How many long sessions there were in all, as far as the sample tells.
    fn sessions(&self) -> u64 {
        let counted: u64 = self.shards.values().map(|shard| shard.sessions).sum();
        (counted as f64 / self.sampling.share()) as u64
    }

    fn kind(&self, kind: EntityKind) -> Vec<&Session> {
        self.shards.range((kind, 0)..(kind, SHARDS)).flat_map(|(_, shard)| &shard.closed).collect()
    }
}

impl ShardSample {
    fn observe(&mut self, seen: &Observation<'_>) {
        let ends = seen.moment == Moment::SessionEnd;
        self.sessions += u64::from(ends);
        if hash_of(&seen.entity) > self.highest_hash {
            return;
        }
        let rows = self.open.entry(seen.entity).or_default();
        rows.extend_from_slice(seen.row);
        if ends {
            let rows = self.open.remove(&seen.entity).unwrap_or_default();
            self.closed.push(Session { entity: seen.entity, rows });
        }
        while self.open.len() + self.closed.len() > SAMPLE_A_SHARD && self.highest_hash > 0 {
            self.highest_hash /= 2;
            let highest = self.highest_hash;
            self.open.retain(|entity, _| hash_of(entity) <= highest);
            self.closed.retain(|session| hash_of(&session.entity) <= highest);
        }
    }
}

impl Session {
    fn rows(&self) -> impl Iterator<Item = &Row> {
        self.rows.chunks_exact(WIDTH)
    }

    fn last(&self) -> &Row {
        &self.rows[self.rows.len() - WIDTH..]
    }

    /// The strongest finding of each indicator over the session.
    fn strengths(&self, baseline: &Baseline) -> Vec<f32> {
        let kind = self.entity.kind();
        let strength = |indicator: &&dyn threats::Indicator| {
            self.rows()
                .filter_map(|row| indicator.judge(&View { kind, row, baseline }))
                .map(|found| strength_of(found.score))
                .fold(0.0, f32::max)
        };
        INDICATORS.iter().map(strength).collect()
    }
}

/// A hash of an entity that is the same in every process, and another than the one of its shard.
fn hash_of(entity: &Entity) -> u64 {
    match entity {
        Entity::Client(client) => mix(features::client_hash(*client)),
        Entity::Account(account) => mix(mix(account.0.0.into())),
        Entity::Credential(credential) => mix(mix(credential.0.get())),
        Entity::Endpoint(endpoint) => mix(mix(endpoint.0.into())),
    }
}

/// Fits a bundle on the sessions of a log, attacks and all.
///
/// First whatever the indicators' floors call an attack is trimmed, then the least usual rest; what is
/// left is called ordinary, and what is normal is its range. Thresholds are cross-fitted: each half of
/// the ordinary sessions is judged by what the other half calls normal.
pub fn fit(
    sample: &SampleFit,
    profiles: Profiles,
    limits: Limits,
    period: Option<Period>,
    budget: Budget,
    seed: u64,
) -> Bundle {
    let sessions = sample.sessions();
    let days = period.map_or(1.0, |period| period.days());
    let budget_share = budget.share_of(sessions as f64 / days);
    let mut bundle = Bundle {
        limits,
        profiles,
        baseline: Baseline::default(),
        anomalies: Vec::new(),
        least_strength: Vec::new(),
        fitted: Fitted { period, sessions, sampled: 0, trimmed: 0, budget, budget_share, seed },
    };
    let mut reached: Vec<Vec<f32>> = vec![Vec::new(); INDICATORS.len()];
    for kind in EntityKind::ALL.into_iter().filter(|kind| is_judged(*kind)) {
        let all = sample.kind(kind);
        let ordinary = trim(kind, &all, seed);
        bundle.fitted.sampled += all.len();
        bundle.fitted.trimmed += all.len() - ordinary.len();
        bundle.baseline.set(kind, ordinary.len() as u32, normals(&ordinary));
        let distances = cross_fit(kind, &ordinary, seed, &mut reached);
        if ordinary.len() < LEAST_FOR_MODEL {
            continue;
        }
        let last_rows = ordinary.iter().map(|session| session.last());
        if let Ok(mut model) = AnomalyModel::fit(kind, last_rows, seed) {
            model.calibrate(Tail::fit(distances));
            bundle.anomalies.push((kind, model));
        }
    }
    bundle.least_strength = INDICATORS
        .iter()
        .zip(reached)
        .map(|(indicator, reached)| (indicator.threat(), least_strength(reached, budget_share)))
        .collect();
    bundle
}

/// How strong a finding must be so that no larger a share of ordinary sessions reaches it than the
/// budget allows.
fn least_strength(reached: Vec<f32>, budget_share: f64) -> f32 {
    Tail::fit(reached).value_at(budget_share).clamp(1.0, MOST_STRENGTH)
}

/// The sessions that may be called ordinary.
fn trim<'a>(kind: EntityKind, all: &[&'a Session], seed: u64) -> Vec<&'a Session> {
    let unlearned = Baseline::default();
    let quiet: Vec<&Session> = all
        .iter()
        .filter(|session| session.strengths(&unlearned).iter().all(|strength| *strength < 1.0))
        .copied()
        .collect();
    let last_rows = quiet.iter().map(|session| session.last());
    let Ok(model) = AnomalyModel::fit(kind, last_rows, seed) else {
        return quiet;
    };
    let distances: Vec<f32> = quiet.iter().map(|session| model.distance(session.last())).collect();
    let sorted = quantiles::sorted(&distances);
    let limit = quantiles::of_sorted(&sorted, 1.0 - TRIMMED_SHARE);
    let kept = quiet.iter().zip(&distances).filter(|(_, distance)| **distance <= limit);
    kept.map(|(session, _)| *session).collect()
}

/// The range of each column: the lowest and the highest that ordinary sessions come to at any moment,
/// without the outermost 1 % of them.
fn normals(ordinary: &[&Session]) -> Vec<Option<Normal>> {
    (0..WIDTH)
        .map(|place| {
            let over = |pick: fn(f32, f32) -> f32| -> Vec<f32> {
                let of =
                    |session: &&Session| session.rows().map(|row| row[place]).fold(f32::NAN, pick);
                quantiles::sorted(&ordinary.iter().map(of).collect::<Vec<f32>>())
            };
            let (lows, highs) = (over(f32::min), over(f32::max));
            if highs.is_empty() {
                return None;
            }
            let last: Vec<f32> = ordinary.iter().map(|session| session.last()[place]).collect();
            Some(Normal {
                low: quantiles::of_sorted(&lows, 0.01),
                median: quantiles::of_sorted(&quantiles::sorted(&last), 0.5),
                high: quantiles::of_sorted(&highs, 0.99),
            })
        })
        .collect()
}

/// Judges each half of the ordinary sessions by the other: gives the largest distance of each session,
/// and adds the strongest finding of each indicator to `reached`.
fn cross_fit(
    kind: EntityKind,
    ordinary: &[&Session],
    seed: u64,
    reached: &mut [Vec<f32>],
) -> Vec<f32> {
    let half_of = |session: &Session| hash_of(&session.entity) >> 1 & 1;
    let mut distances = Vec::with_capacity(ordinary.len());
    for half in 0..2 {
        let (judged, fitted): (Vec<&Session>, Vec<&Session>) =
            ordinary.iter().copied().partition(|session| half_of(session) == half);
        let mut baseline = Baseline::default();
        baseline.set(kind, fitted.len() as u32, normals(&fitted));
        for session in &judged {
            for (reached, strength) in reached.iter_mut().zip(session.strengths(&baseline)) {
                reached.push(strength);
            }
        }
        let last_rows = fitted.iter().map(|session| session.last());
        if let Ok(model) = AnomalyModel::fit(kind, last_rows, seed) {
            let largest = |session: &&Session| {
                session.rows().map(|row| model.distance(row)).fold(0.0, f32::max)
            };
            distances.extend(judged.iter().map(largest));
        }
    }
    distances
}
