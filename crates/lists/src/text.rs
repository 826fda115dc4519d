use std::net::IpAddr;
use std::path::Path;

use domain::IpType;
use ipnet::IpNet;

use crate::{ListsError, ListsErrorKind};

/// A range of a list.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Entry {
    pub(crate) network: IpNet,
    pub(crate) kind: IpType,
    /// The crawler or the operator; empty where none is named.
    pub(crate) name: String,
}

/// What the name of a text file says of its ranges: `vpn-example.txt`, `crawler-googlebot.txt`.
pub(crate) fn kind_of_name(file: &Path) -> Result<(IpType, String), ListsError> {
    let stem = file.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
    let (word, name) = stem.split_once(['-', '_', '.']).unwrap_or((stem, ""));
    let kind = kind(word).ok_or_else(|| ListsErrorKind::UnknownName.of(file))?;
    let name = name.to_ascii_lowercase();
    check_crawler(kind, &name).map_err(|kind| kind.of(file))?;
    Ok((kind, name))
}

/// Reads one range a line.
pub(crate) fn read_lines(file: &Path, text: &str) -> Result<Vec<Entry>, ListsError> {
    let (kind, name) = kind_of_name(file)?;
    let mut entries = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let line = line.split(['#', ';']).next().unwrap_or_default().trim();
        if line.is_empty() {
            continue;
        }
        let network = network(line).map_err(|kind| kind.at(file, number + 1))?;
        entries.push(Entry { network, kind, name: name.clone() });
    }
    Ok(entries)
}

/// Reads `range,kind` or `range,kind,name`.
pub(crate) fn read_table(file: &Path, text: &str) -> Result<Vec<Entry>, ListsError> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .comment(Some(b'#'))
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes());
    let mut entries = Vec::new();
    for row in reader.records() {
        let row = row.map_err(|error| {
            let line = error.position().map_or(0, |position| position.line() as usize);
            ListsErrorKind::Io(std::io::Error::other(error)).at(file, line)
        })?;
        let line = row.position().map_or(0, |position| position.line() as usize);
        let first = entries.is_empty() && row.get(0) == Some("range");
        if !first {
            entries.push(entry(&row).map_err(|kind| kind.at(file, line))?);
        }
    }
    Ok(entries)
}

fn entry(row: &csv::StringRecord) -> Result<Entry, ListsErrorKind> {
    let (range, word, name) = match row.len() {
        2 => (&row[0], &row[1], ""),
        3 => (&row[0], &row[1], &row[2]),
        other => return Err(ListsErrorKind::Row(other)),
    };
    let network = network(range)?;
    let kind = kind(word).ok_or_else(|| ListsErrorKind::Kind(shown(word)))?;
    let name = name.to_ascii_lowercase();
    check_crawler(kind, &name)?;
    Ok(Entry { network, kind, name })
}

fn kind(word: &str) -> Option<IpType> {
    let known = [IpType::Datacenter, IpType::Vpn, IpType::Tor, IpType::Crawler];
    known.into_iter().find(|kind| kind.name() == word.to_ascii_lowercase())
}

/// A crawler is known by a word of its agent; a short one is in many.
fn check_crawler(kind: IpType, name: &str) -> Result<(), ListsErrorKind> {
    if kind == IpType::Crawler && name.len() < 3 {
        return Err(ListsErrorKind::Crawler(shown(name)));
    }
    Ok(())
}

fn network(text: &str) -> Result<IpNet, ListsErrorKind> {
    let network = text.parse().ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from));
    network.ok_or_else(|| ListsErrorKind::Range(shown(text)))
}

/// A value as an error shows it: a line may hold anything of any length.
fn shown(text: &str) -> String {
    text.chars().take(60).collect()
}
