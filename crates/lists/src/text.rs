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

/// Agents of browsers that people use, in lower case, as of 2026; the numbers in them differ.
const BROWSERS: [&str; 8] = [
    "mozilla/5.0 (windows nt 10.0; win64; x64) applewebkit/537.36 (khtml, like gecko) \
     chrome/147.0.0.0 safari/537.36 edg/147.0.0.0 opr/127.0.0.0 vivaldi/7.9 yabrowser/26.3 edge/18",
    "mozilla/5.0 (x11; ubuntu; linux x86_64; rv:150.0) gecko/20100101 firefox/150.0",
    "mozilla/5.0 (macintosh; intel mac os x 10_15_7) applewebkit/605.1.15 (khtml, like gecko) \
     version/26.1 safari/605.1.15",
    "mozilla/5.0 (iphone; cpu iphone os 18_6 like mac os x) applewebkit/605.1.15 (khtml, like gecko) \
     crios/147.0 fxios/150.0 version/26.1 mobile/15e148 safari/604.1",
    "mozilla/5.0 (ipad; cpu os 18_6 like mac os x) applewebkit/605.1.15 (khtml, like gecko)",
    "mozilla/5.0 (linux; android 10; k; wv) applewebkit/537.36 (khtml, like gecko) version/4.0 \
     samsungbrowser/29.0 ucbrowser/15.0 chrome/147.0.0.0 mobile safari/537.36",
    "mozilla/4.0 (compatible; msie 8.0; windows nt 6.1; trident/4.0; .net clr 3.5)",
    "opera/9.80 (windows nt 6.1; u; en) presto/2.12.388 version/12.18",
];

/// A crawler is known by a word of its agent: a short one is in many, and one that browsers say too would
/// make impostors of people.
fn check_crawler(kind: IpType, name: &str) -> Result<(), ListsErrorKind> {
    if kind != IpType::Crawler {
        return Ok(());
    }
    if name.len() < 3 {
        return Err(ListsErrorKind::Crawler(shown(name)));
    }
    if BROWSERS.iter().any(|agent| agent.contains(name)) {
        return Err(ListsErrorKind::Browser(shown(name)));
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
