//! Scenarios as their readers see them: lines that can be read back, and a truth that covers them.

use std::collections::BTreeSet;

use domain::{Position, RawRecord, Threat, Timestamp};
use ingest::{FORMATS, Format, ParseContext};
use simulate::attacks::{Plan, THREATS};
use simulate::{
    Addresses, Chance, LineFormat, Origin, SCENARIOS, Scenario, Site, Traffic, write_request_truth,
    write_truth,
};

fn demo() -> Traffic {
    let (_, text) = SCENARIOS[0];
    Traffic::of(&Scenario::from_toml(text).expect("a scenario of our own"), 7)
}

fn written(traffic: &Traffic, format: LineFormat) -> Vec<u8> {
    let mut out = Vec::new();
    for call in &traffic.calls {
        format.write(call, &mut out).expect("memory takes everything");
    }
    out
}

#[test]
fn every_scenario_can_be_played_and_has_a_title() {
    for (name, text) in SCENARIOS {
        let scenario = Scenario::from_toml(text).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(!scenario.title.is_empty() && scenario.title.len() < 100, "{name}");
    }
}

#[test]
fn the_same_seed_gives_the_same_bytes_and_another_seed_gives_others() {
    let (first, second) = (demo(), demo());
    assert_eq!(written(&first, LineFormat::Json), written(&second, LineFormat::Json));
    let scenario = Scenario::from_toml(SCENARIOS[0].1).expect("a scenario of our own");
    let other = Traffic::of(&scenario, 8);
    assert_ne!(written(&first, LineFormat::Json), written(&other, LineFormat::Json));
    let in_order = |traffic: &Traffic| traffic.calls.is_sorted_by_key(|call| call.time);
    assert!(in_order(&first) && in_order(&other));
}

#[test]
fn every_line_is_read_back_as_the_call_that_it_was() {
    let traffic = demo();
    let format = |name: &str| -> &'static dyn Format {
        *FORMATS.iter().find(|format| format.name() == name).expect("a known format")
    };
    let context = ParseContext::default();
    for kind in LineFormat::ALL {
        let format = format(kind.name());
        let bytes = written(&traffic, kind);
        let lines = bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
        let mut count = 0;
        for (line, call) in lines.zip(&traffic.calls) {
            let request = format
                .parse(RawRecord { position: Position::default(), bytes: line }, &context)
                .unwrap_or_else(|reject| {
                    panic!("{kind:?}: {reject:?}: {}", String::from_utf8_lossy(line))
                });
            count += 1;
            assert_eq!(&request.peer[..], call.peer.to_string().as_bytes());
            assert_eq!(&request.target[..], call.target.as_bytes());
            assert_eq!(request.method.name(), call.method);
            assert_eq!(request.status, Some(call.status));
            let micros = call.time.as_micros();
            let written =
                if kind == LineFormat::Json { micros } else { micros / 1_000_000 * 1_000_000 };
            assert_eq!(request.time, Timestamp::from_micros(written));
            if kind == LineFormat::Json {
                assert_eq!(request.credential.is_some(), call.credential.is_some());
                assert_eq!(&request.forwarded[..], call.forwarded.as_bytes());
            }
        }
        assert_eq!(count, traffic.calls.len(), "{kind:?}");
    }
}

#[test]
fn the_truth_covers_every_call() {
    let traffic = demo();
    let attacking =
        traffic.calls.iter().filter(|call| matches!(call.origin, Origin::Attack(_))).count();
    let campaigns = traffic.campaigns();
    assert_eq!(campaigns.iter().map(|it| it.calls).sum::<usize>(), attacking);
    let threats: BTreeSet<Threat> = campaigns.iter().map(|it| it.threat).collect();
    assert_eq!(threats.len(), THREATS.len(), "the demo has one of each");
    let mut truth = Vec::new();
    write_truth(&traffic, &mut truth).expect("memory takes everything");
    let truth = String::from_utf8(truth).expect("text");
    assert!(truth.lines().last().is_some_and(|line| line.contains(",*,")), "the truth is complete");
    let mut by_request = Vec::new();
    write_request_truth(&traffic, &mut by_request).expect("memory takes everything");
    let lines = by_request.iter().filter(|byte| **byte == b'\n').count();
    assert_eq!(lines, traffic.calls.len() + 1);
}

#[test]
fn any_drawn_attack_stays_within_its_time_and_has_calls() {
    let mut site = Site::shop(50);
    let begins = Timestamp::from_secs(1_772_000_000);
    site.owners = demo_owner(begins);
    for threat in THREATS {
        for seed in 0..60 {
            let mut chance = Chance::new(seed, 5);
            let plan = Plan::draw(threat, begins, 3_600.0, &mut chance);
            let calls = plan.play(0, &site, &mut Addresses::default(), &mut chance);
            assert!(!calls.is_empty(), "{threat} {seed}: {plan:?}");
            let last = calls.last().map_or(begins, |call| call.time);
            // Whoever gets in goes on for a little.
            assert!(last.secs_since(begins) < 3_700.0, "{threat} {seed}: {plan:?}");
        }
    }
}

fn demo_owner(begins: Timestamp) -> Vec<simulate::site::Owner> {
    vec![simulate::site::Owner {
        account: Some("ana".into()),
        credential: "simulated-token".into(),
        peer: [192, 0, 2, 1].into(),
        agent: "browser".into(),
        first: begins,
        last: begins.plus_micros(1_800_000_000),
    }]
}

#[test]
fn scenarios_that_make_no_sense_are_refused_with_the_reason() {
    let fails = |text: &str, part: &str| {
        let error = Scenario::from_toml(text).expect_err(text).to_string();
        assert!(error.contains(part), "{text}: {error}");
    };
    fails("title = 'x'", "missing field `minutes`");
    fails(
        "title = 'x'\nminutes = 0",
        "line 2, column 11: minutes = 0: must be from a second to 28 days",
    );
    fails("title = 'x'\nminutes = 5\nseconds = 3", "line 3, column 1: unknown field `seconds`");
    fails(
        "title = 'x'\nminutes = 5\n[people]\nbrowsers = 300000",
        "line 4, column 12: people.browsers = 300000: must be from 0 to 200000",
    );
    fails(
        "title = 'x'\nminutes = 5\n[[attack]]\nthreat = 'rain'",
        "line 4, column 10: attack 1 (rain): threat = rain: must be one of automated_bots",
    );
    fails(
        "title = 'x'\nminutes = 5\n[[attack]]\nthreat = 'brute_force'\nmimicry = 2.0",
        "line 5, column 11: attack 1 (brute_force): mimicry = 2: must be from 0 to 1",
    );
    let two = "[[attack]]\nthreat = 'brute_force'\n[[attack]]\nthreat = 'token_abuse'\nminute = 50";
    fails(
        &format!("title = 'x'\nminutes = 10\n{two}"),
        "line 7, column 10: attack 2 (token_abuse): minute = 50: must be from 0 to 10, the minutes \
         that the scenario lasts",
    );
    fails(
        "title = 'x'\nminutes = 5\n[[background]]\nkind = 'monitor'\nsize = 0",
        "line 5, column 8: background 1 (monitor): size = 0: must be from 1 to 100000",
    );
    fails(
        "title = 'x'\nminutes = 5\nbackground = [{ kind = 'monitor', number = 2000 }]",
        "line 3, column 44: background 1 (monitor): number = 2000: must be at most 1000",
    );
    fails("title = 'x'\nminutes = 5\nstart = 2026-03-02", "must be a date and time");
}

#[test]
fn the_reference_names_every_key() {
    let page = include_str!("../../../docs/reference/scenarios.md");
    let scenarios: String = SCENARIOS.iter().map(|(_, text)| *text).collect();
    let keys = scenarios.lines().filter_map(|line| line.split_once(" = ")).map(|(key, _)| key);
    for key in keys {
        let is_named = page.contains(&format!("`{key}`")) || page.contains(&format!(".{key}`"));
        assert!(is_named, "{key} is not in docs/reference/scenarios.md");
    }
    for kind in simulate::background::Kind::ALL {
        let (name, size) = (kind.name(), kind.usual_size());
        let row = page.lines().find(|line| line.contains(&format!("| `{name}` |")));
        assert!(row.is_some_and(|row| row.ends_with(&format!("| {size} |"))), "{name}: {row:?}");
    }
}
