//! Rows become fitted detectors, and detectors give scores with their reasons.
//!
//! ```text
//! Matrix + labels ─► Dataset ─fit─► Detector ─score─► 0..=1, contributions
//!                                        └──save─► Saved (JSON + f32 tensors) ──load─► Detector
//! ```
//!
//! What fits ([`Estimator`]) and what scores ([`Detector`]) are two types; a fit leaves the
//! estimator as it was. Every estimator takes *raw* columns (missing values as NaN, categories as
//! codes) and fits its own preprocessing, so nothing fitted can leak from one fold into another.
//! One fit uses one thread, and the same data, settings and seed give the same bytes.
//!
//! This crate knows nothing of logs, sessions, files or HTTP.

pub mod calibration;
mod chance;
mod contract;
mod contributions;
mod dataset;
mod error;
pub mod estimators;
mod hold_out;
pub mod importance;
mod linear;
mod matrix;
pub mod metrics;
mod oddness;
pub mod preprocess;
pub mod quantiles;
mod saved;
mod smo;
mod solve;
pub mod trees;
mod weighting;

pub use chance::Chance;
pub use contract::{Detector, Epoch, Estimator, Learning, Side, Unwatched, WatchedTensor, Watcher};
pub use contributions::{Contributions, Space};
pub use dataset::{ColumnKind, Dataset};
pub use error::{FitError, FitErrorKind, LoadError};
pub use estimators::{ESTIMATORS, EstimatorEntry, estimator, load};
pub use linear::LinearModel;
pub use matrix::{Matrix, Rows};
pub use saved::{NamedTensor, Saved};
pub use weighting::ClassWeighting;
