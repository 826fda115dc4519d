use std::net::Ipv4Addr;

use domain::{
    AccountId, Alert, EntityKind, EntityName, Event, Evidence, NameId, Position, Score, Timestamp,
};

use super::*;

struct Plain;

impl Naming for Plain {
    fn entity(&self, entity: &Entity) -> EntityName {
        let value = match entity {
            Entity::Client(client) => client.to_string(),
            other => format!("{other:?}"),
        };
        EntityName { kind: entity.kind(), value }
    }
    fn client(&self, client: Client) -> String {
        client.to_string()
    }
    fn account(&self, account: AccountId) -> String {
        format!("account {}", account.0.0)
    }
    fn agent(&self, agent: NameId) -> String {
        format!("agent {}", agent.0)
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

fn alerts(desk: Desk) -> Vec<Alert> {
    alerts_by(desk, &Policy::default())
}

fn alerts_by(desk: Desk, policy: &Policy) -> Vec<Alert> {
    desk.close(&Plain, policy).filed.into_iter().map(|filed| filed.alert).collect()
}

fn at(secs: i64) -> Timestamp {
    Timestamp::from_secs(secs)
}

/// Files a finding about a client.
fn file(desk: &mut Desk, entity: Entity, at: Timestamp, found: &Finding) {
    let Entity::Client(client) = entity else { panic!("{entity:?} is no client") };
    let event = Event { client, ..failed_sign_in(0, 7, at.as_secs()) };
    desk.file(&seen(entity, at, Some(&event)), found);
}

fn seen(entity: Entity, time: Timestamp, event: Option<&Event>) -> Observation<'_> {
    let position = Position { offset: time.as_secs() as u64, ..Position::default() };
    let moment = domain::Moment::SessionEnd;
    Observation { entity, time, known_at: time, position, event, moment, row: &[] }
}

#[test]
fn many_findings_about_one_entity_and_threat_are_one_alert() {
    let mut desk = Desk::default();
    for (secs, score) in [(10, 0.6), (20, 0.95), (30, 0.7)] {
        file(&mut desk, client(1), at(secs), &found(Threat::BruteForce, score));
    }
    file(&mut desk, client(2), at(15), &found(Threat::AutomatedBots, 0.8));
    let alerts: Vec<Alert> =
        desk.close(&Plain, &Policy::default()).filed.into_iter().map(|filed| filed.alert).collect();
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
    let threats: Vec<_> =
        desk.close(&Plain, &Policy::default()).filed.into_iter().map(|f| f.alert.threat).collect();
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
        let filed = desk.close(&Plain, &Policy::default()).filed;
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
        page_hash: 0,
        agent: domain::NameId(1),
        response_bytes: 0,
        request_bytes: 0,
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
    desk.close(&Plain, &Policy::default()).filed.into_iter().map(|filed| filed.alert).collect()
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
fn a_smaller_campaign_days_after_a_large_one_is_not_lost() {
    let mut desk = Desk::default();
    for (clients, begins) in [(0..120, 0), (120..150, 5 * 86_400)] {
        for n in clients {
            let event = failed_sign_in(n, 7, begins + i64::from(n));
            for _ in 0..3 {
                desk.suspect(
                    &seen(Entity::Client(event.client), event.time, Some(&event)),
                    &found(Threat::CredentialStuffing, 0.3),
                );
            }
        }
    }
    let members: Vec<usize> = alerts(desk).iter().map(|alert| alert.members.len()).collect();
    assert_eq!(members, [120, 30]);
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
    let named = alerts(desk.clone()).remove(0).clients;
    assert!(named.len() == 8 && !named.contains(&forgetful.to_string()), "{named:?}");
    desk.acquit(failed_sign_in(1, 7, 1).client);
    assert!(alerts(desk).is_empty(), "seven are no campaign");
}

#[test]
fn after_the_cooldown_an_incident_opens_anew() {
    let mut desk = Desk::with_cooldown(600);
    for secs in [0, 500, 1_100, 1_701] {
        file(&mut desk, client(1), at(secs), &found(Threat::BruteForce, 0.9));
    }
    let alerts = alerts(desk);
    let spans: Vec<_> = alerts.iter().map(|it| (it.first_seen, it.last_seen, it.count)).collect();
    assert_eq!(spans, [(at(0), at(1_100), 3), (at(1_701), at(1_701), 1)]);
    assert_ne!(alerts[0].id, alerts[1].id);
}

/// A finding about the client of a failed sign-in.
fn accuse(desk: &mut Desk, threat: Threat, event: &Event) {
    desk.file(&seen(Entity::Client(event.client), event.time, Some(event)), &found(threat, 0.9));
}

#[test]
fn one_tool_at_one_endpoint_is_one_incident_with_its_members() {
    let mut desk = Desk::default();
    for n in 0..5 {
        accuse(&mut desk, Threat::BruteForce, &failed_sign_in(n, 7, i64::from(n) * 900));
    }
    // Another endpoint, another threat, and another day: two of each are no group.
    for n in 5..7 {
        accuse(&mut desk, Threat::BruteForce, &failed_sign_in(n, 8, 60));
        accuse(&mut desk, Threat::UnauthorizedAccess, &failed_sign_in(n, 7, 60));
        accuse(&mut desk, Threat::BruteForce, &failed_sign_in(n + 10, 7, 50_000));
    }
    let alerts = alerts(desk);
    assert_eq!(alerts.len(), 1 + 6);
    let group = alerts.iter().find(|alert| alert.folded > 0).expect("five were folded");
    assert_eq!((group.folded, group.count, group.clients.len()), (5, 5, 5));
    assert_eq!(group.entity.value, "Endpoint(EndpointId(7))");
    let joined: Vec<_> = group.members.iter().map(|it| it.first_seen.as_secs()).collect();
    assert_eq!(joined, [0, 900, 1_800, 2_700, 3_600]);
    assert_eq!((group.first_seen, group.last_seen), (at(0), at(3_600)));
}

#[test]
fn a_loud_member_of_a_campaign_is_no_alert_of_its_own() {
    let mut desk = Desk::default();
    for (n, again) in (0..10).flat_map(|n| [(n, 0), (n, 1), (n, 2)]) {
        let event = failed_sign_in(n, 7, i64::from(n) * 30 + again);
        desk.suspect(
            &seen(Entity::Client(event.client), event.time, Some(&event)),
            &found(Threat::CredentialStuffing, 0.3),
        );
    }
    accuse(&mut desk, Threat::CredentialStuffing, &failed_sign_in(99, 7, 100));
    let alerts = alerts(desk);
    assert_eq!(alerts.len(), 1);
    assert_eq!((alerts[0].folded, alerts[0].members.len(), alerts[0].clients.len()), (1, 11, 11));
    assert_eq!((alerts[0].first_seen, alerts[0].opened_at), (at(0), at(100)), "the loud one's");
}

#[test]
fn an_account_that_one_client_attacked_is_part_of_what_it_did() {
    let mut desk = Desk::default();
    for secs in 0..20 {
        guess(&mut desk, &failed_as(1, 3, secs));
    }
    let joined = alerts(desk.clone());
    assert_eq!(joined.len(), 1);
    assert_eq!((joined[0].entity.kind, joined[0].folded), (domain::EntityKind::Client, 1));
    assert_eq!(joined[0].score, Score::saturating(0.95), "the surer of the two");
    // Its owner mistypes twice, hours later: it is still what the client did, and no more.
    (9_000..9_002).for_each(|secs| guess_at_account(&mut desk, &failed_as(2, 3, secs)));
    let one = alerts(desk.clone()).remove(0);
    assert_eq!((one.entity.kind, one.last_seen), (domain::EntityKind::Client, at(19)));
    assert_eq!((one.count, one.clients.len()), (20, 1));
    // As many from others: then the account is a matter of its own, and they are part of it.
    (9_002..9_010).for_each(|secs| {
        guess_at_account(&mut desk, &failed_as((secs - 9_000) as u8 + 1, 3, secs));
    });
    let alerts = alerts(desk);
    assert_eq!((alerts.len(), alerts[0].entity.kind), (1, domain::EntityKind::Account));
    assert_eq!((alerts[0].members.len(), alerts[0].clients.len()), (1, 10));
}

fn failed_as(client: u8, account: u32, secs: i64) -> Event {
    Event { account: Some(AccountId(NameId(account))), ..failed_sign_in(client, 7, secs) }
}

/// A failed sign-in that is seen from the client and from the account.
fn guess(desk: &mut Desk, event: &Event) {
    accuse(desk, Threat::BruteForce, event);
    guess_at_account(desk, event);
}

fn guess_at_account(desk: &mut Desk, event: &Event) {
    let account = Entity::Account(event.account.expect("it names one"));
    desk.file(&seen(account, event.time, Some(event)), &found(Threat::BruteForce, 0.95));
}

fn suspect(desk: &mut Desk, event: &Event) {
    desk.suspect(
        &seen(Entity::Client(event.client), event.time, Some(event)),
        &found(Threat::CredentialStuffing, 0.3),
    );
}

#[test]
fn an_event_that_is_seen_from_the_client_and_the_account_counts_once() {
    let mut desk = Desk::default();
    // The client was loud enough from its fifth guess on, the account from its eighth.
    (4..100).for_each(|secs| accuse(&mut desk, Threat::BruteForce, &failed_as(1, 3, secs)));
    (7..100).for_each(|secs| guess_at_account(&mut desk, &failed_as(1, 3, secs)));
    let alerts = alerts(desk);
    assert_eq!((alerts.len(), alerts[0].count, alerts[0].members[0].count), (1, 96, 93));
}

#[test]
fn the_owner_who_comes_back_neither_prolongs_an_attack_nor_counts_in_it() {
    let mut desk = Desk::default();
    (0..10).for_each(|secs| guess_at_account(&mut desk, &failed_as(1, 3, secs)));
    // What the account's row says when the owner's own session ends, half an hour later.
    let account = Entity::Account(AccountId(NameId(3)));
    let surer = found(Threat::BruteForce, 0.97);
    desk.file(&seen(account, at(1_800), None), &surer);
    let filed = desk.close(&Plain, &Policy::default()).filed;
    let alert = &filed[0].alert;
    assert_eq!((filed.len(), alert.count, alert.last_seen), (1, 10, at(9)));
    assert!(filed[0].positions.iter().all(|it| it.offset < 10), "{:?}", filed[0].positions);
    assert_eq!(alert.score, Score::saturating(0.97), "what it shows still counts");
    // Nor is it another attack where the first is over sooner.
    let mut desk = Desk::with_cooldown(600);
    (0..10).for_each(|secs| guess_at_account(&mut desk, &failed_as(1, 3, secs)));
    desk.file(&seen(account, at(1_800), None), &surer);
    assert_eq!(alerts(desk).len(), 1);
}

#[test]
fn the_last_call_of_a_bot_counts_once() {
    let mut desk = Desk::default();
    let (bot, last) = (client(1), failed_sign_in(1, 7, 60));
    file(&mut desk, bot, at(30), &found(Threat::AutomatedBots, 0.8));
    file(&mut desk, bot, at(60), &found(Threat::AutomatedBots, 0.8));
    desk.file(&seen(bot, last.time, None), &found(Threat::AutomatedBots, 0.8));
    assert_eq!(alerts(desk.clone())[0].count, 2);
    desk.file(&seen(bot, at(90), None), &found(Threat::AutomatedBots, 0.8));
    assert_eq!((alerts(desk.clone())[0].count, alerts(desk)[0].last_seen), (3, at(90)));
}

#[test]
fn one_account_that_many_clients_guess_at_is_one_incident() {
    let mut desk = Desk::default();
    for n in 0..60 {
        for again in 0..5 {
            let event = failed_as(n, 3, i64::from(n) * 60 + again);
            if again < 3 {
                suspect(&mut desk, &event)
            } else {
                accuse(&mut desk, Threat::BruteForce, &event)
            }
            guess_at_account(&mut desk, &event);
        }
        let odd = failed_as(n, 3, i64::from(n) * 60 + 4);
        let client = Entity::Client(odd.client);
        desk.file(&seen(client, odd.time, Some(&odd)), &found(Threat::Unclassified, 0.6));
    }
    let alerts = alerts(desk);
    assert_eq!(alerts.len(), 1, "{alerts:#?}");
    let alert = &alerts[0];
    assert_eq!(
        (alert.threat, alert.entity.kind),
        (Threat::BruteForce, domain::EntityKind::Account)
    );
    assert_eq!((alert.count, alert.members.len(), alert.first_seen), (300, 60, at(0)));
}

#[test]
fn members_of_a_campaign_that_grow_loud_stay_in_it_whatever_their_agents() {
    let mut desk = Desk::default();
    for (n, again) in (0..30).flat_map(|n| (0..10).map(move |again| (n, again))) {
        let event = Event {
            agent: NameId(u32::from(n) % 10),
            ..failed_as(n, u32::from(n) * 10 + again, i64::from(n) + i64::from(again) * 60)
        };
        match again {
            9 => accuse(&mut desk, Threat::CredentialStuffing, &event),
            _ => suspect(&mut desk, &event),
        }
    }
    let alerts = alerts(desk);
    assert_eq!((alerts.len(), alerts[0].members.len(), alerts[0].folded), (1, 30, 30));
}

#[test]
fn accounts_that_a_campaign_tries_are_part_of_it() {
    let mut desk = Desk::default();
    for n in 0..60 {
        for account in 0..6 {
            let event = failed_as(n, account, i64::from(n) * 60 + i64::from(account));
            suspect(&mut desk, &event);
            if n > 10 {
                guess_at_account(&mut desk, &event);
            }
        }
    }
    let alerts = alerts(desk);
    assert_eq!((alerts.len(), alerts[0].threat), (1, Threat::CredentialStuffing));
    assert_eq!((alerts[0].count, alerts[0].members.len(), alerts[0].folded), (360, 66, 6));
}

#[test]
fn a_campaign_opens_when_it_is_large_enough_not_when_it_begins() {
    let alert = campaign_of(25, 30, 3).remove(0);
    assert_eq!((alert.first_seen, alert.opened_at), (at(0), at(7 * 30)), "the eighth client");
    // The same log, cut a moment before and at that moment.
    assert_eq!((campaign_of(7, 30, 3).len(), campaign_of(8, 30, 3).len()), (0, 1));
}

#[test]
fn attacks_hours_apart_and_those_who_fail_between_them_are_no_campaign() {
    let mut desk = Desk::default();
    for (clients, begins) in [(0..100, 7_200), (100..200, 14_400)] {
        for n in clients.clone() {
            let secs = begins + i64::from(n - clients.start) * 9;
            suspect(&mut desk, &failed_as(n, n.into(), secs));
        }
    }
    for (n, secs) in (201..).zip((0..20_000).step_by(1_100)) {
        (0..4).for_each(|again| suspect(&mut desk, &failed_as(n, n.into(), secs + again)));
    }
    let alerts = alerts(desk);
    let spans: Vec<_> = alerts.iter().map(|it| (it.first_seen, it.last_seen)).collect();
    assert_eq!(alerts.len(), 2, "{spans:?}");
    for alert in &alerts {
        // Whoever fails in the midst of it, or minutes off, cannot be told apart.
        assert!((100..=102).contains(&alert.members.len()), "{}", alert.members.len());
        assert!(alert.last_seen.secs_since(alert.first_seen) <= 900.0 + 300.0, "{spans:?}");
    }
}

#[test]
fn who_only_fails_at_one_account_is_no_member_of_a_campaign_that_tries_many() {
    let mut desk = Desk::default();
    (0..100).for_each(|n| suspect(&mut desk, &failed_as(n, n.into(), i64::from(n) * 9)));
    for secs in 400..406 {
        let event = Event { agent: NameId(2), ..failed_as(200, 200, secs) };
        if secs < 404 {
            suspect(&mut desk, &event)
        } else {
            accuse(&mut desk, Threat::BruteForce, &event)
        }
    }
    let alerts = alerts(desk);
    let told: Vec<_> = alerts.iter().map(|it| (it.threat, it.members.len())).collect();
    assert_eq!(told, [(Threat::CredentialStuffing, 100), (Threat::BruteForce, 0)]);
}

/// What is told of so many clients that fail three times each at a minute, and of so many others with an
/// agent of their own that failed forty times before.
fn quiet_and_loud(quiet: u8, loud: u8) -> Vec<(usize, usize, Timestamp)> {
    let mut desk = Desk::default();
    for (again, n) in (0..40).flat_map(|again| (100..100 + loud).map(move |n| (again, n))) {
        let agent = NameId(n.into());
        let event = Event { agent, ..failed_as(n, again, again.into()) };
        match again {
            0..3 => suspect(&mut desk, &event),
            _ => accuse(&mut desk, Threat::CredentialStuffing, &event),
        }
    }
    for n in 0..quiet {
        (0..3).for_each(|_| suspect(&mut desk, &failed_as(n, n.into(), 600 + i64::from(n))));
    }
    let campaigns = alerts(desk).into_iter().filter(|it| it.entity.kind != EntityKind::Client);
    campaigns.map(|it| (it.clients.len(), it.members.len(), it.opened_at)).collect()
}

#[test]
fn a_loud_attack_makes_a_campaign_of_others_likelier_and_is_no_member() {
    assert_eq!(quiet_and_loud(7, 0), []);
    assert_eq!(quiet_and_loud(7, 1), [(7, 7, at(606))]);
    assert_eq!(quiet_and_loud(20, 1), [(20, 20, at(606))], "it opens as soon");
    // However many are loud: who mistypes while they are at it is no campaign.
    assert_eq!(quiet_and_loud(6, 7), []);
}

fn allowance(who: crate::Who, expires: Option<Timestamp>) -> crate::Allowance {
    crate::Allowance { who, threats: Vec::new(), reason: "ours".into(), expires }
}

#[test]
fn what_is_allowed_is_counted_and_only_until_its_expiry_in_event_time() {
    let mut desk = Desk::default();
    for (n, secs) in [(1, 10), (2, 10), (2, 200)] {
        accuse(&mut desk, Threat::BruteForce, &failed_sign_in(n, 7, secs));
    }
    let network = crate::Who::Network("192.0.2.0/24".parse().unwrap());
    let policy = |expires| Policy {
        allowlist: vec![allowance(network.clone(), expires)],
        ..Policy::default()
    };
    let closed = desk.clone().close(&Plain, &policy(Some(at(100))));
    assert_eq!((closed.filed.len(), closed.allowed), (1, vec![1]), "client 2 went on too long");
    let closed = desk.clone().close(&Plain, &policy(None));
    assert_eq!((closed.filed.len(), closed.allowed), (0, vec![2]));
    let mut only_bots = policy(None);
    only_bots.allowlist[0].threats = vec![Threat::AutomatedBots];
    assert_eq!(alerts_by(desk.clone(), &only_bots).len(), 2);
    let by_agent = Policy {
        allowlist: vec![allowance(crate::Who::Agent("AGENT *".into()), None)],
        ..Policy::default()
    };
    assert_eq!(alerts_by(desk, &by_agent).len(), 0);
}

#[test]
fn an_allowed_client_makes_no_campaign() {
    let mut desk = Desk::default();
    for n in [0, 1, 2, 3, 4, 5, 6, 7, 8].repeat(3) {
        let event = failed_sign_in(n, 7, 1);
        desk.suspect(
            &seen(Entity::Client(event.client), event.time, Some(&event)),
            &found(Threat::CredentialStuffing, 0.3),
        );
    }
    let network = crate::Who::Network("192.0.2.0/31".parse().unwrap());
    let policy = Policy { allowlist: vec![allowance(network, None)], ..Policy::default() };
    let closed = desk.close(&Plain, &policy);
    assert_eq!((closed.filed.len(), closed.allowed), (0, vec![2]));
}

#[test]
fn a_threat_can_be_logged_only_or_off() {
    let mut desk = Desk::default();
    accuse(&mut desk, Threat::BruteForce, &failed_sign_in(1, 7, 1));
    accuse(&mut desk, Threat::AutomatedBots, &failed_sign_in(2, 7, 1));
    accuse(&mut desk, Threat::VulnerabilityProbing, &failed_sign_in(3, 7, 1));
    let modes = [(Threat::BruteForce, Mode::Log), (Threat::AutomatedBots, Mode::Off)];
    let policy = Policy { modes: modes.into(), ..Policy::default() };
    let alerts = alerts_by(desk, &policy);
    let told: Vec<_> = alerts.iter().map(|it| (it.threat, it.is_logged_only)).collect();
    assert_eq!(told, [(Threat::VulnerabilityProbing, false), (Threat::BruteForce, true)]);
}
