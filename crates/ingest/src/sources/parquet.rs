//! Parquet files as rows, whatever they claim, and those as lines: a JSON object a row.

mod claims;
mod pages;
mod thrift;

use std::cell::Cell;
use std::fs::File;
use std::io::{self, Read, Seek, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use domain::Timestamp;
use parquet::file::reader::{ChunkReader, FileReader, SerializedFileReader};
use parquet::record::reader::RowIter;
use parquet::record::{Field, Row};

use pages::Checked;

/// What such files begin with.
pub(super) const MAGIC: &[u8; 4] = b"PAR1";

/// Bytes of lines that are made at a time.
const CHUNK_BYTES: usize = 64 * 1024;

/// Most bytes of a file that comes by a pipe, or compressed as a whole: it is laid down in the temporary
/// folder, since what the columns are stands at its end.
const MAX_SPOOLED_BYTES: u64 = 16 * 1024 * 1024 * 1024;

/// Rows whose values are decoded at a time.
const BATCH_ROWS: usize = 64;

/// Deepest nesting of a column that is written.
const MAX_DEPTH: usize = 16;

/// The rows of a file that nobody vouches for: what it claims of itself is looked at before memory is set
/// aside for it, and a panic of the crate that unpacks it is damage of the file.
pub struct ParquetRows {
    rows: RowIter<'static>,
    column_names: Vec<String>,
    all_rows: u64,
    is_done: bool,
}

impl ParquetRows {
    /// Opens a file; `described` reads the same bytes.
    ///
    /// # Errors
    /// Of the kind `InvalidData` where the file is damaged, packed in a way that is not known, or claims
    /// what it cannot hold or nobody has the memory for.
    pub fn open<F: ChunkReader + 'static>(
        file: F,
        mut described: impl Read + Seek,
    ) -> io::Result<Self> {
        let unless_damaged = |error: io::Error| match error.kind() {
            io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof => damaged(error.to_string()),
            _ => error,
        };
        claims::check_footer(&mut described).map_err(unless_damaged)?;
        let reader = guarded(|| SerializedFileReader::new(file))?;
        claims::check_pages(&mut described, reader.metadata()).map_err(unless_damaged)?;
        let metadata = reader.metadata().file_metadata();
        let fields = metadata.schema().get_fields();
        let column_names = fields.iter().map(|field| field.name().to_owned()).collect();
        let all_rows = u64::try_from(metadata.num_rows()).unwrap_or(0);
        let rows = guarded(|| {
            let reader = Box::new(Checked(reader));
            Ok(RowIter::from_file_into(reader).with_batch_size(BATCH_ROWS))
        })?;
        Ok(Self { rows, column_names, all_rows, is_done: false })
    }

    /// The names of its columns, in the order of the file.
    pub fn column_names(&self) -> &[String] {
        &self.column_names
    }
}

/// After an error nothing comes.
impl Iterator for ParquetRows {
    type Item = io::Result<Row>;

    fn next(&mut self) -> Option<io::Result<Row>> {
        if self.is_done {
            return None;
        }
        let row = guarded(|| self.rows.next().transpose()).transpose();
        self.is_done = !matches!(row, Some(Ok(_)));
        row
    }
}

/// The rows of a file, as the bytes of JSON lines.
pub(super) struct Rows {
    rows: ParquetRows,
    lines: Vec<u8>,
    at: usize,
    /// How far reading has come, in bytes of the file.
    progress: Arc<AtomicU64>,
    read_rows: u64,
    file_bytes: u64,
}

impl Rows {
    /// Opens a file. One that is damaged, or packed in a way that is not known, is an error of the kind
    /// `InvalidData`.
    pub(super) fn open(file: File, progress: Arc<AtomicU64>) -> io::Result<Self> {
        let file_bytes = file.metadata()?.len();
        let described = file.try_clone()?;
        let rows = ParquetRows::open(file, described)?;
        let lines = Vec::with_capacity(2 * CHUNK_BYTES);
        Ok(Self { rows, lines, at: 0, progress, read_rows: 0, file_bytes })
    }

    fn fill(&mut self) -> io::Result<()> {
        self.lines.clear();
        self.at = 0;
        while self.lines.len() < CHUNK_BYTES {
            let Some(row) = self.rows.next() else { break };
            write_row(&row?, 0, &mut self.lines);
            self.lines.push(b'\n');
            self.read_rows += 1;
        }
        let all_rows = self.rows.all_rows.max(1);
        let share = self.read_rows.min(all_rows) as f64 / all_rows as f64;
        self.progress.store((self.file_bytes as f64 * share) as u64, Ordering::Relaxed);
        Ok(())
    }
}

impl Read for Rows {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.at == self.lines.len() {
            self.fill()?;
        }
        let read = into.len().min(self.lines.len() - self.at);
        into[..read].copy_from_slice(&self.lines[self.at..self.at + read]);
        self.at += read;
        Ok(read)
    }
}

/// Lays a stream down in a file without a name.
pub(super) fn spool(stream: &mut impl Read) -> io::Result<File> {
    let mut file = tempfile::tempfile()?;
    let copied = io::copy(&mut stream.take(MAX_SPOOLED_BYTES + 1), &mut file)?;
    if copied > MAX_SPOOLED_BYTES {
        let rule = format!("at most {} GiB are taken of it", MAX_SPOOLED_BYTES >> 30);
        return Err(io::Error::other(format!("parquet file too large for a stream: {rule}")));
    }
    file.flush()?;
    file.rewind()?;
    Ok(file)
}

thread_local! {
    static IS_GUARDED: Cell<bool> = const { Cell::new(false) };
}

/// Whether a panic of this thread would be caught and told as damage of a file: nobody needs its trace.
pub fn is_panic_guarded() -> bool {
    IS_GUARDED.get()
}

/// What the crate gives, be it a panic: it was not written for files of enemies.
fn guarded<T>(read: impl FnOnce() -> parquet::errors::Result<T>) -> io::Result<T> {
    IS_GUARDED.set(true);
    let ended = catch_unwind(AssertUnwindSafe(read));
    IS_GUARDED.set(false);
    match ended {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(damaged(error.to_string())),
        Err(_) => Err(damaged("its pages contradict each other".to_owned())),
    }
}

fn damaged(why: String) -> io::Error {
    let what = format!("damaged or unsupported parquet file: {why}");
    io::Error::new(io::ErrorKind::InvalidData, what)
}

/// Writes a row as an object, without what is null.
fn write_row(row: &Row, depth: usize, out: &mut Vec<u8>) {
    let fields = row.get_column_iter().map(|(name, field)| (name.as_bytes(), field));
    write_object(fields, depth, out);
}

fn write_object<'a>(
    fields: impl Iterator<Item = (&'a [u8], &'a Field)>,
    depth: usize,
    out: &mut Vec<u8>,
) {
    out.push(b'{');
    let mut is_first = true;
    for (name, field) in fields.filter(|(_, field)| !matches!(field, Field::Null)) {
        if !std::mem::take(&mut is_first) {
            out.push(b',');
        }
        write_text(name, out);
        out.push(b':');
        write_field(field, depth + 1, out);
    }
    out.push(b'}');
}

fn write_field(field: &Field, depth: usize, out: &mut Vec<u8>) {
    match field {
        _ if depth > MAX_DEPTH => out.extend_from_slice(b"null"),
        Field::Str(text) => write_text(text.as_bytes(), out),
        Field::Bytes(bytes) => write_text(bytes.data(), out),
        Field::Group(row) => write_row(row, depth, out),
        Field::ListInternal(list) => {
            out.push(b'[');
            for (at, element) in list.elements().iter().enumerate() {
                if at > 0 {
                    out.push(b',');
                }
                write_field(element, depth + 1, out);
            }
            out.push(b']');
        }
        Field::MapInternal(map) => {
            let named = map.entries().iter().filter_map(|(key, value)| match key {
                Field::Str(name) => Some((name.as_bytes(), value)),
                Field::Bytes(name) => Some((name.data(), value)),
                _ => None,
            });
            write_object(named, depth, out);
        }
        scalar => out.extend_from_slice(scalar_of(scalar).as_deref().unwrap_or("null").as_bytes()),
    }
}

/// A number, a yes or no, or a day, as JSON. Times are numbers since 1970, whose unit their size tells.
fn scalar_of(field: &Field) -> Option<String> {
    Some(match field {
        Field::Bool(value) => value.to_string(),
        Field::Byte(value) => value.to_string(),
        Field::Short(value) => value.to_string(),
        Field::Int(value) | Field::TimeMillis(value) => value.to_string(),
        Field::Long(value)
        | Field::TimeMicros(value)
        | Field::TimestampMillis(value)
        | Field::TimestampMicros(value) => value.to_string(),
        Field::UByte(value) => value.to_string(),
        Field::UShort(value) => value.to_string(),
        Field::UInt(value) => value.to_string(),
        Field::ULong(value) => value.to_string(),
        Field::Float16(value) if value.to_f32().is_finite() => value.to_f32().to_string(),
        Field::Float(value) if value.is_finite() => value.to_string(),
        Field::Double(value) if value.is_finite() => value.to_string(),
        Field::Decimal(_) => field.to_string(),
        Field::Date(days) => {
            let secs = i64::from(*days) * 86_400;
            let is_sane = secs.abs() < i64::MAX / 10_000_000;
            return is_sane.then(|| format!("\"{}\"", Timestamp::from_secs(secs)));
        }
        _ => return None,
    })
}

/// Writes a text; bytes that are no UTF-8 stay as they are.
fn write_text(text: &[u8], out: &mut Vec<u8>) {
    out.push(b'"');
    for byte in text {
        match byte {
            b'"' | b'\\' => out.extend_from_slice(&[b'\\', *byte]),
            0..0x20 => out.extend_from_slice(format!("\\u{byte:04x}").as_bytes()),
            _ => out.push(*byte),
        }
    }
    out.push(b'"');
}
