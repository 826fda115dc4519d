use super::*;
use crate::groups::tests::any_event;
use domain::Method;

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

/// People who sign in, half of them sent to a page that asks for a second factor, and go on from there.
fn sign_ins(flags: EventFlags) -> Vec<Event> {
    let visit = |client: u64| {
        let (page, bytes) = if client.is_multiple_of(2) { (7, 31) } else { (8, 36) };
        let sign_in = PathWords::SIGN_IN;
        let form = Event {
            method: Method::Post,
            status: 302,
            auth: AuthOutcome::Success,
            words: sign_in,
            response_bytes: bytes,
            path_hash: 1,
            flags,
            ..call(client, 5, client as i64 * 700)
        };
        let next = Event {
            method: Method::Get,
            status: 200,
            auth: AuthOutcome::None,
            words: if page == 7 { sign_in } else { PathWords::empty() },
            path_hash: u64::from(page),
            flags: EventFlags::empty(),
            ..call(client, page, client as i64 * 700 + 5)
        };
        [form, next]
    };
    (1..81).flat_map(visit).collect()
}

#[test]
fn a_page_that_asks_for_a_second_factor_is_no_form_shown_again() {
    let mut profiles = ProfilesFit::default();
    let events = sign_ins(EventFlags::empty());
    events.iter().for_each(|event| profiles.observe(event, IDLE));
    assert_eq!(profiles.finish().sign_in(EndpointId(5)), None);
}

#[test]
fn where_the_log_tells_where_a_sign_in_leads_its_size_tells_nothing() {
    let mut profiles = ProfilesFit::default();
    for event in sign_ins(EventFlags::SENT_ON) {
        // The second page is that of the form itself: without the flag, half would be failures.
        let path_hash = if event.path_hash == 7 { 1 } else { event.path_hash };
        profiles.observe(&Event { path_hash, ..event }, IDLE);
    }
    assert_eq!(profiles.finish().sign_in(EndpointId(5)), None);
}
