use std::fmt::Write;

use alerts::Naming;
use clap::Args;
use domain::{Alert, Entity, Request};
use ingest::{Fingerprinter, Normaliser, ParseContext, explain_line};

use super::detect::{Found, detect};
use super::samples::Directed;
use super::{Session, print};
use crate::arguments::{JudgeArgs, LogArgs};
use crate::config::Override;
use crate::exit::{Exit, Failure};
use crate::passes;
use crate::render::{Style, escape, fit_width, number, redact, wrap, write_alert};

#[derive(Args, Debug)]
pub(crate) struct ExplainArgs {
    /// One line of a log: which formats were tried, and what became of it.
    #[arg(long, value_name = "LINE", conflicts_with_all = ["alert", "logs"])]
    line: Option<String>,

    /// The id of an alert of the given logs: how it came about.
    #[arg(long, value_name = "ID", requires = "logs")]
    alert: Option<String>,

    #[command(flatten)]
    log: LogArgs,

    #[command(flatten)]
    judging: JudgeArgs,
}

impl ExplainArgs {
    pub(crate) fn overrides(&self) -> Vec<Override> {
        [self.log.reading.overrides(), self.judging.overrides()].concat()
    }
}

/// Walks one line, or one alert, through every stage.
pub(crate) fn run(args: &ExplainArgs, session: &Session) -> Result<Exit, Failure> {
    let text = match (&args.line, &args.alert) {
        (Some(line), _) => line_through_stages(line, session)?,
        (None, Some(id)) => alert_through_stages(id, &detect(&args.log, session)?, session.style)?,
        (None, None) => {
            let rule = "say --line 'LINE', or --alert ID LOG";
            return Err(Failure::new(Exit::Usage, rule));
        }
    };
    print(text.as_bytes())
}

fn line_through_stages(line: &str, session: &Session) -> Result<String, Failure> {
    let (style, config) = (session.style, &session.effective.config);
    let options = passes::read_options(config)?;
    let context = ParseContext {
        fingerprinter: Fingerprinter::from_log_head(line.as_bytes()),
        zone: options.zone.clone(),
    };
    let mut text = format!("{}\n", style.bold("parse: bytes to a request"));
    let mut request = None;
    for trial in explain_line(line.as_bytes(), &context) {
        let name = format!("{:<20}", trial.format);
        match trial.result {
            Ok(read) => {
                let _ = writeln!(text, "  {name} {}", style.cyan("reads it"));
                request = request.or(Some(read));
            }
            Err(reject) => {
                let _ = writeln!(
                    text,
                    "  {name} gives up at column {}: {}",
                    reject.column, reject.reason
                );
            }
        }
    }
    let Some(request) = request else {
        let _ = writeln!(
            text,
            "\nno format reads this line: it is a reject; say --format for a log of such lines"
        );
        return Ok(text);
    };
    write_request(&request, style, &mut text);
    let mut normaliser = Normaliser::new(passes::normalise_options(config)?);
    let mut event = normaliser.normalise(&request);
    let (directory, resolver) = normaliser.finish();
    if let Some(resolver) = resolver {
        resolver.resolve(&mut event);
    }
    let _ = writeln!(text, "\n{}", style.bold("normalise: the request to an event"));
    let naming = Directed(&directory);
    for entity in event.entities() {
        let name = naming.entity(&entity);
        let _ = writeln!(text, "  {:<12} {}", name.kind.name(), escape(&name.value));
    }
    let _ = writeln!(text, "  {:<12} {:?}", "sign-in", event.auth);
    let _ = writeln!(text, "\n{}", style.bold("observe: whose behaviour it becomes"));
    let entities: Vec<&str> = event.entities().map(|entity: Entity| entity.kind().name()).collect();
    let _ = writeln!(
        text,
        "  a session of {} begins or goes on (idle gap {} s)",
        entities.join(", "),
        config.behaviour.idle_gap_secs
    );
    Ok(text)
}

fn write_request(request: &Request<'_>, style: Style, text: &mut String) {
    let shown = |bytes: &[u8]| escape(&String::from_utf8_lossy(bytes));
    let optional = |value: Option<u64>| value.map_or("-".to_owned(), |value| value.to_string());
    let _ = writeln!(text, "\n{}", style.bold("the request"));
    let fields = [
        ("time", request.time.to_string()),
        ("peer", shown(&request.peer)),
        ("forwarded", shown(&request.forwarded)),
        ("user", shown(&request.user)),
        ("subject", shown(&request.subject)),
        (
            "credential",
            request.credential.map_or("-".into(), |fingerprint| fingerprint.to_string()),
        ),
        ("method", request.method.name().to_owned()),
        ("target", redact(&request.target)),
        ("host", shown(&request.host)),
        ("status", optional(request.status.map(u64::from))),
        ("bytes", optional(request.response_bytes)),
        ("latency_us", optional(request.latency_micros)),
        ("referer", redact(&request.referer)),
        ("agent", shown(&request.agent)),
    ];
    for (name, value) in fields.into_iter().filter(|(_, value)| !value.is_empty() && value != "-") {
        let _ = writeln!(text, "  {name:<12} {}", fit_width(&escape(&value), 66));
    }
}

fn alert_through_stages(id: &str, found: &Found, style: Style) -> Result<String, Failure> {
    let alert = found.alerts.iter().find(|alert| alert.id.starts_with(id) && id.len() >= 4);
    let Some(alert) = alert else {
        let count = found.alerts.len();
        let message =
            format!("no alert {id:?} among the {count} of these logs: `detect` lists them");
        return Err(Failure::new(Exit::Data, message));
    };
    let mut shown = Vec::new();
    write_alert(alert, style, &mut shown)?;
    let mut text = String::from_utf8_lossy(&shown).into_owned();
    write_judgement(alert, found, style, &mut text);
    Ok(text)
}

fn write_judgement(alert: &Alert, found: &Found, style: Style, text: &mut String) {
    let _ = writeln!(text, "\n{}", style.bold("how the score came about"));
    let _ = writeln!(
        text,
        "  {:<30} {:>9} {:>9} {:>7} {:>6}",
        "feature", "value", "normal ≤", "ratio", "part"
    );
    for line in &alert.evidence {
        let high = if line.normal_high == f32::MAX { "-".into() } else { number(line.normal_high) };
        let _ = writeln!(
            text,
            "  {:<30} {:>9} {:>9} {:>6}× {:>6.3}",
            line.feature,
            number(line.value),
            high,
            number(line.ratio),
            line.contribution
        );
    }
    let _ = writeln!(text, "  {:<30} {:>41.3}", "score", alert.score.get());
    let least = found.bundle.least_strength(alert.threat);
    let _ = writeln!(
        text,
        "\nIt counts from a score of {} on, which the budget of {} asks for.",
        threats::score_of(least),
        found.bundle.fitted.budget
    );
    if let Some(page) = threats::page_of(alert.threat) {
        let wrong = wrap(&format!("When it is wrong: {}.", page.wrong), 80, "");
        let _ = writeln!(text, "\n{wrong}");
    }
}
