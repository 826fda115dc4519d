use std::io::Write as _;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use serde_json::{Map, Value, json};
use train::bundle::Bundle;
use train::evaluation::{Predictions, predict};
use train::table::Table;

use super::Session;
use super::tables::failure;
use crate::exit::{Exit, Failure};

#[derive(Args, Debug)]
pub(crate) struct PredictArgs {
    /// A bundle that `train` wrote.
    #[arg(value_name = "BUNDLE")]
    bundle: PathBuf,

    /// The rows: CSV, Parquet or JSON lines; .gz and .zst are decompressed, - is standard input.
    #[arg(value_name = "TABLE")]
    table: PathBuf,

    /// In which form the rows are written.
    #[arg(short, long, value_enum, default_value_t = RowForm::Csv, value_name = "FORM")]
    output: RowForm,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum RowForm {
    /// A table.
    Csv,
    /// One JSON object a line.
    Jsonl,
}

/// Writes the rows with two more columns: their score and what they are taken for.
pub(crate) fn run(args: &PredictArgs, session: &Session) -> Result<Exit, Failure> {
    let bundle = Bundle::load(&args.bundle).map_err(failure)?;
    let table = Table::load(&args.table).map_err(failure)?;
    let predictions = predict(&bundle, &table)
        .map_err(|error| failure(error.about(args.table.display().to_string())))?;
    if !session.quiet {
        for unseen in &predictions.unseen {
            // A note beside the result: if it cannot be written, the result still can.
            let said = crate::render::escape(&unseen.to_string());
            let _ = writeln!(std::io::stderr(), "apiwarden: {said}");
        }
    }
    let bytes = match args.output {
        RowForm::Csv => csv_rows(&table, &predictions)?,
        RowForm::Jsonl => json_rows(&table, &predictions),
    };
    super::print(&bytes)
}

/// The names of the two columns, other ones where the table has them already.
fn new_names(table: &Table) -> [String; 2] {
    ["score", "predicted"].map(|name| match table.column(name) {
        Some(_) => format!("apiwarden_{name}"),
        None => name.to_owned(),
    })
}

fn csv_rows(table: &Table, predictions: &Predictions) -> Result<Vec<u8>, Failure> {
    let broken = |error: csv::Error| Failure::new(Exit::Internal, error);
    let mut out = csv::Writer::from_writer(Vec::new());
    let names = table.columns().iter().map(|column| column.name_in_file());
    let new = new_names(table);
    out.write_record(names.chain(new.iter().map(String::as_str))).map_err(broken)?;
    for row in 0..table.rows() {
        let cells = table.columns().iter().map(|column| column.cells.get(row));
        let score = predictions.scores[row].to_string();
        let new = [score.as_str(), predictions.predicted[row].as_str()];
        out.write_record(cells.chain(new)).map_err(broken)?;
    }
    out.into_inner().map_err(|error| Failure::new(Exit::Internal, error))
}

fn json_rows(table: &Table, predictions: &Predictions) -> Vec<u8> {
    let mut out = Vec::new();
    let [score_name, predicted_name] = new_names(table);
    for row in 0..table.rows() {
        let cell = |column: &train::table::Column| {
            let text = column.cells.get(row);
            let value = match text.parse::<serde_json::Number>() {
                Ok(number) => Value::Number(number),
                Err(_) if text.is_empty() => Value::Null,
                Err(_) => Value::from(text),
            };
            (column.name.clone(), value)
        };
        let mut object: Map<String, Value> = table.columns().iter().map(cell).collect();
        object.insert(score_name.clone(), json!(predictions.scores[row]));
        object.insert(predicted_name.clone(), json!(predictions.predicted[row]));
        out.extend_from_slice(Value::Object(object).to_string().as_bytes());
        out.push(b'\n');
    }
    out
}
