//! Decompression, chosen by what the bytes are, not by what the name says.

use std::io::{self, BufReader, Chain, Cursor, Read};

use flate2::bufread::MultiGzDecoder;

/// How a source is compressed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Compression {
    /// Not at all.
    #[default]
    None,
    /// gzip (RFC 1952), one member or several.
    Gzip,
    /// zstd (RFC 8878), one frame or several.
    Zstd,
    /// Within the pages of a Parquet file, whose rows are its lines.
    Parquet,
}

impl Compression {
    /// The name that outputs use.
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
            Self::Parquet => "parquet",
        }
    }

    fn of_magic(magic: &[u8]) -> Self {
        match magic {
            [0x1f, 0x8b, ..] => Self::Gzip,
            [0x28, 0xb5, 0x2f, 0xfd] | [0x50..=0x5f, 0x2a, 0x4d, 0x18] => Self::Zstd,
            _ => Self::None,
        }
    }
}

/// Looks at the first bytes of a stream and lays the fitting decoder over it.
pub(super) fn decode<R: Read + Send + 'static>(
    mut raw: R,
) -> io::Result<(Box<dyn Read + Send>, Compression)> {
    let mut magic = Vec::with_capacity(4);
    raw.by_ref().take(4).read_to_end(&mut magic)?;
    let compression = Compression::of_magic(&magic);
    let whole: Chain<Cursor<Vec<u8>>, R> = Cursor::new(magic).chain(raw);
    let decoded: Box<dyn Read + Send> = match compression {
        Compression::None | Compression::Parquet => Box::new(whole),
        Compression::Gzip => {
            Box::new(MultiGzDecoder::new(BufReader::with_capacity(64 * 1024, whole)))
        }
        Compression::Zstd => Box::new(zstd::stream::read::Decoder::new(whole)?),
    };
    Ok((decoded, compression))
}
