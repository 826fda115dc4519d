use std::io::{self, Write};

use domain::{Alert, EvidenceLine, IpType, Network, Severity, Threat};

use super::gist::gist;
use super::{Style, count, counted, duration, escape, fit_end, fit_width, fold, number, wrap};

/// Columns of the narrowest terminal that we write for.
const WIDTH: usize = 80;
/// Pieces of evidence that are shown.
const SHOWN_EVIDENCE: usize = 3;

/// Writes one alert: what, who, when, why, and where to look.
pub(crate) fn write_alert(alert: &Alert, style: Style, out: &mut impl Write) -> io::Result<()> {
    let severity = format!("{:<8}", alert.severity.name().to_uppercase());
    let severity = match alert.severity {
        Severity::Critical | Severity::High => style.red(&severity),
        Severity::Medium => style.yellow(&severity),
        Severity::Low => style.dim(&severity),
    };
    let head = format!("{severity} {}", style.bold(alert.threat.name()));
    let score = style.dim(&format!("score {}", alert.score));
    let who = format!("{} {}", alert.entity.kind.name(), escape(&alert.entity.value));
    // "CRITICAL ", two gaps of two and "score 0.00".
    let taken = 9 + alert.threat.name().len() + 4 + 10;
    if taken + who.chars().count() <= WIDTH {
        writeln!(out, "{head}  {}  {score}", style.cyan(&who))?;
    } else {
        writeln!(out, "{head}  {score}")?;
        writeln!(out, "  {}", style.cyan(&fit_width(&who, WIDTH - 2)))?;
    }
    writeln!(out, "  {}", style.dim(&when(alert)))?;
    if let Some(raised) = raised(alert) {
        writeln!(out, "  {}", style.dim(&raised))?;
    }
    let network = alert.network.as_ref().map(network_line).unwrap_or_default();
    if !network.is_empty() {
        writeln!(out, "  {} {}", style.dim("net"), fit_width(&network, WIDTH - 6))?;
    }
    for (place, line) in telling(&alert.evidence).take(SHOWN_EVIDENCE).enumerate() {
        let lead = if place == 0 { "why" } else { "   " };
        writeln!(out, "  {} {}", style.dim(lead), phrase(line))?;
    }
    if alert.outcomes_inferred {
        let inferred = "failures are inferred from sizes or redirects where no status tells them";
        writeln!(out, "      {inferred}")?;
    }
    write_others(alert, style, out)?;
    write_members(alert, style, out)?;
    for (place, sample) in alert.samples.iter().enumerate() {
        let lead = if place == 0 { "see" } else { "   " };
        let at = format!("{}:{}", escape(&sample.source), sample.offset);
        writeln!(out, "  {} {}", style.dim(lead), style.cyan(&fit_end(&at, WIDTH - 6)))?;
        if let Some(gist) = gist(&sample.line) {
            writeln!(out, "      {}", fit_width(&escape(&gist), WIDTH - 6))?;
        }
        let (line, rest) = fold(&escape(&sample.line), WIDTH - 8);
        writeln!(out, "      {line}")?;
        if let Some(rest) = rest {
            writeln!(out, "        {rest}")?;
        }
    }
    write_doubt(alert, style, out)
}

/// `datacenter (acme) · AS64500 Acme Hosting · NL`; empty where nothing is known.
fn network_line(network: &Network) -> String {
    let name = network.name.as_ref().map_or(String::new(), |name| format!(" ({})", escape(name)));
    let is_of_a_kind = network.ip_type != IpType::Default;
    let kind = is_of_a_kind.then(|| format!("{}{name}", network.ip_type.name()));
    let organisation = escape(network.organisation.as_deref().unwrap_or_default());
    let system = network.asn.map(|asn| format!("AS{asn} {organisation}").trim_end().to_owned());
    let country = network.country.as_deref().map(escape);
    [kind, system, country].into_iter().flatten().collect::<Vec<_>>().join(" · ")
}

/// What is a part of something else: where it is all of it, the other says the same again.
const PARTS: [(&str, &str); 1] = [("disguised_returns_1h", "client_returns_1h")];

/// The evidence without what says the same again (a burst counts as much in a day as in its minute), and
/// without what is normal where something is not.
fn telling(evidence: &[EvidenceLine]) -> impl Iterator<Item = &EvidenceLine> {
    let family = |line: &EvidenceLine| line.feature.rsplit_once('_').map(|(family, _)| family);
    let all_normal = evidence.iter().all(is_normal);
    evidence.iter().enumerate().filter_map(move |(place, line)| {
        let says_all = |e: &EvidenceLine| {
            family(e) == family(line) || PARTS.contains(&(e.feature, line.feature))
        };
        let is_said = evidence[..place].iter().any(|e| e.value == line.value && says_all(e));
        (!is_said && (all_normal || !is_normal(line))).then_some(line)
    })
}

/// Whether a piece of evidence lies within what is normal.
fn is_normal(line: &EvidenceLine) -> bool {
    line.value >= line.normal_low && line.normal_high < f32::MAX && line.ratio <= 1.0
}

/// `42 failed logins in 60 s, normal ≤ 2, 21×`.
fn phrase(line: &EvidenceLine) -> String {
    let what = features::find(line.feature).map_or(line.feature, |column| column.short);
    let is_estimate = features::is_estimate(line.feature, line.value);
    let about = if is_estimate { "about " } else { "" };
    let value = if is_estimate { line.value.round() } else { line.value };
    let value = format!("{about}{}", number(value));
    if line.value < line.normal_low {
        let normal = number(line.normal_low);
        return format!("{value} {what}, normal ≥ {normal}, {}", times(line.ratio));
    }
    if line.normal_high == f32::MAX {
        return format!("{value} {what}");
    }
    let normal = number(line.normal_high);
    if is_normal(line) {
        format!("{value} {what}, within normal ≤ {normal}")
    } else {
        format!("{value} {what}, normal ≤ {normal}, {}", times(line.ratio))
    }
}

fn times(ratio: f32) -> String {
    if ratio < 10.0 { format!("{ratio:.1}×") } else { format!("{}×", number(ratio.round())) }
}

/// When and how often, and the id to ask with.
fn when(alert: &Alert) -> String {
    let lasted = duration(alert.last_seen.secs_since(alert.first_seen));
    let first = alert.first_seen.to_string();
    let first = first.split('.').next().unwrap_or(&first).trim_end_matches('Z').replace('T', " ");
    let often = match alert.count {
        1 => "once".to_owned(),
        often => format!("{}×", count(often)),
    };
    format!("{first} UTC for {lasted} · seen {often} · id {}", alert.id)
}

/// When it could be raised, where its evidence took a second or more to be enough.
fn raised(alert: &Alert) -> Option<String> {
    let secs = alert.opened_at.secs_since(alert.first_seen);
    (secs >= 1.0).then(|| format!("raised {} after it began", duration(secs)))
}

/// The clients and accounts involved, where they are not the entity itself.
fn write_others(alert: &Alert, style: Style, out: &mut impl Write) -> io::Result<()> {
    for (lead, names) in [("from", &alert.clients), ("as", &alert.accounts)] {
        let others: Vec<String> =
            names.iter().filter(|name| **name != alert.entity.value).map(|n| escape(n)).collect();
        if others.is_empty() {
            continue;
        }
        let shown = others.iter().take(3).cloned().collect::<Vec<_>>().join(", ");
        let more = match others.len().saturating_sub(3) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        // Only who is not the first that is seen with a credential is filed under it.
        let is_thief = lead == "from" && alert.threat == Threat::SessionHijacking;
        let more = if is_thief { format!("{more}, later than the first") } else { more };
        let room = WIDTH - 3 - lead.len() - more.len();
        writeln!(out, "  {} {}{more}", style.dim(lead), fit_width(&shown, room))?;
    }
    Ok(())
}

/// How many related incidents are part of it.
fn write_members(alert: &Alert, style: Style, out: &mut impl Write) -> io::Result<()> {
    if alert.folded == 0 {
        return Ok(());
    }
    let incidents = counted(alert.folded, "related incident");
    writeln!(out, "  {} {incidents} folded into this alert", style.dim("with"))
}

/// What else it could be, by the page of the threat and the evidence that leads.
fn write_doubt(alert: &Alert, style: Style, out: &mut impl Write) -> io::Result<()> {
    let Some(page) = threats::page_of(alert.threat) else { return Ok(()) };
    let leading = telling(&alert.evidence).next().map_or("", |line| line.feature);
    let Some(doubt) = page.doubt(leading) else { return Ok(()) };
    let text = format!("could also be: {doubt}");
    for (place, line) in wrap(&text, WIDTH - 6, "").lines().enumerate() {
        let lead = if place == 0 { "but" } else { "   " };
        writeln!(out, "  {} {line}", style.dim(lead))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_of_which_nothing_is_known_is_not_told() {
        let unknown = Network {
            ip_type: IpType::Default,
            name: None,
            asn: None,
            organisation: None,
            country: None,
        };
        assert_eq!(network_line(&unknown), "");
        let abroad = Network { asn: Some(64_500), country: Some("NL".into()), ..unknown };
        assert_eq!(network_line(&abroad), "AS64500 · NL");
        let tor = Network { ip_type: IpType::Tor, ..abroad };
        assert_eq!(network_line(&tor), "tor · AS64500 · NL");
    }

    #[test]
    fn evidence_reads_as_a_short_proof() {
        let line = |value, normal_high, ratio| EvidenceLine {
            feature: "auth_failures_1m",
            value,
            normal_low: 0.0,
            normal_high,
            ratio,
            contribution: 0.5,
        };
        assert_eq!(phrase(&line(42.0, 2.0, 21.0)), "42 failed logins in 60 s, normal ≤ 2, 21×");
        assert_eq!(phrase(&line(1.0, 2.0, 1.0)), "1 failed logins in 60 s, within normal ≤ 2");
        assert_eq!(phrase(&line(7.0, 2.0, 3.5)), "7 failed logins in 60 s, normal ≤ 2, 3.5×");
        let (usual, unusual) = (line(1.0, 2.0, 1.0), line(7.0, 2.0, 3.5));
        let told = |evidence: &[EvidenceLine]| telling(evidence).count();
        assert_eq!(told(&[usual.clone(), unusual]), 1, "what is normal is no reason");
        assert_eq!(told(&[usual]), 1, "unless there is no other");
        let turns = |feature| EvidenceLine { feature, ..line(38.0, 0.0, 38.0) };
        let (owners, clients) = (turns("disguised_returns_1h"), turns("client_returns_1h"));
        assert_eq!(told(&[owners.clone(), clients.clone()]), 1, "each turn is said once");
        assert_eq!(told(&[owners, EvidenceLine { value: 40.0, ..clients }]), 2);
        let accounts = EvidenceLine { feature: "failed_accounts_24h", ..line(245.814, 1.0, 246.0) };
        let told = phrase(&accounts);
        assert!(told.starts_with("about 246 "), "an estimate is told as one: {told}");
    }
}
