use std::io::Cursor;

use bytes::Bytes;
use ingest::sources::ParquetRows;
use parquet::record::Field;

use super::source::MAX_TABLE_BYTES;
use super::{Column, MAX_COLUMNS, name_or_place};
use crate::error::{Error, data};

/// Reads a Parquet file row by row; nested columns are an error.
pub(super) fn read(bytes: Vec<u8>) -> Result<Vec<Column>, Error> {
    let bytes = Bytes::from(bytes);
    let rows = ParquetRows::open(bytes.clone(), Cursor::new(bytes)).map_err(damaged)?;
    let names = rows.column_names();
    if names.len() > MAX_COLUMNS {
        return Err(data(format!("{} columns: must be at most {MAX_COLUMNS}", names.len())));
    }
    let names = names.iter().enumerate();
    let mut columns: Vec<Column> =
        names.map(|(place, name)| Column::empty(name_or_place(name, place))).collect();
    // A value that is packed once may stand in any number of rows.
    let mut cells_bytes = 0;
    for (index, row) in rows.enumerate() {
        let row = row.map_err(damaged)?;
        for (column, (_, field)) in columns.iter_mut().zip(row.get_column_iter()) {
            let cell = text_of(field).ok_or_else(|| {
                data(format!(
                    "invalid value in column {:?}, row {}: a cell must be a number, a text, a \
                     yes or no, or nothing",
                    column.name,
                    index + 1
                ))
            })?;
            column.texts |= matches!(field, Field::Str(_) | Field::Bytes(_));
            cells_bytes += (cell.len() + size_of::<usize>()) as u64;
            column.cells.push(cell.trim());
        }
        if cells_bytes > MAX_TABLE_BYTES {
            let most = MAX_TABLE_BYTES >> 30;
            return Err(data(format!("table too large: at most {most} GiB of cells are read")));
        }
    }
    Ok(columns)
}

fn damaged(error: std::io::Error) -> Error {
    data(error.to_string())
}

/// A cell as text; numbers in the shortest form that reads back as the same number.
fn text_of(field: &Field) -> Option<String> {
    Some(match field {
        Field::Null => String::new(),
        Field::Bool(value) => value.to_string(),
        Field::Byte(value) => value.to_string(),
        Field::Short(value) => value.to_string(),
        Field::Int(value) | Field::Date(value) | Field::TimeMillis(value) => value.to_string(),
        Field::Long(value)
        | Field::TimeMicros(value)
        | Field::TimestampMillis(value)
        | Field::TimestampMicros(value) => value.to_string(),
        Field::UByte(value) => value.to_string(),
        Field::UShort(value) => value.to_string(),
        Field::UInt(value) => value.to_string(),
        Field::ULong(value) => value.to_string(),
        Field::Float16(value) => value.to_f32().to_string(),
        Field::Float(value) => value.to_string(),
        Field::Double(value) => value.to_string(),
        Field::Decimal(_) => field.to_string(),
        Field::Str(text) => text.clone(),
        Field::Bytes(bytes) => String::from_utf8(bytes.data().to_vec()).ok()?,
        Field::Group(_) | Field::ListInternal(_) | Field::MapInternal(_) => return None,
    })
}
