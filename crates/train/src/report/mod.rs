//! The report: one HTML file that needs nothing else, for eyes rather than for programs.

mod backtest;
mod charts;
mod comparison;
mod svg;

use std::fmt::Write;

use models::metrics::{AlarmCounts, CurvePoint, PrPoint, pr_curve, roc_curve, thinned};
use serde_json::Value;

use crate::audit::Loudness;
use crate::cross_validation::CrossValidation;
use crate::fitting::{EpochFigures, report_figures};
use crate::judgement::Judgement;
use crate::task::Task;
use crate::thousands::count;
use crate::training::Training;
pub use backtest::html as backtest_html;
pub use comparison::{ComparisonInput, html as comparison_html};
use svg::escape;

/// What a report tells of.
#[derive(Clone, Copy)]
pub struct ReportInput<'a> {
    /// What the table is called.
    pub title: &'a str,
    /// What was learned from.
    pub task: &'a Task,
    /// What came of it.
    pub training: &'a Training,
}

/// Points of a fold's curve that are kept.
const CURVE_POINTS: usize = 400;
/// More folds than this are summed up only.
const FOLDS_SHOWN: usize = 25;

/// The report as HTML. It holds no time and no machine, so the same training gives the same bytes.
pub fn html(input: &ReportInput<'_>) -> String {
    let training = input.training;
    let judged = training.test.as_ref().unwrap_or(&training.unseen);
    let title = escape(input.title);
    let sections = [
        header(input),
        judged_figures(training, judged),
        audit(input.task),
        curves(input.task, training, judged),
        explorer(judged),
        costs(judged),
        training_section(training),
        folds(training.cross_validation.as_ref()),
        footer(input),
    ];
    let explorer = format!(
        "<script type='application/json' id='data'>{}</script><script>{}</script>",
        script_data(judged),
        include_str!("script.js"),
    );
    page(&title, "training report", &(sections.concat() + &explorer))
}

/// What the threshold explorer works on. Only numbers, so nothing can end the element early.
fn script_data(judged: &Judgement) -> String {
    let [left, right, top, bottom] = svg::PLOT_BOUNDS;
    let tries = judged.tries.iter().rev();
    let tries: Vec<_> = tries.map(|at| (at.threshold, at.found, at.false_alarms)).collect();
    let counts = judged.report.confusion;
    serde_json::json!({
        "tries": tries,
        "bad": counts.true_positives + counts.false_negatives,
        "ordinary": counts.true_negatives + counts.false_positives,
        "left": left, "right": right, "top": top, "bottom": bottom,
    })
    .to_string()
}

fn header(input: &ReportInput<'_>) -> String {
    let manifest = &input.training.bundle.manifest;
    let classes: Vec<String> = input
        .task
        .audit
        .classes
        .iter()
        .map(|(name, rows)| format!("{} {name}", count(*rows as u64)))
        .collect();
    format!(
        "<header><div><h1>{}</h1><p class='dim'>{} on {} rows ({}), {} columns, label \
         <code>{}</code></p></div><button id='theme' type='button'>light / dark</button></header>",
        escape(input.title),
        escape(&manifest.estimator),
        count(input.task.audit.rows as u64),
        escape(&classes.join(", ")),
        input.task.schema.columns.len(),
        escape(&manifest.label),
    )
}

/// The figures at the top, with their names.
const CARDS: [(&str, &str); 5] = [
    ("auc", "area under the ROC curve"),
    ("average_precision", "average precision"),
    ("f1", "F1"),
    ("fpr_at_recall_95", "false-positive rate at 95\u{a0}% recall"),
    ("calibration_error", "calibration error"),
];

fn judged_figures(training: &Training, judged: &Judgement) -> String {
    let figures = report_figures(&judged.report);
    let card = |(figure, name): (&'static str, &'static str)| {
        let folds = training.cross_validation.as_ref().and_then(|found| found.spread(figure));
        // What a figure is of the rows of all folds together, and what it is on the mean of the folds,
        // are two numbers: each card says which it shows.
        let value = figures.iter().find(|(known, _)| *known == figure);
        let value = value.map_or(f64::NAN, |(_, value)| *value);
        let beside =
            folds.map_or(String::new(), |it| format!("a fold: {:.4} ± {:.4}", it.mean, it.sd));
        (name, format!("{value:.4}"), beside)
    };
    cards(&CARDS.map(card))
}

fn audit(task: &Task) -> String {
    let mut text = String::from("<section class='card audit'><h2>Audit of the data</h2><ul>");
    for finding in task.audit.findings() {
        let class = match finding.loudness {
            Loudness::Alarm => "alarm",
            Loudness::Warning => "warning",
            Loudness::Note => "note",
        };
        put(&mut text, format_args!("<li class='{class}'>{}</li>", escape(&finding.text)));
    }
    if task.test_copies > 0 {
        let copies = count(task.test_copies as u64);
        put(
            &mut text,
            format_args!(
                "<li class='warning'>{copies} test rows equal, to three digits, one that was \
                 learned from</li>"
            ),
        );
    }
    for drift in task.test_drift.iter().filter(|drift| drift.is_large()) {
        put(
            &mut text,
            format_args!(
                "<li class='warning'>{} lies elsewhere in the test rows (PSI {:.2}, effect {:+.2})</li>",
                escape(&drift.column),
                drift.psi,
                drift.effect
            ),
        );
    }
    text.push_str("</ul></section>");
    text
}

fn curves(task: &Task, training: &Training, judged: &Judgement) -> String {
    let (rocs, prs) = fold_curves(task, training.cross_validation.as_ref());
    let name = judged.rows_are.as_str();
    let legend = curve_legend(rocs.len(), judged, training.test.is_some());
    let confusion = match &judged.class_confusion {
        Some(counts) => charts::confusion(counts, &task.class_names),
        None => {
            let counts = judged.report.confusion;
            let rows = [
                vec![counts.true_negatives, counts.false_positives],
                vec![counts.false_negatives, counts.true_positives],
            ];
            charts::confusion(&rows, &task.class_names)
        }
    };
    format!(
        "<div class='grid'>\
         <section class='card'><h2>ROC</h2>{}{legend}</section>\
         <section class='card'><h2>Precision and recall</h2>{}{legend}</section>\
         <section class='card'><h2>Confusion at the threshold {:.4}</h2>{confusion}\
         <p class='dim'>{}</p></section>\
         <section class='card'><h2>Calibration</h2>{}<p class='dim'>larger dots hold more rows</p>\
         </section>\
         <section class='card wide'><h2>What each column is worth</h2>{}<p class='dim'>The area under \
         the ROC curve that is lost when a column is shuffled, measured on {}. Columns that stand in \
         for each other share their worth.{}</p></section></div>",
        charts::roc(&rocs, judged, name),
        charts::precision_recall(&prs, judged, name),
        judged.report.threshold,
        escape(name),
        charts::calibration(judged),
        charts::importance(&training.importance),
        escape(&training.importance.measured_on),
        match training.importance.says_own() {
            true => {
                " <i>Own</i> is the share that the model itself gives a column, whether or not that \
                 helps on new rows: the size of weights, or the gain of trees."
            }
            false => "",
        },
    )
}

fn curve_legend(folds: usize, judged: &Judgement, has_test: bool) -> String {
    let mut text = String::from("<div class='legend'>");
    match (folds > 1, has_test) {
        (true, true) => text.push_str(
            "<span><i class='one'></i>mean of the folds, ± spread</span>\
             <span><i class='two'></i>test rows</span>",
        ),
        (true, false) => {
            text.push_str("<span><i class='one'></i>mean of the folds, ± spread</span>")
        }
        (false, _) => put(
            &mut text,
            format_args!("<span><i class='one'></i>{}</span>", escape(&judged.rows_are)),
        ),
    }
    text.push_str("<span>○ the threshold</span></div>");
    text
}

fn fold_curves(
    task: &Task,
    found: Option<&CrossValidation>,
) -> (Vec<Vec<CurvePoint>>, Vec<Vec<PrPoint>>) {
    let folds = found.map_or(&[][..], |found| &found.folds);
    let curves = folds.iter().map(|fold| {
        let truth: Vec<bool> = fold.rows.iter().map(|row| task.train.truth[*row]).collect();
        let roc = thinned(&roc_curve(&fold.scores, &truth), CURVE_POINTS);
        (roc, thinned(&pr_curve(&fold.scores, &truth), CURVE_POINTS))
    });
    curves.unzip()
}

fn explorer(judged: &Judgement) -> String {
    let last = judged.tries.len().saturating_sub(1);
    // The script has them the lowest first, so that the slider goes the way of the score.
    let above = |at: &AlarmCounts| at.threshold > judged.report.threshold;
    let start = last.saturating_sub(judged.tries.partition_point(above));
    format!(
        "<section class='card'><h2>Threshold explorer</h2>\
         <div class='explorer'><div>{}<div class='legend'><span><i class='two'></i>ordinary</span>\
         <span><i class='one'></i>to be found</span></div></div><div>\
         <label for='slider' class='dim'>alarm from a score of <b id='at'></b></label>\
         <input id='slider' type='range' min='0' max='{last}' step='1' value='{start}'>\
         <div class='readings'>\
         <div><span>recall</span><output id='recall'></output></div>\
         <div><span>false-positive rate</span><output id='rate'></output></div>\
         <div><span>precision</span><output id='precision'></output></div>\
         <div><span>alerts in 10,000</span><output id='alerts'></output></div>\
         <div><span>missed rows</span><output id='missed'></output></div>\
         <div><span>false alarms</span><output id='wrong'></output></div></div></div></div></section>",
        charts::score_histogram(judged),
    )
}

/// What mistakes cost, and what false-positive budgets buy.
fn costs(judged: &Judgement) -> String {
    let mut budgets = String::new();
    for budget in &judged.budgets {
        put(
            &mut budgets,
            format_args!(
                "<tr><td>{} %</td><td>{:.4}</td><td>{}</td><td>{}</td><td>{}</td></tr>",
                (1e6 * budget.budget).round() / 1e4,
                budget.threshold,
                percent(budget.recall),
                percent(budget.precision),
                count(budget.alerts_per_10k.round() as u64)
            ),
        );
    }
    format!(
        "<div class='grid'><section class='card'><h2>Cost</h2>{}<p class='dim'>A missed row costs as \
         much as ten false alarms; the ring is where a row costs least.</p></section>\
         <section class='card'><h2>What a budget of false alarms buys</h2>\
         <table class='budgets'><thead><tr><th>of ordinary rows</th><th>threshold</th><th>recall</th>\
         <th>precision</th><th>alerts in 10,000</th></tr></thead><tbody>{budgets}</tbody></table>\
         <p class='dim'>Thresholds are chosen on these very rows.</p></section></div>",
        charts::costs(judged),
    )
}

/// A share in percent, a dash where there is none.
fn percent(share: f64) -> String {
    if share.is_nan() { "–".to_owned() } else { format!("{:.1}\u{a0}%", 100.0 * share) }
}

fn training_section(training: &Training) -> String {
    let mut fits: Vec<(&str, &[EpochFigures])> = Vec::new();
    if let Some(found) = &training.cross_validation {
        fits.extend(found.folds.iter().map(|fold| (fold.run.as_str(), fold.curve.as_slice())));
    }
    fits.push(("final", &training.curve));
    fits.retain(|(_, curve)| !curve.is_empty());
    if fits.is_empty() {
        return String::new();
    }
    let drops = training.bundle.manifest.settings["dropout"].as_f64().is_some_and(|it| it > 0.0);
    let legend = format!(
        "<div class='legend'><span><i class='one'></i>validation</span>\
         <span><i class='two'></i>training{}</span>{}</div>",
        if drops { " (dropout on)" } else { "" },
        if fits.len() > 1 { "<span>bold: the final fit</span>" } else { "" },
    );
    let card = |head: &str, chart: String| {
        format!("<section class='card'><h2>{head}</h2>{chart}{legend}</section>")
    };
    let mut cards = card("Loss", charts::training_curves(&fits, "loss", |side| side.loss));
    let knows_labels = fits.iter().any(|(_, curve)| curve.iter().any(|e| e.train.auc.is_finite()));
    if knows_labels {
        let chart = charts::training_curves(&fits, "AUC", |side| side.auc);
        cards.push_str(&card("Area under the ROC curve", chart));
    }
    format!("<div class='grid'>{cards}</div>")
}

fn folds(found: Option<&CrossValidation>) -> String {
    let Some(found) = found else { return String::new() };
    let mut text = String::from(
        "<section class='card'><h2>Folds</h2><div class='scroll'>\
         <table class='folds'><thead><tr><th>fold</th><th>rows</th>",
    );
    for spread in &found.summary {
        put(&mut text, format_args!("<th>{}</th>", spread.figure.replace('_', " ")));
    }
    text.push_str("</tr></thead><tbody>");
    for fold in found.folds.iter().take(FOLDS_SHOWN) {
        put(
            &mut text,
            format_args!("<tr><th>{}</th><td>{}</td>", fold.run, count(fold.rows.len() as u64)),
        );
        for (_, value) in report_figures(&fold.report) {
            put(&mut text, format_args!("<td>{value:.4}</td>"));
        }
        text.push_str("</tr>");
    }
    text.push_str("<tr class='mean'><th>mean</th><td></td>");
    found
        .summary
        .iter()
        .for_each(|spread| put(&mut text, format_args!("<td>{:.4}</td>", spread.mean)));
    text.push_str("</tr><tr><th>± spread</th><td></td>");
    found
        .summary
        .iter()
        .for_each(|spread| put(&mut text, format_args!("<td>{:.4}</td>", spread.sd)));
    text.push_str("</tr></tbody></table></div></section>");
    text
}

fn footer(input: &ReportInput<'_>) -> String {
    let training = input.training;
    let manifest = &training.bundle.manifest;
    let calibration = manifest.finish.calibration.map_or("none".to_owned(), |platt| {
        format!("Platt, scale {:.3}, shift {:+.3}", platt.scale, platt.shift)
    });
    format!(
        "<footer><p>Seed {}, data <code>{}</code>, columns <code>{}</code>, calibration {}.</p>\
         <p>Settings <code>{}</code></p><p>Written by {}. Splits keep {} together; {}.</p></footer>",
        manifest.seed,
        &manifest.data_digest[..16.min(manifest.data_digest.len())],
        manifest.schema_fingerprint,
        calibration,
        escape(&shown(&manifest.settings)),
        escape(&manifest.written_by),
        escape(&input.task.group_by.to_string()),
        match training.cross_validation {
            Some(_) => "calibration and threshold of each fold come from the other folds",
            None => "calibration and threshold come from rows that one more fit held out",
        },
    )
}

/// Settings as people wrote them: the fractions among them are 32 bits wide, and show no more digits
/// than that.
fn shown(value: &Value) -> String {
    match value {
        Value::Number(number) if number.is_f64() => {
            format!("{}", number.as_f64().unwrap_or(f64::NAN) as f32)
        }
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(shown).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Object(entries) => {
            let entries = entries.iter().map(|(name, value)| match value {
                Value::Object(_) => format!("{name}: {}", shown(value)),
                _ => format!("{name} {}", shown(value)),
            });
            entries.collect::<Vec<_>>().join(" · ")
        }
        Value::String(text) => text.clone(),
        _ => value.to_string(),
    }
}

/// A page that needs nothing else: its title, which is escaped, what it is, and what it shows.
fn page(title: &str, what: &str, sections: &str) -> String {
    format!(
        "<!doctype html>\n<html lang='en'><head><meta charset='utf-8'>\
         <meta name='viewport' content='width=device-width, initial-scale=1'>\
         <title>{title}: {what}</title><style>{}</style></head><body><main>{sections}</main>\
         <script>{}</script></body></html>\n",
        include_str!("style.css"),
        include_str!("theme.js"),
    )
}

/// The figures at the top of a page: name, value, and what is said beside it.
fn cards(cards: &[(&str, String, String)]) -> String {
    let mut text = String::from("<div class='cards'>");
    for (name, value, beside) in cards {
        put(
            &mut text,
            format_args!(
                "<div class='card figure'><span>{name}</span><b>{value}</b><span>{beside}</span></div>"
            ),
        );
    }
    text + "</div>"
}

fn put(text: &mut String, what: std::fmt::Arguments<'_>) {
    text.write_fmt(what).expect("a string takes everything");
}
