use std::net::Ipv4Addr;

use domain::{
    AuthOutcome, Client, EndpointId, EventFlags, Method, NameId, PathWords, Position, SourceId,
};

use super::*;

fn call(client: u32, source: u16, at_secs: i64) -> Event {
    Event {
        time: Timestamp::from_secs(1_800_000_000 + at_secs),
        position: Position { source: SourceId(source), ..Position::default() },
        client: Client::Ipv4(Ipv4Addr::from_bits(0x0a00_0000 + client)),
        account: None,
        credential: None,
        endpoint: EndpointId(0),
        path_hash: mix(client.into()),
        object_hash: 0,
        query_hash: 0,
        forwarded_hash: 0,
        page_hash: 0,
        agent: NameId(1),
        response_bytes: 500,
        request_bytes: 0,
        latency_micros: 0,
        status: 200,
        method: Method::Get,
        auth: AuthOutcome::None,
        words: PathWords::empty(),
        flags: EventFlags::empty(),
    }
}

/// Three hundred clients load ten pages each, four calls at a time, from two servers whose clocks are
/// some seconds apart.
fn balanced(offset_secs: i64, server: impl Fn(u64, u64) -> u16) -> BalanceFacts {
    let mut balance = Balance::new();
    for client in 0..300_u32 {
        for number in 0..40_u64 {
            let chance = mix(u64::from(client) << 8 | number);
            let at = i64::from(client) * 50 + (number / 4) as i64 * 20 + (number % 4 / 2) as i64;
            let source = server(chance, number);
            balance.observe(&call(client, source, at + offset_secs * i64::from(source)));
        }
    }
    balance.facts(0, 1, Timestamp::from_secs(1_799_999_000))
}

#[test]
fn first_and_last_calls_of_clients_lie_apart_by_what_clocks_do() {
    for offset in [0, 5, -30, 300] {
        let facts = balanced(offset, |chance, _| (chance % 2) as u16);
        assert_eq!((facts.callers, facts.offset_secs.round()), (300, offset as f64), "{facts:?}");
        assert!((facts.last_offset_secs - offset as f64).abs() <= 1.0, "{facts:?}");
        let is_there = facts.near > 3 * facts.near_none;
        assert_eq!(is_there, offset != 0, "{facts:?}");
    }
}

#[test]
fn a_server_that_clients_begin_with_shows_at_their_ends() {
    let facts = balanced(0, |_, number| u16::from(number >= 4));
    assert!(facts.offset_secs >= 20.0, "{facts:?}");
    assert!((facts.last_offset_secs - facts.offset_secs).abs() > 100.0, "{facts:?}");
}
