//! The columns a model was fitted on, and any later table put into that shape.

use models::{ColumnKind, Matrix};
use serde::{Deserialize, Serialize};

use crate::audit::Profile;
use crate::error::{Error, data, internal};
use crate::table::{Asker, Kind, Table, Typed, canonical_name, is_missing, read_numbers};

/// The columns in the order in which a model takes them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Schema {
    /// The columns.
    pub columns: Vec<SchemaColumn>,
    /// Texts that stand for a missing value, beside the empty one.
    pub missing: Vec<String>,
}

/// A column that a model takes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SchemaColumn {
    /// Its name in the training table.
    pub name: String,
    /// What it holds.
    #[serde(flatten)]
    pub kind: SchemaKind,
    /// How its values lay in the training table.
    pub profile: Profile,
}

/// What a column holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum SchemaKind {
    /// Numbers.
    Numeric,
    /// Categories.
    Categorical {
        /// The known ones; a code is an index into them.
        levels: Vec<String>,
    },
}

/// A category that a model never saw.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Unseen {
    /// The column.
    pub column: String,
    /// The category.
    pub level: String,
    /// How many rows have it.
    pub rows: usize,
    /// The known category whose name is most like it, where one is.
    pub like: Option<String>,
}

impl Schema {
    /// The shape of these columns.
    pub fn of(columns: &[Typed], missing: &[String]) -> Self {
        let columns = columns.iter().map(|typed| SchemaColumn {
            name: typed.name.clone(),
            kind: match &typed.kind {
                Kind::Numeric(_) => SchemaKind::Numeric,
                Kind::Categorical { levels, .. } => {
                    SchemaKind::Categorical { levels: levels.clone() }
                }
            },
            profile: Profile::of(&typed.kind),
        });
        Self { columns: columns.collect(), missing: missing.to_vec() }
    }

    /// What each column is, as estimators take it.
    pub fn kinds(&self) -> Vec<ColumnKind> {
        let kind = |column: &SchemaColumn| match &column.kind {
            SchemaKind::Numeric => ColumnKind::Numeric,
            SchemaKind::Categorical { levels } => {
                ColumnKind::Categorical { levels: levels.len() as u32 }
            }
        };
        self.columns.iter().map(kind).collect()
    }

    /// The names in order.
    pub fn names(&self) -> Vec<String> {
        self.columns.iter().map(|column| column.name.clone()).collect()
    }

    /// BLAKE3 over the canonical names, kinds and levels: two tables with the same one feed a model
    /// the same columns.
    pub fn fingerprint(&self) -> String {
        let mut hasher = blake3::Hasher::new();
        let mut put = |text: &str| {
            hasher.update(&(text.len() as u64).to_le_bytes());
            hasher.update(text.as_bytes());
        };
        for column in &self.columns {
            put(&canonical_name(&column.name));
            match &column.kind {
                SchemaKind::Numeric => put("numeric"),
                SchemaKind::Categorical { levels } => {
                    put("categorical");
                    levels.iter().for_each(|level| put(level));
                    put("");
                }
            }
        }
        hasher.finalize().to_hex()[..32].to_owned()
    }

    /// The columns of a table that this schema names, in its order and with its codes; and the
    /// categories it does not know, which all bear the code after the last known one.
    ///
    /// # Errors
    /// When the table lacks a column, or a cell of a numeric one is no number.
    pub fn read(&self, table: &Table) -> Result<(Vec<Typed>, Vec<Unseen>), Error> {
        self.refuse_lacking(table)?;
        let mut unseen = Vec::new();
        let mut columns = Vec::with_capacity(self.columns.len());
        for column in &self.columns {
            let found = table.require(&column.name, "feature")?;
            let kind = match &column.kind {
                SchemaKind::Numeric => {
                    Kind::Numeric(read_numbers(found, &self.missing, Asker::Model)?)
                }
                SchemaKind::Categorical { levels } => {
                    let cells = found.cells.iter();
                    let codes = cells.map(|cell| self.code(levels, cell)).collect();
                    unseen.extend(unseen_levels(
                        &column.name,
                        levels,
                        found.cells.iter().filter(|cell| !is_missing(cell, &self.missing)),
                    ));
                    Kind::Categorical { codes, levels: levels.clone() }
                }
            };
            columns.push(Typed { name: column.name.clone(), kind });
        }
        Ok((columns, unseen))
    }

    fn code(&self, levels: &[String], cell: &str) -> u32 {
        if is_missing(cell, &self.missing) {
            return Kind::MISSING;
        }
        let place = levels.binary_search_by(|level| level.as_str().cmp(cell));
        place.unwrap_or(levels.len()) as u32
    }

    /// Names everything that is lacking at once, and what the table has instead.
    fn refuse_lacking(&self, table: &Table) -> Result<(), Error> {
        let wanted = self.columns.iter().map(|column| column.name.as_str());
        let lacking: Vec<_> = wanted.filter(|name| table.column(name).is_none()).collect();
        if lacking.is_empty() {
            return Ok(());
        }
        let has: Vec<_> = table.columns().iter().map(|column| column.name.as_str()).collect();
        Err(data(format!(
            "columns differ from the bundle's: missing {}; the table has {}",
            lacking.join(", "),
            has.join(", ")
        )))
    }
}

/// The rows of these columns as estimators take them. A category that the schema does not know is
/// the same to them as a missing one.
pub fn matrix(columns: &[Typed], rows: usize) -> Result<Matrix, Error> {
    if columns.is_empty() {
        return Err(data("no column is left to learn from"));
    }
    let value = |row: usize, at: usize| match &columns[at].kind {
        Kind::Categorical { codes, levels } if codes[row] as usize >= levels.len() => f32::NAN,
        kind => kind.value(row) as f32,
    };
    let matrix = Matrix::from_fn(rows, columns.len(), value);
    match matrix.rows() == rows {
        true => Ok(matrix),
        false => Err(internal("a matrix has other rows than its table")),
    }
}

fn unseen_levels<'a>(
    column: &str,
    levels: &[String],
    cells: impl Iterator<Item = &'a str>,
) -> Vec<Unseen> {
    let mut counts = std::collections::BTreeMap::<&str, usize>::new();
    for cell in cells.filter(|cell| !levels.iter().any(|level| level == cell)) {
        *counts.entry(cell).or_default() += 1;
    }
    let unseen = counts.into_iter().map(|(level, rows)| Unseen {
        column: column.to_owned(),
        level: level.to_owned(),
        rows,
        like: levels.iter().find(|known| level.contains(*known) || known.contains(level)).cloned(),
    });
    unseen.collect()
}
