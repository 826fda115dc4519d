//! What a Parquet file claims of itself, looked at before anybody sets memory aside for it.

use std::io::{self, BufReader, Read, Seek, SeekFrom};

use parquet::file::metadata::{ColumnChunkMetaData, ParquetMetaData, RowGroupMetaData};

use super::thrift::{Compact, I32, LIST, STRUCT};
use super::{BATCH_ROWS, MAGIC};

/// Longest description of a whole file, at its end.
const MAX_FOOTER_BYTES: u64 = 64 * 1024 * 1024;

/// Longest description of a page; it may hold the page's least and greatest value.
const MAX_PAGE_HEADER_BYTES: u64 = 16 * 1024 * 1024;

/// Deepest nesting of columns.
const MAX_SCHEMA_DEPTH: usize = 32;

/// What the pages of a row group that are open at a time may take, unpacked: one of each column, and
/// its dictionary.
const MAX_OPEN_PAGES_BYTES: u64 = 1024 * 1024 * 1024;

/// Most values of a row group's columns that hold lists: all of them may be one row's.
const MAX_LIST_VALUES: u64 = 8 * 1024 * 1024;

/// Most rows for each byte of a file, as many as gzip makes bytes of one.
const MAX_ROWS_A_BYTE: u64 = 1_000;

/// Bytes that a value in memory takes beside those of its text: the crate's own type for texts and
/// what it keeps of a length.
const VALUE_BYTES: u64 = 64;

/// A length by its difference from the one before.
const DELTA_LENGTH_BYTE_ARRAY: i32 = 6;
/// A text by what it shares with the one before.
const DELTA_BYTE_ARRAY: i32 = 7;

/// Looks at the description of a file: the schema is the part of it that is built without a look at how
/// much of it there is.
pub(super) fn check_footer(file: &mut (impl Read + Seek)) -> io::Result<()> {
    let file_bytes = file.seek(SeekFrom::End(0))?;
    let end = file_bytes.checked_sub(8).ok_or_else(|| invalid("too short".to_owned()))?;
    file.seek(SeekFrom::Start(end))?;
    let mut tail = [0; 8];
    file.read_exact(&mut tail)?;
    let (length, magic) = tail.split_at(4);
    let length = u64::from(u32::from_le_bytes(length.try_into().expect("four bytes come first")));
    if magic != MAGIC {
        return Err(invalid("its end is missing".to_owned()));
    }
    if length > MAX_FOOTER_BYTES.min(end) {
        let rule = format!("must be at most {MAX_FOOTER_BYTES}, and within the file");
        return Err(invalid(format!("a description of {length} bytes: {rule}")));
    }
    file.seek(SeekFrom::Start(end - length))?;
    let mut children = Vec::new();
    let mut footer = Compact::new(BufReader::new(file), length);
    let walked = footer.fields(|footer, number, kind| match (number, kind) {
        (2, LIST) if children.is_empty() => {
            let (count, kind) = footer.list()?;
            if kind != STRUCT {
                return Err(invalid("a schema of something else".to_owned()));
            }
            (0..count).try_for_each(|_| {
                children.push(children_of(footer)?);
                Ok(())
            })
        }
        _ => footer.skip(kind),
    });
    walked.map_err(|error| invalid(error.to_string()))?;
    check_schema(&children)
}

/// How many columns an element of a schema says to have below it.
fn children_of<R: Read>(footer: &mut Compact<R>) -> io::Result<u64> {
    let mut children = 0;
    footer.fields(|element, number, kind| match (number, kind) {
        (5, I32) => {
            children = u64::try_from(element.i32()?)
                .map_err(|_| invalid("fewer than no columns".to_owned()))?;
            Ok(())
        }
        _ => element.skip(kind),
    })?;
    Ok(children)
}

/// Whether a tree has as many elements as it claims, and is not too deep.
fn check_schema(children: &[u64]) -> io::Result<()> {
    let mut open: Vec<u64> = Vec::new();
    for (at, count) in children.iter().enumerate() {
        if *count > (children.len() - at) as u64 {
            return Err(invalid(format!("{count} columns: must be those that it has")));
        }
        open.push(*count);
        while open.last() == Some(&0) {
            open.pop();
            if let Some(parent) = open.last_mut() {
                *parent -= 1;
            }
        }
        if open.len() > MAX_SCHEMA_DEPTH {
            let rule = format!("columns may be nested {MAX_SCHEMA_DEPTH} deep");
            return Err(invalid(rule));
        }
    }
    Ok(())
}

/// Looks at the head of every page, and at what reading the rows would take.
pub(super) fn check_pages(
    file: &mut (impl Read + Seek),
    metadata: &ParquetMetaData,
) -> io::Result<()> {
    let file_bytes = file.seek(SeekFrom::End(0))?;
    let groups = metadata.row_groups();
    let rows = groups.iter().map(|group| u64::try_from(group.num_rows()));
    let rows =
        rows.sum::<Result<u64, _>>().map_err(|_| invalid("fewer than no rows".to_owned()))?;
    if rows > file_bytes.saturating_mul(MAX_ROWS_A_BYTE) {
        let rule = format!("must be at most {MAX_ROWS_A_BYTE} a byte");
        return Err(invalid(format!("{rows} rows in {file_bytes} bytes: {rule}")));
    }
    groups.iter().try_for_each(|group| check_group(file, file_bytes, group))
}

fn check_group(
    file: &mut (impl Read + Seek),
    file_bytes: u64,
    group: &RowGroupMetaData,
) -> io::Result<()> {
    let (mut open_bytes, mut list_values) = (0_u64, 0_u64);
    for column in group.columns() {
        let needs = needs_of(file, file_bytes, column)?;
        open_bytes = open_bytes.saturating_add(needs.dictionary_bytes + needs.page_bytes);
        if column.column_descr().max_rep_level() > 0 {
            list_values = list_values.saturating_add(needs.values);
        }
    }
    check_open_bytes(open_bytes)?;
    if list_values > MAX_LIST_VALUES {
        let rule = format!("must be at most {MAX_LIST_VALUES}");
        return Err(invalid(format!("{list_values} values of lists in a row group: {rule}")));
    }
    Ok(())
}

fn check_open_bytes(bytes: u64) -> io::Result<()> {
    if bytes <= MAX_OPEN_PAGES_BYTES {
        return Ok(());
    }
    let rule = format!("must be at most {MAX_OPEN_PAGES_BYTES}");
    Err(invalid(format!("pages that need {bytes} bytes at a time: {rule}")))
}

/// What reading a column takes.
#[derive(Default)]
struct Needs {
    /// The largest of its dictionaries, though there should be one.
    dictionary_bytes: u64,
    /// The largest of its pages.
    page_bytes: u64,
    /// Values of all pages.
    values: u64,
}

fn needs_of(
    file: &mut (impl Read + Seek),
    file_bytes: u64,
    column: &ColumnChunkMetaData,
) -> io::Result<Needs> {
    let begins = column.dictionary_page_offset().unwrap_or_else(|| column.data_page_offset());
    let whole = u64::try_from(begins).ok().zip(u64::try_from(column.compressed_size()).ok());
    let lies_within =
        |(at, length): &(u64, u64)| at.checked_add(*length).is_some_and(|end| end <= file_bytes);
    let Some((mut at, mut left)) = whole.filter(lies_within) else {
        return Err(invalid("a column that lies outside of the file".to_owned()));
    };
    let mut needs = Needs::default();
    while left > 0 {
        file.seek(SeekFrom::Start(at))?;
        let page = PageHead::read(BufReader::with_capacity(256, &mut *file))?;
        check_open_bytes(page.needed_bytes())?;
        let length = page.head_bytes + page.packed_bytes;
        if length > left {
            return Err(invalid("a page that is longer than its column".to_owned()));
        }
        (at, left) = (at + length, left - length);
        match page.is_dictionary {
            true => needs.dictionary_bytes = needs.dictionary_bytes.max(page.needed_bytes()),
            false => {
                needs.page_bytes = needs.page_bytes.max(page.needed_bytes());
                needs.values = needs.values.saturating_add(page.values);
            }
        }
    }
    Ok(needs)
}

/// What stands before a page.
#[derive(Default)]
struct PageHead {
    head_bytes: u64,
    packed_bytes: u64,
    unpacked_bytes: u64,
    values: u64,
    is_dictionary: bool,
    encoding: i32,
}

impl PageHead {
    fn read(file: impl Read) -> io::Result<Self> {
        let (mut unpacked, mut packed, mut values) = (None, None, None);
        let mut page = Self::default();
        let mut compact = Compact::new(file, MAX_PAGE_HEADER_BYTES);
        let walked = compact.fields(|head, number, kind| match (number, kind) {
            (2, I32) => once(&mut unpacked, head.i32()?),
            (3, I32) => once(&mut packed, head.i32()?),
            (5 | 7 | 8, STRUCT) => {
                page.is_dictionary |= number == 7;
                let encoding_number = if number == 8 { 4 } else { 2 };
                head.fields(|inner, number, kind| match (number, kind) {
                    (1, I32) => once(&mut values, inner.i32()?),
                    (number, I32) if number == encoding_number => {
                        page.encoding = inner.i32()?;
                        Ok(())
                    }
                    _ => inner.skip(kind),
                })
            }
            _ => head.skip(kind),
        });
        walked.map_err(|error| invalid(error.to_string()))?;
        let told = |value: Option<i32>| {
            let value = value.and_then(|value| u64::try_from(value).ok());
            value.ok_or_else(|| invalid("a page without a size".to_owned()))
        };
        (page.unpacked_bytes, page.packed_bytes) = (told(unpacked)?, told(packed)?);
        // The page of an index, which is passed over, holds none.
        page.values = if values.is_some() { told(values)? } else { 0 };
        page.head_bytes = compact.taken();
        Ok(page)
    }

    /// What it takes to read it, both packed and unpacked.
    fn needed_bytes(&self) -> u64 {
        let values = match (self.is_dictionary, self.encoding) {
            (true, _) | (false, DELTA_LENGTH_BYTE_ARRAY) => self.values * VALUE_BYTES,
            // Each value of a batch may repeat all that the page holds.
            (false, DELTA_BYTE_ARRAY) => {
                self.values * VALUE_BYTES + self.unpacked_bytes * BATCH_ROWS as u64
            }
            (false, _) => 0,
        };
        self.packed_bytes + self.unpacked_bytes + values
    }
}

/// Takes a number that may be told once: readers differ in which of two they believe.
fn once(into: &mut Option<i32>, value: i32) -> io::Result<()> {
    match into.replace(value) {
        None => Ok(()),
        Some(_) => Err(invalid("a size that is told twice".to_owned())),
    }
}

fn invalid(what: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schema_has_the_columns_that_it_claims() {
        let check = |children: &[u64]| check_schema(children).is_ok();
        assert!(check(&[2, 0, 0]));
        assert!(check(&[2, 1, 0, 0]));
        assert!(!check(&[i32::MAX as u64, 0]));
        let chain = |depth: usize| [vec![1; depth], vec![0]].concat();
        assert!(check(&chain(MAX_SCHEMA_DEPTH)));
        assert!(!check(&chain(MAX_SCHEMA_DEPTH + 1)));
    }
}
