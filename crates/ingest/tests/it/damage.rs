//! Lines of every golden case, damaged: no format panics, gives a wrong place, or takes more than
//! linear time. `cargo xtask fuzz` does the same for as long as one likes.

use std::time::{Duration, Instant};

use domain::{Position, RawRecord, SourceId};
use ingest::{DEFAULT_MAX_LINE_BYTES, FORMATS, ParseContext};
use proptest::prelude::*;

const POSITION: Position = Position { source: SourceId(1), offset: 42 };

/// What a line of the greatest length may take. Quadratic time would be minutes.
const MOST: Duration = Duration::from_secs(2);

fn golden_lines() -> Vec<Vec<u8>> {
    let folder = testkit::workspace_root().join("golden/ingest");
    let cases = std::fs::read_dir(folder).unwrap().map(|case| case.unwrap().path());
    let logs = cases.filter_map(|case| std::fs::read(case.join("input.log")).ok());
    let mut lines: Vec<Vec<u8>> = logs
        .flat_map(|log| log.split(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect::<Vec<_>>())
        .filter(|line| !line.is_empty())
        .collect();
    lines.sort();
    lines
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
        cuts in prop::collection::vec((any::<prop::sample::Index>(), 0_usize..6, any::<u8>()), 1..5),
    ) {
        let lines = golden_lines();
        let mut line = seed.get(&lines).clone();
        for (at, kind, byte) in cuts {
            let at = at.index(line.len() + 1);
            match kind {
                0 => line.truncate(at),
                1 => line.insert(at, byte),
                2 => line.splice(at..at, line[..at].to_vec()).for_each(drop),
                3 => line.splice(at..at, *b"\\u").for_each(drop),
                4 => line.splice(at..at, *b"\":[{").for_each(drop),
                _ => drop(line.drain(at / 2..at)),
            }
        }
        check_everywhere(&line);
    }
}
