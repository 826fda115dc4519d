//! The crawlers that the crate `iscrawl` knows, as words that an agent is searched for.
//!
//! The crate itself would search with 2,944 patterns and needs 25 ms and 13 MB before its first
//! answer; nearly all of its patterns are plain words, and those it is asked for here, once.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde::Deserialize;

/// Where the list is kept.
pub(super) const PATH: &str = "crates/ingest/src/lexicon/lists/known_crawlers.txt";

const CRATE: &str = "iscrawl";

/// Libraries, driven browsers and security scanners: machines that nobody asked in.
const NOT_CRAWLERS: [&str; 3] = ["browser-automation", "http-library", "scanner"];

/// A shorter word is soon a part of another.
const MIN_WORD_BYTES: usize = 4;

/// An entry of the crate's list.
#[derive(Debug, Deserialize)]
struct Crawler {
    pattern: String,
    tags: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

#[derive(Debug, Deserialize)]
struct Package {
    name: String,
    version: String,
    license: Option<String>,
    manifest_path: PathBuf,
}

/// The list, a word a line, of the version of the crate that is locked.
pub(super) fn list() -> Result<String> {
    let package = package()?;
    let file = package.manifest_path.with_file_name("crawlers.min.json");
    let text = std::fs::read(&file).with_context(|| format!("the list of {CRATE}"))?;
    let crawlers: Vec<Crawler> =
        serde_json::from_slice(&text).with_context(|| format!("the list of {CRATE}"))?;
    let is_crawler =
        |crawler: &&Crawler| !crawler.tags.iter().any(|tag| NOT_CRAWLERS.contains(&tag.as_str()));
    let words = crawlers.iter().filter(is_crawler).filter_map(|crawler| word(&crawler.pattern));
    let words: BTreeSet<String> = words.filter(|word| word.len() >= MIN_WORD_BYTES).collect();
    if words.is_empty() {
        bail!("no pattern of {CRATE} is a plain word");
    }
    let licence = package.license.as_deref().unwrap_or("unknown");
    let mut list = format!(
        "# Written by `cargo xtask docs` from the crate {CRATE} {}, licensed {licence}.\n",
        package.version
    );
    for word in &words {
        // What holds a shorter word is found by it.
        let holds = |other: &String| other != word && word.contains(other.as_str());
        if !words.iter().any(holds) {
            list.push_str(word);
            list.push('\n');
        }
    }
    Ok(list)
}

/// The plain text that a pattern stands for; `None` for one that is more than that.
fn word(pattern: &str) -> Option<String> {
    let mut word = String::with_capacity(pattern.len());
    let mut letters = pattern.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => word.push(letters.next().filter(|letter| !letter.is_ascii_alphanumeric())?),
            '.' | '^' | '$' | '*' | '+' | '?' | '{' | '}' | '[' | ']' | '|' | '(' | ')' => {
                return None;
            }
            _ => word.push(letter),
        }
    }
    Some(word)
}

/// Where cargo keeps the crate.
fn package() -> Result<Package> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let ran = Command::new(cargo)
        .args(["metadata", "--format-version", "1", "--locked"])
        .current_dir(testkit::workspace_root())
        .output()
        .context("cargo cannot be run")?;
    if !ran.status.success() {
        bail!("cargo metadata: {}", String::from_utf8_lossy(&ran.stderr));
    }
    let metadata: Metadata = serde_json::from_slice(&ran.stdout).context("cargo metadata")?;
    let mut packages = metadata.packages.into_iter();
    packages.find(|package| package.name == CRATE).with_context(|| format!("no crate {CRATE}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_pattern_is_its_word() {
        let check = |pattern: &str, expect: Option<&str>| {
            assert_eq!(word(pattern).as_deref(), expect, "{pattern}");
        };
        check(r"Googlebot\/", Some("Googlebot/"));
        check("NerdByNature\\.Bot", Some("NerdByNature.Bot"));
        check("Ahrefs(Bot|SiteAudit)", None);
        check(r"\bidentd\b", None);
        check("fragFINN.de", None);
    }
}
