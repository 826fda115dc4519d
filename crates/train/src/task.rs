//! A table with its roles told apart: what to learn from, what to judge by, what to leave alone.

use std::fmt;

use models::{Dataset, Matrix};

use crate::audit::{Audit, Drift, drift, near_duplicate_groups};
use crate::error::{Error, data, internal, usage};
use crate::labels::{Labels, Task as LabelTask};
use crate::schema::{Schema, Unseen, matrix};
use crate::splits::{Strata, hold_out, united};
use crate::table::{Kind, LeftOut, Table, Typed, infer};

/// What a person says of a table.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TaskOptions {
    /// The label column.
    pub label: String,
    /// The classes to be found; empty for the one that is not called normal, benign, 0 or false.
    pub positive: Vec<String>,
    /// Whether every class is told apart, or the positive ones from the rest.
    pub multi_class: bool,
    /// Columns to leave out.
    pub drop: Vec<String>,
    /// Texts that stand for a missing value, beside the empty one.
    pub missing: Vec<String>,
    /// Which rows must stay on one side of a split.
    pub group_by: GroupBy,
    /// Where the rows to judge by come from.
    pub test: TestRows,
    /// Governs what is held out.
    pub seed: u64,
}

/// Which rows must stay on one side of a split.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum GroupBy {
    /// Those that are equal to three digits.
    #[default]
    NearDuplicates,
    /// Those, and those with the same value in a column.
    Column(String),
    /// None: every row for itself, even one that repeats another.
    Rows,
}

impl fmt::Display for GroupBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NearDuplicates => f.write_str("rows that are equal to three digits"),
            Self::Column(name) => {
                write!(f, "rows of one {name}, and rows that are equal to three digits,")
            }
            Self::Rows => f.write_str("no rows"),
        }
    }
}

/// Where the rows that the final model is judged by come from.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum TestRows {
    /// There are none: the folds judge.
    #[default]
    None,
    /// A column of the table says `train` or `test` of each row.
    Column(String),
    /// This share of the rows is held out, whole groups at a time.
    Share(f64),
}

/// A set of labelled rows.
#[derive(Clone, Debug, PartialEq)]
pub struct Labelled {
    /// The rows with their classes; class 0 is the ordinary one.
    pub data: Dataset,
    /// Whether a row belongs to a class that is to be found.
    pub truth: Vec<bool>,
}

/// Everything that training needs of a table.
#[derive(Clone, Debug)]
pub struct Task {
    /// The columns that the model sees.
    pub schema: Schema,
    /// The name of the label column.
    pub label: String,
    /// The classes as the model numbers them.
    pub class_names: Vec<String>,
    /// Rows to learn from.
    pub train: Labelled,
    /// What puts them into groups.
    pub group_by: GroupBy,
    /// The group of each of them, which no split parts.
    pub groups: Vec<u32>,
    /// Rows to judge by.
    pub test: Option<Labelled>,
    /// How far each column of the test rows lies from that of the training rows.
    pub test_drift: Vec<Drift>,
    /// Test rows that equal, to three digits, one that was learned from.
    pub test_copies: usize,
    /// What was found in the training rows.
    pub audit: Audit,
    /// BLAKE3 of the table.
    pub data_digest: [u8; 32],
}

impl Task {
    /// Tells the roles of a table's columns and rows.
    ///
    /// # Errors
    /// See [`Labels::read`], [`infer`] and [`hold_out`]; and when a column that an option names is
    /// not there, or says something else than it should.
    pub fn from_table(table: &Table, options: &TaskOptions) -> Result<Self, Error> {
        let parts = Parts::of(table, options)?;
        let (train_rows, test_rows) = parts.train_and_test(table, options)?;
        let train_columns = subset(&parts.columns, &train_rows);
        let schema = Schema::of(&train_columns, &options.missing);
        let train_labels = labels_of(&parts.labels, &train_rows);
        train_labels.refuse_too_few()?;
        let groups: Vec<u32> = train_rows.iter().map(|row| parts.groups[*row]).collect();
        let audit = Audit::of(&train_columns, &parts.left_out, &train_labels, &groups);
        let order = class_order(&parts.labels, options.multi_class)?;
        let train = labelled(&schema, &train_columns, &train_labels, &order)?;
        let mut task = Self {
            label: parts.labels.column.clone(),
            class_names: order.names,
            train,
            group_by: options.group_by.clone(),
            groups,
            test: None,
            test_drift: Vec::new(),
            test_copies: 0,
            audit,
            data_digest: table.digest(),
            schema,
        };
        if !test_rows.is_empty() {
            let columns = subset(&parts.columns, &test_rows);
            let labels = labels_of(&parts.labels, &test_rows);
            task.set_test(&train_columns, &columns, &labels, options.multi_class)?;
        }
        Ok(task)
    }

    /// Judges the final model by the rows of another table.
    ///
    /// # Errors
    /// When the columns differ, or the labels name a class that the training table lacks.
    pub fn with_test_table(
        mut self,
        train: &Table,
        test: &Table,
        options: &TaskOptions,
    ) -> Result<(Self, Vec<Unseen>), Error> {
        let (train_columns, _) = self.schema.read(train)?;
        let (columns, unseen) = self.schema.read(test)?;
        let labels = Labels::read_for_evaluation(test, &options.label, &options.positive)?;
        self.set_test(&train_columns, &columns, &labels, options.multi_class)?;
        Ok((self, unseen))
    }

    fn set_test(
        &mut self,
        train_columns: &[Typed],
        columns: &[Typed],
        labels: &Labels,
        multi_class: bool,
    ) -> Result<(), Error> {
        let order = class_order_like(labels, &self.class_names, multi_class)?;
        self.test = Some(labelled(&self.schema, columns, labels, &order)?);
        let pairs = self.schema.columns.iter().zip(columns);
        self.test_drift =
            pairs.map(|(then, now)| drift(&then.name, &then.profile, &now.kind)).collect();
        self.test_copies = copies(train_columns, columns);
        Ok(())
    }

    /// The training rows as splits see them.
    pub fn strata(&self) -> Strata<'_> {
        Strata {
            classes: self.train.data.y(),
            groups: &self.groups,
            class_names: &self.class_names,
        }
    }
}

/// A table taken apart.
struct Parts {
    labels: Labels,
    columns: Vec<Typed>,
    left_out: Vec<LeftOut>,
    groups: Vec<u32>,
}

impl Parts {
    fn of(table: &Table, options: &TaskOptions) -> Result<Self, Error> {
        let label_task =
            if options.multi_class { LabelTask::MultiClass } else { LabelTask::Binary };
        let labels = Labels::read(table, &options.label, &options.positive, label_task)?;
        let mut used = vec![labels.column.clone()];
        for name in &options.drop {
            used.push(table.require(name, "dropped")?.name.clone());
        }
        if let GroupBy::Column(name) = &options.group_by {
            used.push(table.require(name, "group")?.name.clone());
        }
        if let TestRows::Column(name) = &options.test {
            used.push(table.require(name, "split")?.name.clone());
        }
        let (columns, mut left_out) = infer(table, &used, &options.missing)?;
        let dropped = options
            .drop
            .iter()
            .map(|name| LeftOut { name: name.clone(), because: "dropped as told".to_owned() });
        left_out.extend(dropped);
        if columns.is_empty() {
            return Err(data(format!(
                "no column is left to learn from: {} are left out",
                left_out.len()
            )));
        }
        let groups = match &options.group_by {
            GroupBy::NearDuplicates => near_duplicate_groups(&columns, table.rows()),
            GroupBy::Rows => (0..table.rows() as u32).collect(),
            GroupBy::Column(name) => {
                let of_column = groups_of(table, name)?;
                united(&of_column, &near_duplicate_groups(&columns, table.rows()))
            }
        };
        Ok(Self { labels, columns, left_out, groups })
    }

    /// The rows to learn from and those to judge by.
    fn train_and_test(
        &self,
        table: &Table,
        options: &TaskOptions,
    ) -> Result<(Vec<usize>, Vec<usize>), Error> {
        let all: Vec<usize> = (0..table.rows()).collect();
        match &options.test {
            TestRows::None => Ok((all, Vec::new())),
            TestRows::Column(name) => by_split_column(table, name),
            TestRows::Share(share) if !(0.01..=0.9).contains(share) => {
                Err(usage(format!("invalid hold-out share {share}: must be 0.01 to 0.9")))
            }
            TestRows::Share(share) => {
                let strata = Strata {
                    classes: &self.labels.ids,
                    groups: &self.groups,
                    class_names: &self.labels.classes,
                };
                let split = hold_out(strata, &all, *share, options.seed)?;
                Ok((split.train, split.test))
            }
        }
    }
}

fn by_split_column(table: &Table, name: &str) -> Result<(Vec<usize>, Vec<usize>), Error> {
    let (mut train, mut test) = (Vec::new(), Vec::new());
    for (row, cell) in table.require(name, "split")?.cells.iter().enumerate() {
        match cell.to_ascii_lowercase().as_str() {
            "train" | "training" => train.push(row),
            "test" | "testing" => test.push(row),
            _ => {
                let row = row + 1;
                return Err(data(format!(
                    "invalid split {cell:?} in column {name:?}, row {row}: must be train or test"
                )));
            }
        }
    }
    match train.is_empty() {
        true => Err(data(format!("no row of split column {name:?} says train"))),
        false => Ok((train, test)),
    }
}

fn groups_of(table: &Table, name: &str) -> Result<Vec<u32>, Error> {
    let mut numbers = std::collections::HashMap::new();
    let column = table.require(name, "group")?;
    let number = |cell| {
        let next = numbers.len() as u32;
        *numbers.entry(cell).or_insert(next)
    };
    Ok(column.cells.iter().map(number).collect())
}

/// How the classes of a label become those of a model: the ordinary ones first.
struct ClassOrder {
    names: Vec<String>,
    /// The model's class for each class of the label.
    of_label: Vec<u32>,
}

fn class_order(labels: &Labels, multi_class: bool) -> Result<ClassOrder, Error> {
    if !multi_class {
        let names = vec![labels.negative_names().join("+"), labels.positive_names().join("+")];
        let of_label = labels.positive.iter().map(|is| u32::from(*is)).collect();
        return Ok(ClassOrder { names, of_label });
    }
    let ordinary = labels.negative_names();
    let [ordinary] = ordinary.as_slice() else {
        return Err(data(format!(
            "label column {:?} has {} ordinary classes where one is wanted: name all others with \
             --positive",
            labels.column,
            ordinary.len()
        )));
    };
    let mut names = vec![ordinary.clone()];
    names.extend(labels.positive_names());
    class_order_like(labels, &names, true)
}

fn class_order_like(
    labels: &Labels,
    names: &[String],
    multi_class: bool,
) -> Result<ClassOrder, Error> {
    if !multi_class {
        return class_order(labels, false);
    }
    let place = |class: &String| {
        names.iter().position(|name| name == class).map(|place| place as u32).ok_or_else(|| {
            data(format!("unknown class {class:?}: the model has {}", names.join(", ")))
        })
    };
    let of_label = labels.classes.iter().map(place).collect::<Result<_, _>>()?;
    Ok(ClassOrder { names: names.to_vec(), of_label })
}

fn labelled(
    schema: &Schema,
    columns: &[Typed],
    labels: &Labels,
    order: &ClassOrder,
) -> Result<Labelled, Error> {
    let rows: Matrix = matrix(columns, labels.ids.len())?;
    let y: Vec<u32> = labels.ids.iter().map(|id| order.of_label[*id as usize]).collect();
    let truth = labels.truth();
    let classes = order.names.len() as u32;
    let data = Dataset::new(rows, schema.kinds(), y, classes)
        .map_err(|error| internal(error.to_string()))?;
    Ok(Labelled { data, truth })
}

fn labels_of(labels: &Labels, rows: &[usize]) -> Labels {
    Labels { ids: rows.iter().map(|row| labels.ids[*row]).collect(), ..labels.clone() }
}

fn subset(columns: &[Typed], rows: &[usize]) -> Vec<Typed> {
    let pick = |column: &Typed| Typed {
        name: column.name.clone(),
        kind: match &column.kind {
            Kind::Numeric(values) => Kind::Numeric(rows.iter().map(|row| values[*row]).collect()),
            Kind::Categorical { codes, levels } => Kind::Categorical {
                codes: rows.iter().map(|row| codes[*row]).collect(),
                levels: levels.clone(),
            },
        },
    };
    columns.iter().map(pick).collect()
}

/// How many rows of `new` equal, to three digits, one of `known`.
fn copies(known: &[Typed], new: &[Typed]) -> usize {
    let rows = |columns: &[Typed]| columns.first().map_or(0, |column| column.kind.rows());
    let (known_rows, new_rows) = (rows(known), rows(new));
    let joined: Vec<Typed> = known.iter().zip(new).map(|(a, b)| a.followed_by(b)).collect();
    let groups = near_duplicate_groups(&joined, known_rows + new_rows);
    let seen: std::collections::BTreeSet<u32> = groups[..known_rows].iter().copied().collect();
    groups[known_rows..].iter().filter(|group| seen.contains(group)).count()
}
