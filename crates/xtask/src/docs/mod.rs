//! The pages of `docs/reference` that are written by the code.

mod data_quality;
mod features;
mod formats;
mod program;
mod threats;

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};

/// Stands at the top of each page.
const NOTE: &str = "<!-- Written by `cargo xtask docs`; edit the code instead. -->\n\n";

/// Writes the pages.
pub(crate) fn write() -> Result<()> {
    for (name, text) in pages()? {
        fs::write(folder().join(name), text).with_context(|| format!("cannot write {name}"))?;
    }
    Ok(())
}

/// Says which pages are not what the code would write.
///
/// # Errors
/// When one is stale or missing.
pub(crate) fn check() -> Result<()> {
    let is_stale = |name: &str, text: &str| {
        fs::read_to_string(folder().join(name)).map_or(true, |found| found != text)
    };
    let pages = pages()?;
    let stale: Vec<&str> =
        pages.iter().filter(|(name, text)| is_stale(name, text)).map(|(name, _)| *name).collect();
    if !stale.is_empty() {
        bail!("stale in docs/reference: {}: run `cargo xtask docs`", stale.join(", "));
    }
    Ok(())
}

fn pages() -> Result<Vec<(&'static str, String)>> {
    // The profile of tests: there the program is built already.
    let program = crate::program::build("test")?;
    let pages = [
        ("features.md", features::page()),
        ("threats.md", threats::page()),
        ("data_quality.md", data_quality::page()),
        ("formats.md", formats::page()),
        ("configuration.md", program::configuration(&program)?),
        ("cli.md", program::commands(&program)?),
    ];
    Ok(pages.map(|(name, text)| (name, format!("{NOTE}{text}"))).into())
}

fn folder() -> std::path::PathBuf {
    Path::new(testkit::workspace_root()).join("docs/reference")
}

/// A text as a cell of a table, its first letter in upper case.
fn cell(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string());
    format!("{}{}", first.unwrap_or_default(), letters.as_str()).replace('|', "\\|")
}
