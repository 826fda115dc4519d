//! Where bytes come from: files, globs and standard input, compressed or not.

pub(crate) mod decode;
mod parquet;

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fs::File;
use std::io::{self, Cursor, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use domain::{MAX_SOURCES, Timestamp};

pub use decode::Compression;
pub use parquet::{ParquetRows, is_panic_guarded};

use crate::error::{ReadError, ReadErrorKind};

/// A file or stream that is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// The name that outputs use: the path as given or found, `-` for standard input.
    pub name: String,
    pub(crate) origin: Origin,
    /// Bytes on disk; `None` where nobody knows.
    pub size_bytes: Option<u64>,
    /// When it was last written; `None` where nobody knows.
    pub written: Option<Timestamp>,
    /// How many times it was named, by whatever path or glob; it is read once.
    pub times_named: u32,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Origin {
    File(PathBuf),
    Stdin,
}

impl Origin {
    /// The file itself, by whatever path it was named. A pipe has none but its name.
    fn resolved(&self) -> Self {
        match self {
            Self::File(path) => Self::File(path.canonicalize().unwrap_or_else(|_| path.clone())),
            Self::Stdin => Self::Stdin,
        }
    }
}

/// Finds the sources that inputs name: paths, globs that the shell did not expand (their files in
/// order of name), and `-`. A source named twice is read once.
pub fn find(inputs: &[String]) -> Result<Vec<Source>, ReadError> {
    let mut sources: Vec<Source> = Vec::new();
    let mut places: BTreeMap<Origin, usize> = BTreeMap::new();
    for input in inputs {
        for source in find_one(input)? {
            match places.entry(source.origin.resolved()) {
                Entry::Occupied(known) => sources[*known.get()].times_named += 1,
                Entry::Vacant(place) => {
                    place.insert(sources.len());
                    sources.push(source);
                }
            }
        }
    }
    if sources.is_empty() {
        return Err(ReadErrorKind::NoInput.into());
    }
    if sources.len() > MAX_SOURCES {
        return Err(ReadErrorKind::TooManySources { count: sources.len() }.into());
    }
    Ok(sources)
}

fn find_one(input: &str) -> Result<Vec<Source>, ReadError> {
    if input == "-" {
        let name = "-".to_owned();
        let origin = Origin::Stdin;
        let source = Source { name, origin, size_bytes: None, written: None, times_named: 1 };
        return Ok(vec![source]);
    }
    let path = Path::new(input);
    if path.exists() || !input.contains(['*', '?', '[']) {
        return Ok(vec![file(path)?]);
    }
    let missing = || ReadErrorKind::Missing { input: input.to_owned() };
    let found: Vec<PathBuf> =
        glob::glob(input).map_err(|_| missing())?.filter_map(Result::ok).collect();
    let files: Vec<Source> = found
        .iter()
        .filter(|path| !path.is_dir())
        .map(|path| file(path))
        .collect::<Result<_, _>>()?;
    if files.is_empty() { Err(missing().into()) } else { Ok(files) }
}

fn file(path: &Path) -> Result<Source, ReadError> {
    let name = path.display().to_string();
    let metadata = match path.metadata() {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(ReadErrorKind::Missing { input: name }.into());
        }
        Err(error) => return Err(ReadErrorKind::Io { name, error }.into()),
    };
    if metadata.is_dir() {
        return Err(ReadErrorKind::Directory { name }.into());
    }
    let is_file = metadata.is_file();
    let size_bytes = is_file.then_some(metadata.len());
    let written = metadata.modified().ok().filter(|_| is_file).and_then(timestamp);
    let origin = Origin::File(path.to_owned());
    Ok(Source { name, origin, size_bytes, written, times_named: 1 })
}

fn timestamp(time: SystemTime) -> Option<Timestamp> {
    let micros = match time.duration_since(UNIX_EPOCH) {
        Ok(since) => i64::try_from(since.as_micros()).ok()?,
        Err(before) => -i64::try_from(before.duration().as_micros()).ok()?,
    };
    Some(Timestamp::from_micros(micros))
}

/// An open source: its bytes decompressed.
pub(crate) struct Stream {
    inner: Box<dyn Read + Send>,
    pub(crate) compression: Compression,
    raw_bytes: Arc<AtomicU64>,
}

impl Stream {
    /// Bytes taken from the file or pipe so far, before decompression.
    pub(crate) fn raw_bytes(&self) -> u64 {
        self.raw_bytes.load(Ordering::Relaxed)
    }
}

impl Read for Stream {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.inner.read(into)
    }
}

impl Source {
    /// Whether it can be read but once: standard input, and pipes that have a name.
    pub(crate) fn is_stream(&self) -> bool {
        self.origin == Origin::Stdin || self.size_bytes.is_none()
    }

    /// Opens the source. A stream can be opened once.
    pub(crate) fn open(&self) -> Result<Stream, ReadError> {
        let failed = |error| ReadErrorKind::Io { name: self.name.clone(), error };
        let raw: Box<dyn Read + Send> = match &self.origin {
            Origin::File(path) => Box::new(File::open(path).map_err(failed)?),
            Origin::Stdin => Box::new(io::stdin()),
        };
        let raw_bytes = Arc::new(AtomicU64::new(0));
        let counted = Counted { inner: raw, bytes: Arc::clone(&raw_bytes) };
        let (inner, compression) = decode::decode(counted).map_err(failed)?;
        let stream = Stream { inner, compression, raw_bytes };
        self.with_rows_as_lines(stream).map_err(|error| failed(error).into())
    }

    /// Looks whether a stream is a Parquet file, whose rows then are its lines.
    fn with_rows_as_lines(&self, mut stream: Stream) -> io::Result<Stream> {
        let mut magic = Vec::with_capacity(parquet::MAGIC.len());
        let peeked = stream.inner.by_ref().take(4).read_to_end(&mut magic);
        let is_parquet = magic == parquet::MAGIC;
        let magic = Cursor::new(magic);
        if let Err(error) = peeked {
            // It is reported when the source is read.
            let inner: Box<dyn Read + Send> = Box::new(magic.chain(Damaged(Some(error))));
            return Ok(Stream { inner, ..stream });
        }
        let mut whole = magic.chain(stream.inner);
        if !is_parquet {
            return Ok(Stream { inner: Box::new(whole), ..stream });
        }
        let file = match (&self.origin, stream.compression) {
            (Origin::File(path), Compression::None) if path.is_file() => File::open(path)?,
            _ => parquet::spool(&mut whole)?,
        };
        let rows = parquet::Rows::open(file, Arc::clone(&stream.raw_bytes))?;
        let compression = Compression::Parquet;
        Ok(Stream { inner: Box::new(rows), compression, raw_bytes: stream.raw_bytes })
    }
}

/// A stream that fails where it begins.
struct Damaged(Option<io::Error>);

impl Read for Damaged {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        self.0.take().map_or(Ok(0), Err)
    }
}

/// Counts the bytes that pass.
struct Counted {
    inner: Box<dyn Read + Send>,
    bytes: Arc<AtomicU64>,
}

impl Read for Counted {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(into)?;
        self.bytes.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}
