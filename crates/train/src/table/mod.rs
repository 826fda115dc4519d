//! Tables as people have them: CSV, Parquet or JSON lines, compressed or not, to columns whose
//! cells keep the text they had, so that a prediction can give the rows back as they were.

mod csv;
mod infer;
mod json_lines;
mod parquet;
mod source;

use std::path::Path;

use crate::error::{Error, data};

pub(crate) use infer::{Asker, is_missing, read_numbers};
pub use infer::{Kind, LeftOut, Typed, infer};
pub use source::Format;
pub(crate) use source::read_bytes;

/// Most columns a table may have.
pub const MAX_COLUMNS: usize = 4096;

/// A table: columns of equal length.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Table {
    columns: Vec<Column>,
    rows: usize,
    digest: [u8; 32],
}

/// A column as it stood in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name, as the file has it; `(unnamed N)` where the file has none.
    pub name: String,
    /// Its cells.
    pub cells: Cells,
    /// Whether the file says that they are texts, even where they look like numbers; CSV says nothing.
    pub texts: bool,
}

/// Texts, one after the other; an empty text is a missing value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cells {
    text: String,
    ends: Vec<usize>,
}

impl Column {
    /// A column without a cell yet.
    fn empty(name: String) -> Self {
        Self { name, cells: Cells::default(), texts: false }
    }

    /// Its name as the file had it: empty where it had none.
    pub fn name_in_file(&self) -> &str {
        if self.name.starts_with("(unnamed ") { "" } else { &self.name }
    }
}

impl Cells {
    /// Adds a cell.
    pub fn push(&mut self, cell: &str) {
        self.text.push_str(cell);
        self.ends.push(self.text.len());
    }

    /// The cell of a row.
    pub fn get(&self, row: usize) -> &str {
        let start = if row == 0 { 0 } else { self.ends[row - 1] };
        &self.text[start..self.ends[row]]
    }

    /// All cells, first row first.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        (0..self.ends.len()).map(|row| self.get(row))
    }

    /// How many cells there are.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }
}

impl Table {
    /// Reads a table; its format is told by its first bytes and its name.
    pub fn load(path: &Path) -> Result<Self, Error> {
        let said = path.display().to_string();
        source::read(path)
            .and_then(|(format, bytes)| Self::parse(format, bytes))
            .map_err(|error| error.about(said))
    }

    /// Reads a table from the (decompressed) bytes of a file.
    pub fn parse(format: Format, bytes: Vec<u8>) -> Result<Self, Error> {
        let digest = *blake3::hash(&bytes).as_bytes();
        let columns = match format {
            Format::Csv => csv::read(&bytes)?,
            Format::JsonLines => json_lines::read(&bytes)?,
            Format::Parquet => parquet::read(bytes)?,
        };
        let mut table = Self::from_columns(columns)?;
        table.digest = digest;
        Ok(table)
    }

    /// A table of these columns, which must have names of their own, equal lengths and a row.
    pub fn from_columns(columns: Vec<Column>) -> Result<Self, Error> {
        let Some(first) = columns.first() else {
            return Err(data("empty table: it has no columns"));
        };
        let rows = first.cells.len();
        if rows == 0 {
            return Err(data(format!("empty table: {} columns and no row", columns.len())));
        }
        check_names(columns.iter().map(|column| column.name.as_str()))?;
        debug_assert!(columns.iter().all(|column| column.cells.len() == rows));
        Ok(Self { columns, rows, digest: [0; 32] })
    }

    /// The columns, in the order of the file.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// How many rows it has, never 0.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// BLAKE3 of the decompressed bytes it was read from.
    pub fn digest(&self) -> [u8; 32] {
        self.digest
    }

    /// The column that goes by a name: exactly, or by its canonical name.
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name).or_else(|| {
            let wanted = canonical_name(name);
            self.columns.iter().find(|column| canonical_name(&column.name) == wanted)
        })
    }

    /// Like [`Table::column`], or an error that lists what there is.
    pub fn require(&self, name: &str, role: &str) -> Result<&Column, Error> {
        self.column(name).ok_or_else(|| {
            let names: Vec<_> = self.columns.iter().map(|column| column.name.as_str()).collect();
            data(format!("missing {role} column {name:?}: the table has {}", names.join(", ")))
        })
    }
}

/// One name for the same thing: the public table's names and the feature schema's come together.
/// A unit in parentheses becomes a suffix, a bare count loses it: `sequence_length(count)` and
/// `sequence_length` are one, `vsession_duration(min)` and `vsession_duration_min` too.
pub fn canonical_name(name: &str) -> String {
    let name = name.trim().to_ascii_lowercase().replace([' ', '-'], "_");
    match name.strip_suffix(')').and_then(|name| name.split_once('(')) {
        Some((stem, "count")) => stem.trim_end_matches('_').to_owned(),
        Some((stem, unit)) => format!("{}_{unit}", stem.trim_end_matches('_')),
        None => name,
    }
}

/// Refuses names that come twice, and more columns than anyone can mean.
fn check_names<'a>(names: impl Iterator<Item = &'a str>) -> Result<(), Error> {
    let mut seen = std::collections::BTreeMap::new();
    for (index, name) in names.enumerate() {
        if index >= MAX_COLUMNS {
            return Err(data(format!(
                "more than {MAX_COLUMNS} columns: at most that many are read"
            )));
        }
        if let Some(first) = seen.insert(canonical_name(name), index) {
            return Err(data(format!(
                "duplicate column {name:?}: columns {} and {} bear that name; rename one",
                first + 1,
                index + 1
            )));
        }
    }
    Ok(())
}

/// The name of a column that has none, by its place.
fn name_or_place(name: &str, index: usize) -> String {
    match name.trim() {
        "" => format!("(unnamed {})", index + 1),
        name => name.to_owned(),
    }
}
