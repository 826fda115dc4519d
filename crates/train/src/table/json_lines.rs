use std::collections::HashMap;

use serde_json::value::RawValue;

use super::{Column, MAX_COLUMNS, name_or_place};
use crate::error::{Error, data};

/// Reads one JSON object a line. Columns come in the order in which they are first seen; a key
/// that a line lacks, and `null`, are missing values; nested values are an error.
pub(super) fn read(bytes: &[u8]) -> Result<Vec<Column>, Error> {
    let mut columns: Vec<Column> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    let mut row = 0;
    for line in bytes.split(|byte| *byte == b'\n') {
        if line.trim_ascii().is_empty() {
            continue;
        }
        row += 1;
        let object: Object<'_> =
            serde_json::from_slice(line).map_err(|error| invalid_json(row, &error))?;
        for (name, value) in object.0 {
            let place = *places.entry(name).or_insert_with_key(|name| {
                let mut column = Column::empty(name_or_place(name, columns.len()));
                (1..row).for_each(|_| column.cells.push(""));
                columns.push(column);
                columns.len() - 1
            });
            if place >= MAX_COLUMNS {
                return Err(data(format!("more than {MAX_COLUMNS} columns in row {row}")));
            }
            let column = &mut columns[place];
            if column.cells.len() >= row {
                let name = &column.name;
                return Err(data(format!(
                    "duplicate column {name:?}, row {row}: the key comes twice"
                )));
            }
            push(column, value.get(), row)?;
        }
        for column in &mut columns {
            if column.cells.len() < row {
                column.cells.push("");
            }
        }
    }
    Ok(columns)
}

/// Adds a cell as it stands in the file: a number keeps its digits.
fn push(column: &mut Column, value: &str, row: usize) -> Result<(), Error> {
    match value.as_bytes() {
        b"null" => column.cells.push(""),
        [b'"', ..] => {
            let text: String =
                serde_json::from_str(value).map_err(|error| invalid_json(row, &error))?;
            column.cells.push(text.trim());
            column.texts = true;
        }
        [b'[' | b'{', ..] => {
            return Err(data(format!(
                "invalid value in column {:?}, row {row}: a cell must be a number, a text, true, \
                 false or null",
                column.name
            )));
        }
        _ => column.cells.push(value),
    }
    Ok(())
}

fn invalid_json(row: usize, error: &serde_json::Error) -> Error {
    data(format!("invalid JSON in row {row}: {error}"))
}

/// An object whose keys keep their order and their repetitions, which a map would hide.
struct Object<'a>(Vec<(String, &'a RawValue)>);

impl<'de> serde::Deserialize<'de> for Object<'de> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Pairs;
        impl<'de> serde::de::Visitor<'de> for Pairs {
            type Value = Object<'de>;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object of column names and values")
            }
            fn visit_map<A: serde::de::MapAccess<'de>>(
                self,
                mut map: A,
            ) -> Result<Object<'de>, A::Error> {
                let mut pairs = Vec::new();
                while let Some(pair) = map.next_entry()? {
                    pairs.push(pair);
                }
                Ok(Object(pairs))
            }
        }
        deserializer.deserialize_map(Pairs)
    }
}
