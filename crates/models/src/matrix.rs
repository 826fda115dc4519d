use crate::{FitError, FitErrorKind};

/// Rows of numbers, one after the other; NaN is a missing value.
#[derive(Clone, Debug, PartialEq)]
pub struct Matrix {
    columns: usize,
    values: Vec<f32>,
}

impl Matrix {
    /// A matrix of `columns` columns from its values, row after row.
    ///
    /// # Errors
    /// When there is no column, or the last row is not whole.
    pub fn new(columns: usize, values: Vec<f32>) -> Result<Self, FitError> {
        if columns == 0 {
            return Err(FitErrorKind::NoColumns.into());
        }
        if !values.len().is_multiple_of(columns) {
            let found = values.len() % columns;
            return Err(FitErrorKind::Length { what: "last row", found, wanted: columns }.into());
        }
        Ok(Self { columns, values })
    }

    /// A matrix whose cell is `cell(row, column)`.
    pub fn from_fn(rows: usize, columns: usize, mut cell: impl FnMut(usize, usize) -> f32) -> Self {
        let mut values = Vec::with_capacity(rows * columns);
        for row in 0..rows {
            values.extend((0..columns).map(|column| cell(row, column)));
        }
        Self { columns, values }
    }

    /// How many rows.
    pub fn rows(&self) -> usize {
        self.values.len().checked_div(self.columns).unwrap_or(0)
    }

    /// How many columns.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// One row.
    pub fn row(&self, row: usize) -> &[f32] {
        &self.values[row * self.columns..(row + 1) * self.columns]
    }

    /// One cell.
    pub fn get(&self, row: usize, column: usize) -> f32 {
        self.values[row * self.columns + column]
    }

    /// Puts a value into one cell.
    pub fn set(&mut self, row: usize, column: usize, value: f32) {
        self.values[row * self.columns + column] = value;
    }

    /// The values of one column, copied.
    pub fn column(&self, column: usize) -> Vec<f32> {
        self.values.iter().skip(column).step_by(self.columns.max(1)).copied().collect()
    }

    /// All values, row after row.
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    /// The matrix borrowed, as detectors take it.
    pub fn view(&self) -> Rows<'_> {
        Rows { columns: self.columns, values: &self.values }
    }

    /// The chosen rows, in that order.
    pub fn subset(&self, rows: &[usize]) -> Self {
        let mut values = Vec::with_capacity(rows.len() * self.columns);
        for row in rows {
            values.extend_from_slice(self.row(*row));
        }
        Self { columns: self.columns, values }
    }
}

/// Borrowed rows: a whole matrix, a part of it, or a single row, without a copy.
#[derive(Clone, Copy, Debug)]
pub struct Rows<'a> {
    columns: usize,
    values: &'a [f32],
}

impl<'a> Rows<'a> {
    /// One row as rows.
    pub fn one(row: &'a [f32]) -> Self {
        Self { columns: row.len(), values: row }
    }

    /// How many rows.
    pub fn len(&self) -> usize {
        self.values.len().checked_div(self.columns).unwrap_or(0)
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// How many columns.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// One row.
    pub fn row(&self, row: usize) -> &'a [f32] {
        &self.values[row * self.columns..(row + 1) * self.columns]
    }

    /// The rows in order.
    pub fn iter(&self) -> std::slice::ChunksExact<'a, f32> {
        self.values.chunks_exact(self.columns.max(1))
    }

    /// The rows in blocks of at most `rows_max`.
    pub fn blocks(&self, rows_max: usize) -> impl Iterator<Item = Rows<'a>> + use<'a> {
        let columns = self.columns;
        let block = (columns * rows_max).max(1);
        self.values.chunks(block).map(move |values| Rows { columns, values })
    }
}

/// The number itself, an infinite one as the largest finite one of its sign; NaN stays.
pub(crate) fn finite(value: f32) -> f32 {
    if value.is_nan() { value } else { value.clamp(f32::MIN, f32::MAX) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_columns_and_blocks_are_the_same_cells() {
        let x = Matrix::from_fn(5, 3, |row, column| (row * 10 + column) as f32);
        assert_eq!(x.row(2), [20.0, 21.0, 22.0]);
        assert_eq!(x.column(1), [1.0, 11.0, 21.0, 31.0, 41.0]);
        assert_eq!(x.subset(&[4, 0]).row(0), x.row(4));
        let lengths: Vec<usize> = x.view().blocks(2).map(|block| block.len()).collect();
        assert_eq!(lengths, [2, 2, 1]);
        assert!(Matrix::new(2, vec![1.0; 3]).is_err());
        assert!(Matrix::new(0, vec![]).is_err());
    }
}
