//! Who is calling: the client at the end of the chain of trust.

use std::borrow::Cow;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use domain::EventFlags;
use ipnet::IpNet;

/// Longest host name (RFC 1035).
const MAX_HOST_BYTES: usize = 253;

/// Most elements of a forwarded chain that are looked at, from the right.
const MAX_CHAIN: usize = 32;

/// An address or name as a log holds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Node<'a> {
    Address(IpAddr),
    Host(&'a [u8]),
}

/// Whether a text can be the peer of a connection: an address, with or without port, or a host
/// name. Digits and dots that make no address are not.
pub(crate) fn is_peer(text: &[u8]) -> bool {
    node(text).is_some()
}

/// Whether a text is an address, with or without port.
pub(crate) fn is_address(text: &[u8]) -> bool {
    matches!(node(text), Some(Node::Address(_)))
}

/// Whether a text can be the name of a server, with or without port: a host name or an address, or the
/// catch-alls, wildcards and patterns of nginx.
pub(crate) fn is_server_name(text: &[u8]) -> bool {
    matches!(text, b"_" | b"-" | [b'*' | b'~' | b'.', ..]) || is_peer(text)
}

/// Reads an address (with or without brackets, quotes, port and zone) or a host name.
pub(crate) fn node(text: &[u8]) -> Option<Node<'_>> {
    if let Some(address) = ipv4(text) {
        return Some(Node::Address(IpAddr::V4(address)));
    }
    let text = text.trim_ascii();
    if let Some(address) = ipv4(text) {
        return Some(Node::Address(IpAddr::V4(address)));
    }
    let text = text.strip_prefix(b"\"").and_then(|it| it.strip_suffix(b"\"")).unwrap_or(text);
    if let Some(bracketed) = text.strip_prefix(b"[") {
        let end = memchr::memchr(b']', bracketed)?;
        let port = &bracketed[end + 1..];
        let valid = port.is_empty() || port.strip_prefix(b":").is_some_and(is_port);
        return valid.then(|| ipv6(&bracketed[..end])).flatten();
    }
    let colons = memchr::memchr_iter(b':', text).take(2).count();
    if colons >= 2 {
        return ipv6(text).or_else(|| ipv6_with_port(text));
    }
    let host = match memchr::memchr(b':', text) {
        Some(colon) if is_port(&text[colon + 1..]) => &text[..colon],
        Some(_) if text == b"unix:" => return Some(Node::Host(b"unix")),
        Some(_) => return None,
        None => text,
    };
    match ipv4(host) {
        Some(address) => Some(Node::Address(IpAddr::V4(address))),
        None => is_host(host).then_some(Node::Host(host)),
    }
}

fn is_port(text: &[u8]) -> bool {
    (1..=5).contains(&text.len()) && text.iter().all(u8::is_ascii_digit)
}

/// An address that has a port behind it in spite of lacking brackets, where it would be none otherwise.
/// Ports of clients have four digits or more.
fn ipv6_with_port(text: &[u8]) -> Option<Node<'static>> {
    let colon = memchr::memrchr(b':', text)?;
    let port = &text[colon + 1..];
    (port.len() >= 4 && is_port(port)).then(|| ipv6(&text[..colon])).flatten()
}

fn ipv6(text: &[u8]) -> Option<Node<'static>> {
    let end = memchr::memchr(b'%', text).unwrap_or(text.len());
    let address: Ipv6Addr = std::str::from_utf8(&text[..end]).ok()?.parse().ok()?;
    Some(Node::Address(IpAddr::V6(address).to_canonical()))
}

/// Reads a dotted quad; leading zeros are refused, as their meaning differs between systems.
fn ipv4(text: &[u8]) -> Option<Ipv4Addr> {
    let (address, length) = leading_ipv4(text)?;
    (length == text.len()).then_some(address)
}

/// The dotted quad at the beginning of a text, and how long it is.
///
/// Addresses differ in the lengths of their numbers from line to line, which no processor guesses: so
/// all sixteen bytes that one can take, and what follows it, are looked at together, and the only
/// branch is whether it is one.
pub(crate) fn leading_ipv4(text: &[u8]) -> Option<(Ipv4Addr, usize)> {
    const ZEROS: u128 = u128::from_le_bytes([b'0'; 16]);
    const LOWS: u128 = u128::from_le_bytes([0x7f; 16]);
    const TENS: u128 = u128::from_le_bytes([0x76; 16]);
    let bytes = text.first_chunk::<16>().copied().unwrap_or_else(|| {
        let mut padded = [b' '; 16];
        padded[..text.len()].copy_from_slice(text);
        padded
    });
    let digits = u128::from_le_bytes(bytes) ^ ZEROS;
    // The highest bit of each byte that is no digit.
    let mut others = (((digits & LOWS) + TENS) | digits) & !LOWS;
    let (mut bits, mut start, mut is_valid) = (0, 0, true);
    for part in 0..4 {
        let end = (others.trailing_zeros() / 8) as usize;
        others &= others.wrapping_sub(1);
        let length = end.wrapping_sub(start);
        // The last three of the digits, zeros before them where there are fewer.
        let shown = (digits >> (8 * (start & 15))) as u32;
        let [_, hundreds, tens, ones] =
            (shown << (8 * (4_usize.wrapping_sub(length) & 3))).to_le_bytes().map(u32::from);
        let value = hundreds * 100 + tens * 10 + ones;
        let least = [u32::MAX, 0, 10, 100][length & 3];
        is_valid &= (1..4).contains(&length) & (value >= least) & (value < 256);
        is_valid &= (part == 3) | (bytes[end & 15] == b'.');
        (bits, start) = (bits << 8 | value, end + 1);
    }
    (is_valid && start <= 16).then(|| (Ipv4Addr::from_bits(bits), start - 1))
}

/// Whether a text is a host name: letters, digits, hyphens, underscores and dots, and at least one
/// letter.
fn is_host(text: &[u8]) -> bool {
    let valid = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    (1..=MAX_HOST_BYTES).contains(&text.len())
        && text.iter().all(valid)
        && text.iter().any(u8::is_ascii_alphabetic)
        && !text.starts_with(b"-")
        && !text.starts_with(b".")
}

/// The client, and what stands left of it in the chain.
pub(crate) struct Resolved<'a> {
    pub(crate) client: Node<'a>,
    /// What no trusted proxy vouches for, as written.
    pub(crate) claimed: Cow<'a, [u8]>,
    pub(crate) flags: EventFlags,
}

/// Walks the forwarded chain from the right: as long as the one who speaks is a trusted proxy, the
/// element that it wrote is believed. Where the proxy wrote no address, it is the client itself.
pub(crate) fn resolve<'a>(
    peer: Option<Node<'a>>,
    chain: &'a [u8],
    trusted: &[IpNet],
) -> Option<Resolved<'a>> {
    let mut client = peer?;
    let mut claimed = without_peer(chain.trim_ascii(), client);
    for _ in 0..MAX_CHAIN {
        if claimed.is_empty() || !is_trusted(client, trusted) {
            break;
        }
        let (before, element) = split_last(claimed);
        let Some(next) = element_node(element) else { break };
        (client, claimed) = (next, before);
    }
    let flags = claims(claimed, client);
    Some(Resolved { client, claimed: Cow::Borrowed(claimed), flags })
}

/// The chain without what the logging proxy itself wrote at its end: Envoy and ingress-nginx log the
/// chain that they pass on, and the peer there claims nothing.
fn without_peer<'a>(chain: &'a [u8], peer: Node<'_>) -> &'a [u8] {
    if chain.is_empty() {
        return chain;
    }
    let (before, element) = split_last(chain);
    if element_node(element) == Some(peer) { before } else { chain }
}

fn is_trusted(node: Node<'_>, trusted: &[IpNet]) -> bool {
    match node {
        Node::Address(address) => trusted.iter().any(|net| net.contains(&address)),
        Node::Host(name) => name == b"unix",
    }
}

/// The chain without its last element, and that element.
fn split_last(chain: &[u8]) -> (&[u8], &[u8]) {
    match memchr::memrchr(b',', chain) {
        Some(comma) => (chain[..comma].trim_ascii(), chain[comma + 1..].trim_ascii()),
        None => (b"", chain),
    }
}

/// The address in an element, which may be a bare one or `for=...;by=...` of RFC 7239. `unknown`
/// and `_hidden` are none.
fn element_node(element: &[u8]) -> Option<Node<'_>> {
    let value = element_value(element);
    if value.is_empty() || hides(value) { None } else { node(value) }
}

/// Whether a value says that somebody is there and not who: a proxy may write `unknown`, or a name of its
/// own behind an underscore (RFC 7239 sections 6.2 and 6.3).
fn hides(value: &[u8]) -> bool {
    value.starts_with(b"_") || value.eq_ignore_ascii_case(b"unknown")
}

fn element_value(element: &[u8]) -> &[u8] {
    let is_for = |part: &&[u8]| part.len() >= 4 && part[..4].eq_ignore_ascii_case(b"for=");
    let mut parts = element.split(|byte| *byte == b';').map(<[u8]>::trim_ascii);
    parts.find(is_for).map_or(element, |part| &part[4..])
}

/// What is odd about claims that no trusted proxy vouches for.
fn claims(claimed: &[u8], client: Node<'_>) -> EventFlags {
    let mut flags = EventFlags::empty();
    if claimed.is_empty() {
        return flags;
    }
    flags.set_if(EventFlags::FORWARDED_UNTRUSTED, true);
    let from_outside = is_outside(client);
    for element in claimed.split(|byte| *byte == b',').take(MAX_CHAIN) {
        let value = element_value(element.trim_ascii());
        match node(value) {
            _ if hides(value) => {}
            Some(Node::Address(address)) => {
                flags.set_if(EventFlags::FORWARDED_BOGON, is_bogon(address));
                flags.set_if(EventFlags::FORWARDED_LOCAL, from_outside && is_local(address));
            }
            _ => flags.set_if(EventFlags::FORWARDED_MALFORMED, true),
        }
    }
    flags
}

/// Whether an address cannot come from the public network: private, loopback, link-local, shared,
/// documentation, benchmark, multicast, reserved (RFC 6890).
fn is_bogon(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(v4) => {
            let [a, b, c, _] = v4.octets();
            v4.is_private()
                || v4.is_loopback()
                || v4.is_link_local()
                || v4.is_documentation()
                || a == 0
                || a >= 224
                || (a == 100 && (64..128).contains(&b))
                || (a == 192 && b == 0 && c == 0)
                || (a == 198 && (b == 18 || b == 19))
        }
        IpAddr::V6(v6) => {
            let head = v6.segments()[0];
            let documentation = head == 0x2001 && v6.segments()[1] == 0xdb8;
            // Only 2000::/3 is given out.
            (head & 0xe000) != 0x2000 || documentation
        }
    }
}

/// Whether an address means the machine itself or its link: nobody comes from there who is not there.
fn is_local(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(v4) => v4.is_loopback() || v4.is_link_local() || v4.octets()[0] == 0,
        IpAddr::V6(v6) => v6.is_loopback() || v6.is_unicast_link_local() || v6.is_unspecified(),
    }
}

/// Whether a client calls by an address of the public network.
fn is_outside(client: Node<'_>) -> bool {
    match client {
        Node::Address(IpAddr::V4(v4)) => {
            let [a, b, ..] = v4.octets();
            let is_shared = a == 100 && (64..128).contains(&b);
            !(v4.is_private() || is_shared || is_local(v4.into()))
        }
        Node::Address(IpAddr::V6(v6)) => !v6.is_unique_local() && !is_local(v6.into()),
        Node::Host(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_chain_that_ends_in_the_peer_claims_no_more_than_what_stands_before_it() {
        let check = |chain: &str, claimed: &str| {
            let resolved = resolve(node(b"192.0.2.7:4711"), chain.as_bytes(), &[]).unwrap();
            assert_eq!(&resolved.claimed[..], claimed.as_bytes(), "{chain}");
            let untrusted = resolved.flags.contains(EventFlags::FORWARDED_UNTRUSTED);
            assert_eq!(untrusted, !claimed.is_empty(), "{chain}");
        };
        check("192.0.2.7", "");
        check("198.51.100.3, 192.0.2.7", "198.51.100.3");
        check("198.51.100.3", "198.51.100.3");
        check("192.0.2.7, 198.51.100.3", "192.0.2.7, 198.51.100.3");
        check("", "");
    }

    #[test]
    fn peers_are_addresses_or_names() {
        let check = |text: &str, expect: &str| {
            let found = match node(text.as_bytes()) {
                Some(Node::Address(address)) => address.to_string(),
                Some(Node::Host(name)) => format!("host {}", String::from_utf8_lossy(name)),
                None => "none".to_owned(),
            };
            assert_eq!(found, expect, "{text}");
        };
        check("192.0.2.7", "192.0.2.7");
        check("192.0.2.7:4711", "192.0.2.7");
        check("[2001:db8::1]:443", "2001:db8::1");
        check("\"[2001:db8::1]\"", "2001:db8::1");
        check("fe80::1%eth0", "fe80::1");
        check("::ffff:192.0.2.7", "192.0.2.7");
        check("crawl-66.example.com", "host crawl-66.example.com");
        check("localhost:80", "host localhost");
        check("unix:", "host unix");
        for garbage in
            ["999.1.2.3", "1.2.3", "1.2.3.4.5", "01.2.3.4", "", "-", ":", "a b", "1", "[::1"]
        {
            check(garbage, "none");
        }
    }

    fn resolved(peer: &str, chain: &str, trusted: &[&str]) -> (String, String, EventFlags) {
        let trusted: Vec<IpNet> = trusted.iter().map(|net| net.parse().unwrap()).collect();
        let found = resolve(node(peer.as_bytes()), chain.as_bytes(), &trusted).unwrap();
        let client = match found.client {
            Node::Address(address) => address.to_string(),
            Node::Host(name) => String::from_utf8_lossy(name).into_owned(),
        };
        (client, String::from_utf8_lossy(&found.claimed).into_owned(), found.flags)
    }

    #[test]
    fn who_claims_from_outside_to_be_the_server_itself_is_told_from_who_is_inside() {
        let check = |peer: &str, chain: &str, expect: bool| {
            let (_, _, flags) = resolved(peer, chain, &[]);
            assert_eq!(flags.contains(EventFlags::FORWARDED_LOCAL), expect, "{peer} {chain}");
        };
        for local in ["127.0.0.1", "::1", "169.254.169.254", "0.0.0.0", "10.1.2.3, 127.8.8.8"] {
            check("203.0.113.9", local, true);
            check("2001:db8::7", local, true);
            check("10.1.2.3", local, false);
            check("127.0.0.1", local, false);
        }
        // Who hides its people is no liar.
        for chain in ["unknown", "_squid", "198.51.100.3, unknown"] {
            let (_, _, flags) = resolved("203.0.113.9", chain, &[]);
            assert!(!flags.contains(EventFlags::FORWARDED_MALFORMED), "{chain}");
        }
        // What an outgoing proxy shows of its people.
        check("203.0.113.9", "192.168.1.20, 10.0.0.7", false);
        check("203.0.113.9", "198.51.100.3", false);
    }

    #[test]
    fn the_chain_is_believed_as_far_as_trust_reaches() {
        let check = |peer: &str, chain: &str, client: &str, claimed: &str| {
            let (found, left, _) = resolved(peer, chain, &["10.0.0.0/8"]);
            assert_eq!((found.as_str(), left.as_str()), (client, claimed), "{peer} {chain}");
        };
        check("203.0.113.9", "1.2.3.4", "203.0.113.9", "1.2.3.4");
        check("10.0.0.1", "", "10.0.0.1", "");
        check("10.0.0.1", "1.2.3.4, 198.51.100.3", "198.51.100.3", "1.2.3.4");
        check("10.0.0.1", "1.2.3.4, 198.51.100.3, 10.0.0.2", "198.51.100.3", "1.2.3.4");
        check("10.0.0.1", "1.2.3.4, unknown", "10.0.0.1", "1.2.3.4, unknown");
        check("10.0.0.1", "for=\"[2001:db8::9]:1\";proto=https", "2001:db8::9", "");
        check("unix:", "198.51.100.3", "198.51.100.3", "");
    }

    #[test]
    fn odd_claims_are_flagged() {
        let untrusted = EventFlags::FORWARDED_UNTRUSTED;
        let check = |chain: &str, expect: EventFlags| {
            assert_eq!(resolved("203.0.113.9", chain, &[]).2, expect, "{chain}");
        };
        check("", EventFlags::empty());
        check("8.8.8.8", untrusted);
        check("10.0.0.7", untrusted.union(EventFlags::FORWARDED_BOGON));
        let local = EventFlags::FORWARDED_BOGON.union(EventFlags::FORWARDED_LOCAL);
        check("127.0.0.1", untrusted.union(local));
        check("<script>", untrusted.union(EventFlags::FORWARDED_MALFORMED));
    }

    proptest! {
        #[test]
        fn any_chain_gives_a_client(chain in prop::collection::vec(any::<u8>(), 0..200)) {
            let trusted = ["0.0.0.0/0".parse().unwrap()];
            prop_assert!(resolve(node(b"192.0.2.7"), &chain, &trusted).is_some());
        }

        #[test]
        fn dotted_quads_read_as_the_standard_library_reads_them(text in "[0-9.]{0,16}") {
            prop_assert_eq!(ipv4(text.as_bytes()), text.parse().ok());
        }
    }
}
