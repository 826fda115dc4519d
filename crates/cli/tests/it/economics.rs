//! What becomes of incidents: allowed, logged only, folded.

use serde_json::Value;

use crate::program::Folder;
use crate::traffic::{line, with_attacks};

fn alerts(folder: &Folder, arguments: &[&str]) -> Vec<Value> {
    let ran = folder.run(&[&["detect", "access.log", "-o", "jsonl"], arguments].concat());
    let read = |line: &str| serde_json::from_str(line).expect("each line is JSON");
    ran.ends_with(0).out.lines().map(read).collect()
}

#[test]
fn an_allowed_client_is_counted_with_its_reason_until_its_entry_expires() {
    let folder = Folder::with_log(with_attacks());
    let entry = |expires: &str| {
        format!(
            "[[alerts.allow]]\nkind = 'client'\nvalue = '203.0.113.0/28'\nreason = 'our own drill'\n\
             expires = {expires}\n"
        )
    };
    folder.write("apiwarden.toml", entry("2026-11-22"));
    let ran = folder.run(&["detect", "access.log"]).ends_with(0);
    // Guessing passwords, and what it looked like before that was sure: one of a campaign's many.
    let told = "allowed   2 (our own drill): client 203.0.113.0/28";
    assert!(ran.out.contains(told), "{}", ran.out);
    assert!(!ran.out.contains("203.0.113.9 "), "{}", ran.out);
    assert!(ran.out.contains("client 203.0.113.66"), "the other stays: {}", ran.out);
    // Expired when the log was written, whatever the day is today.
    folder.write("apiwarden.toml", entry("'2026-11-21'"));
    let ran = folder.run(&["detect", "access.log"]).ends_with(0);
    assert!(!ran.out.contains("allowed ") && ran.out.contains("client 203.0.113.9"), "{}", ran.out);
}

#[test]
fn an_entry_that_cannot_be_meant_is_told_with_its_place() {
    let folder = Folder::new();
    for (entry, rule) in [
        ("kind = 'colour'\nvalue = 'x'\nreason = 'y'", ":2:8: unknown variant `colour`"),
        ("kind = 'client'\nvalue = '10.0.0.0/99'\nreason = 'y'", "invalid client \"10.0.0.0/99\""),
        ("kind = 'account'\nvalue = 'x'", "missing field `reason`"),
        (
            "kind = 'account'\nvalue = 'x'\nreason = 'y'\nexpires = 'soon'",
            "invalid date \"soon\": must be RFC 3339, such as 2026-12-31",
        ),
        (
            "kind = 'account'\nvalue = 'x'\nreason = 'y'\nthreats = ['rain']",
            "unknown threat \"rain\"",
        ),
    ] {
        folder.write("apiwarden.toml", format!("[[alerts.allow]]\n{entry}\n"));
        let ran = folder.run(&["config", "check"]).ends_with(78);
        assert!(ran.err.contains(rule), "{entry}: {}", ran.err);
        assert!(ran.err.contains("apiwarden.toml:"), "{}", ran.err);
    }
    folder.write("apiwarden.toml", "[threats.brute_force]\nmode = 'loud'\n");
    let ran = folder.run(&["config", "check"]).ends_with(78);
    assert!(ran.err.contains(":2:8: unknown variant `loud`"), "{}", ran.err);
}

#[test]
fn the_allowlist_can_be_asked() {
    let folder = Folder::new();
    folder.write(
        "apiwarden.toml",
        "[[alerts.allow]]\nkind = 'client'\nvalue = '10.0.0.0/8'\nreason = 'office'\n\
         expires = 2999-12-31\n[[alerts.allow]]\nkind = 'agent'\nvalue = 'StatusCake*'\n\
         reason = 'uptime'\nthreats = ['automated_bots']\n",
    );
    let asked = |words: &[&str], status| {
        folder.run(&[&["allowlist", "check"], words].concat()).ends_with(status).out
    };
    let office = ": office (entry 1: client 10.0.0.0/8)\n";
    let until = format!("allowed until 2999-12-31, by the times in the log{office}");
    assert_eq!(asked(&["10.1.2.3"], 0), until);
    assert_eq!(asked(&["10.1.2.3", "--at", "2999-12-31"], 0), until);
    let expired = "expired on 2999-12-31; it counts only for what a log tells before \
                   3000-01-01T00:00:00Z";
    assert_eq!(asked(&["10.1.2.3", "--at", "3000-01-01"], 1), format!("{expired}{office}"));
    let uptime = "allowed for automated_bots: uptime (entry 2: agent StatusCake*)\n";
    assert_eq!(asked(&["statuscake/2"], 0), uptime);
    assert_eq!(asked(&["192.0.2.1"], 1), "192.0.2.1: none of the 2 entries allows it\n");
    folder
        .run(&["allowlist", "check", "x", "--at", "soon"])
        .fails(2, "invalid --at: invalid date \"soon\": must be RFC 3339, such as 2026-12-31");
}

#[test]
fn a_threat_that_is_only_logged_fails_nothing() {
    let folder = Folder::with_log(with_attacks());
    folder.run(&["detect", "access.log", "--fail-on", "critical"]).ends_with(1);
    folder.write("apiwarden.toml", "[threats.brute_force]\nmode = 'log'\n");
    let ran = folder.run(&["detect", "access.log", "--fail-on", "critical"]).ends_with(0);
    assert!(ran.out.contains("log only  1 brute_force"), "{}", ran.out);
    assert!(!ran.out.contains("203.0.113.9"), "{}", ran.out);
    let modes: Vec<(String, String)> = alerts(&folder, &[])
        .iter()
        .map(|it| (it["threat"].to_string(), it["mode"].to_string()))
        .collect();
    assert_eq!(modes.last().expect("it is written"), &("\"brute_force\"".into(), "\"log\"".into()));
    folder.write("apiwarden.toml", "[threats.brute_force]\nmode = 'off'\n");
    assert!(alerts(&folder, &[]).iter().all(|it| it["threat"] != "brute_force"));
}

#[test]
fn one_tool_from_many_addresses_is_one_alert() {
    let mut log = String::new();
    for secs in 0..600 {
        let client = format!("198.51.100.{}", secs % 6 + 1);
        log += &line(&client, secs, "POST /login", 401);
    }
    let folder = Folder::with_log(log);
    let found = alerts(&folder, &[]);
    let guessing: Vec<&Value> = found.iter().filter(|it| it["threat"] == "brute_force").collect();
    assert_eq!(guessing.len(), 1, "{found:#?}");
    assert_eq!(
        (&guessing[0]["folded"], &guessing[0]["entity"]["kind"]),
        (&6.into(), &"endpoint".into())
    );
    assert_eq!(guessing[0]["members"].as_array().map(Vec::len), Some(6));
    let shown = folder.run(&["detect", "access.log"]).ends_with(0).out;
    assert!(shown.contains("with 6 related incidents folded into this alert"), "{shown}");
    assert!(shown.contains("but could also be: "), "{shown}");
    assert!(shown.lines().all(|line| line.chars().count() <= 80), "{shown}");
}
