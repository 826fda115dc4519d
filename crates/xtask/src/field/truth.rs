use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use domain::Client;
use jiff::Timestamp;
use serde::Deserialize;

use super::lines_of;

/// What happened in a recording, as far as one of its logs shows it.
#[derive(Clone, Debug)]
pub(super) struct Truth {
    /// Those that the log has lines of.
    pub(super) campaigns: Vec<Campaign>,
    /// The names of the others.
    pub(super) absent: Vec<String>,
    /// The group of each normal client. Where the log hides who came through a proxy, attackers may share
    /// its address.
    pub(super) normals: BTreeMap<String, String>,
    pub(super) trusted_proxies: Vec<String>,
}

/// One attack.
#[derive(Clone, Debug)]
pub(super) struct Campaign {
    pub(super) name: String,
    /// As alerts call it.
    pub(super) threat: &'static str,
    pub(super) tool: String,
    /// The addresses that the log shows for its requests.
    pub(super) sources: BTreeSet<String>,
    pub(super) requests: usize,
    pub(super) first_request: Timestamp,
}

/// A line of `request_truth.csv.gz`: what the line of the same number in each log is.
#[derive(Debug, Deserialize)]
pub(super) struct Label {
    pub(super) ts: f64,
    pub(super) remote_addr: String,
    /// Empty where it is no attack's.
    pub(super) campaign: String,
}

/// A line of `truth.csv`.
#[derive(Debug, Deserialize)]
struct Line {
    campaign: String,
    label: String,
    threat_type: String,
    tool: String,
    n_requests: usize,
    source_ips: String,
    /// What a log without forwarded chains shows instead, where that differs; `-` where it has none of the
    /// lines. Needed where no label a request tells it.
    #[serde(default)]
    seen_from: String,
    first_request: Timestamp,
}

/// By campaign, from where its requests reached the server.
type Peers = BTreeMap<String, BTreeSet<String>>;

#[derive(Debug, Deserialize)]
struct Meta {
    deployment: Deployment,
}

#[derive(Debug, Deserialize)]
struct Deployment {
    trusted_proxies: Vec<String>,
}

impl Truth {
    /// Reads `truth.csv` and `meta.json` of a recording, and its labels a request where it has them, for
    /// one of its logs.
    pub(super) fn read(recording: &Path, log: &str) -> Result<Self> {
        let meta = fs::read(recording.join("meta.json")).context("meta.json")?;
        let meta: Meta = serde_json::from_slice(&meta).context("meta.json")?;
        let mut truth = Self {
            campaigns: Vec::new(),
            absent: Vec::new(),
            normals: BTreeMap::new(),
            trusted_proxies: meta.deployment.trusted_proxies,
        };
        let peers = labels(recording)?.map(|labels| peers(&labels));
        let mut table = csv::Reader::from_path(recording.join("truth.csv"))?;
        for line in table.deserialize() {
            truth.add(line.context("truth.csv")?, peers.as_ref(), hides_chains(log))?;
        }
        Ok(truth)
    }

    /// The same of a log that has lines of these campaigns alone.
    pub(super) fn of(&self, campaigns: &BTreeSet<&str>) -> Self {
        let mut truth = self.clone();
        truth.campaigns.retain(|campaign| campaigns.contains(campaign.name.as_str()));
        truth
    }

    /// Whether normal clients share an address of a campaign: then it says less about who they are.
    pub(super) fn shares(&self, source: &str) -> bool {
        self.normals.contains_key(source)
    }

    fn add(&mut self, line: Line, peers: Option<&Peers>, hides_chains: bool) -> Result<()> {
        if line.label == "normal" {
            let group = line.campaign.trim_start_matches("normal:");
            let sources = words(&line.source_ips).into_iter();
            self.normals.extend(sources.map(|source| (source, group.to_owned())));
            return Ok(());
        }
        let sources = line.sources(peers, hides_chains);
        if sources.is_empty() {
            self.absent.push(line.campaign);
            return Ok(());
        }
        self.campaigns.push(Campaign {
            threat: threat_name(&line.threat_type)
                .with_context(|| format!("unknown threat {:?}", line.threat_type))?,
            sources,
            name: line.campaign,
            tool: line.tool,
            requests: line.n_requests,
            first_request: line.first_request,
        });
        Ok(())
    }
}

impl Line {
    /// The addresses that a log shows for a campaign's requests; none where it has none of them.
    fn sources(&self, peers: Option<&Peers>, hides_chains: bool) -> BTreeSet<String> {
        match peers.map(|peers| peers.get(&self.campaign)) {
            Some(None) => BTreeSet::new(),
            Some(Some(peers)) if hides_chains => peers.clone(),
            None if hides_chains && self.seen_from == "-" => BTreeSet::new(),
            None if hides_chains && !self.seen_from.is_empty() => words(&self.seen_from),
            _ => words(&self.source_ips),
        }
    }
}

/// The label of each line, where a recording has them.
pub(super) fn labels(recording: &Path) -> Result<Option<Vec<Label>>> {
    let path = recording.join("request_truth.csv.gz");
    if !path.exists() {
        return Ok(None);
    }
    let labels = lines_of(&path)?.join(&b'\n');
    let mut table = csv::Reader::from_reader(labels.as_slice());
    let labels: csv::Result<_> = table.deserialize().collect();
    labels.map(Some).with_context(|| path.display().to_string())
}

fn peers(labels: &[Label]) -> Peers {
    let mut peers = Peers::new();
    for label in labels.iter().filter(|label| !label.campaign.is_empty()) {
        peers.entry(label.campaign.clone()).or_default().insert(client_of(&label.remote_addr));
    }
    peers
}

/// Whether a log tells the address that a connection came from and no more.
fn hides_chains(log: &str) -> bool {
    log.contains("combined")
}

fn words(text: &str) -> BTreeSet<String> {
    text.split_whitespace().map(client_of).collect()
}

/// An address as alerts name its client: of IPv6 the network, which is one household's.
pub(super) fn client_of(address: &str) -> String {
    match address.parse() {
        Ok(address) => Client::from_ip(address).to_string(),
        Err(_) => address.to_owned(),
    }
}

/// The recordings' names of threats, as alerts give them.
fn threat_name(recorded: &str) -> Option<&'static str> {
    Some(match recorded {
        "bot" => "automated_bots",
        "brute_force" => "brute_force",
        "credential_stuffing" => "credential_stuffing",
        "session_hijack" => "session_hijacking",
        "token_abuse" => "token_abuse",
        "vuln_probing" => "vulnerability_probing",
        "ip_spoofing" => "ip_spoofing",
        "unauthorized_access" => "unauthorized_access",
        _ => return None,
    })
}
