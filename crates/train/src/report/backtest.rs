//! The report of a backtest.

use models::metrics::thinned;
use pipeline::LARGE_PSI;

use super::svg::{Plot, Scale, escape};
use super::{CURVE_POINTS, cards, page, put};
use crate::backtest::{
    Backtest, CampaignFigures, Confusion, DriftFigures, FalseAlarms, ThreatFigures, brief_span,
};
use crate::thousands::{self, count};

/// The report as one HTML file that needs nothing else. The same backtest gives the same bytes.
pub fn html(title: &str, backtest: &Backtest) -> String {
    let title = escape(title);
    let sections = [
        header(&title, backtest),
        figures(backtest),
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
    page(&title, "backtest", &sections.concat())
}

fn header(title: &str, backtest: &Backtest) -> String {
    format!(
        "<header><div><h1>{title}</h1><p class='dim'>{} clients in {}, {} of them attack, {} are \
         known to be normal</p></div><button id='theme' type='button'>light / dark</button></header>",
        count(backtest.clients as u64),
        brief_span(backtest.log_days * 86_400.0),
        count(backtest.attackers as u64),
        count(backtest.normal_clients as u64),
    )
}

fn figures(backtest: &Backtest) -> String {
    let all = backtest.threats.last();
    let of = |figure: fn(&ThreatFigures) -> (usize, usize)| match all.map(figure) {
        Some((found, all)) => format!("{found} / {all}"),
        None => "–".to_owned(),
    };
    let delay = all.and_then(|all| all.delay_secs_median);
    let false_alarms = &backtest.false_alarms;
    cards(&[
        ("campaigns found", of(|it| (it.found, it.campaigns)), "under their own name".to_owned()),
        ("under any name", of(|it| (it.noticed, it.campaigns)), String::new()),
        ("sources found", of(|it| (it.sources_noticed, it.sources)), "under any name".to_owned()),
        ("time to detect", delay.map_or("–".to_owned(), brief_span), "median".to_owned()),
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
    ])
}

fn threats(threats: &[ThreatFigures]) -> String {
    let mut text = String::from(
        "<section class='card'><h2>Threats</h2><div class='scroll'><table class='folds'><thead><tr>\
         <th>threat</th><th>campaigns found</th><th>under any name</th><th>sources found</th>\
         <th>under any name</th><th>median delay</th><th>longest</th></tr></thead><tbody>",
    );
    for it in threats {
        let class = if it.threat == "all" { " class='mean'" } else { "" };
        let delay = |secs: Option<f64>| secs.map_or("–".to_owned(), brief_span);
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
            let number = if *count == 0 { String::new() } else { thousands::count(*count as u64) };
            put(
                &mut text,
                format_args!("<td class='{class}' style='--share:{share:.3}'>{number}</td>"),
            );
        }
        text.push_str("</tr>");
    }
    text + "</tbody></table></div></section>"
}

/// A column is left out where the truth says nothing of it for any campaign.
fn campaigns(campaigns: &[CampaignFigures]) -> String {
    if campaigns.is_empty() {
        return String::new();
    }
    let has_tools = campaigns.iter().any(|it| !it.tool.is_empty());
    let has_calls = campaigns.iter().any(|it| it.requests.is_some());
    let column = |is_there: bool, cell: String| if is_there { cell } else { String::new() };
    let mut text = format!(
        "<section class='card'><h2>Campaigns</h2><div class='scroll'><table class='folds texts'><thead><tr>\
         <th>campaign</th><th>threat</th>{}<th>sources found</th><th>seen as</th>\
         <th>delay</th>{}</tr></thead><tbody>",
        column(has_tools, "<th>tool</th>".to_owned()),
        column(has_calls, "<th>calls before the first alert</th>".to_owned()),
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
                "<tr><th>{}</th><td>{}</td>{}<td>{} / {}</td><td>{}</td><td>{}</td>{}</tr>",
                escape(&it.campaign),
                escape(&it.threat.replace('_', " ")),
                column(has_tools, format!("<td>{}</td>", escape(&it.tool))),
                it.sources_found,
                it.sources,
                escape(&seen),
                it.delay_secs.map_or("–".to_owned(), brief_span),
                column(has_calls, format!("<td>{calls}</td>")),
            ),
        );
    }
    text + "</tbody></table></div></section>"
}

fn false_alarms(alarms: &FalseAlarms) -> String {
    let mut text = format!(
        "<section class='card audit'><h2>False alarms</h2><p class='dim'>Alerts that accuse a normal client \
         and no attacker: {}. That is {:.2} a day (95 % {:.2} to {:.2}) where the budget aims at {:.2} at \
         most, and {:.2} per 1,000 normal clients.</p><p class='dim'>Normal clients accused: {}, of whom \
         false alarms accuse {}; {} are wronged: accused only by alerts that accuse an attacker \
         too.</p><ul>",
        alarms.alerts,
        alarms.alerts_a_day,
        alarms.alerts_a_day_low,
        alarms.alerts_a_day_high,
        alarms.promised_a_day,
        alarms.alerts_per_1000_clients,
        alarms.accused.len(),
        alarms.clients,
        alarms.wronged,
    );
    for (client, it) in &alarms.accused {
        let class = if it.is_wronged { "warning" } else { "alarm" };
        put(&mut text, format_args!("<li class='{class}'>{}</li>", escape(&it.told(client))));
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
