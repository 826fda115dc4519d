//! Input that is damaged, absent, or made to hurt.

use std::path::Path;

use domain::{Position, RawRecord, RejectReason, Request};
use ingest::{
    Compression, FORMATS, FormatChoice, NormaliseOptions, Normaliser, ParseContext, ReadErrorKind,
    ReadOptions, redact_line,
};

use crate::support::{Folder, gzip, line, read_path, read_paths};

fn log(lines: u32) -> String {
    (0..lines).map(|at| line("192.0.2.7", at, &format!("/a/{at}"))).collect()
}

#[test]
fn compression_is_told_from_bytes_not_names() {
    let folder = Folder::new();
    let text = log(50);
    let members = [gzip(&text.as_bytes()[..1_000]), gzip(&text.as_bytes()[1_000..])].concat();
    let frames = zstd::encode_all(text.as_bytes(), 3).unwrap();
    for (name, content, compression) in [
        ("plain.gz", text.as_bytes().to_vec(), Compression::None),
        ("members.log", members, Compression::Gzip),
        ("frames.txt", frames, Compression::Zstd),
    ] {
        let outcome = read_path(&folder.file(name, &content)).unwrap();
        let source = &outcome.report().sources[0];
        assert_eq!(
            (source.compression, source.parsed, source.bytes),
            (compression, 50, text.len() as u64)
        );
    }
}

#[test]
fn a_truncated_file_delivers_what_it_holds_and_says_that_it_is_damaged() {
    let folder = Folder::new();
    let text: String =
        (0..20_000).map(|at| line("192.0.2.7", at % 3_000, &format!("/{at}"))).collect();
    let whole = gzip(text.as_bytes());
    let outcome = read_path(&folder.file("cut.gz", &whole[..whole.len() / 2])).unwrap();
    let source = &outcome.report().sources[0];
    assert!(source.parsed > 1_000, "{} lines", source.parsed);
    assert!(source.damage.is_some());
    assert_eq!(outcome.report().damaged().count(), 1);
    let stump = read_path(&folder.file("stump.gz", &whole[..5])).unwrap();
    assert_eq!((stump.report().lines(), stump.report().damaged().count()), (0, 1));
}

#[test]
fn what_cannot_be_read_says_so_in_one_line() {
    let folder = Folder::new();
    let check = |path: &Path, expect: &str| {
        let error = read_path(path).err().expect("an error").to_string();
        assert!(error.contains(expect) && !error.contains('\n'), "{error}");
    };
    check(folder.path(), "is a directory");
    check(&folder.path().join("absent.log"), "no such file");
    check(&folder.path().join("absent-*.log"), "no such file");
    let noise: Vec<u8> =
        (0..60_000_u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    check(&folder.file("noise", &noise), "unrecognised format");
    check(&folder.file("blanks", &[b'\n'; 100_000]), "unrecognised format");
    check(
        &folder.file("other.log", b"Nov 22 21:44:14 host sshd[1]: Failed password\n"),
        "--format",
    );
}

#[test]
fn an_empty_file_is_no_error() {
    let folder = Folder::new();
    let outcome = read_path(&folder.file("empty", b"\n\r\n  \n")).unwrap();
    assert_eq!((outcome.report().lines(), outcome.report().rejects()), (0, 0));
}

#[test]
fn a_line_of_a_hundred_megabytes_is_one_reject() {
    let folder = Folder::new();
    let mut content = log(20).into_bytes();
    let offset = content.len() as u64;
    content.resize(content.len() + 100_000_000, b'x');
    content.push(b'\n');
    content.extend(line("192.0.2.8", 30, "/after").bytes());
    let outcome = read_path(&folder.file("long.log", &content)).unwrap();
    assert_eq!((outcome.events.len(), outcome.rejects.len()), (21, 1));
    let (_, reject, kept) = &outcome.rejects[0];
    assert_eq!(reject.reason, RejectReason::TooLong { limit_bytes: 65_536 });
    assert_eq!((reject.position.offset, kept.len()), (offset, 65_536));
}

#[test]
fn a_first_line_that_is_too_long_is_no_reason_to_refuse_the_log() {
    let folder = Folder::new();
    let mut content = vec![b'{'; 10_000_000];
    content.push(b'\n');
    content.resize(content.len() + 70_000, b'"');
    content.push(b'\n');
    content.extend(log(20).bytes());
    let outcome = read_path(&folder.file("long.log", &content)).unwrap();
    assert_eq!((outcome.events.len(), outcome.rejects.len()), (20, 2));
    assert_eq!(outcome.report().sources[0].format, "combined");
}

#[test]
fn times_that_run_backwards_are_counted() {
    let folder = Folder::new();
    let text: String = (0..600).rev().map(|at| line("192.0.2.7", at, "/a")).collect();
    let outcome = read_path(&folder.file("backwards.log", text.as_bytes())).unwrap();
    assert_eq!(outcome.events.len() as u64 + outcome.report().late(), 600);
    assert!(outcome.events.is_sorted_by_key(|event| event.time));
}

#[test]
fn years_without_sense_are_rejects_and_do_no_harm() {
    let folder = Folder::new();
    let moved = |year: &str| line("192.0.2.9", 0, "/a").replace("2026", year);
    let mut text = moved("0001");
    for at in 0..100 {
        text += &line("192.0.2.7", at, "/a");
        if at == 50 {
            text += &moved("9999");
        }
    }
    let outcome = read_path(&folder.file("years.log", text.as_bytes())).unwrap();
    let report = outcome.report();
    assert_eq!((outcome.events.len(), report.late(), report.rejects()), (100, 0, 2));
    assert!(report.first_time().unwrap().to_string().starts_with("2026-"));
    assert!(report.last_time().unwrap().to_string().starts_with("2026-"));
}

#[test]
fn too_many_rejects_end_in_an_error_that_carries_the_report() {
    let folder = Folder::new();
    let text = log(10) + &"nonsense\n".repeat(11);
    let path = folder.file("half.log", text.as_bytes());
    let options = ReadOptions {
        format: FormatChoice::from_text("combined").unwrap(),
        ..ReadOptions::default()
    };
    let error = read_paths(&[&path], &options, NormaliseOptions::default()).err().unwrap();
    assert!(error.kind.is_unusable_data());
    assert!(matches!(error.kind, ReadErrorKind::TooManyRejects { rejects: 11, lines: 21, .. }));
    assert_eq!(error.report.unwrap().sources[0].sampled_rejects.len(), 5);
}

#[test]
fn sources_are_merged_in_the_order_of_time() {
    let folder = Folder::new();
    let mut texts = [String::new(), String::new(), String::new()];
    for at in 0..900 {
        let which = if at < 300 { at % 2 } else { at / 300 };
        texts[which as usize] += &line("192.0.2.7", at, &format!("/p/{at}"));
    }
    for (index, text) in texts.iter().enumerate() {
        folder.file(&format!("{}.log", 9 - index), text.as_bytes());
    }
    let outcome = read_path(&folder.path().join("*.log")).unwrap();
    let secs: Vec<i64> = outcome.events.iter().map(|event| event.time.as_secs()).collect();
    assert_eq!(secs.len(), 900);
    assert!(secs.windows(2).all(|pair| pair[1] == pair[0] + 1));
}

#[test]
fn the_same_input_gives_the_same_events_and_another_log_other_fingerprints() {
    let folder = Folder::new();
    let json = |client: &str| {
        format!(
            r#"{{"time":"2026-11-22T21:44:14Z","remote_addr":"{client}","request_uri":"/a","method":"GET","status":200,"authorization":"Bearer opaque"}}"#
        )
    };
    let first = folder.file("a.json", json("192.0.2.7").as_bytes());
    let second = folder.file("b.json", json("192.0.2.8").as_bytes());
    let events = |path: &Path| read_path(path).unwrap().events;
    assert_eq!(events(&first), events(&first));
    assert_ne!(events(&first)[0].credential, events(&second)[0].credential);
}

#[test]
fn excerpts_give_the_lines_back() {
    let folder = Folder::new();
    let text: String =
        (0..300).map(|at| line("192.0.2.7", at, &format!("/a/{at}?token=abc"))).collect();
    let plain = folder.file("plain.log", text.as_bytes());
    let packed = folder.file("packed.log", &gzip(text.as_bytes()));
    let outcome =
        read_paths(&[&plain, &packed], &ReadOptions::default(), NormaliseOptions::default());
    let mut outcome = outcome.unwrap();
    let wanted: Vec<_> = outcome.events.iter().step_by(37).map(|event| event.position).collect();
    let found = outcome.reading.excerpts.fetch(wanted.iter().copied());
    assert_eq!(found.len(), wanted.len());
    for (position, line) in found {
        let at = position.offset as usize;
        let expect = text[at..].lines().next().unwrap().replace("=abc", "=[redacted]");
        assert_eq!(line, expect);
    }
}

/// Were anything here quadratic, this test would not end within a working day.
#[test]
fn long_lines_cost_no_more_than_their_length() {
    const LENGTH: usize = 4_000_000;
    let context = ParseContext::default();
    let mut normaliser = Normaliser::new(NormaliseOptions::default());
    let head = r#"192.0.2.7 - - [22/Nov/2026:21:44:14 +0000] "GET /"#;
    for piece in [
        "token=",
        "\"key\":\"",
        "\"key\":[",
        "\"cookie\":[\"a\",",
        "eyJ",
        "eyJ.",
        "://",
        "://a@",
        "a ",
        "basic ",
        "\\",
        "\\\"",
        "\"",
        "\" ",
        ", ",
        "../",
        "%25",
        "{\"a\":",
        "[",
        "' or ",
        "&",
        "=",
        "1.",
        ":",
    ] {
        let text = piece.repeat(LENGTH / piece.len());
        let _ = redact_line(text.as_bytes());
        for line in [text.clone(), format!("{head}{text}"), format!("{{\"uri\":\"{text}")] {
            let record = RawRecord { position: Position::default(), bytes: line.as_bytes() };
            for format in FORMATS {
                let _ = format.parse(record, &context);
            }
        }
        let request = Request {
            target: format!("/{text}?{text}").into_bytes().into(),
            agent: text.as_bytes().into(),
            forwarded: text.as_bytes().into(),
            ..Request::default()
        };
        normaliser.normalise(&request);
    }
}
