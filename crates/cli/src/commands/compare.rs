use std::fmt::Write as _;
use std::path::PathBuf;

use clap::Args;
use models::{ESTIMATORS, Estimator};
use serde_json::{Map, json};
use train::compare::{Contender, Outcome, Reached, compare, to_csv};

use super::Session;
use super::tables::{Form, Onlook, ProtocolArgs, TableArgs, estimator, write_file};
use crate::exit::{Exit, Failure};
use crate::outputs::keep_apart;
use crate::render::{Style, count, findings};

#[derive(Args, Debug)]
pub(crate) struct CompareArgs {
    #[command(flatten)]
    table: TableArgs,

    #[command(flatten)]
    protocol: ProtocolArgs,

    /// Which estimators; default: all.
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    estimators: Vec<String>,

    /// Where the table goes, as CSV with every figure.
    #[arg(long, default_value = "compare.csv", value_name = "FILE")]
    table_out: PathBuf,

    /// In which form the outcome is written.
    #[arg(short, long, value_enum, default_value_t = Form::Human, value_name = "FORM")]
    output: Form,
}

/// Runs several estimators under one protocol.
pub(crate) fn run(args: &CompareArgs, session: &Session) -> Result<Exit, Failure> {
    let estimators: Vec<Box<dyn Estimator>> = if args.estimators.is_empty() {
        ESTIMATORS.iter().map(models::EstimatorEntry::default_estimator).collect()
    } else {
        let named = args.estimators.iter().map(|name| estimator(name, Map::new()));
        named.collect::<Result<_, _>>()?
    };
    let protocol = args.protocol.protocol()?;
    keep_apart(args.table.files(), [args.table_out.as_path()])?;
    let task = args.table.load(args.protocol.seed())?.task;
    let onlook = Onlook::new(session.quiet, protocol.folds.max(1) * protocol.repeats + 1, None);
    let contenders = compare(&task, &estimators, protocol, &onlook, |estimator| {
        onlook.stage(format!("{:<22}", estimator.title()));
    });
    onlook.finish();
    let written = to_csv(&contenders).map_err(|error| Failure::new(Exit::Internal, error))?;
    write_file(&args.table_out, &written)?;
    match args.output {
        Form::Human => {
            let audit = findings(&task.audit.findings(), session.style);
            let table = table(&contenders, session.style);
            let place = format!("table   {}", args.table_out.display());
            super::print(format!("{audit}\n{table}\n{place}\n").as_bytes())
        }
        Form::Json => {
            let document = json!({ "audit": task.audit.findings(), "contenders": contenders });
            super::print(format!("{document}\n").as_bytes())
        }
    }
}

fn table(contenders: &[Contender], style: Style) -> String {
    let mut text = String::new();
    let has_test = contenders.iter().any(
        |contender| matches!(&contender.outcome, Outcome::Done(reached) if reached.test.is_some()),
    );
    let judged = if has_test { "test rows" } else { "mean of the folds" };
    let head = format!(
        "{:<22}{:>7}{:>8}{:>8}{:>9}{:>8}{:>8}{:>8}",
        judged, "AUC", "AP", "F1", "FPR@.95", "fit", "rows/s", "size"
    );
    put(&mut text, &style.dim(&head));
    for contender in contenders {
        put(&mut text, &row(contender));
    }
    if has_test {
        put(&mut text, &style.dim("ordered by the folds, so that the test rows choose nothing"));
    }
    if contenders.iter().any(|contender| !contender.supervised) {
        put(&mut text, &style.dim("* never looked at the labels"));
    }
    text
}

fn row(contender: &Contender) -> String {
    let star = if contender.supervised { "" } else { "*" };
    let name = format!("{}{star}", contender.estimator);
    match &contender.outcome {
        Outcome::Failed { error } => format!("{name:<22} {error}"),
        Outcome::Done(reached) => {
            let [auc, ap, f1, fpr] = figures(reached);
            format!(
                "{name:<22}{auc:>7.4}{ap:>8.4}{f1:>8.4}{fpr:>9.4}{:>8}{:>8}{:>8}",
                secs(reached.fit_secs),
                short(reached.predict_rows_per_sec),
                format!("{}B", short(reached.bundle_bytes as f64)),
            )
        }
    }
}

/// Of the test rows where there are any, else the means of the folds.
fn figures(reached: &Reached) -> [f64; 4] {
    match reached.test {
        Some([auc, ap, f1, _, fpr]) => [auc, ap, f1, fpr],
        None => ["auc", "average_precision", "f1", "fpr_at_recall_95"]
            .map(|name| reached.figure(name).map_or(f64::NAN, |spread| spread.mean)),
    }
}

fn secs(secs: f64) -> String {
    if secs < 1.0 { format!("{:.0} ms", secs * 1e3) } else { format!("{secs:.1} s") }
}

/// A number with its thousands as a letter: `1.2M`.
fn short(number: f64) -> String {
    match number {
        n if n >= 1e9 => format!("{:.1}G", n / 1e9),
        n if n >= 1e6 => format!("{:.1}M", n / 1e6),
        n if n >= 1e4 => format!("{:.0}k", n / 1e3),
        n => count(n as u64),
    }
}

fn put(text: &mut String, line: &str) {
    writeln!(text, "{line}").expect("a string takes everything");
}
