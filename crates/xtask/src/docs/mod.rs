//! The files that are written by the code: pages of `docs/reference`, and a list of words.

mod crawlers;
mod data_quality;
mod features;
mod formats;
mod program;
mod threats;

use std::fs;

use anyhow::{Context, Result, bail};

/// Stands at the top of each page.
const NOTE: &str = "<!-- Written by `cargo xtask docs`; edit the code instead. -->\n\n";

/// Writes the files.
pub(crate) fn write() -> Result<()> {
    for (path, text) in files()? {
        let file = testkit::workspace_root().join(&path);
        fs::write(file, text).with_context(|| format!("cannot write {path}"))?;
    }
    Ok(())
}

/// Says which files are not what the code would write.
///
/// # Errors
/// When one is stale or missing.
pub(crate) fn check() -> Result<()> {
    let is_stale = |path: &str, text: &str| {
        let found = fs::read_to_string(testkit::workspace_root().join(path));
        found.map_or(true, |found| found != text)
    };
    let files = files()?;
    let stale: Vec<&str> =
        files.iter().filter(|(path, text)| is_stale(path, text)).map(|(path, _)| &**path).collect();
    if !stale.is_empty() {
        bail!("stale: {}: run `cargo xtask docs`", stale.join(", "));
    }
    Ok(())
}

/// Every file by its path in the workspace.
fn files() -> Result<Vec<(String, String)>> {
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
    let page = |(name, text)| (format!("docs/reference/{name}"), format!("{NOTE}{text}"));
    let mut files: Vec<(String, String)> = pages.map(page).into();
    files.push((crawlers::PATH.to_owned(), crawlers::list()?));
    Ok(files)
}

/// A text as a cell of a table, its first letter in upper case.
fn cell(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string());
    format!("{}{}", first.unwrap_or_default(), letters.as_str()).replace('|', "\\|")
}
