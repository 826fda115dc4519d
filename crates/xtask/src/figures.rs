//! Figures in a page: between marks, with the revision that gave them; the text around them is written by
//! hand.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use crate::program;

/// Puts the figures of a chore into a page.
///
/// # Errors
/// When the page cannot be read or written, or lacks the chore's marks.
pub(crate) fn keep(page: &str, chore: &str, figures: &str) -> Result<()> {
    let mark = |place: &str| format!("<!-- cargo xtask {chore} --write: {place} -->\n");
    let (begin, end) = (mark("begin"), mark("end"));
    let revision = program::output_of(Path::new("git"), &["rev-parse", "--short", "HEAD"])?;
    let path = testkit::workspace_root().join(page);
    let text = fs::read_to_string(&path).with_context(|| format!("cannot read {page}"))?;
    let (head, rest) = text.split_once(&begin).with_context(|| format!("{page}: no {begin}"))?;
    let (_, tail) = rest.split_once(&end).with_context(|| format!("{page}: no {end}"))?;
    let revision = revision.trim();
    let text = format!("{head}{begin}\nMeasured at `{revision}`.\n\n{figures}{end}{tail}");
    fs::write(&path, text).with_context(|| format!("cannot write {page}"))
}
