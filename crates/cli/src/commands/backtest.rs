use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use domain::Alert;
use serde_json::json;
use train::backtest::{
    AlertLine, Backtest, Comparison, Confusion, FalseAlarms, Judged, Truth, brief_span, compare,
    score,
};
use train::report::{ComparisonInput, backtest_html, comparison_html};
use train::site::{SiteBundle, is_bundle};

use super::detect::{Found, detect};
use super::samples::Directed;
use super::tables::write_file;
use super::{Session, effective, print};
use crate::config::Override;
use crate::exit::{Exit, Failure};
use crate::options::{JudgeArgs, LogArgs};
use crate::passes;
use crate::render::{Style, count, counted, drift_line, duration, escape, fit_end, wrap};

#[derive(Args, Debug)]
pub(crate) struct BacktestArgs {
    #[command(flatten)]
    log: LogArgs,

    #[command(flatten)]
    judging: JudgeArgs,

    /// What is known to have happened: a CSV with a line a campaign, or a line a request.
    ///
    /// A line a campaign: threat_type, source_ips (addresses, with blanks between) and first_request;
    /// if wanted campaign (its name), tool, last_request, and label: attack, or normal for a group of
    /// clients that did nothing (* is everybody else).
    ///
    /// A line a request: remote_addr, ts and threat (normal where it is none); if wanted campaign and
    /// actor_group.
    ///
    /// Times are RFC 3339 or seconds since 1970. docs/reference/backtest.md has examples.
    #[arg(long, value_name = "FILE", required_unless_present = "compare")]
    truth: Option<PathBuf>,

    /// Two configurations, or two bundles: what becomes of the alerts from the first to the second.
    #[arg(long, num_args = 2, value_names = ["A", "B"], conflicts_with = "model")]
    compare: Vec<PathBuf>,

    /// Write a report in HTML, of a comparison too.
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
    args.log.keep_apart(args.report.as_deref())?;
    if let [first, second] = &args.compare[..] {
        return run_both(args, [first, second], truth.as_ref(), session);
    }
    let model = args.judging.model()?;
    let Some(truth) = truth else { return Ok(Exit::Usage) };
    let found = detect(&args.log.logs, args.log.rejects.as_deref(), model, session)?;
    let backtest = scored(&truth, &found)?;
    if let Some(path) = &args.report {
        write_file(path, backtest_html(&title(&found), &backtest).as_bytes())?;
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

/// The names of the first logs.
fn title(found: &Found) -> String {
    let names = found.log.report.sources.iter().map(|source| source.name.as_str());
    let files = names.filter_map(|name| Path::new(name).file_name()?.to_str());
    files.take(3).collect::<Vec<_>>().join(", ")
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
    let mut log = String::new();
    for (at, path) in settings.into_iter().enumerate() {
        let found = by_setting(args, path, session)?;
        if at == 0 {
            log = title(&found);
            super::note_reading(&found.log.report, session)?;
        }
        let backtest = truth.map(|truth| scored(truth, &found)).transpose()?;
        passes::check_log(&found.log, &session.effective.config)?;
        trials.push((found.alerts, backtest));
    }
    let comparison = compare(&trials[0].0, &trials[1].0);
    if let Some(path) = &args.report {
        let names = settings.map(|path| path.display().to_string());
        let input = ComparisonInput {
            title: &log,
            names: [&names[0], &names[1]],
            comparison: &comparison,
            backtests: trials[0].1.as_ref().zip(trials[1].1.as_ref()).map(|(a, b)| [a, b]),
        };
        write_file(path, comparison_html(&input).as_bytes())?;
    }
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
            if let Some(report) = &args.report {
                let _ = writeln!(text, "report  {}", report.display());
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
    let mut text = format!(
        "{} in {}: {} attack, {} known to be normal\n{}\n",
        counted(backtest.clients as u64, "client"),
        duration(backtest.log_days * 86_400.0),
        count(backtest.attackers as u64),
        count(backtest.normal_clients as u64),
        alerts_told(backtest),
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

/// Whom the alerts accuse: `16 alerts: 14 of attackers, 2 false alarms`.
fn alerts_told(backtest: &Backtest) -> String {
    let (all, right, wrong) = (backtest.alerts, backtest.true_alerts, backtest.false_alarms.alerts);
    let mut text = format!(
        "{}: {} of attackers, {}",
        counted(all as u64, "alert"),
        count(right as u64),
        counted(wrong as u64, "false alarm")
    );
    if all > right + wrong {
        let others = count((all - right - wrong) as u64);
        let _ = write!(text, ", {others} of clients unknown to the truth");
    }
    text
}

fn write_threats(backtest: &Backtest, style: Style, text: &mut String) {
    let head = format!(
        "{:<21} {:>9} {:>8} {:>11} {:>11} {:>7} {:>7}",
        "threat", "campaigns", "any name", "sources", "any name", "delay", "longest"
    );
    let _ = writeln!(text, "\n{}", style.dim(&head));
    for it in &backtest.threats {
        let of = |part: usize, all: usize| format!("{part}/{all}");
        let delay = |secs: Option<f64>| secs.map_or("-".to_owned(), brief_span);
        let row = format!(
            "{:<21} {:>9} {:>8} {:>11} {:>11} {:>7} {:>7}",
            it.threat,
            of(it.found, it.campaigns),
            of(it.noticed, it.campaigns),
            of(it.sources_found, it.sources),
            of(it.sources_noticed, it.sources),
            delay(it.delay_secs_median),
            delay(it.delay_secs_max),
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
        let line = format!("! {} {}{tool}: {seen}", it.campaign, it.threat);
        let _ = writeln!(text, "{}", hung(&line));
    }
}

/// Clients wrongly accused that are listed.
const SHOWN_ACCUSED: usize = 20;

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
    let meaning = "  a false alarm accuses a normal client and no attacker";
    let _ = writeln!(text, "{}", style.dim(meaning));
    if backtest.log_days < 1.0 {
        let doubt = "  the log is shorter than a day: rates are drawn out to one";
        let _ = writeln!(text, "{}", style.dim(doubt));
    }
    let FalseAlarms { accused, clients, wronged, .. } = false_alarms;
    let line = format!(
        "normal clients accused {}: {clients} by false alarms, {wronged} wronged",
        accused.len()
    );
    let _ = writeln!(text, "{}", style.bold(&line));
    if *wronged > 0 {
        let meaning = "  wronged: accused only by alerts that accuse an attacker too";
        let _ = writeln!(text, "{}", style.dim(meaning));
    }
    for (client, it) in accused.iter().take(SHOWN_ACCUSED) {
        let _ = writeln!(text, "{}", hung(&format!("  {}", it.told(client))));
    }
    if let Some(more) = accused.len().checked_sub(SHOWN_ACCUSED).filter(|more| *more > 0) {
        let _ = writeln!(text, "  and {more} more: -o json lists all");
    }
}

/// A line of names that a truth may give, broken at 80 characters; what follows is set in by 4.
fn hung(line: &str) -> String {
    let line = escape(line);
    let lead = &line[..line.len() - line.trim_start().len()];
    let wrapped = wrap(&line, 80, "    ");
    format!("{lead}{}", wrapped.trim_start())
}

/// What sources were taken for: rows of what there is, columns in four letters. The last, nothing, is
/// where normal clients belong, so it is wider.
fn write_confusion(confusion: &Confusion, style: Style, text: &mut String) {
    let put = |text: &mut String, cells: &mut dyn Iterator<Item = String>| {
        for (place, cell) in cells.enumerate() {
            let width = if place + 1 == confusion.taken_for.len() { 8 } else { 4 };
            let _ = write!(text, " {cell:>width$}");
        }
    };
    let mut head = format!("{:<21}", "taken for (clients)");
    let short = |name: &String| name.chars().take(4).collect();
    put(&mut head, &mut confusion.taken_for.iter().map(short));
    let _ = writeln!(text, "\n{}", style.dim(&head));
    for (name, row) in confusion.truth.iter().zip(&confusion.clients) {
        let _ = write!(text, "{name:<21}");
        let cell = |number: &usize| if *number == 0 { "·".into() } else { number.to_string() };
        put(text, &mut row.iter().map(cell));
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
        let entity = fit_end(&escape(&alert.entity.value), 28);
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
