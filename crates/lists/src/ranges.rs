use std::net::{IpAddr, Ipv6Addr};

use domain::Client;
use ipnet::IpNet;

/// A set of addresses: sorted intervals that do not touch, so that a look-up is a binary search. IPv4
/// lies where IPv6 maps it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ranges {
    /// First and last address of each.
    intervals: Vec<(u128, u128)>,
}

impl Ranges {
    /// The set of all addresses of some networks.
    pub(crate) fn of(networks: impl IntoIterator<Item = IpNet>) -> Self {
        let mut sorted: Vec<(u128, u128)> = networks
            .into_iter()
            .map(|network| (bits(network.network()), bits(network.broadcast())))
            .collect();
        sorted.sort_unstable();
        let mut intervals: Vec<(u128, u128)> = Vec::with_capacity(sorted.len());
        for (first, last) in sorted {
            match intervals.last_mut() {
                Some((_, end)) if first <= end.saturating_add(1) => *end = last.max(*end),
                _ => intervals.push((first, last)),
            }
        }
        intervals.shrink_to_fit();
        Self { intervals }
    }

    /// Whether any address of a client is in it: an IPv6 client is a whole /64.
    pub(crate) fn meets(&self, (first, last): (u128, u128)) -> bool {
        let after = self.intervals.partition_point(|(begin, _)| *begin <= last);
        after > 0 && self.intervals[after - 1].1 >= first
    }
}

/// The addresses of a client; `None` for a host name.
pub(crate) fn addresses(client: Client) -> Option<(u128, u128)> {
    match client {
        Client::Ipv4(address) => {
            let address = bits(IpAddr::V4(address));
            Some((address, address))
        }
        Client::Ipv6Net64(net) => {
            let first = u128::from(net) << 64;
            // Within the first block lies all of IPv4, which is nobody's neighbour.
            let size = if net == 0 { 0xffff_0000_0000 } else { 1 << 64 };
            Some((first, first + (size - 1)))
        }
        Client::Host(_) => None,
    }
}

/// An address as a number.
fn bits(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(v4) => v4.to_ipv6_mapped().to_bits(),
        IpAddr::V6(v6) => v6.to_bits(),
    }
}

/// The first address of a client.
pub(crate) fn first_address((first, _): (u128, u128)) -> IpAddr {
    IpAddr::V6(Ipv6Addr::from_bits(first)).to_canonical()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_in_a_network_is_found_and_its_neighbours_are_not() {
        let networks = ["192.0.2.0/25", "192.0.2.128/25", "198.51.100.7/32", "2001:db8:1::/48"];
        let ranges = Ranges::of(networks.map(|it| it.parse().expect("a network")));
        assert_eq!(ranges.intervals.len(), 3, "neighbours are joined");
        let holds = |text: &str| {
            let client = Client::from_ip(text.parse().expect("an address"));
            ranges.meets(addresses(client).expect("an address"))
        };
        for inside in ["192.0.2.0", "192.0.2.255", "198.51.100.7", "2001:db8:1:2::9"] {
            assert!(holds(inside), "{inside}");
        }
        for outside in ["192.0.1.255", "192.0.3.0", "198.51.100.8", "2001:db8:2::1", "::1"] {
            assert!(!holds(outside), "{outside}");
        }
        assert!(!Ranges::default().meets((0, u128::MAX)));
    }
}
