use std::io::{self, Write};

use domain::Alert;

use crate::escape;

const HEADER: [&str; 24] = [
    "id",
    "threat",
    "severity",
    "score",
    "entity_kind",
    "entity_value",
    "clients",
    "accounts",
    "first_seen",
    "last_seen",
    "count",
    "feature",
    "value",
    "normal_low",
    "normal_high",
    "mitre",
    "owasp",
    "mode",
    "folded",
    "ip_type",
    "asn",
    "organisation",
    "country",
    "opened_at",
];

/// Writes one row an alert, with the weightiest piece of its evidence.
pub(super) fn write(alerts: &[Alert], out: &mut impl Write) -> io::Result<()> {
    let mut writer = ::csv::WriterBuilder::new().from_writer(out);
    writer.write_record(HEADER)?;
    for alert in alerts {
        let (evidence, network) = (alert.evidence.first(), alert.network.as_ref());
        let number = |pick: fn(&domain::EvidenceLine) -> f32| {
            evidence
                .map(pick)
                .filter(|number| *number < f32::MAX)
                .map_or(String::new(), |n| n.to_string())
        };
        writer.write_record([
            alert.id.as_str(),
            alert.threat.name(),
            alert.severity.name(),
            &alert.score.get().to_string(),
            alert.entity.kind.name(),
            &inert(&alert.entity.value),
            &inert(&alert.clients.join(" ")),
            &inert(&alert.accounts.join(" ")),
            &alert.first_seen.to_string(),
            &alert.last_seen.to_string(),
            &alert.count.to_string(),
            evidence.map_or("", |evidence| evidence.feature),
            &number(|evidence| evidence.value),
            &number(|evidence| evidence.normal_low),
            &number(|evidence| evidence.normal_high),
            &alert.mitre.join(" "),
            &alert.owasp.join(" "),
            if alert.is_logged_only { "log" } else { "alert" },
            &alert.folded.to_string(),
            network.map_or("", |network| network.ip_type.name()),
            &network.and_then(|it| it.asn).map_or(String::new(), |asn| asn.to_string()),
            &inert(network.and_then(|it| it.organisation.as_deref()).unwrap_or_default()),
            &inert(network.and_then(|it| it.country.as_deref()).unwrap_or_default()),
            &alert.opened_at.to_string(),
        ])?;
    }
    writer.flush()
}

/// A text from the log that steers no terminal and that no spreadsheet takes for a formula: what
/// does not show is escaped, and what begins like a formula gets an apostrophe before it.
fn inert(text: &str) -> String {
    let is_formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    format!("{}{}", if is_formula { "'" } else { "" }, escape(text))
}
