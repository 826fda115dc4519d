//! The project's own chores: `cargo xtask CHORE`. `run` is the table of contents.

mod bench;
mod docs;
mod field;
mod figures;
mod fuzz;
mod learn;
mod program;

use std::io::Write;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};

const USAGE: &str = "\
usage: cargo xtask CHORE

  bench [ROUNDS]    measure speed beside other programs, and the memory of a client;
                    keeps the figures in benches/runs
  bench formats     measure how fast each format is parsed
  docs [--check]    write the generated pages of docs/reference and the list of known
                    crawlers, or say which are stale
  field [--write]   judge the field recordings and ordinary traffic; --write keeps the
                    figures in docs/reference/quality.md
  fuzz [SECONDS]    feed every format damaged lines, and the reader damaged documents, tables and
                    Parquet files, 60 s unless told otherwise; what fails is kept in target/fuzz
  learn [--write]   train on one part of the time and judge the rest, with and without what
                    was learned; --write keeps the figures in docs/reference/learning.md
";

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Nothing is left to do when even this cannot be written.
            let _ = writeln!(std::io::stderr(), "xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["bench"] => bench::run(bench::ROUNDS),
        ["bench", "formats"] => bench::formats(),
        ["bench", rounds] => bench::run(rounds.parse().context("the number of rounds")?),
        ["docs"] => docs::write(),
        ["docs", "--check"] => docs::check(),
        ["field"] => field::print(),
        ["field", "--write"] => field::write(),
        ["fuzz"] => fuzz::run(fuzz::SECONDS),
        ["fuzz", seconds] => fuzz::run(seconds.parse().context("the number of seconds")?),
        ["learn"] => learn::print(),
        ["learn", "--write"] => learn::write(),
        _ => bail!("{USAGE}"),
    }
}
