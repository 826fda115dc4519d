//! Reading a log to learn from it, and everything that is fitted on it, in its order.

use std::collections::BTreeSet;

use clap::ValueEnum;
use domain::{EntityKind, Threat, Timestamp};
use pipeline::{Bundle, Spread};
use serde::Serialize;
use simulate::attacks::THREATS;
use train::site::{Folds, KindReport, LearnOptions, Lecture, Woven, learn, reached_later};

use crate::commands::{Session, Terminal};
use crate::config::Config;
use crate::exit::{Exit, Failure};
use crate::lesson::{self, Lesson};
use crate::passes::{self, Endpoints, Log};

/// Whether attacks are woven into the site's traffic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Weave {
    /// Those of the threats that are labelled at fewer than 20 clients.
    Auto,
    /// Those of all threats.
    Always,
    /// None.
    Never,
}

/// So many labelled attackers show a threat well enough.
const ENOUGH_LABELLED: usize = 20;
/// The share of the time after which sessions set the limits, by what was fitted before.
const EARLIER_SHARE: f64 = 0.6;
/// Fewer sessions after that do not: other actors of the same time do.
const LEAST_LATER: usize = 100;

/// How models are fitted on logs.
#[derive(Clone, Debug)]
pub(crate) struct LogProtocol {
    pub(crate) folds: usize,
    pub(crate) seed: u64,
    pub(crate) threads: usize,
    pub(crate) weave: Weave,
    /// Columns that no model of attacks looks at.
    pub(crate) dropped: Vec<String>,
}

/// What was fitted, and how that went.
pub(super) struct Trained {
    pub(super) bundle: Bundle,
    pub(super) report: KindReport,
    pub(super) woven: Woven,
    pub(super) calibration: Calibration,
}

/// By what the limits were set: sessions that came later than all that judged them, and whose actors it
/// had not seen; where there are too few, sessions of other actors at the same time.
#[derive(Clone, Copy, Debug, Serialize)]
pub(super) struct Calibration {
    /// Ordinary sessions, of all kinds of entities, that set the limits of indicators from a later time.
    pub(super) later_sessions: usize,
    /// Ordinary clients' sessions that set the limit of what was learned from a later time.
    pub(super) later_learned: usize,
}

/// Reads the logs twice: once to learn their endpoints, from what came until `until`, and once as
/// `detect --model` will read them, so that both see the same events.
pub(super) fn read(
    inputs: &[String],
    session: &Session,
    until: Option<Timestamp>,
) -> Result<Log, Failure> {
    if inputs.iter().any(|input| input == "-") {
        let rule = "-: logs are read twice, standard input can be read only once: give a file";
        return Err(Failure::new(Exit::Usage, rule));
    }
    let config = &session.effective.config;
    let mut terminal = Terminal::new(session.quiet, None)?;
    let first = passes::read(inputs, config, Endpoints::Learned { until }, &mut terminal)?;
    let endpoints = first.directory.endpoints;
    drop(first.tape);
    let log = passes::read(inputs, config, Endpoints::Known(&endpoints), &mut terminal)?;
    terminal.finish()?;
    Ok(log)
}

/// Fits everything on what the lesson shows of a log: nothing of the result has seen anything else, but
/// for the endpoints' numbers, which the log already has.
pub(super) fn fit(
    log: &Log,
    config: &Config,
    lesson: &Lesson<'_>,
    protocol: &LogProtocol,
    measures_unseen: bool,
) -> Result<Trained, Failure> {
    let folds = Folds::new(protocol.folds, lesson.labels.campaigns().clone());
    let (profiles, without) = lesson::fold_profiles(log, &folds, lesson.until, config)?;
    let woven = Woven::draw(
        &lesson::sketch(log, &profiles, lesson)?,
        &woven_threats(lesson, protocol.weave),
        &log.directory,
        passes::normalise_options(config)?,
        protocol.seed,
    );
    let sample = lesson::sample(log, |client| &without[folds.of(client)], config, lesson)?;
    let mut bundle = lesson::fit_normal(&profiles, lesson.period(log), &sample, config)?;
    // Sessions that are judged later are held against the whole site's profiles.
    bundle.spread = Spread::fit(&lesson::sample(log, |_| &profiles, config, lesson)?);
    let attacks = woven.observe(&without, bundle.limits);
    let lecture = Lecture { sample: &sample, attacks: &attacks, woven: &woven };
    let options = LearnOptions {
        folds: &folds,
        seed: protocol.seed,
        threads: protocol.threads,
        budget_share: bundle.fitted.budget_share,
        dropped: &protocol.dropped,
        measures_unseen,
    };
    let (model, report) = learn(lecture, &options)?;
    bundle.learned = model.map(|model| (EntityKind::Client, model)).into_iter().collect();
    let calibration = calibrate(&mut bundle, log, config, lesson, &options, &woven)?;
    Ok(Trained { bundle, report, woven, calibration })
}

/// Sets the limits by held-out time.
fn calibrate(
    bundle: &mut Bundle,
    log: &Log,
    config: &Config,
    lesson: &Lesson<'_>,
    options: &LearnOptions<'_>,
    woven: &Woven,
) -> Result<Calibration, Failure> {
    let mut calibration = Calibration { later_sessions: 0, later_learned: 0 };
    let Some(period) = lesson.period(log) else { return Ok(calibration) };
    let earlier_micros = period.last.micros_since(period.first) as f64 * EARLIER_SHARE;
    let cut = period.first.plus_micros(earlier_micros as i64);
    let (_, without) = lesson::fold_profiles(log, options.folds, Some(cut), config)?;
    let profiles = |client| &without[options.folds.of(client)];
    let sample = lesson::sample(log, profiles, config, lesson)?;
    calibration.later_sessions = pipeline::calibrate(bundle, &sample, cut);
    let Some((_, model)) = bundle.learned.first_mut() else { return Ok(calibration) };
    let attacks = woven.observe(&without, bundle.limits);
    let lecture = Lecture { sample: &sample, attacks: &attacks, woven };
    let reached = reached_later(lecture, model.estimator(), cut, options)?;
    if reached.len() >= LEAST_LATER {
        calibration.later_learned = reached.len();
        model.calibrate(reached);
    }
    Ok(calibration)
}

fn woven_threats(lesson: &Lesson<'_>, weave: Weave) -> BTreeSet<Threat> {
    let (labelled, _) = lesson.labels.counts();
    let is_shown = |threat: &Threat| {
        labelled.get(threat).is_some_and(|attackers| *attackers >= ENOUGH_LABELLED)
    };
    match weave {
        Weave::Never => BTreeSet::new(),
        Weave::Always => THREATS.into(),
        Weave::Auto => THREATS.into_iter().filter(|threat| !is_shown(threat)).collect(),
    }
}
