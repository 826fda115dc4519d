//! Real logs, where they lie.

use domain::Event;
use ingest::EndpointTable;

use crate::support::{Outcome, read_path};

fn outcome(name: &str) -> Option<Outcome> {
    Some(read_path(&testkit::data_file(name)?).unwrap())
}

/// What a combined and a JSON line must agree on.
fn same(event: &Event) -> impl PartialEq + std::fmt::Debug + use<> {
    (
        event.time.as_secs(),
        event.client,
        event.path_hash,
        event.response_bytes,
        event.status,
        event.method,
        event.words,
    )
}

#[test]
fn both_logs_of_the_recording_tell_the_same_requests() {
    let names = ["field/a/access.combined.log.gz", "field/a/access.json.log.gz"];
    let [Some(combined), Some(json)] = names.map(outcome) else { return };
    for outcome in [&combined, &json] {
        let source = &outcome.report().sources[0];
        assert_eq!((source.lines, source.parsed, source.late), (34_790, 34_790, 0));
    }
    let by_offset = |outcome: &Outcome| {
        let mut events = outcome.events.clone();
        events.sort_by_key(|event| event.position);
        events
    };
    let seeds_differ = "path hashes are seeded by the log, so compare with the seed taken out";
    let (left, right) = (by_offset(&combined), by_offset(&json));
    for (index, (left, right)) in left.iter().zip(&right).enumerate() {
        let (mut left, mut right) = (*left, *right);
        (left.path_hash, right.path_hash) = (0, 0);
        if left.status == 400 {
            // nginx gives variables no request that it could not parse; `$request` has it.
            (left.words, left.method) = (right.words, right.method);
        }
        assert_eq!(same(&left), same(&right), "line {} ({seeds_differ})", index + 1);
    }
}

#[test]
fn the_recording_has_the_endpoints_of_its_apis() {
    let Some(outcome) = outcome("field/a/access.json.log.gz") else { return };
    let table = &outcome.directory.endpoints;
    for expect in [
        "GET /users/v1/{user}",
        "POST /users/v1/login",
        "POST /users/v1/register",
        "GET /books/v1/{book}",
        "PUT /users/v1/{user}/email",
        "GET /v1/buckets/{bucket}/collections/notes/records",
        "GET /v1/buckets/{bucket}/collections/notes/records/{id}",
    ] {
        assert!(table.names().any(|name| name == expect), "{expect} is missing");
    }
    assert!(table.len() < 250, "{} endpoints", table.len());
    let unknown = outcome.events.iter().filter(|it| EndpointTable::is_unknown(it.endpoint)).count();
    assert!((5_000..8_000).contains(&unknown), "{unknown} requests of unknown endpoints");
    let again = EndpointTable::from_names(table.names());
    assert_eq!(&again, table);
}

#[test]
fn public_logs_are_read_whole() {
    // One line of the first is cut in the middle of its agent.
    for (name, lines, rejects) in [
        ("logs/semicomplete_2015-05_apache.log.gz", 9_999, 1),
        ("logs/secrepo_2021-10-22_apache.log.gz", 100, 0),
        ("logs/secrepo_2022-12-22_apache.log.gz", 100, 0),
        ("logs/zabbix_polling_2025-05_apache.log.gz", 100, 0),
    ] {
        let Some(outcome) = outcome(name) else { return };
        let source = &outcome.report().sources[0];
        assert_eq!(source.rejects, rejects, "{name}: {:?}", source.sampled_rejects);
        assert!(source.parsed >= lines, "{name}: {} lines", source.parsed);
        assert_eq!(source.parsed, outcome.events.len() as u64 + source.late, "{name}");
    }
}

/// Files of other projects that are read: what they are found to be, and how many lines are requests
/// and rejects. Where there are more rejects than lines cut on purpose, times are blotted out.
const FOREIGN: [(&str, &str, u64, u64); 27] = [
    ("logfile_access_log.0", "combined", 3, 0),
    ("logfile_access_log.1", "combined", 1, 0),
    ("logfile_bad_access_log.0", "combined", 2, 1),
    ("logfile_bro_http.log.0", "zeek_http", 197, 0),
    ("logfile_caddy_log.0", "caddy behind docker compose", 4, 0),
    ("logfile_caddy_log.1", "caddy", 4, 0),
    ("logfile_haproxy.0", "haproxy behind syslog (rfc3164)", 13, 0),
    ("logfile_shop_access_log.0", "combined_forwarded", 1_000, 0),
    ("logfile_w3c.0", "w3c", 1, 0),
    ("logfile_w3c.1", "w3c", 1, 0),
    ("logfile_w3c.2", "w3c", 14, 0),
    ("logfile_w3c.3", "w3c", 2, 1),
    ("logfile_w3c.4", "w3c", 2, 0),
    ("logfile_w3c.5", "w3c", 0, 1),
    ("logfile_w3c.6", "w3c", 1, 0),
    ("logfile_w3c_big.0", "w3c", 210, 0),
    ("zeek_http_1.log", "zeek_http", 0, 1),
    ("zeek_http_2.log", "zeek_http", 0, 1),
    ("zeek_http_3.log", "zeek_http", 0, 1),
    ("zeek_http_4.log", "zeek_http", 0, 1),
    ("zeek_http_5.log", "zeek_http", 0, 3),
    ("zeek_http_6.log", "zeek_http", 0, 1),
    ("zeek_http_7.log", "zeek_http", 0, 2),
    ("zeek_http_8.log", "zeek_http", 0, 1),
    ("zeek_http_9.log", "zeek_http", 0, 4),
    ("zeek_http_10.log", "zeek_http", 0, 2),
    ("zeek_http_11.log", "zeek_http", 0, 2),
];

#[test]
fn logs_of_other_projects_are_told_and_what_is_damaged_is_counted() {
    for (name, told, parsed, rejects) in FOREIGN {
        let Some(outcome) = outcome(&format!("formats/{name}")) else { return };
        let source = &outcome.report().sources[0];
        let found = source.detection.as_ref().map_or(String::new(), ToString::to_string);
        assert!(found.starts_with(&format!("{told} (")), "{name}: {found}");
        assert_eq!((source.parsed, source.rejects), (parsed, rejects), "{name}: {found}");
    }
}
