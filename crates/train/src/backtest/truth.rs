//! What is known to have happened in a log.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::path::Path;

use csv::StringRecord;
use domain::{Client, Threat, Timestamp};

use crate::error::{Error, data};
use crate::table::read_bytes;

/// What is known to have happened.
#[derive(Clone, Debug, Default)]
pub struct Truth {
    /// The attacks, in the order of the file.
    pub campaigns: Vec<Campaign>,
    /// The group of each client that is known to be normal.
    pub normals: BTreeMap<String, String>,
    /// Whether a client that is not listed is normal. Otherwise nothing is known of it.
    pub is_complete: bool,
}

/// One attack.
#[derive(Clone, Debug)]
pub struct Campaign {
    /// Its name.
    pub name: String,
    /// What it is.
    pub threat: Threat,
    /// By what it was made; empty where nobody says.
    pub tool: String,
    /// Its clients, as alerts write them.
    pub sources: BTreeSet<String>,
    /// Event time of its first request.
    pub first: Timestamp,
    /// Event time of its last request; that of the first where nobody says.
    pub last: Timestamp,
    /// The times of its requests by client, where the truth has a label a request.
    pub requests: Option<BTreeMap<String, Vec<Timestamp>>>,
}

/// A list of sources that means every client not listed elsewhere.
const EVERYONE_ELSE: &str = "*";

impl Truth {
    /// Reads a truth: a CSV table with a line a campaign (`campaign`, `threat_type`, `source_ips`,
    /// `first_request`, and if wanted `label`, `tool`, `last_request`), or one with a line a request
    /// (`remote_addr`, `ts`, `threat`, and if wanted `label`, `campaign`, `actor_group`). gzip and
    /// zstd are undone.
    ///
    /// A line whose `label` is `normal` lists clients that did nothing; `*` in its `source_ips` says
    /// that nobody else did anything. A table with a line a request says so by itself.
    ///
    /// # Errors
    /// When the file cannot be read, lacks a column, or has a line that makes no sense: the message
    /// names the line and the value, then the rule.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let about = |error: Error| error.about(path.display().to_string());
        let bytes = read_bytes(path).map_err(about)?;
        Self::parse(&bytes).map_err(about)
    }

    /// The same, from the bytes of the table.
    ///
    /// # Errors
    /// As [`Truth::read`].
    pub fn parse(bytes: &[u8]) -> Result<Self, Error> {
        let mut table = csv::ReaderBuilder::new().from_reader(bytes);
        let header = table.headers().map_err(|error| data(error.to_string()))?.clone();
        let columns = Columns::of(&header);
        if columns.place("source_ips").is_ok() {
            Self::of_campaigns(&mut table, &columns)
        } else if columns.place("remote_addr").is_ok() {
            Self::of_requests(&mut table, &columns)
        } else {
            let found = header.iter().collect::<Vec<_>>().join(", ");
            Err(data(format!(
                "columns {found:?}: must have source_ips (a line a campaign) or remote_addr (a line \
                 a request)"
            )))
        }
    }

    /// The clients that attacked.
    pub fn attackers(&self) -> BTreeSet<&str> {
        self.campaigns.iter().flat_map(|campaign| &campaign.sources).map(String::as_str).collect()
    }

    fn of_campaigns(table: &mut csv::Reader<&[u8]>, columns: &Columns) -> Result<Self, Error> {
        let mut truth = Self::default();
        let mut record = StringRecord::new();
        while next(table, &mut record)? {
            let line = Line { columns, record: &record };
            let listed = line.text("source_ips")?;
            let sources: BTreeSet<String> = listed
                .split(|c: char| c.is_whitespace() || matches!(c, ',' | ';'))
                .filter(|source| !source.is_empty())
                .map(client_name)
                .collect();
            let name = line.optional("campaign");
            if line.is_normal()? {
                truth.is_complete |= sources.contains(EVERYONE_ELSE);
                let group = name.strip_prefix("normal:").unwrap_or(name);
                let sources = sources.into_iter().filter(|source| source != EVERYONE_ELSE);
                truth.normals.extend(sources.map(|source| (source, group.to_owned())));
                continue;
            }
            if sources.is_empty() || sources.contains(EVERYONE_ELSE) {
                let rule = "an attack must list its clients";
                return Err(line.invalid("source_ips", listed, rule));
            }
            let first = line.time("first_request")?;
            let last = match line.optional("last_request") {
                "" => first,
                _ => line.time("last_request")?,
            };
            let threat = line.threat("threat_type")?;
            let name = match (name, sources.first()) {
                ("", Some(source)) => name_of(threat, source),
                _ => name.to_owned(),
            };
            truth.campaigns.push(Campaign {
                name,
                threat,
                tool: line.optional("tool").to_owned(),
                sources,
                first,
                last: last.max(first),
                requests: None,
            });
        }
        Ok(truth)
    }

    fn of_requests(table: &mut csv::Reader<&[u8]>, columns: &Columns) -> Result<Self, Error> {
        let mut truth = Self { is_complete: true, ..Self::default() };
        let mut places: BTreeMap<(String, Threat), usize> = BTreeMap::new();
        let mut record = StringRecord::new();
        while next(table, &mut record)? {
            let line = Line { columns, record: &record };
            let client = client_name(line.text("remote_addr")?);
            if line.is_normal()? {
                let group = line.optional("actor_group").to_owned();
                truth.normals.entry(client).or_insert(group);
                continue;
            }
            let (threat, at) = (line.threat("threat")?, line.time("ts")?);
            let name = match line.optional("campaign") {
                "" => name_of(threat, &client),
                name => name.to_owned(),
            };
            let place = *places.entry((name, threat)).or_insert_with_key(|(name, _)| {
                truth.campaigns.push(Campaign {
                    name: name.clone(),
                    threat,
                    tool: String::new(),
                    sources: BTreeSet::new(),
                    first: at,
                    last: at,
                    requests: Some(BTreeMap::new()),
                });
                truth.campaigns.len() - 1
            });
            truth.campaigns[place].take(client, at);
        }
        // Who attacked once is no normal client, whatever else it did.
        for source in truth.campaigns.iter().flat_map(|campaign| &campaign.sources) {
            truth.normals.remove(source);
        }
        Ok(truth)
    }
}

impl Campaign {
    fn take(&mut self, client: String, at: Timestamp) {
        self.first = self.first.min(at);
        self.last = self.last.max(at);
        self.sources.insert(client.clone());
        self.requests.get_or_insert_default().entry(client).or_default().push(at);
    }
}

/// The name of a campaign that was given none.
fn name_of(threat: Threat, source: &str) -> String {
    format!("{threat} by {source}")
}

/// A client as alerts write it: IPv6 by its /64, mapped IPv4 as IPv4, a host name as it is.
fn client_name(text: &str) -> String {
    match text.parse::<IpAddr>() {
        Ok(address) => Client::from_ip(address).to_string(),
        Err(_) => text.to_owned(),
    }
}

/// What stands where in a line.
struct Columns(BTreeMap<String, usize>);

impl Columns {
    fn of(header: &StringRecord) -> Self {
        let names = header.iter().enumerate();
        Self(names.map(|(place, name)| (name.trim().to_owned(), place)).collect())
    }

    fn place(&self, name: &str) -> Result<usize, Error> {
        let place = self.0.get(name).copied();
        place.ok_or_else(|| {
            let found: Vec<&str> = self.0.keys().map(String::as_str).collect();
            data(format!("columns {:?}: must have {name}", found.join(", ")))
        })
    }
}

/// One line of a truth.
struct Line<'a> {
    columns: &'a Columns,
    record: &'a StringRecord,
}

impl<'a> Line<'a> {
    fn text(&self, column: &str) -> Result<&'a str, Error> {
        Ok(self.record.get(self.columns.place(column)?).unwrap_or("").trim())
    }

    /// The text of a column that may be missing: empty then.
    fn optional(&self, column: &str) -> &'a str {
        self.text(column).unwrap_or("")
    }

    fn is_normal(&self) -> Result<bool, Error> {
        match self.optional("label") {
            "normal" => Ok(true),
            // A label a request names the threat itself.
            _ if self.columns.place("remote_addr").is_ok() => Ok(self.text("threat")? == "normal"),
            "" | "attack" => Ok(false),
            other => Err(self.invalid("label", other, "must be attack or normal")),
        }
    }

    fn threat(&self, column: &str) -> Result<Threat, Error> {
        let text = self.text(column)?;
        threat_of(text).map_err(|rule| self.invalid(column, text, &rule))
    }

    fn time(&self, column: &str) -> Result<Timestamp, Error> {
        let text = self.text(column)?;
        time_of(text).ok_or_else(|| {
            let rule = "must be RFC 3339 (2026-11-22T21:45:03Z) or seconds since 1970";
            self.invalid(column, text, rule)
        })
    }

    fn invalid(&self, column: &str, value: &str, rule: &str) -> Error {
        let line = self.record.position().map_or(0, csv::Position::line);
        data(format!("line {line}: invalid {column} {value:?}: {rule}"))
    }
}

fn next(table: &mut csv::Reader<&[u8]>, record: &mut StringRecord) -> Result<bool, Error> {
    table.read_record(record).map_err(|error| data(error.to_string()))
}

/// A threat by the name that alerts give it, or by a shorter one that recordings use.
fn threat_of(text: &str) -> Result<Threat, String> {
    match text {
        "bot" => Ok(Threat::AutomatedBots),
        "session_hijack" => Ok(Threat::SessionHijacking),
        "vuln_probing" => Ok(Threat::VulnerabilityProbing),
        "unclassified" => Err("a truth must say what the attack is".to_owned()),
        other => other.parse().map_err(|_| {
            let known = Threat::ALL.iter().filter(|threat| **threat != Threat::Unclassified);
            let known: Vec<&str> = known.map(|threat| threat.name()).collect();
            format!("must be one of {}", known.join(", "))
        }),
    }
}

/// RFC 3339, or seconds since 1970 with a fraction.
fn time_of(text: &str) -> Option<Timestamp> {
    if let Ok(at) = text.parse::<jiff::Timestamp>() {
        return Some(Timestamp::from_micros(at.as_microsecond()));
    }
    let secs = text.parse::<f64>().ok().filter(|secs| secs.abs() < 1e11)?;
    Some(Timestamp::from_micros((secs * 1e6).round() as i64))
}

#[cfg(test)]
#[path = "truth_tests.rs"]
mod tests;
