use std::net::Ipv4Addr;

use domain::Event;

use super::*;

struct Plain;

impl Naming for Plain {
    fn entity(&self, entity: &Entity) -> EntityName {
        EntityName { kind: entity.kind(), value: format!("{entity:?}") }
    }
    fn client(&self, client: Client) -> String {
        client.to_string()
    }
    fn account(&self, account: AccountId) -> String {
        format!("account {}", account.0.0)
    }
    fn references(&self, _: Threat) -> (Vec<&'static str>, Vec<&'static str>) {
        (vec!["T1"], vec!["API1"])
    }
}

fn client(last: u8) -> Entity {
    Entity::Client(Client::Ipv4(Ipv4Addr::new(192, 0, 2, last)))
}

fn found(threat: Threat, score: f32) -> Finding {
    let evidence = Evidence {
        column: "c",
        value: 9.0 * score,
        normal_low: 0.0,
        normal_high: 1.0,
        contribution: score,
    };
    Finding { threat, score: Score::saturating(score), because: vec![evidence] }
}

fn at(secs: i64) -> Timestamp {
    Timestamp::from_secs(secs)
}

/// Files a finding about an entity, as the end of a session would.
fn file(desk: &mut Desk, entity: Entity, at: Timestamp, found: &Finding) {
    desk.file(&seen(entity, at, None), found);
}

fn seen(entity: Entity, time: Timestamp, event: Option<&Event>) -> Observation<'_> {
    let position = Position { offset: time.as_secs() as u64, ..Position::default() };
    let moment = domain::Moment::SessionEnd;
    Observation { entity, time, position, event, moment, row: &[] }
}

#[test]
fn many_findings_about_one_entity_and_threat_are_one_alert() {
    let mut desk = Desk::default();
    for (secs, score) in [(10, 0.6), (20, 0.95), (30, 0.7)] {
        file(&mut desk, client(1), at(secs), &found(Threat::BruteForce, score));
    }
    file(&mut desk, client(2), at(15), &found(Threat::AutomatedBots, 0.8));
    let alerts: Vec<Alert> = desk.close(&Plain).into_iter().map(|filed| filed.alert).collect();
    assert_eq!(alerts.len(), 2);
    let worst = &alerts[0];
    assert_eq!((worst.threat, worst.count), (Threat::BruteForce, 3));
    assert_eq!((worst.first_seen, worst.last_seen), (at(10), at(30)));
    assert_eq!(worst.score, Score::saturating(0.95));
    assert_eq!(worst.evidence[0].contribution, 0.95, "the evidence is that of the worst moment");
}

#[test]
fn an_anomaly_without_a_name_gives_way_to_one_with() {
    let mut desk = Desk::default();
    file(&mut desk, client(1), at(1), &found(Threat::Unclassified, 0.9));
    file(&mut desk, client(1), at(2), &found(Threat::VulnerabilityProbing, 0.6));
    file(&mut desk, client(2), at(1), &found(Threat::Unclassified, 0.9));
    let threats: Vec<_> = desk.close(&Plain).into_iter().map(|f| f.alert.threat).collect();
    assert_eq!(threats.len(), 2);
    assert!(threats.contains(&Threat::Unclassified), "client 2 keeps its own");
}

#[test]
fn ids_depend_on_who_what_and_when_alone() {
    let id = |entity: Entity, threat, since, desk_first: bool| {
        let mut desk = Desk::default();
        let mut other = Desk::default();
        file(&mut other, client(9), at(5), &found(Threat::BruteForce, 0.9));
        file(&mut desk, entity, at(since), &found(threat, 0.7));
        if desk_first {
            desk.take_over(other);
        } else {
            other.take_over(std::mem::take(&mut desk));
            desk = other;
        }
        let filed = desk.close(&Plain);
        let name = Plain.entity(&entity);
        filed.into_iter().find(|filed| filed.alert.entity == name).unwrap().alert.id
    };
    let one = id(client(1), Threat::BruteForce, 7, true);
    assert_eq!(one, id(client(1), Threat::BruteForce, 7, false));
    assert_ne!(one, id(client(2), Threat::BruteForce, 7, true));
    assert_ne!(one, id(client(1), Threat::AutomatedBots, 7, true));
    assert_ne!(one, id(client(1), Threat::BruteForce, 8, true));
}

fn failed_sign_in(client: u8, endpoint: u32, secs: i64) -> Event {
    Event {
        time: at(secs),
        position: Position { offset: secs as u64, ..Position::default() },
        client: Client::Ipv4(Ipv4Addr::new(192, 0, 2, client)),
        account: None,
        credential: None,
        endpoint: domain::EndpointId(endpoint),
        path_hash: 1,
        object_hash: 0,
        query_hash: 0,
        forwarded_hash: 0,
        agent: domain::NameId(1),
        response_bytes: 0,
        latency_micros: 0,
        status: 401,
        method: domain::Method::Post,
        auth: domain::AuthOutcome::Failure,
        words: domain::PathWords::SIGN_IN,
        flags: domain::EventFlags::empty(),
    }
}

fn campaign_of(clients: u8, every_secs: i64, tries: usize) -> Vec<Alert> {
    let (mut desk, mut other) = (Desk::default(), Desk::default());
    for n in 0..clients {
        let event = failed_sign_in(n, 7, i64::from(n) * every_secs);
        let half = if n % 2 == 0 { &mut desk } else { &mut other };
        for _ in 0..tries {
            half.suspect(
                &seen(Entity::Client(event.client), event.time, Some(&event)),
                &found(Threat::CredentialStuffing, 0.3),
            );
        }
    }
    desk.take_over(other);
    desk.close(&Plain).into_iter().map(|filed| filed.alert).collect()
}

#[test]
fn many_suspects_at_one_endpoint_are_a_campaign() {
    let alerts = campaign_of(25, 30, 3);
    assert_eq!(alerts.len(), 1);
    let alert = &alerts[0];
    assert_eq!((alert.threat, alert.clients.len()), (Threat::CredentialStuffing, 25));
    assert_eq!(alert.entity.kind, domain::EntityKind::Endpoint);
    assert!(alert.score.get() > 0.8, "{}", alert.score);
    assert_eq!((alert.first_seen, alert.last_seen), (at(0), at(24 * 30)));
}

#[test]
fn few_suspects_or_suspects_far_apart_are_none() {
    assert_eq!(campaign_of(7, 30, 3), []);
    assert_eq!(campaign_of(40, 900, 3), []);
}

#[test]
fn one_try_each_takes_more_clients() {
    assert_eq!(campaign_of(20, 30, 1), []);
    assert_eq!(campaign_of(30, 30, 1).len(), 1);
}

#[test]
fn what_happens_at_every_hour_is_no_campaign() {
    // Twelve clients an hour, all day long.
    assert_eq!(campaign_of(240, 300, 3), []);
}

#[test]
fn who_gets_in_and_goes_on_is_no_suspect_any_more() {
    let mut desk = Desk::default();
    for n in 0..9 {
        let event = failed_sign_in(n, 7, 1);
        for _ in 0..3 {
            desk.suspect(
                &seen(Entity::Client(event.client), event.time, Some(&event)),
                &found(Threat::CredentialStuffing, 0.3),
            );
        }
    }
    let forgetful = failed_sign_in(0, 7, 1).client;
    desk.acquit(forgetful);
    let named = desk.clone().close(&Plain).remove(0).alert.clients;
    assert!(named.len() == 8 && !named.contains(&forgetful.to_string()), "{named:?}");
    desk.acquit(failed_sign_in(1, 7, 1).client);
    assert!(desk.close(&Plain).is_empty(), "seven are no campaign");
}
