use std::io::Write as _;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use serde_json::{Value, json};
use train::bundle::Bundle;
use train::evaluation::{Predictions, contributions, predict};
use train::table::{Column, Table};

use super::Session;
use crate::exit::{Exit, Failure};
use crate::render::JsonLine;

#[derive(Args, Debug)]
pub(crate) struct PredictArgs {
    /// A bundle that `train` wrote.
    #[arg(value_name = "BUNDLE")]
    bundle: PathBuf,

    /// The rows: CSV, Parquet or JSON lines; .gz and .zst are decompressed, - is standard input.
    #[arg(value_name = "TABLE")]
    table: PathBuf,

    /// Write what each column adds to a row's score too; with `contribution_base` they sum to it.
    #[arg(long)]
    contributions: bool,

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
    let bundle = Bundle::load(&args.bundle)?;
    let table = Table::load(&args.table)?;
    let predictions =
        predict(&bundle, &table).map_err(|error| error.about(args.table.display().to_string()))?;
    if !session.quiet {
        for unseen in &predictions.unseen {
            // A note beside the result: if it cannot be written, the result still can.
            let said = crate::render::escape(&unseen.to_string());
            let _ = writeln!(std::io::stderr(), "apiwarden: {said}");
        }
    }
    let mut new = new_columns(&table, &predictions);
    if args.contributions {
        new.extend(contribution_columns(&bundle, &table)?);
    }
    let bytes = match args.output {
        RowForm::Csv => csv_rows(&table, &new)?,
        RowForm::Jsonl => json_rows(&table, &new),
    };
    super::print(&bytes)
}

/// A column that is added to the table.
struct NewColumn {
    name: String,
    cells: Vec<Value>,
}

impl NewColumn {
    /// Under another name where the table has this one already.
    fn new(table: &Table, name: String, cells: Vec<Value>) -> Self {
        let name = match table.column(&name) {
            Some(_) => format!("apiwarden_{name}"),
            None => name,
        };
        Self { name, cells }
    }

    /// A cell as a table holds it.
    fn text(&self, row: usize) -> String {
        match &self.cells[row] {
            Value::String(text) => text.clone(),
            number => number.to_string(),
        }
    }
}

fn new_columns(table: &Table, predictions: &Predictions) -> Vec<NewColumn> {
    let scores = predictions.scores.iter().map(|score| json!(score)).collect();
    let predicted = predictions.predicted.iter().map(|class| json!(class)).collect();
    vec![
        NewColumn::new(table, "score".to_owned(), scores),
        NewColumn::new(table, "predicted".to_owned(), predicted),
    ]
}

fn contribution_columns(bundle: &Bundle, table: &Table) -> Result<Vec<NewColumn>, Failure> {
    let found = contributions(bundle, table)?;
    let base = found.iter().map(|row| json!(row.base)).collect();
    let mut new = vec![NewColumn::new(table, "contribution_base".to_owned(), base)];
    for (at, name) in bundle.manifest.schema.names().into_iter().enumerate() {
        let cells = found.iter().map(|row| json!(row.parts[at])).collect();
        new.push(NewColumn::new(table, format!("contribution_{name}"), cells));
    }
    Ok(new)
}

fn csv_rows(table: &Table, new: &[NewColumn]) -> Result<Vec<u8>, Failure> {
    let broken = |error: csv::Error| Failure::new(Exit::Internal, error);
    let mut out = csv::Writer::from_writer(Vec::new());
    let names = table.columns().iter().map(|column| column.name_in_file());
    out.write_record(names.chain(new.iter().map(|it| it.name.as_str()))).map_err(broken)?;
    for row in 0..table.rows() {
        let cells = table.columns().iter().map(|column| column.cells.get(row));
        let new: Vec<String> = new.iter().map(|it| it.text(row)).collect();
        out.write_record(cells.chain(new.iter().map(String::as_str))).map_err(broken)?;
    }
    out.into_inner().map_err(|error| Failure::new(Exit::Internal, error))
}

fn json_rows(table: &Table, new: &[NewColumn]) -> Vec<u8> {
    let plain: Vec<bool> = table.columns().iter().map(is_json).collect();
    let mut out = Vec::new();
    for row in 0..table.rows() {
        let mut line = JsonLine::default();
        for (column, plain) in table.columns().iter().zip(&plain) {
            match column.cells.get(row) {
                "" => line.put(&column.name, "null"),
                cell if *plain => line.put(&column.name, cell),
                cell => line.text(&column.name, cell),
            }
        }
        new.iter().for_each(|it| line.put(&it.name, &it.cells[row].to_string()));
        out.extend_from_slice(line.finish().as_bytes());
    }
    out
}

/// Whether the cells of a column are JSON as they stand. Where one of them is not, as `007`, or where
/// the file says that they are texts, all are written as texts.
fn is_json(column: &Column) -> bool {
    let is_json = |cell: &str| {
        matches!(cell, "" | "true" | "false") || cell.parse::<serde_json::Number>().is_ok()
    };
    !column.texts && column.cells.iter().all(is_json)
}
