//! Raw columns become inputs of a network, a line or a distance: fitted inside each fold, stored with
//! the model.
//!
//! A number is squeezed where it is skewed, standardised, and clipped to [`LIMIT_SDS`]; a missing one
//! becomes the median, and where the fit has seen missing ones an indicator says so. Where it is asked
//! for, inputs that rise from 0 to 1 over one piece of the column each follow (Gorishniy et al., *On
//! Embeddings for Numerical Features in Tabular Deep Learning*, 2022): a steep step is then a weight. A category
//! becomes one input a level and one for "none of them": never seen, too rare, or missing.

mod fit;
mod math;

use serde::{Deserialize, Serialize};

pub(crate) use math::squeeze;

use crate::{ColumnKind, Dataset, FitError, LoadError, Rows};

/// How far from the mean an input may lie, in standard deviations: what is farther is as far.
pub const LIMIT_SDS: f32 = 20.0;

/// More pieces of a column than this would each hold too few rows to learn from.
const PIECES_MAX: usize = 1_000;

/// When a numeric column is squeezed by `sign(x) · ln(1 + |x|)`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Squeeze {
    /// Where its skewness is above 1 in size and squeezing halves it at least.
    #[default]
    WhereSkewed,
    /// Nowhere.
    Never,
    /// These columns, and no others.
    Columns(Vec<usize>),
}

/// The settings of preprocessing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Preprocess {
    /// Which columns are squeezed.
    pub squeeze: Squeeze,
    /// A category with fewer rows than this shares the input of the unseen ones, so that this input
    /// has something to learn from.
    pub rare_rows: usize,
    /// Into how many pieces of equally many rows a numeric column is cut as well, at most; 0 is not at
    /// all.
    pub pieces_max: usize,
}

impl Default for Preprocess {
    fn default() -> Self {
        Self { squeeze: Squeeze::WhereSkewed, rare_rows: 10, pieces_max: 0 }
    }
}

/// Fitted preprocessing: raw rows to inputs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Encoder {
    columns: Vec<ColumnEncoder>,
    width: usize,
}

/// What one raw column becomes. `at` is the first of its inputs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ColumnEncoder {
    /// `(squeezed value - mean) × scale`, clipped; then, maybe, 1 where the value was missing.
    Numeric {
        /// The input of the value.
        at: usize,
        /// Whether the value is squeezed first.
        squeezed: bool,
        /// What a missing value is taken for (not squeezed).
        median: f32,
        /// The mean of the fit, after squeezing.
        mean: f32,
        /// One over the standard deviation of the fit; 0 where the column is constant.
        scale: f32,
        /// The input that tells missing values, where the fit had any.
        indicator: Option<usize>,
        /// One input each, after the indicator.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        pieces: Vec<Piece>,
    },
    /// One input a kept level, and one for everything else.
    OneHot {
        /// The first input.
        at: usize,
        /// For each code its slot, counted from `at`.
        slot_of_code: Vec<u32>,
        /// The slot of everything else; the last.
        other: u32,
    },
}

/// `(standardised value - from) × slope`, clipped to 0..=1.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Piece {
    /// Where it is 0, and below.
    pub from: f32,
    /// One over its width.
    pub slope: f32,
}

impl Preprocess {
    /// Learns medians, means, scales, pieces and levels.
    ///
    /// # Errors
    /// When a setting is out of range.
    pub fn fit(&self, train: &Dataset) -> Result<Encoder, FitError> {
        if self.pieces_max > PIECES_MAX {
            let rule = format!("must be 0 to {PIECES_MAX}");
            return Err(FitError::setting("pieces_max", self.pieces_max, &rule));
        }
        Ok(fit::fit(self, train))
    }
}

impl Encoder {
    /// What each raw column becomes.
    pub fn columns(&self) -> &[ColumnEncoder] {
        &self.columns
    }

    /// How many inputs it gives.
    pub fn width(&self) -> usize {
        self.width
    }

    /// The raw column of each input.
    pub fn column_of_input(&self) -> Vec<usize> {
        let mut owner = vec![0; self.width];
        for (column, encoder) in self.columns.iter().enumerate() {
            match encoder {
                ColumnEncoder::Numeric { at, .. } | ColumnEncoder::OneHot { at, .. } => {
                    owner[*at..at + encoder.width()].fill(column);
                }
            }
        }
        owner
    }

    /// One row.
    ///
    /// # Panics
    /// When the row or `inputs` has another length.
    pub fn encode_row(&self, row: &[f32], inputs: &mut [f32]) {
        assert_eq!(row.len(), self.columns.len(), "columns of the row and of the encoder");
        assert_eq!(inputs.len(), self.width, "inputs");
        for (value, column) in row.iter().zip(&self.columns) {
            column.encode(*value, inputs);
        }
    }

    /// All rows, one after the other.
    ///
    /// # Panics
    /// When the rows have another number of columns.
    pub fn encode(&self, rows: Rows<'_>) -> Vec<f32> {
        let mut inputs = vec![0.0; rows.len() * self.width];
        for (row, inputs) in rows.iter().zip(inputs.chunks_exact_mut(self.width.max(1))) {
            self.encode_row(row, inputs);
        }
        inputs
    }

    /// Refuses an encoder whose inputs overlap or leave gaps.
    pub(crate) fn check(&self, kind: &str) -> Result<(), LoadError> {
        let mut next = 0;
        for column in &self.columns {
            let (at, sound) = match column {
                ColumnEncoder::Numeric { at, indicator, median, mean, scale, pieces, .. } => {
                    let in_place = indicator.is_none_or(|place| place == at + 1);
                    let mut numbers = vec![*median, *mean, *scale];
                    numbers.extend(pieces.iter().flat_map(|piece| [piece.from, piece.slope]));
                    (*at, in_place && numbers.iter().all(|number| number.is_finite()))
                }
                ColumnEncoder::OneHot { at, slot_of_code, other } => {
                    (*at, slot_of_code.iter().all(|slot| slot <= other))
                }
            };
            if at != next || !sound {
                return Err(LoadError::new(kind, "its preprocessing does not hold together"));
            }
            next = at + column.width();
        }
        if next != self.width || self.columns.is_empty() {
            return Err(LoadError::new(kind, "its preprocessing has another width"));
        }
        Ok(())
    }
}

impl ColumnEncoder {
    /// How many inputs it gives.
    fn width(&self) -> usize {
        match self {
            Self::Numeric { indicator, pieces, .. } => {
                1 + usize::from(indicator.is_some()) + pieces.len()
            }
            Self::OneHot { other, .. } => *other as usize + 1,
        }
    }

    fn encode(&self, value: f32, inputs: &mut [f32]) {
        match self {
            Self::Numeric { at, squeezed, median, mean, scale, indicator, pieces } => {
                let missing = value.is_nan();
                let value = if missing { *median } else { crate::matrix::finite(value) };
                let value = if *squeezed { squeeze(value) } else { value };
                let value = standardise(value, *mean, *scale);
                inputs[*at] = value;
                if let Some(indicator) = indicator {
                    inputs[*indicator] = f32::from(u8::from(missing));
                }
                let first = at + 1 + usize::from(indicator.is_some());
                for (piece, input) in pieces.iter().zip(&mut inputs[first..]) {
                    *input = ((value - piece.from) * piece.slope).clamp(0.0, 1.0);
                }
            }
            Self::OneHot { at, slot_of_code, other } => {
                let slots = &mut inputs[*at..=at + *other as usize];
                slots.fill(0.0);
                slots[slot(slot_of_code, *other, value)] = 1.0;
            }
        }
    }
}

/// Far beyond the limit the product may overflow to an infinity, which the clip takes back.
fn standardise(value: f32, mean: f32, scale: f32) -> f32 {
    if scale == 0.0 {
        return 0.0;
    }
    ((value - mean) * scale).clamp(-LIMIT_SDS, LIMIT_SDS)
}

fn slot(slot_of_code: &[u32], other: u32, code: f32) -> usize {
    let whole = code >= 0.0 && code.fract() == 0.0;
    let known = if whole { slot_of_code.get(code as usize) } else { None };
    *known.unwrap_or(&other) as usize
}

/// The row that stands for what is ordinary, with which rows are compared to explain them: of each
/// column the median or the commonest category, among the rows of class 0 where there are labels.
pub fn ordinary_row(train: &Dataset) -> Vec<f32> {
    let ordinary = |row: usize| train.y().get(row).is_none_or(|label| *label == 0);
    let mut rows: Vec<usize> = (0..train.rows()).filter(|row| ordinary(*row)).collect();
    if rows.is_empty() {
        rows = (0..train.rows()).collect();
    }
    let of_column = |(column, kind): (usize, &ColumnKind)| {
        let values: Vec<f32> = rows.iter().map(|row| train.x().get(*row, column)).collect();
        match kind {
            ColumnKind::Numeric => fit::median_low(&values),
            ColumnKind::Categorical { levels } => fit::commonest(&values, *levels),
        }
    };
    train.kinds().iter().enumerate().map(of_column).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Matrix, quantiles};

    fn table() -> Dataset {
        let x = Matrix::from_fn(100, 3, |row, column| match column {
            0 if row == 7 => f32::NAN,
            0 => (row as f32 * 0.1).exp(),
            1 => [0.0, 0.0, 1.0][row % 3],
            _ => 5.0,
        });
        let kinds =
            vec![ColumnKind::Numeric, ColumnKind::Categorical { levels: 3 }, ColumnKind::Numeric];
        Dataset::unlabelled(x, kinds).expect("is sound")
    }

    #[test]
    fn each_column_becomes_what_its_kind_says() {
        let encoder = Preprocess::default().fit(&table()).expect("fits");
        assert!(matches!(encoder.columns()[0], ColumnEncoder::Numeric { squeezed: true, .. }));
        assert_eq!(encoder.column_of_input(), [0, 0, 1, 1, 1, 2]);
        let encode = |row: [f32; 3]| encoder.encode(Rows::one(&row));
        assert_eq!(encode([f32::NAN, 1.0, 5.0])[1..], [1.0, 0.0, 1.0, 0.0, 0.0]);
        assert_eq!(encode([1.0, 2.0, 9.0])[1..], [0.0, 0.0, 0.0, 1.0, 0.0], "too rare, constant");
        assert_eq!(encode([f32::INFINITY, f32::NAN, 5.0])[4], 1.0, "missing category");
        assert!(encode([f32::INFINITY, 0.5, 5.0]).iter().all(|v| v.abs() <= LIMIT_SDS));
        encoder.check("test").expect("is sound");
    }

    #[test]
    fn standardised_columns_have_mean_0_and_variance_1() {
        let encoder = Preprocess::default().fit(&table()).expect("fits");
        let inputs = encoder.encode(table().x().view());
        let first: Vec<f64> = inputs.iter().step_by(6).map(|v| f64::from(*v)).collect();
        let mean = first.iter().sum::<f64>() / 100.0;
        let variance = first.iter().map(|v| v * v).sum::<f64>() / 100.0;
        assert!(mean.abs() < 0.01 && (variance - 1.0).abs() < 0.02, "{mean} {variance}");
    }

    #[test]
    fn pieces_rise_one_after_the_other_and_lie_between_quantiles() {
        let encoder = in_pieces(4, &table()).expect("fits");
        encoder.check("test").expect("is sound");
        // Value, missing, four pieces; three slots; a constant column has no piece.
        assert_eq!(encoder.column_of_input(), [0, 0, 0, 0, 0, 0, 1, 1, 1, 2]);
        let pieces = |value: f32| encoder.encode(Rows::one(&[value, 0.0, 5.0]))[2..6].to_vec();
        let there = table().x().column(0);
        let there = quantiles::sorted(&there);
        let edge = |at: usize| there[at * (there.len() - 1) / 4];
        for at in 0..=4 {
            let found: f32 = pieces(edge(at)).iter().sum();
            assert!((found - at as f32).abs() < 1e-3, "{at}: {found}");
        }
        assert_eq!(pieces(f32::NEG_INFINITY), [0.0; 4]);
        assert_eq!(pieces(f32::INFINITY), [1.0; 4]);
        let second = pieces((edge(1) * edge(2)).sqrt());
        assert!(second[0] == 1.0 && second[2] == 0.0, "{second:?}");
        assert!((second[1] - 0.5).abs() < 0.05, "the middle of a squeezed piece: {second:?}");
    }

    #[test]
    fn values_that_many_rows_share_make_fewer_pieces() {
        let x = Matrix::from_fn(100, 1, |row, _| (row / 40) as f32);
        let train = Dataset::unlabelled(x, vec![ColumnKind::Numeric]).expect("is sound");
        let encoder = in_pieces(50, &train).expect("fits");
        assert_eq!(encoder.encode(Rows::one(&[1.0]))[1..], [1.0, 0.0]);
        let error = in_pieces(1_001, &train).expect_err("must be refused");
        assert_eq!(error.to_string(), "invalid pieces_max 1001: must be 0 to 1000");
    }

    fn in_pieces(pieces_max: usize, train: &Dataset) -> Result<Encoder, FitError> {
        Preprocess { pieces_max, ..Preprocess::default() }.fit(train)
    }

    #[test]
    fn the_ordinary_row_is_of_the_ordinary_class() {
        let x = Matrix::from_fn(9, 2, |row, column| (row * (column + 1) % 9) as f32);
        let kinds = vec![ColumnKind::Numeric, ColumnKind::Categorical { levels: 9 }];
        let y = (0..9).map(|row| u32::from(row > 2)).collect();
        let train = Dataset::new(x, kinds, y, 2).expect("is sound");
        assert_eq!(ordinary_row(&train), [1.0, 0.0]);
    }
}
