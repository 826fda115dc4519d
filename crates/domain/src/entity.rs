use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::num::NonZeroU64;

use crate::NameId;

/// Who is calling, as seen from the network: the unit to which source behaviour belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Client {
    /// One IPv4 address; v4-mapped IPv6 addresses come here too.
    Ipv4(Ipv4Addr),
    /// An IPv6 /64, the smallest block that one subscriber commonly holds (RFC 6177).
    Ipv6Net64(u64),
    /// A host name that the server logged in place of an address.
    Host(NameId),
}

impl Client {
    /// The client that an address belongs to.
    pub fn from_ip(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(v4) => Self::Ipv4(v4),
            IpAddr::V6(v6) => Self::Ipv6Net64((v6.to_bits() >> 64) as u64),
        }
    }
}

/// Addresses print as they are, IPv6 blocks as `2001:db8::/64`; a host name prints as its number,
/// since only [`crate::Names`] knows the text.
impl fmt::Display for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ipv4(address) => write!(f, "{address}"),
            Self::Ipv6Net64(net) => write!(f, "{}/64", Ipv6Addr::from_bits(u128::from(*net) << 64)),
            Self::Host(name) => write!(f, "host#{}", name.0),
        }
    }
}

/// An account (user): the number under which [`crate::Names`] holds its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccountId(pub NameId);

/// A keyed fingerprint of a token, API key or session cookie: the first 64 bits of its keyed BLAKE3.
/// The secret itself is never kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint(pub NonZeroU64);

/// What a credential is: they are stolen, shared and changed in different ways.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CredentialKind {
    /// A bearer token or another `Authorization` that was given out.
    #[default]
    Token,
    /// A user's name and password, sent with every call (HTTP Basic): all devices of a user share it.
    Password,
    /// An API key.
    Key,
    /// A session cookie. Visitors who never signed in have one too.
    Cookie,
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

/// An endpoint: a method and a path template such as `GET /users/{id}`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EndpointId(pub u32);

/// Who or what a behaviour belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Entity {
    /// The address that calls.
    Client(Client),
    /// The user who is, or claims to be, calling.
    Account(AccountId),
    /// The token, key or cookie that is presented.
    Credential(Fingerprint),
    /// The endpoint that is called: the target.
    Endpoint(EndpointId),
}

impl Entity {
    /// Which kind it is.
    pub const fn kind(&self) -> EntityKind {
        match self {
            Self::Client(_) => EntityKind::Client,
            Self::Account(_) => EntityKind::Account,
            Self::Credential(_) => EntityKind::Credential,
            Self::Endpoint(_) => EntityKind::Endpoint,
        }
    }
}

/// The kinds of [`Entity`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EntityKind {
    /// See [`Entity::Client`].
    Client,
    /// See [`Entity::Account`].
    Account,
    /// See [`Entity::Credential`].
    Credential,
    /// See [`Entity::Endpoint`].
    Endpoint,
}

impl EntityKind {
    /// All kinds, in the order in which an event is routed to them.
    pub const ALL: [Self; 4] = [Self::Client, Self::Account, Self::Credential, Self::Endpoint];

    /// The name that outputs use.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::Account => "account",
            Self::Credential => "credential",
            Self::Endpoint => "endpoint",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn v4_mapped_addresses_are_the_same_client() {
        let mapped: IpAddr = "::ffff:192.0.2.7".parse().unwrap();
        assert_eq!(Client::from_ip(mapped), Client::from_ip("192.0.2.7".parse().unwrap()));
    }

    #[test]
    fn ipv6_neighbours_in_a_64_are_one_client() {
        let one = Client::from_ip("2001:db8:1:2::1".parse().unwrap());
        let two = Client::from_ip("2001:db8:1:2:ffff::9".parse().unwrap());
        assert_eq!(one, two);
        assert_eq!(one.to_string(), "2001:db8:1:2::/64");
    }
}
