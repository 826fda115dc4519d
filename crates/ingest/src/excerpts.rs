//! Raw lines again, for evidence: read anew from files, kept aside for standard input.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Seek, SeekFrom, Write};

use domain::{Position, SourceId};

use crate::DEFAULT_MAX_LINE_BYTES;
use crate::documents::{Framing, ValueReader};
use crate::formats::csv;
use crate::lines::LineReader;
use crate::redact::redact_line;
use crate::sources::{Compression, Origin, Source};

/// Longest line that is shown, in bytes.
pub const MAX_EXCERPT_BYTES: usize = 512;

/// Bytes read at a time where one line is sought: most lines are far shorter.
const SOUGHT_BYTES: usize = 2 * 1024;

/// Gives the lines that events came from, secrets redacted.
///
/// Plain files are sought, compressed ones decompressed again up to the last line wanted. Lines of
/// standard input and other pipes come from an anonymous temporary file that held them, redacted, while
/// they were read. A line that cannot be had any more (a file that went away or was rotated) is left out.
#[derive(Debug, Default)]
pub struct Excerpts {
    sources: BTreeMap<SourceId, (Source, Framing)>,
    /// By number of their source: the lines of streams.
    pub(crate) spools: Vec<Option<Spool>>,
}

impl Excerpts {
    /// Excerpts of these sources, by number.
    pub(crate) fn of(sources: impl IntoIterator<Item = (SourceId, Source, Framing)>) -> Self {
        let sources = sources.into_iter().map(|(id, source, framing)| (id, (source, framing)));
        Self { sources: sources.collect(), spools: Vec::new() }
    }

    /// The lines at these positions, in the order of positions, each at most
    /// [`MAX_EXCERPT_BYTES`] long. They may hold control characters.
    pub fn fetch(
        &mut self,
        positions: impl IntoIterator<Item = Position>,
    ) -> Vec<(Position, String)> {
        let mut wanted: BTreeMap<SourceId, Vec<u64>> = BTreeMap::new();
        for position in positions {
            wanted.entry(position.source).or_default().push(position.offset);
        }
        let mut found = Vec::new();
        for (id, mut offsets) in wanted {
            offsets.sort_unstable();
            offsets.dedup();
            let mut take = |offset, line: &[u8]| {
                found.push((Position { source: id, offset }, shown(line)));
            };
            // What was found before a failure stays; the rest cannot be had.
            let _ = match self.sources.get(&id) {
                Some((source, _)) if source.is_stream() => {
                    match self.spools.get_mut(usize::from(id.0)) {
                        Some(Some(spool)) => spool.fetch(&offsets, &mut take),
                        _ => Ok(()),
                    }
                }
                Some((source, framing)) => fetch_from(source, *framing, &offsets, &mut take),
                None => Ok(()),
            };
        }
        found
    }
}

/// A line as it may be shown.
fn shown(line: &[u8]) -> String {
    let redacted = redact_line(line);
    let cut = &redacted[..redacted.len().min(MAX_EXCERPT_BYTES)];
    String::from_utf8_lossy(cut).into_owned()
}

fn fetch_from(
    source: &Source,
    framing: Framing,
    offsets: &[u64],
    take: &mut dyn FnMut(u64, &[u8]),
) -> io::Result<()> {
    let stream = source.open().map_err(|error| io::Error::other(error.to_string()))?;
    let is_text = matches!(framing, Framing::Lines | Framing::QuotedLines);
    if stream.compression != Compression::None && !is_text {
        return fetch_values(stream, framing, offsets, take);
    }
    if stream.compression != Compression::None {
        return fetch_by_skipping(stream, framing, offsets, take);
    }
    let Origin::File(path) = &source.origin else { return Ok(()) };
    let mut file = File::open(path)?;
    for offset in offsets {
        file.seek(SeekFrom::Start(*offset))?;
        if !is_text {
            let mut values = ValueReader::new(&file, Framing::Values);
            if let Some(value) = values.next_value()? {
                take(*offset, value.bytes);
            }
            continue;
        }
        let mut lines = LineReader::of_one_line(&file, DEFAULT_MAX_LINE_BYTES, SOUGHT_BYTES);
        if let Some(line) = lines.next_line()? {
            if !goes_on(framing, line.bytes) {
                take(*offset, line.bytes);
                continue;
            }
            file.seek(SeekFrom::Start(*offset))?;
            let mut lines = LineReader::new(&file, DEFAULT_MAX_LINE_BYTES);
            take(*offset, &with_rest(Vec::new(), &mut lines)?);
        }
    }
    Ok(())
}

/// Whether a table's record goes on behind the end of this line.
fn goes_on(framing: Framing, line: &[u8]) -> bool {
    framing == Framing::QuotedLines && csv::goes_on(line)
}

/// A record of which so much was read, with the lines after that as far as anything of them is shown.
fn with_rest(mut record: Vec<u8>, lines: &mut LineReader<impl Read>) -> io::Result<Vec<u8>> {
    while record.len() < MAX_EXCERPT_BYTES && (record.is_empty() || csv::goes_on(&record)) {
        let Some(line) = lines.next_line()? else { break };
        if !record.is_empty() {
            record.push(b'\n');
        }
        record.extend_from_slice(line.bytes);
    }
    Ok(record)
}

/// Walks over a document again: where a record lies in it cannot be told from its middle.
fn fetch_values(
    stream: impl Read,
    framing: Framing,
    offsets: &[u64],
    take: &mut dyn FnMut(u64, &[u8]),
) -> io::Result<()> {
    let mut wanted = offsets.iter().copied().peekable();
    let mut values = ValueReader::new(stream, framing);
    while wanted.peek().is_some() {
        let Some(value) = values.next_value()? else { break };
        while wanted.next_if(|offset| *offset < value.offset).is_some() {}
        if wanted.next_if_eq(&value.offset).is_some() {
            take(value.offset, value.bytes);
        }
    }
    Ok(())
}

fn fetch_by_skipping(
    mut stream: impl Read,
    framing: Framing,
    offsets: &[u64],
    take: &mut dyn FnMut(u64, &[u8]),
) -> io::Result<()> {
    // Nobody asks for a line before the first one wanted: it need not even be split off.
    let Some(first) = offsets.first().copied() else { return Ok(()) };
    io::copy(&mut stream.by_ref().take(first), &mut io::sink())?;
    let mut wanted = offsets.iter().copied().peekable();
    let mut lines = LineReader::new(stream, DEFAULT_MAX_LINE_BYTES);
    while wanted.peek().is_some() {
        let Some(line) = lines.next_line()? else { break };
        let at = first + line.offset;
        while wanted.next_if(|offset| *offset < at).is_some() {}
        if wanted.next_if_eq(&at).is_none() {
            continue;
        }
        if !goes_on(framing, line.bytes) {
            take(at, line.bytes);
            continue;
        }
        let first = line.bytes.to_vec();
        take(at, &with_rest(first, &mut lines)?);
    }
    Ok(())
}

/// Lines of standard input, redacted, in a file that has no name and goes when it is closed.
#[derive(Debug)]
pub(crate) struct Spool {
    file: BufWriter<File>,
    failed: Option<String>,
}

/// Bytes before each spooled line: its offset and its length.
const HEADER_BYTES: usize = 8 + 4;

impl Spool {
    /// An empty spool, or why there can be none.
    pub(crate) fn new() -> io::Result<Self> {
        Ok(Self { file: BufWriter::with_capacity(64 * 1024, tempfile::tempfile()?), failed: None })
    }

    /// Keeps a line. After a failure (a full disk) nothing more is kept.
    pub(crate) fn push(&mut self, offset: u64, line: &[u8]) {
        if self.failed.is_none()
            && let Err(error) = self.write(offset, line)
        {
            self.failed = Some(error.to_string());
        }
    }

    fn write(&mut self, offset: u64, line: &[u8]) -> io::Result<()> {
        let redacted = redact_line(line);
        let kept = &redacted[..redacted.len().min(MAX_EXCERPT_BYTES)];
        self.file.write_all(&offset.to_le_bytes())?;
        self.file.write_all(&(kept.len() as u32).to_le_bytes())?;
        self.file.write_all(kept)
    }

    /// Why lines are missing, if any are.
    pub(crate) fn failure(&self) -> Option<&str> {
        self.failed.as_deref()
    }

    fn fetch(&mut self, offsets: &[u64], take: &mut dyn FnMut(u64, &[u8])) -> io::Result<()> {
        self.file.flush()?;
        let mut file = self.file.get_ref();
        file.seek(SeekFrom::Start(0))?;
        let mut reader = BufReader::with_capacity(64 * 1024, file);
        let mut wanted = offsets.iter().copied().peekable();
        let mut line = Vec::with_capacity(MAX_EXCERPT_BYTES);
        let mut header = [0; HEADER_BYTES];
        while wanted.peek().is_some() {
            reader.read_exact(&mut header)?;
            let (at, length) = header.split_at(8);
            let at = u64::from_le_bytes(at.try_into().expect("eight bytes come first"));
            let length = u32::from_le_bytes(length.try_into().expect("four bytes come last"));
            line.resize(length as usize, 0);
            reader.read_exact(&mut line)?;
            // What lies before this line is the beginning of none: it cannot be had.
            while wanted.next_if(|offset| *offset < at).is_some() {}
            if wanted.next_if_eq(&at).is_some() {
                take(at, &line);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spool(lines: &[&str]) -> (Spool, Vec<u64>) {
        let mut spool = Spool::new().unwrap();
        let mut offsets = Vec::new();
        let mut offset = 0;
        for line in lines {
            spool.push(offset, line.as_bytes());
            offsets.push(offset);
            offset += line.len() as u64 + 1;
        }
        (spool, offsets)
    }

    #[test]
    fn spooled_lines_come_back_redacted() {
        let (mut spool, offsets) = spool(&["one", "/a?token=s3cret HTTP", "three"]);
        let mut found = Vec::new();
        spool
            .fetch(&[offsets[1], offsets[2]], &mut |offset, line| {
                found.push((offset, String::from_utf8_lossy(line).into_owned()));
            })
            .unwrap();
        let expect = [(4, "/a?token=[redacted] HTTP".to_owned()), (25, "three".to_owned())];
        assert_eq!(found, expect);
    }
}
