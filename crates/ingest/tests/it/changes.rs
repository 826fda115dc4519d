//! Logs that go on in another format than they begin in.

use ingest::{FormatChoice, NormaliseOptions, ReadOptions};

use crate::support::{Folder, Outcome, line, read_paths};

fn read(text: &str, format: &str) -> Outcome {
    let file = Folder::new();
    let file = file.file("a.log", text.as_bytes());
    let format = FormatChoice::from_text(format).unwrap();
    let options = ReadOptions { format, max_reject_ratio: 1.0, ..ReadOptions::default() };
    read_paths(&[&file], &options, NormaliseOptions::default()).unwrap()
}

fn combined(lines: u32) -> String {
    (0..lines).map(|secs| line("192.0.2.7", secs, "/a")).collect()
}

fn json(lines: u32) -> String {
    let call = |secs: u32| {
        let (min, sec) = (secs / 60, secs % 60);
        format!(
            "{{\"time\":\"2026-11-22T22:{min:02}:{sec:02}Z\",\"ip\":\"192.0.2.7\",\"method\":\"GET\",\
             \"url\":\"/b\",\"status\":200}}\n"
        )
    };
    (0..lines).map(call).collect()
}

const SSHD: &str = "Nov 22 21:44:14 web1 sshd[17]: Invalid user admin from 192.0.2.7 port 4711\n";

#[test]
fn a_log_that_goes_on_in_another_format_is_read_in_both() {
    let outcome = read(&format!("{}{}{}", combined(600), json(400), combined(5)), "auto");
    let source = &outcome.report().sources[0];
    assert_eq!(source.format, "combined");
    assert_eq!(source.later_formats, [(600, "json")]);
    assert_eq!((source.lines, source.parsed, source.rejects), (1_005, 995, 10));
    assert_eq!(source.rest_looks_like, None);
}

#[test]
fn a_log_that_goes_on_behind_a_wrapper_is_read_with_and_without() {
    let wrapped: String =
        combined(50).lines().map(|it| format!("2026-11-22T21:44:14Z stdout F {it}\n")).collect();
    let outcome = read(&format!("{}{wrapped}{}", combined(300), combined(5)), "auto");
    let source = &outcome.report().sources[0];
    assert_eq!((source.parsed, source.rejects), (345, 10), "{:?}", source.later_formats);
}

#[test]
fn a_log_that_goes_on_as_another_service_says_which() {
    let outcome = read(&(combined(300) + &SSHD.repeat(700)), "auto");
    let source = &outcome.report().sources[0];
    assert_eq!((source.parsed, source.rejects), (300, 700));
    assert_eq!(source.rest_looks_like.as_deref(), Some("sshd behind syslog (rfc3164)"));
}

#[test]
fn a_format_that_was_given_is_kept_and_the_rest_is_named() {
    let source = &read(&(combined(300) + &json(100)), "combined").reading.report.sources[0];
    assert_eq!((source.parsed, source.rejects), (300, 100));
    assert_eq!(source.rest_looks_like.as_deref(), Some("json"));
    let few = read(&(combined(300) + &json(3)), "auto");
    assert_eq!(few.report().sources[0].rest_looks_like.as_deref(), Some("json"));
}

#[test]
fn damaged_lines_change_nothing() {
    let damaged = "192.0.2.7 - - [22/Nov/2026:21:4\n".repeat(300);
    let outcome = read(&format!("{}{damaged}{}", combined(300), combined(50)), "auto");
    let source = &outcome.report().sources[0];
    assert_eq!((source.parsed, source.rejects), (350, 300));
    assert_eq!((source.later_formats.len(), source.rest_looks_like.as_deref()), (0, None));
}
