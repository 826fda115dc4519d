//! `docs/reference/alert.md` tells every field of an alert, and none that is not there.

use std::collections::BTreeSet;

use alerts::sinks::Document;
use domain::{
    Alert, EntityKind, EntityName, EvidenceLine, IpType, Member, Network, Sample, Score, Severity,
    Threat, Timestamp,
};
use serde_json::Value;

#[test]
fn every_field_of_an_alert_is_documented() {
    let alert = an_alert();
    let serialised = serde_json::to_value(Document::from(&alert)).expect("an alert is JSON");
    let page = page();
    let documented: BTreeSet<String> = page
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split_once('`'))
        .map(|(field, _)| field.to_owned())
        .collect();
    assert_eq!(documented, fields(&serialised));
}

#[test]
fn the_example_has_the_fields_of_an_alert() {
    let page = page();
    let (_, rest) = page.split_once("```json\n").expect("the page has an example");
    let (example, _) = rest.split_once("```").expect("the example ends");
    let example: Value = serde_json::from_str(example).expect("the example is JSON");
    let alert = an_alert();
    let serialised = serde_json::to_value(Document::from(&alert)).expect("an alert is JSON");
    assert_eq!(fields(&example), fields(&serialised));
}

fn page() -> String {
    let page = testkit::workspace_root().join("docs/reference/alert.md");
    std::fs::read_to_string(page).expect("docs/reference/alert.md is there")
}

/// The paths of all fields: `entity.kind`, `samples[].line`.
fn fields(object: &Value) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    collect("", object, &mut found);
    found
}

fn collect(path: &str, value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(object) => {
            for (name, value) in object {
                let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                found.insert(path.clone());
                collect(&path, value, found);
            }
        }
        Value::Array(values) => {
            for value in values.iter().filter(|value| value.is_object()) {
                collect(&format!("{path}[]"), value, found);
            }
        }
        _ => {}
    }
}

fn an_alert() -> Alert {
    Alert {
        id: "0123456789abcdef".into(),
        threat: Threat::BruteForce,
        severity: Severity::High,
        is_logged_only: false,
        score: Score::saturating(0.75),
        entity: EntityName { kind: EntityKind::Client, value: "192.0.2.1".into() },
        network: Some(Network {
            ip_type: IpType::Datacenter,
            name: Some("acme".into()),
            asn: Some(64_500),
            organisation: Some("Acme Hosting".into()),
            country: Some("NL".into()),
        }),
        clients: vec!["192.0.2.1".into()],
        accounts: vec!["ann".into()],
        members: vec![Member {
            entity: EntityName { kind: EntityKind::Account, value: "ann".into() },
            first_seen: Timestamp::from_secs(1),
            count: 2,
        }],
        folded: 1,
        first_seen: Timestamp::from_secs(0),
        opened_at: Timestamp::from_secs(1),
        last_seen: Timestamp::from_secs(60),
        count: 3,
        outcomes_inferred: false,
        evidence: vec![EvidenceLine {
            feature: "auth_failures_1m",
            value: 42.0,
            normal_low: 0.0,
            normal_high: 2.0,
            ratio: 21.0,
            contribution: 0.75,
        }],
        samples: vec![Sample { source: "access.log".into(), offset: 7, line: "GET /".into() }],
        mitre: vec!["T1110"],
        owasp: vec!["API2:2023"],
    }
}
