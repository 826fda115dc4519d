//! Where output goes, and what happens when it cannot go there.

use crate::program::{Folder, ran};
use crate::traffic::with_attacks;

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_told_and_fails() {
    let folder = Folder::with_log(with_attacks());
    let commands = [
        "detect access.log",
        "detect access.log -o jsonl -q",
        "detect access.log -o json -q",
        "detect access.log -o csv -q",
        "features access.log",
        "features access.log -o jsonl",
        "explain --line x",
        "threats",
        "threats show brute-force",
        "config show",
        "config example",
        "completions bash",
        "man",
        "--help",
        "detect --help",
        "--version",
    ];
    for command in commands {
        let ran = folder.shell(&format!("$aw {command} >/dev/full")).ends_with(74);
        let expected =
            "apiwarden: cannot write the output: No space left on device (os error 28)\n";
        assert_eq!(ran.err, expected, "{command}");
    }
    folder.write("bad.log", format!("{}rubbish\n", with_attacks()));
    let ran = folder.run(&["detect", "bad.log", "--rejects", "/dev/full"]).ends_with(74);
    assert!(ran.err.starts_with("apiwarden: cannot write the rejected lines: "), "{}", ran.err);
    let ran = folder.run(&["detect", "bad.log", "--rejects", "none/rejects"]).ends_with(74);
    assert!(ran.err.starts_with("apiwarden: none/rejects: "), "{}", ran.err);
}

#[cfg(unix)]
#[test]
fn a_reader_that_has_seen_enough_is_no_failure() {
    let folder = Folder::with_log(with_attacks());
    for command in
        ["detect access.log -q", "features access.log", "man", "completions zsh", "--help"]
    {
        // The pipe is closed before anything is written to it.
        let script = format!("set -o pipefail; (sleep 0.3; $aw {command}) | true");
        let ran = folder.shell(&script).ends_with(0);
        assert_eq!(ran.err, "", "{command}");
    }
}

#[test]
fn data_is_on_standard_output_and_the_rest_is_not() {
    let folder = Folder::with_log(with_attacks());
    for (form, lines) in [("jsonl", 2), ("csv", 3)] {
        let ran = folder.run(&["detect", "access.log", "-o", form]).ends_with(0);
        assert!(ran.out.lines().count() >= lines, "{}", ran.out);
        assert!(ran.err.starts_with("log       access.log: recognised as combined"), "{}", ran.err);
        let quiet = folder.run(&["detect", "access.log", "-o", form, "-q"]).ends_with(0);
        assert_eq!((quiet.out, quiet.err.as_str()), (ran.out, ""));
    }
}

#[test]
fn colours_are_for_terminals_or_for_whoever_asks() {
    let folder = Folder::with_log(with_attacks());
    let is_coloured = |text: &str| text.contains('\u{1b}');
    let detect = |more: &[&str]| folder.program(&[&["detect", "access.log"], more].concat());
    assert!(!is_coloured(&ran(&mut detect(&[])).out));
    assert!(is_coloured(&ran(&mut detect(&["--color", "always"])).out));
    assert!(!is_coloured(&ran(&mut detect(&["--color", "never"])).out));
    assert!(!is_coloured(&ran(detect(&[]).env("NO_COLOR", "1")).out));
    // Who asks on the command line has the last word (no-color.org).
    assert!(is_coloured(&ran(detect(&["--color", "always"]).env("NO_COLOR", "1")).out));
}

#[test]
fn the_colours_change_no_letter() {
    let folder = Folder::with_log(with_attacks());
    let plain = folder.run(&["detect", "access.log"]).out;
    let mut coloured = folder.run(&["detect", "access.log", "--color", "always"]).out;
    while let Some(begin) = coloured.find("\u{1b}[") {
        let end = begin + coloured[begin..].find('m').expect("a colour ends");
        coloured.replace_range(begin..=end, "");
    }
    assert_eq!(coloured, plain);
}

#[test]
fn people_read_it_on_eighty_columns() {
    let folder = Folder::new();
    let deep = "a-folder-with-a-rather-long-name/and-another-one-of-the-same-kind-within-it";
    std::fs::create_dir_all(folder.path(deep)).expect("a temporary folder");
    let log = format!("{deep}/access.log");
    folder.write(&log, with_attacks());
    let found = folder.run(&["detect", &log, "-o", "jsonl", "-q"]).out;
    let id = &found[7..23];
    let log_line = with_attacks().lines().next().expect("there are lines").to_owned();
    let runs: [&[&str]; 7] = [
        &["detect", &log],
        &["explain", "--alert", id, &log],
        &["explain", "--line", &log_line],
        &["explain", "--line", "203.0.113.9 - - rubbish"],
        &["threats"],
        &["threats", "show", "vulnerability_probing"],
        &["config", "show"],
    ];
    for arguments in runs {
        let ran = folder.run(arguments).ends_with(0);
        for line in ran.out.lines() {
            assert!(line.chars().count() <= 80, "{arguments:?}: {line}");
        }
    }
}

#[test]
fn a_sample_shows_its_status() {
    let ran = Folder::with_log(with_attacks()).run(&["detect", "access.log"]).ends_with(0);
    assert!(
        ran.out.contains("\"POST /login HTTP/1.1\" 401\n        120 \"-\" \"client/1.0\"\n"),
        "{}",
        ran.out
    );
}
