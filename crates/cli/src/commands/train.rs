mod fitting;
mod hold_out;
mod logs;
mod verdicts;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::{Map, Value, json};
use train::cross_validation::CrossValidation;
use train::report::{ReportInput, html};
use train::training::{Training, train};

use super::Session;
use super::tables::{Form, Loaded, Onlook, ProtocolArgs, RoleArgs, estimator, setting, write_file};
use crate::config::Override;
use crate::exit::{Exit, Failure};
use crate::options::{ReadingArgs, collect};
use crate::outputs::keep_apart;
use logs::LogTrainArgs;

use crate::render::{Style, class_tables, count, findings, importance_bars, judgement_table};

#[derive(Args, Debug)]
pub(crate) struct TrainArgs {
    /// A table (CSV, Parquet or JSON lines, with --label), or access logs as detect takes them.
    #[arg(required = true, value_name = "TABLE|LOG")]
    inputs: Vec<String>,

    /// Learn from a table: the column that holds the label.
    #[arg(long, value_name = "COLUMN")]
    label: Option<String>,

    /// Where the bundle goes; default: model.apiwarden for a table, site.bundle for logs.
    #[arg(short, long, visible_alias = "bundle", value_name = "FILE")]
    out: Option<PathBuf>,

    /// In which form the outcome is written.
    #[arg(long, value_enum, default_value_t = Form::Human, value_name = "FORM")]
    form: Form,

    #[command(flatten)]
    on_logs: LogTrainArgs,

    #[command(flatten)]
    reading: ReadingArgs,

    #[command(flatten)]
    roles: RoleArgs,

    #[command(flatten)]
    protocol: ProtocolArgs,

    /// What learns; `apiwarden compare` lists all.
    #[arg(long, value_name = "NAME", default_value = "mlp")]
    estimator: String,

    #[command(flatten)]
    network: NetworkArgs,

    /// Where TensorBoard's event files go, a folder a run.
    #[arg(long, value_name = "DIR", default_value = "logs")]
    logs: PathBuf,

    /// Write no event files.
    #[arg(long, conflicts_with = "logs")]
    no_logs: bool,

    /// Where the report goes.
    #[arg(long, value_name = "FILE", default_value = "report.html")]
    report: PathBuf,

    /// Write the network with its preprocessing as ONNX too.
    #[arg(long, value_name = "FILE")]
    export_onnx: Option<PathBuf>,
}

impl TrainArgs {
    /// Where the bundle goes.
    fn out(&self) -> PathBuf {
        let default = if self.label.is_some() { "model.apiwarden" } else { "site.bundle" };
        self.out.clone().unwrap_or_else(|| default.into())
    }

    /// The settings that flags give: only logs are read by the configuration.
    pub(crate) fn overrides(&self) -> Vec<Override> {
        let own = collect([
            ("judge.budget", self.protocol.budget().map(toml::Value::from)),
            ("judge.seed", i64::try_from(self.protocol.seed()).ok().map(toml::Value::from)),
        ]);
        if self.label.is_some() { Vec::new() } else { [self.reading.overrides(), own].concat() }
    }

    /// The folder of event files, where they are wanted.
    fn logs(&self) -> Option<&Path> {
        (!self.no_logs).then_some(self.logs.as_path())
    }
}

/// Settings of the estimator. What is not given keeps the estimator's default.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Network options")]
struct NetworkArgs {
    /// Widths of the hidden layers.
    #[arg(long, value_name = "WIDTHS", value_delimiter = ',')]
    hidden: Vec<usize>,

    /// Share of units dropped in training.
    #[arg(long, value_name = "SHARE")]
    dropout: Option<f32>,

    /// Weight of the L1 penalty on the kernels.
    #[arg(long, value_name = "WEIGHT")]
    l1: Option<f32>,

    /// Weight of the L2 penalty on the kernels.
    #[arg(long, value_name = "WEIGHT")]
    l2: Option<f32>,

    /// How far a step of Adam goes.
    #[arg(long, value_name = "RATE")]
    learning_rate: Option<f32>,

    /// Rows a step.
    #[arg(long, value_name = "NUMBER")]
    batch_rows: Option<usize>,

    /// Passes over the rows, at most.
    #[arg(long, value_name = "NUMBER")]
    epochs: Option<u32>,

    /// Epochs without a lower validation loss after which training stops.
    #[arg(long, value_name = "NUMBER", conflicts_with = "no_early_stopping")]
    patience: Option<u32>,

    /// Train all epochs.
    #[arg(long)]
    no_early_stopping: bool,

    /// Leave batch normalisation out.
    #[arg(long)]
    no_batch_norm: bool,

    /// What the rows of a class weigh: equal, balanced or dynamic.
    #[arg(long, value_name = "RULE")]
    class_weights: Option<String>,

    /// Into how many pieces a numeric column is cut as well, each an input of its own; for wide networks.
    #[arg(long, value_name = "NUMBER")]
    pieces: Option<usize>,

    /// Any other setting of the estimator, nested ones with dots; may be given several times.
    #[arg(long = "set", value_name = "NAME=VALUE", value_parser = setting)]
    others: Vec<(String, Value)>,
}

impl NetworkArgs {
    fn settings(&self) -> Map<String, Value> {
        let mut given = vec![
            ("hidden", (!self.hidden.is_empty()).then(|| json!(self.hidden))),
            ("dropout", self.dropout.map(Value::from)),
            ("l1", self.l1.map(Value::from)),
            ("l2", self.l2.map(Value::from)),
            ("learning_rate", self.learning_rate.map(Value::from)),
            ("batch_rows", self.batch_rows.map(Value::from)),
            ("epochs", self.epochs.map(Value::from)),
            ("patience", self.patience.map(Value::from)),
            ("batch_norm", self.no_batch_norm.then_some(json!(false))),
            ("class_weights", self.class_weights.clone().map(Value::from)),
            ("preprocess.pieces_max", self.pieces.map(Value::from)),
        ];
        if self.no_early_stopping {
            given.push(("patience", Some(Value::Null)));
        }
        let given = given.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
        let mut settings = Map::new();
        for (name, value) in given.chain(self.others.iter().cloned()) {
            nest(&mut settings, &name, value);
        }
        settings
    }
}

/// Puts `outer.inner` into the object called `outer`.
fn nest(settings: &mut Map<String, Value>, name: &str, value: Value) {
    let nested = name.split_once('.').and_then(|(outer, inner)| {
        let object = settings.entry(outer).or_insert_with(|| json!({})).as_object_mut()?;
        Some((object, inner))
    });
    match nested {
        Some((object, inner)) => nest(object, inner, value),
        None => drop(settings.insert(name.to_owned(), value)),
    }
}

/// Trains a model: on a table where a label column is named, else on logs.
pub(crate) fn run(args: &TrainArgs, session: &Session) -> Result<Exit, Failure> {
    match (&args.label, args.inputs.as_slice()) {
        (Some(label), [table]) => on_table(args, Path::new(table), label, session),
        (Some(_), several) => {
            let rule = format!("{} tables: --label takes one", several.len());
            Err(Failure::new(Exit::Usage, rule))
        }
        (None, inputs) => logs::run(args, session).map_err(|mut failure| {
            let is_table = |input: &String| {
                [".csv", ".csv.gz", ".parquet", ".jsonl"].iter().any(|end| input.ends_with(end))
            };
            if failure.exit == Exit::Data && inputs.iter().any(is_table) {
                failure.message.push_str("; to learn from a table, give --label COLUMN");
            }
            failure
        }),
    }
}

fn on_table(
    args: &TrainArgs,
    table: &Path,
    label: &str,
    session: &Session,
) -> Result<Exit, Failure> {
    let out = args.out();
    let outputs = [Some(out.as_path()), Some(&args.report), args.export_onnx.as_deref()];
    keep_apart([table].into_iter().chain(args.roles.test()), outputs.into_iter().flatten())?;
    let estimator = estimator(&args.estimator, args.network.settings())?;
    let protocol = args.protocol.protocol()?;
    let loaded = args.roles.load(table, label, args.protocol.seed())?;
    let runs = protocol.folds.max(1) * protocol.repeats + 1;
    let onlook = Onlook::new(session.quiet, runs, args.logs());
    onlook.stage(format!("training the {}", estimator.title()));
    let trained = train(&loaded.task, estimator.as_ref(), protocol, &onlook);
    onlook.finish();
    let trained = trained?;

    write_file(&args.out(), &trained.bundle.to_bytes()?)?;
    let title = table.file_name().unwrap_or(table.as_os_str()).to_string_lossy();
    let input = ReportInput { title: &title, task: &loaded.task, training: &trained };
    write_file(&args.report, html(&input).as_bytes())?;
    if let Some(path) = &args.export_onnx {
        write_file(path, &train::onnx::export(&trained.bundle)?)?;
    }
    match args.form {
        Form::Human => super::print(describe(args, &loaded, &trained, session.style).as_bytes()),
        Form::Json => super::print(format!("{}\n", document(args, &loaded, &trained)).as_bytes()),
    }
}

fn describe(args: &TrainArgs, loaded: &Loaded, trained: &Training, style: Style) -> String {
    let mut text = String::new();
    let task = &loaded.task;
    let classes: Vec<String> = task
        .audit
        .classes
        .iter()
        .map(|(class, rows)| format!("{class} {}", count(*rows as u64)))
        .collect();
    let rows = count(task.audit.rows as u64);
    let columns = task.schema.columns.len();
    put(
        &mut text,
        &format!("{rows} rows to learn from ({}), {columns} columns", classes.join(", ")),
    );
    let said = findings(&task.audit.findings(), style);
    if !said.is_empty() {
        put(&mut text, "");
        text.push_str(&said);
    }
    for unseen in &loaded.unseen {
        put(&mut text, &style.yellow(&format!("! {unseen}")));
    }
    if let Some(found) = &trained.cross_validation {
        put(&mut text, "");
        text.push_str(&fold_table(found, style));
    }
    put(&mut text, "");
    let judged = trained.test.as_ref().unwrap_or(&trained.unseen);
    if task.test_copies > 0 && trained.test.is_some() {
        let copies = count(task.test_copies as u64);
        let said =
            format!("! {copies} test rows equal, to three digits, one that was learned from");
        put(&mut text, &style.yellow(&said));
    }
    text.push_str(&judgement_table(judged, style));
    put(&mut text, "");
    let classes = class_tables(judged, &task.class_names, style);
    if !classes.is_empty() {
        put(&mut text, &classes);
    }
    text.push_str(&importance_bars(&trained.importance, style));
    put(&mut text, "");
    put(&mut text, &format!("bundle  {}", args.out().display()));
    if let Some(logs) = args.logs() {
        put(&mut text, &format!("logs    {}  (tensorboard --logdir {0})", logs.display()));
    }
    put(&mut text, &format!("report  {}", args.report.display()));
    if let Some(path) = &args.export_onnx {
        put(&mut text, &format!("onnx    {}", path.display()));
    }
    text
}

fn put(text: &mut String, line: &str) {
    writeln!(text, "{line}").expect("a string takes everything");
}

/// The figures of the table, and their names in 8 characters.
const SHOWN: [(&str, &str); 7] = [
    ("accuracy", "accuracy"),
    ("auc", "AUC"),
    ("average_precision", "AP"),
    ("precision", "precis."),
    ("recall", "recall"),
    ("f1", "F1"),
    ("fpr_at_recall_95", "FPR@.95"),
];
/// More folds than this are summed up only.
const FOLDS_SHOWN: usize = 10;

fn fold_table(found: &CrossValidation, style: Style) -> String {
    let mut text = String::new();
    let heads: String = SHOWN.iter().map(|(_, head)| format!("{head:>9}")).collect();
    put(&mut text, &style.dim(&format!("{:<10}{heads}", "fold")));
    if found.folds.len() <= FOLDS_SHOWN {
        for fold in &found.folds {
            let figures = train::fitting::report_figures(&fold.report);
            let value = |name: &str| {
                figures.iter().find(|(known, _)| *known == name).map_or(f64::NAN, |(_, v)| *v)
            };
            let cells: String =
                SHOWN.iter().map(|(name, _)| format!("{:>9.4}", value(name))).collect();
            put(&mut text, &format!("{:<10}{cells}", fold.run));
        }
    }
    let spread = |name: &str| found.spread(name).map_or((f64::NAN, f64::NAN), |s| (s.mean, s.sd));
    let means: String = SHOWN.iter().map(|(name, _)| format!("{:>9.4}", spread(name).0)).collect();
    let sds: String = SHOWN.iter().map(|(name, _)| format!("{:>9.4}", spread(name).1)).collect();
    put(&mut text, &style.bold(&format!("{:<10}{means}", "mean")));
    put(&mut text, &format!("{:<10}{sds}", "± spread"));
    text
}

fn document(args: &TrainArgs, loaded: &Loaded, trained: &Training) -> Value {
    let manifest = &trained.bundle.manifest;
    json!({
        "table": args.inputs[0],
        "estimator": manifest.estimator,
        "settings": manifest.settings,
        "classes": manifest.classes,
        "audit": { "facts": loaded.task.audit, "findings": loaded.task.audit.findings() },
        "unseen": loaded.unseen,
        "test_copies": loaded.task.test_copies,
        "cross_validation": trained.cross_validation,
        "held_out": trained.unseen,
        "test": trained.test,
        "threshold": manifest.finish.threshold,
        "calibration": manifest.finish.calibration,
        "importance": trained.importance,
        "bundle": args.out(),
        "logs": args.logs(),
        "report": args.report,
    })
}
