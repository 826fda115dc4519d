//! What the operator wants to hear of: modes of threats, and who is allowed to be odd.

use std::collections::BTreeMap;

use domain::{Entity, EntityKind, EntityName, NameId, Threat, Timestamp};
use ipnet::IpNet;

use crate::Naming;

/// A new incident of an entity and threat folds into its last one for so long, in seconds.
pub const COOLDOWN_SECS: i64 = 86_400;

/// How alerts are made of incidents.
#[derive(Clone, Debug, Default)]
pub struct Policy {
    /// Who is allowed to be odd.
    pub allowlist: Vec<Allowance>,
    /// What becomes of each threat; what is not listed alerts.
    pub modes: BTreeMap<Threat, Mode>,
}

/// What becomes of the incidents of a threat.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// They alert.
    #[default]
    Alert,
    /// They are written, marked as such, and neither counted nor a reason to fail.
    Log,
    /// They are dropped.
    Off,
}

/// An entry of the allowlist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Allowance {
    /// Who.
    pub who: Who,
    /// Threats that are allowed; all where none is named.
    pub threats: Vec<Threat>,
    /// Why, for those who read the report.
    pub reason: String,
    /// Event time from which on it holds no more.
    pub expires: Option<Timestamp>,
}

/// Whom an entry of the allowlist means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Who {
    /// Clients by address. As clients do, an IPv6 address stands for its /64.
    Network(IpNet),
    /// A client that the log gives as a host name.
    Host(String),
    /// An account by its name.
    Account(String),
    /// A credential by its fingerprint.
    Credential(String),
    /// An endpoint by method and template.
    Endpoint(String),
    /// Every agent that a pattern fits; `*` stands for any text, case does not count. An agent is
    /// what the caller says, and easily forged.
    Agent(String),
}

/// Who and what stands behind an incident, in words.
pub(crate) struct Facts<'a> {
    pub(crate) entity: &'a EntityName,
    pub(crate) clients: &'a [String],
    /// Whether `clients` are all that there were.
    pub(crate) knows_all_clients: bool,
    /// Empty where not all are known.
    pub(crate) agents: &'a [String],
}

impl Policy {
    pub(crate) fn mode(&self, threat: Threat) -> Mode {
        self.modes.get(&threat).copied().unwrap_or_default()
    }

    /// The first entry that allows an incident which ended at `last`: it must hold to its end.
    pub(crate) fn allows(
        &self,
        threat: Threat,
        last: Timestamp,
        facts: &Facts<'_>,
    ) -> Option<usize> {
        self.allowlist.iter().position(|it| it.holds(threat, last) && it.who.is_behind(facts))
    }

    /// The first entry that allows what one client does with an agent.
    pub(crate) fn allows_call(
        &self,
        threat: Threat,
        at: Timestamp,
        client: &Entity,
        agent: NameId,
        naming: &impl Naming,
    ) -> Option<usize> {
        if self.allowlist.is_empty() {
            return None;
        }
        let (entity, agents) = (naming.entity(client), [naming.agent(agent)]);
        let facts =
            Facts { entity: &entity, clients: &[], knows_all_clients: false, agents: &agents };
        self.allows(threat, at, &facts)
    }
}

impl Allowance {
    /// Whether it allows a threat at a time.
    pub fn holds(&self, threat: Threat, at: Timestamp) -> bool {
        (self.threats.is_empty() || self.threats.contains(&threat))
            && self.expires.is_none_or(|expires| at < expires)
    }
}

impl Who {
    /// Whether it means an entity of that name.
    pub fn is(&self, kind: EntityKind, value: &str) -> bool {
        match (self, kind) {
            (Self::Network(net), EntityKind::Client) => contains(*net, value),
            (Self::Host(name), EntityKind::Client)
            | (Self::Account(name), EntityKind::Account)
            | (Self::Credential(name), EntityKind::Credential)
            | (Self::Endpoint(name), EntityKind::Endpoint) => name == value,
            _ => false,
        }
    }

    /// Whether it means an agent.
    pub fn is_agent(&self, agent: &str) -> bool {
        matches!(self, Self::Agent(pattern)
            if fits(&pattern.to_ascii_lowercase(), &agent.to_ascii_lowercase()))
    }

    /// Whether everything behind an incident is its own: the entity, all its clients or all its agents.
    fn is_behind(&self, facts: &Facts<'_>) -> bool {
        let Facts { entity, clients, agents, .. } = facts;
        let all_clients = || {
            facts.knows_all_clients
                && !clients.is_empty()
                && clients.iter().all(|client| self.is(EntityKind::Client, client))
        };
        let all_agents = || !agents.is_empty() && agents.iter().all(|agent| self.is_agent(agent));
        self.is(entity.kind, &entity.value) || all_clients() || all_agents()
    }
}

/// Whether a network holds a client as alerts write it: an address, or a /64.
fn contains(net: IpNet, client: &str) -> bool {
    if let Ok(address) = client.parse::<std::net::IpAddr>() {
        return net.contains(&address);
    }
    match (client.parse::<IpNet>(), net) {
        // A single address, or another part of a /64, stands for the whole.
        (Ok(client), IpNet::V6(own)) if own.prefix_len() > 64 => client.contains(&net),
        (Ok(client), _) => net.contains(&client),
        (Err(_), _) => false,
    }
}

/// Whether a text fits a pattern in which `*` stands for any text. No backtracking: each piece takes
/// the first place that it fits.
fn fits(pattern: &str, text: &str) -> bool {
    let Some((head, rest)) = pattern.split_once('*') else { return pattern == text };
    let Some(text) = text.strip_prefix(head) else { return false };
    let (middle, tail) = rest.rsplit_once('*').unwrap_or(("", rest));
    let Some(mut text) = text.strip_suffix(tail) else { return false };
    middle.split('*').all(|piece| match text.find(piece) {
        Some(place) => {
            text = &text[place + piece.len()..];
            true
        }
        None => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_take_any_text_for_a_star() {
        for (pattern, text, expect) in [
            ("statuscake*", "statuscake/2 (eu)", true),
            ("*uptime*", "better uptime bot", true),
            ("*bot", "bots", false),
            ("a*b*c", "axxbyyc", true),
            ("a*b*c", "acb", false),
            ("ab*ba", "aba", false),
            ("*", "", true),
            ("", "", true),
            ("exact", "exactly", false),
        ] {
            assert_eq!(fits(pattern, text), expect, "{pattern} {text}");
        }
    }

    #[test]
    fn a_network_means_its_clients() {
        let who = |net: &str| Who::Network(net.parse().unwrap());
        for (net, client, expect) in [
            ("10.0.0.0/8", "10.1.2.3", true),
            ("10.0.0.0/8", "11.1.2.3", false),
            ("192.0.2.7/32", "192.0.2.7", true),
            ("2001:db8::/32", "2001:db8:1::/64", true),
            ("2001:db8::5/128", "2001:db8::/64", true),
            ("2001:db8:0:1::5/128", "2001:db8::/64", false),
            ("10.0.0.0/8", "host.example", false),
        ] {
            assert_eq!(who(net).is(EntityKind::Client, client), expect, "{net} {client}");
        }
        assert!(!who("10.0.0.0/8").is(EntityKind::Account, "10.1.2.3"));
        assert!(Who::Agent("Probe/*".into()).is_agent("probe/2"), "case does not count");
    }
}
