use std::path::PathBuf;

use clap::Args;
use train::bundle::Bundle;
use train::evaluation::importance;
use train::table::Table;

use super::Session;
use super::tables::Form;
use crate::exit::{Exit, Failure};
use crate::render::{importance_bars, own_importance_bars};

#[derive(Args, Debug)]
pub(crate) struct ImportanceArgs {
    /// A bundle that `train` wrote.
    #[arg(value_name = "BUNDLE")]
    bundle: PathBuf,

    /// A labelled table; rows that were not learned from tell more.
    #[arg(value_name = "TABLE")]
    table: PathBuf,

    /// The column that holds the label; default: the one the bundle learned from.
    #[arg(long, value_name = "COLUMN")]
    label: Option<String>,

    /// The classes to be found; default: the one not called normal, benign, 0 or false.
    #[arg(long, value_name = "CLASS", value_delimiter = ',')]
    positive: Vec<String>,

    /// How often each column is shuffled.
    #[arg(long, value_name = "NUMBER", default_value_t = 10)]
    repeats: usize,

    /// The seed of the shuffling.
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    seed: u64,

    /// In which form the outcome is written.
    #[arg(short, long, value_enum, default_value_t = Form::Human, value_name = "FORM")]
    output: Form,
}

/// Tells what each column is worth to a bundle.
pub(crate) fn run(args: &ImportanceArgs, session: &Session) -> Result<Exit, Failure> {
    let bundle = Bundle::load(&args.bundle)?;
    let table = Table::load(&args.table)?;
    let label = args.label.as_deref().unwrap_or(&bundle.manifest.label);
    let repeats = args.repeats.max(1);
    let found = importance(&bundle, &table, label, &args.positive, repeats, args.seed)
        .map_err(|error| error.about(args.table.display().to_string()))?;
    match args.output {
        Form::Human => {
            let shuffled = importance_bars(&found, session.style);
            let own = own_importance_bars(&found, session.style);
            super::print(format!("{shuffled}{own}").as_bytes())
        }
        Form::Json => {
            let document = serde_json::json!(found);
            super::print(format!("{document}\n").as_bytes())
        }
    }
}
