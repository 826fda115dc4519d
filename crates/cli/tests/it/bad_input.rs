//! Logs that are no logs: each gives one clear line or a counted reject, and the right exit code.

use std::io::Write;

use std::process::Stdio;

use flate2::{Compression, write::GzEncoder};

use crate::program::Folder;
use crate::traffic::{line, with_attacks};

const UNRECOGNISED: &str = "no format reads any; looks like sshd behind syslog (rfc3164); say --format NAME, or --format with the server's \
                            log_format or LogFormat";

fn ordinary(lines: usize) -> String {
    (0..lines).map(|at| line("192.0.2.1", at, "GET /items", 200)).collect()
}

#[test]
fn an_empty_log_is_a_quiet_night() {
    for log in ["", "\n \n\r\n"] {
        let ran = Folder::with_log(log).run(&["detect", "access.log"]).ends_with(0);
        let expected = "log       access.log: empty\n\
                        lines     0 read, 0 parsed, 0 rejected, 0 too late\n\n\
                        no requests, so no alerts\n";
        assert_eq!((ran.out.as_str(), ran.err.as_str()), (expected, ""));
    }
    let ran = Folder::new().run_with(&["detect", "-", "-o", "json", "-q"], b"").ends_with(0);
    assert_eq!((ran.out.as_str(), ran.err.as_str()), ("[]\n", ""));
}

#[test]
fn what_is_no_log_is_refused_with_what_was_tried() {
    let noise: Vec<u8> =
        (0u32..100_000).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    let ran = Folder::with_log(noise).run(&["detect", "access.log"]).ends_with(65);
    assert!(ran.err.starts_with("apiwarden: access.log: unrecognised format: of "), "{}", ran.err);
    assert_eq!((ran.err.lines().count(), ran.out.as_str()), (1, ""));

    let folder = Folder::with_log("Nov 22 21:44:14 host sshd[1]: Failed password for root\n");
    let message = format!("access.log: unrecognised format: of 1 lines {UNRECOGNISED}");
    folder.run(&["detect", "access.log"]).fails(65, &message);
}

#[test]
fn what_is_not_there_is_named() {
    let folder = Folder::new();
    folder.run(&["detect", "none.log"]).fails(66, "none.log: no such file");
    folder.run(&["detect", "*.log"]).fails(66, "*.log: no such file");
    folder.run(&["features", "."]).fails(66, ".: is a directory; name its files, as in ./*.log");
}

#[test]
fn a_glob_is_expanded_where_the_shell_did_not() {
    let folder = Folder::new();
    folder.write("a.log", ordinary(3));
    folder.write("b.log", ordinary(4));
    let ran = folder.run(&["detect", "?.log"]).ends_with(0);
    assert!(ran.out.contains("lines     7 read, 7 parsed"), "{}", ran.out);
}

#[test]
fn a_truncated_file_gives_what_it_holds_and_fails() {
    let log = with_attacks();
    let mut gz = GzEncoder::new(Vec::new(), Compression::fast());
    gz.write_all(log.as_bytes()).expect("a vector takes everything");
    let gz = gz.finish().expect("a vector takes everything");
    let zst = zstd::encode_all(log.as_bytes(), 3).expect("a vector takes everything");
    for (name, bytes) in [("cut.log.gz", gz), ("cut.log.zst", zst)] {
        let folder = Folder::new();
        folder.write(name, &bytes[..bytes.len() * 9 / 10]);
        let ran = folder.run(&["detect", name, "-o", "jsonl", "-q"]).ends_with(74);
        assert!(ran.err.starts_with(&format!("apiwarden: {name}: ")), "{}", ran.err);
        assert!(ran.err.ends_with(": only what comes before it was read\n"), "{}", ran.err);
        assert_eq!(ran.err.lines().count(), 1);
    }
    let folder = Folder::new();
    let mut stored = GzEncoder::new(Vec::new(), Compression::none());
    stored.write_all(log.as_bytes()).expect("a vector takes everything");
    let stored = stored.finish().expect("a vector takes everything");
    folder.write("cut.gz", &stored[..stored.len() - 200]);
    let ran = folder.run(&["detect", "cut.gz"]).ends_with(74);
    assert!(ran.out.contains("\ndamaged   cut.gz: "), "{}", ran.out);
    assert!(ran.out.contains("brute_force  client 203.0.113.9"), "{}", ran.out);
}

#[test]
fn a_line_of_a_hundred_megabytes_is_one_reject() {
    let folder = Folder::new();
    let mut log = ordinary(20).into_bytes();
    log.resize(log.len() + 100_000_000, b'x');
    log.push(b'\n');
    log.extend(ordinary(20).into_bytes());
    folder.write("access.log", log);
    let ran = folder.run(&["detect", "access.log"]).ends_with(0);
    assert!(ran.out.contains("41 read, 40 parsed, 1 rejected, 0 too late"), "{}", ran.out);
    assert!(
        ran.out.contains("column 1: line longer than 65536 bytes:\n          xxx"),
        "{}",
        ran.out
    );
}

#[test]
fn times_that_run_backwards_are_put_in_order_or_counted() {
    let backwards: String = ordinary(200).lines().rev().map(|line| format!("{line}\n")).collect();
    let folder = Folder::with_log(backwards);
    let ran = folder.run(&["detect", "access.log"]).ends_with(65);
    assert!(
        ran.out.contains("200 read, 200 parsed, 0 rejected, 138 too late (more --lateness takes"),
        "{}",
        ran.out
    );
    let told = "138 of 200 lines came too late to be put in order: --lateness 200 takes them in";
    assert!(ran.err.contains(told), "{}", ran.err);
    folder.run(&["detect", "access.log", "--lateness", "200"]).ends_with(0);
    folder.run(&["detect", "access.log", "--max-rejects", "100%"]).ends_with(0);
    let ran = folder.run(&["detect", "access.log", "--lateness", "300"]).ends_with(0);
    assert!(ran.out.contains("200 read, 200 parsed, 0 rejected, 0 too late\n"), "{}", ran.out);
}

#[test]
fn years_outside_of_32_bits_of_seconds_are_rejects() {
    let with_year = |year: &str| ordinary(1).replace("2026", year);
    let log: String = ["0001", "1969", "1970", "2105", "2107", "9999", "0000", "10000"]
        .into_iter()
        .map(with_year)
        .collect();
    let folder = Folder::with_log(log);
    let ran = folder
        .run(&["detect", "access.log", "--rejects", "rejects", "--max-rejects", "100%"])
        .ends_with(0);
    assert!(ran.out.contains("8 read, 2 parsed, 6 rejected"), "{}", ran.out);
    assert!(ran.out.contains("1970-11-22T21:00:00Z to 2105-11-22T21:00:00Z"), "{}", ran.out);
    let rejects = folder.read("rejects");
    assert_eq!(rejects.matches(": invalid time: must be in 1970 to 2105\t").count(), 4);
    assert_eq!(rejects.matches(": invalid time\t").count(), 2);
}

#[test]
fn a_clock_that_jumped_does_not_stretch_the_days_of_the_budget() {
    let alerts = |log: String| {
        let folder = Folder::with_log(log);
        folder.run(&["detect", "access.log", "-q", "-o", "csv"]).ends_with(0).out
    };
    let ordinary = ordinary(400);
    let jumped = format!("{ordinary}{}", self::ordinary(1).replace("2026", "2036"));
    assert_eq!(alerts(jumped), alerts(ordinary));
}

#[test]
fn a_pipe_with_a_name_is_read_whole() {
    let log = ordinary(2_000);
    let ran = Folder::new().run_with(&["detect", "/dev/stdin"], log.as_bytes()).ends_with(0);
    assert!(ran.out.contains("2,000 read, 2,000 parsed, 0 rejected"), "{}", ran.out);
}

#[test]
fn a_reader_that_goes_away_changes_no_verdict() {
    let folder = Folder::with_log(with_attacks());
    let mut command = folder.program(&["detect", "access.log", "--fail-on", "low", "-o", "jsonl"]);
    let mut child = command.stdout(Stdio::piped()).spawn().expect("the program starts");
    drop(child.stdout.take());
    assert_eq!(child.wait().expect("it runs to its end").code(), Some(1));
}

#[test]
fn no_output_goes_over_an_input() {
    let folder = Folder::with_log(ordinary(50));
    let before = folder.read("access.log");
    for options in [&["--rejects", "./access.log"], &["--caveats", "access.log"]] {
        let ran = folder.run(&[&["detect", "access.log"], &options[..]].concat()).ends_with(2);
        assert!(ran.err.contains("it is an input: name another file"), "{}", ran.err);
    }
    folder.run(&["detect", "access.log", "--rejects", "new", "--caveats", "new"]).ends_with(2);
    assert_eq!(folder.read("access.log"), before);
}

#[test]
fn addresses_that_are_none_are_rejects() {
    let mut log = ordinary(5);
    for address in ["999.1.1.1.1", ":::::", "-", "[::1", "a_b!"] {
        log.push_str(&line(address, 9, "GET /items", 200));
    }
    log.push_str(&line("a-host-name", 10, "GET /items", 200));
    let folder = Folder::with_log(log);
    let ran = folder.run(&["detect", "access.log", "--rejects", "rejects"]).ends_with(0);
    let rejects = folder.read("rejects");
    assert!(ran.out.contains("11 read, 6 parsed, 5 rejected"), "{}\n{rejects}", ran.out);
    assert!(ran.out.contains("seen      2 clients in 2 sessions"), "{}", ran.out);
}

#[test]
fn too_many_rejects_fail_when_all_output_is_out() {
    let folder = Folder::with_log(format!("{}rubbish\n", with_attacks()));
    let good = folder.run(&["detect", "access.log", "-o", "jsonl", "-q"]).ends_with(0);
    let strict = ["detect", "access.log", "-o", "jsonl", "-q", "--max-rejects", "0%"];
    let ran = folder.run(&strict).ends_with(65);
    assert_eq!(ran.out, good.out);
    assert!(ran.out.lines().count() >= 2, "{}", ran.out);
    assert_eq!(ran.err, "apiwarden: 1 of 441 lines could not be read: at most 0 % may be\n");
    let ran = folder.run(&["features", "access.log", "--max-rejects", "0%"]).ends_with(65);
    assert!(ran.out.lines().count() > 60);

    let short = Folder::with_log(format!("{}rubbish\n", ordinary(1)));
    short.run(&["detect", "access.log", "--max-rejects", "40%"]).ends_with(65);
    short.run(&["detect", "access.log", "--max-rejects", "50%"]).ends_with(0);
}

#[test]
fn rejects_are_kept_with_place_and_reason() {
    let first = ordinary(1);
    let folder = Folder::with_log(format!("{first}rubbish \u{1b}[31m\ttoken=hush-hush-hush\n"));
    folder.run(&["detect", "access.log", "--rejects", "rejects", "-q"]).ends_with(0);
    let expected = format!(
        "access.log:{}: column 9: expected \" - \"\trubbish \\u{{1b}}[31m\\ttoken=[redacted]\n",
        first.len()
    );
    let found = folder.read("rejects");
    let (place, line) = found.split_once('\t').expect("a tab stands before the line");
    let (_, expected_line) = expected.split_once('\t').expect("as here");
    assert_eq!(line, expected_line);
    assert!(place.starts_with(&format!("access.log:{}: column ", first.len())), "{place}");
}

#[test]
fn a_log_that_is_named_twice_is_read_once_and_said_so() {
    let folder = Folder::with_log(ordinary(12));
    let named = ["access.log", "./access.log", "acc*.log"];
    let ran = folder.run(&[&["detect"], &named[..]].concat()).ends_with(0);
    assert!(ran.out.contains("12 read, 12 parsed"), "{}", ran.out);
    assert!(ran.out.contains("; named 3 times,"), "{}", ran.out);
    let ran = folder.run(&[&["features"], &named[..]].concat()).ends_with(0);
    assert_eq!(ran.err, "note: access.log: named 3 times, read once\n");
    assert!(!folder.run(&["detect", "access.log"]).out.contains("named"));
}

#[test]
fn standard_input_is_read_once_however_often_it_is_named() {
    let log = ordinary(12);
    let ran = Folder::new().run_with(&["detect", "-", "-"], log.as_bytes()).ends_with(0);
    assert!(ran.out.starts_with("log       -: recognised as combined (100 % of "), "{}", ran.out);
    assert!(ran.out.contains("lines     12 read, 12 parsed"), "{}", ran.out);
}

#[test]
fn a_pipe_whose_first_line_is_too_long_reads_as_the_file_does() {
    let lines = line("192.0.2.1", 0, "GET /a", 200) + &line("192.0.2.2", 1, "GET /b", 200);
    let log = format!("{}\n{}\n{lines}", "x".repeat(300_000), "y".repeat(66_000));
    let folder = Folder::with_log(&log);
    let of_file = folder.run(&["parse", "access.log", "--rejects", "file"]).ends_with(0);
    let piped = folder.run_with(&["parse", "-", "--rejects", "pipe"], log.as_bytes()).ends_with(0);
    assert_eq!(piped.out, of_file.out.replace("access.log", "-"));
    assert_eq!(of_file.out.lines().count(), 2);
    assert_eq!(folder.read("pipe"), folder.read("file").replace("access.log", "-"));
    assert_eq!(folder.read("file").lines().count(), 2);
}
