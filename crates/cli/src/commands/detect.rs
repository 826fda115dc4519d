use std::io::Write;
use std::path::{Path, PathBuf};

use alerts::{Closed, Sink};
use clap::{Args, ValueEnum};
use domain::{Alert, Severity};
use pipeline::{Bundle, Drift};
use quality::Caveat;
use toml::Value;
use train::site::SiteBundle;

use super::caveats::{caveats, write_file};
use super::samples::{Directed, wanted, with_samples};
use super::{Session, Terminal};
use crate::config::{Config, Override};
use crate::exit::{Exit, Failure};
use crate::lesson;
use crate::options::{JudgeArgs, LogArgs, collect};
use crate::passes::{self, Endpoints, Log};
use crate::render::{Allowed, Summary, write_alert, write_caveats, write_summary};

#[derive(Args, Debug)]
pub(crate) struct DetectArgs {
    #[command(flatten)]
    pub(crate) log: LogArgs,

    #[command(flatten)]
    pub(crate) judging: JudgeArgs,

    /// In which form alerts are written.
    #[arg(short, long, value_enum, default_value_t = Output::Human, value_name = "FORM")]
    output: Output,

    /// Write the caveats about the log itself to this file, one JSON object a line.
    #[arg(long, value_name = "FILE")]
    caveats: Option<PathBuf>,

    /// End with status 1 if an alert is at least so severe: low, medium, high or critical.
    #[arg(long, value_name = "SEVERITY")]
    fail_on: Option<String>,

    /// How many alerts are shown to people.
    #[arg(long, value_name = "NUMBER")]
    max_alerts: Option<u32>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Output {
    /// For people.
    Human,
    /// One JSON object a line.
    Jsonl,
    /// One JSON array.
    Json,
    /// A table.
    Csv,
}

impl DetectArgs {
    pub(crate) fn overrides(&self) -> Vec<Override> {
        let own = collect([
            ("output.fail_on", self.fail_on.clone().map(Value::from)),
            ("output.max_alerts", self.max_alerts.map(Value::from)),
        ]);
        [self.log.reading.overrides(), self.judging.overrides(), own].concat()
    }
}

/// Finds who is misbehaving.
pub(crate) fn run(args: &DetectArgs, session: &Session) -> Result<Exit, Failure> {
    let config = &session.effective.config;
    let fail_on = fail_on(config)?;
    args.log.keep_apart(args.caveats.as_deref())?;
    let model = args.judging.model()?;
    let found = detect(&args.log.logs, args.log.rejects.as_deref(), model, session)?;
    match write_alerts(&found, args.output, session) {
        // Whoever reads had enough: what was found stands.
        Err(failure) if failure.exit == Exit::Done => {}
        written => written?,
    }
    if args.output != Output::Human && !session.quiet {
        let summary = found.summary();
        let style = crate::render::Style { colour: false };
        let mut err = std::io::stderr().lock();
        write_summary(&summary, style, &mut err)?;
        write_caveats(&found.caveats, style, &mut err)?;
    }
    if let Some(file) = &args.caveats {
        write_file(&found.caveats, file)?;
    }
    passes::check_log(&found.log, config)?;
    let is_bad = |alert: &Alert| fail_on.is_some_and(|least| alert.severity >= least);
    Ok(if found.alerts.iter().any(is_bad) { Exit::Findings } else { Exit::Done })
}

/// What `detect` knows in the end.
pub(super) struct Found {
    pub(super) log: Log,
    pub(super) bundle: Bundle,
    pub(super) alerts: Vec<Alert>,
    /// What threats came to that are only logged.
    pub(super) logged: Vec<Alert>,
    pub(super) allowed: Vec<Allowed>,
    /// What is to be said of the log itself.
    pub(super) caveats: Vec<Caveat>,
    pub(super) stats: features::ObserverStats,
    /// What has changed since the training; `None` without one.
    pub(super) drift: Option<Drift>,
}

impl Found {
    /// What is written for programs: the alerts, and after them what is only logged.
    fn written(&self) -> Vec<Alert> {
        self.alerts.iter().chain(&self.logged).cloned().collect()
    }

    fn summary(&self) -> Summary<'_> {
        Summary {
            log: &self.log,
            bundle: &self.bundle,
            stats: &self.stats,
            drift: self.drift.as_ref(),
            alerts: self.alerts.len(),
            logged: &self.logged,
            allowed: &self.allowed,
        }
    }
}

/// The whole way: read, learn, judge, and fetch the lines behind the alerts.
pub(super) fn detect(
    logs: &[String],
    rejects: Option<&Path>,
    model: Option<SiteBundle>,
    session: &Session,
) -> Result<Found, Failure> {
    let config = &session.effective.config;
    let endpoints = match &model {
        Some(model) => Endpoints::Known(&model.endpoints),
        None => Endpoints::Learned { until: None },
    };
    let mut terminal = Terminal::new(session.quiet, rejects)?;
    let is_trained = model.is_some();
    let mut log = passes::read(logs, config, endpoints, &mut terminal)?;
    let bundle = match model {
        Some(model) => model.bundle,
        None => {
            terminal.stage("learning what is normal");
            lesson::fit(&log, config)?
        }
    };
    terminal.stage("judging");
    let judged = passes::judge(&log, &bundle, config)?;
    let drift = is_trained.then(|| bundle.spread.drift(&judged.spread));
    let policy = config.policy();
    let Closed { filed, allowed } = judged.desk.close(&Directed(&log.directory), &policy);
    let lines = log.excerpts.fetch(wanted(&filed)).into_iter().collect();
    terminal.finish()?;
    super::note_settings(&log.lists, session)?;
    let alerts = with_samples(filed, &log, &lines);
    let (logged, alerts) = alerts.into_iter().partition(|alert| alert.is_logged_only);
    let allowed = allowed_of(&allowed, config);
    let caveats = caveats(&log, &bundle.profiles, config);
    Ok(Found { log, bundle, alerts, logged, allowed, caveats, stats: judged.stats, drift })
}

/// What the allowlist kept back: the entries that did.
fn allowed_of(counts: &[u64], config: &Config) -> Vec<Allowed> {
    let entries = counts.iter().zip(&config.alerts.allow).filter(|(count, _)| **count > 0);
    let allowed = |(incidents, allow): (&u64, &crate::config::Allow)| Allowed {
        incidents: *incidents,
        who: format!("{} {}", allow.text.kind.name(), allow.text.value),
        reason: allow.text.reason.clone(),
    };
    entries.map(allowed).collect()
}

/// The severity from which an alert ends the run with status 1.
pub(super) fn fail_on(config: &Config) -> Result<Option<Severity>, Failure> {
    let text = config.output.fail_on.as_str();
    if text == "none" {
        return Ok(None);
    }
    let found = Severity::ALL.into_iter().find(|severity| severity.name() == text);
    found.map(Some).ok_or_else(|| {
        let rule = "must be none, low, medium, high or critical";
        Failure::setting("output.fail_on", text, rule)
    })
}

fn write_alerts(found: &Found, output: Output, session: &Session) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    match output {
        Output::Human => write_report(found, session, &mut out)?,
        Output::Jsonl => Sink::JsonLines.deliver(&found.written(), &mut out)?,
        Output::Json => Sink::Json.deliver(&found.written(), &mut out)?,
        Output::Csv => Sink::Csv.deliver(&found.written(), &mut out)?,
    }
    out.flush()?;
    Ok(())
}

fn write_report(found: &Found, session: &Session, out: &mut impl Write) -> Result<(), Failure> {
    let style = session.style;
    write_summary(&found.summary(), style, out)?;
    write_caveats(&found.caveats, style, out)?;
    writeln!(out)?;
    let shown = session.effective.config.output.max_alerts;
    match found.alerts.len() {
        0 if found.log.report.parsed() == 0 => {
            writeln!(out, "{}", style.bold("no requests, so no alerts"))?;
        }
        0 => writeln!(out, "{}", style.bold("no alerts"))?,
        1 => writeln!(out, "{}\n", style.bold("1 alert"))?,
        n => writeln!(out, "{}\n", style.bold(&format!("{n} alerts, worst first")))?,
    }
    for alert in found.alerts.iter().take(shown) {
        write_alert(alert, style, out)?;
        writeln!(out)?;
    }
    if let Some(more) = found.alerts.len().checked_sub(shown).filter(|more| *more > 0) {
        writeln!(out, "and {more} more: --max-alerts shows them, -o jsonl gives all")?;
    }
    if !found.alerts.is_empty() {
        let hint = "apiwarden explain --alert ID LOG... tells how an alert came about";
        writeln!(out, "{}", style.dim(hint))?;
    }
    Ok(())
}
