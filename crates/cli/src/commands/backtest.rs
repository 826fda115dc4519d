use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use domain::Alert;
use serde_json::json;
use train::backtest::{
    AlertLine, Backtest, Comparison, Confusion, FalseAlarms, Judged, Truth, compare, score,
};
use train::report::backtest_html;
use train::site::{SiteBundle, is_bundle};

use super::detect::{Found, detect};
use super::samples::Directed;
use super::tables::write_file;
use super::{Session, effective, print};
use crate::config::Override;
use crate::exit::{Exit, Failure};
use crate::options::{JudgeArgs, LogArgs};
use crate::passes;
use crate::render::{Style, count, counted, drift_line, duration, fit_end, wrap};

#[derive(Args, Debug)]
pub(crate) struct BacktestArgs {
    #[command(flatten)]
    log: LogArgs,

    #[command(flatten)]
    judging: JudgeArgs,

    /// What is known to have happened: a CSV with a line a campaign, or a line a request.
    #[arg(long, value_name = "FILE", required_unless_present = "compare")]
    truth: Option<PathBuf>,

    /// Two configurations, or two bundles: what becomes of the alerts from the first to the second.
    #[arg(long, num_args = 2, value_names = ["A", "B"], conflicts_with_all = ["model", "report"])]
    compare: Vec<PathBuf>,

    /// Write a report in HTML.
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,

    /// In which form the outcome is written.
    #[arg(short, long, value_enum, default_value_t = Form::Human, value_name = "FORM")]
    output: Form,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Form {
    /// For people.
    Human,
    /// One JSON document.
    Json,
}

impl BacktestArgs {
    pub(crate) fn overrides(&self) -> Vec<Override> {
        [self.log.reading.overrides(), self.judging.overrides()].concat()
    }
}

/// Holds the alerts of a log against what is known to have happened.
pub(crate) fn run(args: &BacktestArgs, session: &Session) -> Result<Exit, Failure> {
    let truth = args.truth.as_deref().map(Truth::read).transpose()?;
    if let [first, second] = &args.compare[..] {
        return run_both(args, [first, second], truth.as_ref(), session);
    }
    args.log.keep_apart(args.report.as_deref())?;
    let model = args.judging.model()?;
    let Some(truth) = truth else { return Ok(Exit::Usage) };
    let found = detect(&args.log.logs, args.log.rejects.as_deref(), model, session)?;
    let backtest = scored(&truth, &found)?;
    if let Some(path) = &args.report {
        let names = found.log.report.sources.iter().map(|source| source.name.as_str());
        let files = names.filter_map(|name| Path::new(name).file_name()?.to_str());
        let title = files.take(3).collect::<Vec<_>>().join(", ");
        write_file(path, backtest_html(&title, &backtest).as_bytes())?;
    }
    let text = match args.output {
        Form::Human => told(&backtest, args.report.as_deref(), session.style),
        Form::Json => format!("{}\n", json!(backtest)),
    };
    print(text.as_bytes())?;
    super::note_reading(&found.log.report, session)?;
    passes::check_log(&found.log, &session.effective.config)?;
    Ok(Exit::Done)
}

fn scored(truth: &Truth, found: &Found) -> Result<Backtest, Failure> {
    let Some(period) = found.log.period() else {
        return Err(Failure::new(
            Exit::Data,
            "no requests in the log: nothing to hold a truth against",
        ));
    };
    let naming = Directed(&found.log.directory);
    let scores = passes::client_scores(&found.log, &found.bundle)?;
    let named = scores.into_iter();
    let scores = named.map(|(client, score)| (alerts::Naming::client(&naming, client), score));
    let judged = Judged {
        alerts: &found.alerts,
        scores: &scores.collect(),
        period: (period.first, period.last),
        promised_a_day: found.bundle.fitted.promised_a_day(),
        drift: found.drift.as_ref(),
    };
    score(truth, &judged).map_err(Failure::from)
}

/// Judges by one setting and by another, and tells what changes.
fn run_both(
    args: &BacktestArgs,
    settings: [&PathBuf; 2],
    truth: Option<&Truth>,
    session: &Session,
) -> Result<Exit, Failure> {
    let mut trials: Vec<(Vec<Alert>, Option<Backtest>)> = Vec::new();
    for (at, path) in settings.into_iter().enumerate() {
        let found = by_setting(args, path, session)?;
        if at == 0 {
            super::note_reading(&found.log.report, session)?;
        }
        let backtest = truth.map(|truth| scored(truth, &found)).transpose()?;
        passes::check_log(&found.log, &session.effective.config)?;
        trials.push((found.alerts, backtest));
    }
    let comparison = compare(&trials[0].0, &trials[1].0);
    let text = match args.output {
        Form::Json => {
            let backtests: Vec<&Backtest> = trials.iter().filter_map(|it| it.1.as_ref()).collect();
            format!("{}\n", json!({ "comparison": comparison, "backtests": backtests }))
        }
        Form::Human => {
            let mut text = compared(&comparison, session.style);
            for (path, (_, backtest)) in settings.iter().zip(&trials) {
                if let Some(backtest) = backtest {
                    let _ = writeln!(text, "\n{}", session.style.bold(&path.display().to_string()));
                    text += &told(backtest, None, session.style);
                }
            }
            text
        }
    };
    print(text.as_bytes())
}

/// Judges the logs by a bundle, or by a configuration.
fn by_setting(args: &BacktestArgs, path: &Path, session: &Session) -> Result<Found, Failure> {
    let (model, effective) = if is_bundle(path) {
        (Some(SiteBundle::load(path)?), session.effective.clone())
    } else {
        (None, effective(Some(path), &args.overrides())?)
    };
    let session = Session { effective, ..session.clone() };
    detect(&args.log.logs, None, model, &session)
}

fn told(backtest: &Backtest, report: Option<&Path>, style: Style) -> String {
    let mut text = String::new();
    let _ = writeln!(
        text,
        "{} in {}: {} attack, {} known to be normal, {}",
        counted(backtest.clients as u64, "client"),
        duration(backtest.log_days * 86_400.0),
        backtest.attackers,
        count(backtest.normal_clients as u64),
        counted(backtest.alerts as u64, "alert"),
    );
    let unlisted = &backtest.unlisted;
    if unlisted.clients > 0 && !unlisted.are_normal {
        let clients = counted(unlisted.clients as u64, "client");
        let _ = writeln!(text, "{clients} unknown to the truth count nowhere");
    }
    if !backtest.absent.is_empty() {
        let absent = counted(backtest.absent.len() as u64, "campaign");
        let _ = writeln!(text, "{absent} of the truth not in this log");
    }
    write_threats(backtest, style, &mut text);
    write_missed(backtest, &mut text);
    write_false_alarms(backtest, style, &mut text);
    write_confusion(&backtest.confusion, style, &mut text);
    if let Some(average) = backtest.curve.average_precision {
        let _ = writeln!(text, "\naverage precision of clients by score: {average:.4}");
    }
    if let Some(drift) = &backtest.drift {
        let _ = writeln!(text, "\n{}", wrap(&format!("drift: {}", drift_line(drift)), 80, ""));
    }
    if let Some(report) = report {
        let _ = writeln!(text, "report  {}", report.display());
    }
    text
}

fn write_threats(backtest: &Backtest, style: Style, text: &mut String) {
    let head = format!(
        "{:<22}{:>11}{:>11}{:>12}{:>11}{:>13}",
        "threat", "campaigns", "any name", "sources", "any name", "delay, max"
    );
    let _ = writeln!(text, "\n{}", style.dim(&head));
    for it in &backtest.threats {
        let of = |part: usize, all: usize| format!("{part}/{all}");
        let delay = match (it.delay_secs_median, it.delay_secs_max) {
            (Some(median), Some(max)) => format!("{median:.0} s, {max:.0}"),
            _ => "-".to_owned(),
        };
        let row = format!(
            "{:<22}{:>11}{:>11}{:>12}{:>11}{:>13}",
            it.threat,
            of(it.found, it.campaigns),
            of(it.noticed, it.campaigns),
            of(it.sources_found, it.sources),
            of(it.sources_noticed, it.sources),
            delay,
        );
        let _ = writeln!(text, "{}", if it.threat == "all" { style.bold(&row) } else { row });
    }
}

fn write_missed(backtest: &Backtest, text: &mut String) {
    for it in backtest.campaigns.iter().filter(|it| it.sources_found == 0) {
        let seen = match it.seen_as.join(", ") {
            none if none.is_empty() => "not seen at all".to_owned(),
            seen => format!("seen as {seen}"),
        };
        let tool = if it.tool.is_empty() { String::new() } else { format!(" ({})", it.tool) };
        let _ = writeln!(text, "! {} {}{tool}: {seen}", it.campaign, it.threat);
    }
}

/// Clients wrongly accused that are listed.
const SHOWN_WRONGED: usize = 20;

fn write_false_alarms(backtest: &Backtest, style: Style, text: &mut String) {
    let false_alarms = &backtest.false_alarms;
    let line = format!(
        "false alarms {}: {:.2} a day, {:.2} per 1,000 normal clients",
        false_alarms.alerts, false_alarms.alerts_a_day, false_alarms.alerts_per_1000_clients
    );
    let _ = writeln!(text, "\n{}", style.bold(&line));
    let FalseAlarms { alerts_a_day_low: low, alerts_a_day_high: high, promised_a_day, .. } =
        false_alarms;
    let _ = writeln!(
        text,
        "  95 % {low:.2} to {high:.2} a day; the budget aims at {promised_a_day:.2} at most"
    );
    for (client, wronged) in false_alarms.accused.iter().take(SHOWN_WRONGED) {
        let alerts: Vec<String> =
            wronged.alerts.iter().map(|it| format!("{} {:.2}", it.threat, it.score)).collect();
        let line = format!("{client} ({}): {}", wronged.group, alerts.join(", "));
        let _ = writeln!(text, "{}", wrap(&line, 78, "  "));
    }
    if let Some(more) = false_alarms.accused.len().checked_sub(SHOWN_WRONGED).filter(|n| *n > 0) {
        let _ = writeln!(text, "  and {more} more: -o json lists all");
    }
}

/// What sources were taken for: rows of what there is, columns in four letters.
fn write_confusion(confusion: &Confusion, style: Style, text: &mut String) {
    let mut head = format!("{:<22}", "taken for (clients)");
    for name in &confusion.taken_for {
        let short: String = name.chars().take(4).collect();
        let _ = write!(head, "{short:>5}");
    }
    let _ = writeln!(text, "\n{}", style.dim(&head));
    for (name, row) in confusion.truth.iter().zip(&confusion.clients) {
        let _ = write!(text, "{name:<22}");
        for number in row {
            let number = if *number == 0 { "·".to_owned() } else { number.to_string() };
            let _ = write!(text, "{number:>5}");
        }
        let _ = writeln!(text);
    }
}

/// Alerts of each kind of change that are listed.
const SHOWN_CHANGES: usize = 20;

fn compared(comparison: &Comparison, style: Style) -> String {
    let Comparison { before, after, appear, vanish, change, same } = comparison;
    let mut text = format!(
        "{before} alerts before, {after} after: {} appear, {} vanish, {} change, {same} stay\n",
        appear.len(),
        vanish.len(),
        change.len(),
    );
    let name = |alert: &AlertLine| {
        let entity = fit_end(&crate::render::escape(&alert.entity.value), 28);
        format!("{:<22} {:<10} {entity}", alert.threat, alert.entity.kind)
    };
    for (mark, alerts) in [("+", appear), ("-", vanish)] {
        for alert in alerts.iter().take(SHOWN_CHANGES) {
            let line = format!("{mark} {} {:.2}", name(alert), alert.score);
            let _ = writeln!(
                text,
                "{}",
                if mark == "+" { style.cyan(&line) } else { style.dim(&line) }
            );
        }
        if let Some(more) = alerts.len().checked_sub(SHOWN_CHANGES).filter(|more| *more > 0) {
            let _ = writeln!(text, "{mark} and {more} more: -o json lists all");
        }
    }
    for it in change.iter().take(SHOWN_CHANGES) {
        let _ = writeln!(
            text,
            "~ {} {:.2} → {:.2}, {}. → {}.",
            name(&it.alert),
            it.score_before,
            it.alert.score,
            it.rank_before,
            it.rank_after
        );
    }
    if let Some(more) = change.len().checked_sub(SHOWN_CHANGES).filter(|more| *more > 0) {
        let _ = writeln!(text, "~ and {more} more: -o json lists all");
    }
    text
}
