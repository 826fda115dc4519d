use std::collections::BTreeMap;
use std::fmt::Write;

use anyhow::{Context, Result};
use serde_json::Value;

/// One way to train, and what came of it.
pub(super) struct Trial {
    name: String,
    /// The estimator that was chosen.
    chosen: String,
    threats: BTreeMap<String, Sources>,
    accused: u64,
    normal: u64,
    false_alarms: u64,
}

/// The sources of a threat.
#[derive(Clone, Copy, Default)]
struct Sources {
    all: u64,
    named: u64,
    noticed: u64,
}

impl Trial {
    /// Sums up what was told of a training and of the logs judged by it.
    pub(super) fn of(name: &str, trained: &Value, judged: &[Value]) -> Result<Self> {
        let chosen = trained["training"]["learned"]["chosen"].as_str().unwrap_or("nothing");
        let mut trial = Self {
            name: name.to_owned(),
            chosen: chosen.to_owned(),
            threats: BTreeMap::new(),
            accused: 0,
            normal: 0,
            false_alarms: 0,
        };
        let number = |value: &Value| value.as_u64().context("a number");
        for backtest in judged {
            for it in backtest["threats"].as_array().context("threats")? {
                let threat = it["threat"].as_str().context("a threat")?;
                let sum = trial.threats.entry(threat.to_owned()).or_default();
                sum.all += number(&it["sources"])?;
                sum.named += number(&it["sources_found"])?;
                sum.noticed += number(&it["sources_noticed"])?;
            }
            let false_alarms = &backtest["false_alarms"];
            let accused = &false_alarms["accused"];
            let accused = accused.as_object().map(serde_json::Map::len);
            let accused = accused.or(false_alarms["accused"].as_array().map(Vec::len));
            trial.accused += accused.context("who was accused")? as u64;
            trial.normal += number(&backtest["normal_clients"])?;
            trial.false_alarms += number(&false_alarms["alerts"])?;
        }
        Ok(trial)
    }
}

/// The trials side by side: of each threat the sources found under any name, and under its own.
pub(super) fn table(trials: &[Trial]) -> String {
    let row = |text: &mut String, name: &str, cell: &dyn Fn(&Trial) -> String| {
        let cells: Vec<String> = trials.iter().map(cell).collect();
        let _ = writeln!(text, "| {name} | {} |", cells.join(" | "));
    };
    let mut text = String::new();
    row(&mut text, "sources found (named rightly) of all", &|it| it.name.clone());
    let _ = writeln!(text, "|---|{}", "---|".repeat(trials.len()));
    row(&mut text, "learned by", &|it| it.chosen.clone());
    let Some(first) = trials.first() else { return text };
    let threats = first.threats.keys().filter(|threat| *threat != "all");
    for threat in threats.chain(first.threats.keys().filter(|threat| *threat == "all")) {
        let cell = |it: &Trial| {
            let Sources { all, named, noticed } =
                it.threats.get(threat).copied().unwrap_or_default();
            format!("{noticed} ({named}) of {all}")
        };
        row(&mut text, threat, &cell);
    }
    let share = |it: &Trial| {
        let percent = it.accused as f64 * 100.0 / it.normal.max(1) as f64;
        format!("{} of {}: {percent:.1} %", it.accused, it.normal)
    };
    row(&mut text, "**normal clients accused**", &share);
    row(&mut text, "false alarms", &|it| it.false_alarms.to_string());
    text
}
