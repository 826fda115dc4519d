//! One source on its way through the run: prepared, then open, then read out.

use std::io::Read;
use std::ops::Range;
use std::sync::mpsc::SyncSender;

use domain::{
    Event, MICROS_PER_SEC, Position, RawRecord, Reject, RejectReason, Request, SourceId, Timestamp,
};

use super::head::{Again, Head};
use super::run::Run;
use super::{FormatChoice, Message, ReadOptions};
use crate::detect;
use crate::documents::{Framing, ValueReader};
use crate::error::{ReadError, ReadErrorKind};
use crate::excerpts::Spool;
use crate::formats::{self, ParseContext};
use crate::lines::{BYTE_ORDER_MARK, Line, LineReader};
use crate::normalise::Normaliser;
use crate::parser::{Chosen, Parser};
use crate::redact;
use crate::reorder::ReorderBuffer;
use crate::report::{AssumedYear, SAMPLED_REJECTS, SourceReport, ZoneDoubt};
use crate::secrets::Fingerprinter;
use crate::sources::{Source, Stream};
use crate::time::Clock;

/// Longest piece of a rejected line that the report keeps.
const SAMPLE_BYTES: usize = 256;

/// The times that a log may tell, up to the end of 2105: windows of behaviour are counted in seconds of
/// 32 bits since 1970, which end in February of the year after. What lies outside is a clock that was
/// never set.
const YEARS: Range<Timestamp> =
    Timestamp::from_micros(0)..Timestamp::from_micros(4_291_747_200 * MICROS_PER_SEC);

/// A source and everything that belongs to reading it.
pub(super) struct Track {
    id: SourceId,
    source: Source,
    head: Option<Head>,
    /// Streams stay open, as they cannot be opened again; files wait closed for their turn.
    waiting: Option<Stream>,
    records: Option<Records>,
    framing: Framing,
    parser: Option<Parser>,
    context: ParseContext,
    /// Where a record begins that goes on in the next line.
    begun: Option<u64>,
    buffer: ReorderBuffer,
    /// The last lines that could not be read.
    run: Run,
    /// Whether other formats may be read where the source goes on in them: none was given.
    may_change: bool,
    /// The earliest time among the first lines.
    begins: Option<Timestamp>,
    raw_bytes: u64,
    /// Lines of a stream for evidence: they cannot be read again.
    spool: Option<Spool>,
    report: SourceReport,
}

/// The records of a source: lines, or values of a document.
enum Records {
    Lines(LineReader<Whole>),
    Values(ValueReader<Whole>),
}

impl Records {
    #[inline]
    fn next(&mut self) -> std::io::Result<Option<Line<'_>>> {
        match self {
            Self::Lines(lines) => lines.next_line(),
            Self::Values(values) => values.next_value(),
        }
    }

    fn offset(&self) -> u64 {
        match self {
            Self::Lines(lines) => lines.offset(),
            Self::Values(values) => values.offset(),
        }
    }

    fn stream(&self) -> &Stream {
        match self {
            Self::Lines(lines) => &lines.get_ref().stream,
            Self::Values(values) => &values.get_ref().stream,
        }
    }
}

/// A stream with the beginning that was read from it put back in front, and a count of raw bytes.
struct Whole {
    head: Option<Again>,
    stream: Stream,
}

impl Read for Whole {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        if let Some(head) = &mut self.head {
            match head.read(into)? {
                0 => self.head = None,
                read => return Ok(read),
            }
        }
        self.stream.read(into)
    }
}

impl Track {
    /// Looks at the beginning of every source.
    pub(super) fn prepare(
        sources: Vec<Source>,
        options: &ReadOptions,
    ) -> Result<Vec<Self>, ReadError> {
        let sources = sources.into_iter().enumerate();
        sources.map(|(index, source)| Self::new(SourceId(index as u16), source, options)).collect()
    }

    fn new(id: SourceId, source: Source, options: &ReadOptions) -> Result<Self, ReadError> {
        let (name, times_named) = (source.name.clone(), source.times_named);
        let mut report = SourceReport { name, times_named, ..SourceReport::default() };
        let mut stream = source.open()?;
        report.compression = stream.compression;
        let is_stream = source.is_stream();
        let spool = is_stream.then(Spool::new).transpose().unwrap_or_else(|error| {
            report.samples_missing = Some(error.to_string());
            None
        });
        let head = Head::of(&mut stream, options.max_line_bytes);
        let framing = head.framing;
        let waiting = is_stream.then_some(stream);
        let clock =
            Clock::new(options.zone_of(&source.name).clone(), source.written.or(options.today));
        // What is read to settle formats is thrown away: its fingerprints are nobody's.
        let context = ParseContext::new(Fingerprinter::new([0; 32]), clock)
            .with_sign_ins(options.sign_ins.clone());
        let may_change = matches!(options.format_of(&source.name), FormatChoice::Auto);
        Ok(Self {
            id,
            source,
            head: Some(head),
            waiting,
            records: None,
            framing,
            parser: None,
            context,
            begun: None,
            buffer: ReorderBuffer::new(options.reorder),
            run: Run::default(),
            may_change,
            begins: None,
            raw_bytes: 0,
            spool,
            report,
        })
    }

    pub(super) fn name(&self) -> &str {
        &self.source.name
    }

    pub(super) fn numbered_source(&self) -> (SourceId, Source, Framing) {
        (self.id, self.source.clone(), self.framing)
    }

    pub(super) fn set_fingerprinter(&mut self, fingerprinter: &Fingerprinter) {
        self.context.fingerprinter = fingerprinter.clone();
    }

    pub(super) fn head(&self) -> &[u8] {
        self.head.as_ref().map_or(b"", Head::bytes)
    }

    pub(super) fn size_bytes(&self) -> Option<u64> {
        self.source.size_bytes
    }

    /// The earliest time among the first lines; what cannot be told comes first.
    pub(super) fn begins(&self) -> Timestamp {
        self.begins.unwrap_or(Timestamp::from_micros(i64::MIN))
    }

    /// Settles the format and its wrappers, by detection where they are not given, and looks when the
    /// source begins.
    pub(super) fn choose_format(&mut self, options: &ReadOptions) -> Result<(), ReadError> {
        // What is assumed of the times of a trial is nobody's either.
        let context = &self.context.clone();
        let unknown = |name: &str| ReadErrorKind::UnknownFormat { name: name.to_owned() };
        let given: Option<Vec<Chosen>> = match options.format_of(&self.source.name) {
            FormatChoice::Named(name) => {
                Some(vec![Chosen::Static(formats::by_name(name).ok_or_else(|| unknown(name))?)])
            }
            FormatChoice::Template(template) => Some(vec![Chosen::Template(template.clone())]),
            FormatChoice::Json(map) => Some(vec![Chosen::Json(map.clone())]),
            FormatChoice::Csv(map) => Some(vec![Chosen::Csv(map.clone())]),
            FormatChoice::Fields(map) => {
                Some(vec![Chosen::Json(map.clone()), Chosen::Csv(map.clone())])
            }
            FormatChoice::Auto => None,
        };
        let parser = match given {
            Some(given) => Some(self.within_wrappers(&given, context)),
            None => self.detect(options.max_line_bytes, context)?,
        };
        let Some(mut parser) = parser else { return Ok(()) };
        // Nor does the order of times go on from there.
        let context = &self.context.clone();
        parser.formats().next().unwrap_or_default().clone_into(&mut self.report.format);
        let records = self.head_lines().into_iter().map(|bytes| {
            let position = Position::default();
            RawRecord { position, bytes }
        });
        let mut begins: Option<Timestamp> = None;
        for record in records {
            if parser.absorb(record.bytes, context) {
                continue;
            }
            if let Ok(request) = parser.parse(record, context) {
                begins = Some(begins.map_or(request.time, |it| it.min(request.time)));
            }
        }
        parser.restart();
        if self.framing == Framing::Lines && parser.formats().any(|name| name == "csv") {
            self.framing = Framing::QuotedLines;
        }
        self.begins = begins;
        self.parser = Some(parser);
        Ok(())
    }

    /// A parser of the format that was given, or of that of several that reads the lines, in whatever
    /// wrappers they come; the first where none does.
    fn within_wrappers(&mut self, given: &[Chosen], context: &ParseContext) -> Parser {
        let (found, parser) = detect::settle(self.head_lines(), given, context);
        if !found.wrappers.is_empty() {
            self.report.detection = Some(found);
        }
        parser.unwrap_or_else(|| Parser::new(&[], given.first().cloned()))
    }

    fn detect(
        &mut self,
        limit_bytes: usize,
        context: &ParseContext,
    ) -> Result<Option<Parser>, ReadError> {
        if let Some(bytes) = self.head.as_ref().and_then(Head::too_long) {
            let name = self.source.name.clone();
            return Err(ReadErrorKind::TooLong { name, bytes, limit_bytes }.into());
        }
        let (found, parser) = detect::settle(self.head_lines(), &detect::every_format(), context);
        let head = self.head.as_mut().filter(|head| head.is_all());
        if let Some(head) = head
            && found.lines_looked_at == 0
            && parser.is_none()
        {
            self.report.damage = head.damage.take();
            return Ok(None);
        }
        if parser.is_none() {
            let (name, detection) = (self.source.name.clone(), Box::new(found));
            return Err(ReadErrorKind::Unrecognised { name, detection }.into());
        }
        self.report.detection = Some(found);
        Ok(parser)
    }

    /// The first records.
    fn head_lines(&self) -> Vec<&[u8]> {
        let mut records = self.head.as_ref().map(Head::records).unwrap_or_default();
        if let Some(first) = records.first_mut() {
            *first = without_mark(first);
        }
        records
    }

    /// Opens the source for reading from its beginning.
    pub(super) fn open(&mut self, max_line_bytes: usize) -> Result<(), ReadError> {
        let head = self.head.take().map(Head::into_again);
        let whole = match self.waiting.take() {
            Some(stream) => Whole { head, stream },
            None => Whole { head: None, stream: self.source.open()? },
        };
        self.records = Some(match self.framing {
            Framing::Lines | Framing::QuotedLines => {
                Records::Lines(LineReader::new(whole, max_line_bytes))
            }
            framing => Records::Values(ValueReader::new(whole, framing)),
        });
        Ok(())
    }

    /// The next event of this source in the order of time; `None` at its end.
    pub(super) fn next(
        &mut self,
        normaliser: &mut Normaliser,
        sender: &SyncSender<Message>,
    ) -> Option<Event> {
        loop {
            if let Some(event) = self.buffer.pop_ready() {
                return Some(event);
            }
            let mut event = None;
            let goes_on = self.read_line(|read| match read {
                Ok(request) => event = Some(normaliser.normalise(request)),
                // The listener's end is closed only when the caller's thread unwinds.
                Err((reject, line)) => {
                    let _ = sender.send(Message::Reject(reject.clone(), line.to_vec()));
                }
            });
            if let Some(event) = event {
                self.buffer.push(event);
            }
            if !goes_on {
                (self.report.late, self.report.lag_micros) =
                    (self.buffer.late(), self.buffer.lag_micros());
                return self.buffer.pop();
            }
        }
    }

    /// Reads every line to the end of the source and hands on what it tells, in the order of lines.
    pub(super) fn read_all(
        &mut self,
        mut take: impl FnMut(Result<&Request<'_>, (&Reject, &[u8])>),
    ) {
        while self.read_line(&mut take) {}
    }

    /// Reads one line and hands on what it tells, if anything; `false` at the end of the source.
    fn read_line(&mut self, take: impl FnOnce(Result<&Request<'_>, (&Reject, &[u8])>)) -> bool {
        let (Some(records), Some(parser)) = (&mut self.records, &mut self.parser) else {
            return false;
        };
        let context = &self.context;
        let mut line = match records.next() {
            Ok(Some(line)) => line,
            Ok(None) => {
                self.close();
                self.reject_unfinished(take);
                return false;
            }
            Err(error) => {
                self.report.damage = Some(error.to_string());
                self.close();
                return false;
            }
        };
        if line.offset == 0 {
            line.bytes = without_mark(line.bytes);
        }
        if line.bytes.trim_ascii_start().is_empty() && !line.too_long {
            return true;
        }
        if !line.too_long && parser.absorb(line.bytes, context) {
            let goes_on = !parser.unfinished().is_empty();
            self.begun = goes_on.then(|| self.begun.unwrap_or(line.offset));
            return true;
        }
        self.report.lines += 1;
        let joined = if line.too_long { None } else { parser.joined().map(<[u8]>::to_vec) };
        let begins = joined.as_ref().and_then(|_| self.begun.take()).unwrap_or(line.offset);
        // What is shown of the record, and kept for evidence.
        let whole = joined.as_deref().unwrap_or(line.bytes);
        let position = Position { source: self.id, offset: begins };
        let record = RawRecord { position, bytes: line.bytes };
        let parsed = if line.too_long {
            let limit_bytes = line.bytes.len();
            Err(Reject { position, column: 1, reason: RejectReason::TooLong { limit_bytes } })
        } else {
            parser.parse(record, context)
        };
        // By reference: a request is some three hundred bytes.
        match &parsed {
            Ok(request) if !YEARS.contains(&request.time) => {
                let reason = RejectReason::Invalid("time: must be in 1970 to 2105");
                let reject = Reject { position, column: 1, reason };
                self.report.rejects += 1;
                sample(&mut self.report, &reject, whole);
                take(Err((&reject, whole)));
            }
            Ok(request) => {
                self.report.parsed += 1;
                let time = request.time;
                self.report.first_time =
                    Some(self.report.first_time.map_or(time, |it| it.min(time)));
                self.report.last_time = self.report.last_time.max(Some(time));
                take(Ok(request));
                if let Some(spool) = &mut self.spool {
                    spool.push(begins, whole);
                }
            }
            Err(Reject { reason: RejectReason::NoRequest(_), .. }) => self.report.skipped += 1,
            Err(reject) => {
                self.report.rejects += 1;
                sample(&mut self.report, reject, whole);
                take(Err((reject, whole)));
                let read_before = self.report.parsed + self.report.skipped;
                if !line.too_long && self.run.push(whole, read_before) {
                    self.change_format();
                }
            }
        }
        true
    }

    /// Goes on with other formats as well, where the lines that could not be read are in such.
    fn change_format(&mut self) {
        let (found, further) = self.run.settle(&self.context.clone());
        self.report.rest_looks_like = found.looks_like.or(self.report.rest_looks_like.take());
        if !self.may_change {
            return;
        }
        if let (Some(parser), Some(further)) = (&mut self.parser, further) {
            let lines = self.report.lines - self.run.lines() as u64;
            self.report.later_formats.extend(further.formats().map(|name| (lines, name)));
            parser.join(further);
        }
    }

    /// What the end of a source cuts off is a reject.
    fn reject_unfinished(&mut self, take: impl FnOnce(Result<&Request<'_>, (&Reject, &[u8])>)) {
        let line = self.parser.as_ref().map_or(&b""[..], Parser::unfinished);
        if line.is_empty() {
            return;
        }
        let position = Position { source: self.id, offset: self.begun.unwrap_or_default() };
        let reason = RejectReason::Missing("rest of the record");
        let reject = Reject { position, column: 1, reason };
        (self.report.lines, self.report.rejects) = (self.report.lines + 1, self.report.rejects + 1);
        sample(&mut self.report, &reject, line);
        take(Err((&reject, line)));
    }

    /// Takes stock and lets go of the file.
    fn close(&mut self) {
        if let Some(records) = self.records.take() {
            self.report.bytes = records.offset();
            self.raw_bytes = records.stream().raw_bytes();
        }
    }

    /// Bytes taken from the file so far, before decompression.
    pub(super) fn raw_bytes_now(&self) -> u64 {
        self.records.as_ref().map_or(self.raw_bytes, |records| records.stream().raw_bytes())
    }

    /// What was read, and the lines kept aside.
    pub(super) fn into_report(mut self) -> (SourceReport, Option<Spool>) {
        self.close();
        (self.report.late, self.report.lag_micros) = (self.buffer.late(), self.buffer.lag_micros());
        if self.report.rest_looks_like.is_none() && self.report.later_formats.is_empty() {
            self.report.rest_looks_like = self.run.look(&self.context.clone());
        }
        let clock = &self.context.clock;
        self.report.assumed_year = AssumedYear::of(clock, self.source.written.is_some());
        let (written, last_time) = (self.source.written, self.report.last_time);
        let name = &self.source.name;
        self.report.zone_doubt = ZoneDoubt::of(clock, written, last_time, name);
        self.report.zone_hint = ZoneDoubt::hint(clock, written, last_time, name);
        if let Some(failure) = self.spool.as_ref().and_then(Spool::failure) {
            self.report.samples_missing = Some(failure.to_owned());
        }
        (self.report, self.spool)
    }
}

/// The first line of a text without a byte order mark.
fn without_mark(line: &[u8]) -> &[u8] {
    line.strip_prefix(BYTE_ORDER_MARK).unwrap_or(line)
}

fn sample(report: &mut SourceReport, reject: &Reject, line: &[u8]) {
    if report.sampled_rejects.len() < SAMPLED_REJECTS {
        let shown = redact::redact_line(line);
        let shown = String::from_utf8_lossy(&shown[..shown.len().min(SAMPLE_BYTES)]).into_owned();
        report.sampled_rejects.push((reject.clone(), shown));
    }
}
