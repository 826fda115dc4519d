use domain::{Score, Severity, Threat};

/// How much an alert matters: what the threat can cost, and how sure it is.
///
/// Whoever already holds somebody's account or session, or is about to, comes before whoever only
/// looks around.
pub fn severity(threat: Threat, score: Score) -> Severity {
    let is_sure = score.get() >= 0.9;
    let is_likely = score.get() >= 0.7;
    match threat {
        Threat::BruteForce
        | Threat::CredentialStuffing
        | Threat::SessionHijacking
        | Threat::TokenAbuse
        | Threat::UnauthorizedAccess => match (is_sure, is_likely) {
            (true, _) => Severity::Critical,
            (_, true) => Severity::High,
            _ => Severity::Medium,
        },
        Threat::VulnerabilityProbing | Threat::IpSpoofing => match (is_sure, is_likely) {
            (true, _) => Severity::High,
            (_, true) => Severity::Medium,
            _ => Severity::Low,
        },
        Threat::AutomatedBots | Threat::Unclassified => match is_sure {
            true => Severity::Medium,
            false => Severity::Low,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_surer_alert_is_never_milder() {
        for threat in Threat::ALL {
            let ranks =
                [0.5, 0.6, 0.7, 0.8, 0.9, 1.0].map(|s| severity(threat, Score::saturating(s)));
            assert!(ranks.is_sorted(), "{threat}: {ranks:?}");
        }
    }
}
