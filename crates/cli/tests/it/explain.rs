//! `explain`: one line or one alert, through every stage.

use crate::program::Folder;
use crate::traffic::{line, with_attacks};

#[test]
fn a_line_needs_no_log() {
    let ran = Folder::new()
        .run(&["explain", "--line", line("192.0.2.1", 0, "GET /items/17", 200).trim_end()])
        .ends_with(0);
    assert!(ran.out.contains("\n  combined             reads it\n"), "{}", ran.out);
    assert!(ran.out.contains("\n  client               192.0.2.1\n"), "{}", ran.out);
    assert!(ran.out.contains("GET /items/{"), "{}", ran.out);
    assert!(ran.out.contains("learned from this one call"), "{}", ran.out);
    assert!(ran.out.contains("session"), "{}", ran.out);
}

#[test]
fn a_line_may_come_from_standard_input() {
    let log = with_attacks();
    let folder = Folder::new();
    let given = log.lines().next().expect("there are lines");
    let piped = folder.run_with(&["explain", "--line", "-"], log.as_bytes()).ends_with(0).out;
    assert_eq!(piped, folder.run(&["explain", "--line", given]).ends_with(0).out);
    folder.run_with(&["explain", "--line", "-"], b"").fails(66, "-: no line on standard input");
}

#[test]
fn a_line_that_none_reads_is_shown_to_where_the_best_came() {
    let ran = Folder::new()
        .run(&["explain", "--line", "192.0.2.1 - - [22/Nov/2026:21:00:00 +0000] rubbish"])
        .ends_with(0);
    assert!(ran.out.contains(" comes furthest, to column "), "{}", ran.out);
    assert!(ran.out.contains("rubbish\n") && ran.out.contains("^ expected "), "{}", ran.out);
    assert!(ran.out.contains(" more, no further than that: --all lists them\n"), "{}", ran.out);
    assert!(!ran.out.contains("caddy"), "{}", ran.out);
    let all = ["explain", "--all", "--line", "192.0.2.1 - - [22/Nov/2026:21:00:00 +0000] rubbish"];
    let ran = Folder::new().run(&all).ends_with(0);
    assert!(ran.out.contains("caddy") && !ran.out.contains("--all"), "{}", ran.out);
    let folder = Folder::new();
    let ran = folder.run(&["explain", "--format", "json", "--line", "x"]).ends_with(0);
    assert!(ran.out.contains("json ") && !ran.out.contains("combined"), "{}", ran.out);
}

#[test]
fn a_format_string_is_tried_alone() {
    let format = "$remote_addr [$time_local] \"$request\" $status";
    let line = "192.0.2.1 [22/Nov/2026:21:00:00 +0000] \"GET /items HTTP/1.1\" 200";
    let ran = Folder::new().run(&["explain", "--format", format, "--line", line]).ends_with(0);
    assert!(ran.out.contains("\n  template             reads it\n"), "{}", ran.out);
    assert!(!ran.out.contains("combined"), "{}", ran.out);
}

#[test]
fn the_forwarded_chain_is_told_apart() {
    let line = "{\"time\":\"2026-11-22T21:00:00Z\",\"remote_addr\":\"10.0.0.1\",\
                \"http_x_forwarded_for\":\"6.6.6.6, 198.51.100.7\",\"request_method\":\"GET\",\
                \"request_uri\":\"/items\",\"status\":200}";
    let folder = Folder::new();
    let ran = folder.run(&["explain", "--line", line]).ends_with(0);
    assert!(ran.out.contains("client               10.0.0.1\n"), "{}", ran.out);
    assert!(ran.out.contains("counts once --trusted-proxy"), "{}", ran.out);
    let trusting = ["explain", "--trusted-proxy", "10.0.0.0/8", "--line", line];
    let ran = folder.run(&trusting).ends_with(0);
    assert!(ran.out.contains("client               198.51.100.7\n"), "{}", ran.out);
    assert!(ran.out.contains("the rest is a claim"), "{}", ran.out);
}

#[test]
fn an_alert_is_told_with_its_numbers_and_its_doubts() {
    let folder = Folder::with_log(with_attacks());
    let found = folder.run(&["detect", "-q", "-o", "jsonl", "access.log"]).ends_with(0).out;
    let id = &found[7..23];
    let ran = folder.run(&["explain", "--alert", &id[..8], "access.log"]).ends_with(0);
    for told in
        [id, "how the score came about", "access.log:", "An alert begins at", "When it is wrong:"]
    {
        assert!(ran.out.contains(told), "no {told}: {}", ran.out);
    }
}

#[test]
fn what_to_explain_must_be_said() {
    let folder = Folder::with_log(with_attacks());
    for arguments in [&["explain"][..], &["explain", "access.log"], &["explain", "--alert", "abcd"]]
    {
        let ran = folder.run(arguments).ends_with(2);
        assert!(ran.err.contains("required arguments were not provided"), "{}", ran.err);
    }
    let ask = |id| folder.run(&["explain", "--alert", id, "access.log"]);
    ask("abc").fails(2, "invalid --alert \"abc\": must be at least 4 letters of an id");
    let ran = ask("no-such-id").ends_with(2);
    assert!(ran.err.starts_with("apiwarden: invalid --alert \"no-such-id\": none of the "));
}
