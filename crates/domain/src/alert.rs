use crate::{EntityKind, Network, Score, Threat, Timestamp};

/// A verdict made durable: one an entity and threat, however many lines it took.
///
/// It is a document for people and other programs, so it holds texts, not table numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct Alert {
    /// Stable: the same log gives the same id.
    pub id: String,
    /// What it looks like.
    pub threat: Threat,
    /// How much it matters.
    pub severity: Severity,
    /// Whether its threat is only logged: it is written down, and nobody is woken by it.
    pub is_logged_only: bool,
    /// How sure: the highest score that was reached.
    pub score: Score,
    /// Who or what.
    pub entity: EntityName,
    /// The network that the entity belongs to, where it is an address and lists were given.
    pub network: Option<Network>,
    /// The addresses involved, most active first.
    pub clients: Vec<String>,
    /// The accounts involved, most active first.
    pub accounts: Vec<String>,
    /// Whose incidents or suspicions are in it, in the order of their entities; empty for an alert
    /// that is about its entity alone.
    pub members: Vec<Member>,
    /// How many incidents of others were folded into it.
    pub folded: u64,
    /// Event time of the first observation that is part of it: when its evidence began.
    pub first_seen: Timestamp,
    /// Event time at which it could first be raised: not before the event that made the evidence
    /// enough. Of several that were folded the earliest.
    pub opened_at: Timestamp,
    /// Event time of the last one.
    pub last_seen: Timestamp,
    /// How many events of the threat's own kind were found anomalous. One that is seen from several
    /// entities counts once.
    pub count: u64,
    /// Whether failed sign-ins behind it are inferred, from the size of answers and from what follows
    /// them, since their status does not tell.
    pub outcomes_inferred: bool,
    /// The numbers of the worst observation against what is normal, weightiest first.
    pub evidence: Vec<EvidenceLine>,
    /// A few of the raw lines, secrets redacted.
    pub samples: Vec<Sample>,
    /// MITRE ATT&CK techniques.
    pub mitre: Vec<&'static str>,
    /// OWASP API Security Top 10 (2023) entries.
    pub owasp: Vec<&'static str>,
}

/// An entity in words.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EntityName {
    /// Which kind.
    pub kind: EntityKind,
    /// Address, account name, credential fingerprint, or `METHOD /template`.
    pub value: String,
}

/// Somebody who is part of an alert about more than one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Who or what.
    pub entity: EntityName,
    /// Event time of its first anomalous or suspicious observation.
    pub first_seen: Timestamp,
    /// How many there were.
    pub count: u64,
}

/// Evidence, ready to be shown.
#[derive(Clone, Debug, PartialEq)]
pub struct EvidenceLine {
    /// The column of the feature schema.
    pub feature: &'static str,
    /// What was seen.
    pub value: f32,
    /// The lower end of normal.
    pub normal_low: f32,
    /// The upper end of normal.
    pub normal_high: f32,
    /// How many times beyond the nearer end of normal.
    pub ratio: f32,
    /// The part of the score that it carries.
    pub contribution: f32,
}

/// A raw line behind an alert.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sample {
    /// The file as it was named, or `-`.
    pub source: String,
    /// Bytes from the start of the decompressed stream.
    pub offset: u64,
    /// The line, secrets redacted, cut to a bounded length.
    pub line: String,
}

/// How much an alert matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Worth knowing.
    Low,
    /// Worth a look today.
    Medium,
    /// Worth a look now.
    High,
    /// Worth waking someone.
    Critical,
}

impl Severity {
    /// All of them, mildest first.
    pub const ALL: [Self; 4] = [Self::Low, Self::Medium, Self::High, Self::Critical];

    /// The name that outputs use.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}
