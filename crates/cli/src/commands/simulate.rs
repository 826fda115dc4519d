use std::fmt::Write as _;
use std::fs;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use clap::{ArgGroup, Args};
use simulate::{LineFormat, SCENARIOS, Scenario, Traffic, write_request_truth, write_truth};

use super::{Session, print};
use crate::exit::{Exit, Failure};
use crate::render::{count, counted};

#[derive(Args, Debug)]
#[command(group(ArgGroup::new("what").required(true).args(["scenario", "list"])))]
pub(crate) struct SimulateArgs {
    /// A scenario that comes with the program, or a TOML file.
    #[arg(value_name = "SCENARIO")]
    scenario: Option<String>,

    /// List the scenarios that come with the program.
    #[arg(long)]
    list: bool,

    /// How lines are written: json, combined or common.
    #[arg(short, long, default_value = "json", value_name = "FORMAT")]
    output: LineFormat,

    /// Governs every random choice.
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    seed: u64,

    /// Write access.log, truth.csv and request_truth.csv to this folder, instead of the log to
    /// standard output.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

/// Plays a scenario and writes its log, with the truth where a folder is given.
pub(crate) fn run(args: &SimulateArgs, session: &Session) -> Result<Exit, Failure> {
    let Some(name) = &args.scenario else { return print(listed().as_bytes()) };
    let traffic = Traffic::of(&scenario(name)?, args.seed);
    if traffic.left_out > 0 && !session.quiet {
        let said = counted(traffic.left_out as u64, "call");
        // A note beside the result: if it cannot be written, the result still can.
        let _ = writeln!(std::io::stderr(), "apiwarden: {said} beyond the bound were left out");
    }
    match &args.out {
        None => {
            let mut out = BufWriter::new(std::io::stdout().lock());
            traffic.calls.iter().try_for_each(|call| args.output.write(call, &mut out))?;
            out.flush()?;
            Ok(Exit::Done)
        }
        Some(folder) => {
            write_folder(&traffic, args.output, folder)?;
            if session.quiet { Ok(Exit::Done) } else { print(told(&traffic, folder).as_bytes()) }
        }
    }
}

fn scenario(name: &str) -> Result<Scenario, Failure> {
    let own = SCENARIOS.iter().find(|(known, _)| *known == name);
    let text = match own {
        Some((_, text)) => (*text).to_owned(),
        None => fs::read_to_string(name).map_err(|error| {
            let known: Vec<&str> = SCENARIOS.iter().map(|(name, _)| *name).collect();
            let rule = format!("{name}: {error}: must be a file or one of {}", known.join(", "));
            Failure::new(Exit::NoInput, rule)
        })?,
    };
    Scenario::from_toml(&text).map_err(|error| Failure::new(Exit::Data, format!("{name}: {error}")))
}

fn listed() -> String {
    let mut text = String::new();
    for (name, scenario) in SCENARIOS {
        let title = Scenario::from_toml(scenario).map(|it| it.title).unwrap_or_default();
        let _ = writeln!(text, "{name:<10} {title}");
    }
    text
}

fn write_folder(traffic: &Traffic, format: LineFormat, folder: &Path) -> Result<(), Failure> {
    let fail = |path: &Path, error: std::io::Error| {
        Failure::new(Exit::Io, format!("{}: {error}", path.display()))
    };
    fs::create_dir_all(folder).map_err(|error| fail(folder, error))?;
    let write = |name: &str, fill: &dyn Fn(&mut BufWriter<fs::File>) -> std::io::Result<()>| {
        let path = folder.join(name);
        let filled = fs::File::create(&path).and_then(|file| {
            let mut out = BufWriter::new(file);
            fill(&mut out)?;
            out.flush()
        });
        filled.map_err(|error| fail(&path, error))
    };
    write("access.log", &|out| traffic.calls.iter().try_for_each(|call| format.write(call, out)))?;
    write("truth.csv", &|out| write_truth(traffic, out))?;
    write("request_truth.csv", &|out| write_request_truth(traffic, out))
}

fn told(traffic: &Traffic, folder: &Path) -> String {
    let campaigns = traffic.campaigns();
    let mut text = format!(
        "{} in {}\n",
        counted(traffic.calls.len() as u64, "call"),
        folder.join("access.log").display()
    );
    for it in &campaigns {
        let _ = writeln!(
            text,
            "  {:<4} {:<22} {:>7} calls by {}, from {}",
            it.name,
            it.threat.name(),
            count(it.calls as u64),
            counted(it.clients.len() as u64, "client"),
            it.first,
        );
    }
    let _ =
        writeln!(text, "apiwarden backtest {0}/access.log --truth {0}/truth.csv", folder.display());
    text
}
