//! The contract of every feature group, over all of them at once: they are one struct.

use std::num::NonZeroU64;

use domain::{
    AccountId, AuthOutcome, Client, EndpointId, EventFlags, Fingerprint, Method, NameId, PathWords,
    Position, Timestamp,
};

use super::*;
use crate::{Profiles, WIDTH, columns, mix};

/// An event drawn from a number: any field may hold anything.
pub(crate) fn any_event(n: u64, at: Timestamp) -> domain::Event {
    let pick = |salt: u64, kinds: u64| mix(n ^ (salt << 32)) % kinds;
    let mut words = PathWords::empty();
    words.set_if(PathWords::SIGN_IN, pick(1, 3) == 0);
    words.set_if(PathWords::SENSITIVE_FILE, pick(2, 5) == 0);
    words.set_if(PathWords::ADMIN, pick(3, 5) == 0);
    let mut flags = EventFlags::empty();
    flags.set_if(EventFlags::FORWARDED_UNTRUSTED, pick(4, 4) == 0);
    flags.set_if(EventFlags::AGENT_TOOL, pick(5, 2) == 0);
    flags.set_if(EventFlags::CRAWLER_REFUTED, pick(22, 5) == 0);
    flags.set_if(EventFlags::CRAWLER_VERIFIED, pick(22, 5) == 1);
    flags.set_if(EventFlags::REFERER, pick(6, 2) == 0);
    flags.set_if(EventFlags::PASSWORD, pick(23, 3) == 0);
    domain::Event {
        time: at,
        position: Position::default(),
        client: Client::Ipv4((pick(7, 9) as u32).into()),
        account: (pick(8, 2) == 0).then(|| AccountId(NameId(pick(9, 90) as u32))),
        credential: NonZeroU64::new(pick(10, 7)).map(Fingerprint),
        endpoint: EndpointId(pick(11, 40) as u32),
        path_hash: pick(12, 400),
        object_hash: pick(13, 90) as u32,
        query_hash: pick(14, 60) as u32,
        forwarded_hash: pick(15, 90) as u32,
        page_hash: 0,
        agent: NameId(pick(16, 9) as u32),
        response_bytes: pick(17, 1 << 32) as u32,
        request_bytes: pick(25, 4) as u16,
        latency_micros: pick(18, 1 << 32) as u32,
        status: [0, 200, 201, 302, 400, 401, 403, 404, 500, 999][pick(19, 10) as usize],
        method: [Method::Get, Method::Post, Method::Delete, Method::Missing][pick(20, 4) as usize],
        auth: [
            AuthOutcome::None,
            AuthOutcome::Success,
            AuthOutcome::Failure,
            AuthOutcome::Forbidden,
        ][pick(21, 4) as usize],
        words,
        flags,
    }
}

#[test]
fn every_group_names_its_columns_once_and_says_what_they_are() {
    let mut names: Vec<_> = columns().map(|(_, column)| column.name).collect();
    assert_eq!(names.len(), WIDTH);
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), WIDTH, "two columns share a name");
    for (group, column) in columns() {
        assert!((5..=42).contains(&column.short.len()), "{}", column.short);
        for text in [group.about, column.sees, column.matters, column.wrong] {
            assert!(text.len() > 10, "{}: {text:?} says nothing", column.name);
            assert!(!text.ends_with('.'), "{}: {text:?} ends with a full stop", column.name);
        }
        let lowercase = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        assert!(column.name.chars().all(lowercase), "{}", column.name);
        assert!(!group.kinds.is_empty(), "{} applies to nobody", group.name);
    }
}

#[test]
fn no_event_makes_a_column_infinite_or_negative_counts() {
    let profiles = Profiles::default();
    for kind in EntityKind::ALL {
        let mut groups = Groups::default();
        let mut session = Session::default();
        let mut row = vec![f32::NAN; WIDTH];
        for n in 0..3_000_u64 {
            let at = Timestamp::from_secs((mix(n) % 40) as i64 + n as i64 * 40);
            if n % 500 == 0 {
                session = Session { first: at, ..Session::default() };
                groups.begin_session(at);
            }
            let event = any_event(n, at);
            let gap_micros = (n % 500 != 0).then_some(1_000_000);
            let previous_endpoint = gap_micros.map(|_| EndpointId(3));
            groups.observe(&Seen {
                event: &event,
                kind,
                gap_micros,
                previous_endpoint,
                profiles: &profiles,
            });
            session.last = at;
            session.length += 1;
            groups.fill(kind, &session, &mut row);
            for (value, (group, column)) in row.iter().zip(columns()) {
                let name = column.name;
                assert!(!value.is_infinite(), "{name} of {kind:?} is {value} at {n}");
                assert!(
                    name.ends_with("_surprise") || value.is_nan() || *value >= 0.0,
                    "{name} of {kind:?} is {value} at {n}"
                );
                if !group.applies_to(kind) {
                    assert!(value.is_nan(), "{name} does not apply to {kind:?} but is {value}");
                }
                if name.ends_with("_ratio") || name.ends_with("_uniqueness") {
                    assert!(value.is_nan() || (0.0..=1.0).contains(value), "{name} is {value}");
                }
            }
        }
        assert!(groups.heap_bytes() < 8_192, "{kind:?} holds {} bytes", groups.heap_bytes());
    }
}

#[test]
fn a_new_session_forgets_what_is_counted_a_session() {
    let profiles = Profiles::default();
    let at = Timestamp::from_secs(1_800_000_000);
    let mut groups = Groups::default();
    groups.begin_session(at);
    for n in 0..50 {
        let event = any_event(n, at);
        let (gap_micros, previous_endpoint) = (Some(5), Some(EndpointId(1)));
        let kind = EntityKind::Client;
        groups.observe(&Seen {
            event: &event,
            kind,
            gap_micros,
            previous_endpoint,
            profiles: &profiles,
        });
    }
    groups.begin_session(at);
    let mut row = vec![0.0; WIDTH];
    let session = Session { first: at, last: at, length: 1, squared_gaps: 0.0 };
    groups.fill(EntityKind::Client, &session, &mut row);
    let value = |name: &str| row[crate::column(name).0];
    for name in
        ["num_unique_apis", "client_error_ratio", "referer_ratio", "objects", "query_shapes"]
    {
        assert_eq!(value(name), 0.0, "{name} outlives its session");
    }
    assert!(value("auth_failures_24h") > 0.0, "windows outlive the session");
}
