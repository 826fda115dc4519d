use std::net::Ipv4Addr;

use domain::{AuthOutcome, Client, EndpointId, EventFlags, NameId, Position};

use super::*;

/// A call of a client: of a page, or of a file that the page names.
fn call(client: u32, at_secs: i64, path: u64, page: Option<u64>) -> Event {
    Event {
        time: Timestamp::from_secs(1_800_000_000 + at_secs),
        position: Position::default(),
        client: Client::Ipv4(Ipv4Addr::from_bits(0x0a00_0000 + client)),
        account: None,
        credential: None,
        endpoint: EndpointId(0),
        path_hash: mix(path + 1),
        object_hash: 0,
        query_hash: 0,
        forwarded_hash: 0,
        page_hash: page.map_or(0, |page| page_hash(mix(page + 1))),
        agent: NameId(1),
        response_bytes: 500,
        request_bytes: 0,
        latency_micros: 0,
        status: 200,
        method: Method::Get,
        auth: AuthOutcome::None,
        words: if page.is_some() { PathWords::ASSET } else { PathWords::empty() },
        flags: EventFlags::empty(),
    }
}

/// What reaches the log.
#[derive(Clone, Copy)]
enum Kept {
    All,
    /// One line in so many, by chance.
    OneIn(u64),
    /// One client in so many.
    ClientsOneIn(u32),
    /// Nine pages in ten come from a cache in front; files do not.
    NoPages,
    /// A browser fetches an image when it comes into sight.
    Lazy,
}

/// Four hundred people look at some of nine pages, of 4 to 12 files each of which 3 are the site's own.
fn loads(kept: Kept) -> LoadFacts {
    let mut loads = Loads::new();
    let mut number = 0_u64;
    let mut keep = |client: u32, is_page: bool| {
        number += 1;
        let chance = mix(number);
        match kept {
            Kept::All => true,
            Kept::OneIn(many) => chance.is_multiple_of(many),
            Kept::ClientsOneIn(many) => mix(client.into()).is_multiple_of(many.into()),
            Kept::NoPages => !is_page || chance.is_multiple_of(10),
            Kept::Lazy => is_page || chance.is_multiple_of(2),
        }
    };
    for client in 0..400 {
        let mut has_site = false;
        for step in 0..1 + mix(client.into()) % 5 {
            let page = mix(u64::from(client) << 8 | step) % 9;
            let at = i64::from(client) * 100 + step as i64 * 40;
            if keep(client, true) {
                loads.observe(&call(client, at, page, None));
            }
            let site = if has_site { 0..0 } else { 100..103 };
            has_site = true;
            for (late, file) in site.chain(page * 1_000..page * 1_000 + 4 + page).enumerate() {
                if keep(client, false) {
                    loads.observe(&call(
                        client,
                        at + 1 + late as i64 / 4,
                        10_000 + file,
                        Some(page),
                    ));
                }
            }
        }
    }
    loads.facts()
}

#[test]
fn what_browsers_load_in_one_go_is_all_there_in_a_whole_log() {
    let whole = loads(Kept::All);
    assert_eq!(whole.pages, 9);
    assert!(whole.loads > 400 && whole.with_page > 0.99 && whole.together > 0.95, "{whole:?}");
    let clients = loads(Kept::ClientsOneIn(5));
    assert!(clients.with_page > 0.99 && clients.together > 0.9, "{clients:?}");
    let no_pages = loads(Kept::NoPages);
    assert!(no_pages.with_page < 0.3 && no_pages.together > 0.95, "{no_pages:?}");
    let lazy = loads(Kept::Lazy);
    assert!(lazy.with_page > 0.99, "{lazy:?}");
}

#[test]
fn of_a_sample_pages_and_files_are_there_as_often_as_lines_were_kept() {
    for many in [2, 3, 5, 10] {
        let torn = loads(Kept::OneIn(many));
        let share = 1.0 / many as f64;
        assert!(torn.pages >= 5 && torn.loads >= 50, "{torn:?}");
        assert!((torn.with_page - share).abs() < 0.12, "one in {many}: {torn:?}");
        assert!((torn.together - share).abs() < 0.12, "one in {many}: {torn:?}");
    }
}

#[test]
fn pages_that_nobody_asked_for_say_nothing_and_errors_neither() {
    let mut loads = Loads::new();
    for client in 0..100 {
        for file in 0..4 {
            loads.observe(&call(client, 10, 50 + file, Some(7)));
        }
        loads.observe(&Event { status: 404, ..call(client, 9, 7, None) });
    }
    assert_eq!(loads.facts(), LoadFacts::default());
}

#[test]
fn most_is_looked_at_of_the_beginning_alone() {
    let mut loads = Loads::new();
    for client in 0..OBSERVED_LOADS + 50 {
        loads.observe(&call(client, 10, 50, Some(7)));
    }
    assert_eq!(loads.observed, OBSERVED_LOADS);
    assert!(loads.loads.values().count() <= SAMPLED_LOADS);
}
