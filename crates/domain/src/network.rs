/// What kind of network an address belongs to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum IpType {
    /// Private, loopback, link-local or otherwise not routable.
    Private,
    /// A crawler whose operator publishes its ranges.
    Crawler,
    /// An exit of the Tor network.
    Tor,
    /// A VPN or a relay that hides its users.
    Vpn,
    /// A cloud or a hosting company.
    Datacenter,
    /// None of these, or nothing is known.
    #[default]
    Default,
}

impl IpType {
    /// All of them. Where several apply, the first counts.
    pub const ALL: [Self; 6] =
        [Self::Private, Self::Crawler, Self::Tor, Self::Vpn, Self::Datacenter, Self::Default];

    /// The name that outputs use.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Private => "private",
            Self::Crawler => "crawler",
            Self::Tor => "tor",
            Self::Vpn => "vpn",
            Self::Datacenter => "datacenter",
            Self::Default => "default",
        }
    }
}

/// What is known of the network behind an address.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Network {
    /// Its kind.
    pub ip_type: IpType,
    /// The name that a list gives to it.
    pub name: Option<String>,
    /// The number of the autonomous system that announces it.
    pub asn: Option<u32>,
    /// Who that belongs to.
    pub organisation: Option<String>,
    /// The country that it is in: two letters, ISO 3166-1.
    pub country: Option<String>,
}
