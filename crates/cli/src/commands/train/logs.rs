//! Training on access logs.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use clap::Args;
use domain::Client;
use serde_json::json;
use train::backtest::Truth;
use train::site::{KindReport, Labels, SiteBundle, TrainingRecord};

use super::fitting::{LogProtocol, Trained, Weave, fit, read};
use super::hold_out::{HoldOut, hold_out};
use super::{TrainArgs, put, verdicts};
use crate::commands::label::VERDICTS;
use crate::commands::tables::{Form, write_file};
use crate::commands::{Session, note_reading, print};
use crate::exit::{Exit, Failure};
use crate::lesson::Lesson;
use crate::outputs::{files_of, keep_apart};
use crate::passes::{self, Log};
use crate::render::{Style, count, counted, wrap};

/// What only a training on logs needs.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Log options")]
pub(super) struct LogTrainArgs {
    /// What is known of the logs: a CSV of campaigns or of requests, as backtest takes it. What it
    /// does not mention is unknown, not benign.
    #[arg(long, value_name = "FILE", conflicts_with = "label")]
    labels: Option<PathBuf>,

    /// Verdicts on alerts, as `apiwarden label` keeps them.
    #[arg(long, value_name = "FILE", default_value = VERDICTS, conflicts_with = "label")]
    verdicts: PathBuf,

    /// Whether simulated attacks on this site are woven into its traffic to learn from.
    #[arg(long, value_enum, default_value_t = Weave::Auto, value_name = "WHICH")]
    weave: Weave,
}

/// Trains on logs.
pub(super) fn run(args: &TrainArgs, session: &Session) -> Result<Exit, Failure> {
    let config = &session.effective.config;
    let (out, inputs) = (args.out(), files_of(&args.inputs));
    let inputs = inputs.iter().chain(&args.on_logs.labels).map(PathBuf::as_path);
    keep_apart(inputs, [out.as_path()])?;
    let log = read(&args.inputs, session, None)?;
    note_reading(&log.report, session)?;
    let mut labels = match &args.on_logs.labels {
        Some(path) => labels(path, &log)?,
        None => Labels::default(),
    };
    let verdicts = verdicts::add(&args.on_logs.verdicts, &log, config, &mut labels)?;
    let protocol = protocol(args)?;
    let lesson = Lesson { labels: &labels, until: None };
    let trained = fit(&log, config, &lesson, &protocol, true)?;
    if trained.bundle.fitted.sampled == 0 {
        let rule = format!(
            "no session of at least {} calls in {}: nothing to learn from",
            pipeline::LEAST_CALLS,
            counted(log.report.parsed(), "request")
        );
        return Err(Failure::new(Exit::Data, rule));
    }
    let hold_out = hold_out(&log, &args.inputs, session, &labels, &protocol)?;

    let (attackers, benign) = labels.counts();
    let mut training = TrainingRecord {
        logs: log.report.sources.iter().map(|source| file_name(&source.name)).collect(),
        data_digest: digest(&log)?,
        requests: log.report.parsed(),
        clients: log.clients,
        labelled_attackers: attackers.values().sum(),
        labelled_benign: benign,
        verdicts: verdicts.found,
        injected_attacks: trained.woven.attacks(),
        injected_attackers: trained.woven.attackers(),
        learned: json!(trained.report),
        calibration: json!(trained.calibration),
        hold_out: hold_out.as_ref().map(HoldOut::document),
        notes: Vec::new(),
    };
    training.notes.extend(notes(&log, &lesson, &trained));
    if hold_out.is_none() {
        training.notes.push(
            "the log is too short to hold its last part back: the rate of alarms aimed at and the realised one are \
             unknown"
                .to_owned(),
        );
    }
    if verdicts.missing > 0 {
        let missing = counted(verdicts.missing as u64, "verdict");
        training.notes.push(format!("{missing} on alerts that these logs do not raise"));
    }
    let endpoints = log.directory.endpoints.clone();
    let site = SiteBundle { endpoints, bundle: trained.bundle, training };
    let bytes = site.to_bytes()?;
    write_file(&args.out(), &bytes)?;
    let told = match args.form {
        Form::Human => describe(args, &site, &trained.report, hold_out.as_ref(), session.style),
        Form::Json => format!("{}\n", json!({ "bundle": args.out(), "training": site.training })),
    };
    print(told.as_bytes())?;
    passes::check_log(&log, config)?;
    Ok(Exit::Done)
}

/// How models are fitted, by the options.
fn protocol(args: &TrainArgs) -> Result<LogProtocol, Failure> {
    let dropped = args.roles.dropped().to_vec();
    let is_known = |name: &String| features::columns().any(|(_, column)| column.name == name);
    if let Some(stranger) = dropped.iter().find(|name| !is_known(name)) {
        let rule = format!("--drop {stranger}: no such column; apiwarden features lists all");
        return Err(Failure::new(Exit::Usage, rule));
    }
    Ok(LogProtocol {
        folds: args.protocol.folds(),
        seed: args.protocol.seed(),
        threads: args.protocol.threads(),
        weave: args.on_logs.weave,
        dropped,
    })
}

fn labels(path: &Path, log: &Log) -> Result<Labels, Failure> {
    let truth = Truth::read(path)?;
    let mut present: BTreeSet<Client> = BTreeSet::new();
    let seen = log.tape.for_each(|event| {
        present.insert(event.client);
    });
    seen.map_err(|error| passes::tape_failure(&error))?;
    let labels = Labels::of_truth(&truth, &log.directory.hosts, &present);
    if labels.is_empty() {
        let shown = labels.unmatched().first().map_or("", String::as_str);
        let rule = format!(
            "{}: no client of it occurs in the log (such as {shown}): labels must be of this log",
            path.display()
        );
        return Err(Failure::new(Exit::Data, rule));
    }
    let mut is_any = false;
    let seen = log.tape.for_each(|event| is_any |= labels.of(event).is_some());
    seen.map_err(|error| passes::tape_failure(&error))?;
    if !is_any {
        let rule = "no request of the log is at a time that it labels: labels must be of this log";
        return Err(Failure::new(Exit::Data, format!("{}: {rule}", path.display())));
    }
    Ok(labels)
}

/// Remarks that a reader of the figures needs.
fn notes(log: &Log, lesson: &Lesson<'_>, trained: &Trained) -> Vec<String> {
    let mut notes = Vec::new();
    let unmatched = lesson.labels.unmatched();
    if let Some(first) = unmatched.first() {
        let number = counted(unmatched.len() as u64, "labelled client");
        notes.push(format!("{number} not in the log, such as {first}"));
    }
    if log.clients < 2 {
        notes.push("one client: what is usual for others is unknown".to_owned());
    }
    let report = &trained.report;
    if report.chosen.is_none() {
        notes.push(format!(
            "nothing learned about attacks by {}: {} with an attack and {} ordinary are too few",
            report.entity,
            counted(report.attacks as u64, "session"),
            count(report.ordinary as u64),
        ));
    }
    let (later, learned) = (trained.calibration.later_sessions, trained.calibration.later_learned);
    if later == 0 || (report.chosen.is_some() && learned == 0) {
        notes.push(
            "too few sessions in the last part of the time to set limits by it: those of other \
             actors at the same time did"
                .to_owned(),
        );
    }
    notes
}

/// A digest of what was learned from: every request's time, status and size.
fn digest(log: &Log) -> Result<String, Failure> {
    let mut hasher = blake3::Hasher::new();
    let hashed = log.tape.for_each(|event| {
        hasher.update(&event.time.as_micros().to_le_bytes());
        hasher.update(&event.path_hash.to_le_bytes());
        hasher.update(&event.response_bytes.to_le_bytes());
        hasher.update(&event.request_bytes.to_le_bytes());
        hasher.update(&event.status.to_le_bytes());
    });
    hashed.map_err(|error| passes::tape_failure(&error))?;
    Ok(hasher.finalize().to_hex()[..32].to_owned())
}

fn file_name(source: &str) -> String {
    let name = Path::new(source).file_name().map(|name| name.to_string_lossy().into_owned());
    name.unwrap_or_else(|| source.to_owned())
}

fn describe(
    args: &TrainArgs,
    site: &SiteBundle,
    report: &KindReport,
    hold_out: Option<&HoldOut>,
    style: Style,
) -> String {
    let mut text = String::new();
    let training = &site.training;
    let fitted = &site.bundle.fitted;
    put(
        &mut text,
        &format!(
            "{} of {}, {} sessions sampled, {} trimmed as not ordinary",
            counted(training.requests, "request"),
            counted(training.clients as u64, "client"),
            count(fitted.sampled as u64),
            count(fitted.trimmed as u64),
        ),
    );
    let labelled = (training.labelled_attackers, training.labelled_benign);
    if labelled != (0, 0) {
        let (attackers, benign) = labelled;
        put(&mut text, &format!("labels: {attackers} attackers, {benign} benign clients"));
    }
    if training.verdicts > 0 {
        put(&mut text, &format!("verdicts: {}", counted(training.verdicts as u64, "alert")));
    }
    if training.injected_attackers > 0 {
        let attacks = counted(training.injected_attacks as u64, "simulated attack");
        let attackers = counted(training.injected_attackers as u64, "client");
        put(&mut text, &format!("woven in: {attacks} by {attackers}"));
    }
    if report.chosen.is_some() {
        put(&mut text, "");
        describe_kind(report, &mut text, style);
    }
    if let Some(hold_out) = hold_out {
        put(&mut text, "");
        hold_out.describe(&mut text);
    }
    for note in &training.notes {
        let lines = wrap(note, 78, "  ");
        put(&mut text, &style.yellow(&lines.replacen("  ", "! ", 1)));
    }
    put(&mut text, "");
    put(&mut text, &format!("bundle  {}", args.out().display()));
    put(&mut text, &style.dim(&format!("apiwarden detect --model {} LOG", args.out().display())));
    text
}

fn describe_kind(report: &KindReport, text: &mut String, style: Style) {
    let KindReport { entity, attacks, woven, ordinary, benign, .. } = report;
    let head = format!(
        "{entity}: {attacks} sessions with an attack ({woven} woven in), {ordinary} ordinary \
         ({benign} labelled so)"
    );
    put(text, &style.bold(&head));
    let line = format!("  {:<22}{:>18}{:>22}", "estimator", "AUC", "average precision");
    put(text, &style.dim(&line));
    for candidate in &report.candidates {
        let mark =
            if Some(candidate.estimator.as_str()) == report.chosen.as_deref() { "*" } else { " " };
        let figure = |(mean, spread): (f64, f64)| format!("{mean:.4} ± {spread:.4}");
        put(
            text,
            &format!(
                "{mark} {:<22}{:>18}{:>22}",
                candidate.estimator,
                figure(candidate.auc),
                figure(candidate.average_precision),
            ),
        );
    }
    let line =
        format!("  {:<22}{:>10}{:>14}{:>18}", "threat", "sessions", "found", "if never seen");
    put(text, &style.dim(&line));
    for (threat, recall) in &report.recall {
        let percent = |share: f64| {
            if share.is_nan() { "-".to_owned() } else { format!("{:.0} %", share * 100.0) }
        };
        put(
            text,
            &format!(
                "  {threat:<22}{:>10}{:>14}{:>18}",
                recall.sessions,
                percent(recall.seen),
                percent(recall.never_seen)
            ),
        );
    }
}
