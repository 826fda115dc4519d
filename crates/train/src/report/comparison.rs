//! The report of what becomes of a log's alerts under other settings.

use super::svg::escape;
use super::{cards, page, put};
use crate::backtest::{AlertLine, Backtest, Change, Comparison, ThreatFigures, brief_span};
use crate::thousands::count;

/// Two settings held against each other, with what a truth says of each where there is one.
#[derive(Clone, Copy, Debug)]
pub struct ComparisonInput<'a> {
    /// What the log is called.
    pub title: &'a str,
    /// What the settings are called: the first, the second.
    pub names: [&'a str; 2],
    /// What becomes of the alerts.
    pub comparison: &'a Comparison,
    /// What the truth says of the first and of the second.
    pub backtests: Option<[&'a Backtest; 2]>,
}

/// The report as one HTML file that needs nothing else. The same comparison gives the same bytes.
pub fn html(input: &ComparisonInput<'_>) -> String {
    let Comparison { appear, vanish, change, .. } = input.comparison;
    let [first, second] = input.names.map(escape);
    let sections = [
        header(input),
        figures(input.comparison),
        input.backtests.map_or_else(String::new, |both| truth(both, [&first, &second])),
        alerts("Appear", &format!("Alerts that only {second} has."), appear),
        alerts("Vanish", &format!("Alerts that only {first} has."), vanish),
        changes(change),
    ];
    page(&escape(input.title), "comparison", &sections.concat())
}

fn header(input: &ComparisonInput<'_>) -> String {
    let [first, second] = input.names.map(escape);
    format!(
        "<header><div><h1>{}</h1><p class='dim'>from {first} to {second}</p></div>\
         <button id='theme' type='button'>light / dark</button></header>",
        escape(input.title),
    )
}

fn figures(comparison: &Comparison) -> String {
    let Comparison { before, after, appear, vanish, change, same } = comparison;
    let number = |of: usize| count(of as u64);
    let card = |name, of, beside: &str| (name, number(of), beside.to_owned());
    cards(&[
        ("alerts", format!("{} → {}", number(*before), number(*after)), "before and after".into()),
        card("appear", appear.len(), "only after"),
        card("vanish", vanish.len(), "only before"),
        card("change", change.len(), "in rank, score or severity"),
        card("stay", *same, "alike"),
    ])
}

/// What the truth says, a row a figure.
fn truth(both: [&Backtest; 2], names: [&str; 2]) -> String {
    type Figure = fn(&Backtest) -> String;
    type Found = fn(&ThreatFigures) -> String;
    let of_all =
        |figure: Found, backtest: &Backtest| backtest.threats.last().map_or("–".to_owned(), figure);
    let figures: [(&str, Figure); 3] = [
        ("false alarms a day", |it| format!("{:.2}", it.false_alarms.alerts_a_day)),
        ("normal clients accused", |it| count(it.false_alarms.accused.len() as u64)),
        ("average precision of clients by score", |it| {
            it.curve.average_precision.map_or("–".to_owned(), |it| format!("{it:.4}"))
        }),
    ];
    let found: [(&str, Found); 4] = [
        ("campaigns found", |it| format!("{} / {}", it.found, it.campaigns)),
        ("campaigns found under any name", |it| format!("{} / {}", it.noticed, it.campaigns)),
        ("sources found under any name", |it| format!("{} / {}", it.sources_noticed, it.sources)),
        ("median delay", |it| it.delay_secs_median.map_or("–".to_owned(), brief_span)),
    ];
    let found = found.map(|(name, figure)| (name, both.map(|it| of_all(figure, it))));
    let figures = figures.map(|(name, figure)| (name, both.map(figure)));
    let mut text = format!(
        "<section class='card'><h2>By the truth</h2><div class='scroll'><table class='folds'><thead><tr>\
         <th></th><th>{}</th><th>{}</th></tr></thead><tbody>",
        names[0], names[1]
    );
    for (name, [before, after]) in found.into_iter().chain(figures) {
        put(&mut text, format_args!("<tr><th>{name}</th><td>{before}</td><td>{after}</td></tr>"));
    }
    text + "</tbody></table></div></section>"
}

fn alerts(title: &str, meaning: &str, alerts: &[AlertLine]) -> String {
    if alerts.is_empty() {
        return String::new();
    }
    let mut text = format!(
        "<section class='card'><h2>{title}</h2><p class='dim'>{meaning}</p><div class='scroll'>\
         <table class='folds texts'><thead><tr><th>threat</th><th>about</th><th>severity</th>\
         <th>score</th><th>first seen</th></tr></thead><tbody>"
    );
    for it in alerts {
        put(
            &mut text,
            format_args!(
                "<tr>{}<td>{}</td><td>{:.2}</td><td>{}</td></tr>",
                named(it),
                escape(&it.severity),
                it.score,
                escape(&it.first_seen),
            ),
        );
    }
    text + "</tbody></table></div></section>"
}

fn changes(changes: &[Change]) -> String {
    if changes.is_empty() {
        return String::new();
    }
    let mut text = String::from(
        "<section class='card'><h2>Change</h2><p class='dim'>Alerts that both have, though not alike. A \
         rank is a place in the list, worst first.</p><div class='scroll'><table class='folds texts'>\
         <thead><tr><th>threat</th><th>about</th><th>rank</th><th>score</th><th>severity</th></tr>\
         </thead><tbody>",
    );
    let from_to = |before: String, after: String| match before == after {
        true => after,
        false => format!("{before} → {after}"),
    };
    for it in changes {
        let rank = from_to(it.rank_before.to_string(), it.rank_after.to_string());
        let score = from_to(format!("{:.2}", it.score_before), format!("{:.2}", it.alert.score));
        let severity = from_to(escape(&it.severity_before), escape(&it.alert.severity));
        let named = named(&it.alert);
        put(
            &mut text,
            format_args!("<tr>{named}<td>{rank}</td><td>{score}</td><td>{severity}</td></tr>"),
        );
    }
    text + "</tbody></table></div></section>"
}

/// The cells that say what an alert is and about whom.
fn named(alert: &AlertLine) -> String {
    let threat = escape(&alert.threat.replace('_', " "));
    let (kind, value) = (escape(&alert.entity.kind), escape(&alert.entity.value));
    format!("<th>{threat}</th><td>{kind} {value}</td>")
}
