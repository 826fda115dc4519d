//! Hashes whose bits are all as good as random, for samples.

use domain::Client;

pub(crate) const fn client_bits(client: Client) -> u64 {
    match client {
        Client::Ipv4(address) => address.to_bits() as u64,
        Client::Ipv6Net64(net) => net,
        Client::Host(name) => (name.0 as u64) << 32,
    }
}

/// Spreads the bits of a value (the finaliser of MurmurHash3's 64-bit variant; Appleby 2011).
pub(crate) const fn mix(value: u64) -> u64 {
    let value = (value ^ (value >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    let value = (value ^ (value >> 33)).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    value ^ (value >> 33)
}
