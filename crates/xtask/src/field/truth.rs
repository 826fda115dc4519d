use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use jiff::Timestamp;
use serde::Deserialize;

/// What happened in a recording.
#[derive(Debug)]
pub(super) struct Truth {
    pub(super) campaigns: Vec<Campaign>,
    /// The group of each normal client.
    pub(super) normals: BTreeMap<String, String>,
    pub(super) trusted_proxies: Vec<String>,
}

/// One attack.
#[derive(Debug)]
pub(super) struct Campaign {
    pub(super) name: String,
    /// As alerts call it.
    pub(super) threat: &'static str,
    pub(super) tool: String,
    pub(super) sources: Vec<String>,
    pub(super) first_request: Timestamp,
}

/// A line of `truth.csv`.
#[derive(Debug, Deserialize)]
struct Line {
    campaign: String,
    label: String,
    threat_type: String,
    tool: String,
    source_ips: String,
    first_request: Timestamp,
}

#[derive(Debug, Deserialize)]
struct Meta {
    deployment: Deployment,
}

#[derive(Debug, Deserialize)]
struct Deployment {
    trusted_proxies: Vec<String>,
}

impl Truth {
    /// Reads `truth.csv` and `meta.json` of a recording.
    pub(super) fn read(recording: &Path) -> Result<Self> {
        let meta = fs::read(recording.join("meta.json")).context("meta.json")?;
        let meta: Meta = serde_json::from_slice(&meta).context("meta.json")?;
        let trusted_proxies = meta.deployment.trusted_proxies;
        let mut truth = Self { campaigns: Vec::new(), normals: BTreeMap::new(), trusted_proxies };
        let mut table = csv::Reader::from_path(recording.join("truth.csv"))?;
        for line in table.deserialize() {
            truth.add(line.context("truth.csv")?)?;
        }
        Ok(truth)
    }

    fn add(&mut self, line: Line) -> Result<()> {
        let sources = line.source_ips.split_whitespace().map(str::to_owned);
        if line.label == "normal" {
            let group = line.campaign.trim_start_matches("normal:");
            self.normals.extend(sources.map(|source| (source, group.to_owned())));
            return Ok(());
        }
        self.campaigns.push(Campaign {
            threat: threat_name(&line.threat_type)
                .with_context(|| format!("unknown threat {:?}", line.threat_type))?,
            sources: sources.collect(),
            name: line.campaign,
            tool: line.tool,
            first_request: line.first_request,
        });
        Ok(())
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
