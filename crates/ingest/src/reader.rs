//! The whole way from inputs to ordered events, on two threads: one reads, parses, normalises and
//! puts in order; the caller's takes the events.

mod head;
mod merge;
mod run;
mod track;

use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread;

use domain::{Event, Reject, Request, Timestamp};

use crate::error::{ReadError, ReadErrorKind};
use crate::excerpts::Excerpts;
use crate::formats::{self, JsonFormat, Template};
use crate::normalise::Normaliser;
use crate::reorder::ReorderOptions;
use crate::report::{ReadReport, SourceReport, ZoneDoubt};
use crate::secrets::Fingerprinter;
use crate::sign_in::SignIn;
use crate::time::Zone;
use crate::{DEFAULT_MAX_LINE_BYTES, sources};
use merge::Merge;
use track::Track;

/// Events handed over at a time: less than 2 MB of them.
pub const BATCH_EVENTS: usize = 1 << 14;

/// Batches that may wait for the caller.
const WAITING_BATCHES: usize = 2;

/// Lines below which the share of rejects says nothing.
const MIN_LINES_FOR_REJECT_RATIO: u64 = 10;

/// How the format of a source is found.
#[derive(Clone, Debug, Default)]
pub enum FormatChoice {
    /// Detected, for each source by itself.
    #[default]
    Auto,
    /// A format of [`crate::FORMATS`].
    Named(&'static str),
    /// A format string of nginx or Apache.
    Template(Box<Template>),
    /// JSON lines under a field map of one's own.
    Json(Box<JsonFormat>),
    /// Comma-separated values under a field map of one's own.
    Csv(Box<JsonFormat>),
    /// Either of the two, told by the first lines of each source.
    Fields(Box<JsonFormat>),
}

impl FormatChoice {
    /// Reads what a user typed: `auto`, the name of a format, or a format string.
    pub fn from_text(text: &str) -> Result<Self, String> {
        if text == "auto" {
            return Ok(Self::Auto);
        }
        if let Some(format) = formats::by_name(text) {
            return Ok(Self::Named(format.name()));
        }
        if text.contains(['$', '%']) {
            let template = Template::compile(text).map_err(|error| error.to_string())?;
            return Ok(Self::Template(Box::new(template)));
        }
        Err(ReadErrorKind::UnknownFormat { name: text.to_owned() }.to_string())
    }
}

/// What holds for some sources, told by their names.
#[derive(Clone, Debug)]
pub struct OfSources<T> {
    /// A glob that their names match.
    pub pattern: glob::Pattern,
    /// What holds for them.
    pub value: T,
}

impl<T> OfSources<T> {
    /// What holds for the sources of a glob that a user typed.
    pub fn new(pattern: &str, value: T) -> Result<Self, String> {
        let pattern = glob::Pattern::new(pattern).map_err(|error| error.to_string())?;
        Ok(Self { pattern, value })
    }

    /// What holds for a source of this name: of the patterns that fit, the longest counts.
    fn find<'a>(name: &str, list: &'a [Self], otherwise: &'a T) -> &'a T {
        let fitting = list.iter().filter(|it| it.pattern.matches(name));
        fitting.max_by_key(|it| it.pattern.as_str().len()).map_or(otherwise, |it| &it.value)
    }
}

/// How a log is read.
#[derive(Clone, Debug)]
pub struct ReadOptions {
    /// The format of all sources but those of `formats`.
    pub format: FormatChoice,
    /// Formats of some sources: of those whose pattern fits, the longest pattern counts.
    pub formats: Vec<OfSources<FormatChoice>>,
    /// The key of fingerprints; without one it is derived from the beginning of the source that
    /// begins first.
    pub key: Option<[u8; 32]>,
    /// The time zone of times that carry none, in all sources but those of `zones`.
    pub zone: Zone,
    /// Time zones of some sources, chosen as `formats` are.
    pub zones: Vec<OfSources<Zone>>,
    /// What stands in for the date of a source that has none, such as standard input: times without
    /// a year are of the latest year in which they do not come after it. Without it they cannot be
    /// read there.
    pub today: Option<Timestamp>,
    /// Sign-in endpoints that are described.
    pub sign_ins: Vec<SignIn>,
    /// Longest line that is read, in bytes.
    pub max_line_bytes: usize,
    /// How far events may be out of order.
    pub reorder: ReorderOptions,
    /// The share of lines that may be rejects, 0 to 1; more of them end in an error after all
    /// events have been delivered.
    pub max_reject_ratio: f64,
}

impl Default for ReadOptions {
    fn default() -> Self {
        Self {
            format: FormatChoice::Auto,
            formats: Vec::new(),
            key: None,
            zone: Zone::Utc,
            zones: Vec::new(),
            today: None,
            sign_ins: Vec::new(),
            max_line_bytes: DEFAULT_MAX_LINE_BYTES,
            reorder: ReorderOptions::default(),
            max_reject_ratio: 0.5,
        }
    }
}

impl ReadOptions {
    /// How the format of a source of this name is found.
    fn format_of(&self, name: &str) -> &FormatChoice {
        OfSources::find(name, &self.formats, &self.format)
    }

    /// The globs that fit none of the sources, each with its setting.
    fn unused_globs(&self, names: &[&str]) -> Vec<(&'static str, String)> {
        let formats = self.formats.iter().map(|it| ("read.formats", &it.pattern));
        let zones = self.zones.iter().map(|it| ("read.timezones", &it.pattern));
        let is_unused = |(_, glob): &(_, &glob::Pattern)| !names.iter().any(|it| glob.matches(it));
        let unused = formats.chain(zones).filter(is_unused);
        unused.map(|(key, glob)| (key, glob.as_str().to_owned())).collect()
    }

    /// The time zone of a source of this name.
    fn zone_of(&self, name: &str) -> &Zone {
        OfSources::find(name, &self.zones, &self.zone)
    }
}

/// What a run read.
#[derive(Debug)]
pub struct Reading {
    /// Lines, rejects, periods, source by source.
    pub report: ReadReport,
    /// The raw lines of its events.
    pub excerpts: Excerpts,
}

/// How far reading has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Bytes taken from files and pipes, before decompression.
    pub bytes: u64,
    /// Bytes there are; `None` where nobody knows.
    pub total_bytes: Option<u64>,
}

/// Takes what reading delivers. Any `FnMut(Event)` is one that ignores all but events.
pub trait Listener {
    /// The next event, in the order of time, source and offset.
    fn event(&mut self, event: Event);

    /// The next events at a time: [`BATCH_EVENTS`] of them, or the last ones.
    fn events(&mut self, events: Vec<Event>) {
        events.into_iter().for_each(|event| self.event(event));
    }

    /// A line that could not be read, as it stands in the source: secrets and control characters
    /// included. Lines that are too long come with their beginning.
    fn reject(&mut self, source_name: &str, reject: &Reject, line: &[u8]) {
        let _ = (source_name, reject, line);
    }

    /// How far reading has come; called now and then.
    fn progress(&mut self, progress: Progress) {
        let _ = progress;
    }
}

impl<F: FnMut(Event)> Listener for F {
    fn event(&mut self, event: Event) {
        self(event);
    }
}

/// What goes from the reading thread to the caller's.
enum Message {
    Events(Vec<Event>, Progress),
    Reject(Reject, Vec<u8>),
}

/// Reads all inputs, merged in the order of time, and delivers their events to `listener` on the
/// calling thread.
///
/// The numbers in the events belong to `normaliser`. The same inputs and options give the same
/// events, whatever the machine. Events may have been delivered before an error is returned; it
/// then carries the report.
pub fn read(
    inputs: &[String],
    options: &ReadOptions,
    normaliser: &mut Normaliser,
    listener: &mut impl Listener,
) -> Result<Reading, ReadError> {
    let (tracks, fingerprinter) = settle(inputs, options)?;
    normaliser.seed(fingerprinter.seed());
    let mut excerpts = Excerpts::of(tracks.iter().map(Track::numbered_source));
    let names: Vec<String> = tracks.iter().map(|track| track.name().to_owned()).collect();
    let (sender, receiver) = sync_channel(WAITING_BATCHES);
    let outcome = thread::scope(|scope| {
        let reading = scope.spawn(move || {
            let mut merge = Merge::new(tracks, options);
            let ended = deliver(&mut merge, normaliser, &sender);
            (ended, merge.into_reports())
        });
        for message in receiver {
            match message {
                Message::Events(events, progress) => {
                    listener.events(events);
                    listener.progress(progress);
                }
                Message::Reject(reject, line) => {
                    let name = &names[usize::from(reject.position.source.0)];
                    listener.reject(name, &reject, &line);
                }
            }
        }
        reading.join()
    });
    let (ended, (sources, spools)) =
        outcome.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
    excerpts.spools = spools;
    let report = conclude(ended, sources, options)?;
    Ok(Reading { report, excerpts })
}

/// Takes requests as they stand in their logs.
pub trait RequestListener {
    /// The next request: in the order of sources, then of lines.
    fn request(&mut self, source_name: &str, request: &Request<'_>);

    /// A line that could not be read, as [`Listener::reject`] has it.
    fn reject(&mut self, source_name: &str, reject: &Reject, line: &[u8]);
}

/// Reads all inputs, one after the other, and delivers their requests before anyone asks who made
/// them.
pub fn read_requests(
    inputs: &[String],
    options: &ReadOptions,
    listener: &mut impl RequestListener,
) -> Result<ReadReport, ReadError> {
    let (mut tracks, _) = settle(inputs, options)?;
    for track in &mut tracks {
        let name = track.name().to_owned();
        track.open(options.max_line_bytes)?;
        track.read_all(|read| match read {
            Ok(request) => listener.request(&name, request),
            Err((reject, line)) => listener.reject(&name, reject, line),
        });
    }
    conclude(Ok(()), tracks.into_iter().map(|track| track.into_report().0).collect(), options)
}

/// Looks at the beginning of every source and tells its format, without reading on.
pub fn detect_sources(inputs: &[String], options: &ReadOptions) -> Result<ReadReport, ReadError> {
    let (tracks, _) = settle(inputs, options)?;
    Ok(report(tracks.into_iter().map(|track| track.into_report().0).collect(), options))
}

/// The sources with their formats settled, and what makes the fingerprints of their secrets.
fn settle(
    inputs: &[String],
    options: &ReadOptions,
) -> Result<(Vec<Track>, Fingerprinter), ReadError> {
    let mut tracks = Track::prepare(sources::find(inputs)?, options)?;
    for track in &mut tracks {
        track.choose_format(options)?;
    }
    let fingerprinter = match options.key {
        Some(key) => Fingerprinter::new(key),
        None => Fingerprinter::from_log_head(earliest_head(&tracks)),
    };
    tracks.iter_mut().for_each(|track| track.set_fingerprinter(&fingerprinter));
    Ok((tracks, fingerprinter))
}

/// The beginning of the source that begins first, so that the order in which sources are named does
/// not count.
fn earliest_head(tracks: &[Track]) -> &[u8] {
    let heads = tracks.iter().map(|track| (track.begins(), track.head()));
    heads.filter(|(_, head)| !head.is_empty()).min().map_or(b"", |(_, head)| head)
}

/// Drives the merge to its end, or until nobody listens any more.
fn deliver(
    merge: &mut Merge<'_>,
    normaliser: &mut Normaliser,
    sender: &SyncSender<Message>,
) -> Result<(), ReadError> {
    let mut batch = Vec::with_capacity(BATCH_EVENTS);
    while let Some(event) = merge.next(normaliser, sender)? {
        batch.push(event);
        if batch.len() == BATCH_EVENTS {
            let full = std::mem::replace(&mut batch, Vec::with_capacity(BATCH_EVENTS));
            if sender.send(Message::Events(full, merge.progress())).is_err() {
                return Ok(());
            }
        }
    }
    // The listener's end is closed only when the caller's thread unwinds.
    let _ = sender.send(Message::Events(batch, merge.progress()));
    Ok(())
}

/// What was read, and what shows only when all sources are looked at together.
fn report(mut sources: Vec<SourceReport>, options: &ReadOptions) -> ReadReport {
    ZoneDoubt::confirm(&mut sources);
    let names: Vec<&str> = sources.iter().map(|source| source.name.as_str()).collect();
    let unused_globs = options.unused_globs(&names);
    ReadReport { sources, unused_globs }
}

fn conclude(
    ended: Result<(), ReadError>,
    sources: Vec<SourceReport>,
    options: &ReadOptions,
) -> Result<ReadReport, ReadError> {
    let report = report(sources, options);
    if let Err(error) = ended {
        return Err(ReadError { report: Some(Box::new(report)), ..error });
    }
    let (lines, rejects) = (report.lines() - report.skipped(), report.rejects());
    let allowed = options.max_reject_ratio * lines as f64;
    if lines >= MIN_LINES_FOR_REJECT_RATIO && rejects as f64 > allowed {
        let max_reject_ratio = options.max_reject_ratio;
        let kind = ReadErrorKind::TooManyRejects { rejects, lines, max_reject_ratio };
        return Err(ReadError { kind, report: Some(Box::new(report)) });
    }
    Ok(report)
}
