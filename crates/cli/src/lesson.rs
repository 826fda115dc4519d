//! What is learned from: the rows of a log, with what is known of them.

use std::collections::BTreeSet;

use domain::{Entity, Event, Threat, Timestamp};
use features::{ObservePolicy, Profiles};
use pipeline::{Label, Lane, SampleFit, Sampling};
use train::site::Labels;

use crate::config::Config;
use crate::exit::Failure;
use crate::passes::{self, Log};

/// What there is to learn from beside a log's own events.
#[derive(Debug, Default)]
pub(crate) struct Lesson {
    /// What is known of the log's events.
    pub(crate) labels: Labels,
    /// Attacks that are woven in, in the order of time, each call with its threat.
    pub(crate) woven: Vec<(Event, Threat)>,
    /// Nothing later is learned from.
    pub(crate) until: Option<Timestamp>,
}

impl Lesson {
    /// Whoever makes the calls that are woven in.
    pub(crate) fn woven_entities(&self) -> BTreeSet<Entity> {
        self.woven.iter().flat_map(|(event, _)| event.entities()).collect()
    }
}

/// Collects the rows of a sample of the entities, and of everybody that the lesson mentions.
pub(crate) fn sample(
    log: &Log,
    profiles: &Profiles,
    config: &Config,
    lesson: &Lesson,
) -> Result<SampleFit, Failure> {
    let sampling = Sampling::of(log.clients);
    let attackers = lesson.woven_entities();
    let samples = passes::on_lanes(passes::limits(config)?, ObservePolicy::Fitting, |lane| {
        let mut collector = Collector {
            profiles,
            lesson,
            attackers: &attackers,
            lane,
            sample: SampleFit::new(sampling),
            next: 0,
        };
        let shards = collector.lane.shards();
        let collected = log.tape.for_each_of(shards, |event| collector.take(event));
        collected.map_err(|error| passes::tape_failure(&error))?;
        Ok(collector.finish())
    })?;
    Ok(SampleFit::join(sampling, samples.into_iter().map(|(sample, _)| sample)))
}

/// Collects the rows of one lane.
struct Collector<'a> {
    profiles: &'a Profiles,
    lesson: &'a Lesson,
    attackers: &'a BTreeSet<Entity>,
    lane: &'a mut Lane,
    sample: SampleFit,
    /// The next of the calls that are woven in.
    next: usize,
}

impl Collector<'_> {
    /// Takes the next event of the log in, and whatever is woven in before it.
    fn take(&mut self, event: &Event) {
        if self.lesson.until.is_some_and(|until| event.time > until) {
            return;
        }
        self.weave(event.time);
        self.observe(event, self.lesson.labels.of(event));
    }

    fn weave(&mut self, until: Timestamp) {
        while let Some((event, threat)) = self.lesson.woven.get(self.next)
            && event.time <= until
        {
            self.next += 1;
            self.observe(event, Some(Label::Attack(*threat)));
        }
    }

    fn observe(&mut self, event: &Event, label: Option<Label>) {
        let (sample, lesson, attackers) = (&mut self.sample, self.lesson, self.attackers);
        let sampling = sample.sampling();
        let wanted = |entity: &Entity| {
            let is_mentioned = || lesson.labels.mentions(entity) || attackers.contains(entity);
            sampling.takes(entity) || (pipeline::is_judged(entity.kind()) && is_mentioned())
        };
        if let Some(label) = label {
            for entity in event.entities().filter(|it| self.lane.follows(it) && wanted(it)) {
                sample.mark(entity, label, event.time);
            }
        }
        self.lane.observe(event, self.profiles, wanted, |seen| sample.observe(&seen));
    }

    fn finish(mut self) -> SampleFit {
        self.weave(self.lesson.until.unwrap_or(Timestamp::from_micros(i64::MAX)));
        let sample = &mut self.sample;
        self.lane.finish(|seen| sample.observe(&seen));
        self.sample
    }
}
