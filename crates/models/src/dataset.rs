use serde::{Deserialize, Serialize};

use crate::{FitError, FitErrorKind, Matrix};

/// What the numbers of a column are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ColumnKind {
    /// A quantity.
    Numeric,
    /// The code of a category: a whole number below `levels`. When scoring, NaN is a missing value
    /// and any other number a category that was not there at the fit.
    Categorical {
        /// How many categories the column has.
        levels: u32,
    },
}

/// What an estimator fits: rows with what is known of them.
///
/// Class 0 is the ordinary one; every other class is worse. A dataset without labels has 0 classes.
/// Columns are raw: not scaled, not encoded.
#[derive(Clone, Debug, PartialEq)]
pub struct Dataset {
    x: Matrix,
    kinds: Vec<ColumnKind>,
    y: Vec<u32>,
    classes: u32,
    weights: Option<Vec<f32>>,
}

impl Dataset {
    /// Labelled rows: one label a row, each below `classes`.
    ///
    /// # Errors
    /// When there is no row, lengths differ, a label names no class, or a category is not a code.
    pub fn new(
        x: Matrix,
        kinds: Vec<ColumnKind>,
        y: Vec<u32>,
        classes: u32,
    ) -> Result<Self, FitError> {
        let rows = x.rows();
        if y.len() != rows {
            return Err(
                FitErrorKind::Length { what: "labels", found: y.len(), wanted: rows }.into()
            );
        }
        if let Some(row) = y.iter().position(|label| *label >= classes) {
            return Err(FitErrorKind::Label { row, label: y[row], classes }.into());
        }
        Ok(Self { y, classes, ..Self::unlabelled(x, kinds)? })
    }

    /// Rows without labels, for unsupervised estimators.
    ///
    /// # Errors
    /// As [`Dataset::new`].
    pub fn unlabelled(x: Matrix, kinds: Vec<ColumnKind>) -> Result<Self, FitError> {
        if x.rows() == 0 {
            return Err(FitErrorKind::NoRows.into());
        }
        if kinds.len() != x.columns() {
            let (found, wanted) = (kinds.len(), x.columns());
            return Err(FitErrorKind::Length { what: "column kinds", found, wanted }.into());
        }
        for (column, kind) in kinds.iter().enumerate() {
            let ColumnKind::Categorical { levels } = *kind else { continue };
            let is_code =
                |v: f32| v.is_nan() || (v >= 0.0 && v < levels as f32 && v.fract() == 0.0);
            if let Some(row) = (0..x.rows()).find(|row| !is_code(x.get(*row, column))) {
                let value = x.get(row, column);
                return Err(FitErrorKind::Category { row, column, value, levels }.into());
            }
        }
        Ok(Self { x, kinds, y: Vec::new(), classes: 0, weights: None })
    }

    /// The same rows with a weight each.
    ///
    /// # Errors
    /// When the lengths differ, or a weight is negative or not finite, or all are 0.
    pub fn with_weights(mut self, weights: Vec<f32>) -> Result<Self, FitError> {
        let (found, wanted) = (weights.len(), self.rows());
        if found != wanted {
            return Err(FitErrorKind::Length { what: "weights", found, wanted }.into());
        }
        let bad = weights.iter().position(|w| !(w.is_finite() && *w >= 0.0));
        let all_zero = weights.iter().all(|w| *w == 0.0).then_some(0);
        if let Some(row) = bad.or(all_zero) {
            return Err(FitErrorKind::Weight { row, weight: weights[row] }.into());
        }
        self.weights = Some(weights);
        Ok(self)
    }

    /// The chosen rows, in that order, with their labels and weights.
    ///
    /// # Errors
    /// When no row is chosen.
    pub fn subset(&self, rows: &[usize]) -> Result<Self, FitError> {
        if rows.is_empty() {
            return Err(FitErrorKind::NoRows.into());
        }
        let pick_y = || rows.iter().map(|row| self.y[*row]).collect();
        Ok(Self {
            x: self.x.subset(rows),
            kinds: self.kinds.clone(),
            y: if self.classes == 0 { Vec::new() } else { pick_y() },
            classes: self.classes,
            weights: self.weights.as_ref().map(|all| rows.iter().map(|row| all[*row]).collect()),
        })
    }

    /// The rows.
    pub fn x(&self) -> &Matrix {
        &self.x
    }

    /// What each column is.
    pub fn kinds(&self) -> &[ColumnKind] {
        &self.kinds
    }

    /// The labels; empty when there are none.
    pub fn y(&self) -> &[u32] {
        &self.y
    }

    /// How many classes the labels can name; 0 without labels.
    pub fn classes(&self) -> u32 {
        self.classes
    }

    /// How many rows.
    pub fn rows(&self) -> usize {
        self.x.rows()
    }

    /// The weight of a row: 1 where none are given.
    pub fn weight(&self, row: usize) -> f32 {
        self.weights.as_ref().map_or(1.0, |weights| weights[row])
    }

    /// The weights, where they are given.
    pub fn weights(&self) -> Option<&[f32]> {
        self.weights.as_deref()
    }

    /// How many rows each class has.
    pub fn class_counts(&self) -> Vec<usize> {
        let mut counts = vec![0; self.classes as usize];
        self.y.iter().for_each(|label| counts[*label as usize] += 1);
        counts
    }

    /// Refuses what no supervised estimator can learn from.
    ///
    /// # Errors
    /// When there are no labels, or all rows that weigh anything are of one class.
    pub fn needs_two_classes(&self, estimator: &'static str) -> Result<(), FitError> {
        let mut weighing = self.y.iter().enumerate().filter(|(row, _)| self.weight(*row) > 0.0);
        let Some((_, first)) = weighing.next() else {
            return Err(FitErrorKind::Unlabelled { estimator }.into());
        };
        if weighing.all(|(_, label)| label == first) {
            return Err(FitErrorKind::OneClass { class: *first }.into());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dataset_that_does_not_fit_together_cannot_be_made() {
        let x = || Matrix::from_fn(3, 2, |row, _| row as f32);
        let numeric = vec![ColumnKind::Numeric; 2];
        let check = |made: Result<Dataset, FitError>, expect: &str| {
            assert_eq!(made.expect_err("must be refused").to_string(), expect);
        };
        check(
            Dataset::new(x(), numeric.clone(), vec![0, 1], 2),
            "invalid length 2 of labels: must be 3",
        );
        check(
            Dataset::new(x(), numeric.clone(), vec![0, 1, 2], 2),
            "invalid label 2 in row 2: must be below the 2 classes",
        );
        check(
            Dataset::unlabelled(x(), vec![ColumnKind::Categorical { levels: 2 }; 2]),
            "invalid category 2 in row 2, column 0: must be a whole number below 2",
        );
        check(
            Dataset::unlabelled(x(), numeric.clone())
                .and_then(|data| data.with_weights(vec![1.0, f32::NAN, 1.0])),
            "invalid weight NaN in row 1: must be finite and not negative",
        );
        check(
            Dataset::unlabelled(x(), numeric).and_then(|data| data.subset(&[])),
            "invalid dataset of 0 rows: must have at least 1",
        );
    }
}
