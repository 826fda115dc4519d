use std::collections::BTreeMap;
use std::fmt::Write;

use super::alarm::Alarm;
use super::tally::{Outcome, Tally};
use super::truth::{Campaign, Truth};

/// The figures of a recording, as Markdown.
pub(super) fn recording(truth: &Truth, tally: &Tally<'_>) -> String {
    let mut by_threat: BTreeMap<&str, Vec<&Outcome<'_>>> = BTreeMap::new();
    for outcome in &tally.campaigns {
        by_threat.entry(outcome.campaign.threat).or_default().push(outcome);
    }
    let mut text = String::from(
        "| threat | campaigns found | under any name | sources found | under any name \
         | seconds to detect, median / max |\n|---|---|---|---|---|---|\n",
    );
    for (threat, outcomes) in &by_threat {
        text.push_str(&row(threat, outcomes));
    }
    text.push_str(&row("all", &tally.campaigns.iter().collect::<Vec<_>>()));
    shared(truth, &mut text);
    missed(tally, &mut text);
    wronged(truth, tally, &mut text);
    text
}

/// The alerts on traffic in which nobody is known to attack.
pub(super) fn ordinary(name: &str, alarms: &[Alarm]) -> String {
    let mut text = format!("`{name}`: {}.\n", counted(alarms.len(), "alert"));
    if !alarms.is_empty() {
        text.push('\n');
    }
    for alarm in alarms {
        let _ = writeln!(text, "* {alarm}");
    }
    text
}

fn row(name: &str, outcomes: &[&Outcome<'_>]) -> String {
    let campaigns = outcomes.len();
    let named = outcomes.iter().filter(|outcome| outcome.named > 0).count();
    let noticed = outcomes.iter().filter(|outcome| outcome.noticed > 0).count();
    let sources: usize = outcomes.iter().map(|outcome| outcome.campaign.sources.len()).sum();
    let sources_named: usize = outcomes.iter().map(|outcome| outcome.named).sum();
    let sources_noticed: usize = outcomes.iter().map(|outcome| outcome.noticed).sum();
    let delays = delays(outcomes.iter().filter_map(|outcome| outcome.delay_secs).collect());
    format!(
        "| {name} | {named} / {campaigns} | {noticed} / {campaigns} | {sources_named} / {sources} \
         | {sources_noticed} / {sources} | {delays} |\n"
    )
}

/// Median and maximum; of an even number the higher of the two in the middle.
fn delays(mut secs: Vec<f64>) -> String {
    secs.sort_unstable_by(f64::total_cmp);
    match (secs.get(secs.len() / 2), secs.last()) {
        (Some(median), Some(max)) => format!("{median:.0} / {max:.0}"),
        _ => "–".to_owned(),
    }
}

/// What the log does not show as it was.
fn shared(truth: &Truth, text: &mut String) {
    for campaign in &truth.campaigns {
        for source in campaign.sources.iter().filter(|source| truth.shares(source)) {
            let (name, group) = (&campaign.name, &truth.normals[source]);
            let _ = writeln!(text, "\n{name} comes from {source} here, as {group} does.");
        }
    }
    if !truth.absent.is_empty() {
        let absent = truth.absent.join(", ");
        let _ = writeln!(text, "\nNot counted, since none of its lines is here: {absent}.");
    }
}

fn missed(tally: &Tally<'_>, text: &mut String) {
    let missed: Vec<_> = tally.campaigns.iter().filter(|outcome| outcome.named == 0).collect();
    if missed.is_empty() {
        return;
    }
    text.push_str("\nNot found under its name:\n\n");
    for Outcome { campaign, threats, .. } in missed {
        let threats: Vec<&str> = threats.iter().copied().collect();
        let seen = match threats.as_slice() {
            [] => "not seen at all".to_owned(),
            threats => format!("seen as {}", threats.join(", ")),
        };
        let Campaign { name, threat, tool, requests, .. } = campaign;
        let _ = writeln!(text, "* {name} {threat} ({tool}, {requests} lines): {seen}");
    }
}

fn wronged(truth: &Truth, tally: &Tally<'_>, text: &mut String) {
    let is_listed = |client: &&&str| truth.normals.contains_key(**client);
    let listed = tally.wronged.keys().filter(is_listed).count();
    let _ = write!(text, "\nNormal clients accused: {listed} / {}", truth.normals.len());
    let behind = tally.wronged.len() - listed;
    let _ = match behind {
        0 => writeln!(text, "."),
        _ => writeln!(text, ", and {} behind a trusted proxy.", counted(behind, "client")),
    };
    if !tally.wronged.is_empty() {
        text.push('\n');
    }
    for (client, (group, alarms)) in &tally.wronged {
        let alarms: Vec<String> = alarms.iter().map(ToString::to_string).collect();
        let _ = writeln!(text, "* {client} ({group}): {}", alarms.join(" **and** "));
    }
}

fn counted(count: usize, what: &str) -> String {
    match count {
        0 => format!("no {what}s"),
        1 => format!("1 {what}"),
        _ => format!("{count} {what}s"),
    }
}
