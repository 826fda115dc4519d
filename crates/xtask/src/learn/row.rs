//! What one row costs that is judged by what was trained.

use std::hint::black_box;
use std::path::Path;
use std::time::Instant;

use anyhow::{Context, Result, bail};
use domain::{Entity, EntityKind, Event, Moment, Observation, Reject};
use features::{ObservePolicy, Profiles, WIDTH};
use ingest::{Listener, NormaliseOptions, Normaliser, ReadOptions};
use pipeline::{Front, Judge};
use train::site::SiteBundle;

use super::path;

/// Rows that are timed, at most.
const ROWS: usize = 50_000;
const ROUNDS: usize = 9;

/// Microseconds a row: medians over the rounds.
pub(super) struct RowCost {
    pub(super) rows: usize,
    /// What was learned of attacks, asked alone.
    pub(super) learned_micros: f64,
    /// The whole verdict: all indicators, both models, and why, where there is something to explain.
    pub(super) verdict_micros: f64,
}

/// Times the rows of clients at which models look, those of a log's first sessions, on one thread.
pub(super) fn measure(bundle: &Path, log: &Path) -> Result<RowCost> {
    let SiteBundle { endpoints, bundle, .. } = SiteBundle::load(bundle)?;
    let mut normaliser = Normaliser::frozen(endpoints, NormaliseOptions::default());
    let front = Front::new(0, 1, bundle.limits, ObservePolicy::Judging);
    let mut due = Due { front, profiles: &bundle.profiles, entities: Vec::new(), rows: Vec::new() };
    ingest::read(&[path(log)?.to_owned()], &ReadOptions::default(), &mut normaliser, &mut due)?;
    let Due { entities, rows, .. } = due;
    let model = bundle.learned(EntityKind::Client).context("nothing was learned")?;
    if entities.is_empty() {
        bail!("no session of the log is long enough to be judged");
    }
    let share = bundle.fitted.budget_share;
    let learned = || {
        for row in rows.chunks_exact(WIDTH) {
            black_box(model.strength(row, share));
        }
    };
    let judge = Judge::new(&bundle);
    let verdict = || {
        for (entity, row) in entities.iter().zip(rows.chunks_exact(WIDTH)) {
            let (time, position) = Default::default();
            let moment = Moment::Scheduled;
            let seen = Observation { entity: *entity, time, position, event: None, moment, row };
            drop(black_box(judge.judge(&seen)));
        }
    };
    Ok(RowCost {
        rows: entities.len(),
        learned_micros: micros_a_row(entities.len(), learned),
        verdict_micros: micros_a_row(entities.len(), verdict),
    })
}

fn micros_a_row(rows: usize, work: impl Fn()) -> f64 {
    let round = |_| {
        let started = Instant::now();
        work();
        started.elapsed().as_secs_f64() * 1e6 / rows as f64
    };
    let mut rounds: Vec<f64> = (0..ROUNDS).map(round).collect();
    rounds.sort_by(f64::total_cmp);
    rounds[ROUNDS / 2]
}

/// Keeps the rows of clients on the schedule and at the ends of sessions.
struct Due<'a> {
    front: Front,
    profiles: &'a Profiles,
    entities: Vec<Entity>,
    rows: Vec<f32>,
}

impl Listener for Due<'_> {
    fn event(&mut self, event: Event) {
        let Self { front, profiles, entities, rows } = self;
        let is_client = |entity: &Entity| entity.kind() == EntityKind::Client;
        front.observe(&event, profiles, is_client, |seen| {
            if seen.moment != Moment::Notable && entities.len() < ROWS {
                entities.push(seen.entity);
                rows.extend_from_slice(seen.row);
            }
        });
    }

    fn reject(&mut self, _source: &str, _reject: &Reject, _line: &[u8]) {}

    fn progress(&mut self, _progress: ingest::Progress) {}
}
