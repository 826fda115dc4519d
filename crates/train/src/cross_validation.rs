//! Fits on parts of the rows, judged by the others, several at a time. The outcome does not depend
//! on how many threads there are: each fit has its own seed and writes to its own place.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use models::metrics::Report;
use models::{Chance, Estimator};
use serde::Serialize;

use crate::error::{Error, internal};
use crate::finish::{Finish, ThresholdPolicy, alarm_classes};
use crate::fitting::{EpochFigures, Fitting, Observer, report_figures};
use crate::importance::{Losses, losses_when_shuffled};
use crate::splits::{Balance, Split, k_folds};
use crate::spread::mean_and_sd;
use crate::task::Task;

/// How often each column of a fold is shuffled.
const IMPORTANCE_REPEATS: usize = 3;
/// Rows of a fold on which that is measured; of more, every so many-th.
const IMPORTANCE_ROWS: usize = 4_000;

/// How often and how finely rows are split, and by what chance.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Protocol {
    /// How many folds.
    pub folds: usize,
    /// How many times over.
    pub repeats: usize,
    /// Governs the splits and the fits.
    pub seed: u64,
    /// How many fits run at a time.
    pub threads: usize,
    /// How unequal classes are met.
    pub balance: Balance,
    /// How a score becomes yes or no.
    pub policy: ThresholdPolicy,
}

/// What a fold told.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Fold {
    /// Its run: `fold-1`, or `repeat-2-fold-1`.
    pub run: String,
    /// How many rows were learned from.
    pub train_rows: usize,
    /// The rows that judged.
    #[serde(skip)]
    pub rows: Vec<usize>,
    /// Their raw scores.
    #[serde(skip)]
    pub raw: Vec<f32>,
    /// Their scores, calibrated on the other folds.
    #[serde(skip)]
    pub scores: Vec<f32>,
    /// The class that each would alarm as.
    #[serde(skip)]
    pub alarm_classes: Vec<u32>,
    /// What each column is worth on those rows.
    #[serde(skip)]
    pub losses: Losses,
    /// The figures, at a threshold chosen on the other folds.
    pub report: Report,
    /// How the fit went.
    pub curve: Vec<EpochFigures>,
    /// How long it took.
    #[serde(skip)]
    pub fit_secs: f64,
}

/// What the folds told together.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CrossValidation {
    /// The folds, in order.
    pub folds: Vec<Fold>,
    /// A name, the mean over the folds and the standard deviation (of a sample) of each figure.
    pub summary: Vec<Spread>,
}

/// A figure over the folds.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Spread {
    /// Its name.
    pub figure: &'static str,
    /// Its mean.
    pub mean: f64,
    /// Its standard deviation; 0 for one fold.
    pub sd: f64,
}

impl CrossValidation {
    /// All raw scores that were given to rows the model had not seen, with their rows: one a row and
    /// repeat.
    pub fn unseen_scores(&self) -> (Vec<usize>, Vec<f32>) {
        let rows = self.folds.iter().flat_map(|fold| fold.rows.iter().copied()).collect();
        let raw = self.folds.iter().flat_map(|fold| fold.raw.iter().copied()).collect();
        (rows, raw)
    }

    /// What each column is worth, over all folds.
    pub fn losses(&self) -> Losses {
        let columns = self.folds.first().map_or(0, |fold| fold.losses.len());
        let of_column = |at: usize| {
            self.folds.iter().flat_map(|fold| fold.losses[at].iter().copied()).collect()
        };
        (0..columns).map(of_column).collect()
    }

    /// The spread of a figure.
    pub fn spread(&self, figure: &str) -> Option<&Spread> {
        self.summary.iter().find(|spread| spread.figure == figure)
    }
}

/// Runs the folds of a task.
///
/// # Errors
/// When a class is too rare for so many folds, a fit fails, or events cannot be written.
pub fn cross_validate(
    task: &Task,
    estimator: &dyn Estimator,
    protocol: Protocol,
    observer: &dyn Observer,
) -> Result<CrossValidation, Error> {
    let all: Vec<usize> = (0..task.train.truth.len()).collect();
    let Protocol { folds, repeats, seed, .. } = protocol;
    let splits = k_folds(task.strata(), &all, folds, repeats, seed)?;
    let run_name = |at: usize| match repeats {
        1 => format!("fold-{}", at + 1),
        _ => format!("repeat-{}-fold-{}", at / folds + 1, at % folds + 1),
    };
    let fit = |at: usize| -> Result<(Fold, crate::fitting::Fit), Error> {
        let run = run_name(at);
        let seed = seed_of_fit(seed, at as u64 + 1);
        let fitting = Fitting { estimator, seed, balance: protocol.balance, observer };
        judge(task, fitting, run, &splits[at])
    };
    let outcomes = in_parallel(splits.len(), protocol.threads, fit);
    let mut fitted = outcomes.into_iter().collect::<Result<Vec<_>, Error>>()?;

    let finishes: Vec<Finish> = (0..fitted.len())
        .map(|at| finish_from_others(task, fitted.iter().map(|(fold, _)| fold), at, protocol))
        .collect();
    let settings = estimator.settings();
    for ((fold, fit), finish) in fitted.iter_mut().zip(finishes) {
        let truth: Vec<bool> = fold.rows.iter().map(|row| task.train.truth[*row]).collect();
        fold.scores = finish.scores(&fold.raw);
        fold.report = Report::of(&fold.scores, &truth, finish.threshold);
        let judged = Some((&fold.scores[..], &truth[..], &fold.report));
        fit.log_outcome(&fold.run, &settings, observer.wall_time_secs(), judged)?;
    }
    let folds: Vec<Fold> = fitted.into_iter().map(|(fold, _)| fold).collect();
    let summary = summarise(&folds);
    Ok(CrossValidation { folds, summary })
}

/// The seed of the `part`-th fit under a seed; part 0 is the final one.
pub(crate) fn seed_of_fit(seed: u64, part: u64) -> u64 {
    Chance::part(seed, part).next_u64()
}

fn judge(
    task: &Task,
    fitting: Fitting<'_>,
    run: String,
    split: &Split,
) -> Result<(Fold, crate::fitting::Fit), Error> {
    let data = &task.train.data;
    let held_out = data.subset(&split.test).map_err(|error| internal(error.to_string()))?;
    let fit = fitting.fit(&run, data, task.strata(), &split.train, Some(&held_out))?;
    let rows = held_out.x();
    let raw = fit.detector.scores(rows.view());
    let truth: Vec<bool> = split.test.iter().map(|row| task.train.truth[*row]).collect();
    let report = Report::of(&raw, &truth, 0.5);
    let fold = Fold {
        run,
        train_rows: split.train.len(),
        rows: split.test.clone(),
        alarm_classes: alarm_classes(fit.detector.as_ref(), rows.view(), data.classes()),
        losses: losses_when_shuffled(
            fit.detector.as_ref(),
            &held_out,
            IMPORTANCE_ROWS,
            IMPORTANCE_REPEATS,
            fitting.seed,
        ),
        scores: raw.clone(),
        raw,
        report,
        curve: fit.curve.clone(),
        fit_secs: fit.fit_secs,
    };
    Ok((fold, fit))
}

/// A fold's calibration and threshold come from the rows of the other folds, never from its own.
fn finish_from_others<'a>(
    task: &Task,
    folds: impl Iterator<Item = &'a Fold>,
    at: usize,
    protocol: Protocol,
) -> Finish {
    let repeat = at / protocol.folds;
    let is_other = |other: usize| other != at && other / protocol.folds == repeat;
    let (mut raw, mut truth) = (Vec::new(), Vec::new());
    for (_, fold) in folds.enumerate().filter(|(other, _)| is_other(*other)) {
        raw.extend_from_slice(&fold.raw);
        truth.extend(fold.rows.iter().map(|row| task.train.truth[*row]));
    }
    Finish::fit(protocol.policy, &raw, &truth)
}

fn summarise(folds: &[Fold]) -> Vec<Spread> {
    let Some(first) = folds.first() else { return Vec::new() };
    let names = report_figures(&first.report).map(|(name, _)| name);
    let spread = |(place, figure): (usize, &'static str)| {
        let values: Vec<f64> =
            folds.iter().map(|fold| report_figures(&fold.report)[place].1).collect();
        let (mean, sd) = mean_and_sd(&values);
        Spread { figure, mean, sd }
    };
    names.into_iter().enumerate().map(spread).collect()
}

/// Does `count` pieces of work on so many threads and gives the results in order.
pub(crate) fn in_parallel<T: Send>(
    count: usize,
    threads: usize,
    work: impl Fn(usize) -> Result<T, Error> + Sync,
) -> Vec<Result<T, Error>> {
    let next = AtomicUsize::new(0);
    let done: Vec<Mutex<Option<Result<T, Error>>>> = (0..count).map(|_| Mutex::new(None)).collect();
    std::thread::scope(|scope| {
        for _ in 0..threads.clamp(1, count.max(1)) {
            scope.spawn(|| {
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    let Some(place) = done.get(at) else { break };
                    let outcome = work(at);
                    *place.lock().expect("no piece of work panics while it holds its place") =
                        Some(outcome);
                }
            });
        }
    });
    let taken = done.into_iter().map(|place| {
        let outcome = place.into_inner().expect("as above");
        outcome.unwrap_or_else(|| Err(internal("a fit was left out")))
    });
    taken.collect()
}
