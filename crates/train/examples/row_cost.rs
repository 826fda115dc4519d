//! What one row costs that is judged by what was trained, optimised as it is for users.
//!
//! ```text
//! row_cost BUNDLE LOG
//! ```
//!
//! Prints how many rows were timed, the microseconds a row of what was learned alone, and those of the
//! whole verdict.

use std::error::Error;
use std::hint::black_box;
use std::io::Write;
use std::path::Path;
use std::time::Instant;

use domain::{Entity, EntityKind, Event, Moment, Observation, Reject};
use features::{ObservePolicy, Profiles, WIDTH};
use ingest::{Listener, NormaliseOptions, Normaliser, ReadOptions};
use pipeline::{Front, Judge};
use train::site::SiteBundle;

/// Rows that are timed, at most.
const ROWS: usize = 50_000;
const ROUNDS: usize = 9;

/// Times the rows of clients at which models look, those of a log's first sessions, on one thread.
fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [bundle, log] = arguments.as_slice() else {
        return Err("usage: row_cost BUNDLE LOG".into());
    };
    let SiteBundle { endpoints, bundle, .. } = SiteBundle::load(Path::new(bundle))?;
    let mut normaliser = Normaliser::frozen(endpoints, NormaliseOptions::default());
    let front = Front::new(0, 1, bundle.limits, ObservePolicy::Judging);
    let mut due = Due { front, profiles: &bundle.profiles, entities: Vec::new(), rows: Vec::new() };
    ingest::read(std::slice::from_ref(log), &ReadOptions::default(), &mut normaliser, &mut due)?;
    let Due { entities, rows, .. } = due;
    let model = bundle.learned(EntityKind::Client).ok_or("nothing was learned")?;
    if entities.is_empty() {
        return Err("no session of the log is long enough to be judged".into());
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
            let (time, known_at, position) = Default::default();
            let (entity, moment) = (*entity, Moment::Scheduled);
            let seen = Observation { entity, time, known_at, position, event: None, moment, row };
            drop(black_box(judge.judge(&seen)));
        }
    };
    let count = entities.len();
    let (learned, verdict) = (micros_a_row(count, learned), micros_a_row(count, verdict));
    writeln!(std::io::stdout(), "{count} {learned} {verdict}")?;
    Ok(())
}

/// Microseconds a row: the median over the rounds.
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
