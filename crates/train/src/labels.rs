//! The label column: its classes, and which of them are the ones to be found.

use std::collections::BTreeMap;

use crate::error::{Error, data};
use crate::table::{Table, canonical_name};

/// Most classes a label may have.
pub const MAX_CLASSES: usize = 32;

/// Names that mean "nothing wrong here", in lower case.
const ORDINARY_NAMES: [&str; 10] =
    ["normal", "benign", "0", "false", "ok", "good", "legit", "legitimate", "no", "human"];

/// What a column says about each row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Labels {
    /// The name of the column.
    pub column: String,
    /// The class of each row, an index into `classes`.
    pub ids: Vec<u32>,
    /// The names of the classes, sorted.
    pub classes: Vec<String>,
    /// Whether a class is one to be found, one entry a class.
    pub positive: Vec<bool>,
}

/// How a label with more than two classes is to be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Task {
    /// The positive classes against all others.
    Binary,
    /// Every class for itself.
    MultiClass,
}

impl Labels {
    /// Reads the label. Positive are the classes named in `positive`, else the one that is not
    /// called normal, benign, 0 or false.
    ///
    /// # Errors
    /// A column that is not there, an empty cell, one class only, a class of one row, names in
    /// `positive` that no row has, or more than two classes with none named for [`Task::Binary`].
    pub fn read(table: &Table, name: &str, positive: &[String], task: Task) -> Result<Self, Error> {
        let mut labels = Self::classes_of(table, name)?;
        labels.refuse_too_few()?;
        labels.positive = labels.choose_positive(positive, task)?;
        Ok(labels)
    }

    /// Reads labels to judge a fitted model by: one class may be rare or absent.
    pub fn read_for_evaluation(
        table: &Table,
        name: &str,
        positive: &[String],
    ) -> Result<Self, Error> {
        let mut labels = Self::classes_of(table, name)?;
        labels.positive = labels.choose_positive(positive, Task::Binary)?;
        Ok(labels)
    }

    fn classes_of(table: &Table, name: &str) -> Result<Self, Error> {
        let column = table.require(name, "label")?;
        let mut numbers: BTreeMap<&str, u32> = BTreeMap::new();
        for (row, cell) in column.cells.iter().enumerate() {
            if cell.is_empty() || cell.eq_ignore_ascii_case("nan") {
                let row = row + 1;
                return Err(data(format!(
                    "missing label {cell:?} in column {:?}, row {row}: every row needs one",
                    column.name
                )));
            }
            numbers.insert(cell, 0);
            if numbers.len() > MAX_CLASSES {
                return Err(data(format!(
                    "too many classes in label column {:?}, row {}: at most {MAX_CLASSES} are \
                     classes; is it the label?",
                    column.name,
                    row + 1
                )));
            }
        }
        numbers.values_mut().zip(0..).for_each(|(number, id)| *number = id);
        Ok(Self {
            column: column.name.clone(),
            ids: column.cells.iter().map(|cell| numbers[cell]).collect(),
            classes: numbers.into_keys().map(str::to_owned).collect(),
            positive: Vec::new(),
        })
    }

    pub(crate) fn refuse_too_few(&self) -> Result<(), Error> {
        if let [only] = self.classes.as_slice() {
            return Err(data(format!(
                "constant label {only:?} in column {:?}: two classes are wanted",
                self.column
            )));
        }
        for (id, class) in self.classes.iter().enumerate() {
            let mut rows = self.ids.iter().enumerate().filter(|(_, of)| **of == id as u32);
            if let (Some((row, _)), None) = (rows.next(), rows.next()) {
                return Err(data(format!(
                    "class {class:?} of label column {:?} has one row, row {}: at least two are \
                     wanted; take the row out or join the class to another",
                    self.column,
                    row + 1
                )));
            }
        }
        Ok(())
    }

    fn choose_positive(&self, named: &[String], task: Task) -> Result<Vec<bool>, Error> {
        if let Some(stranger) = named.iter().find(|name| !self.classes.contains(name)) {
            return Err(data(format!(
                "unknown class {stranger:?} for --positive: label column {:?} has {}",
                self.column,
                self.classes.join(", ")
            )));
        }
        if !named.is_empty() {
            let chosen: Vec<_> = self.classes.iter().map(|class| named.contains(class)).collect();
            if chosen.iter().all(|is| *is) && self.classes.len() > 1 {
                return Err(data(format!(
                    "every class of label column {:?} is named by --positive: one must stay",
                    self.column
                )));
            }
            return Ok(chosen);
        }
        let ordinary: Vec<bool> = self.classes.iter().map(|class| is_ordinary(class)).collect();
        let positives = ordinary.iter().filter(|is| !**is).count();
        match (task, positives) {
            (Task::Binary, 1) => Ok(ordinary.iter().map(|is| !is).collect()),
            (Task::MultiClass, _) => Ok(ordinary.iter().map(|is| !is).collect()),
            (Task::Binary, _) => Err(self.unclear(&ordinary)),
        }
    }

    /// Says what to type where it is not clear which class is to be found.
    fn unclear(&self, ordinary: &[bool]) -> Error {
        let counts: Vec<_> = self
            .classes
            .iter()
            .enumerate()
            .map(|(id, class)| {
                let rows = self.ids.iter().filter(|of| **of == id as u32).count();
                format!("{class} ({rows})")
            })
            .collect();
        let offer: Vec<_> = self
            .classes
            .iter()
            .zip(ordinary)
            .filter(|(_, is)| !**is)
            .map(|(class, _)| class.as_str())
            .collect();
        let tells_none = offer.is_empty() || offer.len() == self.classes.len();
        let offer = match tells_none {
            true => self.classes[1..].join(","),
            false => offer.join(","),
        };
        let (column, counts) = (&self.column, counts.join(", "));
        data(match self.classes.len() {
            2 => format!(
                "unclear which class of label column {column:?} is to be found: {counts}; name it, \
                 for example --positive {offer}"
            ),
            several => format!(
                "label column {column:?} has {several} classes where two are wanted: {counts}; name \
                 those to be found, for example --positive {offer}"
            ),
        })
    }

    /// Whether a row belongs to a class that is to be found.
    pub fn is_positive(&self, row: usize) -> bool {
        self.positive[self.ids[row] as usize]
    }

    /// Yes or no, one entry a row.
    pub fn truth(&self) -> Vec<bool> {
        (0..self.ids.len()).map(|row| self.is_positive(row)).collect()
    }

    /// The classes to be found, by name.
    pub fn positive_names(&self) -> Vec<String> {
        let named = self.classes.iter().zip(&self.positive);
        named.filter(|(_, is)| **is).map(|(class, _)| class.clone()).collect()
    }

    /// The other classes, by name.
    pub fn negative_names(&self) -> Vec<String> {
        let named = self.classes.iter().zip(&self.positive);
        named.filter(|(_, is)| !**is).map(|(class, _)| class.clone()).collect()
    }
}

fn is_ordinary(class: &str) -> bool {
    ORDINARY_NAMES.contains(&canonical_name(class).as_str()) || class.parse() == Ok(0.0_f64)
}
