//! The contract of every sink: nothing of an alert breaks out of its place.

use domain::{
    EntityKind, EntityName, EvidenceLine, IpType, Member, Network, Sample, Score, Severity, Threat,
    Timestamp,
};

use super::*;

fn nasty(text: &str) -> Alert {
    Alert {
        id: "0123456789abcdef".into(),
        threat: Threat::BruteForce,
        severity: Severity::High,
        is_logged_only: false,
        score: Score::saturating(0.75),
        entity: EntityName { kind: EntityKind::Account, value: text.into() },
        network: Some(Network {
            ip_type: IpType::Datacenter,
            name: Some(text.into()),
            asn: Some(64_500),
            organisation: Some(text.into()),
            country: Some(text.into()),
        }),
        clients: vec!["192.0.2.1".into(), "2001:db8::/64".into()],
        accounts: vec![text.into()],
        members: vec![Member {
            entity: EntityName { kind: EntityKind::Account, value: text.into() },
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
            normal_high: f32::MAX,
            ratio: 21.0,
            contribution: 0.75,
        }],
        samples: vec![Sample { source: text.into(), offset: 7, line: text.into() }],
        mitre: vec!["T1110"],
        owasp: vec!["API2:2023"],
    }
}

fn deliver(sink: Sink, alerts: &[Alert]) -> String {
    let mut out = Vec::new();
    sink.deliver(alerts, &mut out).expect("a vector takes everything");
    String::from_utf8(out).expect("sinks write UTF-8")
}

#[test]
fn no_alert_breaks_out_of_its_line() {
    for text in
        ["", "a\nb", "\"quoted\", and\r\nmore", "=cmd|' /C calc'!A0", "\u{1b}[31m", "\u{2028}"]
    {
        let alerts = [nasty(text), nasty("plain")];
        for line in deliver(Sink::JsonLines, &alerts).lines() {
            let value: serde_json::Value = serde_json::from_str(line).expect("each line is JSON");
            assert_eq!(value["threat"], "brute_force");
        }
        let array: Vec<serde_json::Value> =
            serde_json::from_str(&deliver(Sink::Json, &alerts)).expect("the whole is JSON");
        assert_eq!(array[0]["entity"]["value"], text);
        assert_eq!(array[0]["evidence"][0]["normal_high"], serde_json::Value::Null);
        let table = deliver(Sink::Csv, &alerts);
        let rows: Vec<_> = csv_rows(&table);
        assert_eq!(rows.len(), 2, "{table}");
        assert!(!rows[0][5].starts_with('='), "a formula would run: {table}");
    }
}

#[test]
fn no_alert_steers_a_terminal() {
    let alert = nasty("\u{1b}]0;title\u{7}\u{9b}2J\u{7f}\u{202e}\u{200b}\u{2066}");
    for sink in Sink::ALL {
        let delivered = deliver(sink, std::slice::from_ref(&alert));
        let steers = |c: char| c != '\n' && crate::is_unsafe(c);
        assert!(!delivered.chars().any(steers), "{sink:?}: {delivered:?}");
    }
}

fn csv_rows(table: &str) -> Vec<Vec<String>> {
    let mut reader = ::csv::Reader::from_reader(table.as_bytes());
    let row = |row: Result<::csv::StringRecord, _>| {
        row.expect("each row is as wide as the header").iter().map(str::to_owned).collect()
    };
    reader.records().map(row).collect()
}

#[test]
fn every_sink_can_say_that_there_is_nothing() {
    assert_eq!(deliver(Sink::JsonLines, &[]), "");
    assert_eq!(deliver(Sink::Json, &[]), "[]\n");
    assert_eq!(deliver(Sink::Csv, &[]).lines().count(), 1);
}
