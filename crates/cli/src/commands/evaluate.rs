use std::fmt::Write as _;
use std::path::PathBuf;

use clap::Args;
use serde_json::json;
use train::bundle::Bundle;
use train::evaluation::{ClassOutcome, Evaluation, evaluate};
use train::table::Table;

use super::Session;
use super::tables::Form;
use crate::exit::{Exit, Failure};
use crate::render::{Style, class_tables, count, findings, judgement_table};

#[derive(Args, Debug)]
pub(crate) struct EvaluateArgs {
    /// A bundle that `train` wrote.
    #[arg(value_name = "BUNDLE")]
    bundle: PathBuf,

    /// A labelled table.
    #[arg(value_name = "TABLE")]
    table: PathBuf,

    /// The column that holds the label.
    #[arg(long, value_name = "COLUMN")]
    label: String,

    /// The classes to be found; default: the one not called normal, benign, 0 or false.
    #[arg(long, value_name = "CLASS", value_delimiter = ',')]
    positive: Vec<String>,

    /// In which form the outcome is written.
    #[arg(short, long, value_enum, default_value_t = Form::Human, value_name = "FORM")]
    output: Form,
}

/// Holds a bundle against another table.
pub(crate) fn run(args: &EvaluateArgs, session: &Session) -> Result<Exit, Failure> {
    let bundle = Bundle::load(&args.bundle)?;
    let table = Table::load(&args.table)?;
    let found = evaluate(&bundle, &table, &args.label, &args.positive)
        .map_err(|error| error.about(args.table.display().to_string()))?;
    match args.output {
        Form::Human => super::print(describe(&bundle, &found, session.style).as_bytes()),
        Form::Json => {
            let document = json!({ "evaluation": found, "findings": found.findings() });
            super::print(format!("{document}\n").as_bytes())
        }
    }
}

fn describe(bundle: &Bundle, found: &Evaluation, style: Style) -> String {
    let mut text = findings(&found.findings(), style);
    if !text.is_empty() {
        text.push('\n');
    }
    text.push_str(&judgement_table(&found.judgement, style));
    if found.classes.len() > 1 {
        text.push('\n');
        let head = format!("{:<24}{:>10}{:>10}{:>10}", "class", "rows", "found", "AUC");
        put(&mut text, &style.dim(&head));
        for ClassOutcome { class, rows, found, auc } in &found.classes {
            let rows = count(*rows as u64);
            put(&mut text, &format!("{class:<24}{rows:>10}{:>8.1} %{auc:>10.4}", 100.0 * found));
        }
        put(&mut text, &style.dim("each class against the ordinary rows alone"));
    }
    let classes = class_tables(&found.judgement, &bundle.manifest.classes, style);
    if !classes.is_empty() {
        text.push('\n');
        text.push_str(&classes);
    }
    text
}

fn put(text: &mut String, line: &str) {
    writeln!(text, "{line}").expect("a string takes everything");
}
