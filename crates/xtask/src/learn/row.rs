//! What one row costs that is judged by what was trained.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

/// Microseconds a row: medians over several rounds on one thread.
pub(super) struct RowCost {
    pub(super) rows: usize,
    /// What was learned of attacks, asked alone.
    pub(super) learned_micros: f64,
    /// The whole verdict: all indicators, both models, and why, where there is something to explain.
    pub(super) verdict_micros: f64,
}

/// Times rows of a log in an optimised program, which this one is not.
pub(super) fn measure(bundle: &Path, log: &Path) -> Result<RowCost> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let ran = Command::new(cargo)
        .args(["run", "--quiet", "--release", "--package", "apiwarden-train"])
        .args(["--example", "row_cost", "--"])
        .args([bundle, log])
        .current_dir(testkit::workspace_root())
        .output()
        .context("cannot run cargo")?;
    if !ran.status.success() {
        bail!("row_cost: {}\n{}", ran.status, String::from_utf8_lossy(&ran.stderr));
    }
    let told = String::from_utf8(ran.stdout).context("row_cost writes UTF-8")?;
    let fields: Vec<&str> = told.split_whitespace().collect();
    let [rows, learned, verdict] = fields.as_slice() else { bail!("row_cost wrote {told:?}") };
    Ok(RowCost {
        rows: rows.parse()?,
        learned_micros: learned.parse()?,
        verdict_micros: verdict.parse()?,
    })
}
