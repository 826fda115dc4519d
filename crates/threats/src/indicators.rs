//! The indicators: one file and one line each.

use domain::{Event, Threat};

use crate::{Indicator, Page, Reference};

mod automated_bots;
mod brute_force;
mod credential_stuffing;
mod ip_spoofing;
mod session_hijacking;
mod token_abuse;
mod unauthorized_access;
mod vulnerability_probing;

/// Every indicator, in the order of catalogues.
pub const INDICATORS: &[&dyn Indicator] = &[
    &automated_bots::AutomatedBots,
    &brute_force::BruteForce,
    &credential_stuffing::CredentialStuffing,
    &session_hijacking::SessionHijacking,
    &token_abuse::TokenAbuse,
    &vulnerability_probing::VulnerabilityProbing,
    &ip_spoofing::IpSpoofing,
    &unauthorized_access::UnauthorizedAccess,
];

/// What people read about a threat; `None` for one that no indicator names.
pub fn page_of(threat: Threat) -> Option<&'static Page> {
    indicator_of(threat).map(|found| found.page())
}

/// Whether an event is of the kind that a threat is made of, whoever found it. Any event is for one that no
/// indicator names.
pub fn is_made_of(threat: Threat, event: &Event) -> bool {
    indicator_of(threat).is_none_or(|indicator| indicator.concerns(event))
}

fn indicator_of(threat: Threat) -> Option<&'static dyn Indicator> {
    INDICATORS.iter().copied().find(|indicator| indicator.threat() == threat)
}

/// An entry of MITRE ATT&CK or of the OWASP API Security Top 10.
const fn reference(id: &'static str, name: &'static str) -> Reference {
    Reference { id, name }
}

#[cfg(test)]
mod tests;
