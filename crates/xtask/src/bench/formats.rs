//! How fast each format is parsed.

use std::fs::{self, File};
use std::io;
use std::process::Command;

use anyhow::{Context, Result, bail};

/// Where the figures are kept.
pub(super) const PAGE: &str = "benches/runs/formats.md";

/// Real logs that are measured beside the examples, where they are there.
const LOGS: [&str; 2] = ["field/a/access.combined.log.gz", "field/a/access.json.log.gz"];

/// The table that `measure formats` of `apiwarden-ingest` writes, built as a release is.
pub(super) fn measure() -> Result<String> {
    let folder = tempfile::tempdir().context("the system's folder for temporary files")?;
    let mut logs = Vec::new();
    for name in LOGS {
        let Some(packed) = testkit::data_file(name) else { continue };
        let plain = folder.path().join(name.trim_end_matches(".gz").replace('/', "_"));
        let mut unpacked = flate2::read::MultiGzDecoder::new(File::open(&packed)?);
        io::copy(&mut unpacked, &mut File::create(&plain)?).context(name)?;
        logs.push(plain);
    }
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let ran = Command::new(cargo)
        .args(["run", "--quiet", "--release", "--package", "apiwarden-ingest"])
        .args(["--example", "measure", "--", "formats"])
        .args(&logs)
        .current_dir(testkit::workspace_root())
        .output()
        .context("cannot run cargo")?;
    if !ran.status.success() {
        bail!("measure: {}", String::from_utf8_lossy(&ran.stderr));
    }
    fs::remove_dir_all(folder.path()).context("the folder for temporary files")?;
    Ok(format!(
        "# How fast each format is parsed\n\nOne core, bytes in memory to requests; CPU time of the \
         thread, the quickest of three rounds over 16 MB. Lines of a format are its example, each of \
         another client, moment and path; rows of Parquet go from the file to requests; the last rows \
         are real logs. {}. How it is measured: \
         [benches/README.md](../README.md).\n\n\
         | format | bytes a line | million lines/s | MB/s | times the search for line ends |\n\
         |---|---|---|---|---|\n{}",
        super::machine()?,
        String::from_utf8(ran.stdout).context("UTF-8")?
    ))
}
