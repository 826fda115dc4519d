//! The passes over a log: read it, and judge it by what `lesson` learned in between.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::path::Path;
use std::thread;
use std::time::{SystemTime, UNIX_EPOCH};

use alerts::Desk;
use domain::{Client, EndpointId, Entity, EventFlags, Observation, Timestamp, Verdict};
use features::{Limits, ObservePolicy, ObserverStats, Profiles, ProfilesFit, SHARDS, SignInAnswer};
use ingest::{
    Directory, EndpointTable, Excerpts, FormatChoice, Listener, NormaliseOptions, Normaliser,
    OfSources, OpenApi, Progress, ReadErrorKind, ReadOptions, ReadReport, Reading, ReorderOptions,
    Zone,
};
use ipnet::IpNet;
use lists::{Claim, Lists, ListsErrorKind};
use pipeline::{Budget, Bundle, Front, Judge, Period, Routing, Spread};
use quality::Survey;

use crate::config::{Config, LEAST_COOLDOWN_SECS};
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
    /// What is known of addresses.
    pub(crate) lists: Lists,
    /// What was counted of the log itself.
    pub(crate) survey: Survey,
    /// Answers to sign-ins that were accepted, by endpoint, and how many there were of each.
    pub(crate) accepted: Vec<(EndpointId, SignInAnswer, u32)>,
    span: Span,
}

impl Log {
    /// From its first event to its last.
    pub(crate) fn period(&self) -> Option<Period> {
        let (first, last) = self.span.ends?;
        Some(self.between(first, last))
    }

    /// From one moment to another.
    pub(crate) fn between(&self, first: Timestamp, last: Timestamp) -> Period {
        let within = |(from, to): &(Timestamp, Timestamp)| {
            (*to).min(last).micros_since((*from).max(first)).max(0)
        };
        Period { first, last, silent_micros: self.span.gaps.iter().map(within).sum() }
    }
}

/// When there were events.
#[derive(Debug, Default)]
struct Span {
    ends: Option<(Timestamp, Timestamp)>,
    /// Gaps of more than a day: there are no more of them than days.
    gaps: Vec<(Timestamp, Timestamp)>,
}

impl Span {
    const SILENCE_MICROS: i64 = 86_400 * domain::MICROS_PER_SEC;

    /// Takes in the next event, in the order of time.
    fn observe(&mut self, time: Timestamp) {
        let (first, last) = self.ends.unwrap_or((time, time));
        if time.micros_since(last) > Self::SILENCE_MICROS {
            self.gaps.push((last, time));
        }
        self.ends = Some((first, time.max(last)));
    }
}

/// Who looks on while a log is read.
pub(crate) trait Onlooker {
    fn reject(&mut self, source: &str, reject: &domain::Reject, line: &[u8]);
    fn progress(&mut self, progress: Progress);
}

/// Where the endpoints of a log come from.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Endpoints<'a> {
    /// From the log itself, or from what came of it until a moment.
    Learned { until: Option<Timestamp> },
    /// From a training.
    Known(&'a EndpointTable),
}

/// Reads logs, gives every event its endpoint, and learns what is known of the whole site.
pub(crate) fn read(
    inputs: &[String],
    config: &Config,
    endpoints: Endpoints<'_>,
    onlooker: &mut impl Onlooker,
) -> Result<Log, Failure> {
    let options = read_options(config)?;
    // What comes after the reading is checked before it: nobody waits for an hour to hear of a slip.
    let idle_gap_micros = limits(config)?.idle_gap_micros();
    budget(config)?;
    cooldown_secs(config)?;
    let normalising = normalise_options(config)?;
    let lists = lists(config)?;
    let mut normaliser = match endpoints {
        Endpoints::Known(endpoints) => Normaliser::frozen(endpoints.clone(), normalising),
        Endpoints::Learned { until } => {
            Normaliser::new(NormaliseOptions { learn_until: until, ..normalising })
        }
    };
    let mut recorder = Recorder { tape: Tape::default(), failed: None, onlooker };
    let Reading { report, excerpts } =
        ingest::read(inputs, &options, &mut normaliser, &mut recorder).map_err(read_failure)?;
    if let Some(error) = recorder.failed {
        return Err(tape_failure(&error));
    }
    let (directory, resolver) = normaliser.finish();
    let claims = lists.claims(&directory.agents);
    let mut fit = ProfilesFit::default();
    let mut survey = Survey::of_sources(report.sources.len());
    let mut span = Span::default();
    let resolved = recorder.tape.map(|event| {
        if let Some(resolver) = &resolver {
            resolver.resolve(event);
        }
        if let Some(claims) = &claims {
            let claim = claims.of(event.agent, event.client);
            event.flags.set_if(EventFlags::CRAWLER_VERIFIED, claim == Some(Claim::Verified));
            event.flags.set_if(EventFlags::CRAWLER_REFUTED, claim == Some(Claim::Refuted));
        }
        fit.observe(event, idle_gap_micros);
        survey.observe(event);
        span.observe(event.time);
    });
    let tape = resolved.map_err(|error| tape_failure(&error))?;
    let (clients, accepted) = (fit.clients(), fit.accepted_sign_ins().collect());
    let profiles = fit.finish();
    Ok(Log { tape, directory, report, excerpts, clients, profiles, lists, survey, accepted, span })
}

/// Fails if a log is not what it should be: too many rejects, or a source that ends before its time.
/// It is asked after the output, so that nothing is lost.
pub(crate) fn check_log(log: &Log, config: &Config) -> Result<(), Failure> {
    check_report(&log.report, config)
}

/// The same of what was read alone.
pub(crate) fn check_report(report: &ReadReport, config: &Config) -> Result<(), Failure> {
    let (rejects, lines) = (report.rejects(), report.lines() - report.skipped());
    let max_reject_ratio = max_reject_ratio(config)?;
    if rejects as f64 > max_reject_ratio * lines as f64 {
        let kind = ReadErrorKind::TooManyRejects { rejects, lines, max_reject_ratio };
        return Err(Failure::new(Exit::Data, kind));
    }
    let late = report.late();
    if late as f64 > max_reject_ratio * lines as f64 {
        let needed = report.lateness_secs();
        let message = format!(
            "{late} of {lines} lines came too late to be put in order: --lateness {needed} takes \
             them in"
        );
        return Err(Failure::new(Exit::Data, message));
    }
    match report.damaged().next() {
        Some((name, damage)) => {
            let rule = format!("{name}: {damage}: only what comes before it was read");
            Err(Failure::new(Exit::Io, rule))
        }
        None => Ok(()),
    }
}

/// What judging a log found, and what that took.
#[derive(Debug)]
pub(crate) struct Judged {
    pub(crate) desk: Desk,
    pub(crate) stats: ObserverStats,
    /// How its sessions are spread over what the bundle knows.
    pub(crate) spread: Spread,
}

/// Judges every event of a log by a bundle.
pub(crate) fn judge(log: &Log, bundle: &Bundle, config: &Config) -> Result<Judged, Failure> {
    let cooldown_secs = cooldown_secs(config)?;
    let judge = Judge::new(bundle);
    let lanes = on_lanes(bundle.limits, ObservePolicy::Judging, |front| {
        let mut desk = Desk::with_cooldown(cooldown_secs);
        let mut spread = bundle.spread.emptied();
        let judged = |entity: &Entity| pipeline::is_judged(entity.kind());
        observe(front, log, &bundle.profiles, judged, |seen| {
            spread.observe(seen);
            match judge.judge(seen) {
                Verdict::Warming => {}
                Verdict::Ordinary(_) => {
                    if let Entity::Client(client) = seen.entity {
                        desk.acquit(client);
                    }
                }
                Verdict::Suspicious(found) => desk.suspect(seen, &found),
                Verdict::Anomalous { findings, suspicion } => {
                    for found in &findings {
                        desk.file(seen, found);
                    }
                    if let Some(found) = &suspicion {
                        desk.suspect(seen, found);
                    }
                }
            }
        })?;
        Ok((desk, spread))
    })?;
    let (desk, stats, spread) =
        (Desk::with_cooldown(cooldown_secs), ObserverStats::default(), bundle.spread.emptied());
    let mut judged = Judged { desk, stats, spread };
    for ((desk, spread), stats) in lanes {
        judged.spread.add(&spread);
        judged.desk.take_over(desk);
        judged.stats = judged.stats.plus(stats);
    }
    Ok(judged)
}

/// The highest score that each client reached by its own rows; 0 for those too short to be judged.
pub(crate) fn client_scores(log: &Log, bundle: &Bundle) -> Result<BTreeMap<Client, f32>, Failure> {
    let judge = Judge::new(bundle);
    let lanes = on_lanes(bundle.limits, ObservePolicy::Judging, |front| {
        let mut scores: BTreeMap<Client, f32> = BTreeMap::new();
        let is_client = |entity: &Entity| matches!(entity, Entity::Client(_));
        observe(front, log, &bundle.profiles, is_client, |seen| {
            let Entity::Client(client) = seen.entity else { return };
            let score = match judge.judge(seen) {
                Verdict::Warming => 0.0,
                Verdict::Ordinary(score) => score.get(),
                Verdict::Suspicious(found) => found.score.get(),
                Verdict::Anomalous { findings, .. } => {
                    findings.iter().map(|found| found.score.get()).fold(0.0, f32::max)
                }
            };
            let highest = scores.entry(client).or_default();
            *highest = highest.max(score);
        })?;
        Ok(scores)
    })?;
    let mut scores: BTreeMap<Client, f32> = lanes.into_iter().flat_map(|(it, _)| it).collect();
    // Whoever was never looked at was there all the same.
    let seen = log.tape.for_each(|event| {
        scores.entry(event.client).or_default();
    });
    seen.map_err(|error| tape_failure(&error))?;
    Ok(scores)
}

/// Shows a front its part of the log, for the entities that are wanted. One that has all shards sees
/// everything; one of several sees what concerns the entities that are judged.
pub(crate) fn observe(
    front: &mut Front,
    log: &Log,
    profiles: &Profiles,
    wanted: impl Fn(&Entity) -> bool,
    mut emit: impl FnMut(&Observation<'_>),
) -> Result<(), Failure> {
    let own = front.shards();
    let concerns = |it: Routing| it.shards.intersect(own);
    log.tape
        .for_each_of(concerns, |event| {
            front.observe(event, profiles, &wanted, |seen| emit(&seen));
        })
        .map_err(|error| tape_failure(&error))?;
    front.finish(|seen| emit(&seen));
    Ok(())
}

/// Does the same work on as many lanes as there are processors, each on a thread of its own. The
/// results come in the order of the lanes.
pub(crate) fn on_lanes<R: Send>(
    limits: Limits,
    policy: ObservePolicy,
    work: impl Fn(&mut Front) -> Result<R, Failure> + Sync,
) -> Result<Vec<(R, ObserverStats)>, Failure> {
    let lanes = thread::available_parallelism().map_or(1, usize::from).min(SHARDS);
    let run = |lane| {
        let mut front = Front::new(lane, lanes, limits, policy);
        let result = work(&mut front)?;
        Ok((result, front.stats()))
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
    let text = &config.judge.budget;
    text.parse().map_err(|_| {
        let rule = "must be alarms a day (5/day) or a share above 0 % and at most 50 % (0.1%)";
        Failure::setting("judge.budget", text, rule)
    })
}

/// How long an incident rests before it is over.
pub(crate) fn cooldown_secs(config: &Config) -> Result<i64, Failure> {
    let secs = config.alerts.cooldown_secs;
    if secs < LEAST_COOLDOWN_SECS {
        let rule = format!("must be at least {LEAST_COOLDOWN_SECS}");
        return Err(Failure::setting("alerts.cooldown_secs", secs, rule));
    }
    Ok(i64::from(secs))
}

/// The bounds of the entities' states.
pub(crate) fn limits(config: &Config) -> Result<Limits, Failure> {
    let behaviour = &config.behaviour;
    let Some(idle_gap_secs) = NonZeroU32::new(behaviour.idle_gap_secs) else {
        return Err(Failure::setting("behaviour.idle_gap_secs", 0, "must be at least 1"));
    };
    if behaviour.max_entities < SHARDS {
        let rule = format!("must be at least {SHARDS}");
        return Err(Failure::setting("behaviour.max_entities", behaviour.max_entities, rule));
    }
    Ok(Limits { idle_gap_secs, max_entities: behaviour.max_entities })
}

/// How lines are read, by the configuration.
pub(crate) fn read_options(config: &Config) -> Result<ReadOptions, Failure> {
    let read = &config.read;
    let format = format_choice(config)?;
    let formats = of_sources("read.formats", &read.formats, FormatChoice::from_text)?;
    let zone = zone_from_text(&read.timezone)
        .map_err(|rule| Failure::setting("read.timezone", &read.timezone, rule))?;
    let zones = of_sources("read.timezones", &read.timezones, zone_from_text)?;
    max_reject_ratio(config)?;
    let max_events = read.max_reorder_events;
    for (key, value) in
        [("read.max_reorder_events", max_events), ("read.max_line_bytes", read.max_line_bytes)]
    {
        if value == 0 {
            return Err(Failure::setting(key, value, "must be at least 1"));
        }
    }
    Ok(ReadOptions {
        format,
        formats,
        key: key(&config.identity.fingerprint_key_file)?,
        zone,
        zones,
        today: Some(now()),
        sign_ins: config.endpoints.sign_in.iter().map(|it| it.sign_in.clone()).collect(),
        max_line_bytes: read.max_line_bytes,
        reorder: ReorderOptions {
            lateness_micros: i64::from(read.lateness_secs) * domain::MICROS_PER_SEC,
            max_events,
        },
        // They are counted here and judged by `check_log`, when all output is out.
        max_reject_ratio: 1.0,
    })
}

/// A setting that has a value a glob of logs.
fn of_sources<T>(
    key: &'static str,
    values: &BTreeMap<String, String>,
    from_text: impl Fn(&str) -> Result<T, String>,
) -> Result<Vec<OfSources<T>>, Failure> {
    let read = |(pattern, text): (&String, &String)| {
        let value = from_text(text).and_then(|value| OfSources::new(pattern, value));
        value.map_err(|rule| Failure::setting(key, format!("{pattern} = {text}"), rule))
    };
    values.iter().map(read).collect()
}

fn zone_from_text(text: &str) -> Result<Zone, String> {
    Zone::from_name(text).ok_or_else(|| "must be an IANA name, UTC or +hh:mm".to_owned())
}

/// Only where a log without years comes without a date of its own, which is then said, and where the
/// allowlist is asked what it says now.
#[expect(clippy::disallowed_methods, reason = "a stream has no date, and now is no time of a log")]
pub(crate) fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    Timestamp::from_secs(since.map_or(0, |since| since.as_secs() as i64))
}

fn format_choice(config: &Config) -> Result<FormatChoice, Failure> {
    let fields = &config.read.fields;
    if fields.is_empty() {
        let text = &config.read.format;
        return FormatChoice::from_text(text)
            .map_err(|rule| Failure::setting("read.format", text, rule));
    }
    // The file reads `ours = "theirs"`, the format wants theirs first.
    let own: Vec<(&str, &str)> =
        fields.iter().map(|(ours, theirs)| (theirs.as_str(), ours.as_str())).collect();
    let format = ingest::JsonFormat::with_fields(&own)
        .map_err(|error| Failure::setting("read.fields", fields, error))?;
    let choice = match config.read.format.as_str() {
        "auto" => FormatChoice::Fields,
        "csv" => FormatChoice::Csv,
        _ => FormatChoice::Json,
    };
    Ok(choice(Box::new(format)))
}

fn max_reject_ratio(config: &Config) -> Result<f64, Failure> {
    let text = &config.read.max_rejects;
    let rule = "must be 0% to 100%";
    share(text).ok_or_else(|| Failure::setting("read.max_rejects", text, rule))
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
    let fail = |what: &str| Failure::setting("identity.fingerprint_key_file", file, what);
    let bytes = std::fs::read(file).map_err(|error| fail(&error.to_string()))?;
    let key = bytes.try_into().map_err(|_| fail("must hold exactly 32 bytes"))?;
    Ok(Some(key))
}

/// Who is who, by the configuration.
pub(crate) fn normalise_options(config: &Config) -> Result<NormaliseOptions, Failure> {
    let trusted_proxies = config
        .identity
        .trusted_proxies
        .iter()
        .map(|text| {
            network(text).ok_or_else(|| {
                let rule = "must be an address or a network such as 10.0.0.0/8";
                Failure::setting("identity.trusted_proxies", text, rule)
            })
        })
        .collect::<Result<_, _>>()?;
    let mut options = NormaliseOptions { trusted_proxies, ..NormaliseOptions::default() };
    options.endpoints.max_literals = config.endpoints.max_literals.max(1);
    let file = &config.endpoints.openapi;
    if !file.is_empty() {
        let fail = |what: String| Failure::setting("endpoints.openapi", file, what);
        let text = std::fs::read_to_string(file).map_err(|error| fail(error.to_string()))?;
        let openapi = OpenApi::from_text(&text).map_err(|error| fail(error.to_string()))?;
        options.openapi = Some(openapi);
    }
    Ok(options)
}

/// What is known of addresses, by the configuration.
pub(crate) fn lists(config: &Config) -> Result<Lists, Failure> {
    let folder = &config.identity.lists;
    if folder.is_empty() {
        return Ok(Lists::default());
    }
    Lists::read(Path::new(folder)).map_err(|error| match error.kind {
        ListsErrorKind::Io(what) if error.file == Path::new(folder) => {
            Failure::setting("identity.lists", folder, what)
        }
        _ => Failure::new(Exit::Data, error),
    })
}

/// `10.0.0.0/8`, or an address by itself.
fn network(text: &str) -> Option<IpNet> {
    text.parse().ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from))
}

pub(crate) fn tape_failure(error: &std::io::Error) -> Failure {
    Failure::new(Exit::Io, format!("cannot keep the events in the temporary folder: {error}"))
}

/// What a log that cannot be read ends in.
pub(crate) fn read_failure(error: ingest::ReadError) -> Failure {
    Failure::new(exit_of(&error.kind), error)
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

    fn events(&mut self, events: Vec<domain::Event>) {
        if self.failed.is_none() {
            self.failed = self.tape.push_all(events).err();
        }
    }

    fn reject(&mut self, source_name: &str, reject: &domain::Reject, line: &[u8]) {
        self.onlooker.reject(source_name, reject, line);
    }

    fn progress(&mut self, progress: Progress) {
        self.onlooker.progress(progress);
    }
}
