use std::fmt;
use std::str::FromStr;

/// The eight threats that apiwarden names, and the anomaly that none of them explains.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Threat {
    /// A program that behaves like no person and no welcome machine.
    AutomatedBots,
    /// Many guesses against few accounts.
    BruteForce,
    /// Leaked pairs of name and password tried over many accounts.
    CredentialStuffing,
    /// A live session continued by someone else.
    SessionHijacking,
    /// A credential used by whom, when or where it never was.
    TokenAbuse,
    /// A search for weaknesses: files, paths and parameters that do not exist.
    VulnerabilityProbing,
    /// A forged origin.
    IpSpoofing,
    /// Reaching for what one may not have: forced browsing, other people's objects.
    UnauthorizedAccess,
    /// An anomaly without a name.
    Unclassified,
}

impl Threat {
    /// All of them, in the order of catalogues.
    pub const ALL: [Self; 9] = [
        Self::AutomatedBots,
        Self::BruteForce,
        Self::CredentialStuffing,
        Self::SessionHijacking,
        Self::TokenAbuse,
        Self::VulnerabilityProbing,
        Self::IpSpoofing,
        Self::UnauthorizedAccess,
        Self::Unclassified,
    ];

    /// The name that outputs use.
    pub const fn name(self) -> &'static str {
        match self {
            Self::AutomatedBots => "automated_bots",
            Self::BruteForce => "brute_force",
            Self::CredentialStuffing => "credential_stuffing",
            Self::SessionHijacking => "session_hijacking",
            Self::TokenAbuse => "token_abuse",
            Self::VulnerabilityProbing => "vulnerability_probing",
            Self::IpSpoofing => "ip_spoofing",
            Self::UnauthorizedAccess => "unauthorized_access",
            Self::Unclassified => "unclassified",
        }
    }
}

impl fmt::Display for Threat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Reads the output name; hyphens serve as well as underscores.
impl FromStr for Threat {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wanted = text.replace('-', "_");
        Self::ALL.into_iter().find(|threat| threat.name() == wanted).ok_or_else(|| {
            let known: Vec<_> = Self::ALL.iter().map(|threat| threat.name()).collect();
            format!("unknown threat {text:?}: must be one of {}", known.join(", "))
        })
    }
}
