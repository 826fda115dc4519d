//! Pages as the crate unpacks them, looked at before it decodes them.

use bytes::Bytes;
use parquet::basic::Encoding;
use parquet::column::page::{Page, PageMetadata, PageReader};
use parquet::errors::{ParquetError, Result};
use parquet::file::metadata::{ParquetMetaData, RowGroupMetaData};
use parquet::file::reader::{FileReader, RowGroupReader};
use parquet::record::reader::RowIter;
use parquet::schema::types::Type;

/// A file whose pages are checked. Encodings by differences tell by themselves how many values they
/// hold, and the crate makes room for as many.
pub(super) struct Checked<F>(pub(super) F);

impl<F: FileReader> FileReader for Checked<F> {
    fn metadata(&self) -> &ParquetMetaData {
        self.0.metadata()
    }

    fn num_row_groups(&self) -> usize {
        self.0.num_row_groups()
    }

    fn get_row_group(&self, at: usize) -> Result<Box<dyn RowGroupReader + '_>> {
        Ok(Box::new(CheckedGroup(self.0.get_row_group(at)?)))
    }

    fn get_row_iter(&self, projection: Option<Type>) -> Result<RowIter<'_>> {
        RowIter::from_file(projection, self)
    }
}

struct CheckedGroup<'a>(Box<dyn RowGroupReader + 'a>);

impl RowGroupReader for CheckedGroup<'_> {
    fn metadata(&self) -> &RowGroupMetaData {
        self.0.metadata()
    }

    fn num_columns(&self) -> usize {
        self.0.num_columns()
    }

    fn get_column_page_reader(&self, at: usize) -> Result<Box<dyn PageReader>> {
        let column = self.metadata().schema_descr().column(at);
        let pages = self.0.get_column_page_reader(at)?;
        let levels = [column.max_rep_level() > 0, column.max_def_level() > 0];
        Ok(Box::new(CheckedPages { pages, levels }))
    }

    fn get_column_bloom_filter(&self, _: usize) -> Option<&parquet::bloom_filter::Sbbf> {
        None
    }

    fn get_row_iter(&self, projection: Option<Type>) -> Result<RowIter<'_>> {
        RowIter::from_row_group(projection, self)
    }
}

struct CheckedPages {
    pages: Box<dyn PageReader>,
    /// Whether repetition and definition levels come before the values.
    levels: [bool; 2],
}

impl PageReader for CheckedPages {
    fn get_next_page(&mut self) -> Result<Option<Page>> {
        let page = self.pages.get_next_page()?;
        if let Some(page) = &page
            && !holds_what_it_claims(page, self.levels)
        {
            return Err(ParquetError::General("a page of other values than it claims".to_owned()));
        }
        Ok(page)
    }

    fn peek_next_page(&mut self) -> Result<Option<PageMetadata>> {
        self.pages.peek_next_page()
    }

    fn skip_next_page(&mut self) -> Result<()> {
        self.pages.skip_next_page()
    }

    fn at_record_boundary(&mut self) -> Result<bool> {
        self.pages.at_record_boundary()
    }
}

impl Iterator for CheckedPages {
    type Item = Result<Page>;

    fn next(&mut self) -> Option<Self::Item> {
        self.get_next_page().transpose()
    }
}

fn holds_what_it_claims(page: &Page, levels: [bool; 2]) -> bool {
    let most = u64::from(page.num_values());
    let values = |levels_end: Option<usize>| levels_end.and_then(|at| page.buffer().get(at..));
    let encoding = page.encoding();
    match page {
        Page::DictionaryPage { .. } => {
            matches!(encoding, Encoding::PLAIN | Encoding::PLAIN_DICTIONARY)
        }
        _ if !matches!(
            encoding,
            Encoding::DELTA_BINARY_PACKED
                | Encoding::DELTA_LENGTH_BYTE_ARRAY
                | Encoding::DELTA_BYTE_ARRAY
        ) =>
        {
            true
        }
        Page::DataPage { buf, def_level_encoding, rep_level_encoding, .. } => {
            let are_runs = [rep_level_encoding, def_level_encoding]
                .into_iter()
                .zip(levels)
                .all(|(encoding, is_there)| !is_there || *encoding == Encoding::RLE);
            are_runs
                && values(after_levels(buf, levels)).is_some_and(|it| differs(it, encoding, most))
        }
        Page::DataPageV2 { def_levels_byte_len, rep_levels_byte_len, .. } => {
            let end = def_levels_byte_len.checked_add(*rep_levels_byte_len);
            values(end.map(|end| end as usize)).is_some_and(|it| differs(it, encoding, most))
        }
    }
}

/// Where the values begin behind levels, each of which has its length before it.
fn after_levels(page: &Bytes, levels: [bool; 2]) -> Option<usize> {
    let mut at = 0_usize;
    for _ in levels.into_iter().filter(|is_there| *is_there) {
        let length = page.get(at..at.checked_add(4)?)?;
        let length = u32::from_le_bytes(length.try_into().expect("four bytes are taken"));
        at = at.checked_add(4)?.checked_add(length as usize)?;
    }
    Some(at)
}

/// Whether values by their differences are no more than so many. Texts have one such list of lengths,
/// and two where they say what they share with the text before.
fn differs(values: &[u8], encoding: Encoding, most: u64) -> bool {
    let Some(end) = Differences(values).end(most) else { return false };
    encoding != Encoding::DELTA_BYTE_ARRAY || Differences(end).end(most).is_some()
}

/// Numbers by their differences, in blocks of small blocks.
struct Differences<'a>(&'a [u8]);

impl<'a> Differences<'a> {
    /// What comes after them; `None` where they are more than so many, or end too early.
    fn end(mut self, most: u64) -> Option<&'a [u8]> {
        let (block, small_blocks, count) = (self.number()?, self.number()?, self.number()?);
        let _first = self.number()?;
        if count > most || small_blocks == 0 {
            return None;
        }
        let values_each = block / small_blocks;
        let mut left = count.saturating_sub(1);
        while left > 0 {
            let _least = self.number()?;
            let widths = self.take(small_blocks)?;
            for width in widths {
                if left == 0 {
                    break;
                }
                self.take(u64::from(*width).checked_mul(values_each)? / 8)?;
                left = left.saturating_sub(values_each.max(1));
            }
        }
        Some(self.0)
    }

    fn number(&mut self) -> Option<u64> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let byte = *self.take(1)?.first()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some(value);
            }
        }
        None
    }

    fn take(&mut self, length: u64) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(usize::try_from(length).ok()?)?;
        self.0 = rest;
        Some(taken)
    }
}
