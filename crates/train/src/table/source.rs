use std::fs::File;
use std::io::Read;
use std::path::Path;

use crate::error::{Error, data};

/// The file formats a table comes in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Comma-separated values with a header (RFC 4180).
    Csv,
    /// One JSON object a line.
    JsonLines,
    /// Apache Parquet.
    Parquet,
}

/// Most bytes a table may have when decompressed: a small file must not fill the memory.
pub(crate) const MAX_TABLE_BYTES: u64 = 4 << 30;

/// Reads a whole file, decompresses it where its first bytes say so, and tells its format. `-` is
/// stdin.
pub(super) fn read(path: &Path) -> Result<(Format, Vec<u8>), Error> {
    let bytes = read_bytes(path)?;
    Ok((format_of(path, &bytes), bytes))
}

/// The same, whatever they are.
pub(crate) fn read_bytes(path: &Path) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    if path.as_os_str() == "-" {
        std::io::stdin().lock().take(MAX_TABLE_BYTES + 1).read_to_end(&mut bytes)?;
    } else {
        File::open(path)?.take(MAX_TABLE_BYTES + 1).read_to_end(&mut bytes)?;
    }
    let bytes = decompress(bytes)?;
    if bytes.len() as u64 > MAX_TABLE_BYTES {
        return Err(data(format!(
            "table too large: at most {} GiB are read",
            MAX_TABLE_BYTES >> 30
        )));
    }
    Ok(bytes)
}

fn decompress(bytes: Vec<u8>) -> Result<Vec<u8>, Error> {
    let mut plain = Vec::new();
    match bytes.as_slice() {
        [0x1f, 0x8b, ..] => {
            let stream = flate2::read::MultiGzDecoder::new(bytes.as_slice());
            stream.take(MAX_TABLE_BYTES + 1).read_to_end(&mut plain).map_err(damaged)?;
        }
        [0x28, 0xb5, 0x2f, 0xfd, ..] => {
            let stream = zstd::stream::read::Decoder::new(bytes.as_slice())?;
            stream.take(MAX_TABLE_BYTES + 1).read_to_end(&mut plain).map_err(damaged)?;
        }
        _ => plain = bytes,
    }
    Ok(plain)
}

fn damaged(error: std::io::Error) -> Error {
    data(format!("damaged compressed stream: {error}"))
}

/// Parquet has a magic number; between the two text formats the name decides, and where it says
/// nothing, whether the first character opens a JSON object.
fn format_of(path: &Path, bytes: &[u8]) -> Format {
    if bytes.starts_with(b"PAR1") {
        return Format::Parquet;
    }
    let name = path.file_name().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
    let name = name.trim_end_matches(".gz").trim_end_matches(".zst");
    let first = bytes.iter().copied().find(|byte| !byte.is_ascii_whitespace());
    let says_lines = name.ends_with(".jsonl") || name.ends_with(".ndjson");
    if says_lines || !name.ends_with(".csv") && first == Some(b'{') {
        Format::JsonLines
    } else {
        Format::Csv
    }
}
