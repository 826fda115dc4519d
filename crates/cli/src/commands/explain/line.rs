//! One line on its way through the stages.

use std::fmt::Write;

use alerts::Naming;
use domain::{
    AuthOutcome, CredentialKind, Entity, Event, EventFlags, Position, RawRecord, Reject,
    RejectReason, Request,
};
use ingest::{
    Clock, Directory, EndpointTable, Fingerprinter, FormatChoice, Normaliser, ParseContext, Trial,
    explain_line,
};

use super::super::Session;
use super::super::samples::Directed;
use crate::config::Config;
use crate::exit::Failure;
use crate::passes;
use crate::render::{Style, escape, fit_end, fit_width, fold, redact, wrap};

/// Columns of a name: the longest is that of a format.
const NAME: usize = 20;
/// Columns beside a name, on the narrowest terminal that we write for.
const WIDTH: usize = 80 - NAME - 3;
/// Columns of a line that are shown before the place where a format gives up.
const BEFORE: usize = 40;

/// Formats that gave up, of which the place is told unless all are asked for.
const SHOWN_FORMATS: usize = 5;

/// What every stage makes of a line.
pub(super) fn through_stages(line: &str, all: bool, session: &Session) -> Result<String, Failure> {
    let (style, config) = (session.style, &session.effective.config);
    let options = passes::read_options(config)?;
    let fingerprinter = match options.key {
        Some(key) => Fingerprinter::new(key),
        None => Fingerprinter::from_log_head(line.as_bytes()),
    };
    let clock = Clock::new(options.zone.clone(), options.today);
    let context = ParseContext::new(fingerprinter, clock).with_sign_ins(options.sign_ins.clone());
    let mut normaliser = Normaliser::new(passes::normalise_options(config)?);
    normaliser.seed(context.fingerprinter.seed());
    let mut text = format!("{}\n", style.bold("parse: the line to a request"));
    let (wrappers, within) = ingest::unwrap_line(line.as_bytes(), &context);
    for wrapper in wrappers {
        put(&mut text, wrapper, "stands around it and is taken off");
    }
    let line = &String::from_utf8_lossy(&within);
    let trials = tried(line.as_bytes(), &options.format, &context);
    let most = if all { usize::MAX } else { SHOWN_FORMATS };
    let Some(request) = write_trials(line, &trials, most, style, &mut text) else {
        return Ok(text);
    };
    let told = context.told(request, line.as_bytes());
    let request = &Request { told, ..request.clone() };
    write_request(request, style, &mut text);
    let mut event = normaliser.normalise(request);
    let (directory, resolver) = normaliser.finish();
    if let Some(resolver) = resolver {
        resolver.resolve(&mut event);
    }
    write_event(&event, request, &directory, config, style, &mut text);
    write_session(&event, config, style, &mut text);
    Ok(text)
}

/// Every format that the configuration allows, tried on the line.
fn tried<'a>(
    line: &'a [u8],
    choice: &'a FormatChoice,
    context: &'a ParseContext,
) -> Vec<Trial<'a>> {
    let record = RawRecord { position: Position::default(), bytes: line };
    match choice {
        FormatChoice::Auto => explain_line(line, context),
        FormatChoice::Named(name) => {
            let trials = explain_line(line, context).into_iter();
            trials.filter(|trial| trial.format == *name).collect()
        }
        // A line by itself has no header.
        FormatChoice::Csv(_) => tried(line, &FormatChoice::Named("csv"), context),
        FormatChoice::Template(template) => {
            vec![Trial { format: "template", result: template.parse(record, context) }]
        }
        FormatChoice::Json(json) | FormatChoice::Fields(json) => {
            vec![Trial { format: "json", result: json.parse(record, context) }]
        }
    }
}

/// Says what each format made of the line, and gives the request of the first that reads it.
fn write_trials<'a, 'b>(
    line: &str,
    trials: &'b [Trial<'a>],
    most: usize,
    style: Style,
    text: &mut String,
) -> Option<&'b Request<'a>> {
    let chosen = trials.iter().find_map(|trial| trial.result.as_ref().ok());
    let readers = trials.iter().filter(|trial| trial.result.is_ok());
    for (at, Trial { format, .. }) in readers.enumerate() {
        let verdict = match at {
            0 => style.cyan("reads it"),
            _ => "reads it too; the first that does is taken".to_owned(),
        };
        put(text, format, &verdict);
    }
    let mut column = 0;
    let (groups, more) = given_up(trials, most);
    for (formats, reject) in groups {
        let place = format!("gave up at {}", reject.column);
        let place = if reject.column == column { "" } else { &place };
        column = reject.column;
        let told = format!("{}: {}", reject.reason, formats.join(", "));
        for (at, part) in wrap(&told, WIDTH, "").lines().enumerate() {
            let _ = writeln!(text, "  {:<NAME$} {part}", if at == 0 { place } else { "" });
        }
    }
    if more > 0 {
        let told = format!("and {more} more, no further than that: --all lists them");
        let _ = writeln!(text, "  {:<NAME$} {told}", "");
    }
    let furthest = trials.iter().filter_map(|trial| Some((trial, trial.result.as_ref().err()?)));
    let furthest = furthest.rev().max_by_key(|(trial, reject)| how_far(trial.format, reject));
    if let (None, Some((trial, reject))) = (chosen, furthest) {
        write_place(line, trial.format, reject, style, text);
    }
    chosen
}

/// The formats that could not read the line, those that came furthest first and so many at most, together
/// where they gave up at the same place for the same reason; and how many others there are.
fn given_up<'a, 'b>(
    trials: &'b [Trial<'a>],
    most: usize,
) -> (Vec<(Vec<&'static str>, &'b Reject)>, usize) {
    let failed = trials.iter().filter_map(|it| Some((it.format, it.result.as_ref().err()?)));
    let mut failed: Vec<(&'static str, &Reject)> = failed.collect();
    failed.sort_by_key(|(format, reject)| std::cmp::Reverse(how_far(format, reject)));
    let more = failed.len().saturating_sub(most);
    let mut groups: Vec<(Vec<&'static str>, &Reject)> = Vec::new();
    for (format, reject) in failed.into_iter().take(most) {
        match groups.iter_mut().find(|(_, known)| *known == reject) {
            Some((formats, _)) => formats.push(format),
            None => groups.push((vec![format], reject)),
        }
    }
    (groups, more)
}

/// How near a format came to reading the line, for comparing: by where it gave up. Those of one kind of
/// JSON tell at the end of a record that a key of theirs is missing; the one for any log that has found a
/// field, though its value cannot be read, knows more.
fn how_far(format: &str, reject: &Reject) -> (bool, u32) {
    let has_field = format == "json" && matches!(reject.reason, RejectReason::Invalid(_));
    (has_field, reject.column)
}

/// Shows the place to which the best try came.
fn write_place(line: &str, format: &str, reject: &Reject, style: Style, text: &mut String) {
    let _ = writeln!(text, "\n{format} comes furthest, to column {}:\n", reject.column);
    match shown_place(line.as_bytes(), (reject.column as usize).saturating_sub(1)) {
        Some((before, after)) => {
            let before = fit_end(&before, BEFORE);
            let width = before.chars().count();
            let after = fit_width(&after, 76 - width);
            let _ = writeln!(text, "  {before}{}", style.red(&after));
            let _ = writeln!(text, "  {:width$}^ {}\n", "", reject.reason);
        }
        None => {
            let _ = writeln!(text, "  {}", fit_width(&redact(line.as_bytes()), 76));
            let _ = writeln!(text, "  {}\n", reject.reason);
        }
    }
    let advice = "A log keeps such a line as a reject. Where all its lines are of this kind, \
                  say --format with a name of those above, or with the server's own log_format \
                  or LogFormat string.";
    let _ = writeln!(text, "{}", wrap(advice, 80, ""));
}

/// The line before and after a place, as it may be shown. Only a line as a whole can be redacted: half
/// of one no longer tells what is a secret. Where there are secrets on both sides, or at the place
/// itself, nobody can tell where it has gone: `None`.
fn shown_place(line: &[u8], at: usize) -> Option<(String, String)> {
    let redacted = ingest::redact_line(line);
    let (before, after) = line.split_at_checked(at)?;
    let at = if redacted.starts_with(before) {
        at
    } else if redacted.ends_with(after) {
        redacted.len() - after.len()
    } else {
        return None;
    };
    let (before, after) = redacted.split_at(at);
    let shown = |part: &[u8]| escape(&String::from_utf8_lossy(part));
    Some((shown(before), shown(after)))
}

fn write_request(request: &Request<'_>, style: Style, text: &mut String) {
    let shown = |bytes: &[u8]| escape(&String::from_utf8_lossy(bytes));
    let number = |value: Option<u64>, unit: &str| {
        value.map_or(String::new(), |value| format!("{value}{unit}"))
    };
    let _ = writeln!(text, "\n{}", style.bold("the request"));
    let fields = [
        ("time", request.time.to_string()),
        ("peer", shown(&request.peer)),
        ("forwarded", shown(&request.forwarded)),
        ("user", shown(&request.user)),
        ("subject", shown(&request.subject)),
        ("credential", credential(request)),
        ("method", request.method.name().to_owned()),
        ("target", redact(&request.target)),
        ("host", shown(&request.host)),
        ("status", number(request.status.map(u64::from), "")),
        ("response", number(request.response_bytes, " bytes")),
        ("latency", number(request.latency_micros, " µs")),
        ("referer", redact(&request.referer)),
        ("agent", redact(&request.agent)),
    ];
    for (name, value) in fields.into_iter().filter(|(_, value)| !value.is_empty() && value != "-") {
        put(text, name, &value);
    }
}

/// What the secret has become: it is not kept.
fn credential(request: &Request<'_>) -> String {
    let Some(fingerprint) = request.credential else { return String::new() };
    let kind = match request.credential_kind {
        CredentialKind::Token => "a token",
        CredentialKind::Password => "a name and password",
        CredentialKind::Key => "an API key",
        CredentialKind::Cookie => "a session cookie",
    };
    format!("{kind}, kept only as the fingerprint {fingerprint}")
}

fn write_event(
    event: &Event,
    request: &Request<'_>,
    directory: &Directory,
    config: &Config,
    style: Style,
    text: &mut String,
) {
    let naming = Directed(directory);
    let _ = writeln!(text, "\n{}", style.bold("normalise: the request to an event"));
    for entity in event.entities() {
        let name = naming.entity(&entity);
        put(text, name.kind.name(), &escape(&name.value));
        let why = match entity {
            Entity::Client(_) => client_reason(event, request, config),
            Entity::Account(_) if request.user.is_empty() => {
                "named by the credential, which nobody here has verified"
            }
            Entity::Account(_) => "named by the server",
            Entity::Credential(_) => continue,
            Entity::Endpoint(id) if EndpointTable::is_unknown(id) => {
                "one call does not make an endpoint: answers to calls that succeed do"
            }
            Entity::Endpoint(_) if config.endpoints.openapi.is_empty() => {
                "learned from this one call: in a log, places of many values become parameters"
            }
            Entity::Endpoint(_) => "learned, or described by the OpenAPI file",
        };
        for part in wrap(why, WIDTH, "").lines() {
            put(text, "", &style.dim(part));
        }
    }
    let auth = match event.auth {
        AuthOutcome::None => "",
        AuthOutcome::Success => "succeeded",
        AuthOutcome::Failure => "failed",
        AuthOutcome::Forbidden => "authority refused",
    };
    let facts = |names: Vec<&str>| names.join(", ").to_lowercase().replace('_', " ");
    let told = [
        ("sign-in", auth.to_owned()),
        ("path", facts(event.words.names().collect())),
        ("facts", facts(event.flags.names().collect())),
    ];
    for (name, value) in told.into_iter().filter(|(_, value)| !value.is_empty()) {
        put(text, name, &value);
    }
}

fn client_reason(event: &Event, request: &Request<'_>, config: &Config) -> &'static str {
    let is_claimed = event.flags.contains(EventFlags::FORWARDED_UNTRUSTED);
    match (request.forwarded.is_empty(), config.identity.trusted_proxies.is_empty()) {
        (true, _) => "the peer; there is no forwarded chain",
        (false, true) => "the peer; the forwarded chain counts once --trusted-proxy names a proxy",
        (false, false) if is_claimed => {
            "from the right of the chain, as far as trusted proxies vouch for it; the rest is a claim"
        }
        (false, false) => "from the forwarded chain, all of which trusted proxies vouch for",
    }
}

fn write_session(event: &Event, config: &Config, style: Style, text: &mut String) {
    let _ = writeln!(text, "\n{}", style.bold("observe: whose behaviour it becomes"));
    let kinds: Vec<&str> = event.entities().map(|entity| entity.kind().name()).collect();
    let told = format!(
        "It begins a session of its {}, or goes on with the one that was last active at most {} s \
         before (behaviour.idle_gap_secs). A row of features and a verdict take more than one \
         line: `apiwarden features LOG` shows the rows, `apiwarden explain --alert ID LOG` a \
         verdict.",
        kinds.join(", its "),
        config.behaviour.idle_gap_secs
    );
    let _ = writeln!(text, "{}", wrap(&told, 78, "  "));
}

/// A name and what is to be said of it, on two lines where one is too short.
fn put(text: &mut String, name: &str, value: &str) {
    // What is coloured is short already, and its colours take no room.
    let width = if value.starts_with('\u{1b}') { WIDTH * 2 } else { WIDTH };
    let (first, rest) = fold(value, width);
    let _ = writeln!(text, "  {name:<NAME$} {first}");
    if let Some(rest) = rest {
        let _ = writeln!(text, "  {:<NAME$} {rest}", "");
    }
}
