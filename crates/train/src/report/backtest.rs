//! The report of a backtest.

use models::metrics::thinned;
use pipeline::LARGE_PSI;

use super::svg::{Plot, Scale, escape};
use super::{CURVE_POINTS, put};
use crate::backtest::{
    Backtest, CampaignFigures, Confusion, DriftFigures, FalseAlarms, ThreatFigures,
};

/// The report as one HTML file that needs nothing else. The same backtest gives the same bytes.
pub fn html(title: &str, backtest: &Backtest) -> String {
    let title = escape(title);
    let sections = [
        header(&title, backtest),
        cards(backtest),
        threats(&backtest.threats),
        confusion(&backtest.confusion),
        format!(
            "<div class='grid'>{}{}</div>",
            curve(backtest),
            false_alarms(&backtest.false_alarms)
        ),
        campaigns(&backtest.campaigns),
        backtest.drift.as_ref().map_or_else(String::new, drift),
        footer(backtest),
    ];
    format!(
        "<!doctype html>\n<html lang='en'><head><meta charset='utf-8'>\
         <meta name='viewport' content='width=device-width, initial-scale=1'>\
         <title>{title}: backtest</title><style>{}</style></head><body><main>{}</main>\
         <script>{}</script></body></html>\n",
        include_str!("style.css"),
        sections.concat(),
        include_str!("theme.js"),
    )
}

fn header(title: &str, backtest: &Backtest) -> String {
    format!(
        "<header><div><h1>{title}</h1><p class='dim'>{} clients in {:.3} days, {} of them attack, {} are \
         known to be normal</p></div><button id='theme' type='button'>light / dark</button></header>",
        backtest.clients, backtest.log_days, backtest.attackers, backtest.normal_clients,
    )
}

fn cards(backtest: &Backtest) -> String {
    let all = backtest.threats.last();
    let of = |figure: fn(&ThreatFigures) -> (usize, usize)| match all.map(figure) {
        Some((found, all)) => format!("{found} / {all}"),
        None => "–".to_owned(),
    };
    let delay = all.and_then(|all| all.delay_secs_median);
    let false_alarms = &backtest.false_alarms;
    let cards = [
        ("campaigns found", of(|it| (it.found, it.campaigns)), "under their own name".to_owned()),
        ("under any name", of(|it| (it.noticed, it.campaigns)), String::new()),
        ("sources found", of(|it| (it.sources_noticed, it.sources)), "under any name".to_owned()),
        ("time to detect", delay.map_or("–".to_owned(), seconds), "median".to_owned()),
        (
            "false alarms a day",
            format!("{:.1}", false_alarms.alerts_a_day),
            format!("{} in all; aimed at {:.1}", false_alarms.alerts, false_alarms.promised_a_day),
        ),
        (
            "average precision",
            backtest.curve.average_precision.map_or("–".to_owned(), |it| format!("{it:.4}")),
            "over clients by score".to_owned(),
        ),
    ];
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

fn threats(threats: &[ThreatFigures]) -> String {
    let mut text = String::from(
        "<section class='card'><h2>Threats</h2><div class='scroll'><table class='folds'><thead><tr>\
         <th>threat</th><th>campaigns found</th><th>under any name</th><th>sources found</th>\
         <th>under any name</th><th>median delay</th><th>longest</th></tr></thead><tbody>",
    );
    for it in threats {
        let class = if it.threat == "all" { " class='mean'" } else { "" };
        let delay = |secs: Option<f64>| secs.map_or("–".to_owned(), seconds);
        put(
            &mut text,
            format_args!(
                "<tr{class}><th>{}</th><td>{} / {}</td><td>{} / {}</td><td>{} / {}</td>\
                 <td>{} / {}</td><td>{}</td><td>{}</td></tr>",
                escape(&it.threat.replace('_', " ")),
                it.found,
                it.campaigns,
                it.noticed,
                it.campaigns,
                it.sources_found,
                it.sources,
                it.sources_noticed,
                it.sources,
                delay(it.delay_secs_median),
                delay(it.delay_secs_max),
            ),
        );
    }
    text + "</tbody></table></div></section>"
}

fn curve(backtest: &Backtest) -> String {
    let mut plot =
        Plot::new(Scale::Linear(0.0, 1.0), Scale::Linear(0.0, 1.0), "recall", "precision");
    let points: Vec<(f64, f64)> = thinned(&backtest.curve.points, CURVE_POINTS)
        .iter()
        .map(|point| (point.recall, point.precision))
        .collect();
    plot.line("one", "clients by their highest score", &points);
    let chart = plot.finish("precision and recall of clients by score", "");
    format!(
        "<section class='card'><h2>Precision and recall</h2>{chart}<p class='dim'>Clients by the highest \
         score that each reached, alert or not.</p></section>"
    )
}

/// A row of what there is, a column of what it was taken for, darker where there are more of the row.
fn confusion(confusion: &Confusion) -> String {
    let mut text = String::from(
        "<section class='card'><h2>Taken for</h2><div class='scroll'><table class='folds counts'><thead><tr>\
         <th>clients</th>",
    );
    for name in &confusion.taken_for {
        put(&mut text, format_args!("<th>{}</th>", escape(&name.replace('_', " "))));
    }
    text.push_str("</tr></thead><tbody>");
    for (name, row) in confusion.truth.iter().zip(&confusion.clients) {
        let total = row.iter().sum::<usize>().max(1);
        put(&mut text, format_args!("<tr><th>{}</th>", escape(&name.replace('_', " "))));
        for (count, taken) in row.iter().zip(&confusion.taken_for) {
            let share = *count as f64 / total as f64;
            let is_right = name == taken || (name == "normal" && taken == "nothing");
            let class = match *count {
                0 => "",
                _ if is_right => "right",
                _ => "wrong",
            };
            let count = if *count == 0 { String::new() } else { count.to_string() };
            put(
                &mut text,
                format_args!("<td class='{class}' style='--share:{share:.3}'>{count}</td>"),
            );
        }
        text.push_str("</tr>");
    }
    text + "</tbody></table></div></section>"
}

fn campaigns(campaigns: &[CampaignFigures]) -> String {
    let mut text = String::from(
        "<section class='card'><h2>Campaigns</h2><div class='scroll'><table class='folds texts'><thead><tr>\
         <th>campaign</th><th>threat</th><th>tool</th><th>sources found</th><th>seen as</th>\
         <th>delay</th><th>calls before the first alert</th></tr></thead><tbody>",
    );
    for it in campaigns {
        let seen: Vec<String> = it.seen_as.iter().map(|name| name.replace('_', " ")).collect();
        let seen = if seen.is_empty() { "nothing".to_owned() } else { seen.join(", ") };
        let calls = match (it.requests_unnoticed, it.requests) {
            (Some(before), Some(all)) => format!("{before} of {all}"),
            _ => "–".to_owned(),
        };
        put(
            &mut text,
            format_args!(
                "<tr><th>{}</th><td>{}</td><td>{}</td><td>{} / {}</td><td>{}</td><td>{}</td>\
                 <td>{calls}</td></tr>",
                escape(&it.campaign),
                escape(&it.threat.replace('_', " ")),
                escape(&it.tool),
                it.sources_found,
                it.sources,
                escape(&seen),
                it.delay_secs.map_or("–".to_owned(), seconds),
            ),
        );
    }
    text + "</tbody></table></div></section>"
}

fn false_alarms(alarms: &FalseAlarms) -> String {
    let mut text = format!(
        "<section class='card audit'><h2>False alarms</h2><p class='dim'>{} alerts about normal clients \
         alone: {:.2} a day (95 % {:.2} to {:.2}) where the budget aims at {:.2} at most, and {:.2} per \
         1,000 normal clients.</p><ul>",
        alarms.alerts,
        alarms.alerts_a_day,
        alarms.alerts_a_day_low,
        alarms.alerts_a_day_high,
        alarms.promised_a_day,
        alarms.alerts_per_1000_clients,
    );
    for (client, wronged) in &alarms.accused {
        let alerts: Vec<String> = wronged
            .alerts
            .iter()
            .map(|alert| format!("{} {:.2}", alert.threat.replace('_', " "), alert.score))
            .collect();
        put(
            &mut text,
            format_args!(
                "<li class='warning'>{} ({}): {}</li>",
                escape(client),
                escape(&wronged.group),
                escape(&alerts.join(", ")),
            ),
        );
    }
    text + "</ul></section>"
}

fn drift(drift: &DriftFigures) -> String {
    let told = match (&drift.compared[..], &drift.columns[..]) {
        ([], _) => "Too few sessions to compare with those of the training.".to_owned(),
        (_, []) => "Sessions are spread as they were in training.".to_owned(),
        _ => format!(
            "Columns that are spread otherwise than in training, by their population stability index (PSI; \
             large from {LARGE_PSI}). The model judges other traffic than it was trained on: train it anew."
        ),
    };
    let mut text = format!("<section class='card'><h2>Drift</h2><p class='dim'>{told}</p>");
    if !drift.columns.is_empty() {
        text.push_str(
            "<div class='scroll'><table class='folds texts'><thead><tr><th>column</th>\
             <th>sessions of</th><th>PSI</th></tr></thead><tbody>",
        );
        for it in &drift.columns {
            let (column, entity, psi) = (escape(&it.column), escape(&it.entity), it.psi);
            put(
                &mut text,
                format_args!("<tr><th>{column}</th><td>{entity}s</td><td>{psi:.2}</td></tr>"),
            );
        }
        text.push_str("</tbody></table></div>");
    }
    text + "</section>"
}

fn footer(backtest: &Backtest) -> String {
    let unlisted = &backtest.unlisted;
    let counted = if unlisted.are_normal { "count as normal" } else { "count nowhere" };
    let unknown = match unlisted.clients {
        0 => String::new(),
        number => format!(" The truth does not list {number} clients; they {counted}."),
    };
    let absent = match backtest.absent.len() {
        0 => String::new(),
        number => format!(" {number} campaigns of the truth are not in this log."),
    };
    format!(
        "<footer><p>A delay runs from a campaign's first request to the first alert that names it rightly, \
         in event time.{unknown}{absent}</p></footer>"
    )
}

fn seconds(secs: f64) -> String {
    if secs < 120.0 { format!("{secs:.0} s") } else { format!("{:.0} min", secs / 60.0) }
}
