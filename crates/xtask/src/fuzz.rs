//! Feeds every format damaged lines, and the program damaged files, until the time is over or one of them
//! fails.

use std::fs;
use std::io::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use domain::{Position, RawRecord, Reject, Request, SourceId};
use ingest::{
    DEFAULT_MAX_LINE_BYTES, FORMATS, Format, ParseContext, ReadOptions, RequestListener, detect,
};

/// Seconds that it runs unless told otherwise.
pub(crate) const SECONDS: u64 = 60;

/// What one line may take, here without optimisation: quadratic time would be minutes.
const MOST: Duration = Duration::from_secs(5);

/// How many lines come before detection looks at one too: it tries everything within everything.
const DETECT_EVERY: u64 = 64;

/// How many lines come before a damaged file is read: documents of JSON, Parquet, tables, whole logs.
const FILE_EVERY: u64 = 8;

/// Longest file that is made.
const MAX_FILE_BYTES: usize = 1024 * 1024;

/// Where a line or a file that fails is kept.
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

/// Runs for so many seconds. Lines and files come in the same order each time: a faster machine sees
/// more.
pub(crate) fn run(seconds: u64) -> Result<()> {
    // What a damaged Parquet file makes its reader do is caught and told: nobody needs its trace.
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        if !ingest::sources::is_panic_guarded() {
            hook(info);
        }
    }));
    let files = files()?;
    let seeds = lines_of(&files);
    let folder = tempfile::tempdir().context("the system's folder for temporary files")?;
    let at = folder.path().join("damaged");
    let mut chance = Chance(0x9e37_79b9_7f4a_7c15);
    let started = Instant::now();
    let (mut lines, mut read) = (0_u64, 0_u64);
    while started.elapsed().as_secs() < seconds {
        let line = damaged(&seeds, DEFAULT_MAX_LINE_BYTES, &mut chance);
        try_line(&line, lines)?;
        if lines.is_multiple_of(FILE_EVERY) {
            let file = damaged(&files, MAX_FILE_BYTES, &mut chance);
            if let Err(what) = check_file(&file, &at) {
                bail!("{what}: the file is kept in {}", keep(&file, "file", lines)?.display());
            }
            read += 1;
        }
        lines += 1;
    }
    let formats = FORMATS.len();
    let told = format!("{lines} lines, {formats} formats, {read} files, no failure{}\n", peak());
    std::io::stdout().write_all(told.as_bytes()).context("standard output")
}

fn try_line(line: &[u8], number: u64) -> Result<()> {
    for format in FORMATS {
        if let Err(what) = check(*format, line) {
            let kept = keep(line, "line", number)?;
            bail!("{}: {what}: the line is kept in {}", format.name(), kept.display());
        }
    }
    if number.is_multiple_of(DETECT_EVERY) {
        let context = ParseContext::default();
        let seen = catch_unwind(AssertUnwindSafe(|| detect::detect([line], &context)));
        if seen.is_err() {
            let kept = keep(line, "line", number)?;
            bail!("detection panicked: the line is kept in {}", kept.display());
        }
    }
    Ok(())
}

/// The files of the golden cases.
fn files() -> Result<Vec<Vec<u8>>> {
    let folder = testkit::workspace_root().join("golden/ingest");
    let mut files = Vec::new();
    for case in fs::read_dir(&folder).with_context(|| folder.display().to_string())? {
        files.extend(fs::read(case?.path().join("input.log")));
    }
    // The order of a folder is the file system's.
    files.sort();
    Ok(files)
}

/// The lines of these files, and the example of every format.
fn lines_of(files: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let examples = FORMATS.iter().flat_map(|format| format.example().lines().map(Vec::from));
    let lines = files.iter().flat_map(|file| file.split(|byte| *byte == b'\n').map(<[u8]>::to_vec));
    let mut seeds: Vec<Vec<u8>> = examples.chain(lines).filter(|line| !line.is_empty()).collect();
    seeds.sort();
    seeds
}

/// A seed after one to eight accidents.
fn damaged(seeds: &[Vec<u8>], max_bytes: usize, chance: &mut Chance) -> Vec<u8> {
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
    line.truncate(max_bytes);
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

/// What is read of a file: places beyond its end are counted.
struct Places {
    file_bytes: u64,
    beyond: u64,
}

impl RequestListener for Places {
    fn request(&mut self, _: &str, request: &Request<'_>) {
        self.beyond += u64::from(request.position.offset >= self.file_bytes);
    }

    fn reject(&mut self, _: &str, reject: &Reject, line: &[u8]) {
        let is_within = (1..=line.len() + 1).contains(&(reject.column as usize));
        self.beyond += u64::from(reject.position.offset >= self.file_bytes || !is_within);
    }
}

/// What reading a file does wrong, if anything.
fn check_file(file: &[u8], at: &Path) -> Result<(), String> {
    fs::write(at, file).map_err(|error| error.to_string())?;
    // Rows of Parquet are longer than what they are packed in.
    let file_bytes = if file.starts_with(b"PAR1") { u64::MAX } else { file.len() as u64 };
    let mut places = Places { file_bytes, beyond: 0 };
    let started = Instant::now();
    let inputs = [at.display().to_string()];
    let read = catch_unwind(AssertUnwindSafe(|| {
        ingest::read_requests(&inputs, &ReadOptions::default(), &mut places)
    }));
    if started.elapsed() > MOST {
        return Err(format!("took {:?}", started.elapsed()));
    }
    match read {
        Err(_) => Err("panicked".to_owned()),
        Ok(_) if places.beyond > 0 => Err(format!("{} places outside of it", places.beyond)),
        Ok(Err(error)) if !error.kind.is_unusable_data() => Err(error.to_string()),
        Ok(_) => Ok(()),
    }
}

/// The most memory that was taken, where the system tells it.
fn peak() -> String {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.map_or(String::new(), |peak| format!(", at most {} of memory", peak.trim()))
}

fn keep(line: &[u8], kind: &str, number: u64) -> Result<PathBuf> {
    let folder = testkit::workspace_root().join(KEPT);
    fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
    let file = folder.join(format!("{kind}-{number}"));
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
