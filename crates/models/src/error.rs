use thiserror::Error;

/// Why a dataset could not be made or an estimator could not be fitted.
#[derive(Clone, Debug, PartialEq, Error)]
#[error("{kind}")]
pub struct FitError {
    /// What was wrong.
    pub kind: FitErrorKind,
}

/// What was wrong with the data or the settings. Rows and columns count from 0.
#[derive(Clone, Debug, PartialEq, Error)]
#[non_exhaustive]
pub enum FitErrorKind {
    /// There is no row.
    #[error("invalid dataset of 0 rows: must have at least 1")]
    NoRows,
    /// There is no column.
    #[error("invalid dataset of 0 columns: must have at least 1")]
    NoColumns,
    /// Two parts of a dataset differ in length.
    #[error("invalid length {found} of {what}: must be {wanted}")]
    Length {
        /// Which part.
        what: &'static str,
        /// Its length.
        found: usize,
        /// The length of the rest.
        wanted: usize,
    },
    /// A label names no class.
    #[error("invalid label {label} in row {row}: must be below the {classes} classes")]
    Label {
        /// Where.
        row: usize,
        /// What was found.
        label: u32,
        /// How many classes there are.
        classes: u32,
    },
    /// A weight is not a finite number of at least 0, or all are 0.
    #[error("invalid weight {weight} in row {row}: must be finite and not negative")]
    Weight {
        /// Where.
        row: usize,
        /// What was found.
        weight: f32,
    },
    /// A category code is not a whole number of at least 0.
    #[error(
        "invalid category {value} in row {row}, column {column}: must be a whole number below {levels}"
    )]
    Category {
        /// Where.
        row: usize,
        /// Where.
        column: usize,
        /// What was found.
        value: f32,
        /// How many categories the column has.
        levels: u32,
    },
    /// A supervised estimator was given no labels.
    #[error("invalid dataset without labels: {estimator} learns from labels")]
    Unlabelled {
        /// Which estimator.
        estimator: &'static str,
    },
    /// All rows that weigh anything are of one class.
    #[error("invalid labels, all of class {class}: must have rows of at least 2 classes")]
    OneClass {
        /// That class.
        class: u32,
    },
    /// A class has fewer rows than the fit needs.
    #[error("invalid class {class} of {found} rows: must have at least {wanted}")]
    RareClass {
        /// Which class.
        class: u32,
        /// Its rows.
        found: usize,
        /// What is needed.
        wanted: usize,
    },
    /// The estimator knows two classes, the data have more.
    #[error("invalid dataset of {classes} classes: {estimator} tells 2 apart")]
    TooManyClasses {
        /// Which estimator.
        estimator: &'static str,
        /// How many the data have.
        classes: u32,
    },
    /// The data have fewer rows or more columns than the estimator can work with.
    #[error("invalid dataset of {found} {what}: {rule}")]
    Size {
        /// Rows or columns.
        what: &'static str,
        /// How many there are.
        found: usize,
        /// What is needed.
        rule: &'static str,
    },
    /// A setting is outside its range or unknown.
    #[error("invalid {name} {value}: {rule}")]
    Setting {
        /// Its name.
        name: &'static str,
        /// What was given.
        value: String,
        /// What is allowed.
        rule: String,
    },
    /// The numbers ran away: a loss that is no longer finite.
    #[error("invalid loss {loss} in epoch {epoch}: must be finite; a lower learning_rate helps")]
    Diverged {
        /// When.
        epoch: u32,
        /// What it was.
        loss: f32,
    },
}

impl From<FitErrorKind> for FitError {
    fn from(kind: FitErrorKind) -> Self {
        Self { kind }
    }
}

impl FitError {
    /// A setting that is outside its range.
    pub(crate) fn setting(name: &'static str, value: impl ToString, rule: &str) -> Self {
        FitErrorKind::Setting { name, value: value.to_string(), rule: rule.to_owned() }.into()
    }
}

/// Why a saved model could not be loaded.
#[derive(Clone, Debug, PartialEq, Error)]
#[error("invalid saved model {kind:?}: {reason}")]
pub struct LoadError {
    /// The kind that the saved model names.
    pub kind: String,
    /// What is wrong with it.
    pub reason: String,
}

impl LoadError {
    /// A reason for the model of a kind.
    pub fn new(kind: &str, reason: impl ToString) -> Self {
        Self { kind: kind.to_owned(), reason: reason.to_string() }
    }
}
