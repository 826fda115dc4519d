use domain::{Alert, EvidenceLine, Member, Network, Sample};
use serde::Serialize;

/// An alert as programs read it: `docs/reference/alert.md` tells each field.
#[derive(Clone, Debug, Serialize)]
pub struct Document<'a> {
    /// Stable: the same log gives the same id.
    pub id: &'a str,
    /// One of the nine threat names.
    pub threat: &'static str,
    /// `low`, `medium`, `high` or `critical`.
    pub severity: &'static str,
    /// `alert`, or `log` for a threat that is only logged: nobody is meant to be woken by it.
    pub mode: &'static str,
    /// 0 to 1, higher is worse.
    pub score: f32,
    /// Who or what.
    pub entity: EntityDocument<'a>,
    /// The network that the entity belongs to; `null` where it is no address, or no lists were given.
    pub network: Option<NetworkDocument<'a>>,
    /// Addresses involved, most active first.
    pub clients: &'a [String],
    /// Accounts involved, most active first.
    pub accounts: &'a [String],
    /// Whose incidents or suspicions are in it; empty for one that is about its entity alone.
    pub members: Vec<MemberDocument<'a>>,
    /// How many incidents of others were folded into it.
    pub folded: u64,
    /// RFC 3339, UTC: when its evidence began.
    pub first_seen: String,
    /// RFC 3339, UTC: when it could first be raised.
    pub opened_at: String,
    /// RFC 3339, UTC.
    pub last_seen: String,
    /// How many events were found anomalous.
    pub count: u64,
    /// Whether failed sign-ins behind it are inferred, from the size of answers and from what follows
    /// them, since their status does not tell.
    pub outcomes_inferred: bool,
    /// The numbers against what is normal, weightiest first.
    pub evidence: Vec<EvidenceDocument>,
    /// Raw lines, secrets redacted.
    pub samples: Vec<SampleDocument<'a>>,
    /// MITRE ATT&CK techniques.
    pub mitre: &'a [&'static str],
    /// OWASP API Security Top 10 (2023) entries.
    pub owasp: &'a [&'static str],
}

/// Who or what an alert is about.
#[derive(Clone, Debug, Serialize)]
pub struct EntityDocument<'a> {
    /// `client`, `account`, `credential` or `endpoint`.
    pub kind: &'static str,
    /// Address, account name, credential fingerprint, or method and path template.
    pub value: &'a str,
}

/// What lists tell of an address.
#[derive(Clone, Debug, Serialize)]
pub struct NetworkDocument<'a> {
    /// `private`, `crawler`, `tor`, `vpn`, `datacenter` or `default`.
    pub ip_type: &'static str,
    /// The name that a list gives to the network.
    pub name: Option<&'a str>,
    /// The number of its autonomous system.
    pub asn: Option<u32>,
    /// Who that belongs to.
    pub organisation: Option<&'a str>,
    /// ISO 3166-1, two letters.
    pub country: Option<&'a str>,
}

/// Somebody who is part of an alert.
#[derive(Clone, Debug, Serialize)]
pub struct MemberDocument<'a> {
    /// `client`, `account` or `credential`.
    pub kind: &'static str,
    /// As that of an entity.
    pub value: &'a str,
    /// RFC 3339, UTC: when it joined.
    pub first_seen: String,
    /// How many of its events were found anomalous.
    pub count: u64,
}

/// One number against what is normal here.
#[derive(Clone, Debug, Serialize)]
pub struct EvidenceDocument {
    /// The column of the feature schema.
    pub feature: &'static str,
    /// What was seen.
    pub value: f32,
    /// The lower end of normal.
    pub normal_low: f32,
    /// The upper end of normal; `null` where there is none.
    pub normal_high: Option<f32>,
    /// How many times beyond the nearer end of normal.
    pub ratio: f32,
    /// The part of the score that it carries; the parts sum to the score.
    pub contribution: f32,
}

/// A raw line.
#[derive(Clone, Debug, Serialize)]
pub struct SampleDocument<'a> {
    /// The file as it was named, or `-`.
    pub source: &'a str,
    /// Bytes from the start of the decompressed stream.
    pub offset: u64,
    /// The line, secrets redacted.
    pub line: &'a str,
}

impl<'a> From<&'a Alert> for Document<'a> {
    fn from(alert: &'a Alert) -> Self {
        Self {
            id: &alert.id,
            threat: alert.threat.name(),
            severity: alert.severity.name(),
            mode: if alert.is_logged_only { "log" } else { "alert" },
            score: alert.score.get(),
            entity: EntityDocument { kind: alert.entity.kind.name(), value: &alert.entity.value },
            network: alert.network.as_ref().map(NetworkDocument::from),
            clients: &alert.clients,
            accounts: &alert.accounts,
            members: alert.members.iter().map(MemberDocument::from).collect(),
            folded: alert.folded,
            first_seen: alert.first_seen.to_string(),
            opened_at: alert.opened_at.to_string(),
            last_seen: alert.last_seen.to_string(),
            count: alert.count,
            outcomes_inferred: alert.outcomes_inferred,
            evidence: alert.evidence.iter().map(EvidenceDocument::from).collect(),
            samples: alert.samples.iter().map(SampleDocument::from).collect(),
            mitre: &alert.mitre,
            owasp: &alert.owasp,
        }
    }
}

impl<'a> From<&'a Network> for NetworkDocument<'a> {
    fn from(network: &'a Network) -> Self {
        Self {
            ip_type: network.ip_type.name(),
            name: network.name.as_deref(),
            asn: network.asn,
            organisation: network.organisation.as_deref(),
            country: network.country.as_deref(),
        }
    }
}

impl<'a> From<&'a Member> for MemberDocument<'a> {
    fn from(member: &'a Member) -> Self {
        Self {
            kind: member.entity.kind.name(),
            value: &member.entity.value,
            first_seen: member.first_seen.to_string(),
            count: member.count,
        }
    }
}

impl From<&EvidenceLine> for EvidenceDocument {
    fn from(line: &EvidenceLine) -> Self {
        Self {
            feature: line.feature,
            value: line.value,
            normal_low: line.normal_low,
            normal_high: (line.normal_high < f32::MAX).then_some(line.normal_high),
            ratio: line.ratio,
            contribution: line.contribution,
        }
    }
}

impl<'a> From<&'a Sample> for SampleDocument<'a> {
    fn from(sample: &'a Sample) -> Self {
        Self { source: &sample.source, offset: sample.offset, line: &sample.line }
    }
}
