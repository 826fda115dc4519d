//! From a task to a bundle: folds, calibration and threshold from what the folds had not seen, the
//! final fit, its judgement.

use std::collections::BTreeMap;

use models::metrics::Report;
use models::{Detector, Estimator};
use serde_json::{Value, json};

use crate::bundle::{Bundle, Manifest};
use crate::cross_validation::{CrossValidation, Protocol, cross_validate, seed_of_fit};
use crate::error::{Error, usage};
use crate::finish::{Finish, alarm_classes};
use crate::fitting::{EpochFigures, Fitting, Observer, report_figures};
use crate::importance::{Importance, losses_when_shuffled};
use crate::judgement::Judgement;
use crate::splits::hold_out;
use crate::task::{Labelled, Task};

/// What training gave.
pub struct Training {
    /// The model and all that goes with it.
    pub bundle: Bundle,
    /// The folds, where there were any.
    pub cross_validation: Option<CrossValidation>,
    /// On rows that were not learned from: of the folds, else those held out for calibration.
    pub unseen: Judgement,
    /// On the test rows, by the final model.
    pub test: Option<Judgement>,
    /// How the final fit went.
    pub curve: Vec<EpochFigures>,
    /// What each column is worth to the final model.
    pub importance: Importance,
    /// The wall time of the final fit.
    pub fit_secs: f64,
}

/// The share of rows that calibrate where there are no folds.
const CALIBRATION_SHARE: f64 = 0.2;
/// Rows on which importance is measured; of more, every so many-th.
const IMPORTANCE_ROWS: usize = 10_000;
/// How often each column is shuffled.
const IMPORTANCE_REPEATS: usize = 10;

/// Trains.
///
/// # Errors
/// When the data or the settings allow no fit, or events cannot be written.
pub fn train(
    task: &Task,
    estimator: &dyn Estimator,
    protocol: Protocol,
    observer: &dyn Observer,
) -> Result<Training, Error> {
    check(&protocol)?;
    let all: Vec<usize> = (0..task.train.truth.len()).collect();
    let seed = seed_of_fit(protocol.seed, 0);
    let fitting = Fitting { estimator, seed, balance: protocol.balance, observer };
    let (cross_validation, unseen) = if protocol.folds > 1 {
        let found = cross_validate(task, estimator, protocol, observer)?;
        let unseen = Unseen::of_folds(task, &found);
        (Some(found), unseen)
    } else {
        (None, Unseen::held_out(task, fitting, &all)?)
    };
    let finish = Finish::fit(protocol.policy, &unseen.raw, &unseen.truth);

    let onlooked = task.test.as_ref().map(|test| &test.data);
    let mut fit = fitting.fit("final", &task.train.data, task.strata(), &all, onlooked)?;
    let test = task.test.as_ref().map(|test| judge(fit.detector.as_ref(), &finish, test));
    let logged = test.as_ref().map(|(judgement, scores)| (scores, &judgement.report));
    let settings = estimator.settings();
    let logged = logged.zip(task.test.as_ref());
    let logged = logged.map(|((scores, report), test)| (&scores[..], &test.truth[..], report));
    fit.log_outcome("final", &settings, observer.wall_time_secs(), logged)?;

    let test = test.map(|(judgement, _)| judgement);
    let folds = cross_validation.as_ref();
    let importance = measure_importance(fit.detector.as_ref(), folds, task, protocol.seed);
    let metrics = metrics_of(folds, test.as_ref());
    let manifest = manifest(task, estimator, protocol, finish, metrics);
    Ok(Training {
        unseen: unseen.judgement(task, &finish),
        bundle: Bundle { manifest, detector: fit.detector },
        cross_validation,
        test,
        curve: fit.curve,
        importance,
        fit_secs: fit.fit_secs,
    })
}

fn check(protocol: &Protocol) -> Result<(), Error> {
    let Protocol { folds, repeats, policy, .. } = protocol;
    if *folds == 1 || *folds > 1000 {
        return Err(usage(format!("invalid folds {folds}: must be 0 (none) or 2 to 1000")));
    }
    if *repeats == 0 || *repeats > 1000 {
        return Err(usage(format!("invalid repeats {repeats}: must be 1 to 1000")));
    }
    policy.check()
}

/// Raw scores of rows that the model which gave them had not seen.
struct Unseen {
    rows_are: &'static str,
    raw: Vec<f32>,
    truth: Vec<bool>,
    classes: Vec<u32>,
    alarm_classes: Vec<u32>,
}

impl Unseen {
    fn of_folds(task: &Task, found: &CrossValidation) -> Self {
        let (rows, raw) = found.unseen_scores();
        Self {
            rows_are: "rows that the folds held out",
            raw,
            truth: rows.iter().map(|row| task.train.truth[*row]).collect(),
            classes: rows.iter().map(|row| task.train.data.y()[*row]).collect(),
            alarm_classes: found
                .folds
                .iter()
                .flat_map(|fold| fold.alarm_classes.iter().copied())
                .collect(),
        }
    }

    /// Without folds, one more fit that leaves some rows out tells how scores of unseen rows lie.
    fn held_out(task: &Task, fitting: Fitting<'_>, all: &[usize]) -> Result<Self, Error> {
        let split = hold_out(task.strata(), all, CALIBRATION_SHARE, fitting.seed)?;
        let fit =
            fitting.fit("calibration", &task.train.data, task.strata(), &split.train, None)?;
        let rows = task.train.data.x().subset(&split.test);
        let classes = task.train.data.classes();
        Ok(Self {
            rows_are: "rows that were held out for calibration",
            raw: fit.detector.scores(rows.view()),
            truth: split.test.iter().map(|row| task.train.truth[*row]).collect(),
            classes: split.test.iter().map(|row| task.train.data.y()[*row]).collect(),
            alarm_classes: alarm_classes(fit.detector.as_ref(), rows.view(), classes),
        })
    }

    fn judgement(&self, task: &Task, finish: &Finish) -> Judgement {
        let scores = finish.scores(&self.raw);
        Judgement::of(self.rows_are, &scores, &self.truth, finish.threshold).with_classes(
            &self.classes,
            &finish.classes(&scores, &self.alarm_classes),
            task.class_names.len(),
        )
    }
}

fn judge(detector: &dyn Detector, finish: &Finish, test: &Labelled) -> (Judgement, Vec<f32>) {
    let rows = test.data.x().view();
    let scores = finish.scores(&detector.scores(rows));
    let classes = test.data.classes();
    let taken = finish.classes(&scores, &alarm_classes(detector, rows, classes));
    let judgement = Judgement::of("test rows", &scores, &test.truth, finish.threshold)
        .with_classes(test.data.y(), &taken, classes as usize);
    (judgement, scores)
}

/// By the folds where there are any; else on the test rows; else on the rows that were learned from,
/// which flatters what was learned by heart.
fn measure_importance(
    detector: &dyn Detector,
    folds: Option<&CrossValidation>,
    task: &Task,
    seed: u64,
) -> Importance {
    let own = detector.own_importance();
    let names = task.schema.names();
    if let Some(folds) = folds {
        return Importance::of(&names, &folds.losses(), own, "rows that the folds held out");
    }
    let (rows, measured_on) = match &task.test {
        Some(test) => (test, "test rows"),
        None => (&task.train, "training rows"),
    };
    let repeats = IMPORTANCE_REPEATS;
    let losses = losses_when_shuffled(detector, &rows.data, IMPORTANCE_ROWS, repeats, seed);
    Importance::of(&names, &losses, own, measured_on)
}

/// Figures as a manifest holds them: `cv` with mean and spread, `test` plain.
fn metrics_of(
    cross_validation: Option<&CrossValidation>,
    test: Option<&Judgement>,
) -> BTreeMap<String, Value> {
    let mut metrics = BTreeMap::new();
    if let Some(found) = cross_validation {
        let figures = found.summary.iter().map(|spread| {
            (spread.figure.to_owned(), json!({ "mean": spread.mean, "sd": spread.sd }))
        });
        metrics.insert("cv".to_owned(), Value::Object(figures.collect()));
    }
    if let Some(test) = test {
        metrics.insert("test".to_owned(), figures_json(&test.report));
    }
    metrics
}

/// The figures of a report by name; null where there is none.
pub(crate) fn figures_json(report: &Report) -> Value {
    let figures = report_figures(report).map(|(name, value)| (name.to_owned(), json!(value)));
    Value::Object(figures.into_iter().collect())
}

fn manifest(
    task: &Task,
    estimator: &dyn Estimator,
    protocol: Protocol,
    finish: Finish,
    metrics: BTreeMap<String, Value>,
) -> Manifest {
    let hex: String = task.data_digest.iter().map(|byte| format!("{byte:02x}")).collect();
    Manifest {
        written_by: concat!("apiwarden ", env!("CARGO_PKG_VERSION")).to_owned(),
        estimator: estimator.name().to_owned(),
        settings: estimator.settings(),
        schema_fingerprint: task.schema.fingerprint(),
        schema: task.schema.clone(),
        label: task.label.clone(),
        classes: task.class_names.clone(),
        finish,
        data_digest: hex,
        train_rows: task.train.truth.len(),
        seed: protocol.seed,
        metrics,
        audit: task.audit.findings().into_iter().map(|finding| finding.text).collect(),
        model: Value::Null,
    }
}
