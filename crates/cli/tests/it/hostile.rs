//! Nothing that a log holds steers the terminal of who reads about it.

use crate::program::Folder;
use crate::traffic::line;

/// Whether a character steers a terminal, turns the direction of writing or hides.
fn is_hostile(c: char) -> bool {
    (c.is_control() && c != '\n' && c != '\t')
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}')
        || c == '\u{feff}'
}

/// Sixty failed sign-ins whose user, path, referer and agent are hostile, a hostile reject, and a
/// client that is a host name.
fn hostile_log() -> Vec<u8> {
    let mut log = Vec::new();
    for secs in 0..60 {
        let text = line("203.0.113.9", secs, "POST /login\u{1b}[2J\u{202e}/\u{9b}31m", 401)
            .replace("- - [", "- ev\u{1b}[31mil\u{202e}\u{200b}\u{7f} [")
            .replace("\"-\"", "\"http://\u{1b}]8;;x\u{7}\u{2066}\"")
            .replace("client/1.0", "\u{1b}]0;title\u{7}\u{feff}\u{8}");
        log.extend(text.as_bytes());
        // Bytes that are no text at all: a lone C1 control, half a character.
        let text = line("203.0.113.10", secs, "POST /login", 401);
        let path_ends = text.find(" HTTP").expect("a request has its version");
        log.extend(&text.as_bytes()[..path_ends]);
        log.extend(b"\x9b31m\xff\xc3 HTTP/1.1\" 401 1 \"-\" \"x\"\n");
    }
    log.extend(b"\x1b[31mrubbish\xe2\x80\xae\x07 \x9b\n");
    log
}

#[test]
fn no_output_carries_it() {
    let folder = Folder::with_log(hostile_log());
    let read = ["access.log", "--color", "never"];
    let found = folder.run(&["detect", "access.log", "-o", "jsonl", "-q"]).ends_with(0).out;
    assert!(found.contains("brute_force") && found.contains("\\u001b[31mil\\u202e"), "{found}");
    let id = &found[7..23];
    let runs: [&[&str]; 7] = [
        &["detect", "--rejects", "rejects"],
        &["detect", "-o", "json"],
        &["detect", "-o", "jsonl"],
        &["detect", "-o", "csv"],
        &["features"],
        &["features", "-o", "jsonl"],
        &["explain", "--alert", id],
    ];
    for arguments in runs {
        let ran = folder.run(&[arguments, &read].concat()).ends_with(0);
        for text in [&ran.out, &ran.err] {
            let found: Vec<char> = text.chars().filter(|c| is_hostile(*c)).collect();
            assert!(found.is_empty(), "{arguments:?}: {found:?} in {text}");
        }
    }
    let rejects = folder.read("rejects");
    assert!(!rejects.contains(is_hostile) && rejects.contains("\\u{1b}[31mrubbish\\u{202e}"));
}

#[test]
fn no_explanation_of_a_line_carries_it() {
    let log = String::from_utf8_lossy(&hostile_log()).into_owned();
    let lines: Vec<&str> = log.lines().collect();
    for line in [lines[0], lines[1], lines[lines.len() - 1]] {
        let ran = Folder::new().run(&["explain", "--line", line]).ends_with(0);
        assert!(!ran.out.contains(is_hostile), "{:?}", ran.out);
    }
}

#[test]
fn no_message_carries_it() {
    let folder = Folder::new();
    for name in ["\u{1b}[31m.log", "a\u{202e}b\u{9b}.log"] {
        let ran = folder.run(&["detect", name]).ends_with(66);
        assert!(!ran.err.contains(is_hostile), "{:?}", ran.err);
        folder.write(name, hostile_log());
        let ran = folder.run(&["detect", name, "--rejects", "rejects"]).ends_with(0);
        assert!(!ran.out.contains(is_hostile), "{:?}", ran.out);
        assert!(!folder.read("rejects").contains(is_hostile));
    }
}
