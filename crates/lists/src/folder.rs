use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Read;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use domain::{Client, IpType, Network, Timestamp};
use ipnet::IpNet;

use crate::crawlers::{Crawler, MAX_CRAWLERS};
use crate::database::Databases;
use crate::ranges::{Ranges, addresses, first_address};
use crate::text::{Entry, kind_of_name, read_lines, read_table};
use crate::{ListsError, ListsErrorKind};

/// Files in a folder.
pub const MAX_FILES: usize = 1_000;
/// Bytes of a file.
pub const MAX_LIST_BYTES: u64 = 512 << 20;
/// Ranges of all files: 32 bytes each.
pub const MAX_RANGES: usize = 5_000_000;

/// Everything that a folder of lists tells of addresses.
#[derive(Debug, Default)]
pub struct Lists {
    /// Who operates what, in the order of [`IpType::ALL`] and of names.
    operators: Vec<Operator>,
    pub(crate) crawlers: Vec<Crawler>,
    databases: Databases,
    oldest_crawlers: Option<Written>,
}

/// A file, and when it was last written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// The file.
    pub file: PathBuf,
    /// When it was last written.
    pub at: Timestamp,
}

/// Networks of one kind under one name.
#[derive(Debug)]
struct Operator {
    kind: IpType,
    name: String,
    ranges: Ranges,
}

impl Lists {
    /// Reads every file of a folder, in the order of their names. Hidden files and folders within are left
    /// out, and so is a `README`.
    ///
    /// # Errors
    /// When the folder cannot be read, a file's name does not tell what it holds, or a line of it cannot be
    /// what it should be: nothing is skipped silently.
    pub fn read(folder: &Path) -> Result<Self, ListsError> {
        let mut entries = Vec::new();
        let mut lists = Self::default();
        for file in files(folder)? {
            let before = entries.len();
            let extension = file.extension().and_then(|it| it.to_str()).unwrap_or_default();
            match extension.to_ascii_lowercase().as_str() {
                "txt" => {
                    kind_of_name(&file)?;
                    entries.append(&mut read_lines(&file, &text(&file)?)?);
                }
                "csv" => entries.append(&mut read_table(&file, &text(&file)?)?),
                "mmdb" => lists.databases.add(&file, bytes(&file)?)?,
                _ => return Err(ListsErrorKind::UnknownName.of(file)),
            }
            if entries[before..].iter().any(|entry| entry.kind == IpType::Crawler) {
                lists.oldest_crawlers =
                    written(&file).into_iter().chain(lists.oldest_crawlers).min_by_key(|it| it.at);
            }
            if entries.len() > MAX_RANGES {
                return Err(too_many("ranges", MAX_RANGES as u64).of(file));
            }
        }
        lists.take(entries);
        if lists.crawlers.len() > MAX_CRAWLERS {
            return Err(too_many("crawlers", MAX_CRAWLERS as u64).of(folder));
        }
        Ok(lists)
    }

    fn take(&mut self, entries: Vec<Entry>) {
        let mut by_name: BTreeMap<(IpType, String), Vec<IpNet>> = BTreeMap::new();
        for Entry { network, kind, name } in entries {
            by_name.entry((kind, name)).or_default().push(network);
        }
        for ((kind, name), networks) in by_name {
            let ranges = Ranges::of(networks);
            if kind == IpType::Crawler {
                self.crawlers.push(Crawler { name: name.clone(), ranges: ranges.clone() });
            }
            self.operators.push(Operator { kind, name, ranges });
        }
        // A longer word tells more: googlebot-image before googlebot.
        self.crawlers.sort_by(|a, b| b.name.len().cmp(&a.name.len()).then(a.name.cmp(&b.name)));
    }

    /// Whether nothing was read.
    pub fn is_empty(&self) -> bool {
        self.operators.is_empty() && self.databases.is_empty()
    }

    /// The file of crawlers' ranges that was written longest ago; `None` where there is none, or the system
    /// does not tell.
    pub fn oldest_crawlers(&self) -> Option<&Written> {
        self.oldest_crawlers.as_ref()
    }

    /// What is known of a client's network; `None` of one that has no address. It is meant to be asked once
    /// a client, not once a request.
    pub fn network(&self, client: Client) -> Option<Network> {
        let addresses = addresses(client)?;
        let address = first_address(addresses);
        let (asn, organisation) = self.databases.system(address);
        let country = self.databases.country(address);
        let operator = self.operator(addresses).filter(|operator| !operator.name.is_empty());
        let name = operator.map(|operator| operator.name.clone());
        Some(Network { ip_type: self.ip_type(client), name, asn, organisation, country })
    }

    /// What kind of network a client belongs to.
    pub fn ip_type(&self, client: Client) -> IpType {
        let Some(addresses) = addresses(client) else { return IpType::Default };
        if is_private(first_address(addresses)) {
            return IpType::Private;
        }
        self.operator(addresses).map_or(IpType::Default, |operator| operator.kind)
    }

    fn operator(&self, addresses: (u128, u128)) -> Option<&Operator> {
        self.operators.iter().find(|operator| operator.ranges.meets(addresses))
    }
}

/// The files of a folder that are lists.
fn files(folder: &Path) -> Result<Vec<PathBuf>, ListsError> {
    let failed = |error: std::io::Error| ListsErrorKind::Io(error).of(folder);
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let name = path.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
        let is_list = !name.starts_with('.') && !name.to_ascii_uppercase().starts_with("README");
        if is_list && path.is_file() {
            files.push(path);
        }
        if files.len() > MAX_FILES {
            return Err(too_many("files", MAX_FILES as u64).of(folder));
        }
    }
    files.sort_unstable();
    Ok(files)
}

fn written(file: &Path) -> Option<Written> {
    let since = fs::metadata(file).ok()?.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
    let at = Timestamp::from_secs(i64::try_from(since.as_secs()).ok()?);
    Some(Written { file: file.to_owned(), at })
}

fn bytes(file: &Path) -> Result<Vec<u8>, ListsError> {
    let read = || {
        let mut bytes = Vec::new();
        File::open(file)?.take(MAX_LIST_BYTES + 1).read_to_end(&mut bytes)?;
        std::io::Result::Ok(bytes)
    };
    let bytes = read().map_err(|error| ListsErrorKind::Io(error).of(file))?;
    if bytes.len() as u64 > MAX_LIST_BYTES {
        return Err(too_many("bytes", MAX_LIST_BYTES).of(file));
    }
    Ok(bytes)
}

fn text(file: &Path) -> Result<String, ListsError> {
    let text = String::from_utf8(bytes(file)?);
    let text = text
        .map_err(|error| ListsErrorKind::Io(std::io::Error::other(error.utf8_error())).of(file))?;
    // Editors of Windows begin a file with a mark of its encoding.
    Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
}

const fn too_many(what: &'static str, most: u64) -> ListsErrorKind {
    ListsErrorKind::TooMany { what, most }
}

/// Whether an address belongs to a network that is not routed on the internet (RFC 1918, 4193, 6598...).
fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => {
            let [a, b, ..] = v4.octets();
            v4.is_private()
                || v4.is_loopback()
                || v4.is_link_local()
                || (a == 100 && (64..128).contains(&b))
        }
        IpAddr::V6(v6) => v6.is_loopback() || v6.is_unique_local() || v6.is_unicast_link_local(),
    }
}

#[cfg(test)]
#[path = "folder_tests.rs"]
mod tests;
