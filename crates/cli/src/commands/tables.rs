//! What the commands that learn from tables share: their options, their onlooker, their failures.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::{SystemTime, UNIX_EPOCH};

use clap::{Args, ValueEnum};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use models::Estimator;
use serde_json::{Map, Value};
use train::cross_validation::Protocol;
use train::finish::ThresholdPolicy;
use train::fitting::Observer;
use train::schema::Unseen;
use train::splits::Balance;
use train::table::Table;
use train::task::{GroupBy, Task, TaskOptions, TestRows};

use crate::exit::{Exit, Failure};

/// A labelled table, and the roles of its columns.
#[derive(Args, Clone, Debug)]
pub(crate) struct TableArgs {
    /// A table: CSV, Parquet or JSON lines; .gz and .zst are decompressed, - is standard input.
    #[arg(value_name = "TABLE")]
    pub(crate) table: PathBuf,

    /// The column that holds the label.
    #[arg(long, value_name = "COLUMN")]
    label: String,

    #[command(flatten)]
    roles: RoleArgs,
}

/// The roles of a table's columns and rows, beside the label.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Table options")]
pub(crate) struct RoleArgs {
    /// The classes to be found; default: the one not called normal, benign, 0 or false.
    #[arg(long, value_name = "CLASS", value_delimiter = ',')]
    positive: Vec<String>,

    /// Tell every class apart, instead of those to be found from the rest.
    #[arg(long)]
    multi_class: bool,

    /// Columns to leave out; on logs, those that models of attacks do not look at.
    #[arg(long, value_name = "COLUMN", value_delimiter = ',')]
    drop: Vec<String>,

    /// Texts that stand for a missing value; an empty cell always does.
    #[arg(long, value_name = "TEXT", value_delimiter = ',')]
    missing: Vec<String>,

    /// What stays on one side of a split: duplicates (rows equal to three digits), rows (nothing),
    /// or duplicates and the rows with the same value in a column.
    #[arg(long, value_name = "WHAT", default_value = "duplicates")]
    group_by: String,

    /// A column that says train or test of each row.
    #[arg(long, value_name = "COLUMN", conflicts_with_all = ["test", "hold_out"])]
    split_column: Option<String>,

    /// Another table to judge the final model by.
    #[arg(long, value_name = "TABLE", conflicts_with = "hold_out")]
    test: Option<PathBuf>,

    /// Hold this share of the rows out to judge the final model by, such as 20%.
    #[arg(long, value_name = "SHARE", value_parser = share)]
    hold_out: Option<f64>,
}

/// How models are fitted and judged.
#[derive(Args, Clone, Debug)]
pub(crate) struct ProtocolArgs {
    /// How many folds; 0 for none.
    #[arg(long, value_name = "NUMBER", default_value_t = 5)]
    folds: usize,

    /// How many times over the folds are made.
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    repeats: usize,

    /// The seed of every random choice.
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    seed: u64,

    /// How many fits run at a time; default: one a core. It changes no result.
    #[arg(long, value_name = "NUMBER")]
    threads: Option<usize>,

    /// Learn from as many rows of each class as the rarest has, drawn at random.
    #[arg(long)]
    under_sample: bool,

    /// Choose the threshold so that at most this share of ordinary rows alarms, such as 1%. On logs
    /// it may be alarms a day too, such as 5/day.
    #[arg(long, value_name = "BUDGET", conflicts_with = "recall")]
    budget: Option<String>,

    /// Choose the threshold so that at least this share of bad rows is found, such as 0.95.
    #[arg(long, value_name = "SHARE", value_parser = share)]
    recall: Option<f64>,
}

/// In which form results are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Form {
    /// For people.
    Human,
    /// One JSON document.
    Json,
}

/// A table as its options say.
pub(crate) struct Loaded {
    pub(crate) task: Task,
    /// Categories of `--test` that the training table lacks.
    pub(crate) unseen: Vec<Unseen>,
}

impl TableArgs {
    /// The files that are read.
    pub(crate) fn files(&self) -> impl Iterator<Item = &Path> {
        [self.table.as_path()].into_iter().chain(self.roles.test())
    }

    /// Reads the table and tells its roles apart.
    pub(crate) fn load(&self, seed: u64) -> Result<Loaded, Failure> {
        self.roles.load(&self.table, &self.label, seed)
    }
}

impl RoleArgs {
    /// The columns that are left out.
    pub(crate) fn dropped(&self) -> &[String] {
        &self.drop
    }

    /// The table of the test rows, where they have one of their own.
    pub(crate) fn test(&self) -> Option<&Path> {
        self.test.as_deref()
    }

    /// Reads a table with this label column and tells its roles apart.
    pub(crate) fn load(&self, path: &Path, label: &str, seed: u64) -> Result<Loaded, Failure> {
        let table = Table::load(path)?;
        let options = self.options(label, seed);
        let name = path.display().to_string();
        let task = Task::from_table(&table, &options).map_err(|error| error.about(&name))?;
        let Some(path) = &self.test else { return Ok(Loaded { task, unseen: Vec::new() }) };
        let test = Table::load(path)?;
        let (task, unseen) = task
            .with_test_table(&table, &test, &options)
            .map_err(|error| error.about(path.display().to_string()))?;
        Ok(Loaded { task, unseen })
    }

    fn options(&self, label: &str, seed: u64) -> TaskOptions {
        TaskOptions {
            label: label.to_owned(),
            positive: self.positive.clone(),
            multi_class: self.multi_class,
            drop: self.drop.clone(),
            missing: self.missing.clone(),
            group_by: match self.group_by.as_str() {
                "duplicates" => GroupBy::NearDuplicates,
                "rows" => GroupBy::Rows,
                column => GroupBy::Column(column.to_owned()),
            },
            test: match (&self.split_column, self.hold_out) {
                (Some(column), _) => TestRows::Column(column.clone()),
                (None, Some(share)) => TestRows::Share(share),
                (None, None) => TestRows::None,
            },
            seed,
        }
    }
}

impl ProtocolArgs {
    pub(crate) fn seed(&self) -> u64 {
        self.seed
    }

    pub(crate) fn protocol(&self) -> Result<Protocol, Failure> {
        let budget = self.budget.as_deref().map(|text| {
            let rule = |rule| Failure::new(Exit::Usage, format!("--budget {text}: {rule}"));
            share(text).map_err(rule)
        });
        let policy = match (budget.transpose()?, self.recall) {
            (Some(share), _) => ThresholdPolicy::Budget(share),
            (None, Some(share)) => ThresholdPolicy::Recall(share),
            (None, None) => ThresholdPolicy::Half,
        };
        Ok(Protocol {
            folds: self.folds,
            repeats: self.repeats,
            seed: self.seed,
            threads: self.threads.unwrap_or_else(cores),
            balance: if self.under_sample { Balance::UnderSample } else { Balance::AsIs },
            policy,
        })
    }

    /// How many folds.
    pub(crate) fn folds(&self) -> usize {
        self.folds
    }

    /// How many fits run at a time.
    pub(crate) fn threads(&self) -> usize {
        self.threads.unwrap_or_else(cores)
    }

    /// The budget as it was given.
    pub(crate) fn budget(&self) -> Option<&str> {
        self.budget.as_deref()
    }
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

/// A share: `0.01` or `1%`.
pub(crate) fn share(text: &str) -> Result<f64, String> {
    let (number, scale) = match text.strip_suffix('%') {
        Some(number) => (number.trim(), 0.01),
        None => (text, 1.0),
    };
    match number.parse::<f64>() {
        Ok(share) if share > 0.0 && share * scale <= 1.0 => Ok(share * scale),
        _ => Err("must be above 0 and at most 1 (or 100%)".to_owned()),
    }
}

/// The estimator of a name with `name=value` settings.
pub(crate) fn estimator(
    name: &str,
    settings: Map<String, Value>,
) -> Result<Box<dyn Estimator>, Failure> {
    models::estimator(name, Value::Object(settings))
        .map_err(|error| Failure::new(Exit::Usage, error))
}

/// `name=value` as a setting; the value is JSON where it can be read as such, else a text.
pub(crate) fn setting(text: &str) -> Result<(String, Value), String> {
    let (name, value) = text.split_once('=').ok_or("must be NAME=VALUE")?;
    let value = serde_json::from_str(value).unwrap_or_else(|_| Value::from(value));
    Ok((name.trim().to_owned(), value))
}

/// A file that could not be written.
pub(crate) fn write_file(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    std::fs::write(path, bytes)
        .map_err(|error| Failure::new(Exit::Io, format!("{}: {error}", path.display())))
}

/// One file a run.
const EVENT_FILE: &str = "events.out.tfevents.0.apiwarden";

/// Takes away what an earlier training left in a folder of event files: runs that the next one does not
/// have would be drawn beside its own. A folder that holds anything else stays.
fn forget_runs(logs: &Path) {
    for run in std::fs::read_dir(logs).into_iter().flatten().flatten() {
        if std::fs::remove_file(run.path().join(EVENT_FILE)).is_ok() {
            let _ = std::fs::remove_dir(run.path());
        }
    }
}

/// Looks on while models are fitted: a bar on the terminal, event files in a folder.
pub(crate) struct Onlook {
    bar: ProgressBar,
    logs: Option<PathBuf>,
    /// Epochs of each run so far, and how many there may be.
    epochs: Mutex<std::collections::BTreeMap<String, (u32, u32)>>,
    runs: usize,
}

impl Onlook {
    /// An onlooker on `runs` fits; the bar shows only if standard error is a terminal.
    pub(crate) fn new(quiet: bool, runs: usize, logs: Option<&Path>) -> Self {
        use std::io::IsTerminal;
        let hidden = quiet || !std::io::stderr().is_terminal();
        let target = match hidden {
            true => ProgressDrawTarget::hidden(),
            false => ProgressDrawTarget::stderr_with_hz(10),
        };
        let bar = ProgressBar::with_draw_target(Some(1000 * runs as u64), target);
        let style = ProgressStyle::with_template("{msg} {wide_bar} {percent} % {eta}");
        bar.set_style(style.expect("the template is a constant"));
        if let Some(logs) = logs {
            forget_runs(logs);
        }
        Self { bar, logs: logs.map(Path::to_owned), epochs: Mutex::default(), runs }
    }

    /// Says what is being done.
    pub(crate) fn stage(&self, what: String) {
        self.bar.set_message(what);
        self.bar.set_position(0);
        self.epochs.lock().expect("no onlooker panics").clear();
    }

    /// Takes the bar away.
    pub(crate) fn finish(&self) {
        self.bar.finish_and_clear();
    }

    /// Each run counts a thousand, however many epochs it has.
    fn show(&self, run: &str, number: u32, of: u32) {
        let mut epochs = self.epochs.lock().expect("no onlooker panics");
        epochs.insert(run.to_owned(), (number, of));
        let done = epochs.values().map(|(number, of)| 1000 * u64::from(*number) / u64::from(*of));
        self.bar.set_position(done.sum::<u64>().min(1000 * self.runs as u64));
    }
}

impl Observer for Onlook {
    fn epoch(&self, run: &str, number: u32, of: u32) {
        self.show(run, number, of);
    }

    fn done(&self, run: &str) {
        self.show(run, 1, 1);
    }

    /// A file with a name of its own that a second training overwrites: two files in one folder would
    /// be drawn as one tangled curve.
    fn events(&self, run: &str) -> std::io::Result<Option<Box<dyn Write + Send>>> {
        let Some(logs) = &self.logs else { return Ok(None) };
        let folder = logs.join(run);
        std::fs::create_dir_all(&folder)?;
        let file = std::fs::File::create(folder.join(EVENT_FILE))?;
        Ok(Some(Box::new(std::io::BufWriter::new(file))))
    }

    #[expect(clippy::disallowed_methods, reason = "event files say when; no result depends on it")]
    fn wall_time_secs(&self) -> f64 {
        SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |since| since.as_secs_f64())
    }
}
