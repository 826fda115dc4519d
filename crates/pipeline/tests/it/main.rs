//! The pipeline as a whole, on events of our own making: fit without labels, then judge.

mod promises;

use std::collections::BTreeSet;
use std::net::Ipv4Addr;

use domain::{
    AuthOutcome, Client, EndpointId, Entity, EntityKind, Event, EventFlags, Finding, Method,
    NameId, PathWords, Position, Threat, Timestamp, Verdict,
};
use features::{Limits, ObservePolicy, Profiles, ProfilesFit, mix};
use pipeline::{
    Budget, Bundle, Front, Judge, Label, Part, Period, SampleFit, Sampling, fit, is_judged,
    ordinary,
};

const START_SECS: i64 = 1_800_000_000;

fn client(n: u32) -> Client {
    Client::Ipv4(Ipv4Addr::from_bits(0x0a00_0000 + n))
}

fn call(who: u32, at_micros: i64, path: u64) -> Event {
    Event {
        time: Timestamp::from_secs(START_SECS).plus_micros(at_micros),
        position: Position { offset: at_micros as u64, ..Position::default() },
        client: client(who),
        account: None,
        credential: None,
        endpoint: EndpointId(path as u32 % 12),
        path_hash: mix(path),
        object_hash: 0,
        query_hash: 0,
        forwarded_hash: 0,
        page_hash: 0,
        agent: NameId(1 + who % 5),
        request_bytes: 0,
        response_bytes: 500 + (path as u32 % 7) * 300,
        latency_micros: 0,
        status: 200,
        method: Method::Get,
        auth: AuthOutcome::None,
        words: PathWords::empty(),
        flags: EventFlags::REFERER.union(EventFlags::AGENT_BROWSER),
    }
}

fn failed_sign_in(who: u32, at_micros: i64) -> Event {
    Event {
        status: 401,
        method: Method::Post,
        auth: AuthOutcome::Failure,
        words: PathWords::SIGN_IN,
        endpoint: EndpointId(12),
        ..call(who, at_micros, 99)
    }
}

/// `people` who browse for an hour with pauses; every seventh mistypes a password once.
fn people(people: u32) -> Vec<Event> {
    let mut events = Vec::new();
    for who in 0..people {
        let mut at = (mix(who.into()) % 600_000_000) as i64;
        for step in 0..30 + mix(who.into()) % 40 {
            let drawn = mix(u64::from(who) << 20 | step);
            at += 400_000 + (drawn % 1_000) as i64 * (drawn % 97) as i64 * 700;
            let event = match step {
                3 if who % 7 == 0 => failed_sign_in(who, at),
                _ => call(who, at, drawn % 30),
            };
            events.push(event);
        }
    }
    events.sort_by_key(|event| event.time);
    events
}

/// A site of 300 people on which client 9000 guesses passwords and client 9001 looks for weak spots.
fn attacked_site() -> Vec<Event> {
    let mut events = people(300);
    for n in 0..200 {
        events.push(failed_sign_in(9_000, 60_000_000 + n * 900_000));
        let probe = call(9_001, 90_000_000 + n * 300_000, 10_000 + n as u64);
        events.push(Event { status: 404, flags: EventFlags::AGENT_SCANNER, ..probe });
    }
    events.sort_by_key(|event| event.time);
    events
}

fn profiles(events: &[Event]) -> Profiles {
    let mut profiles = ProfilesFit::default();
    events.iter().for_each(|event| profiles.observe(event, Limits::default().idle_gap_micros()));
    profiles.finish()
}

fn fitted(events: &[Event], lanes: usize, budget: Budget) -> Bundle {
    let (profiles, sampling) = (profiles(events), Sampling::of(1_000));
    let samples = (0..lanes).map(|lane| {
        let mut sample = SampleFit::new(sampling);
        let mut front = Front::new(lane, lanes, Limits::default(), ObservePolicy::Fitting);
        for event in events {
            front.observe(
                event,
                &profiles,
                |entity| sampling.takes(entity),
                |s| sample.observe(&s),
            );
        }
        front.finish(|seen| sample.observe(&seen));
        sample
    });
    let sample = SampleFit::join(sampling, samples.collect::<Vec<_>>());
    let (first, last) = (events[0].time, events[events.len() - 1].time);
    let period = Period { first, last, silent_micros: 0 };
    fit(&sample, profiles.clone(), Limits::default(), Some(period), budget, 7)
}

/// Every finding, by entity, in the order of the entities.
fn judged(events: &[Event], bundle: &Bundle, lanes: usize) -> Vec<(Entity, Finding)> {
    let judge = Judge::new(bundle);
    let mut found = Vec::new();
    for lane in 0..lanes {
        let mut front = Front::new(lane, lanes, bundle.limits, ObservePolicy::Judging);
        let mut note = |seen: domain::Observation<'_>| {
            if let Verdict::Anomalous { findings, .. } = judge.judge(&seen) {
                assert!(!findings.is_empty(), "an anomaly says what it is");
                found.extend(findings.into_iter().map(|finding| (seen.entity, finding)));
            }
        };
        let wanted = |entity: &Entity| is_judged(entity.kind());
        events.iter().for_each(|e| front.observe(e, &bundle.profiles, wanted, &mut note));
        front.finish(&mut note);
    }
    found.sort_by_key(|(entity, _)| *entity);
    found
}

fn accused(findings: &[(Entity, Finding)]) -> BTreeSet<(Entity, Threat)> {
    findings.iter().map(|(entity, found)| (*entity, found.threat)).collect()
}

#[test]
fn an_attack_in_the_log_does_not_become_the_normal() {
    let events = attacked_site();
    let bundle = fitted(&events, 1, Budget::default());
    let accused = accused(&judged(&events, &bundle, 1));
    assert!(accused.contains(&(Entity::Client(client(9_000)), Threat::BruteForce)), "{accused:?}");
    let probing = (Entity::Client(client(9_001)), Threat::VulnerabilityProbing);
    assert!(accused.contains(&probing), "{accused:?}");
    let people = accused.iter().filter(|(entity, _)| *entity < Entity::Client(client(9_000)));
    assert_eq!(people.count(), 0, "{accused:?}");
    assert!(bundle.fitted.trimmed >= 2, "{:?}", bundle.fitted);
}

#[test]
fn findings_do_not_depend_on_how_many_lanes_there_are() {
    let events = attacked_site();
    let reference = fitted(&events, 1, Budget::default());
    let expect = judged(&events, &reference, 1);
    assert!(expect.len() > 100, "{} findings", expect.len());
    for lanes in [2, 5, 16] {
        let bundle = fitted(&events, lanes, Budget::default());
        assert_eq!(bundle.baseline, reference.baseline, "{lanes} lanes");
        assert_eq!(bundle.least_strength, reference.least_strength, "{lanes} lanes");
        assert_eq!(judged(&events, &bundle, lanes), expect, "{lanes} lanes");
    }
}

#[test]
fn a_larger_budget_never_hides_what_a_smaller_one_shows() {
    let events = attacked_site();
    let mut before = BTreeSet::new();
    for budget in ["0.001/day", "5/day", "0.1%", "1%", "10%", "40%"] {
        let bundle = fitted(&events, 1, budget.parse().expect("a budget"));
        let now: BTreeSet<Entity> =
            judged(&events, &bundle, 1).into_iter().map(|(entity, _)| entity).collect();
        assert!(now.is_superset(&before), "{budget} hides {:?}", before.difference(&now));
        before = now;
    }
    assert!(before.len() > 5, "a budget of 40 % shows more than two attackers: {before:?}");
}

#[test]
fn a_quiet_site_stays_quiet() {
    let events = people(300);
    let bundle = fitted(&events, 1, Budget::default());
    let accused = accused(&judged(&events, &bundle, 1));
    assert!(accused.len() <= 1, "five a day are at most one an hour: {accused:?}");
}

#[test]
fn one_client_or_no_event_can_be_fitted_on() {
    let events = vec![call(1, 0, 1)];
    let bundle = fitted(&events, 1, Budget::default());
    assert_eq!(judged(&events, &bundle, 1), []);
    let alone: Vec<Event> = (0..50).map(|n| failed_sign_in(1, n * 700_000)).collect();
    let bundle = fitted(&alone, 2, Budget::default());
    let accused = accused(&judged(&alone, &bundle, 2));
    assert!(accused.contains(&(Entity::Client(client(1)), Threat::BruteForce)), "floors apply");
}

#[test]
fn a_saved_bundle_gives_the_same_verdicts() {
    let events = attacked_site();
    let bundle = fitted(&events, 2, Budget::Share(0.001));
    let again = Bundle::load(&bundle.save()).expect("what was saved can be loaded");
    assert_eq!(again.fitted, bundle.fitted);
    assert_eq!(again.profiles, bundle.profiles);
    assert_eq!(again.baseline, bundle.baseline);
    let findings = judged(&events, &bundle, 2);
    assert!(!findings.is_empty());
    assert_eq!(judged(&events, &again, 1), findings);
    // As text: what is not known is NaN, which equals nothing.
    assert_eq!(format!("{:?}", again.save()), format!("{:?}", bundle.save()));
}

#[test]
fn a_session_with_a_labelled_call_is_labelled_from_there_on() {
    let (profiles, sampling) = (Profiles::default(), Sampling::of(1));
    let mut sample = SampleFit::new(sampling);
    let mut front = Front::new(0, 1, Limits::default(), ObservePolicy::Fitting);
    let attack = Label::Attack(Threat::TokenAbuse);
    // Two sessions of 20 calls, hours apart; an attack from the tenth call of the second.
    for n in 0..40_i64 {
        let event = call(1, n * 1_000_000 + n / 20 * 10_000_000_000, n as u64);
        if n >= 30 {
            event.entities().for_each(|entity| sample.mark(entity, attack, event.time));
        }
        let wanted = |entity: &Entity| sampling.takes(entity);
        front.observe(&event, &profiles, wanted, |seen| sample.observe(&seen));
    }
    front.finish(|seen| sample.observe(&seen));
    let sessions = sample.sessions(EntityKind::Client);
    let labels: Vec<Option<Label>> = sessions.iter().map(|session| session.label()).collect();
    assert_eq!(labels, [None, Some(attack)]);
    let (all, labelled) =
        (sessions[1].rows().count(), sessions[1].labelled_rows_of(Part::Whole).count());
    assert!(labelled > 0 && labelled < all, "{labelled} of {all} rows know of the attack");
    assert!(ordinary(EntityKind::Client, &sample, 1).iter().all(|it| it.label().is_none()));
}
