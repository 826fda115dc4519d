use std::fmt::Write;

use domain::EntityKind;
use serde_json::Value;

use super::{flatten, text};
use crate::bundle::Bundle;
use crate::site::SiteBundle;

pub(super) fn of_table(bundle: &Bundle) -> String {
    let manifest = &bundle.manifest;
    let mut card = Card::new(&format!("Model card: {} on {}", manifest.estimator, manifest.label));
    card.section("What it is");
    card.paragraph(&format!(
        "A model that scores rows of a table from 0 to 1: how likely a row is not `{}`. Its threshold is \
         {:.4}. It was written by {}.",
        manifest.classes.first().map_or("ordinary", String::as_str),
        manifest.finish.threshold,
        manifest.written_by,
    ));
    card.section("Data");
    let columns: Vec<&str> =
        manifest.schema.columns.iter().map(|column| column.name.as_str()).collect();
    card.table(&[
        ("rows learned from", manifest.train_rows.to_string()),
        ("columns", columns.join(", ")),
        ("classes", manifest.classes.join(", ")),
        ("digest (BLAKE3)", manifest.data_digest.clone()),
        ("seed", manifest.seed.to_string()),
    ]);
    card.section("Figures");
    if manifest.metrics.is_empty() {
        card.paragraph("None were recorded.");
    } else {
        card.values(&serde_json::to_value(&manifest.metrics).unwrap_or_default());
    }
    card.section("What the audit found");
    card.list(&manifest.audit, "Nothing.");
    card.section("Limits");
    let limits = [
        "It knows the columns of one table. Rows from elsewhere may lie where it was never fitted.",
        "Where the audit warns of a column that gives the answer away, the figures above tell what that \
         column is worth, not how well behaviour is told apart.",
        "A score is as well calibrated as the share of classes in the training rows is like that of later \
         ones.",
    ];
    card.list(&limits, "");
    card.text
}

pub(super) fn of_site(site: &SiteBundle) -> String {
    let (bundle, training) = (&site.bundle, &site.training);
    let fitted = &bundle.fitted;
    let mut card = Card::new("Model card: what is learned of a site");
    card.section("What it is");
    card.paragraph(
        "What is normal on a site, and what attacks on it look like, as `apiwarden detect --model` judges \
         by: ranges, models of what is usual, and a classifier where attacks were there to learn from. It \
         names suspects for people to look at; it is not meant to block anybody by itself.",
    );
    card.section("Data");
    let period = fitted.period.map_or("-".to_owned(), |it| format!("{} to {}", it.first, it.last));
    let normal = |kind: EntityKind| bundle.baseline.entities(kind).to_string();
    card.table(&[
        ("logs", training.logs.join(", ")),
        ("digest (BLAKE3)", training.data_digest.clone()),
        ("period", period),
        ("requests", training.requests.to_string()),
        ("clients", training.clients.to_string()),
        ("endpoints", site.endpoints.names().count().to_string()),
        ("clients labelled as attackers", training.labelled_attackers.to_string()),
        ("clients labelled benign", training.labelled_benign.to_string()),
        ("alerts with a verdict", training.verdicts.to_string()),
        ("attackers woven in", training.injected_attackers.to_string()),
        ("sessions sampled", fitted.sampled.to_string()),
        ("of these trimmed as not ordinary", fitted.trimmed.to_string()),
        ("ordinary sessions of clients", normal(EntityKind::Client)),
        ("ordinary sessions of accounts", normal(EntityKind::Account)),
        ("ordinary sessions of credentials", normal(EntityKind::Credential)),
        ("seed", fitted.seed.to_string()),
    ]);
    card.section("Learning about attacks");
    card.paragraph("Each figure is of sessions whose actor the judging model had not seen.");
    card.values(&training.learned);
    card.section("Budget");
    card.paragraph(&format!(
        "{}: a share of {} of the ordinary sessions may alarm.",
        fitted.budget,
        text(&Value::from(fitted.budget_share)),
    ));
    match &training.hold_out {
        Some(hold_out) => {
            card.paragraph("Learned on the first part of the time and judged on the rest:");
            card.values(hold_out);
        }
        None => card.paragraph("What came true of it was not measured: the log was too short."),
    }
    card.section("Remarks of the training");
    card.list(&training.notes, "None.");
    card.section("Limits");
    let limits = [
        "Normal is what was normal in the period above. `detect --model` tells which columns have drifted \
         since; train again when many have.",
        "A budget below one session in as many as were seen is an extrapolation, and as uncertain as one.",
        "The classifier knows attacks like those it learned from. The share found *if never seen* tells \
         how far that carries; the indicators look in any case, and nothing silences them.",
        "An account or a credential is judged by indicators and by what is usual, not by the classifier: a \
         label says who attacked, not whose account it was.",
    ];
    card.list(&limits, "");
    card.text
}

struct Card {
    text: String,
}

impl Card {
    fn new(title: &str) -> Self {
        Self { text: format!("# {title}\n") }
    }

    fn section(&mut self, title: &str) {
        self.line(&format!("\n## {title}\n"));
    }

    fn paragraph(&mut self, text: &str) {
        self.line(text);
    }

    fn list(&mut self, items: &[impl AsRef<str>], nothing: &str) {
        for item in items {
            self.line(&format!("* {}", item.as_ref()));
        }
        if items.is_empty() {
            self.line(nothing);
        }
    }

    fn table(&mut self, rows: &[(&str, String)]) {
        self.line("| | |\n|---|---|");
        for (key, value) in rows {
            self.line(&format!("| {key} | {} |", cell(value)));
        }
    }

    /// A document as a table, a line a value.
    fn values(&mut self, document: &Value) {
        self.line("\n| | |\n|---|---|");
        for (key, value) in flatten(document) {
            self.line(&format!("| `{key}` | {} |", cell(&value)));
        }
    }

    fn line(&mut self, line: &str) {
        writeln!(self.text, "{line}").expect("a string takes everything");
    }
}

/// A text as it may stand in a cell of a table in Markdown.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace(['\n', '\r'], " ")
}
