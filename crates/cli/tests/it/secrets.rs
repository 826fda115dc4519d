//! No secret of a log is in any output.

use crate::program::Folder;
use crate::traffic::line;

/// A mark that every secret below bears.
const MARK: &str = "hushhush";

fn json_log() -> String {
    let mut log = String::new();
    for secs in 0..60 {
        log.push_str(&format!(
            "{{\"time\":\"2026-11-22T21:00:{secs:02}Z\",\"remote_addr\":\"203.0.113.9\",\
             \"request_method\":\"POST\",\
             \"request_uri\":\"/login?access_token={MARK}Query1&api_key={MARK}Query2\",\
             \"status\":401,\"http_authorization\":\"Bearer {MARK}Bearer1\",\
             \"http_cookie\":\"sessionid={MARK}Cookie1; theme=dark\",\
             \"http_x_api_key\":\"{MARK}Key1\",\"http_user_agent\":\"x\",\
             \"http_referer\":\"https://a.example/?token={MARK}Referer1\",\
             \"sent_http_location\":\"/cb?code={MARK}Location1\"}}\n"
        ));
    }
    log.push_str(&format!(
        "{{\"time\":\"rubbish\",\"http_authorization\":\"Bearer {MARK}Bearer2\",\
         \"http_cookie\":\"sessionid={MARK}Cookie2\",\"request_uri\":\"/?token={MARK}Query3\"}}\n"
    ));
    log
}

fn text_log() -> String {
    let mut log = String::new();
    for secs in 0..60 {
        let request = format!("POST /login?token={MARK}Query1&password={MARK}Query2");
        let referer = format!("\"https://a.example/?session={MARK}Referer1\"");
        log.push_str(&line("203.0.113.9", secs, &request, 401).replace("\"-\"", &referer));
    }
    log.push_str(&format!("rubbish token={MARK}Query3 Authorization: Bearer {MARK}Bearer1\n"));
    log
}

#[test]
fn no_output_holds_one() {
    for log in [json_log(), text_log()] {
        let folder = Folder::with_log(&log);
        let found = folder.run(&["detect", "access.log", "-o", "jsonl", "-q"]).ends_with(0).out;
        assert!(found.contains("brute_force") && found.contains("[redacted]"), "{found}");
        let id = &found[7..23];
        let runs: [&[&str]; 8] = [
            &["detect", "access.log", "--rejects", "rejects"],
            &["detect", "access.log", "-o", "jsonl"],
            &["detect", "access.log", "-o", "json"],
            &["detect", "access.log", "-o", "csv"],
            &["features", "access.log"],
            &["features", "access.log", "-o", "jsonl"],
            &["explain", "--alert", id, "access.log"],
            // Here every line of the JSON log is a reject, or none can be recognised.
            &["detect", "access.log", "--format", "common", "--rejects", "all-rejects"],
        ];
        for arguments in runs {
            let ran = folder.run(arguments);
            for text in [ran.out, ran.err] {
                assert!(!text.contains(MARK), "{arguments:?}: {text}");
            }
        }
        for file in ["rejects", "all-rejects"] {
            assert!(!folder.read(file).contains(MARK), "{}", folder.read(file));
        }
        for line in [log.lines().next(), log.lines().last()].into_iter().flatten() {
            for format in ["auto", "common", "json"] {
                let ran = folder.run(&["explain", "--format", format, "--line", line]).ends_with(0);
                assert!(!ran.out.contains(MARK), "{}", ran.out);
            }
        }
    }
}

#[test]
fn standard_input_keeps_none_for_its_samples() {
    let ran = Folder::new().run_with(&["detect", "-"], json_log().as_bytes()).ends_with(0);
    assert!(ran.out.contains("see -:") && !ran.out.contains(MARK), "{}", ran.out);
}
