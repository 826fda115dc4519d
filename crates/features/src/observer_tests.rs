use super::*;
use crate::groups::tests::any_event;
use crate::{ProfilesFit, columns};

fn run(events: &[Event], limits: Limits, policy: ObservePolicy) -> (Vec<String>, ObserverStats) {
    let profiles = ProfilesFit::default().finish();
    let mut lines = Vec::new();
    let mut stats = ObserverStats::default();
    let mut observers: Vec<_> = (0..SHARDS).map(|_| Observer::new(limits, policy)).collect();
    let mut note = |seen: Observation<'_>| {
        lines.push(format!("{:?} {:?} {} {:?}", seen.entity, seen.moment, seen.time, seen.row))
    };
    for event in events {
        for entity in event.entities() {
            observers[shard_of(&entity)].observe(entity, event, &profiles, &mut note);
        }
    }
    for observer in &mut observers {
        observer.finish(&mut note);
        stats = stats.plus(observer.stats());
    }
    (lines, stats)
}

/// What a column was in each of the client's rows.
fn of_client(lines: &[String], column: &'static str) -> Vec<f32> {
    let rows = lines.iter().filter(|line| line.starts_with("Client"));
    let numbers = rows.map(|line| {
        let row = &line[line.find('[').unwrap() + 1..line.len() - 1];
        row.split(", ").nth(crate::column(column).0).unwrap().parse().unwrap()
    });
    numbers.collect()
}

fn calls(every_secs: i64, count: u64) -> Vec<Event> {
    (0..count)
        .map(|n| {
            let at = Timestamp::from_secs(1_800_000_000 + n as i64 * every_secs);
            Event { account: None, credential: None, status: 200, ..any_event(1, at) }
        })
        .map(|event| Event { auth: AuthOutcome::None, words: PathWords::empty(), ..event })
        .map(|event| Event { flags: EventFlags::empty(), method: Method::Get, ..event })
        .collect()
}

#[test]
fn a_session_is_looked_at_on_a_geometric_schedule_and_at_its_end() {
    let (lines, _) = run(&calls(1, 30), Limits::default(), ObservePolicy::Judging);
    assert_eq!(of_client(&lines, "sequence_length"), [5.0, 7.0, 10.0, 15.0, 22.0, 30.0]);
    let last = lines.iter().rfind(|line| line.starts_with("Client"));
    assert!(last.unwrap().contains("SessionEnd"));
}

#[test]
fn what_a_page_pulls_in_is_no_call_of_its_own() {
    // Each fifth call is a page, the others its pictures.
    let pulls_in = |flags| {
        let mut events = calls(1, 30);
        for picture in events.iter_mut().enumerate().filter(|(n, _)| n % 5 > 0).map(|(_, it)| it) {
            (picture.words, picture.flags) = (PathWords::ASSET, flags);
        }
        let (lines, _) = run(&events, Limits::default(), ObservePolicy::Judging);
        let last = |column| *of_client(&lines, column).last().unwrap();
        (last("sequence_length"), last("requests_1m"), last("longest_run_calls"))
    };
    assert_eq!(pulls_in(EventFlags::REFERER), (30.0, 6.0, 6.0));
    // Who asks for pictures that no page names asks for them.
    assert_eq!(pulls_in(EventFlags::empty()), (30.0, 30.0, 30.0));
}

#[test]
fn an_idle_gap_ends_a_session_and_the_end_says_what_stood_before_it() {
    let mut events = calls(1, 6);
    let later = Event { time: events[5].time.plus_micros(1_800 * MICROS_PER_SEC), ..events[5] };
    events.push(later);
    let (lines, stats) = run(&events, Limits::default(), ObservePolicy::Tables);
    let ends: Vec<_> =
        lines.iter().filter(|l| l.starts_with("Client") && l.contains("End")).collect();
    assert_eq!(ends.len(), 2);
    assert!(ends[0].contains(&events[5].time.to_string()), "{}", ends[0]);
    assert_eq!(stats.sessions, [2, 0, 0, 2], "of the client and of the endpoint");
}

#[test]
fn a_full_table_lets_the_longest_idle_go_and_counts_it() {
    let events: Vec<_> = (0..2_000_u32)
        .map(|n| {
            let event = calls(1, 1)[0];
            let client = domain::Client::Ipv4(n.into());
            Event { time: event.time.plus_micros(i64::from(n)), client, ..event }
        })
        .collect();
    let limits = Limits { max_entities: 64, ..Limits::default() };
    let (lines, stats) = run(&events, limits, ObservePolicy::Tables);
    assert!(stats.live <= 64, "{stats:?}");
    assert_eq!(stats.evicted as usize + stats.live, 2_001, "clients and one endpoint: {stats:?}");
    let ended = lines.iter().filter(|line| line.contains("SessionEnd")).count();
    assert_eq!(ended, 2_001, "the evicted have a last word too");
}

#[test]
fn who_was_idle_for_a_day_is_retired() {
    let mut events = calls(1, 3);
    let stranger = domain::Client::Ipv4(77.into());
    let later = events[2].time.plus_micros(2 * 86_400 * MICROS_PER_SEC);
    // Enough strangers for every shard to be asked for room.
    for n in 0..200_u32 {
        let client = domain::Client::Ipv4((1_000 + n).into());
        events.push(Event { time: later, client, ..events[0] });
    }
    events.push(Event { time: later, client: stranger, ..events[0] });
    let (_, stats) = run(&events, Limits::default(), ObservePolicy::Judging);
    assert!(stats.retired >= 1 && stats.evicted == 0, "{stats:?}");
}

#[test]
fn a_client_with_one_call_takes_less_than_a_kibibyte() {
    let events: Vec<_> = (0..10_000_u32)
        .map(|n| Event { client: domain::Client::Ipv4(n.into()), ..calls(1, 1)[0] })
        .collect();
    let (_, stats) = run(&events, Limits::default(), ObservePolicy::Judging);
    let each = stats.bytes / stats.live;
    assert!(each <= 1_024, "{each} bytes a client");
}

#[test]
fn rows_are_prefixes_whatever_the_policy() {
    let events: Vec<_> = (0..4_000_u64)
        .map(|n| any_event(n, Timestamp::from_secs(1_800_000_000 + n as i64 * 3)))
        .collect();
    let (all, _) = run(&events, Limits::default(), ObservePolicy::Judging);
    let (few, _) = run(&events, Limits::default(), ObservePolicy::Fitting);
    let scheduled: Vec<_> = all.iter().filter(|line| !line.contains("Notable")).collect();
    assert!(few.len() > 100 && few.iter().eq(scheduled));
    // What is seen of the first half does not depend on the second.
    let (half, _) = run(&events[..2_000], Limits::default(), ObservePolicy::Judging);
    let until_end: Vec<_> = half.iter().filter(|line| !line.contains("SessionEnd")).collect();
    assert!(until_end.iter().all(|line| all.contains(line)));
    assert_eq!(columns().count(), WIDTH);
}
