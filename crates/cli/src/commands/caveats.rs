use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use alerts::{Naming, escape_json};
use domain::EndpointId;
use features::Profiles;
use quality::{Caveat, Document, Knowledge, ListFacts, SourceFacts};

use super::samples::Directed;
use crate::config::Config;
use crate::exit::{Exit, Failure};
use crate::passes::Log;

/// What is to be said of a log itself. The profiles are those that it is judged by.
pub(super) fn caveats(log: &Log, profiles: &Profiles, config: &Config) -> Vec<Caveat> {
    let naming = Directed(&log.directory);
    let source = |source: &ingest::SourceReport| SourceFacts {
        name: source.name.clone(),
        first: source.first_time,
        last: source.last_time,
    };
    quality::caveats(&log.survey.facts(
        Knowledge {
            name: |entity: &domain::Entity| naming.entity(entity).value,
            sources: log.report.sources.iter().map(source).collect(),
            trusts_a_proxy: !config.identity.trusted_proxies.is_empty(),
            inferred: inferred(log, profiles),
            oldest_crawlers:
                log.lists.oldest_crawlers().map(|list| ListFacts {
                    name: list.file.display().to_string(),
                    written: list.at,
                }),
        },
    ))
}

/// Sign-ins by endpoint where the size of the answer tells the outcome: accepted, and taken for failures.
fn inferred(log: &Log, profiles: &Profiles) -> Vec<(EndpointId, u64, u64)> {
    let mut counts: BTreeMap<EndpointId, (u64, u64)> = BTreeMap::new();
    for (endpoint, answer, number) in &log.accepted {
        let Some(sign_in) = profiles.sign_in(*endpoint) else { continue };
        let (accepted, failed) = counts.entry(*endpoint).or_default();
        *accepted += u64::from(*number);
        *failed += u64::from(if sign_in.is_failure(*answer) { *number } else { 0 });
    }
    counts.into_iter().map(|(endpoint, (accepted, failed))| (endpoint, accepted, failed)).collect()
}

/// Writes them for programs: one JSON object a line.
///
/// # Errors
/// When the file cannot be written.
pub(super) fn write_file(caveats: &[Caveat], file: &Path) -> Result<(), Failure> {
    let written = File::create(file).and_then(|created| {
        let mut out = BufWriter::new(created);
        for caveat in caveats {
            let line = serde_json::to_string(&Document::from(caveat))?;
            writeln!(out, "{}", escape_json(&line))?;
        }
        out.flush()
    });
    written.map_err(|error| {
        Failure::new(Exit::Io, format!("cannot write {}: {error}", file.display()))
    })
}
