use super::*;
use crate::groups::tests::any_event;

const IDLE: i64 = 1_800_000_000;

fn call(client: u64, endpoint: u32, at_secs: i64) -> Event {
    let event = any_event(client, Timestamp::from_secs(1_800_000_000 + at_secs));
    Event { endpoint: EndpointId(endpoint), ..event }
}

/// A site of clients who go from 0 to 1, and one in seven from 1 to a place of their own.
fn calls() -> Vec<Event> {
    let visit = |client: u64| {
        let at = client as i64 * 700;
        let own = if client.is_multiple_of(7) { 2 + client as u32 } else { 0 };
        [call(client, 0, at), call(client, 1, at + 5), call(client, own, at + 9)]
    };
    let mut events: Vec<Event> = (1..50).flat_map(visit).collect();
    events.sort_by_key(|event| event.time);
    events
}

#[test]
fn the_parts_together_are_the_whole_and_each_is_left_out_of_its_own() {
    let (events, folds) = (calls(), 3);
    let fold = |event: &Event| crate::client_hash(event.client) as usize % folds;
    let mut parts = ProfileFolds::new(folds);
    events.iter().for_each(|event| parts.observe(fold(event), event, IDLE));
    let fitted = |keep: &dyn Fn(&Event) -> bool| {
        let mut profiles = ProfilesFit::default();
        events.iter().filter(|it| keep(it)).for_each(|event| profiles.observe(event, IDLE));
        profiles.finish()
    };
    let (whole, without) = parts.finish();
    assert_eq!(whole, fitted(&|_| true));
    for (left_out, profiles) in without.iter().enumerate() {
        assert_eq!(*profiles, fitted(&|event| fold(event) != left_out), "fold {left_out}");
    }
    // A step that one client alone takes is new to whoever has not seen it.
    let alone = events.iter().find(|event| event.endpoint.0 > 1).expect("one in seven");
    let step = (EndpointId(1), alone.endpoint);
    assert!(!whole.transition(step.0, step.1).1);
    assert!(without[fold(alone)].transition(step.0, step.1).1);
}

#[test]
fn an_hour_that_was_never_seen_is_as_busy_as_its_time_of_day() {
    // Five days on which people call from 9 to 17 o'clock.
    let mut hours = vec![0; HOURS];
    for day in 0..5 {
        (9..17).for_each(|hour| hours[day * 24 + hour] = 400);
    }
    let bits = hour_surprises(&hours);
    let saturday = |hour: usize| bits[5 * 24 + hour];
    assert!(saturday(12) < saturday(3) - 3.0, "{} {}", saturday(12), saturday(3));
    assert!(bits[12] < saturday(12), "but not as busy as an hour that was");
    assert!(hour_surprises(&[0; HOURS]).iter().all(|bits| bits.abs() < 1e-6));
}
