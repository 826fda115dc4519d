mod line;

use std::fmt::Write;
use std::io::BufRead;

use clap::{ArgGroup, Args};
use domain::{Alert, EvidenceLine};

use super::detect::{Found, detect};
use super::{Session, print};
use crate::config::Override;
use crate::exit::{Exit, Failure};
use crate::options::{JudgeArgs, ReadingArgs};
use crate::passes;
use crate::render::{Style, number, wrap, write_alert};

/// Letters of an id that must be given at least.
const LEAST_ID: usize = 4;

#[derive(Args, Debug)]
#[command(group(ArgGroup::new("what").required(true).args(["line", "alert"])))]
pub(crate) struct ExplainArgs {
    /// One line of a log, or - for the first of standard input: what each stage makes of it.
    #[arg(long, value_name = "LINE", conflicts_with = "logs", allow_hyphen_values = true)]
    line: Option<String>,

    /// With --line: every format that gave up, not only those that came furthest.
    #[arg(long, conflicts_with = "alert")]
    all: bool,

    /// The id of an alert of the given logs, or its beginning: how it came about.
    #[arg(long, value_name = "ID", requires = "logs")]
    alert: Option<String>,

    /// Log files, globs, or - for standard input; .gz and .zst are decompressed.
    #[arg(value_name = "LOG")]
    logs: Vec<String>,

    #[command(flatten)]
    reading: ReadingArgs,

    #[command(flatten)]
    judging: JudgeArgs,
}

impl ExplainArgs {
    pub(crate) fn overrides(&self) -> Vec<Override> {
        [self.reading.overrides(), self.judging.overrides()].concat()
    }
}

/// Walks one line, or one alert, through every stage.
pub(crate) fn run(args: &ExplainArgs, session: &Session) -> Result<Exit, Failure> {
    if let Some(line) = &args.line {
        let line = if line == "-" { first_of_stdin(session)? } else { line.clone() };
        return print(line::through_stages(&line, args.all, session)?.as_bytes());
    }
    let id = args.alert.as_deref().expect("the group asks for a line or an alert");
    let found = detect(&args.logs, None, args.judging.model()?, session)?;
    let alert = alert_of(id, &found.alerts)?;
    print(&told(alert, &found, session.style)?)?;
    super::note_reading(&found.log.report, session)?;
    passes::check_log(&found.log, &session.effective.config)?;
    Ok(Exit::Done)
}

/// The first line of standard input, of which no more is read than a line may hold.
fn first_of_stdin(session: &Session) -> Result<String, Failure> {
    let limit = session.effective.config.read.max_line_bytes as u64;
    let mut line = Vec::new();
    std::io::Read::take(std::io::stdin().lock(), limit)
        .read_until(b'\n', &mut line)
        .map_err(|error| Failure::new(Exit::Io, format!("-: {error}")))?;
    if line.is_empty() {
        return Err(Failure::new(Exit::NoInput, "-: no line on standard input"));
    }
    Ok(String::from_utf8_lossy(&line).trim_end_matches(['\n', '\r']).to_owned())
}

/// The one alert whose id begins so.
fn alert_of<'a>(id: &str, alerts: &'a [Alert]) -> Result<&'a Alert, Failure> {
    let fail = |message: String| Err(Failure::new(Exit::Usage, message));
    if id.len() < LEAST_ID {
        return fail(format!(
            "invalid --alert {id:?}: must be at least {LEAST_ID} letters of an id"
        ));
    }
    let matching: Vec<&Alert> = alerts.iter().filter(|alert| alert.id.starts_with(id)).collect();
    match matching[..] {
        [alert] => Ok(alert),
        [] => {
            let count = alerts.len();
            fail(format!("invalid --alert {id:?}: none of the {count} alerts that detect lists"))
        }
        _ => {
            let ids: Vec<&str> = matching.iter().map(|alert| alert.id.as_str()).collect();
            fail(format!("invalid --alert {id:?}: it could be {}", ids.join(" or ")))
        }
    }
}

fn told(alert: &Alert, found: &Found, style: Style) -> Result<Vec<u8>, Failure> {
    let mut shown = Vec::new();
    write_alert(alert, style, &mut shown)?;
    let mut text = String::new();
    write_judgement(alert, found, style, &mut text);
    shown.extend(text.into_bytes());
    Ok(shown)
}

fn write_judgement(alert: &Alert, found: &Found, style: Style, text: &mut String) {
    let _ = writeln!(text, "\n{}", style.bold("how the score came about"));
    let _ = writeln!(
        text,
        "  {:<32} {:>9} {:>11} {:>8} {:>6}",
        "feature", "value", "normal", "ratio", "part"
    );
    for line in &alert.evidence {
        let (normal, ratio) = normal_and_ratio(line);
        let _ = writeln!(
            text,
            "  {:<32} {:>9} {normal:>11} {ratio:>8} {:>6.3}",
            line.feature,
            number(line.value),
            line.contribution
        );
    }
    let _ = writeln!(text, "  {:<32} {:>37.3}", "score, the sum of its parts", alert.score.get());
    let least = found.bundle.least_strength(alert.threat);
    let _ = writeln!(
        text,
        "\nAn alert begins at a score of {}, as the budget of {} asks.",
        threats::score_of(least),
        found.bundle.fitted.budget
    );
    if let Some(page) = threats::page_of(alert.threat) {
        let wrong = wrap(&format!("When it is wrong: {}.", page.wrong_text()), 80, "");
        let _ = writeln!(text, "\n{wrong}");
    }
}

fn normal_and_ratio(line: &EvidenceLine) -> (String, String) {
    let ratio = format!("{}×", number(line.ratio));
    if line.value < line.normal_low {
        (format!("≥ {}", number(line.normal_low)), ratio)
    } else if line.normal_high < f32::MAX {
        (format!("≤ {}", number(line.normal_high)), ratio)
    } else {
        ("unknown".to_owned(), String::new())
    }
}
