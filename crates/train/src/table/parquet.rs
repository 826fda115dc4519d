use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::Field;

use super::{Column, name_or_place};
use crate::error::{Error, data};

/// Reads a Parquet file row by row; nested columns are an error.
pub(super) fn read(bytes: Vec<u8>) -> Result<Vec<Column>, Error> {
    let reader = SerializedFileReader::new(bytes::Bytes::from(bytes)).map_err(|e| damaged(&e))?;
    let schema = reader.metadata().file_metadata().schema();
    let mut columns: Vec<Column> = schema
        .get_fields()
        .iter()
        .enumerate()
        .map(|(index, field)| Column::empty(name_or_place(field.name(), index)))
        .collect();
    let rows = reader.get_row_iter(None).map_err(|error| damaged(&error))?;
    for (index, row) in rows.enumerate() {
        let row = row.map_err(|error| damaged(&error))?;
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
            column.cells.push(cell.trim());
        }
    }
    Ok(columns)
}

fn damaged(error: &parquet::errors::ParquetError) -> Error {
    data(format!("damaged or unsupported parquet file: {error}"))
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
