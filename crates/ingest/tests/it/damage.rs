//! Lines of every golden case, damaged: no format panics, gives a wrong place, or takes more than
//! linear time; and no whole file, be it a document, a table or Parquet. `cargo xtask fuzz` does the same
//! for as long as one likes.

use std::time::{Duration, Instant};

use domain::{Position, RawRecord, SourceId};
use ingest::{DEFAULT_MAX_LINE_BYTES, FORMATS, ParseContext};
use proptest::prelude::*;

use crate::support::{Folder, read_path};

const POSITION: Position = Position { source: SourceId(1), offset: 42 };

/// What a line of the greatest length may take. Quadratic time would be minutes.
const MOST: Duration = Duration::from_secs(2);

fn golden_files() -> Vec<Vec<u8>> {
    let folder = testkit::workspace_root().join("golden/ingest");
    let cases = std::fs::read_dir(folder).unwrap().map(|case| case.unwrap().path());
    let mut files: Vec<_> =
        cases.filter_map(|case| std::fs::read(case.join("input.log")).ok()).collect();
    files.sort();
    files
}

fn golden_lines() -> Vec<Vec<u8>> {
    let mut lines: Vec<Vec<u8>> = golden_files()
        .iter()
        .flat_map(|log| log.split(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect::<Vec<_>>())
        .filter(|line| !line.is_empty())
        .collect();
    lines.sort();
    lines
}

/// Accidents of a file or a line: where, of which kind, and a byte.
type Accident = (prop::sample::Index, usize, u8);

fn damage(bytes: &mut Vec<u8>, accidents: Vec<Accident>) {
    for (at, kind, byte) in accidents {
        let at = at.index(bytes.len() + 1);
        match kind {
            0 => bytes.truncate(at),
            1 => bytes.insert(at, byte),
            2 => bytes.splice(at..at, bytes[..at].to_vec()).for_each(drop),
            3 => bytes.splice(at..at, *b"\\u").for_each(drop),
            4 => bytes.splice(at..at, *b"\":[{").for_each(drop),
            5 => bytes.iter_mut().skip(at).take(1).for_each(|it| *it ^= byte),
            _ => drop(bytes.drain(at / 2..at)),
        }
    }
}

fn check_everywhere(line: &[u8]) {
    let context = ParseContext::default();
    for format in FORMATS {
        match format.parse(RawRecord { position: POSITION, bytes: line }, &context) {
            Ok(request) => assert_eq!(request.position, POSITION, "{}", format.name()),
            Err(reject) => {
                assert_eq!(reject.position, POSITION, "{}", format.name());
                let within = (1..=line.len() + 1).contains(&(reject.column as usize));
                assert!(within, "{}: column {} of {line:?}", format.name(), reject.column);
            }
        }
    }
}

#[test]
fn the_longest_lines_take_no_more_than_linear_time() {
    let context = ParseContext::default();
    let pieces: [&[u8]; 14] = [
        b"\"", b"\\", b"\\\"", b"{\"a\":", b"[", b" ", b"-", b"%", b"%2", b",", b"\\u", b"=;",
        b"\t", b"[\"",
    ];
    for format in FORMATS {
        let line = format.example().lines().last().unwrap().as_bytes();
        for piece in pieces {
            for at in [0, line.len() / 3, line.len() / 2, line.len()] {
                let filling = piece.repeat((DEFAULT_MAX_LINE_BYTES - line.len()) / piece.len());
                let bytes = [&line[..at], &filling, &line[at..]].concat();
                let started = Instant::now();
                let _ = format.parse(RawRecord { position: POSITION, bytes: &bytes }, &context);
                let took = started.elapsed();
                assert!(took < MOST, "{}: {took:?} for {piece:?} at {at}", format.name());
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn damaged_lines_are_parsed_or_rejected_at_their_place(
        seed in any::<prop::sample::Index>(),
        accidents in prop::collection::vec((any::<prop::sample::Index>(), 0_usize..7, any::<u8>()), 1..5),
    ) {
        let lines = golden_lines();
        let mut line = seed.get(&lines).clone();
        damage(&mut line, accidents);
        check_everywhere(&line);
    }

    #[test]
    fn damaged_files_are_read_or_refused(
        seed in any::<prop::sample::Index>(),
        is_parquet in any::<bool>(),
        accidents in prop::collection::vec((any::<prop::sample::Index>(), 0_usize..7, any::<u8>()), 1..5),
    ) {
        let mut files = golden_files();
        files.retain(|file| !is_parquet || file.starts_with(b"PAR1"));
        let mut file = seed.get(&files).clone();
        damage(&mut file, accidents);
        let folder = Folder::new();
        let started = Instant::now();
        match read_path(&folder.file("damaged", &file)) {
            Ok(outcome) => {
                let is_packed = file.starts_with(b"PAR1");
                let within = |offset: u64| is_packed || offset < file.len() as u64;
                prop_assert!(outcome.events.iter().all(|it| within(it.position.offset)));
                prop_assert!(outcome.rejects.iter().all(|it| within(it.1.position.offset)));
            }
            Err(error) => prop_assert!(error.kind.is_unusable_data(), "{}", error),
        }
        prop_assert!(started.elapsed() < MOST);
    }
}
