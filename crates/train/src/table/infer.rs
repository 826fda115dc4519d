use std::collections::BTreeMap;
use std::collections::BTreeSet;

use super::{Column, Table, canonical_name};
use crate::error::{Error, data};
use crate::thousands::count;

/// Most levels a categorical column may have; a column with more holds free text.
pub(crate) const MAX_LEVELS: usize = 256;
/// The share of distinct values from which a text is an identifier.
const ID_DISTINCT_SHARE: f64 = 0.8;
/// The share of numbers from which a cell that is none is a fault and not a category.
const NUMERIC_SHARE: f64 = 0.9;
/// Fewest rows that show an identifier or a row counter.
const MIN_ROWS_FOR_ID: usize = 20;

/// A column that a model can use.
#[derive(Clone, Debug, PartialEq)]
pub struct Typed {
    /// Its name, as the file has it.
    pub name: String,
    /// Its values.
    pub kind: Kind,
}

/// What a column holds, one entry a row.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// Numbers; `NaN` is a missing value.
    Numeric(Vec<f64>),
    /// Categories by their number in `levels`, which are sorted; [`Kind::MISSING`] is a missing
    /// value.
    Categorical {
        /// The level of each row.
        codes: Vec<u32>,
        /// The texts.
        levels: Vec<String>,
    },
}

impl Kind {
    /// The code of a missing category.
    pub const MISSING: u32 = u32::MAX;

    /// The value of a row as one number: the number itself or the code; `NaN` where missing.
    pub fn value(&self, row: usize) -> f64 {
        match self {
            Self::Numeric(values) => values[row],
            Self::Categorical { codes, .. } => match codes[row] {
                Self::MISSING => f64::NAN,
                code => f64::from(code),
            },
        }
    }

    /// How many rows there are.
    pub fn rows(&self) -> usize {
        match self {
            Self::Numeric(values) => values.len(),
            Self::Categorical { codes, .. } => codes.len(),
        }
    }

    /// How many rows lack a value.
    pub fn missing(&self) -> usize {
        match self {
            Self::Numeric(values) => values.iter().filter(|value| value.is_nan()).count(),
            Self::Categorical { codes, .. } => {
                codes.iter().filter(|code| **code == Self::MISSING).count()
            }
        }
    }
}

impl Typed {
    /// The rows of this column, then those of another of the same kind and levels.
    pub(crate) fn followed_by(&self, other: &Self) -> Self {
        let kind = match (&self.kind, &other.kind) {
            (Kind::Numeric(a), Kind::Numeric(b)) => Kind::Numeric([&a[..], &b[..]].concat()),
            (Kind::Categorical { codes: a, levels }, Kind::Categorical { codes: b, .. }) => {
                Kind::Categorical { codes: [&a[..], &b[..]].concat(), levels: levels.clone() }
            }
            (kind, _) => kind.clone(),
        };
        Self { name: self.name.clone(), kind }
    }
}

/// A column that no model should see, and why.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct LeftOut {
    /// Its name, as the file has it.
    pub name: String,
    /// The reason, in words.
    pub because: String,
}

/// Tells what each column holds. Columns named in `used` (label, split, groups, dropped ones) are
/// passed over; identifiers, free text and constants are left out with a reason. Texts in `missing`
/// stand for no value, as the empty text always does.
pub fn infer(
    table: &Table,
    used: &[String],
    missing: &[String],
) -> Result<(Vec<Typed>, Vec<LeftOut>), Error> {
    let used: BTreeSet<String> = used.iter().map(|name| canonical_name(name)).collect();
    let (mut typed, mut left_out) = (Vec::new(), Vec::new());
    for column in table.columns() {
        if used.contains(&canonical_name(&column.name)) {
            continue;
        }
        match infer_column(column, missing)? {
            Ok(kind) => typed.push(Typed { name: column.name.clone(), kind }),
            Err(because) => left_out.push(LeftOut { name: column.name.clone(), because }),
        }
    }
    Ok((typed, left_out))
}

/// A column's kind, or why it is left out; a fault of a cell is the outer error.
fn infer_column(column: &Column, missing: &[String]) -> Result<Result<Kind, String>, Error> {
    if let Some(because) = left_out_by_name(&column.name) {
        return Ok(Err(because.to_owned()));
    }
    let census = Census::of(column, missing);
    if census.present == 0 {
        return Ok(Err("every cell is empty".to_owned()));
    }
    if census.texts == 0 || census.numeric_share() >= NUMERIC_SHARE {
        let values = read_numbers(column, missing, Asker::Inference)?;
        return Ok(reject_numbers(&column.name, &values).map_or(Ok(Kind::Numeric(values)), Err));
    }
    Ok(read_categories(column, missing))
}

/// The public table's `behavior` column names the bot or the attack behind a row: an annotation of
/// the label. A pandas index has a telling name in Parquet.
fn left_out_by_name(name: &str) -> Option<&'static str> {
    match canonical_name(name).as_str() {
        "behavior" => Some("names what the label is derived from (an annotation)"),
        "__index_level_0__" => Some("a row index"),
        _ => None,
    }
}

/// Why a column of numbers says nothing about behaviour.
fn reject_numbers(name: &str, values: &[f64]) -> Option<String> {
    let mut present = values.iter().filter(|value| !value.is_nan());
    let first = *present.next()?;
    if present.all(|value| *value == first) && !values.iter().any(|value| value.is_nan()) {
        return Some(format!("constant: every row has {first}"));
    }
    let steps = values.windows(2).all(|pair| pair[1] - pair[0] == 1.0);
    if values.len() >= MIN_ROWS_FOR_ID && steps {
        return Some("a row counter".to_owned());
    }
    let whole = values.iter().all(|value| value.fract() == 0.0);
    if values.len() >= MIN_ROWS_FOR_ID && whole && is_id_name(name) {
        let distinct: BTreeSet<u64> = values.iter().map(|value| value.to_bits()).collect();
        if distinct.len() as f64 >= ID_DISTINCT_SHARE * values.len() as f64 {
            return Some(format!(
                "an identifier: {} distinct values",
                count(distinct.len() as u64)
            ));
        }
    }
    None
}

fn is_id_name(name: &str) -> bool {
    let name = canonical_name(name);
    name == "id" || name == "index" || name.ends_with("_id") || name.contains("uuid")
}

/// How the cells of a column look.
struct Census {
    present: usize,
    texts: usize,
}

impl Census {
    fn of(column: &Column, missing: &[String]) -> Self {
        let mut census = Self { present: 0, texts: 0 };
        for cell in column.cells.iter().filter(|cell| !is_missing(cell, missing)) {
            census.present += 1;
            census.texts += usize::from(!looks_numeric(cell));
        }
        census
    }

    fn numeric_share(&self) -> f64 {
        (self.present - self.texts) as f64 / self.present as f64
    }
}

/// Whether a cell stands for no value.
pub(crate) fn is_missing(cell: &str, missing: &[String]) -> bool {
    cell.is_empty() || missing.iter().any(|text| text == cell)
}

/// A number, or what was meant as one: `1,234`, `inf`, `nan`.
fn looks_numeric(cell: &str) -> bool {
    cell.parse::<f64>().is_ok()
        || cell.contains(',') && cell.replace(',', ".").replace('.', "").parse::<f64>().is_ok()
}

/// Who wants a column to hold numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Asker {
    /// Its own cells: nearly all of them are numbers.
    Inference,
    /// A model that was fitted on numbers, and on what stands for missing ones.
    Model,
}

/// The numbers of a column, or the first cell that is none.
pub(crate) fn read_numbers(
    column: &Column,
    missing: &[String],
    asker: Asker,
) -> Result<Vec<f64>, Error> {
    let cell_value = |(row, cell): (usize, &str)| {
        if is_missing(cell, missing) {
            return Ok(f64::NAN);
        }
        match cell.parse::<f64>() {
            Ok(value) if (value as f32).is_finite() => Ok(value),
            parsed => Err(bad_number(&column.name, row + 1, cell, parsed.ok(), asker)),
        }
    };
    column.cells.iter().enumerate().map(cell_value).collect()
}

fn bad_number(name: &str, row: usize, cell: &str, parsed: Option<f64>, asker: Asker) -> Error {
    let rule = match (parsed, asker) {
        (Some(value), Asker::Inference) if value.is_nan() => {
            "NaN is no measurement; leave the cell empty, or name the text with --missing"
        }
        (Some(value), Asker::Model) if value.is_nan() => {
            "NaN is no measurement; leave the cell empty"
        }
        (Some(value), _) if value.is_infinite() => "a number must be finite",
        (Some(_), _) => "a number must fit a 32-bit float (at most 3.4e38)",
        (None, _) if looks_numeric(cell) => "write numbers without commas",
        (None, Asker::Inference) => {
            "a number is wanted here; a text for missing values can be named with --missing"
        }
        (None, Asker::Model) => "the model was trained on numbers here; leave a missing one empty",
    };
    let shown: String = cell.chars().take(40).flat_map(char::escape_default).collect();
    data(format!("invalid number \"{shown}\" in column {name:?}, row {row}: {rule}"))
}

/// The categories of a column, or why it is left out.
fn read_categories(column: &Column, missing: &[String]) -> Result<Kind, String> {
    let mut numbers: BTreeMap<&str, u32> = BTreeMap::new();
    let mut present = 0;
    for cell in column.cells.iter().filter(|cell| !is_missing(cell, missing)) {
        numbers.insert(cell, 0);
        present += 1;
    }
    let distinct = numbers.len();
    if distinct == 1 && present == column.cells.len() {
        return Err(format!("constant: every row has {:?}", column.cells.get(0)));
    }
    if present >= MIN_ROWS_FOR_ID && distinct as f64 >= ID_DISTINCT_SHARE * present as f64 {
        let (texts, rows) = (count(distinct as u64), count(present as u64));
        return Err(format!("an identifier: {texts} distinct texts in {rows} rows"));
    }
    if distinct > MAX_LEVELS {
        return Err(format!(
            "free text: {} distinct texts, at most {MAX_LEVELS} are levels",
            count(distinct as u64)
        ));
    }
    for (number, code) in numbers.values_mut().zip(0..) {
        *number = code;
    }
    let codes = column
        .cells
        .iter()
        .map(|cell| numbers.get(cell).copied().unwrap_or(Kind::MISSING))
        .collect();
    Ok(Kind::Categorical { codes, levels: numbers.into_keys().map(str::to_owned).collect() })
}
