//! Event files that TensorBoard opens: curves, histograms, precision-recall curves and
//! hyper-parameters.
//!
//! The format is that of `tensorboard/compat/proto` (event, summary, tensor, plugin_data) in the
//! framing of TFRecord. Time is given by the caller: this crate has no clock.

mod frame;
mod hparams;
mod summary;

use std::io::{self, Write};

pub use hparams::{HParam, HParams};
pub use summary::PrTable;

use crate::protobuf::Message;
use summary::Value;

/// How many thresholds a precision-recall curve has.
pub const PR_THRESHOLDS: usize = 101;

/// Writes one event file.
#[derive(Debug)]
pub struct EventWriter<W: Write> {
    out: W,
}

/// When something was logged.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct At {
    /// The epoch, from 1; 0 before the first.
    pub step: i64,
    /// Seconds since 1970, as the caller's clock has it.
    pub wall_time_secs: f64,
}

/// What is logged together at one step.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    values: Vec<Value>,
}

impl Batch {
    /// Adds a point of a curve.
    pub fn scalar(&mut self, tag: &str, value: f64) {
        self.values.push(summary::scalar(tag, value as f32));
    }

    /// Adds the distribution of some numbers.
    pub fn histogram(&mut self, tag: &str, numbers: &[f32]) {
        self.values.push(summary::histogram(tag, numbers));
    }

    /// Adds a precision-recall curve.
    pub fn pr_curve(&mut self, tag: &str, table: &PrTable) {
        self.values.push(summary::pr_curve(tag, table));
    }
}

impl<W: Write> EventWriter<W> {
    /// Begins an event file.
    ///
    /// # Errors
    /// When `out` does.
    pub fn new(mut out: W, wall_time_secs: f64) -> io::Result<Self> {
        let version = Message::new().double(1, wall_time_secs).text(3, "brain.Event:2");
        frame::write(&mut out, &version.into_bytes())?;
        Ok(Self { out })
    }

    /// Writes what belongs to one step.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write(&mut self, at: At, batch: Batch) -> io::Result<()> {
        self.event(at, batch.values)
    }

    /// Writes the hyper-parameters of this run and the metrics by which runs are compared.
    ///
    /// # Errors
    /// As [`EventWriter::write`].
    pub fn hparams(&mut self, at: At, hparams: &HParams) -> io::Result<()> {
        self.event(at, hparams.values(at.wall_time_secs))
    }

    /// Ends the file and gives back what it was written to.
    ///
    /// # Errors
    /// As [`EventWriter::write`].
    pub fn finish(mut self) -> io::Result<W> {
        self.out.flush()?;
        Ok(self.out)
    }

    fn event(&mut self, at: At, values: Vec<Value>) -> io::Result<()> {
        let summary =
            values.into_iter().fold(Message::new(), |summary, value| summary.message(1, value.0));
        let event = Message::new().double(1, at.wall_time_secs).int(2, at.step).message(5, summary);
        frame::write(&mut self.out, &event.into_bytes())
    }
}
