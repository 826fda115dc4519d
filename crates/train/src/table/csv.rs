use super::{Column, name_or_place};
use crate::error::{Error, data};

/// What tables of other programs set values apart by.
const SEPARATORS: [(char, &str); 3] = [(';', "semicolons"), ('\t', "tabs"), ('|', "bars")];

/// Reads comma-separated values with a header. A byte order mark is dropped; rows that hold other
/// numbers of fields than the header are an error that names their line.
pub(super) fn read(bytes: &[u8]) -> Result<Vec<Column>, Error> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut reader = csv::ReaderBuilder::new().from_reader(bytes);
    let mut columns: Vec<Column> = reader
        .headers()
        .map_err(|error| describe(&error, &[]))?
        .iter()
        .enumerate()
        .map(|(index, name)| Column::empty(name_or_place(name, index)))
        .collect();
    if let [only] = &columns[..]
        && let Some((_, separator)) = SEPARATORS.iter().find(|(byte, _)| only.name.contains(*byte))
    {
        let rule = "values must be set apart by commas, these seem to be by ";
        return Err(data(format!("one column {:?}: {rule}{separator}", only.name)));
    }
    let mut record = csv::StringRecord::new();
    loop {
        match reader.read_record(&mut record) {
            Ok(true) => {}
            Ok(false) => return Ok(columns),
            Err(error) => {
                let names: Vec<_> = columns.iter().map(|column| column.name.clone()).collect();
                return Err(describe(&error, &names));
            }
        }
        for (column, cell) in columns.iter_mut().zip(&record) {
            column.cells.push(cell.trim());
        }
    }
}

/// Says where and what: `ragged row 17 (line 18): 11 fields, the header has 12`.
fn describe(error: &csv::Error, names: &[String]) -> Error {
    match error.kind() {
        csv::ErrorKind::UnequalLengths { pos, expected_len, len } => {
            let at = pos
                .as_ref()
                .map_or_else(String::new, |pos| format!(" {} (line {})", pos.record(), pos.line()));
            let column = match names.get(*len as usize) {
                Some(name) => format!("; the first without a value is {name:?}"),
                None => "; there is no column for the last".to_owned(),
            };
            data(format!("ragged row{at}: {len} fields, the header has {expected_len}{column}"))
        }
        csv::ErrorKind::Utf8 { pos, err } => {
            let row = pos.as_ref().map_or(0, csv::Position::record);
            let field = err.field();
            let column =
                names.get(field).map_or_else(|| (field + 1).to_string(), |n| format!("{n:?}"));
            data(format!("invalid text in column {column}, row {row}: it must be UTF-8"))
        }
        _ => data(format!("unreadable table: {error}")),
    }
}
