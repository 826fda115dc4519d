//! Everything fitted, in one file: same data, settings and seed give the same bytes.

mod container;

use std::collections::BTreeMap;
use std::path::Path;

use models::{Detector, Saved};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::error::{Error, data, internal};
use crate::finish::{Finish, alarm_classes};
use crate::schema::Schema;

pub use container::VERSION;
pub(crate) use container::{MAGIC, SITE, read as read_container, write as write_container};

/// What a bundle says of itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// The program that wrote it.
    pub written_by: String,
    /// The estimator's name.
    pub estimator: String,
    /// The estimator's settings.
    pub settings: Value,
    /// The columns it takes.
    pub schema: Schema,
    /// [`Schema::fingerprint`] of them.
    pub schema_fingerprint: String,
    /// The label column it learned from.
    pub label: String,
    /// The classes, the ordinary one first.
    pub classes: Vec<String>,
    /// From raw score to what is shown.
    pub finish: Finish,
    /// BLAKE3 of the training table, in hexadecimal.
    pub data_digest: String,
    /// How many rows it learned from.
    pub train_rows: usize,
    /// What governed everything random.
    pub seed: u64,
    /// Figures by name: `cv` mean and spread over the folds, `test` where there were test rows. A
    /// figure that could not be had is null.
    pub metrics: BTreeMap<String, Value>,
    /// The findings of the audit, as they were shown.
    pub audit: Vec<String>,
    /// Parameters of the model; its tensors stand beside the manifest.
    pub model: Value,
}

/// A detector with all that is needed to feed and to read it.
#[derive(Debug)]
pub struct Bundle {
    /// What it says of itself.
    pub manifest: Manifest,
    /// What scores.
    pub detector: Box<dyn Detector>,
}

impl Bundle {
    /// The bytes of the bundle's file.
    ///
    /// # Errors
    /// When the model cannot be written down, which is a fault of ours.
    pub fn to_bytes(&self) -> Result<Vec<u8>, Error> {
        let saved = self.detector.save();
        let manifest = Manifest { model: saved.params, ..self.manifest.clone() };
        let manifest = serde_json::to_vec(&manifest)
            .map_err(|error| internal(format!("a manifest that cannot be written: {error}")))?;
        container::write(&manifest, &saved.tensors)
    }

    /// Takes the bytes of a bundle's file back.
    ///
    /// # Errors
    /// When they are not a bundle, are damaged, or of another version.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        let (manifest, tensors) = container::read(bytes)?;
        let damaged = |error| data(format!("damaged bundle: its manifest: {error}"));
        let told: Value = serde_json::from_slice(manifest).map_err(damaged)?;
        if is_site(&told) {
            return Err(data(
                "a bundle that was trained on logs: detect --model takes it; this command needs one \
                 that was trained on a table (apiwarden train TABLE --label COLUMN)",
            ));
        }
        let manifest: Manifest = serde_json::from_value(told).map_err(damaged)?;
        if manifest.schema.fingerprint() != manifest.schema_fingerprint {
            return Err(data("damaged bundle: its columns are not those it was fitted on"));
        }
        let params = manifest.model.clone();
        let saved = Saved { kind: manifest.estimator.clone(), params, tensors };
        let detector =
            models::load(&saved).map_err(|error| data(format!("damaged bundle: {error}")))?;
        if detector.columns() != manifest.schema.columns.len() {
            return Err(data("damaged bundle: its model takes another number of columns"));
        }
        Ok(Self { manifest, detector })
    }

    /// Reads a bundle from a file.
    ///
    /// # Errors
    /// As [`Bundle::from_bytes`], and when the file cannot be read.
    pub fn load(path: &Path) -> Result<Self, Error> {
        let said = path.display().to_string();
        let read = || Self::from_bytes(&std::fs::read(path)?);
        read().map_err(|error| error.about(said))
    }

    /// The finished scores of rows that are in the shape of the schema: `0..=1`, higher is worse.
    pub fn scores(&self, rows: models::Rows<'_>) -> Vec<f32> {
        let mut scores = self.detector.scores(rows);
        scores.iter_mut().for_each(|score| *score = self.manifest.finish.score(*score));
        scores
    }

    /// The class that each of these rows is taken for, by its finished score.
    pub fn classes(&self, rows: models::Rows<'_>, scores: &[f32]) -> Vec<u32> {
        let classes = self.manifest.classes.len() as u32;
        let alarm_classes = alarm_classes(self.detector.as_ref(), rows, classes);
        self.manifest.finish.classes(scores, &alarm_classes)
    }
}

/// Whether the manifest of a bundle says that it was trained on logs.
pub(crate) fn is_site(manifest: &Value) -> bool {
    manifest.get("kind").and_then(Value::as_str) == Some(SITE)
}
