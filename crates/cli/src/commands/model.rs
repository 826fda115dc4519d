use std::fmt::Write;
use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use serde_json::{Value, json};
use train::inspection::{AnyBundle, differences, flatten};

use super::Session;
use crate::exit::{Exit, Failure};
use crate::render::{escape, wrap};

#[derive(Args, Debug)]
pub(crate) struct ModelArgs {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Show what is in a bundle.
    Inspect {
        /// A bundle that `train` wrote.
        #[arg(value_name = "BUNDLE")]
        bundle: PathBuf,

        /// Show what is normal in every column too.
        #[arg(long)]
        columns: bool,

        /// In which form it is written.
        #[arg(short, long, value_enum, default_value_t = Form::Human, value_name = "FORM")]
        output: Form,
    },
    /// Show what differs between two bundles.
    Compare {
        /// A bundle.
        #[arg(value_name = "BUNDLE")]
        first: PathBuf,

        /// Another one.
        #[arg(value_name = "OTHER")]
        second: PathBuf,

        /// In which form it is written.
        #[arg(short, long, value_enum, default_value_t = Form::Human, value_name = "FORM")]
        output: Form,
    },
    /// Write a bundle's model card in Markdown: data, period, figures, limits.
    Card {
        /// A bundle that `train` wrote.
        #[arg(value_name = "BUNDLE")]
        bundle: PathBuf,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Form {
    /// For people.
    Human,
    /// One JSON document.
    Json,
}

/// Characters of a key in front of its value, at most: longer keys push their values to the right.
const MAX_KEY_WIDTH: usize = 44;

/// Tells what a bundle is, or what differs between two.
pub(crate) fn run(args: &ModelArgs, session: &Session) -> Result<Exit, Failure> {
    let load = |path: &PathBuf| AnyBundle::load(path).map_err(Failure::from);
    let text = match &args.what {
        What::Inspect { bundle, columns, output } => {
            let document = load(bundle)?.document();
            match output {
                Form::Json => format!("{document:#}\n"),
                Form::Human => inspected(&document, *columns),
            }
        }
        What::Compare { first, second, output } => {
            let (first, second) = (load(first)?.document(), load(second)?.document());
            match output {
                Form::Json => compared_as_json(&first, &second),
                Form::Human => compared(&first, &second, session),
            }
        }
        What::Card { bundle } => load(bundle)?.card(),
    };
    super::print(text.as_bytes())
}

fn inspected(document: &Value, columns: bool) -> String {
    let mut shown = flatten(document);
    shown.retain(|key, _| columns || !is_of_a_column(key));
    let width = shown.keys().map(String::len).max().unwrap_or(0).min(MAX_KEY_WIDTH);
    let mut text = String::new();
    for (key, value) in &shown {
        let body = wrap(&escape(value), 78 - width, "");
        for (place, line) in body.lines().enumerate() {
            let key = if place == 0 { key.as_str() } else { "" };
            let _ = writeln!(text, "{key:<width$}  {line}");
        }
        if body.is_empty() {
            let _ = writeln!(text, "{key}");
        }
    }
    text
}

/// Whether a key tells what is normal in one column.
fn is_of_a_column(key: &str) -> bool {
    key.starts_with("normal.") && key.contains(".columns.")
}

fn compared(first: &Value, second: &Value, session: &Session) -> String {
    let found = differences(first, second);
    if found.is_empty() {
        return "no difference\n".to_owned();
    }
    let mut text = String::new();
    let told = |value: Option<&String>| match value {
        Some(value) => escape(value),
        None => "(nothing)".to_owned(),
    };
    for difference in &found {
        let _ = writeln!(text, "{}", session.style.bold(&difference.key));
        let _ = writeln!(text, "  - {}", wrap(&told(difference.first.as_ref()), 76, "    ").trim());
        let _ =
            writeln!(text, "  + {}", wrap(&told(difference.second.as_ref()), 76, "    ").trim());
    }
    text
}

fn compared_as_json(first: &Value, second: &Value) -> String {
    let found = differences(first, second);
    let found: Vec<Value> = found
        .iter()
        .map(|it| json!({ "key": it.key, "first": it.first, "second": it.second }))
        .collect();
    format!("{:#}\n", Value::from(found))
}
