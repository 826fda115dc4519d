//! Learning from logs: everything that judging needs, fitted once, in one file.
//!
//! ```text
//! log ─► rows ─┬─► what is normal (pipeline::fit) ─────┐
//!   labels ────┤                                       ├─► SiteBundle ─► file
//!   attacks ───┴─► what attacks look like (learn) ─────┘
//! ```

mod folds;
mod labels;
mod learn;
mod probe;
mod sketch;
mod verdicts;
mod weaving;

use std::path::Path;

use features::fingerprint;
use ingest::EndpointTable;
use models::Saved;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::bundle::{SITE, read_container, write_container};
use crate::error::{Error, data, internal};

pub use folds::Folds;
pub use labels::Labels;
pub use learn::{CandidateReport, KindReport, LearnOptions, Lecture, Recall, learn, reached_later};
pub use probe::digest as probe_digest;
pub use sketch::SiteSketch;
pub use verdicts::{AlertVerdict, AlertVerdicts, MAX_NOTE, MAX_VERDICTS, Said};
pub use weaving::Woven;

/// What a bundle of a site says of itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SiteManifest {
    /// `site`: what tells this file from the bundle of a table.
    pub kind: String,
    /// The program that wrote it.
    pub written_by: String,
    /// The digest of the columns' names.
    pub schema_fingerprint: String,
    /// What the built-in log gave; see [`probe_digest`].
    pub probe_digest: String,
    /// The endpoints, in the order of their numbers.
    pub endpoints: Vec<String>,
    /// What it was trained on, and how it did.
    pub training: TrainingRecord,
    /// Parameters of what was fitted; the numbers stand beside the manifest.
    pub fitted: Value,
}

/// What a site was trained on, and how that went.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TrainingRecord {
    /// The names of the logs, without folders.
    pub logs: Vec<String>,
    /// BLAKE3 over what was read: the lengths and the periods of the logs.
    pub data_digest: String,
    /// Requests read.
    pub requests: u64,
    /// Clients seen.
    pub clients: usize,
    /// Clients labelled with an attack.
    pub labelled_attackers: usize,
    /// Clients labelled benign.
    pub labelled_benign: usize,
    /// Alerts that somebody had said what they were.
    pub verdicts: usize,
    /// Simulated attacks that were woven in.
    pub injected_attacks: usize,
    /// The clients that make them.
    pub injected_attackers: usize,
    /// How learning about clients went.
    pub learned: Value,
    /// How many sessions of a later time set the limits.
    pub calibration: Value,
    /// What was promised and what came true on later traffic, where that was measured.
    pub hold_out: Option<Value>,
    /// What could not be learned, and other remarks.
    pub notes: Vec<String>,
}

/// Everything that was fitted on a site's logs.
#[derive(Debug)]
pub struct SiteBundle {
    /// The endpoints, so that the same paths get the same numbers.
    pub endpoints: EndpointTable,
    /// What judges.
    pub bundle: pipeline::Bundle,
    /// Where it comes from.
    pub training: TrainingRecord,
}

impl SiteBundle {
    /// The bytes of its file: the same training gives the same bytes.
    ///
    /// # Errors
    /// When it cannot be written down, which is a fault of ours.
    pub fn to_bytes(&self) -> Result<Vec<u8>, Error> {
        let saved = self.bundle.save();
        let manifest = SiteManifest {
            kind: SITE.to_owned(),
            written_by: concat!("apiwarden ", env!("CARGO_PKG_VERSION")).to_owned(),
            schema_fingerprint: format!("{:016x}", fingerprint()),
            probe_digest: probe_digest(),
            endpoints: self.endpoints.names().map(str::to_owned).collect(),
            training: self.training.clone(),
            fitted: saved.params,
        };
        let manifest = serde_json::to_vec(&manifest)
            .map_err(|error| internal(format!("a manifest that cannot be written: {error}")))?;
        write_container(&manifest, &saved.tensors)
    }

    /// Takes the bytes of a file back.
    ///
    /// # Errors
    /// When they are no bundle of a site, are damaged, or come from a program that counts otherwise.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        let (manifest, tensors) = read_container(bytes)?;
        let told: Value = serde_json::from_slice(manifest)
            .map_err(|error| data(format!("damaged bundle: its manifest: {error}")))?;
        if told.get("kind").and_then(Value::as_str) != Some(SITE) {
            return Err(data(
                "a bundle that was trained on a table: detect needs one that was trained on logs \
                 (apiwarden train LOG... -o site.bundle)",
            ));
        }
        let manifest: SiteManifest = serde_json::from_value(told)
            .map_err(|error| data(format!("damaged bundle: its manifest: {error}")))?;
        let again = "train it again with this program: apiwarden train LOG... -o site.bundle";
        if manifest.schema_fingerprint != format!("{:016x}", fingerprint()) {
            let by = &manifest.written_by;
            return Err(data(format!("a bundle of other columns, written by {by}: {again}")));
        }
        if manifest.probe_digest != probe_digest() {
            let by = &manifest.written_by;
            return Err(data(format!(
                "a bundle of a program that counts otherwise ({by}, probe {}): {again}",
                manifest.probe_digest
            )));
        }
        let saved = Saved { kind: SITE.to_owned(), params: manifest.fitted, tensors };
        let bundle = pipeline::Bundle::load(&saved)
            .map_err(|error| data(format!("damaged bundle: {}", error.reason)))?;
        let endpoints = EndpointTable::from_names(manifest.endpoints.iter().map(String::as_str));
        Ok(Self { endpoints, bundle, training: manifest.training })
    }

    /// Reads it from a file.
    ///
    /// # Errors
    /// As [`SiteBundle::from_bytes`], and when the file cannot be read.
    pub fn load(path: &Path) -> Result<Self, Error> {
        let read = || Self::from_bytes(&std::fs::read(path)?);
        read().map_err(|error| error.about(path.display().to_string()))
    }
}

/// Whether a file begins as bundles do, of whichever kind.
pub fn is_bundle(path: &Path) -> bool {
    let mut begin = [0; crate::bundle::MAGIC.len()];
    let read = std::fs::File::open(path)
        .and_then(|mut file| std::io::Read::read_exact(&mut file, &mut begin));
    read.is_ok() && begin == *crate::bundle::MAGIC
}
