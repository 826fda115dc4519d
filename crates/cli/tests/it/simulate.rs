//! Made-up traffic from end to end: what it looks like to `detect`.

use std::collections::BTreeSet;
use std::fs;

use serde_json::Value;

use crate::program::Folder;

/// Plays a scenario in a folder and judges it.
fn judged(scenario: &str) -> (Folder, Vec<Value>) {
    let folder = Folder::with_log("");
    folder.run(&["-q", "simulate", scenario, "--out", "played"]).ends_with(0);
    let ran = folder.run(&["-q", "detect", "-o", "jsonl", "played/access.log"]).ends_with(0);
    let alerts = ran.out.lines().map(|line| serde_json::from_str(line).expect("an alert"));
    let alerts = alerts.collect();
    (folder, alerts)
}

#[test]
fn ordinary_traffic_that_only_looks_odd_raises_nothing() {
    let (_folder, alerts) = judged("ordinary");
    let told: Vec<String> = alerts
        .iter()
        .map(|alert| format!("{} {}", alert["threat"], alert["entity"]["value"]))
        .collect();
    assert!(told.is_empty(), "{told:?}");
}

#[test]
fn the_demo_has_one_attack_of_each_kind_and_each_is_named() {
    let (folder, alerts) = judged("demo");
    let named: BTreeSet<&str> =
        alerts.iter().filter_map(|alert| alert["threat"].as_str()).collect();
    let truth = fs::read_to_string(folder.path("played/truth.csv")).expect("a truth");
    let mut campaigns = 0;
    for row in truth.lines().filter(|row| row.contains(",attack,")) {
        let threat = row.split(',').nth(2).expect("a threat");
        assert!(named.contains(threat), "{threat} is not among {named:?}");
        campaigns += 1;
    }
    assert_eq!(campaigns, 8);
}

#[test]
fn scenarios_come_from_files_too_and_go_to_standard_output() {
    let folder = Folder::with_log("");
    let listed = folder.run(&["simulate", "--list"]).ends_with(0).out;
    assert!(listed.lines().any(|line| line.starts_with("demo ")), "{listed}");
    folder.write("own.toml", "title = 'mine'\nminutes = 5\n[people]\nbrowsers = 4\n");
    let played = |seed: &str| {
        folder.run(&["simulate", "own.toml", "-o", "combined", "--seed", seed]).ends_with(0).out
    };
    assert_eq!(played("1"), played("1"));
    assert_ne!(played("1"), played("2"));
    assert!(played("1").lines().count() > 10);
    folder.run(&["simulate", "nothing"]).ends_with(66);
    folder.write("bad.toml", "title = 'mine'\nminutes = -5\n");
    let refused = folder.run(&["simulate", "bad.toml"]).ends_with(65);
    let begins = "apiwarden: bad.toml: invalid scenario: line 2, column 11: minutes = -5: must be";
    assert!(refused.err.starts_with(begins) && refused.err.lines().count() == 1, "{}", refused.err);
    folder.run(&["simulate"]).ends_with(2);
}
