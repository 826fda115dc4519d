//! An event as a fixed number of bytes.

use std::net::Ipv4Addr;
use std::num::NonZeroU64;

use domain::{
    AccountId, AuthOutcome, Client, EndpointId, Event, EventFlags, Fingerprint, Method, NameId,
    PathWords, Position, SourceId, Timestamp,
};

/// Bytes of an event.
pub(super) const EVENT_BYTES: usize = 89;

const CLIENT_IPV4: u8 = 0;
const CLIENT_IPV6: u8 = 1;
const CLIENT_HOST: u8 = 2;

/// Appends an event.
pub(super) fn encode(event: &Event, out: &mut Vec<u8>) {
    let (kind, client) = match event.client {
        Client::Ipv4(address) => (CLIENT_IPV4, u64::from(address.to_bits())),
        Client::Ipv6Net64(net) => (CLIENT_IPV6, net),
        Client::Host(name) => (CLIENT_HOST, u64::from(name.0)),
    };
    for number in [
        event.time.as_micros() as u64,
        event.position.offset,
        client,
        event.credential.map_or(0, |credential| credential.0.get()),
        event.path_hash,
    ] {
        out.extend_from_slice(&number.to_le_bytes());
    }
    for number in [
        event.account.map_or(u32::MAX, |account| account.0.0),
        event.endpoint.0,
        event.object_hash,
        event.query_hash,
        event.forwarded_hash,
        event.agent.0,
        event.response_bytes,
        event.latency_micros,
        event.flags.bits(),
    ] {
        out.extend_from_slice(&number.to_le_bytes());
    }
    for number in [
        event.position.source.0,
        event.status,
        event.words.bits(),
        event.page_hash,
        event.request_bytes,
    ] {
        out.extend_from_slice(&number.to_le_bytes());
    }
    out.extend_from_slice(&[kind, event.method as u8, event.auth as u8]);
}

/// The event that [`encode`] wrote.
pub(super) fn decode(bytes: &[u8]) -> Event {
    let long = |place: usize| {
        u64::from_le_bytes(*bytes[place * 8..].first_chunk().expect("an event has five longs"))
    };
    let int = |place: usize| {
        u32::from_le_bytes(*bytes[40 + place * 4..].first_chunk().expect("and nine ints"))
    };
    let short = |place: usize| {
        u16::from_le_bytes(*bytes[76 + place * 2..].first_chunk().expect("and five shorts"))
    };
    let [kind, method, auth] = *bytes[86..].first_chunk().expect("and three bytes");
    let client = match kind {
        CLIENT_IPV4 => Client::Ipv4(Ipv4Addr::from_bits(long(2) as u32)),
        CLIENT_IPV6 => Client::Ipv6Net64(long(2)),
        _ => Client::Host(NameId(long(2) as u32)),
    };
    Event {
        time: Timestamp::from_micros(long(0) as i64),
        position: Position { source: SourceId(short(0)), offset: long(1) },
        client,
        account: (int(0) != u32::MAX).then(|| AccountId(NameId(int(0)))),
        credential: NonZeroU64::new(long(3)).map(Fingerprint),
        endpoint: EndpointId(int(1)),
        path_hash: long(4),
        object_hash: int(2),
        query_hash: int(3),
        forwarded_hash: int(4),
        page_hash: short(3),
        agent: NameId(int(5)),
        response_bytes: int(6),
        request_bytes: short(4),
        latency_micros: int(7),
        status: short(1),
        method: Method::ALL[usize::from(method)],
        auth: AuthOutcome::ALL[usize::from(auth)],
        words: PathWords::from_bits(short(2)),
        flags: EventFlags::from_bits(int(8)),
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// An event in which every field has a value of its own.
    pub(crate) fn event(n: u64) -> Event {
        let part = |salt: u64| features::mix(n ^ (salt << 40));
        Event {
            time: Timestamp::from_micros(part(1) as i64 >> 8),
            position: Position { source: SourceId(part(2) as u16), offset: part(3) },
            client: match n % 3 {
                0 => Client::Ipv4(Ipv4Addr::from_bits(part(4) as u32)),
                1 => Client::Ipv6Net64(part(5)),
                _ => Client::Host(NameId(part(6) as u32)),
            },
            account: n.is_multiple_of(2).then(|| AccountId(NameId(part(7) as u32 >> 1))),
            credential: NonZeroU64::new(if n.is_multiple_of(5) { 0 } else { part(8) })
                .map(Fingerprint),
            endpoint: EndpointId(part(9) as u32),
            path_hash: part(10),
            object_hash: part(11) as u32,
            query_hash: part(12) as u32,
            forwarded_hash: part(13) as u32,
            page_hash: part(22) as u16,
            agent: NameId(part(14) as u32),
            response_bytes: part(15) as u32 >> 1,
            request_bytes: part(23) as u16,
            latency_micros: part(16) as u32,
            status: part(17) as u16,
            method: Method::ALL[part(18) as usize % Method::ALL.len()],
            auth: AuthOutcome::ALL[part(19) as usize % AuthOutcome::ALL.len()],
            words: PathWords::from_bits(part(20) as u16),
            flags: EventFlags::from_bits(part(21) as u32),
        }
    }

    #[test]
    fn every_field_comes_back() {
        for n in 0..1_000 {
            let mut bytes = Vec::new();
            encode(&event(n), &mut bytes);
            assert_eq!((bytes.len(), decode(&bytes)), (EVENT_BYTES, event(n)));
        }
    }

    #[test]
    fn the_lists_that_numbers_point_into_are_in_their_order() {
        assert!(Method::ALL.iter().enumerate().all(|(n, method)| n == *method as usize));
        assert!(AuthOutcome::ALL.iter().enumerate().all(|(n, auth)| n == *auth as usize));
    }
}
