//! The fair task's table, for the examples.

use std::collections::BTreeMap;

use models::{Chance, ColumnKind, Dataset, Matrix};

/// Whatever went wrong.
pub(crate) type Failure = Box<dyn std::error::Error>;

/// The table, and which rows are for fitting.
pub(crate) struct Table {
    data: Dataset,
    in_train: Vec<bool>,
}

impl Table {
    /// Reads the unpacked file.
    pub(crate) fn read(path: &str) -> Result<Self, Failure> {
        let text = std::fs::read_to_string(path)?;
        let mut codes: [BTreeMap<String, f32>; 2] = Default::default();
        let (mut values, mut y, mut in_train) = (Vec::new(), Vec::new(), Vec::new());
        for line in text.lines().skip(1) {
            let cells: Vec<&str> = line.split(',').collect();
            let [gap, uniqueness, length, ip, source, label, split] = cells[..] else {
                return Err(format!("a row of {} cells", cells.len()).into());
            };
            for number in [gap, uniqueness, length] {
                values.push(number.parse()?);
            }
            for (codes, text) in codes.iter_mut().zip([ip, source]) {
                let next = codes.len() as f32;
                values.push(*codes.entry(text.to_owned()).or_insert(next));
            }
            y.push(u32::from(label == "outlier"));
            in_train.push(split == "train");
        }
        let levels = codes.map(|codes| ColumnKind::Categorical { levels: codes.len() as u32 });
        let mut kinds = vec![ColumnKind::Numeric; 3];
        kinds.extend(levels);
        Ok(Self { data: Dataset::new(Matrix::new(5, values)?, kinds, y, 2)?, in_train })
    }

    fn rows(&self, train: bool) -> Vec<usize> {
        (0..self.in_train.len()).filter(|row| self.in_train[*row] == train).collect()
    }

    /// The `train` rows and the `test` rows.
    pub(crate) fn split(&self) -> Result<(Dataset, Dataset), Failure> {
        Ok((self.data.subset(&self.rows(true))?, self.data.subset(&self.rows(false))?))
    }

    /// Two parts of the `train` rows, which never look at the `test` rows: the folds of a five-fold
    /// cross-validation in turn (1 to 5, then those of another deal). Rows with equal features stay
    /// together.
    #[allow(dead_code, reason = "only one of the examples needs it")]
    pub(crate) fn inside(&self, turn: u64) -> Result<(Dataset, Dataset), Failure> {
        const FOLDS: u64 = 5;
        let mut copies: BTreeMap<Vec<u32>, Vec<usize>> = BTreeMap::new();
        for row in self.rows(true) {
            let key = self.data.x().row(row).iter().map(|value| value.to_bits()).collect();
            copies.entry(key).or_default().push(row);
        }
        let mut groups: Vec<Vec<usize>> = copies.into_values().collect();
        let (deal, fold) = (turn.saturating_sub(1) / FOLDS, turn.saturating_sub(1) % FOLDS);
        Chance::part(deal, 77).shuffle(&mut groups);
        let share = |fold: u64| groups.len() * fold as usize / FOLDS as usize;
        let held = share(fold)..share(fold + 1);
        let others = [&groups[..held.start], &groups[held.end..]].concat();
        Ok((self.data.subset(&others.concat())?, self.data.subset(&groups[held].concat())?))
    }
}
