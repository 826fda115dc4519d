use std::fs::File;
use std::io::{BufWriter, IsTerminal, Write};
use std::path::Path;
use std::time::Duration;

use domain::Reject;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use ingest::Progress;

use crate::exit::{Exit, Failure};
use crate::passes::Onlooker;

/// Shows progress on a terminal, and keeps rejected lines where they are wanted.
pub(crate) struct Terminal {
    bar: ProgressBar,
    rejects: Option<BufWriter<File>>,
    failed: Option<std::io::Error>,
}

impl Terminal {
    /// An onlooker; the bar shows only if standard error is a terminal and nobody asked for quiet.
    pub(crate) fn new(quiet: bool, rejects: Option<&Path>) -> Result<Self, Failure> {
        let target = if quiet || !std::io::stderr().is_terminal() {
            ProgressDrawTarget::hidden()
        } else {
            ProgressDrawTarget::stderr_with_hz(10)
        };
        let bar = ProgressBar::with_draw_target(None, target);
        // Until the first progress comes, indicatif's own style would show "0/0".
        bar.set_style(style("{spinner} reading"));
        bar.enable_steady_tick(Duration::from_millis(200));
        let create = |path: &Path| {
            File::create(path)
                .map(BufWriter::new)
                .map_err(|error| Failure::new(Exit::Io, format!("{}: {error}", path.display())))
        };
        let rejects = rejects.map(create).transpose()?;
        Ok(Self { bar, rejects, failed: None })
    }

    /// Says what is being done now, after the reading.
    pub(crate) fn stage(&self, what: &'static str) {
        // Reading that begins anew sets its length, and with it its style, anew.
        self.bar.unset_length();
        self.bar.set_style(style("{spinner} {msg}"));
        self.bar.set_message(what);
    }

    /// Reading is over: takes the bar away, and fails if rejects could not be kept.
    pub(crate) fn finish(mut self) -> Result<(), Failure> {
        self.bar.finish_and_clear();
        let flushed = self.rejects.as_mut().map_or(Ok(()), Write::flush);
        match self.failed.take().map_or(flushed, Err) {
            Ok(()) => Ok(()),
            Err(error) => {
                Err(Failure::new(Exit::Io, format!("cannot write the rejected lines: {error}")))
            }
        }
    }
}

impl Onlooker for Terminal {
    /// `source:offset: column N: reason`, a tab, and the line with its secrets redacted and its
    /// control characters escaped.
    fn reject(&mut self, source: &str, reject: &Reject, line: &[u8]) {
        let Some(out) = self.rejects.as_mut().filter(|_| self.failed.is_none()) else { return };
        let (offset, column) = (reject.position.offset, reject.column);
        let line = crate::render::redact(line);
        let source = crate::render::escape(source);
        let written =
            writeln!(out, "{source}:{offset}: column {column}: {}\t{line}", reject.reason);
        self.failed = written.err();
    }

    fn progress(&mut self, progress: Progress) {
        match progress.total_bytes {
            Some(total) if total > 0 => {
                if self.bar.length() != Some(total) {
                    self.bar.set_length(total);
                    self.bar.set_style(style(
                        "reading {wide_bar} {bytes}/{total_bytes} {bytes_per_sec} {eta}",
                    ));
                }
                self.bar.set_position(progress.bytes);
            }
            _ => {
                self.bar.set_style(style("{spinner} reading {bytes} {bytes_per_sec}"));
                self.bar.set_position(progress.bytes);
            }
        }
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).expect("the templates are constants")
}
