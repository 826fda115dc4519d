//! What people and scripts see, kept letter by letter.

use testkit::{check_golden, workspace_root};

use crate::program::{Folder, program_in, ran};
use crate::traffic::with_attacks;

const EXAMPLE: &str = "examples/access.log.gz";

/// Standard output of a run at the root of the project.
#[track_caller]
fn output(arguments: &[&str]) -> String {
    ran(program_in(workspace_root()).args(arguments)).ends_with(0).out
}

#[test]
fn detect() {
    check_golden("cli/detect_human", &output(&["detect", EXAMPLE]));
    let alerts = output(&["detect", "-q", "-o", "jsonl", EXAMPLE]);
    check_golden("cli/detect_jsonl", &head(&alerts, 5));
    let folder = Folder::with_log(with_attacks());
    let csv = folder.run(&["detect", "-q", "-o", "csv", "access.log"]).ends_with(0).out;
    check_golden("cli/detect_csv", &csv);
}

#[test]
fn features() {
    check_golden("cli/features_head", &head(&output(&["features", EXAMPLE]), 6));
}

#[test]
fn explain() {
    let line = "{\"time\":\"2026-11-22T21:00:00Z\",\"remote_addr\":\"10.0.0.1\",\
                \"http_x_forwarded_for\":\"6.6.6.6, 198.51.100.7\",\"request_method\":\"POST\",\
                \"request_uri\":\"/accounts/4711/login?token=hush\",\"status\":401,\
                \"http_authorization\":\"Bearer hush\",\"http_user_agent\":\"curl/8.5.0\"}";
    check_golden(
        "cli/explain_line",
        &output(&["explain", "--trusted-proxy", "10.0.0.0/8", "--line", line]),
    );
    let rubbish = "203.0.113.9 - - [22/Nov/2026:21:00:00 +0000] GET /items 200";
    check_golden("cli/explain_reject", &output(&["explain", "--line", rubbish]));
    let folder = Folder::with_log(with_attacks());
    let alerts = folder.run(&["detect", "-q", "-o", "jsonl", "access.log"]).ends_with(0).out;
    let ran = folder.run(&["explain", "--alert", &alerts[7..23], "access.log"]).ends_with(0);
    check_golden("cli/explain_alert", &ran.out);
}

#[test]
fn the_catalogue_and_the_help() {
    check_golden("cli/formats", &output(&["formats"]));
    check_golden("cli/formats_show", &output(&["formats", "show", "caddy"]));
    check_golden("cli/formats_show_text", &output(&["formats", "show", "combined"]));
    check_golden("cli/threats", &output(&["threats"]));
    check_golden("cli/threats_show", &output(&["threats", "show", "brute_force"]));
    let folder = Folder::new();
    check_golden(
        "cli/config_show",
        &folder.run(&["config", "show", "--effective"]).ends_with(0).out,
    );
    check_golden("cli/help", &output(&["--help"]));
}

fn head(text: &str, lines: usize) -> String {
    text.lines().take(lines).flat_map(|line| [line, "\n"]).collect()
}
