//! Building apiwarden, and running it and others.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use serde_json::Value;

/// Builds apiwarden in a profile of Cargo's and says where the program lies.
///
/// # Errors
/// When it does not build.
pub(crate) fn build(profile: &str) -> Result<PathBuf> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let built = Command::new(cargo)
        .args(["build", "--quiet", "--package", "apiwarden", "--profile", profile])
        .arg("--message-format=json-render-diagnostics")
        .current_dir(testkit::workspace_root())
        .stderr(Stdio::inherit())
        .output()
        .context("cannot run cargo")?;
    if !built.status.success() {
        bail!("apiwarden does not build");
    }
    let messages = std::str::from_utf8(&built.stdout).context("cargo writes UTF-8")?;
    let program = messages
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .find_map(|message| message["executable"].as_str().map(PathBuf::from));
    program.context("cargo named no program")
}

/// What a program writes to standard output when it ends well; `None` when it ends otherwise.
///
/// # Errors
/// When it cannot be run or writes no UTF-8.
pub(crate) fn output_if_done(program: &Path, arguments: &[&str]) -> Result<Option<String>> {
    let ran = Command::new(program).args(arguments).stdin(Stdio::null()).output();
    let ran = ran.with_context(|| format!("cannot run {}", program.display()))?;
    let text = String::from_utf8(ran.stdout).context("no UTF-8")?;
    Ok(ran.status.success().then_some(text))
}

/// What a program writes to standard output when it ends well; its diagnostics are shown only when
/// it does not.
///
/// # Errors
/// When it cannot be run, ends with another status than 0, or writes no UTF-8.
pub(crate) fn output_of(program: &Path, arguments: &[&str]) -> Result<String> {
    let shown = || format!("{} {}", program.display(), arguments.join(" "));
    let ran = Command::new(program)
        .args(arguments)
        .current_dir(testkit::workspace_root())
        // Help is as wide as the terminal, or as this says.
        .env_remove("COLUMNS")
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("cannot run {}", shown()))?;
    if !ran.status.success() {
        bail!("{}: {}\n{}", shown(), ran.status, String::from_utf8_lossy(&ran.stderr));
    }
    String::from_utf8(ran.stdout).with_context(|| format!("{} wrote no UTF-8", shown()))
}
