use crate::matrix::finite;
use crate::{ColumnKind, Dataset};

/// Bins of a column, the missing one not counted.
pub(crate) const BINS_MAX: usize = 254;

/// How each column is cut into bins, and the bin of each row.
#[derive(Clone, Debug)]
pub(crate) struct Binned {
    pub(super) columns: Vec<BinnedColumn>,
    pub(super) rows: usize,
    /// Bins of all columns with the missing ones: the length of a histogram.
    pub(super) cells: usize,
}

/// One column in bins. Bin `bins` is that of missing values.
#[derive(Clone, Debug)]
pub(super) struct BinnedColumn {
    pub(super) of_row: Vec<u8>,
    pub(super) bins: usize,
    /// Where its bins start in a histogram.
    pub(super) first_cell: usize,
    pub(super) meaning: Meaning,
}

#[derive(Clone, Debug)]
pub(super) enum Meaning {
    /// The lowest and the highest value of each bin.
    Numbers { low: Vec<f32>, high: Vec<f32> },
    /// The category code of each bin.
    Categories { code: Vec<u32> },
}

impl Binned {
    /// Cuts the columns of a dataset.
    pub(crate) fn of(data: &Dataset) -> Self {
        let mut cells = 0;
        let column = |(at, kind): (usize, &ColumnKind)| {
            let values = data.x().column(at);
            let mut column = match kind {
                ColumnKind::Numeric => numbers(&values),
                ColumnKind::Categorical { levels } => categories(&values, *levels),
            };
            column.first_cell = cells;
            cells += column.bins + 1;
            column
        };
        let columns = data.kinds().iter().enumerate().map(column).collect();
        Self { columns, rows: data.rows(), cells }
    }

    /// For each categorical column the codes that have a bin, sorted.
    pub(crate) fn categories(&self) -> Vec<(usize, Vec<u32>)> {
        let known = |(at, column): (usize, &BinnedColumn)| match &column.meaning {
            Meaning::Numbers { .. } => None,
            Meaning::Categories { code } => {
                let mut code = code.clone();
                code.sort_unstable();
                Some((at, code))
            }
        };
        self.columns.iter().enumerate().filter_map(known).collect()
    }

    /// How many columns.
    pub(crate) fn columns(&self) -> usize {
        self.columns.len()
    }
}

fn numbers(values: &[f32]) -> BinnedColumn {
    let sorted = crate::quantiles::sorted(values);
    let (low, high) = cut(&sorted);
    let bins = high.len();
    let bin = |value: &f32| {
        if value.is_nan() {
            return bins as u8;
        }
        let value = finite(*value);
        high.partition_point(|high| *high < value) as u8
    };
    let of_row = values.iter().map(bin).collect();
    BinnedColumn { of_row, bins, first_cell: 0, meaning: Meaning::Numbers { low, high } }
}

/// The ends of bins with about equally many rows. Equal values are never parted, and where there are
/// few different values each has a bin of its own.
fn cut(sorted: &[f32]) -> (Vec<f32>, Vec<f32>) {
    let mut runs: Vec<(f32, usize)> = Vec::new();
    for value in sorted {
        match runs.last_mut() {
            Some((last, count)) if *last == *value => *count += 1,
            _ => runs.push((*value, 1)),
        }
    }
    let (mut low, mut high): (Vec<f32>, Vec<f32>) = (Vec::new(), Vec::new());
    let (mut left, mut here) = (sorted.len(), 0usize);
    let each_its_own = runs.len() <= BINS_MAX;
    let mut open = false;
    for (at, (value, count)) in runs.iter().enumerate() {
        if open {
            *high.last_mut().expect("an open bin is the last") = *value;
        } else {
            low.push(*value);
            high.push(*value);
        }
        here += count;
        let bins_left = BINS_MAX - high.len();
        let enough = here >= left.div_ceil(bins_left + 1);
        // A value that would fill a bin by itself starts a new one.
        let next_is_heavy =
            runs.get(at + 1).is_some_and(|(_, next)| *next >= left.div_ceil(bins_left + 1));
        if each_its_own || (bins_left > 0 && (enough || next_is_heavy)) {
            left -= here;
            here = 0;
            open = false;
        } else {
            open = true;
        }
    }
    (low, high)
}

fn categories(values: &[f32], levels: u32) -> BinnedColumn {
    let mut counts = vec![0usize; levels as usize];
    values.iter().filter(|v| !v.is_nan()).for_each(|v| counts[*v as usize] += 1);
    let mut code: Vec<u32> = (0..levels).filter(|code| counts[*code as usize] > 0).collect();
    code.sort_by_key(|code| std::cmp::Reverse(counts[*code as usize]));
    code.truncate(BINS_MAX);
    let bins = code.len();
    let mut bin_of = vec![bins as u8; levels as usize];
    code.iter().enumerate().for_each(|(bin, code)| bin_of[*code as usize] = bin as u8);
    let bin = |v: &f32| if v.is_nan() { bins as u8 } else { bin_of[*v as usize] };
    let of_row = values.iter().map(bin).collect();
    BinnedColumn { of_row, bins, first_cell: 0, meaning: Meaning::Categories { code } }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_values_have_a_bin_each_and_many_share_evenly() {
        let column = numbers(&[3.0, 1.0, f32::NAN, 3.0, f32::INFINITY]);
        assert_eq!(column.of_row, [1, 0, 3, 1, 2]);
        let many: Vec<f32> = (0..100_000).map(|v| ((v * 7919) % 100_003) as f32).collect();
        let column = numbers(&many);
        assert!((250..=BINS_MAX).contains(&column.bins), "{}", column.bins);
        let mut counts = vec![0; column.bins];
        column.of_row.iter().for_each(|bin| counts[usize::from(*bin)] += 1);
        let (min, max) = (counts.iter().min(), counts.iter().max());
        assert!(min > Some(&300) && max < Some(&500), "{min:?} {max:?}");
    }

    #[test]
    fn a_heavy_value_stands_alone() {
        let mut values: Vec<f32> = (0..5000).map(|v| v as f32).collect();
        values.extend(std::iter::repeat_n(2500.5, 5000));
        let column = numbers(&values);
        let Meaning::Numbers { low, high } = &column.meaning else { panic!("is numeric") };
        assert!(low.iter().zip(high).any(|(low, high)| low == high && *low == 2500.5));
        assert!(column.bins > 200);
    }
}
