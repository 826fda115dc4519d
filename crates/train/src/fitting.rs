//! One fit, watched: its curves are kept, and written for TensorBoard where that is wanted.

use std::io::{self, Write};
use std::ops::ControlFlow;

use models::metrics::Report;
use models::{Dataset, Detector, Epoch, Estimator, FitError, FitErrorKind, Side, Watcher};
use serde::Serialize;
use serde_json::Value;

use crate::error::{Error, data, usage};
use crate::splits::{Balance, Strata, hold_out};
use crate::tensorboard::{At, Batch, EventWriter, HParam, HParams, PrTable};

/// Rows of a side that the figures of an epoch are taken from; of more, every so many-th. The loss
/// is of all rows.
const FIGURE_ROWS: usize = 2_048;
/// Weights and gradients are drawn every so many epochs, and after the first.
const HISTOGRAM_EPOCHS: u32 = 5;
/// The share of the training rows that early stopping watches.
const WATCHED_SHARE: f64 = 0.1;

/// Who looks on from outside: a progress bar, a folder for event files, a clock. This crate has none
/// of them.
pub trait Observer: Sync {
    /// An epoch of the fit called `run` is over.
    fn epoch(&self, run: &str, number: u32, of: u32) {
        let _ = (run, number, of);
    }

    /// The fit called `run` is over.
    fn done(&self, run: &str) {
        let _ = run;
    }

    /// Where the events of `run` go; `None` for nowhere.
    ///
    /// # Errors
    /// When a file cannot be made.
    fn events(&self, run: &str) -> io::Result<Option<Box<dyn Write + Send>>> {
        let _ = run;
        Ok(None)
    }

    /// Seconds since 1970. It goes into event files and into how long things took, and nowhere else.
    fn wall_time_secs(&self) -> f64 {
        0.0
    }
}

/// Nobody looks on.
#[derive(Clone, Copy, Debug, Default)]
pub struct Unobserved;

impl Observer for Unobserved {}

/// The figures of one side of an epoch.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct SideFigures {
    /// The loss without penalties.
    pub loss: f64,
    /// See [`Report`]; at a threshold of one half.
    pub accuracy: f64,
    /// See [`Report`].
    pub auc: f64,
    /// See [`Report`].
    pub average_precision: f64,
    /// See [`Report`].
    pub precision: f64,
    /// See [`Report`].
    pub recall: f64,
    /// See [`Report`].
    pub f1: f64,
    /// See [`Report`].
    pub fpr_at_recall_95: f64,
}

impl SideFigures {
    const UNKNOWN: Self = Self {
        loss: f64::NAN,
        accuracy: f64::NAN,
        auc: f64::NAN,
        average_precision: f64::NAN,
        precision: f64::NAN,
        recall: f64::NAN,
        f1: f64::NAN,
        fpr_at_recall_95: f64::NAN,
    };

    /// The figures of a side. What learns without labels has none but a loss.
    fn of(side: &Side<'_>) -> Self {
        let loss = f64::from(side.loss);
        if side.y.len() != side.scores.len() {
            return Self { loss, ..Self::UNKNOWN };
        }
        let step = side.scores.len().div_ceil(FIGURE_ROWS).max(1);
        let scores: Vec<f32> = side.scores.iter().copied().step_by(step).collect();
        let truth: Vec<bool> = side.y.iter().map(|class| *class > 0).step_by(step).collect();
        let report = Report::of(&scores, &truth, 0.5);
        Self {
            loss,
            accuracy: report.accuracy,
            auc: report.auc,
            average_precision: report.average_precision,
            precision: report.precision,
            recall: report.recall,
            f1: report.f1,
            fpr_at_recall_95: report.fpr_at_recall_95,
        }
    }

    fn named(&self) -> [(&'static str, f64); 8] {
        [
            ("loss", self.loss),
            ("accuracy", self.accuracy),
            ("auc", self.auc),
            ("average_precision", self.average_precision),
            ("precision", self.precision),
            ("recall", self.recall),
            ("f1", self.f1),
            ("fpr_at_recall_95", self.fpr_at_recall_95),
        ]
    }
}

/// One epoch of a fit.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct EpochFigures {
    /// On the rows that were learned from.
    pub train: SideFigures,
    /// On the rows that early stopping watched.
    pub valid: Option<SideFigures>,
}

/// The figures by which a finished model is known, by name, as tables and manifests show them.
pub fn report_figures(report: &Report) -> [(&'static str, f64); 9] {
    [
        ("accuracy", report.accuracy),
        ("auc", report.auc),
        ("average_precision", report.average_precision),
        ("precision", report.precision),
        ("recall", report.recall),
        ("f1", report.f1),
        ("f1_macro", report.f1_macro),
        ("fpr_at_recall_95", report.fpr_at_recall_95),
        ("calibration_error", report.calibration_error),
    ]
}

/// A model with how it came to be.
pub struct Fit {
    /// The model.
    pub detector: Box<dyn Detector>,
    /// One entry an epoch; empty for what has no epochs.
    pub curve: Vec<EpochFigures>,
    /// How long the fit took, by the observer's clock.
    pub fit_secs: f64,
    events: Option<EventWriter<Box<dyn Write + Send>>>,
}

/// What is fitted, and how it is watched.
#[derive(Clone, Copy)]
pub struct Fitting<'a> {
    /// What learns.
    pub estimator: &'a dyn Estimator,
    /// Governs everything random in the fit.
    pub seed: u64,
    /// How unequal classes are met.
    pub balance: Balance,
    /// Who looks on.
    pub observer: &'a dyn Observer,
}

impl Fitting<'_> {
    /// Fits on the chosen rows. An estimator that stops early watches a part of them, whole groups
    /// at a time, that it does not learn from. One that could and does not is shown `onlooked`, rows
    /// that change nothing of the fit and only give its curves a second side.
    ///
    /// # Errors
    /// When the data allow no fit, or events cannot be written.
    pub fn fit(
        &self,
        run: &str,
        all: &Dataset,
        strata: Strata<'_>,
        rows: &[usize],
        onlooked: Option<&Dataset>,
    ) -> Result<Fit, Error> {
        let (learned, watched) = self.cut_watched(strata, rows)?;
        let learned = self.balance.draw(learned, strata.classes, self.seed);
        let pick = |rows: &[usize]| all.subset(rows).map_err(|error| data(error.to_string()));
        let train = pick(&learned)?;
        let watched = if watched.is_empty() { None } else { Some(pick(&watched)?) };
        let valid = watched.as_ref().or(onlooked.filter(|_| self.stops() == Some(false)));
        let started = self.observer.wall_time_secs();
        let mut recorder = Recorder::new(run, self.observer, started)?;
        let fitted = self.estimator.fit(&train, valid, self.seed, &mut recorder);
        let detector = fitted.map_err(unfitted)?;
        let fit_secs = self.observer.wall_time_secs() - started;
        self.observer.done(run);
        match recorder.failed {
            Some(error) => Err(error.into()),
            None => Ok(Fit { detector, curve: recorder.curve, fit_secs, events: recorder.events }),
        }
    }

    /// Whether the estimator stops early; `None` where it knows no such thing.
    fn stops(&self) -> Option<bool> {
        self.estimator.settings().get("patience").map(|patience| !patience.is_null())
    }

    /// The rows to learn from, and those that early stopping watches. Where a class is too rare to
    /// stand on both sides, none are watched by us and the estimator does as it thinks best.
    fn cut_watched(
        &self,
        strata: Strata<'_>,
        rows: &[usize],
    ) -> Result<(Vec<usize>, Vec<usize>), Error> {
        if self.stops() != Some(true) {
            return Ok((rows.to_vec(), Vec::new()));
        }
        match hold_out(strata, rows, WATCHED_SHARE, self.seed) {
            Ok(split) => Ok((split.train, split.test)),
            Err(_) => Ok((rows.to_vec(), Vec::new())),
        }
    }
}

/// A setting that is out of range is the fault of who set it; all else is the data's.
fn unfitted(error: FitError) -> Error {
    match error.kind {
        FitErrorKind::Setting { .. } => usage(error.to_string()),
        _ => data(error.to_string()),
    }
}

impl Fit {
    /// Ends the event file with how the model did on rows it had not seen, and with the settings that
    /// led there.
    ///
    /// # Errors
    /// When events cannot be written.
    pub fn log_outcome(
        &mut self,
        run: &str,
        settings: &Value,
        wall_time_secs: f64,
        judged: Option<(&[f32], &[bool], &Report)>,
    ) -> Result<(), Error> {
        let Some(mut events) = self.events.take() else { return Ok(()) };
        let at = At { step: self.curve.len() as i64, wall_time_secs };
        let mut metrics = Vec::new();
        if let Some((scores, truth, report)) = judged {
            let mut batch = Batch::default();
            for (name, value) in report_figures(report).into_iter().filter(|(_, v)| v.is_finite()) {
                batch.scalar(&format!("{name}/test"), value);
                metrics.push(format!("{name}/test"));
            }
            batch.pr_curve("test", &PrTable::of(scores, truth));
            batch.histogram("scores/test", scores);
            events.write(at, batch)?;
        }
        let hparams = HParams { group: run.to_owned(), params: hparams_of(settings), metrics };
        events.hparams(at, &hparams)?;
        events.finish()?;
        Ok(())
    }
}

/// Settings as hyper-parameters; nested ones as text.
fn hparams_of(settings: &Value) -> Vec<(String, HParam)> {
    let Value::Object(settings) = settings else { return Vec::new() };
    let param = |(name, value): (&String, &Value)| {
        let value = match value {
            Value::Bool(flag) => HParam::Flag(*flag),
            Value::Number(number) => HParam::Number(number.as_f64().unwrap_or(f64::NAN)),
            Value::String(text) => HParam::Text(text.clone()),
            nested => HParam::Text(nested.to_string()),
        };
        (name.clone(), value)
    };
    settings.iter().map(param).collect()
}

/// Keeps the curves of a fit.
struct Recorder<'a> {
    run: &'a str,
    observer: &'a dyn Observer,
    curve: Vec<EpochFigures>,
    events: Option<EventWriter<Box<dyn Write + Send>>>,
    failed: Option<io::Error>,
}

impl<'a> Recorder<'a> {
    fn new(run: &'a str, observer: &'a dyn Observer, wall_time_secs: f64) -> Result<Self, Error> {
        let out = observer.events(run)?;
        let events = out.map(|out| EventWriter::new(out, wall_time_secs)).transpose()?;
        Ok(Self { run, observer, curve: Vec::new(), events, failed: None })
    }

    fn log(&mut self, epoch: &Epoch<'_>, figures: &EpochFigures) -> io::Result<()> {
        let Some(events) = &mut self.events else { return Ok(()) };
        let wall_time_secs = self.observer.wall_time_secs();
        let mut batch = Batch::default();
        let sides = [(Some(&figures.train), "train"), (figures.valid.as_ref(), "validation")];
        for (side, side_name) in sides {
            let named = side.map(SideFigures::named).into_iter().flatten();
            for (name, value) in named.filter(|(_, value)| value.is_finite()) {
                batch.scalar(&format!("{name}/{side_name}"), value);
            }
        }
        if epoch.number == 1 || epoch.number.is_multiple_of(HISTOGRAM_EPOCHS) {
            for tensor in epoch.tensors {
                batch.histogram(&format!("weights/{}", tensor.name), tensor.values);
                if !tensor.gradient.is_empty() {
                    batch.histogram(&format!("gradients/{}", tensor.name), tensor.gradient);
                }
            }
            if let Some(valid) = &epoch.valid {
                let truth: Vec<bool> = valid.y.iter().map(|class| *class > 0).collect();
                batch.pr_curve("validation", &PrTable::of(valid.scores, &truth));
            }
        }
        events.write(At { step: i64::from(epoch.number), wall_time_secs }, batch)
    }
}

impl Watcher for Recorder<'_> {
    fn epoch(&mut self, epoch: &Epoch<'_>) -> ControlFlow<()> {
        let figures = EpochFigures {
            train: SideFigures::of(&epoch.train),
            valid: epoch.valid.as_ref().map(SideFigures::of),
        };
        self.curve.push(figures);
        self.observer.epoch(self.run, epoch.number, epoch.of);
        match self.log(epoch, &figures) {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => {
                self.failed = Some(error);
                ControlFlow::Break(())
            }
        }
    }
}
