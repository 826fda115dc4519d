//! The passes over a log: read it, learn what is normal, judge.

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::thread;

use alerts::Desk;
use domain::{Entity, Observation, Verdict};
use features::{Limits, ObservePolicy, ObserverStats, Profiles, ProfilesFit, SHARDS};
use ingest::{
    Directory, Excerpts, Listener, NormaliseOptions, Normaliser, OpenApi, Progress, ReadErrorKind,
    ReadOptions, ReadReport, Reading, ReorderOptions, Zone,
};
use ipnet::IpNet;
use pipeline::{Budget, Bundle, Judge, Lane, Period, SampleFit, Sampling};

use crate::config::Config;
use crate::exit::{Exit, Failure};
use crate::tape::Tape;

/// A log that was read: its events, and what their numbers stand for.
#[derive(Debug)]
pub(crate) struct Log {
    pub(crate) tape: Tape,
    pub(crate) directory: Directory,
    pub(crate) report: ReadReport,
    pub(crate) excerpts: Excerpts,
    /// Distinct clients, as far as they were counted.
    pub(crate) clients: usize,
    pub(crate) profiles: Profiles,
}

/// Who looks on while a log is read.
pub(crate) trait Onlooker {
    fn reject(&mut self, source: &str, reject: &domain::Reject, line: &[u8]);
    fn progress(&mut self, progress: Progress);
}

/// Reads logs, gives every event its endpoint, and learns what is known of the whole site.
pub(crate) fn read(
    inputs: &[String],
    config: &Config,
    onlooker: &mut impl Onlooker,
) -> Result<Log, Failure> {
    let options = read_options(config)?;
    let mut normaliser = Normaliser::new(normalise_options(config)?);
    let mut recorder = Recorder { tape: Tape::default(), failed: None, onlooker };
    let Reading { report, excerpts } =
        ingest::read(inputs, &options, &mut normaliser, &mut recorder)
            .map_err(|error| Failure::new(exit_of(&error.kind), error))?;
    if let Some(error) = recorder.failed {
        return Err(tape_failure(&error));
    }
    let (directory, resolver) = normaliser.finish();
    let idle_gap_micros = limits(config)?.idle_gap_micros();
    let mut profiles = ProfilesFit::default();
    let resolved = recorder.tape.map(|event| {
        if let Some(resolver) = &resolver {
            resolver.resolve(event);
        }
        profiles.observe(event, idle_gap_micros);
    });
    let tape = resolved.map_err(|error| tape_failure(&error))?;
    let clients = profiles.clients();
    Ok(Log { tape, directory, report, excerpts, clients, profiles: profiles.finish() })
}

/// Learns what is normal, without labels.
pub(crate) fn fit(log: &Log, config: &Config) -> Result<Bundle, Failure> {
    let limits = limits(config)?;
    let budget = budget(config)?;
    let sampling = Sampling::of(log.clients);
    let wanted = |entity: &Entity| sampling.takes(entity);
    let samples = on_lanes(limits, ObservePolicy::Fitting, |lane| {
        let mut sample = SampleFit::new(sampling);
        observe(lane, log, &log.profiles, wanted, |seen| sample.observe(seen))?;
        Ok(sample)
    })?;
    let sample = SampleFit::join(sampling, samples.into_iter().map(|(sample, _)| sample));
    let period = period(log);
    Ok(pipeline::fit(&sample, log.profiles.clone(), limits, period, budget, config.judge.seed))
}

/// What judging a log found, and what that took.
#[derive(Debug)]
pub(crate) struct Judged {
    pub(crate) desk: Desk,
    pub(crate) stats: ObserverStats,
}

/// Judges every event of a log by a bundle.
pub(crate) fn judge(log: &Log, bundle: &Bundle) -> Result<Judged, Failure> {
    let judge = Judge::new(bundle);
    let lanes = on_lanes(bundle.limits, ObservePolicy::Judging, |lane| {
        let mut desk = Desk::default();
        let judged = |entity: &Entity| pipeline::is_judged(entity.kind());
        observe(lane, log, &bundle.profiles, judged, |seen| match judge.judge(seen) {
            Verdict::Warming => {}
            Verdict::Ordinary(_) => {
                if let Entity::Client(client) = seen.entity {
                    desk.acquit(client);
                }
            }
            Verdict::Suspicious(found) => desk.suspect(seen, &found),
            Verdict::Anomalous(findings) => {
                for found in &findings {
                    desk.file(seen, found);
                }
            }
        })?;
        Ok(desk)
    })?;
    let mut judged = Judged { desk: Desk::default(), stats: ObserverStats::default() };
    for (desk, stats) in lanes {
        judged.desk.take_over(desk);
        judged.stats = judged.stats.plus(stats);
    }
    Ok(judged)
}

/// Shows a lane the whole log, for the entities that are wanted.
pub(crate) fn observe(
    lane: &mut Lane,
    log: &Log,
    profiles: &Profiles,
    wanted: impl Fn(&Entity) -> bool,
    mut emit: impl FnMut(&Observation<'_>),
) -> Result<(), Failure> {
    log.tape
        .for_each(|event| lane.observe(event, profiles, &wanted, |seen| emit(&seen)))
        .map_err(|error| tape_failure(&error))?;
    lane.finish(|seen| emit(&seen));
    Ok(())
}

/// Does the same work on as many lanes as there are processors, each on a thread of its own. The
/// results come in the order of the lanes.
fn on_lanes<R: Send>(
    limits: Limits,
    policy: ObservePolicy,
    work: impl Fn(&mut Lane) -> Result<R, Failure> + Sync,
) -> Result<Vec<(R, ObserverStats)>, Failure> {
    let lanes = thread::available_parallelism().map_or(1, usize::from).min(SHARDS);
    let run = |lane| {
        let mut lane = Lane::new(lane, lanes, limits, policy);
        let result = work(&mut lane)?;
        Ok((result, lane.stats()))
    };
    thread::scope(|scope| {
        let threads: Vec<_> = (0..lanes).map(|lane| scope.spawn(move || run(lane))).collect();
        let join = |thread: thread::ScopedJoinHandle<'_, _>| {
            thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        };
        threads.into_iter().map(join).collect()
    })
}

/// How many false alarms are allowed.
pub(crate) fn budget(config: &Config) -> Result<Budget, Failure> {
    config.judge.budget.parse().map_err(|error| Failure::new(Exit::Config, error))
}

/// The bounds of the entities' states.
pub(crate) fn limits(config: &Config) -> Result<Limits, Failure> {
    let behaviour = &config.behaviour;
    let Some(idle_gap_secs) = NonZeroU32::new(behaviour.idle_gap_secs) else {
        let rule = "invalid behaviour.idle_gap_secs 0: must be at least 1";
        return Err(Failure::new(Exit::Config, rule));
    };
    if behaviour.max_entities < SHARDS {
        let given = behaviour.max_entities;
        let rule = format!("invalid behaviour.max_entities {given}: must be at least {SHARDS}");
        return Err(Failure::new(Exit::Config, rule));
    }
    Ok(Limits { idle_gap_secs, max_entities: behaviour.max_entities })
}

fn period(log: &Log) -> Option<Period> {
    Some(Period { first: log.report.first_time()?, last: log.report.last_time()? })
}

/// How lines are read, by the configuration.
pub(crate) fn read_options(config: &Config) -> Result<ReadOptions, Failure> {
    let fail = |what: String| Failure::new(Exit::Config, what);
    let read = &config.read;
    let format = format_choice(config).map_err(|rule| fail(format!("read.format: {rule}")))?;
    let zone = Zone::from_name(&read.timezone).ok_or_else(|| {
        let name = &read.timezone;
        fail(format!("invalid read.timezone {name:?}: must be an IANA name, UTC or +hh:mm"))
    })?;
    let max_reject_ratio = share(&read.max_rejects).ok_or_else(|| {
        let text = &read.max_rejects;
        fail(format!("invalid read.max_rejects {text:?}: must be 0% to 100%"))
    })?;
    let max_events = read.max_reorder_events;
    if max_events == 0 || read.max_line_bytes == 0 {
        return Err(fail(
            "read.max_reorder_events and read.max_line_bytes must be at least 1".into(),
        ));
    }
    Ok(ReadOptions {
        format,
        key: key(&config.identity.fingerprint_key_file)?,
        zone,
        max_line_bytes: read.max_line_bytes,
        reorder: ReorderOptions {
            lateness_micros: i64::from(read.lateness_secs) * domain::MICROS_PER_SEC,
            max_events,
        },
        max_reject_ratio,
    })
}

fn format_choice(config: &Config) -> Result<ingest::FormatChoice, String> {
    let fields = &config.read.fields;
    if fields.is_empty() {
        return ingest::FormatChoice::from_text(&config.read.format);
    }
    // The file reads `ours = "theirs"`, the format wants theirs first.
    let own: Vec<(&str, &str)> =
        fields.iter().map(|(ours, theirs)| (theirs.as_str(), ours.as_str())).collect();
    let format = ingest::JsonFormat::with_fields(&own).map_err(|error| error.to_string())?;
    Ok(ingest::FormatChoice::Json(Box::new(format)))
}

/// `5%`, `0.05` or `5 %` as a share of 0 to 1.
fn share(text: &str) -> Option<f64> {
    let text = text.trim();
    let share = match text.strip_suffix('%') {
        Some(percent) => percent.trim().parse::<f64>().ok()? / 100.0,
        None => text.parse().ok()?,
    };
    (0.0..=1.0).contains(&share).then_some(share)
}

fn key(file: &str) -> Result<Option<[u8; 32]>, Failure> {
    if file.is_empty() {
        return Ok(None);
    }
    let fail = |what: &str| Failure::new(Exit::Config, format!("{file}: {what}"));
    let bytes = std::fs::read(file).map_err(|error| fail(&error.to_string()))?;
    let key = bytes.try_into().map_err(|_| fail("a fingerprint key must be exactly 32 bytes"))?;
    Ok(Some(key))
}

/// Who is who, by the configuration.
pub(crate) fn normalise_options(config: &Config) -> Result<NormaliseOptions, Failure> {
    let fail = |what: String| Failure::new(Exit::Config, what);
    let trusted_proxies = config
        .identity
        .trusted_proxies
        .iter()
        .map(|text| {
            network(text).ok_or_else(|| {
                let rule = "must be an address or a network such as 10.0.0.0/8";
                fail(format!("invalid identity.trusted_proxies {text:?}: {rule}"))
            })
        })
        .collect::<Result<_, _>>()?;
    let mut options = NormaliseOptions { trusted_proxies, ..NormaliseOptions::default() };
    options.endpoints.max_literals = config.endpoints.max_literals.max(1);
    let file = &config.endpoints.openapi;
    if !file.is_empty() {
        let fail = |what: String| Failure::new(Exit::Config, format!("{file}: {what}"));
        let text = std::fs::read_to_string(file).map_err(|error| fail(error.to_string()))?;
        let openapi = OpenApi::from_text(&text).map_err(|error| fail(error.to_string()))?;
        options.openapi = Some(openapi);
    }
    Ok(options)
}

/// `10.0.0.0/8`, or an address by itself.
fn network(text: &str) -> Option<IpNet> {
    text.parse().ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from))
}

fn tape_failure(error: &std::io::Error) -> Failure {
    Failure::new(Exit::Io, format!("cannot keep the events in the temporary folder: {error}"))
}

fn exit_of(error: &ReadErrorKind) -> Exit {
    if error.is_unusable_data() {
        Exit::Data
    } else if error.is_missing_input() {
        Exit::NoInput
    } else if matches!(error, ReadErrorKind::UnknownFormat { .. }) {
        Exit::Usage
    } else {
        Exit::Io
    }
}

struct Recorder<'a, O> {
    tape: Tape,
    failed: Option<std::io::Error>,
    onlooker: &'a mut O,
}

impl<O: Onlooker> Listener for Recorder<'_, O> {
    fn event(&mut self, event: domain::Event) {
        if self.failed.is_none() {
            self.failed = self.tape.push(event).err();
        }
    }

    fn reject(&mut self, source_name: &str, reject: &domain::Reject, line: &[u8]) {
        self.onlooker.reject(source_name, reject, line);
    }

    fn progress(&mut self, progress: Progress) {
        self.onlooker.progress(progress);
    }
}
