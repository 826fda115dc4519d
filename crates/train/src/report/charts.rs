//! The charts, one function each.

use std::fmt::Write;

use models::metrics::{CurvePoint, PrPoint};

use super::svg::{Plot, Scale, escape};
use crate::fitting::EpochFigures;
use crate::importance::Importance;
use crate::judgement::Judgement;
use crate::thousands::count;

/// Where curves of several folds are averaged.
const GRID: usize = 200;
/// The low end of the logarithmic axis of false-positive rates.
const RATE_MIN: f64 = 1e-3;

/// A curve per fold, brought to the same places: `(x, mean, sd)`.
fn averaged(curves: &[Vec<(f64, f64)>], grid: &[f64]) -> Vec<(f64, f64, f64)> {
    let at = |x: f64| {
        let values: Vec<f64> = curves.iter().map(|curve| height(curve, x)).collect();
        let (mean, sd) = crate::spread::mean_and_sd(&values);
        (x, mean, sd)
    };
    grid.iter().map(|x| at(*x)).collect()
}

/// The height of a curve (ascending in x) at a place, straight lines between its points.
fn height(curve: &[(f64, f64)], x: f64) -> f64 {
    let after = curve.partition_point(|point| point.0 <= x);
    match (after.checked_sub(1).map(|at| curve[at]), curve.get(after)) {
        (Some((x0, y0)), Some((x1, y1))) => y0 + (y1 - y0) * (x - x0) / (x1 - x0),
        (Some((_, y)), None) => y,
        (None, Some((_, y))) => *y,
        (None, None) => f64::NAN,
    }
}

/// The ROC curve twice, with an even and with a logarithmic axis; a switch shows one of them.
pub(super) fn roc(folds: &[Vec<CurvePoint>], judged: &Judgement, name: &str) -> String {
    let even = roc_on(Scale::Linear(0.0, 1.0), folds, judged, name, "class='even'");
    let log = roc_on(Scale::Log(RATE_MIN, 1.0), folds, judged, name, "class='log'");
    format!(
        "<div class='switched'><label class='switch'><input type='checkbox'> logarithmic</label>\
         {even}{log}</div>"
    )
}

fn roc_on(
    x: Scale,
    folds: &[Vec<CurvePoint>],
    judged: &Judgement,
    name: &str,
    attributes: &str,
) -> String {
    let mut plot =
        Plot::new(x, Scale::Linear(0.0, 1.0), "false-positive rate", "recall (true-positive rate)");
    let points = |curve: &[CurvePoint]| -> Vec<(f64, f64)> {
        curve.iter().map(|point| (point.false_positive_rate, point.recall)).collect()
    };
    // What lies left of a logarithmic axis is not drawn: on its edge it would look like a step.
    let is_on_axis = |point: &CurvePoint| match x {
        Scale::Log(low, _) => point.false_positive_rate >= low,
        Scale::Linear(..) | Scale::Counts(_) => true,
    };
    let chance: Vec<(f64, f64)> = grid_of(x).into_iter().map(|x| (x, x)).collect();
    plot.line("chance", "chance", &chance);
    if folds.len() > 1 {
        let curves: Vec<_> = folds.iter().map(|curve| points(curve)).collect();
        let averaged = averaged(&curves, &grid_of(x));
        plot.band("one", &bounds(&averaged));
        let mean: Vec<_> = averaged.iter().map(|(x, mean, _)| (*x, *mean)).collect();
        plot.line("one", "mean of the folds", &mean);
    }
    if folds.len() <= 1 || name == "test rows" {
        let title = format!("{name}: AUC {:.4}", judged.report.auc);
        let class = if folds.len() > 1 { "two" } else { "one" };
        let shown: Vec<CurvePoint> = judged.roc.iter().copied().filter(is_on_axis).collect();
        plot.line(class, &title, &points(&shown));
    }
    let counts = judged.report.confusion;
    let at = (counts.false_positive_rate(), counts.recall());
    let title = format!("at the threshold: FPR {:.4}, recall {:.4}", at.0, at.1);
    plot.dot("chosen", &title, at, 5.0);
    plot.finish("ROC curve", attributes)
}

fn grid_of(x: Scale) -> Vec<f64> {
    let along = (0..=GRID).map(|at| at as f64 / GRID as f64);
    match x {
        Scale::Linear(low, high) => along.map(|part| low + part * part * (high - low)).collect(),
        Scale::Log(low, high) => along.map(|part| low * (high / low).powf(part)).collect(),
        Scale::Counts(high) => along.map(|part| high.powf(part)).collect(),
    }
}

fn bounds(averaged: &[(f64, f64, f64)]) -> Vec<(f64, f64, f64)> {
    averaged.iter().map(|(x, mean, sd)| (*x, (mean - sd).max(0.0), (mean + sd).min(1.0))).collect()
}

/// The precision-recall curve. Its axis begins where something is to be seen.
pub(super) fn precision_recall(folds: &[Vec<PrPoint>], judged: &Judgement, name: &str) -> String {
    // Where nothing is found yet, precision is the luck of the first few rows.
    let points = |curve: &[PrPoint]| -> Vec<(f64, f64)> {
        let found = curve.iter().filter(|point| point.recall >= 0.01);
        found.map(|point| (point.recall, point.precision)).collect()
    };
    let counts = judged.report.confusion;
    let share = (counts.true_positives + counts.false_negatives) as f64 / counts.rows() as f64;
    let curves: Vec<_> = folds.iter().map(|curve| points(curve)).collect();
    let judged_points = points(&judged.pr);
    let lowest =
        curves.iter().flatten().chain(&judged_points).map(|(_, y)| *y).fold(share, f64::min);
    let low = (10.0 * lowest - 0.5).floor().max(0.0) / 10.0;
    let (x, y) = (Scale::Linear(0.0, 1.0), Scale::Linear(low, 1.0));
    let mut plot = Plot::new(x, y, "recall", "precision");
    plot.line("chance", "chance", &[(0.0, share), (1.0, share)]);
    if folds.len() > 1 {
        let grid: Vec<f64> = (1..=GRID).map(|at| at as f64 / GRID as f64).collect();
        let averaged = averaged(&curves, &grid);
        plot.band("one", &bounds(&averaged));
        let mean: Vec<_> = averaged.iter().map(|(x, mean, _)| (*x, *mean)).collect();
        plot.line("one", "mean of the folds", &mean);
    }
    if folds.len() <= 1 || name == "test rows" {
        let title = format!("{name}: AP {:.4}", judged.report.average_precision);
        let class = if folds.len() > 1 { "two" } else { "one" };
        plot.line(class, &title, &judged_points);
    }
    let at = (counts.recall(), counts.precision());
    let title = format!("at the threshold: recall {:.4}, precision {:.4}", at.0, at.1);
    plot.dot("chosen", &title, at, 5.0);
    plot.finish("precision-recall curve", "")
}

/// What a row costs on average, by threshold.
pub(super) fn costs(judged: &Judgement) -> String {
    let points: Vec<(f64, f64)> = judged
        .costs
        .iter()
        .map(|point| (f64::from(point.threshold).min(1.0), point.cost))
        .collect();
    let most = points.iter().map(|(_, cost)| *cost).fold(1e-9, f64::max);
    let (x, y) = (Scale::Linear(0.0, 1.0), Scale::Linear(0.0, 1.05 * most));
    let mut plot = Plot::new(x, y, "threshold", "cost of a row");
    plot.line("one", "cost", &points);
    let cheapest = points.iter().copied().min_by(|a, b| a.1.total_cmp(&b.1));
    if let Some(at) = cheapest {
        let title = format!("cheapest: {:.4} at a threshold of {:.4}", at.1, at.0);
        plot.dot("chosen", &title, at, 5.0);
    }
    plot.finish("cost by threshold", "")
}

/// Scores against what became of the rows.
pub(super) fn calibration(judged: &Judgement) -> String {
    let unit = Scale::Linear(0.0, 1.0);
    let mut plot = Plot::new(unit, unit, "mean score", "share that is to be found");
    plot.line("chance", "perfect", &[(0.0, 0.0), (1.0, 1.0)]);
    let points: Vec<_> =
        judged.reliability.iter().map(|bin| (bin.mean_score, bin.bad_share)).collect();
    plot.line("one", "by tenths of the score", &points);
    let most = judged.reliability.iter().map(|bin| bin.rows).max().unwrap_or(1) as f64;
    for bin in &judged.reliability {
        let rows = count(bin.rows);
        let title = format!("{rows} rows: score {:.3}, share {:.3}", bin.mean_score, bin.bad_share);
        let radius = 3.0 + 6.0 * (bin.rows as f64 / most).sqrt();
        plot.dot("one", &title, (bin.mean_score, bin.bad_share), radius.round());
    }
    plot.finish("calibration", "")
}

/// A figure over the epochs, of every fit: training thin, validation bold.
pub(super) fn training_curves(
    fits: &[(&str, &[EpochFigures])],
    y_name: &str,
    pick: impl Fn(&crate::fitting::SideFigures) -> f64,
) -> String {
    let epochs = fits.iter().map(|(_, curve)| curve.len()).max().unwrap_or(1);
    let values = || {
        fits.iter().flat_map(|(_, curve)| {
            curve.iter().flat_map(|epoch| std::iter::once(&epoch.train).chain(&epoch.valid))
        })
    };
    let finite = || values().map(&pick).filter(|value| value.is_finite());
    let (low, high) = (finite().fold(f64::MAX, f64::min), finite().fold(f64::MIN, f64::max));
    let pad = 0.04 * (high - low).max(1e-6);
    let mut plot = Plot::new(
        Scale::Linear(1.0, epochs.max(2) as f64),
        Scale::Linear(low - pad, high + pad),
        "epoch",
        y_name,
    );
    let line = |curve: &[EpochFigures], valid: bool| -> Vec<(f64, f64)> {
        let value = |epoch: &EpochFigures| match valid {
            true => epoch.valid.as_ref().map_or(f64::NAN, &pick),
            false => pick(&epoch.train),
        };
        curve.iter().enumerate().map(|(at, epoch)| (at as f64 + 1.0, value(epoch))).collect()
    };
    for (run, curve) in fits {
        let bold = if *run == "final" { " bold" } else { "" };
        plot.line(&format!("two thin{bold}"), &format!("{run}: training"), &line(curve, false));
        plot.line(&format!("one thin{bold}"), &format!("{run}: validation"), &line(curve, true));
    }
    plot.finish(&format!("{y_name} by epoch"), "")
}

/// How many rows of each score there are; the script moves a line over it.
pub(super) fn score_histogram(judged: &Judgement) -> String {
    let most = judged.histogram.iter().flatten().copied().max().unwrap_or(1).max(1) as f64;
    let up = Scale::Counts(1.2 * most + 1.0);
    let mut plot = Plot::new(Scale::Linear(0.0, 1.0), up, "score", "rows");
    for (bin, [ordinary, bad]) in judged.histogram.iter().enumerate() {
        let (from, to) = (bin as f64 / 100.0, (bin + 1) as f64 / 100.0);
        // One more, so that a single row is seen too.
        let tall = |rows: u64| (1.0, if rows == 0 { 1.0 } else { rows as f64 + 1.0 });
        let middle = (from + to) / 2.0;
        let title =
            |what: &str, rows: u64| format!("score {from:.2} to {to:.2}: {} {what}", count(rows));
        plot.bar("two", &title("ordinary", *ordinary), from, middle, tall(*ordinary));
        plot.bar("one", &title("to be found", *bad), middle, to, tall(*bad));
    }
    plot.finish("scores of ordinary rows and of those to be found", "id='scores'")
}

/// Columns by worth, with the spread of each as a line.
pub(super) fn importance(importance: &Importance) -> String {
    let reach = importance.columns.iter().map(|column| column.loss + column.sd);
    let most = reach.fold(1e-9, f64::max);
    let mut rows = String::new();
    let (own_head, own_cell) = match importance.says_own() {
        true => ("<th>own</th>", "<td class='dim'>"),
        false => ("", ""),
    };
    for column in &importance.columns {
        let width = |value: f64| 100.0 * (value / most).clamp(0.0, 1.0);
        let (low, high) = (width(column.loss - column.sd), width(column.loss + column.sd));
        let own = column.own.map_or(String::new(), |own| format!("{:.1}\u{a0}%", 100.0 * own));
        write!(
            rows,
            "<tr><th title='{name}'>{name}</th><td class='track'><div class='bar' \
             style='width:{:.2}%'></div><div class='error' style='left:{low:.2}%;width:{:.2}%'>\
             </div></td><td>{:.4} <span class='dim'>± {:.4}</span></td>{own_cell}{own}</tr>",
            width(column.loss),
            high - low,
            column.loss,
            column.sd,
            name = escape(&column.column),
        )
        .expect("a string takes everything");
    }
    format!(
        "<table class='importance'><thead><tr><th>column</th><th></th><th>AUC lost</th>\
         {own_head}</tr></thead>\
         <tbody>{rows}</tbody></table>"
    )
}

/// Rows of each class against what they were taken for, darker where there are more of the class.
pub(super) fn confusion(counts: &[Vec<u64>], names: &[String]) -> String {
    let mut table = String::from("<table class='confusion'><thead><tr><th></th>");
    for name in names {
        write!(table, "<th>taken for<br><b>{}</b></th>", escape(name)).expect("a string");
    }
    table.push_str("</tr></thead><tbody>");
    for (is, row) in counts.iter().enumerate() {
        let total: u64 = row.iter().sum::<u64>().max(1);
        write!(table, "<tr><th>is <b>{}</b></th>", escape(&names[is])).expect("a string");
        for (taken, rows) in row.iter().enumerate() {
            let share = *rows as f64 / total as f64;
            let class = if is == taken { "right" } else { "wrong" };
            write!(
                table,
                "<td class='{class}' style='--share:{share:.3}'><b>{}</b><span>{:.1}\u{a0}%</span></td>",
                count(*rows),
                100.0 * share
            )
            .expect("a string takes everything");
        }
        table.push_str("</tr>");
    }
    table.push_str("</tbody></table>");
    table
}
