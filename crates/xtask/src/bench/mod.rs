//! What `detect` costs beside other programs that read the same log, and what a client costs.

mod clients;
mod formats;
pub(crate) mod logs;
pub(crate) mod measure;

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::program::{self, output_of};
use measure::{Command, Cost, spread};

/// Rounds of a benchmark unless told otherwise.
pub(crate) const ROUNDS: usize = 5;

/// Where the figures are kept.
const SPEED_PAGE: &str = "benches/runs/detect.md";
const CLIENTS_PAGE: &str = "benches/runs/clients.md";

/// How often the log of the speed benchmark repeats the real one.
const REPEATS: u32 = 200;

/// Measures speed, then memory, and keeps both.
pub(crate) fn run(rounds: usize) -> Result<()> {
    if rounds == 0 {
        bail!("invalid number of rounds 0: must be at least 1");
    }
    let Some(real) = testkit::data_file("logs/semicomplete_2015-05_apache.log.gz") else {
        bail!("the log that is repeated is needed");
    };
    let real = logs::RealLog::read(&real)?;
    let program = program::build("release")?;
    let folder = tempfile::tempdir().context("the system's folder for temporary files")?;
    keep(SPEED_PAGE, &speed(&real, &program, folder.path(), rounds)?)?;
    keep(CLIENTS_PAGE, &clients::measure(&real, &program, folder.path())?)
}

/// Measures how fast each format is parsed, and keeps it.
pub(crate) fn formats() -> Result<()> {
    keep(formats::PAGE, &formats::measure()?)
}

fn keep(page: &str, text: &str) -> Result<()> {
    std::io::stdout().write_all(text.as_bytes()).context("standard output")?;
    let page = testkit::workspace_root().join(page);
    fs::write(&page, text).with_context(|| page.display().to_string())
}

/// Runs all programs in turn, round after round, so that a busy machine is unfair to none.
fn speed(real: &logs::RealLog, program: &Path, folder: &Path, rounds: usize) -> Result<String> {
    let log = folder.join("access.log");
    let lines = real.write_repeated(REPEATS, &log)?;
    let bytes = fs::metadata(&log)?.len();
    let commands = commands(program, &log, folder)?;
    let mut costs: Vec<Vec<Cost>> = vec![Vec::new(); commands.len()];
    for _ in 0..rounds {
        for (command, costs) in commands.iter().zip(&mut costs) {
            costs.push(command.run(folder)?);
        }
    }
    let mut text = format!(
        "# The whole of `detect`, parse to alerts\n\n{} million lines, {} MB: the \
         semicomplete log {REPEATS} times, with shifted times and addresses. {}. Rounds, \
         interleaved: {rounds}; medians, and the spread of the CPU seconds. How it is \
         measured: [benches/README.md](../README.md).\n\n\
         | program | CPU s (user + system) | wall s | peak MiB | CPU, as a multiple of detect's |\n\
         |---|---|---|---|---|\n",
        lines as f64 / 1e6,
        bytes / 1_000_000,
        machine()?
    );
    let of_detect = spread(&costs[0], Cost::cpu_secs).median;
    for (command, costs) in commands.iter().zip(&costs) {
        let cpu = spread(costs, Cost::cpu_secs);
        let wall = spread(costs, |cost| cost.wall_secs).median;
        let peak = spread(costs, |cost| cost.peak_kib / 1_024.0).median;
        let _ = writeln!(
            text,
            "| {} | {:.2} ({:.2} – {:.2}) | {wall:.2} | {peak:.0} | {:.2} |",
            command.shown,
            cpu.median,
            cpu.least,
            cpu.most,
            cpu.median / of_detect
        );
    }
    Ok(text)
}

/// `detect` first, then the peers that are there.
fn commands(program: &Path, log: &Path, folder: &Path) -> Result<Vec<Command>> {
    let log = log.to_str().context("the folder for temporary files is UTF-8")?;
    let goaccess_out = folder.join("goaccess.json");
    let goaccess_out = goaccess_out.to_str().context("the folder for temporary files is UTF-8")?;
    let detect = ["detect", "--quiet", "--output", "jsonl", log];
    let mut commands = vec![Command::new("`apiwarden detect -o jsonl`", program, &detect)];
    let goaccess = Path::new("goaccess");
    if let Ok(version) = output_of(goaccess, &["--version"]) {
        let version = version.lines().next().unwrap_or_default().trim_end_matches('.');
        let version = version.replace(" - ", " ");
        let shown = format!("{version}, `--log-format=COMBINED -o out.json`");
        let arguments = [log, "--log-format=COMBINED", "--no-progress", "-o", goaccess_out];
        commands.push(Command::new(&shown, goaccess, &arguments));
    }
    let awk = ["{c[$1]++} END{print length(c)}", log];
    commands.push(Command::new("`awk '{c[$1]++} END{print length(c)}'`", Path::new("awk"), &awk));
    commands.push(Command::new("`wc -l`", Path::new("wc"), &["-l", log]));
    Ok(commands)
}

/// What the figures were measured on. No date and no name: the revision says when.
pub(crate) fn machine() -> Result<String> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let rustc = output_of(Path::new("rustc"), &["--version"])?;
    let version = rustc.split_whitespace().nth(1).unwrap_or("unknown").to_owned();
    let revision = output_of(Path::new("git"), &["rev-parse", "--short", "HEAD"])?;
    let cpu = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let cpu = cpu.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let cpu = cpu.map_or("an unknown processor", |(_, name)| name);
    Ok(format!("{cores} cores of {cpu}, rustc {version}, revision `{}`", revision.trim()))
}
