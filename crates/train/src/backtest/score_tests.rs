use domain::{EntityKind, EntityName, Score, Severity};

use super::*;
use crate::backtest::compare;

fn at(secs: i64) -> Timestamp {
    Timestamp::from_secs(1_800_000_000 + secs)
}

fn alert(threat: Threat, kind: EntityKind, value: &str, clients: &[&str], secs: i64) -> Alert {
    Alert {
        id: format!("{threat}{value}"),
        threat,
        severity: Severity::High,
        is_logged_only: false,
        members: Vec::new(),
        folded: 0,
        score: Score::saturating(0.8),
        entity: EntityName { kind, value: value.to_owned() },
        network: None,
        clients: clients.iter().map(|client| (*client).to_owned()).collect(),
        accounts: Vec::new(),
        first_seen: at(secs),
        opened_at: at(secs),
        last_seen: at(secs),
        count: 1,
        outcomes_inferred: false,
        evidence: Vec::new(),
        samples: Vec::new(),
        mitre: Vec::new(),
        owasp: Vec::new(),
    }
}

fn about(threat: Threat, client: &str, secs: i64) -> Alert {
    alert(threat, EntityKind::Client, client, &[client], secs)
}

fn campaign(threat: Threat, sources: &[&str], secs: i64) -> Campaign {
    Campaign {
        name: "A01".into(),
        threat,
        tool: "hydra".into(),
        sources: sources.iter().map(|source| (*source).to_owned()).collect(),
        first: at(secs),
        last: at(secs + 60),
        requests: None,
    }
}

fn truth(campaigns: Vec<Campaign>, normals: &[&str]) -> Truth {
    let normals = normals.iter().map(|client| ((*client).to_owned(), "people".to_owned()));
    Truth { campaigns, normals: normals.collect(), is_complete: false }
}

fn scores(clients: &[&str]) -> BTreeMap<String, f32> {
    clients.iter().map(|client| ((*client).to_owned(), 0.1)).collect()
}

fn backtest(truth: &Truth, alerts: &[Alert], clients: &[&str]) -> Result<Backtest, Error> {
    let scores = scores(clients);
    score(
        truth,
        &Judged {
            alerts,
            scores: &scores,
            period: (at(0), at(86_400)),
            promised_a_day: 5.0,
            drift: None,
        },
    )
}

#[test]
fn an_alert_about_a_client_accuses_it_and_another_accuses_those_it_lists() {
    let sources = ["10.0.0.1", "10.0.0.2", "10.0.0.3"];
    let truth = truth(vec![campaign(Threat::BruteForce, &sources, 0)], &["10.0.0.9"]);
    let alerts = [
        about(Threat::AutomatedBots, "10.0.0.1", 2),
        alert(Threat::BruteForce, EntityKind::Account, "ann", &["10.0.0.2", "10.0.0.9"], 30),
        about(Threat::VulnerabilityProbing, "192.0.2.1", 40),
    ];
    let clients = ["10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.9", "192.0.2.1", "192.0.2.2"];
    let found = backtest(&truth, &alerts, &clients).expect("a truth of this log");
    let figures = &found.campaigns[0];
    assert_eq!((figures.sources, figures.sources_found, figures.sources_noticed), (3, 1, 2));
    assert_eq!(figures.delay_secs, Some(30.0));
    assert_eq!(figures.seen_as, ["automated_bots", "brute_force"]);
    // The account's alert lists an attacker, so it is not false, though it wrongs its owner.
    assert_eq!((found.alerts, found.true_alerts, found.false_alarms.alerts), (3, 2, 0));
    assert_eq!((found.false_alarms.clients, found.false_alarms.wronged), (0, 1));
    let owner = &found.false_alarms.accused["10.0.0.9"];
    assert_eq!(owner.told("10.0.0.9"), "10.0.0.9 (people): brute_force 0.80; wronged");
    assert_eq!(found.unlisted, Unlisted { clients: 2, are_normal: false, accused: 1 });
}

#[test]
fn the_time_to_detect_runs_to_when_an_alert_opens_not_to_when_its_evidence_began() {
    let sources = ["10.0.0.1", "10.0.0.2"];
    let truth = truth(vec![campaign(Threat::CredentialStuffing, &sources, 0)], &[]);
    let (kind, at_login) = (EntityKind::Endpoint, "POST /login");
    let mut stuffing = alert(Threat::CredentialStuffing, kind, at_login, &sources, 0);
    stuffing.opened_at = at(216);
    let member = |client: &str, secs| domain::Member {
        entity: EntityName { kind: EntityKind::Client, value: client.to_owned() },
        first_seen: at(secs),
        count: 2,
    };
    stuffing.members = vec![member(sources[0], 0), member(sources[1], 300)];
    let found = backtest(&truth, &[stuffing.clone()], &sources).expect("a truth of this log");
    assert_eq!(found.campaigns[0].delay_secs, Some(216.0));
    // Of a source that joins later nobody hears before.
    assert_eq!((since(&stuffing, sources[0]), since(&stuffing, sources[1])), (at(216), at(300)));
}

#[test]
fn a_client_not_listed_is_normal_only_where_the_truth_is_complete() {
    let mut truth = truth(vec![campaign(Threat::BruteForce, &["10.0.0.1"], 0)], &[]);
    let alerts = [about(Threat::AutomatedBots, "192.0.2.1", 2)];
    let clients = ["10.0.0.1", "192.0.2.1"];
    assert_eq!(backtest(&truth, &alerts, &clients).unwrap().false_alarms.alerts, 0);
    truth.is_complete = true;
    let found = backtest(&truth, &alerts, &clients).unwrap();
    assert_eq!(found.false_alarms.alerts_a_day, 1.0);
    assert_eq!(found.false_alarms.promised_a_day, 5.0);
    // One event in a day, by the exact interval: 0.025 to 5.57.
    assert!(found.false_alarms.alerts_a_day_low < 0.1);
    assert!((found.false_alarms.alerts_a_day_high - 5.57).abs() < 0.1);
    assert_eq!(found.false_alarms.alerts_per_1000_clients, 1_000.0);
    assert_eq!(found.false_alarms.accused["192.0.2.1"].group, "unlisted");
}

#[test]
fn who_is_accused_by_a_false_alarm_or_wronged_adds_up_with_the_confusion() {
    let truth = truth(
        vec![campaign(Threat::BruteForce, &["10.0.0.1"], 0)],
        &["10.0.0.6", "10.0.0.7", "10.0.0.8", "10.0.0.9"],
    );
    let alerts = [
        alert(Threat::BruteForce, EntityKind::Account, "ann", &["10.0.0.1", "10.0.0.9"], 30),
        alert(Threat::BruteForce, EntityKind::Account, "bob", &["10.0.0.8", "10.0.0.9"], 30),
        alert(Threat::BruteForce, EntityKind::Account, "eve", &["10.0.0.1", "10.0.0.7"], 30),
    ];
    let clients = ["10.0.0.1", "10.0.0.6", "10.0.0.7", "10.0.0.8", "10.0.0.9"];
    let found = backtest(&truth, &alerts, &clients).unwrap();
    let alarms = &found.false_alarms;
    assert_eq!((alarms.alerts, alarms.clients, alarms.wronged), (1, 2, 1));
    assert!(!alarms.accused["10.0.0.9"].is_wronged, "a false alarm accuses it too");
    assert!(alarms.accused["10.0.0.7"].is_wronged);
    let row = found.confusion.clients.last().expect("normal clients");
    let accused: usize = row[..row.len() - 1].iter().sum();
    assert_eq!(accused, alarms.clients + alarms.wronged);
}

#[test]
fn that_nobody_did_anything_is_a_truth_of_any_log() {
    let nobody = Truth { is_complete: true, ..Truth::default() };
    let alerts = [about(Threat::BruteForce, "10.0.0.1", 2)];
    let found = backtest(&nobody, &alerts, &["10.0.0.1", "10.0.0.2"]).expect("a truth");
    assert_eq!((found.normal_clients, found.false_alarms.alerts), (2, 1));
    assert!(found.curve.points.is_empty() && found.campaigns.is_empty());
}

#[test]
fn a_span_in_a_table_is_brief() {
    let told = [0.4, 119.4, 119.6, 7_169.0, 7_171.0, 36_663.0, 172_619.0, 604_800.0];
    let told = told.map(crate::backtest::brief_span);
    assert_eq!(told, ["0 s", "119 s", "2 min", "119 min", "2.0 h", "10.2 h", "47.9 h", "7.0 d"]);
}

#[test]
fn attackers_are_taken_for_what_the_surest_alert_says() {
    let sources = ["10.0.0.1", "10.0.0.2"];
    let truth = truth(vec![campaign(Threat::BruteForce, &sources, 0)], &["10.0.0.9"]);
    let mut surer = about(Threat::CredentialStuffing, "10.0.0.1", 9);
    surer.score = Score::saturating(0.9);
    let alerts = [about(Threat::BruteForce, "10.0.0.1", 2), surer];
    let found = backtest(&truth, &alerts, &["10.0.0.1", "10.0.0.2", "10.0.0.9"]).unwrap();
    let Confusion { truth, taken_for, clients } = found.confusion;
    let count = |is: &str, taken: &str| {
        let row = truth.iter().position(|name| name == is).expect("a row");
        clients[row][taken_for.iter().position(|name| name == taken).expect("a column")]
    };
    assert_eq!(truth, ["brute_force", "normal"]);
    assert_eq!(count("brute_force", "credential_stuffing"), 1);
    assert_eq!(count("brute_force", "nothing"), 1);
    assert_eq!(count("normal", "nothing"), 1);
    assert_eq!(clients.iter().flatten().sum::<usize>(), 3);
}

#[test]
fn the_curve_ranks_clients_by_their_highest_score() {
    let truth = truth(
        vec![campaign(Threat::BruteForce, &["10.0.0.1", "10.0.0.2"], 0)],
        &["10.0.0.8", "10.0.0.9"],
    );
    let alerts = [about(Threat::BruteForce, "10.0.0.1", 2)];
    let clients = ["10.0.0.1", "10.0.0.2", "10.0.0.8", "10.0.0.9"];
    let mut scores = scores(&clients);
    scores.insert("10.0.0.2".into(), 0.4);
    let judged = Judged {
        alerts: &alerts,
        scores: &scores,
        period: (at(0), at(60)),
        promised_a_day: 5.0,
        drift: None,
    };
    let found = score(&truth, &judged).unwrap();
    assert_eq!(found.curve.average_precision, Some(1.0));
    scores.insert("10.0.0.9".into(), 0.6);
    let judged = Judged {
        alerts: &alerts,
        scores: &scores,
        period: (at(0), at(60)),
        promised_a_day: 5.0,
        drift: None,
    };
    let average = score(&truth, &judged).unwrap().curve.average_precision.unwrap();
    assert!((average - (1.0 + 2.0 / 3.0) / 2.0).abs() < 1e-6, "{average}");
}

#[test]
fn what_this_log_does_not_hold_counts_nowhere() {
    let mut late = campaign(Threat::IpSpoofing, &["10.0.0.1"], 100_000);
    late.name = "late".into();
    let mut elsewhere = campaign(Threat::IpSpoofing, &["10.9.9.9"], 0);
    elsewhere.name = "elsewhere".into();
    let here = campaign(Threat::BruteForce, &["10.0.0.2"], 0);
    let truth = truth(vec![late, elsewhere, here], &[]);
    let found = backtest(&truth, &[], &["10.0.0.1", "10.0.0.2"]).unwrap();
    assert_eq!(found.absent, ["late", "elsewhere"]);
    assert_eq!(
        found.threats.iter().map(|t| t.threat.as_str()).collect::<Vec<_>>(),
        ["brute_force", "all"]
    );
    assert_eq!(found.attackers, 1);
}

#[test]
fn requests_before_the_first_alert_went_unnoticed() {
    let mut campaign = campaign(Threat::BruteForce, &["10.0.0.1", "10.0.0.2"], 0);
    let times = |of: &[i64]| of.iter().map(|secs| at(*secs)).collect::<Vec<_>>();
    campaign.requests = Some(BTreeMap::from([
        ("10.0.0.1".to_owned(), times(&[0, 5, 10, 20])),
        ("10.0.0.2".to_owned(), times(&[3])),
    ]));
    let alerts = [about(Threat::AutomatedBots, "10.0.0.1", 10)];
    let found = backtest(&truth(vec![campaign], &[]), &alerts, &["10.0.0.1", "10.0.0.2"]).unwrap();
    let figures = &found.campaigns[0];
    assert_eq!((figures.requests, figures.requests_unnoticed), (Some(5), Some(3)));
}

#[test]
fn a_truth_of_another_log_is_refused() {
    let refused = |truth: &Truth, clients: &[&str]| {
        backtest(truth, &[], clients).expect_err("it is another's").to_string()
    };
    let one = truth(vec![campaign(Threat::BruteForce, &["10.0.0.1"], 0)], &["10.0.0.9"]);
    let found = refused(&one, &["192.0.2.1"]);
    assert!(found.starts_with("client \"10.0.0.1\" and 1 others of the truth: none"), "{found}");
    let late = truth(vec![campaign(Threat::BruteForce, &["10.0.0.1"], 900_000)], &[]);
    let found = refused(&late, &["10.0.0.1"]);
    assert!(found.starts_with("first_request 2027-01-25T"), "{found}");
    assert!(refused(&truth(Vec::new(), &[]), &["10.0.0.1"]).starts_with("0 clients in the truth"));
}

#[test]
fn alerts_appear_vanish_and_change() {
    let first = about(Threat::BruteForce, "10.0.0.1", 2);
    let second = about(Threat::BruteForce, "10.0.0.2", 2);
    let third = about(Threat::BruteForce, "10.0.0.3", 2);
    let mut later = third.clone();
    (later.id, later.first_seen) = ("another".into(), at(30));
    let mut surer = first.clone();
    surer.score = Score::saturating(0.95);
    let found = compare(
        &[second.clone(), first.clone(), third.clone()],
        &[surer, later, about(Threat::TokenAbuse, "10.0.0.1", 2)],
    );
    let names = |lines: &[AlertLine]| -> Vec<(String, String)> {
        lines.iter().map(|line| (line.entity.value.clone(), line.threat.clone())).collect()
    };
    assert_eq!(names(&found.appear), [("10.0.0.1".to_owned(), "token_abuse".to_owned())]);
    assert_eq!(names(&found.vanish), [("10.0.0.2".to_owned(), "brute_force".to_owned())]);
    // The third opened later and moved up with the first; only the first changed.
    assert_eq!(found.same, 1);
    assert_eq!(found.change.len(), 1);
    let change = &found.change[0];
    assert_eq!((change.rank_before, change.rank_after, change.score_before), (2, 1, 0.8));
    let swapped = compare(&[first.clone(), second.clone()], &[second, first]);
    assert_eq!(swapped.change.len(), 2);
}

/// Alerts about one client and threat that began so many seconds in.
fn about_one(began: &[i64]) -> Vec<Alert> {
    let alert = |secs: &i64| Alert {
        id: format!("at {secs}"),
        ..about(Threat::BruteForce, "10.0.0.1", *secs)
    };
    began.iter().map(alert).collect()
}

#[test]
fn alerts_of_one_entity_and_threat_are_matched_one_to_one_by_time() {
    let many = about_one(&[9_000, 0, 40_000]);
    let found = compare(&many, &many);
    assert_eq!((found.same, found.change, found.appear, found.vanish), (3, vec![], vec![], vec![]));
    let times = |lines: &[AlertLine]| -> Vec<_> {
        lines.iter().map(|line| line.first_seen.clone()).collect()
    };
    // The one that began before the others vanished: that of the middle is not taken for it.
    let later = about_one(&[9_030, 40_000]);
    let found = compare(&many, &later);
    assert_eq!((found.same, times(&found.vanish)), (2, vec![at(0).to_string()]));
    let found = compare(&later, &many);
    assert_eq!((found.same, times(&found.appear)), (2, vec![at(0).to_string()]));
}
