//! Training on logs, and judging by what was learned.

use std::fmt::Write;
use std::fs;

use serde_json::Value;

use crate::program::Folder;
use crate::traffic::line;

/// A site on which every address of 198.51.100.0/24 looks for files that nobody serves, and what is
/// known of it.
fn attacked_site() -> (String, String) {
    let mut calls: Vec<(usize, String)> = Vec::new();
    let mut truth =
        String::from("campaign,label,threat_type,source_ips,first_request,last_request\n");
    for client in 0..70 {
        let address = format!("192.0.2.{}", client + 1);
        for step in 0..7 + client % 4 {
            let request = ["GET /orders", "GET /items", "GET /items/17", "POST /orders"];
            let secs = client * 9 + step * (19 + client % 5);
            calls.push((
                secs,
                line(&address, secs, request[step * (1 + client % 3) % (1 + client % 4)], 200),
            ));
        }
    }
    for attacker in 0..30 {
        let address = format!("198.51.100.{}", attacker + 1);
        for step in 0..12 {
            let secs = attacker * 25 + step * 2;
            let request = format!("GET /old/{attacker}/{step}.bak");
            calls.push((secs, line(&address, secs, &request, 404)));
        }
        writeln!(
            truth,
            "P{attacker},attack,vulnerability_probing,{address},2026-11-22T21:00:00Z,2026-11-22T22:00:00Z"
        )
        .expect("a string takes everything");
    }
    calls.sort_by_key(|(secs, _)| *secs);
    (calls.into_iter().map(|(_, line)| line).collect(), truth)
}

fn trained() -> Folder {
    let (log, truth) = attacked_site();
    let folder = Folder::with_log(log);
    folder.write("truth.csv", truth);
    folder
        .run(&[
            "-q",
            "train",
            "access.log",
            "--labels",
            "truth.csv",
            "--weave",
            "never",
            "-o",
            "a.bundle",
        ])
        .ends_with(0);
    folder
}

fn alerts(folder: &Folder, arguments: &[&str]) -> Vec<Value> {
    let ran = folder.run(&[&["-q", "detect", "-o", "jsonl"], arguments].concat()).ends_with(0);
    ran.out.lines().map(|line| serde_json::from_str(line).expect("a line is an alert")).collect()
}

#[test]
fn the_same_training_gives_the_same_bytes_for_any_number_of_threads() {
    let folder = trained();
    for (threads, to) in [("1", "b.bundle"), ("3", "c.bundle")] {
        let arguments = ["-q", "train", "access.log", "--threads", threads, "-o", to];
        folder.run(&arguments).ends_with(0);
    }
    let bundle = |name: &str| fs::read(folder.path(name)).expect("a bundle was written");
    assert_eq!(bundle("b.bundle"), bundle("c.bundle"));
}

#[test]
fn without_labels_attacks_that_are_woven_in_are_learned_from() {
    let folder = trained();
    let training = |options: &[&str]| {
        let arguments = [&["train", "access.log", "--form", "json", "-o", "w.bundle"], options];
        let ran = folder.run(&arguments.concat()).ends_with(0);
        let told: Value = serde_json::from_str(&ran.out).expect("one document");
        told["training"].clone()
    };
    let woven = training(&[]);
    assert!(woven["injected_attacks"].as_u64() > Some(50), "{woven}");
    assert_eq!(woven["learned"]["woven"], woven["learned"]["attacks"]);
    assert!(woven["learned"]["chosen"].is_string(), "{woven}");
    // A combined log shows no token and no forwarded chain: attacks that live on them are not there.
    let threats = woven["learned"]["recall"].as_object().expect("a figure a threat");
    assert!(threats.contains_key("vulnerability_probing"), "{threats:?}");
    let inspected = |bundle: &str| {
        let ran = folder.run(&["model", "inspect", bundle, "-o", "json"]).ends_with(0);
        serde_json::from_str::<Value>(&ran.out).expect("JSON")
    };
    let with = inspected("w.bundle");
    let without = training(&["--weave", "never"]);
    assert_eq!(
        (&without["injected_attacks"], &without["learned"]["woven"]),
        (&0.into(), &0.into())
    );
    assert_eq!(with["normal"], inspected("w.bundle")["normal"], "what is normal knows no attack");
    folder.run(&["train", "access.log", "--drop", "no_such_column"]).ends_with(2);
}

#[test]
fn attackers_that_were_never_seen_are_found_by_what_was_learned() {
    let folder = trained();
    // Later, on a quiet day: four visitors and one who looks around.
    let mut later = String::new();
    for step in 0..12 {
        later += &line("203.0.113.5", step * 2, &format!("GET /copy/{step}.bak"), 404);
    }
    for step in 0..8 {
        later += &line("192.0.2.77", 30 + step * 21, ["GET /orders", "GET /items"][step % 2], 200);
    }
    folder.write("later.log", later);
    let found = alerts(&folder, &["--model", "a.bundle", "later.log"]);
    let named: Vec<&str> =
        found.iter().filter_map(|alert| alert["entity"]["value"].as_str()).collect();
    assert!(named.contains(&"203.0.113.5"), "{found:?}");
    assert!(!named.contains(&"192.0.2.77"), "{found:?}");
    for alert in &found {
        let parts: f64 = alert["evidence"]
            .as_array()
            .expect("evidence is a list")
            .iter()
            .filter_map(|evidence| evidence["contribution"].as_f64())
            .sum();
        let score = alert["score"].as_f64().expect("a score");
        assert!((parts - score).abs() < 1e-3, "{parts} is not {score}");
    }
}

#[test]
fn a_training_tells_what_it_learned_and_what_not() {
    let folder = trained();
    let told = folder
        .run(&[
            "train",
            "access.log",
            "--labels",
            "truth.csv",
            "--weave",
            "never",
            "--form",
            "json",
        ])
        .ends_with(0);
    let told: Value = serde_json::from_str(&told.out).expect("one document");
    let training = &told["training"];
    assert_eq!(training["labelled_attackers"], 30);
    assert_eq!(training["learned"]["attacks"], 30);
    assert!(training["learned"]["chosen"].is_string());
    assert!(folder.path("site.bundle").exists());
    let told = folder.run(&["train", "access.log", "--labels", "truth.csv"]).ends_with(0).out;
    assert!(told.lines().all(|line| line.chars().count() <= 80), "{told}");
    assert!(told.contains("false alarms") && !told.contains("a day  "), "{told}");
    assert!(told.contains("the rest is less than a day"), "{told}");
}

#[test]
fn what_was_frozen_judges_as_what_was_just_fitted() {
    let folder = trained();
    folder.run(&["-q", "train", "access.log", "--weave", "never", "-o", "n.bundle"]).ends_with(0);
    let fresh = alerts(&folder, &["access.log"]);
    assert!(!fresh.is_empty());
    assert_eq!(alerts(&folder, &["--model", "n.bundle", "access.log"]), fresh);
    // How long the reorder buffer waits moves the times at which events come out, not what they are.
    let later = alerts(&folder, &["--model", "n.bundle", "--lateness", "7", "access.log"]);
    assert_eq!(later, fresh);
}

#[test]
fn drift_is_told_where_there_is_some() {
    let folder = trained();
    let told = |log: &str| {
        let ran = folder.run(&["detect", "-o", "jsonl", "--model", "a.bundle", log]).ends_with(0);
        ran.err
    };
    assert!(told("access.log").contains("drift     none"), "{}", told("access.log"));
    let mut hasty = String::new();
    for step in 0..9 {
        for client in 0..70 {
            let address = format!("192.0.2.{}", client + 1);
            hasty += &line(&address, step, &format!("PUT /orders/{step}"), 500);
        }
    }
    folder.write("hasty.log", hasty);
    let drift = told("hasty.log");
    assert!(drift.contains("columns spread otherwise"), "{drift}");
    let told = folder.run(&["detect", "--model", "a.bundle", "hasty.log"]).ends_with(0).out;
    let folded = told.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(folded.contains("a day (95 % "), "{told}");
    assert!(folded.contains("the budget of 5/day aims at "), "{told}");
}

#[test]
fn bundles_and_labels_that_do_not_fit_are_refused() {
    let folder = trained();
    let fails = |arguments: &[&str], code: i32, part: &str| {
        let ran = folder.run(arguments).ends_with(code);
        assert!(ran.err.contains(part), "{arguments:?} said {}", ran.err);
    };
    let mut bytes = fs::read(folder.path("a.bundle")).expect("a bundle was written");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    folder.write("damaged", &bytes);
    fails(&["detect", "--model", "damaged", "access.log"], 65, "checksum");
    fails(&["detect", "--model", "access.log", "access.log"], 65, "not a bundle");
    fails(&["detect", "--model", "none", "access.log"], 66, "no such file");
    folder.write("t.csv", table());
    folder.run(&["-q", "train", "t.csv", "--label", "label", "--no-logs"]).ends_with(0);
    fails(&["detect", "--model", "model.apiwarden", "access.log"], 65, "trained on a table");
    fails(&["predict", "a.bundle", "t.csv"], 65, "trained on logs");
    fails(&["train", "-"], 2, "read only once");
    fails(&["train", "t.csv", "access.log", "--label", "label"], 2, "takes one");
    let elsewhere =
        "source_ips,threat_type,first_request\n203.0.113.200,brute_force,2026-11-22T21:00:00Z\n";
    folder.write("elsewhere.csv", elsewhere);
    fails(&["train", "access.log", "--labels", "elsewhere.csv"], 65, "no client of it occurs");
    let earlier = "source_ips,threat_type,first_request,last_request\n\
         192.0.2.1,brute_force,2001-11-22T21:00:00Z,2001-11-22T22:00:00Z\n";
    folder.write("earlier.csv", earlier);
    fails(&["train", "access.log", "--labels", "earlier.csv"], 65, "at a time that it labels");
    folder.write("short.log", line("192.0.2.1", 0, "GET /", 200));
    fails(&["train", "short.log"], 65, "nothing to learn from");
}

/// A table with two classes that one column nearly tells apart.
fn table() -> String {
    let mut table = String::from("calls,gap,label\n");
    for row in 0..120 {
        let label = if row % 3 == 0 { "bot" } else { "normal" };
        let calls = row * 7 % 31 + if row % 3 == 0 { 20 } else { 0 };
        writeln!(table, "{calls},{},{label}", row * 11 % 17).expect("a string takes everything");
    }
    table
}

#[test]
fn a_bundle_can_be_read_by_people() {
    let folder = trained();
    let arguments = ["-q", "train", "access.log", "--weave", "never", "-o", "n.bundle"];
    folder.run(&[&arguments[..], &["--budget", "2%"]].concat()).ends_with(0);
    let told = |arguments: &[&str]| folder.run(&[&["model"], arguments].concat()).ends_with(0).out;
    let inspected = told(&["inspect", "a.bundle"]);
    for part in ["kind ", "training.labelled_attackers ", "period.first "] {
        assert!(inspected.contains(part), "{part} is not in {inspected}");
    }
    assert!(inspected.lines().all(|line| line.chars().count() <= 80), "{inspected}");
    let document: Value =
        serde_json::from_str(&told(&["inspect", "a.bundle", "-o", "json"])).expect("JSON");
    let normal = &document["normal"]["client"]["columns"]["not_found_ratio"];
    assert_eq!(normal.as_array().map(Vec::len), Some(3), "{normal}");

    assert_eq!(told(&["compare", "a.bundle", "a.bundle"]), "no difference\n");
    let compared = told(&["compare", "a.bundle", "n.bundle"]);
    assert!(compared.contains("budget\n  - 5/day\n  + 2%"), "{compared}");
    assert!(compared.contains("training.labelled_attackers\n  - 30\n  + 0"), "{compared}");

    let card = told(&["card", "a.bundle"]);
    for part in ["# Model card", "## Data", "## Limits", "| clients labelled as attackers | 30 |"] {
        assert!(card.contains(part), "{part} is not in {card}");
    }
    folder.write("t.csv", table());
    folder.run(&["-q", "train", "t.csv", "--label", "label", "--no-logs"]).ends_with(0);
    assert!(told(&["card", "model.apiwarden"]).contains("| rows learned from |"));
    folder.run(&["model", "card", "access.log"]).ends_with(65);
}

#[test]
fn the_next_training_uses_what_was_said_of_an_alert() {
    let folder = trained();
    let found = alerts(&folder, &["access.log"]);
    // One tool from many addresses is one alert: what is said of it is said of all of them.
    let attack = found.first().expect("somebody looked for files that nobody serves");
    let clients = attack["clients"].as_array().expect("a list").len();
    assert!(clients > 1, "{attack}");
    let id = attack["id"].as_str().expect("an id");
    let training = || {
        let ran =
            folder.run(&["train", "access.log", "--weave", "never", "--form", "json"]).ends_with(0);
        let told: Value = serde_json::from_str(&ran.out).expect("one document");
        told["training"].clone()
    };
    assert_eq!(training()["verdicts"], 0);
    let said = folder.run(&["label", id, "benign", "--note", "load test"]).ends_with(0);
    assert!(said.out.contains("is benign; 1 verdict in apiwarden.labels.csv"), "{}", said.out);
    let told = training();
    assert_eq!((&told["verdicts"], &told["labelled_benign"]), (&1.into(), &clients.into()));
    folder.run(&["-q", "label", id, "attack"]).ends_with(0);
    folder.run(&["-q", "label", "0123456789abcdef", "brute-force"]).ends_with(0);
    let told = training();
    let labelled = (&told["labelled_attackers"], &told["labelled_benign"]);
    assert_eq!(labelled, (&clients.into(), &0.into()));
    assert!(told["notes"].to_string().contains("1 verdict on alerts that these logs do not raise"));

    let refused = folder.run(&["label", "17", "benign"]).ends_with(2);
    assert!(refused.err.contains("17: must be the 16 digits"), "{}", refused.err);
    folder.run(&["label", id, "fine"]).ends_with(2);
    folder.write("apiwarden.labels.csv", "alert,verdict,note\nx,benign,\n");
    folder.run(&["train", "access.log"]).ends_with(65);
}
