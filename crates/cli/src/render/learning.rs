//! What people see of training and evaluation.

use std::fmt::Write;

use train::audit::{Finding, Loudness};
use train::importance::Importance;
use train::judgement::{ClassFigures, Judgement};

use super::{Style, count, escape, wrap};

/// How wide lines are at most.
const WIDTH: usize = 78;

/// Findings, one a paragraph, the loudest first.
pub(crate) fn findings(findings: &[Finding], style: Style) -> String {
    let mut text = String::new();
    for finding in findings {
        let wrapped = wrap(&escape(&finding.text), WIDTH, "   ");
        let mark = match finding.loudness {
            Loudness::Alarm => style.red("!!"),
            Loudness::Warning => style.yellow("! "),
            Loudness::Note => style.dim("· "),
        };
        put(&mut text, &format!("{mark} {}", wrapped.trim_start()));
    }
    text
}

/// Figures, confusion matrix and budgets.
pub(crate) fn judgement_table(judged: &Judgement, style: Style) -> String {
    let mut text = String::new();
    let report = &judged.report;
    let title = format!("{}, threshold {:.4}", judged.rows_are, report.threshold);
    put(&mut text, &style.bold(&title));
    put(
        &mut text,
        &format!(
            "AUC {:.4}  AP {:.4}  F1 {:.4}  macro F1 {:.4}  FPR@.95 {:.4}  ECE {:.4}",
            report.auc,
            report.average_precision,
            report.f1,
            report.f1_macro,
            report.fpr_at_recall_95,
            report.calibration_error
        ),
    );
    let counts = report.confusion;
    let cell = |number| format!("{:>12}", count(number));
    put(&mut text, &style.dim(&format!("{:<14}{:>12}{:>12}", "", "no alert", "alert")));
    let (kept, wrong) = (cell(counts.true_negatives), cell(counts.false_positives));
    put(&mut text, &format!("{:<14}{kept}{wrong}", "ordinary"));
    let (missed, found) = (cell(counts.false_negatives), cell(counts.true_positives));
    put(&mut text, &format!("{:<14}{missed}{found}", "to be found"));
    put(&mut text, "");
    let head = format!(
        "{:<14}{:>12}{:>12}{:>12}{:>16}",
        "budget (FPR)", "threshold", "recall", "precision", "alerts / 10,000"
    );
    put(&mut text, &style.dim(&head));
    for budget in &judged.budgets {
        let share = format!("{} %", (1e6 * budget.budget).round() / 1e4);
        put(
            &mut text,
            &format!(
                "{share:<14}{:>12.4}{:>12}{:>12}{:>16}",
                budget.threshold,
                figure(budget.recall),
                figure(budget.precision),
                count(budget.alerts_per_10k.round() as u64)
            ),
        );
    }
    text
}

/// How each class of several is told, and for which others its rows are taken; nothing for two.
pub(crate) fn class_tables(judged: &Judgement, classes: &[String], style: Style) -> String {
    let mut text = String::new();
    let Some(confusion) = &judged.class_confusion else { return text };
    let figures = judged.class_figures();
    let head =
        format!("{:<24}{:>10}{:>12}{:>12}{:>12}", "class", "rows", "precision", "recall", "F1");
    put(&mut text, &style.dim(&head));
    let row = |name: &str, rows: &str, cells: [String; 3]| {
        let name = super::fit_width(&escape(name), 23);
        format!("{name:<24}{rows:>10}{:>12}{:>12}{:>12}", cells[0], cells[1], cells[2])
    };
    for (class, it) in classes.iter().zip(&figures) {
        let cells = [it.precision, it.recall, it.f1].map(figure);
        put(&mut text, &row(class, &count(it.rows), cells));
    }
    let mean = figure(ClassFigures::macro_f1(&figures));
    put(&mut text, &row("mean of the classes", "", [String::new(), String::new(), mean]));
    put(&mut text, "");
    text.push_str(&confusion_table(confusion, classes, style));
    let rule = "below the threshold taken for the first class, else for the likeliest other";
    put(&mut text, &style.dim(rule));
    text
}

/// Rows of each class, by the class they are taken for. More columns than fit go into further blocks.
fn confusion_table(confusion: &[Vec<u64>], classes: &[String], style: Style) -> String {
    const COLUMNS: usize = 5;
    const COLUMN_WIDTH: usize = 11;
    let mut text = String::new();
    let name = |class: &String| super::fit_width(&escape(class), COLUMN_WIDTH - 1);
    for first in (0..classes.len()).step_by(COLUMNS) {
        let shown = first..classes.len().min(first + COLUMNS);
        let heads: String = classes[shown.clone()]
            .iter()
            .map(|it| format!("{:>COLUMN_WIDTH$}", name(it)))
            .collect();
        put(&mut text, &style.dim(&format!("{:<22}{heads}", "rows of \\ taken for")));
        for (class, counts) in classes.iter().zip(confusion) {
            let cells: String = counts[shown.clone()]
                .iter()
                .map(|number| format!("{:>COLUMN_WIDTH$}", count(*number)))
                .collect();
            put(&mut text, &format!("{:<22}{cells}", super::fit_width(&escape(class), 21)));
        }
    }
    text
}

/// Columns by worth, with bars.
pub(crate) fn importance_bars(importance: &Importance, style: Style) -> String {
    let mut text = String::new();
    put(&mut text, &style.bold("what each column is worth: AUC lost when it is shuffled"));
    let most = importance.columns.iter().map(|column| column.loss).fold(1e-9, f64::max);
    for column in &importance.columns {
        let bar = "█".repeat((20.0 * column.loss.max(0.0) / most).round() as usize);
        let name = super::fit_width(&escape(&column.column), 32);
        let figures = format!("{:.4} ± {:.4}", column.loss, column.sd);
        put(&mut text, format!("{name:<33}{figures:<18}{}", style.cyan(&bar)).trim_end());
    }
    put(&mut text, &style.dim(&format!("measured on {}", importance.measured_on)));
    text
}

/// What the model says of itself, if it says anything.
pub(crate) fn own_importance_bars(importance: &Importance, style: Style) -> String {
    let own = importance.columns.iter().filter_map(|it| Some((&it.column, it.own?)));
    let mut own: Vec<(&String, f64)> = own.collect();
    own.sort_by(|a, b| b.1.total_cmp(&a.1));
    let mut text = String::new();
    let Some((_, most)) = own.first().copied() else { return text };
    let head = "what the model itself leans on: first-layer weights of a network, gain of trees";
    put(&mut text, &format!("\n{}", style.bold(head)));
    for (column, share) in own {
        let bar = "█".repeat((20.0 * share / most.max(1e-9)).round() as usize);
        let name = super::fit_width(&escape(column), 32);
        let figure = format!("{:.1} %", 100.0 * share);
        put(&mut text, format!("{name:<33}{figure:<18}{}", style.cyan(&bar)).trim_end());
    }
    text
}

/// A share, a dash where there is none.
fn figure(value: f64) -> String {
    if value.is_nan() { "–".to_owned() } else { format!("{value:.4}") }
}

fn put(text: &mut String, line: &str) {
    writeln!(text, "{line}").expect("a string takes everything");
}
