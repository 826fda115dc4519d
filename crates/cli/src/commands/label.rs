use std::path::PathBuf;

use clap::Args;
use train::site::{AlertVerdicts, Said};

use super::{Session, print};
use crate::exit::{Exit, Failure};
use crate::render::counted;

/// Where verdicts are kept and where `train` looks for them.
pub(crate) const VERDICTS: &str = "apiwarden.labels.csv";

#[derive(Args, Debug)]
pub(crate) struct LabelArgs {
    /// The id of an alert, as detect shows it.
    #[arg(value_name = "ALERT-ID")]
    alert: String,

    /// What it was: benign, attack (what the alert says), or the name of a threat.
    #[arg(value_name = "VERDICT")]
    said: Said,

    /// Why, in your words.
    #[arg(long, value_name = "TEXT", default_value = "")]
    note: String,

    /// The file in which verdicts are kept.
    #[arg(long, value_name = "FILE", default_value = VERDICTS)]
    file: PathBuf,
}

/// Keeps what somebody says of an alert, for the next training.
pub(crate) fn run(args: &LabelArgs, session: &Session) -> Result<Exit, Failure> {
    let mut verdicts = AlertVerdicts::load(&args.file)?;
    let before = verdicts.of(&args.alert).map(|verdict| verdict.said);
    verdicts.set(&args.alert, args.said, &args.note)?;
    verdicts.save(&args.file)?;
    if session.quiet {
        return Ok(Exit::Done);
    }
    let instead = before.filter(|before| *before != args.said);
    let instead = instead.map_or(String::new(), |before| format!(", no longer {before}"));
    let told = format!(
        "{} is {}{instead}; {} in {}\n",
        args.alert,
        args.said,
        counted(verdicts.len() as u64, "verdict"),
        args.file.display(),
    );
    print(told.as_bytes())
}
