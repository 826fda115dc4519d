//! Feeds every format damaged lines until the time is over or one of them fails.

use std::fs;
use std::io::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use domain::{Position, RawRecord, SourceId};
use ingest::{DEFAULT_MAX_LINE_BYTES, FORMATS, Format, ParseContext, detect};

/// Seconds that it runs unless told otherwise.
pub(crate) const SECONDS: u64 = 60;

/// What one line may take, here without optimisation: quadratic time would be minutes.
const MOST: Duration = Duration::from_secs(5);

/// How many lines come before detection looks at one too: it tries everything within everything.
const DETECT_EVERY: u64 = 64;

/// Where a line that fails is kept.
const KEPT: &str = "target/fuzz";

const POSITION: Position = Position { source: SourceId(1), offset: 42 };

/// What formats look for: put in at places where they do not expect it.
const TOKENS: [&[u8]; 16] = [
    b"\"",
    b"\\",
    b"\\\"",
    b"\\u",
    b"\\ud83d",
    b"{",
    b"}",
    b"[",
    b"]",
    b":",
    b"\t",
    b"%",
    b"\x00",
    b"\xff",
    b"9999999999999999999",
    b"-",
];

/// Runs for so many seconds. The lines come in the same order each time: a faster machine sees more.
pub(crate) fn run(seconds: u64) -> Result<()> {
    let seeds = seeds()?;
    let mut chance = Chance(0x9e37_79b9_7f4a_7c15);
    let started = Instant::now();
    let mut lines = 0_u64;
    while started.elapsed().as_secs() < seconds {
        let line = damaged(&seeds, &mut chance);
        for format in FORMATS {
            if let Err(what) = check(*format, &line) {
                let kept = keep(&line, lines)?;
                bail!("{}: {what}: the line is kept in {}", format.name(), kept.display());
            }
        }
        if lines.is_multiple_of(DETECT_EVERY) {
            let context = ParseContext::default();
            let seen = catch_unwind(AssertUnwindSafe(|| detect::detect([&line[..]], &context)));
            if seen.is_err() {
                bail!("detection panicked: the line is kept in {}", keep(&line, lines)?.display());
            }
        }
        lines += 1;
    }
    let told = format!("{lines} lines, {} formats, no failure\n", FORMATS.len());
    std::io::stdout().write_all(told.as_bytes()).context("standard output")
}

/// The lines of the golden cases, and the example of every format.
fn seeds() -> Result<Vec<Vec<u8>>> {
    let mut seeds: Vec<Vec<u8>> =
        FORMATS.iter().flat_map(|format| format.example().lines().map(Vec::from)).collect();
    let folder = testkit::workspace_root().join("golden/ingest");
    for case in fs::read_dir(&folder).with_context(|| folder.display().to_string())? {
        let Ok(log) = fs::read(case?.path().join("input.log")) else { continue };
        seeds.extend(log.split(|byte| *byte == b'\n').map(<[u8]>::to_vec));
    }
    seeds.retain(|seed| !seed.is_empty());
    // The order of a folder is the file system's.
    seeds.sort();
    Ok(seeds)
}

/// A seed after one to eight accidents.
fn damaged(seeds: &[Vec<u8>], chance: &mut Chance) -> Vec<u8> {
    let mut line = seeds[chance.below(seeds.len())].clone();
    for _ in 0..=chance.below(8) {
        let at = chance.below(line.len() + 1);
        let to = at + chance.below(line.len() + 1 - at);
        match chance.below(7) {
            0 => line.truncate(at),
            1 => drop(line.drain(at..to)),
            2 => line.insert(at, chance.next() as u8),
            3 => line.splice(at..at, TOKENS[chance.below(TOKENS.len())].to_vec()).for_each(drop),
            4 => {
                let token = TOKENS[chance.below(TOKENS.len())].repeat(chance.below(2_000));
                line.splice(at..at, token).for_each(drop);
            }
            5 => line.splice(at..at, line[at..to].to_vec()).for_each(drop),
            _ => {
                let other = &seeds[chance.below(seeds.len())];
                line.truncate(at);
                line.extend_from_slice(&other[chance.below(other.len())..]);
            }
        }
    }
    line.truncate(DEFAULT_MAX_LINE_BYTES);
    line
}

/// What a format does wrong with a line, if anything.
fn check(format: &dyn Format, line: &[u8]) -> Result<(), String> {
    let context = ParseContext::default();
    let started = Instant::now();
    let record = RawRecord { position: POSITION, bytes: line };
    let parsed = catch_unwind(AssertUnwindSafe(|| {
        let parsed = format.parse(record, &context);
        parsed.map(|request| request.position).map_err(|reject| (reject.position, reject.column))
    }));
    if started.elapsed() > MOST {
        return Err(format!("took {:?}", started.elapsed()));
    }
    match parsed {
        Err(_) => Err("panicked".to_owned()),
        Ok(Ok(POSITION)) => Ok(()),
        Ok(Err((POSITION, column))) if (1..=line.len() + 1).contains(&(column as usize)) => Ok(()),
        Ok(told) => Err(format!("told {told:?} of {} bytes", line.len())),
    }
}

fn keep(line: &[u8], number: u64) -> Result<PathBuf> {
    let folder = testkit::workspace_root().join(KEPT);
    fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
    let file = folder.join(format!("line-{number}"));
    fs::write(&file, line).with_context(|| file.display().to_string())?;
    Ok(file)
}

/// Chance from a seed (xorshift64*).
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 8
    }

    /// A number below `end`, which is at least 1.
    fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }
}
