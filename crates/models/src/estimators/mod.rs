//! The estimators, one file or folder each, and the list of them.

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::{Detector, Estimator, FitError, FitErrorKind, Learning, LoadError, Saved};

pub mod ada_boost;
pub mod autoencoder;
pub mod decision_tree;
pub mod ecod;
pub mod elastic_net;
pub mod extra_trees;
pub mod gradient_boosting;
pub mod isolation_forest;
pub mod lasso;
pub mod local_outlier_factor;
pub mod logistic_regression;
pub mod mlp;
pub mod naive_bayes;
pub mod random_forest;
pub mod ridge;
pub mod svm;

/// One kind of estimator: how it is made from settings, and how its models come back.
#[derive(Clone, Copy)]
pub struct EstimatorEntry {
    /// Its name in files and on the command line.
    pub name: &'static str,
    /// Its name for people.
    pub title: &'static str,
    /// Whether it needs labels.
    pub learning: Learning,
    make: fn(Value) -> Result<Box<dyn Estimator>, serde_json::Error>,
    load: fn(&Saved) -> Result<Box<dyn Detector>, LoadError>,
}

impl std::fmt::Debug for EstimatorEntry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EstimatorEntry").field("name", &self.name).finish_non_exhaustive()
    }
}

/// The entry of an estimator's module.
macro_rules! entry {
    ($room:ident :: $settings:ident, $learning:ident) => {
        EstimatorEntry {
            name: $room::NAME,
            title: $room::TITLE,
            learning: Learning::$learning,
            make: make::<$room::$settings>,
            load: $room::load,
        }
    };
}

/// Every estimator that there is. A new one is a file and a line here.
pub const ESTIMATORS: &[EstimatorEntry] = &[
    entry!(mlp::Mlp, Supervised),
    entry!(logistic_regression::LogisticRegression, Supervised),
    entry!(ridge::Ridge, Supervised),
    entry!(lasso::Lasso, Supervised),
    entry!(elastic_net::ElasticNet, Supervised),
    entry!(svm::Svm, Supervised),
    entry!(naive_bayes::NaiveBayes, Supervised),
    entry!(decision_tree::DecisionTree, Supervised),
    entry!(random_forest::RandomForest, Supervised),
    entry!(extra_trees::ExtraTrees, Supervised),
    entry!(ada_boost::AdaBoost, Supervised),
    entry!(gradient_boosting::GradientBoosting, Supervised),
    entry!(isolation_forest::IsolationForest, Unsupervised),
    entry!(ecod::Ecod, Unsupervised),
    entry!(local_outlier_factor::LocalOutlierFactor, Unsupervised),
    entry!(autoencoder::Autoencoder, Unsupervised),
];

impl EstimatorEntry {
    /// The estimator with its default settings.
    pub fn default_estimator(&self) -> Box<dyn Estimator> {
        (self.make)(Value::Object(serde_json::Map::new()))
            .expect("every setting of an estimator has a default")
    }
}

/// The estimator of a name. `settings` is a JSON object; what it does not name keeps its default.
///
/// # Errors
/// When there is no such estimator, or no such setting, or a setting has the wrong type.
pub fn estimator(name: &str, settings: Value) -> Result<Box<dyn Estimator>, FitError> {
    let Some(entry) = ESTIMATORS.iter().find(|entry| entry.name == name) else {
        let names: Vec<&str> = ESTIMATORS.iter().map(|entry| entry.name).collect();
        let rule = format!("must be one of {}", names.join(", "));
        return Err(FitErrorKind::Setting { name: "estimator", value: name.into(), rule }.into());
    };
    let shown = settings.to_string();
    (entry.make)(settings).map_err(|error| {
        FitErrorKind::Setting { name: "settings", value: shown, rule: error.to_string() }.into()
    })
}

/// A saved model as the detector it was.
///
/// # Errors
/// When no estimator of that kind exists, or its parts are missing, damaged or inconsistent.
pub fn load(saved: &Saved) -> Result<Box<dyn Detector>, LoadError> {
    let entry = ESTIMATORS
        .iter()
        .find(|entry| entry.name == saved.kind)
        .ok_or_else(|| LoadError::new(&saved.kind, "no estimator of that name exists"))?;
    (entry.load)(saved)
}

fn make<E: Estimator + DeserializeOwned + 'static>(
    settings: Value,
) -> Result<Box<dyn Estimator>, serde_json::Error> {
    Ok(Box::new(serde_json::from_value::<E>(settings)?))
}
