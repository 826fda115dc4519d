//! Learning what is normal, and what it is learned from: the rows of a log, with what is known of them.

use domain::{Client, Entity, Event, Timestamp};
use features::{ObservePolicy, ProfileFolds, Profiles};
use pipeline::{Bundle, Front, Label, Period, Routing, SampleFit, Sampling};
use train::site::{Folds, Labels, SiteSketch};

use crate::config::Config;
use crate::exit::Failure;
use crate::passes::{self, Log};

/// What is known of a log, and how much of it is learned from.
#[derive(Debug)]
pub(crate) struct Lesson<'a> {
    /// What is known of the log's events.
    pub(crate) labels: &'a Labels,
    /// Nothing later is learned from.
    pub(crate) until: Option<Timestamp>,
}

impl Lesson<'_> {
    /// The time that is learned from.
    pub(crate) fn period(&self, log: &Log) -> Option<Period> {
        let all = log.period()?;
        Some(log.between(all.first, self.until.unwrap_or(all.last).min(all.last)))
    }

    fn covers(&self, event: &Event) -> bool {
        self.until.is_none_or(|until| event.time <= until)
    }
}

/// Learns what is normal, without labels.
pub(crate) fn fit(log: &Log, config: &Config) -> Result<Bundle, Failure> {
    let lesson = Lesson { labels: &Labels::default(), until: None };
    let sample = sample(log, |_| &log.profiles, config, &lesson)?;
    fit_normal(&log.profiles, log.period(), &sample, config)
}

/// Learns what is normal from rows that were collected.
pub(crate) fn fit_normal(
    profiles: &Profiles,
    period: Option<Period>,
    sample: &SampleFit,
    config: &Config,
) -> Result<Bundle, Failure> {
    let (limits, budget) = (passes::limits(config)?, passes::budget(config)?);
    Ok(pipeline::fit(sample, profiles.clone(), limits, period, budget, config.judge.seed))
}

/// Collects the rows of a sample of the entities, and of everybody that the lesson mentions. Each event
/// is held against the profiles that are there for its client.
pub(crate) fn sample<'p>(
    log: &Log,
    profiles: impl Fn(Client) -> &'p Profiles + Sync,
    config: &Config,
    lesson: &Lesson<'_>,
) -> Result<SampleFit, Failure> {
    let sampling = Sampling::of(log.clients);
    let samples = passes::on_lanes(passes::limits(config)?, ObservePolicy::Fitting, |front| {
        let mut sample = SampleFit::new(sampling);
        let own = front.shards();
        // Of a long log the sample takes one event in a hundred. Labels are known of events alone.
        let may_be_wanted = |it: Routing| {
            it.shards.intersect(own) && (sampling.may_take(it) || !lesson.labels.is_empty())
        };
        let collected = log.tape.for_each_of(may_be_wanted, |event| {
            if lesson.covers(event) {
                take(event, profiles(event.client), lesson.labels, front, &mut sample);
            }
        });
        collected.map_err(|error| passes::tape_failure(&error))?;
        front.finish(|seen| sample.observe(&seen));
        Ok(sample)
    })?;
    Ok(SampleFit::join(sampling, samples.into_iter().map(|(sample, _)| sample)))
}

fn take(
    event: &Event,
    profiles: &Profiles,
    labels: &Labels,
    front: &mut Front,
    sample: &mut SampleFit,
) {
    let sampling = sample.sampling();
    let wanted = |entity: &Entity| {
        sampling.takes(entity) || (pipeline::is_judged(entity.kind()) && labels.mentions(entity))
    };
    let client = Entity::Client(event.client);
    // A label says what a client did. The account that it attacked has done nothing, and calling its row an
    // attack's accuses the owner, who comes back to the same row.
    if front.follows(&client)
        && wanted(&client)
        && let Some(label) = labels.of(event)
    {
        sample.mark(client, label, event.time);
    }
    front.observe(event, profiles, wanted, |seen| sample.observe(&seen));
}

/// The profiles of the whole site, and those without the clients of each part.
pub(crate) fn fold_profiles(
    log: &Log,
    folds: &Folds,
    until: Option<Timestamp>,
    config: &Config,
) -> Result<(Profiles, Vec<Profiles>), Failure> {
    let idle_gap_micros = passes::limits(config)?.idle_gap_micros();
    let mut profiles = ProfileFolds::new(folds.count());
    let observed = log.tape.for_each(|event| {
        if until.is_none_or(|until| event.time <= until) {
            profiles.observe(folds.of(event.client), event, idle_gap_micros);
        }
    });
    observed.map_err(|error| passes::tape_failure(&error))?;
    Ok(profiles.finish())
}

/// The site as its own traffic shows it, known attacks left out.
pub(crate) fn sketch<'p>(
    log: &Log,
    profiles: &'p Profiles,
    lesson: &Lesson<'_>,
) -> Result<SiteSketch<'p>, Failure> {
    let mut sketch = SiteSketch::new(profiles);
    let seen = log.tape.for_each(|event| {
        let attacks = || matches!(lesson.labels.of(event), Some(Label::Attack(_)));
        if lesson.covers(event) && !attacks() {
            sketch.observe(event);
        }
    });
    seen.map_err(|error| passes::tape_failure(&error))?;
    Ok(sketch)
}
