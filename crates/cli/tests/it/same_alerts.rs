//! The same log gives the same alerts: whenever, on however many processors, and however it comes.

use std::io::Write;

use flate2::{Compression, write::GzEncoder};
use serde_json::Value;

use crate::program::Folder;
use crate::traffic::with_attacks;

const DETECT: [&str; 4] = ["detect", "-q", "-o", "jsonl"];

fn detect(folder: &Folder, logs: &[&str]) -> String {
    let ran = folder.run(&[&DETECT[..], logs].concat()).ends_with(0);
    assert!(ran.out.lines().count() >= 2, "there is something to compare: {}", ran.out);
    ran.out
}

/// The alerts without where their lines stand, which depends on the files.
fn without_places(jsonl: &str) -> Vec<Value> {
    let alert = |line| {
        let mut alert: Value = serde_json::from_str(line).expect("each line is an alert");
        let samples = alert["samples"].as_array_mut().expect("samples are a list");
        for sample in samples.iter_mut() {
            sample["source"].take();
            sample["offset"].take();
        }
        // They stand in the order of the files.
        samples.sort_by_key(|sample| sample["line"].to_string());
        alert
    };
    jsonl.lines().map(alert).collect()
}

/// The example, unpacked.
fn example() -> Vec<u8> {
    let file = testkit::workspace_root().join("examples/access.log.gz");
    let file = std::fs::File::open(file).expect("the example is there");
    let mut log = Vec::new();
    std::io::Read::read_to_end(&mut flate2::read::MultiGzDecoder::new(file), &mut log)
        .expect("the example is whole");
    log
}

#[test]
fn two_runs_are_the_same_to_the_byte() {
    let folder = Folder::with_log(example());
    assert_eq!(detect(&folder, &["access.log"]), detect(&folder, &["access.log"]));
}

#[test]
fn every_form_tells_the_same_alerts() {
    let folder = Folder::with_log(with_attacks());
    let lines: Vec<Value> = detect(&folder, &["access.log"])
        .lines()
        .map(|line| serde_json::from_str(line).expect("each line is an alert"))
        .collect();
    let array = folder.run(&["detect", "-q", "-o", "json", "access.log"]).ends_with(0).out;
    let array: Value = serde_json::from_str(&array).expect("the whole is JSON");
    assert_eq!(array, Value::Array(lines.clone()));
    let ids: Vec<&str> = lines.iter().filter_map(|alert| alert["id"].as_str()).collect();
    let table = folder.run(&["detect", "-q", "-o", "csv", "access.log"]).ends_with(0).out;
    let in_table: Vec<&str> =
        table.lines().skip(1).filter_map(|row| row.split(',').next()).collect();
    assert_eq!(in_table, ids);
    let report = folder.run(&["detect", "access.log"]).ends_with(0).out;
    assert!(ids.iter().all(|id| report.contains(&format!("· id {id}"))), "{report}");
}

#[cfg(target_os = "linux")]
#[test]
#[expect(clippy::print_stderr, reason = "a skipped test must be seen")]
fn one_processor_finds_what_two_find() {
    let folder = Folder::with_log(example());
    let all = detect(&folder, &["access.log"]);
    let one = folder.shell(
        "command -v taskset >/dev/null || exit 99; \
                            taskset -c \"$(taskset -cp $$ | grep -o '[0-9]*$')\" \
                            \"$aw\" detect -q -o jsonl access.log",
    );
    if one.code == 99 {
        eprintln!("!!! SKIPPED: there is no taskset");
        return;
    }
    assert_eq!(one.ends_with(0).out, all);
}

#[test]
fn compressed_or_piped_it_is_the_same_log() {
    let log = example();
    let folder = Folder::with_log(&log);
    let mut gz = GzEncoder::new(Vec::new(), Compression::fast());
    gz.write_all(&log).expect("a vector takes everything");
    let gz = gz.finish().expect("a vector takes everything");
    folder.write("access.log.gz", &gz);
    folder.write("access.log.zst", zstd::encode_all(&log[..], 1).expect("it can be packed"));
    let plain = detect(&folder, &["access.log"]);
    for packed in ["access.log.gz", "access.log.zst"] {
        let found = detect(&folder, &[packed]);
        assert!(found.replace(packed, "access.log") == plain, "{packed}: {found}");
    }
    for input in [&log, &gz] {
        let found = folder.run_with(&[&DETECT[..], &["-"]].concat(), input).ends_with(0).out;
        assert_eq!(found.replace("\"source\":\"-\"", "\"source\":\"access.log\""), plain);
    }
}

#[test]
fn a_log_in_two_files_is_one_log_in_either_order() {
    let log = example();
    // Between two seconds: what happens within one is in the order of the files.
    let half = log.len() / 2;
    let text = std::str::from_utf8(&log[half..]).expect("the example is text");
    let second = |line: &str| line.split(['[', ']']).nth(1).map(str::to_owned);
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let whole = (2..lines.len()).find(|at| second(lines[*at]) != second(lines[at - 1]));
    let before = lines[..whole.expect("seconds pass")].iter().map(|line| line.len());
    let middle = half + before.sum::<usize>();
    let folder = Folder::with_log(&log);
    folder.write("a.log", &log[..middle]);
    folder.write("b.log", &log[middle..]);
    let whole = without_places(&detect(&folder, &["access.log"]));
    assert_eq!(without_places(&detect(&folder, &["a.log", "b.log"])), whole);
    assert_eq!(without_places(&detect(&folder, &["b.log", "a.log"])), whole);
}
