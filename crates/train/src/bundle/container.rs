//! The file around a bundle: what it is, how long its parts are, the parts, and a checksum.
//!
//! ```text
//! "apiwardn" │ version u32 │ manifest length u64 │ tensors length u64 │ manifest (JSON)
//!            │ tensors (safetensors) │ BLAKE3 of everything before (32 bytes)
//! ```
//! Numbers are little-endian.

use std::borrow::Cow;

use models::NamedTensor;
use safetensors::tensor::{Dtype, SafeTensors, View};

use crate::error::{Error, data, internal};

pub(crate) const MAGIC: &[u8; 8] = b"apiwardn";
/// The version that this program writes, and the only one it reads.
pub const VERSION: u32 = 1;
/// What the manifest of a bundle that was trained on logs says that it is.
pub(crate) const SITE: &str = "site";
const HEAD_BYTES: usize = 8 + 4 + 8 + 8;
const CHECKSUM_BYTES: usize = 32;

/// A tensor as safetensors asks for it.
struct Block<'a>(&'a NamedTensor);

impl View for Block<'_> {
    fn dtype(&self) -> Dtype {
        Dtype::F32
    }

    fn shape(&self) -> &[usize] {
        &self.0.shape
    }

    fn data(&self) -> Cow<'_, [u8]> {
        Cow::Owned(self.0.values.iter().flat_map(|value| value.to_le_bytes()).collect())
    }

    fn data_len(&self) -> usize {
        4 * self.0.values.len()
    }
}

/// The bytes of a bundle file.
pub(crate) fn write(manifest: &[u8], tensors: &[NamedTensor]) -> Result<Vec<u8>, Error> {
    // Names get their place in front, so that the order of the tensors survives.
    let named = tensors
        .iter()
        .enumerate()
        .map(|(at, tensor)| (format!("{at:04}.{}", tensor.name), Block(tensor)));
    let tensors = safetensors::serialize(named, None)
        .map_err(|error| internal(format!("tensors that cannot be written: {error}")))?;
    let mut bytes =
        Vec::with_capacity(HEAD_BYTES + manifest.len() + tensors.len() + CHECKSUM_BYTES);
    bytes.extend_from_slice(MAGIC);
    bytes.extend_from_slice(&VERSION.to_le_bytes());
    bytes.extend_from_slice(&(manifest.len() as u64).to_le_bytes());
    bytes.extend_from_slice(&(tensors.len() as u64).to_le_bytes());
    bytes.extend_from_slice(manifest);
    bytes.extend_from_slice(&tensors);
    let checksum = blake3::hash(&bytes);
    bytes.extend_from_slice(checksum.as_bytes());
    Ok(bytes)
}

/// The manifest and the tensors of a bundle file.
pub(crate) fn read(bytes: &[u8]) -> Result<(&[u8], Vec<NamedTensor>), Error> {
    let (manifest_bytes, tensors_bytes) = read_head(bytes)?;
    let body = &bytes[..bytes.len() - CHECKSUM_BYTES];
    if blake3::hash(body).as_bytes() != &bytes[body.len()..] {
        return Err(data("damaged bundle: its checksum is wrong"));
    }
    let (manifest, tensors) = body[HEAD_BYTES..].split_at(manifest_bytes);
    debug_assert_eq!(tensors.len(), tensors_bytes);
    Ok((manifest, read_tensors(tensors)?))
}

/// The lengths of the two parts, which with head and checksum make up the file.
fn read_head(bytes: &[u8]) -> Result<(usize, usize), Error> {
    if !bytes.starts_with(MAGIC) {
        return Err(data("not a bundle: it does not begin as one does"));
    }
    if bytes.len() < HEAD_BYTES + CHECKSUM_BYTES {
        return Err(data(format!("damaged bundle: it ends after {} bytes", bytes.len())));
    }
    let number = |at: usize| {
        let field: [u8; 8] = bytes[at..at + 8].try_into().expect("the head is long enough");
        u64::from_le_bytes(field)
    };
    let version = number(8) as u32;
    if version != VERSION {
        return Err(data(format!(
            "bundle of version {version}: this program reads version {VERSION}; train it again"
        )));
    }
    let (manifest, tensors) = (number(12), number(20));
    let wanted = manifest
        .checked_add(tensors)
        .and_then(|sum| sum.checked_add((HEAD_BYTES + CHECKSUM_BYTES) as u64));
    if wanted != Some(bytes.len() as u64) {
        return Err(data(format!(
            "damaged bundle: it has {} bytes, its head tells another length",
            bytes.len()
        )));
    }
    Ok((manifest as usize, tensors as usize))
}

fn read_tensors(bytes: &[u8]) -> Result<Vec<NamedTensor>, Error> {
    let damaged = |error: &dyn std::fmt::Display| data(format!("damaged bundle: {error}"));
    let tensors = SafeTensors::deserialize(bytes).map_err(|error| damaged(&error))?;
    let mut named: Vec<_> = tensors.tensors();
    named.sort_by(|a, b| a.0.cmp(&b.0));
    let mut read = Vec::with_capacity(named.len());
    for (name, view) in named {
        if view.dtype() != Dtype::F32 {
            return Err(damaged(&format!("tensor {name} does not hold 32-bit floats")));
        }
        let name = name.split_once('.').map_or(name.as_str(), |(_, name)| name).to_owned();
        let value = |chunk: &[u8]| f32::from_le_bytes([chunk[0], chunk[1], chunk[2], chunk[3]]);
        let values = view.data().chunks_exact(4).map(value).collect();
        read.push(NamedTensor { name, shape: view.shape().to_vec(), values });
    }
    Ok(read)
}
