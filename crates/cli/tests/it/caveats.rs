//! What is said of a log itself: said where it is so, and silent where it is not.

use std::fmt::Write;

use serde_json::Value;
use testkit::check_golden;

use crate::program::{Folder, Ran};
use crate::traffic::with_attacks;

/// A call, before anybody wrote it down.
struct Call {
    secs: usize,
    person: usize,
    path: String,
    bytes: usize,
}

/// Forty signed-in people who call a page each few seconds, each page of their own choice.
fn people() -> Vec<Call> {
    let call = |step: usize| {
        let person = step * 7 % 40;
        let path = format!("/pages/{}", (step / 40 * 13 + person * 5) % 97);
        Call { secs: step / 2, person, path, bytes: 500 + step % 211 }
    };
    (0..1_600).map(call).collect()
}

/// How a log tells calls.
struct Teller {
    client: fn(&Call) -> String,
    user: fn(&Call) -> String,
    late_secs: usize,
}

const HONEST: Teller = Teller {
    client: |call| format!("192.0.2.{}", call.person + 1),
    user: |call| format!("user{}", call.person),
    late_secs: 0,
};

impl Teller {
    fn tell<'a>(&self, calls: impl IntoIterator<Item = &'a Call>) -> String {
        let mut log = String::new();
        for call in calls {
            let secs = call.secs + self.late_secs;
            let (hour, minute, second) = (9 + secs / 3_600, secs / 60 % 60, secs % 60);
            writeln!(
                log,
                "{} - {} [22/Nov/2026:{hour:02}:{minute:02}:{second:02} +0000] \"GET {} HTTP/1.1\" 200 \
                 {} \"-\" \"Mozilla/5.0 (X11; Linux x86_64; rv:1{}.0) Firefox/1{}.0\"",
                (self.client)(call),
                (self.user)(call),
                call.path,
                call.bytes,
                call.person % 20,
                call.person % 20,
            )
            .expect("a string takes everything");
        }
        log
    }
}

/// The names of what is said of these logs, which are one run's.
#[track_caller]
fn said(logs: &[&str], flags: &[&str]) -> Vec<String> {
    caveats(logs, flags).iter().map(|it| it["caveat"].as_str().expect("a name").into()).collect()
}

#[track_caller]
fn caveats(logs: &[&str], flags: &[&str]) -> Vec<Value> {
    let folder = Folder::new();
    let names: Vec<String> = (0..logs.len()).map(|n| format!("web{n}.log")).collect();
    names.iter().zip(logs).for_each(|(name, log)| folder.write(name, log));
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let detect = ["detect", "-q", "-o", "jsonl", "--caveats", "caveats.jsonl"];
    folder.run(&[&detect, flags, &names].concat()).ends_with(0);
    let file = std::fs::read_to_string(folder.path("caveats.jsonl")).expect("it is written");
    file.lines().map(|line| serde_json::from_str(line).expect("each line is JSON")).collect()
}

#[test]
fn of_an_honest_log_nothing_is_said_whole_split_or_rotated() {
    let calls = people();
    let nothing: [&str; 0] = [];
    assert_eq!(said(&[&HONEST.tell(&calls)], &[]), nothing);
    let (even, odd): (Vec<_>, Vec<_>) = calls.iter().enumerate().partition(|(n, _)| n % 3 == 0);
    let part = |part: Vec<(usize, &Call)>| HONEST.tell(part.into_iter().map(|(_, call)| call));
    assert_eq!(said(&[&part(even), &part(odd)], &[]), nothing);
    let (older, newer) = calls.split_at(700);
    assert_eq!(said(&[&HONEST.tell(older), &HONEST.tell(newer)], &[]), nothing);
}

#[test]
fn a_proxy_that_hides_everybody_is_told_until_it_is_trusted() {
    let proxy = Teller { client: |_| "10.0.0.5".into(), user: |_| "-".into(), late_secs: 0 };
    let found = caveats(&[&proxy.tell(&people())], &[]);
    assert_eq!(found[0]["caveat"], "proxy_as_client");
    assert_eq!(found[0]["figures"]["requests_ratio"], 1.0);
    assert_eq!(found[0]["figures"]["agents"], 20.0);
    let forwarded = |call: &Call| {
        format!(
            "{{\"time\":\"2026-11-22T09:{:02}:{:02}Z\",\"remote_addr\":\"10.0.0.{}\",\
             \"http_x_forwarded_for\":\"203.0.113.{}\",\"request_method\":\"GET\",\
             \"request_uri\":\"{}\",\"status\":200,\"body_bytes_sent\":{},\
             \"remote_user\":\"user{}\",\"http_user_agent\":\"app/1\"}}\n",
            call.secs / 60,
            call.secs % 60,
            call.secs % 5,
            call.person,
            call.path,
            call.bytes,
            call.person
        )
    };
    let log: String = people().iter().map(forwarded).collect();
    let found = caveats(&[&log], &[]);
    assert_eq!(found[0]["caveat"], "proxy_as_client");
    let advice = found[0]["advice"].as_str().expect("a text");
    assert!(advice.contains("--trusted-proxy 10.0.0."), "{advice}");
    let nothing: [&str; 0] = [];
    assert_eq!(said(&[&log], &["--trusted-proxy", "10.0.0.0/24"]), nothing);
}

#[test]
fn clocks_that_differ_are_told_with_their_offset() {
    let calls = people();
    let late = Teller { late_secs: 47, ..HONEST };
    let found = caveats(&[&HONEST.tell(&calls), &late.tell(&calls)], &[]);
    assert_eq!(found[0]["caveat"], "clock_offset");
    assert_eq!(found[0]["figures"]["offset_secs"], 47.0);
}

#[test]
fn lines_that_are_there_twice_are_told_within_a_source_and_across() {
    let log = HONEST.tell(&people());
    let doubled: String = log.lines().flat_map(|line| [line, "\n", line, "\n"]).collect();
    assert_eq!(said(&[&doubled], &[]), ["duplicated_input"]);
    assert_eq!(said(&[&log, &log], &[]), ["duplicated_input"]);
}

#[test]
fn a_log_that_names_nobody_is_told() {
    let nameless = Teller { user: |_| "-".into(), ..HONEST };
    assert_eq!(said(&[&nameless.tell(&people())], &[]), ["accounts_missing"]);
}

#[test]
fn caveats_stand_beside_alerts_and_never_among_them() {
    let folder = Folder::with_log(with_attacks());
    let human = folder.run(&["detect", "--max-alerts", "0", "access.log"]).ends_with(0).out;
    check_golden("cli/detect_caveats", &human);
    let Ran { out, err, .. } = folder.run(&["detect", "-o", "jsonl", "access.log"]).ends_with(0);
    assert!(err.contains("accounts_missing"), "{err}");
    assert!(out.lines().all(|line| line.starts_with("{\"id\":")), "{out}");
}
