use std::collections::BTreeMap;
use std::io::{self, Write};

use domain::{Alert, EntityKind, Reject, Threat};
use features::ObserverStats;
use ingest::{ReadReport, SourceReport};
use models::metrics::poisson_interval;
use pipeline::{Bundle, Drift, Period};
use train::backtest::DriftFigures;

use super::{Style, count, counted, duration, escape, fit_end, fit_width, number, wrap};
use crate::passes::Log;

/// Columns beside the lead, on the narrowest terminal that we write for.
const WIDTH: usize = 70;
/// Rejects that are shown.
const SHOWN_REJECTS: usize = 3;
/// Columns that are named as changed.
const SHOWN_DRIFT: usize = 4;
/// Sources that are shown by themselves.
const SHOWN_SOURCES: usize = 5;

/// What was read, seen and learned: the head of every report.
pub(crate) struct Summary<'a> {
    pub(crate) log: &'a Log,
    pub(crate) bundle: &'a Bundle,
    pub(crate) stats: &'a ObserverStats,
    /// What has changed since the bundle was trained; `None` where it was fitted on this log.
    pub(crate) drift: Option<&'a Drift>,
    pub(crate) alerts: usize,
    /// What threats came to that are only logged.
    pub(crate) logged: &'a [Alert],
    pub(crate) allowed: &'a [Allowed],
}

/// What an entry of the allowlist kept back.
#[derive(Clone, Debug)]
pub(crate) struct Allowed {
    pub(crate) incidents: u64,
    /// Kind and value of the entry.
    pub(crate) who: String,
    pub(crate) reason: String,
}

impl Allowed {
    fn line(&self) -> String {
        let Self { incidents, who, reason } = self;
        format!("{} ({}): {}", count(*incidents), escape(reason), escape(who))
    }
}

/// `3 brute_force, 1 token_abuse: -o jsonl gives them`.
fn logged_line(logged: &[Alert]) -> String {
    let mut counts: BTreeMap<Threat, u64> = BTreeMap::new();
    for alert in logged {
        *counts.entry(alert.threat).or_default() += 1;
    }
    let counts: Vec<String> = counts.iter().map(|(threat, n)| format!("{n} {threat}")).collect();
    format!("{}: -o jsonl gives them, with the mode log", counts.join(", "))
}

/// Writes the head of a report.
pub(crate) fn write_summary(
    summary: &Summary<'_>,
    style: Style,
    out: &mut impl Write,
) -> io::Result<()> {
    let mut line = |lead: &str, text: String| {
        let body = wrap(&text, WIDTH, "");
        for (place, part) in body.lines().enumerate() {
            let lead = if place == 0 { lead } else { "" };
            writeln!(out, "{} {part}", style.dim(&format!("{lead:<9}")))?;
        }
        io::Result::Ok(())
    };
    let report = &summary.log.report;
    for source in report.sources.iter().take(SHOWN_SOURCES) {
        line("log", source_line(source))?;
    }
    if let Some(more) = report.sources.len().checked_sub(SHOWN_SOURCES).filter(|more| *more > 0) {
        line("", format!("and {more} more"))?;
    }
    line("lines", lines_line(summary))?;
    for (reject, text) in report.sources.iter().flat_map(|s| &s.sampled_rejects).take(SHOWN_REJECTS)
    {
        let place = place(report, reject);
        line("rejected", format!("{place}: {}: {}", reject.reason, fit_width(&escape(text), 60)))?;
    }
    for note in report.glob_notes() {
        line("unused", escape(&note))?;
    }
    for note in time_notes(report) {
        line("times", note)?;
    }
    for (name, damage) in report.damaged() {
        line("damaged", format!("{}: {}", escape(name), escape(damage)))?;
    }
    if report.parsed() == 0 {
        return Ok(());
    }
    line("period", period_line(summary.log.period()))?;
    line("seen", seen_line(summary))?;
    line("normal", normal_line(summary))?;
    if let Some(drift) = summary.drift {
        line("alerts", rate_line(summary))?;
        line("drift", drift_line(&drift.into()))?;
    }
    for allowed in summary.allowed {
        line("allowed", allowed.line())?;
    }
    if !summary.logged.is_empty() {
        line("log only", logged_line(summary.logged))?;
    }
    if summary.stats.evicted > 0 {
        let evicted = count(summary.stats.evicted);
        line("limit", format!("{evicted} entities were let go early: behaviour.max_entities"))?;
    }
    Ok(())
}

/// What of logs could not be read, and what is to be said of their times, as it may be shown.
pub(crate) fn reading_notes(report: &ReadReport) -> Vec<String> {
    let mut notes = Vec::new();
    let first = report.sources.iter().find_map(|source| source.sampled_rejects.first());
    if let Some((reject, _)) = first {
        notes.push(format!(
            "{} of {} lines could not be read: --rejects FILE keeps them. The first: {}: {}",
            count(report.rejects()),
            count(report.lines() - report.skipped()),
            place(report, reject),
            reject.reason,
        ));
    }
    if report.late() > 0 {
        let (late, needed) = (count(report.late()), report.lateness_secs());
        notes.push(format!("{late} lines came too late: --lateness {needed} takes them in"));
    }
    for source in report.sources.iter().take(SHOWN_SOURCES) {
        let changes = changes(source);
        notes
            .extend(changes.strip_prefix("; ").map(|it| format!("{}: {it}", escape(&source.name))));
    }
    notes.extend(report.glob_notes().map(|note| escape(&note)));
    notes.extend(time_notes(report));
    notes
}

/// `access.log:1234 column 5`.
fn place(report: &ReadReport, reject: &Reject) -> String {
    let source = report.sources.get(usize::from(reject.position.source.0));
    let name = source.map_or("", |source| source.name.as_str());
    format!("{}:{} column {}", escape(name), reject.position.offset, reject.column)
}

/// What had to be assumed of the times in logs, and what is doubtful about them, as it may be shown.
fn time_notes(report: &ReadReport) -> Vec<String> {
    let told = |(name, note): (&str, String)| format!("{}: {}", escape(name), escape(&note));
    let mut notes: Vec<String> = report.time_notes().map(told).collect();
    if let Some(more) = notes.len().checked_sub(SHOWN_SOURCES).filter(|more| *more > 0) {
        notes.truncate(SHOWN_SOURCES);
        notes.push(format!("and {more} more"));
    }
    notes
}

fn source_line(source: &SourceReport) -> String {
    let name = fit_end(&escape(&source.name), WIDTH - 1);
    let format = match (&source.detection, source.format.as_str()) {
        (Some(detection), _) => format!("recognised as {detection}"),
        (None, "") => "empty".to_owned(),
        (None, given) => format!("read as {given}"),
    };
    format!("{name}: {format}{}", changes(source))
}

/// Whether a log was named again, and in what it goes on, each with a semicolon before it.
fn changes(source: &SourceReport) -> String {
    let again = match source.times_named {
        0 | 1 => String::new(),
        times => format!("; named {times} times, read once"),
    };
    let later: String = source
        .later_formats
        .iter()
        .map(|(lines, format)| format!("; after {} lines {format} as well", count(*lines)))
        .collect();
    let told = source.detection.as_ref().and_then(|found| found.looks_like.as_deref());
    let rest = source.rest_looks_like.as_deref().filter(|rest| told != Some(rest));
    let rest = rest.map_or(String::new(), |rest| format!("; the rest looks like {rest}"));
    again + &later + &rest
}

fn lines_line(summary: &Summary<'_>) -> String {
    let report = &summary.log.report;
    let hint = if report.late() > 0 { " (more --lateness takes them in)" } else { "" };
    let skipped = match report.skipped() {
        0 => String::new(),
        skipped => format!(", {} no requests", count(skipped)),
    };
    format!(
        "{} read, {} parsed, {} rejected{skipped}, {} too late{hint}",
        count(report.lines()),
        count(report.parsed()),
        count(report.rejects()),
        count(report.late()),
    )
}

fn period_line(period: Option<Period>) -> String {
    let Some(Period { first, last, .. }) = period else { return "nothing".to_owned() };
    let lasted = duration(last.secs_since(first));
    format!("{first} to {last} ({lasted})")
}

fn seen_line(summary: &Summary<'_>) -> String {
    let stats = summary.stats;
    let directory = &summary.log.directory;
    let known = directory.endpoints.len() - domain::Method::ALL.len();
    format!(
        "{} in {}, {}, {}, {}",
        counted(summary.log.clients as u64, "client"),
        counted(stats.sessions[EntityKind::Client as usize], "session"),
        counted(directory.accounts.len() as u64, "account"),
        counted(stats.seen[EntityKind::Credential as usize], "credential"),
        counted(known as u64, "endpoint"),
    )
}

fn normal_line(summary: &Summary<'_>) -> String {
    let fitted = &summary.bundle.fitted;
    let clients = summary.bundle.baseline.entities(EntityKind::Client);
    let learned = if clients < threats::LEAST_ENTITIES {
        format!("too few sessions to learn from ({clients}): floors apply")
    } else {
        format!("learned from {} ordinary client sessions", count(clients.into()))
    };
    format!(
        "{learned}; {} of {} sessions trimmed; budget {}",
        count(fitted.trimmed as u64),
        count(fitted.sampled as u64),
        fitted.budget
    )
}

/// The realised rate of alerts beside the one that the budget allows.
fn rate_line(summary: &Summary<'_>) -> String {
    let days = summary.log.period().map_or(1.0, |period| period.days());
    let (low, high) = poisson_interval(summary.alerts);
    let a_day = |alerts: f64| number((alerts / days) as f32);
    format!(
        "{} in {}, {} a day (95 % {} to {}); the budget of {} aims at {} false ones a day at most",
        counted(summary.alerts as u64, "alert"),
        duration(days * 86_400.0),
        a_day(summary.alerts as f64),
        a_day(low),
        a_day(high),
        summary.bundle.fitted.budget,
        number(summary.bundle.fitted.promised_a_day() as f32),
    )
}

/// Whether sessions are still spread as they were in training.
pub(crate) fn drift_line(drift: &DriftFigures) -> String {
    let DriftFigures { compared, columns } = drift;
    if compared.is_empty() {
        return "unknown: too few sessions to compare with those of the training".to_owned();
    }
    if columns.is_empty() {
        return "none: sessions are spread as they were in training".to_owned();
    }
    let shown = columns.iter().take(SHOWN_DRIFT);
    let shown: Vec<String> =
        shown.map(|it| format!("{} of {}s {:.2}", it.column, it.entity, it.psi)).collect();
    format!(
        "{} spread otherwise than in training (PSI, large from {}): {}{}",
        counted(columns.len() as u64, "column"),
        pipeline::LARGE_PSI,
        shown.join(", "),
        if columns.len() > SHOWN_DRIFT { ", …" } else { "" },
    )
}
