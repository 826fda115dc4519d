//! The contract of every indicator, over the whole slice.

use domain::EntityKind;
use features::{WIDTH, columns};

use super::*;
use crate::{Baseline, Normal, View};

mod logins;

fn row(set: &[(&str, f32)]) -> Vec<f32> {
    let mut row = vec![0.0; WIDTH];
    for (name, value) in set {
        let place = columns().position(|(_, column)| column.name == *name);
        row[place.unwrap_or_else(|| panic!("no column {name}"))] = *value;
    }
    row
}

/// A site of ordinary people: every column of every kind between 0 and `high`.
fn quiet_site(high: f32) -> Baseline {
    let mut baseline = Baseline::default();
    for kind in EntityKind::ALL {
        let normal = Normal { low: 0.0, median: high / 2.0, high };
        baseline.set(kind, 1_000, vec![Some(normal); WIDTH]);
    }
    baseline
}

#[test]
fn nothing_is_found_where_nothing_happened() {
    for baseline in [Baseline::default(), quiet_site(0.0), quiet_site(5.0)] {
        for (indicator, kind) in INDICATORS.iter().flat_map(|i| EntityKind::ALL.map(|k| (i, k))) {
            for row in [vec![0.0; WIDTH], vec![f32::NAN; WIDTH]] {
                let found = indicator.judge(&View { kind, row: &row, baseline: &baseline });
                let score = found.map_or(0.0, |found| found.score.get());
                assert!(score < 0.5, "{} finds {score} in nothing", indicator.threat());
            }
        }
    }
}

#[test]
fn evidence_is_never_empty_tells_each_number_once_and_adds_up_to_the_score() {
    let baseline = quiet_site(3.0);
    for seed in 0..2_000_u64 {
        let row: Vec<f32> = (0..WIDTH as u64)
            .map(|n| match features::mix(seed * 1_000 + n) % 5 {
                0 => 0.0,
                1 => f32::NAN,
                2 => 1.0,
                drawn => (features::mix(seed ^ n << 7) % 1_000) as f32 * drawn as f32,
            })
            .collect();
        for indicator in INDICATORS {
            for kind in EntityKind::ALL {
                let Some(found) = indicator.judge(&View { kind, row: &row, baseline: &baseline })
                else {
                    continue;
                };
                assert_eq!(found.threat, indicator.threat());
                assert!(!found.because.is_empty());
                let sum: f32 = found.because.iter().map(|evidence| evidence.contribution).sum();
                assert!((sum - found.score.get()).abs() < 1e-4, "{sum} is not {}", found.score);
                assert!(found.because.iter().all(|evidence| evidence.ratio().is_finite()));
                let weights = found.because.iter().map(|evidence| evidence.contribution);
                assert!(weights.is_sorted_by(|a, b| a >= b), "the weightiest comes first");
                let mut told: Vec<_> = found.because.iter().map(|it| it.column).collect();
                told.sort_unstable();
                assert!(told.windows(2).all(|two| two[0] != two[1]), "{told:?}: each number once");
            }
        }
    }
}

#[test]
fn every_indicator_has_a_page_and_its_own_threat() {
    let mut threats: Vec<_> = INDICATORS.iter().map(|indicator| indicator.threat()).collect();
    assert!(threats.is_sorted(), "the slice is in the order of catalogues");
    threats.dedup();
    assert_eq!(threats.len(), INDICATORS.len());
    for indicator in INDICATORS {
        let page = indicator.page();
        for text in [page.title, page.sees, page.matters, &page.wrong_text()] {
            assert!(text.len() > 8 && !text.ends_with('.'), "{}: {text:?}", page.title);
        }
        assert!(page.doubt("").is_some(), "{}: nothing is said of other evidence", page.title);
        assert!(page.mitre.iter().all(|reference| reference.id.starts_with('T')));
        assert!(page.owasp.iter().all(|reference| reference.id.starts_with("API")));
        assert!(!page.mitre.is_empty() && !page.owasp.is_empty());
    }
}

fn check(threat: Threat, kind: EntityKind, baseline: &Baseline, set: &[(&str, f32)], alarm: bool) {
    let row = row(set);
    let indicator = INDICATORS.iter().find(|indicator| indicator.threat() == threat);
    let found = indicator.expect("it is in the slice").judge(&View { kind, row: &row, baseline });
    let score = found.map_or(0.0, |found| found.score.get());
    assert_eq!(score >= 0.5, alarm, "{threat} scores {score} for {set:?}");
}

#[test]
fn refusals_on_many_paths_are_unauthorized_access_and_no_guesses() {
    let check = |set: &[(&str, f32)], access| {
        let unknown = Baseline::default();
        check(Threat::UnauthorizedAccess, EntityKind::Client, &unknown, set, access);
        check(Threat::BruteForce, EntityKind::Client, &unknown, set, false);
    };
    let refused = |objects, paths, errors| {
        [
            ("refused_objects_24h", objects),
            ("refused_paths_24h", paths),
            ("refusals_24h", paths),
            ("client_error_ratio", errors),
        ]
    };
    check(&refused(300.0, 300.0, 1.0), true);
    check(&refused(0.0, 40.0, 1.0), true);
    // An application whose session has run out.
    check(&refused(2.0, 8.0, 1.0), false);
}

#[test]
fn probing_tells_a_search_from_a_dead_link() {
    let check = |set: &[(&str, f32)], alarm| {
        let baseline = Baseline::default();
        check(Threat::VulnerabilityProbing, EntityKind::Client, &baseline, set, alarm);
    };
    check(&[("distinct_error_paths_24h", 40.0), ("client_error_ratio", 0.9)], true);
    // A broken application asks for one missing path without end.
    check(&[("distinct_error_paths_24h", 1.0), ("client_error_ratio", 0.9)], false);
    // An office meets many dead links among thousands of calls.
    check(&[("distinct_error_paths_24h", 20.0), ("client_error_ratio", 0.02)], false);
    check(&[("sensitive_files_24h", 4.0)], true);
    check(&[("sensitive_files_24h", 1.0)], false);
    check(&[("query_shapes", 200.0)], true);
    // The payload of a break-in is never an accident; among thirty people one may be.
    check(&[("exploits_24h", 1.0)], true);
    check(&[("exploits_24h", 1.0), ("num_users", 30.0)], false);
    // A list of names, within a minute.
    let burst = |paths| [("distinct_error_paths_1m", paths), ("client_error_ratio", 1.0)];
    check(&burst(11.0), true);
    check(&burst(4.0), false);
}

#[test]
fn bots_are_told_by_conduct_and_not_by_agent_alone() {
    let check = |set: &[(&str, f32)], alarm| {
        check(Threat::AutomatedBots, EntityKind::Client, &Baseline::default(), set, alarm);
    };
    let partner = [
        ("sequence_length", 500.0),
        ("requests_1m", 31.0),
        ("inter_api_access_duration_cv", 0.1),
        ("tool_agent_ratio", 1.0),
        ("signed_in_ratio", 1.0),
        ("gap_entropy_bits", 0.2),
        ("num_unique_paths", 2.0),
    ];
    check(&partner, false);
    let copy = [
        ("sequence_length", 700.0),
        ("requests_1m", 400.0),
        ("num_unique_paths", 340.0),
        ("path_uniqueness", 0.5),
        ("tool_agent_ratio", 1.0),
        ("inter_api_access_duration_cv", 0.3),
        ("gap_entropy_bits", 1.0),
    ];
    check(&copy, true);
    let person = [
        ("sequence_length", 60.0),
        ("requests_1m", 25.0),
        ("num_unique_paths", 30.0),
        ("path_uniqueness", 0.5),
        ("referer_ratio", 0.9),
        ("browser_agent_ratio", 1.0),
        ("inter_api_access_duration_cv", 1.4),
        ("gap_entropy_bits", 2.8),
    ];
    check(&person, false);
}

#[test]
fn a_hijacked_session_goes_back_and_forth_and_a_moving_phone_does_not() {
    let check = |set: &[(&str, f32)], alarm| {
        let baseline = Baseline::default();
        check(Threat::SessionHijacking, EntityKind::Credential, &baseline, set, alarm);
    };
    let turns = |clients, returns, disguised, stranger| {
        [
            ("clients_1h", clients),
            ("quick_returns_1h", returns),
            ("disguised_returns_1h", disguised),
            ("stranger_calls", stranger),
        ]
    };
    check(&turns(2.0, 30.0, 30.0, 1.0), true);
    // The owner's own calls in between accuse nobody.
    check(&turns(2.0, 30.0, 30.0, 0.0), false);
    // A phone that moved from one cell to the next.
    check(&turns(2.0, 0.0, 0.0, 1.0), false);
    check(&turns(2.0, 3.0, 0.0, 1.0), false);
    // Two devices under one password.
    let mut devices = turns(2.0, 30.0, 30.0, 1.0).to_vec();
    devices.push(("password_ratio", 1.0));
    check(&devices, false);
    // Nor where hardly anybody else has two.
    let alone = quiet_site(0.0);
    self::check(Threat::SessionHijacking, EntityKind::Credential, &alone, &devices, false);
}

#[test]
fn a_leaked_token_is_in_many_hands() {
    let check_with = |clients: f32, agents: f32, returns: f32, alarm| {
        let set = [
            ("client_returns_1h", returns),
            ("clients_1h", clients),
            ("clients_24h", clients),
            ("agents_24h", agents),
            ("stranger_calls", 1.0),
        ];
        check(Threat::TokenAbuse, EntityKind::Credential, &Baseline::default(), &set, alarm);
    };
    let check = |clients, agents, alarm| check_with(clients, agents, 20.0, alarm);
    check(16.0, 5.0, true);
    check(16.0, 1.0, true);
    // A phone on a journey: one agent, and no address comes back.
    check_with(16.0, 1.0, 1.0, false);
    check(3.0, 3.0, false);
    check(5.0, 1.0, false);
}

#[test]
fn forged_origins_never_repeat_and_an_honest_proxy_repeats_its_people() {
    let check = |values: f32, claims: f32, bogons, malformed, agents, alarm| {
        let set = [
            ("forwarded_claims_24h", claims),
            ("forwarded_values_24h", values),
            ("forwarded_value_ratio", values / claims),
            ("forwarded_bogons_24h", bogons),
            ("forwarded_malformed_24h", malformed),
            ("agents", agents),
        ];
        self::check(Threat::IpSpoofing, EntityKind::Client, &Baseline::default(), &set, alarm);
    };
    check(270.0, 285.0, 0.0, 0.0, 1.0, true);
    check(35.0, 140.0, 128.0, 12.0, 1.0, true);
    // A company's proxy that shows eight private addresses, honestly.
    check(8.0, 520.0, 520.0, 0.0, 3.0, false);
    // Nobody but the server itself comes from `127.0.0.1`.
    let claims_itself = |locals| {
        let set = [("forwarded_claims_24h", 60.0), ("forwarded_locals_24h", locals)];
        let known = Baseline::default();
        self::check(Threat::IpSpoofing, EntityKind::Client, &known, &set, locals >= 20.0);
    };
    claims_itself(60.0);
    claims_itself(3.0);
    // A content network that nobody declared: as many agents as origins.
    check(300.0, 900.0, 0.0, 0.0, 120.0, false);
}

#[test]
fn doors_are_tried_one_after_another() {
    let check = |set: &[(&str, f32)], alarm| {
        let baseline = Baseline::default();
        check(Threat::UnauthorizedAccess, EntityKind::Client, &baseline, set, alarm);
    };
    let locked = |column, doors, errors| [(column, doors), ("client_error_ratio", errors)];
    check(&locked("refused_objects_24h", 18.0, 0.5), true);
    check(&locked("refused_objects_24h", 3.0, 0.5), false);
    check(&locked("forbidden_paths_24h", 40.0, 0.5), true);
    // An office, where one session after another runs out.
    check(&locked("refused_objects_24h", 18.0, 0.02), false);
    let walk = |objects, uniqueness, signed_in| {
        [
            ("objects", objects),
            ("object_ratio", 0.95),
            ("object_uniqueness", uniqueness),
            ("signed_in_ratio", signed_in),
        ]
    };
    check(&walk(130.0, 1.0, 1.0), true);
    // A partner's program, whose work it is; an application that carries one key for all of its users.
    let keyed = [&walk(130.0, 1.0, 1.0)[..], &[("key_ratio", 1.0)]].concat();
    check(&keyed, false);
    let everyone = quiet_site(1.0);
    self::check(Threat::UnauthorizedAccess, EntityKind::Client, &everyone, &keyed, true);
    // At a reader's pace, by numbers in a row and in the order of those who ask.
    let reads = |neighbours| {
        let mut set = walk(130.0, 1.0, 1.0).to_vec();
        set.extend([("vsession_duration_min", 300.0), ("neighbour_ratio", neighbours)]);
        set
    };
    check(&reads(1.0), true);
    check(&reads(0.02), false);
    // Who browses comes back to what was found.
    check(&walk(130.0, 0.3, 1.0), false);
    // Who has not signed in has no rights to exceed: that is a bot's matter.
    check(&walk(130.0, 1.0, 0.0), false);
    check(&[("admin_paths_24h", 20.0), ("signed_in_ratio", 1.0)], true);
    // A stranger who asks for little else; one for whom they are part of a long list.
    check(&[("admin_paths_24h", 20.0), ("distinct_error_paths_24h", 40.0)], true);
    check(&[("admin_paths_24h", 20.0), ("distinct_error_paths_24h", 400.0)], false);
}

#[test]
fn who_counts_through_users_by_number_is_told_from_who_knows_one() {
    let check = |asked, objects, alarm| {
        let set = [
            ("users_by_number_24h", asked),
            ("objects", objects),
            ("object_uniqueness", f32::min(objects / asked, 1.0)),
        ];
        check(Threat::UnauthorizedAccess, EntityKind::Client, &Baseline::default(), &set, alarm);
    };
    check(4.0, 6.0, true);
    // An old link that is followed again and again; two of them.
    check(40.0, 1.0, false);
    check(2.0, 2.0, false);
}

#[test]
fn a_key_that_leaves_all_its_habits_has_changed_hands() {
    let check = |rate, endpoints, hour, stranger, alarm| {
        let set = [
            ("own_rate_ratio", rate),
            ("new_endpoints_1h", endpoints),
            ("strange_hour", hour),
            ("stranger_calls", stranger),
        ];
        check(Threat::TokenAbuse, EntityKind::Credential, &Baseline::default(), &set, alarm);
    };
    check(15.0, 10.0, 1.0, 1.0, true);
    // A nightly job that does more than usual, and a release that calls new endpoints.
    check(40.0, 1.0, 1.0, 0.0, false);
    check(2.0, 12.0, 0.0, 0.0, false);
    check(10.5, 8.5, 0.0, 0.0, false);
}

#[test]
fn a_program_that_leaves_its_work_for_a_few_new_endpoints_has_changed_hands() {
    let check = |endpoints, ratio, calls, hour, alarm| {
        let set = [
            ("own_rate_ratio", calls / 10.0),
            ("new_endpoints_1h", endpoints),
            ("new_endpoint_ratio_1h", ratio),
            ("requests_1h", calls),
            ("strange_hour", hour),
        ];
        check(Threat::TokenAbuse, EntityKind::Credential, &Baseline::default(), &set, alarm);
    };
    check(3.0, 1.0, 2_880.0, 0.0, true);
    check(1.0, 1.0, 2_880.0, 1.0, true);
    // A nightly export that runs for the first time; one that does more of what it did; a person who
    // comes back to an application in the morning.
    check(1.0, 1.0, 2_880.0, 0.0, false);
    check(3.0, 0.1, 2_880.0, 1.0, false);
    check(6.0, 0.9, 300.0, 0.0, false);
}

#[test]
fn a_crawler_is_accused_where_its_ranges_refute_it_and_let_be_where_they_verify_it() {
    let baseline = quiet_site(0.0);
    let score = |threat: Threat, set: &[(&str, f32)]| {
        let row = row(set);
        let indicator = INDICATORS.iter().find(|it| it.threat() == threat).expect("listed");
        let found =
            indicator.judge(&View { kind: EntityKind::Client, row: &row, baseline: &baseline });
        found.map_or(0.0, |found| found.score.get())
    };
    assert!(score(Threat::IpSpoofing, &[("crawler_refuted_24h", 3.0)]) >= 0.5);
    assert!(score(Threat::IpSpoofing, &[("crawler_refuted_24h", 1.0)]) < 0.5);
    assert!(score(Threat::IpSpoofing, &[("crawler_verified_24h", 900.0)]) < 0.5);
    let fast = [("sequence_length", 900.0), ("requests_1m", 900.0), ("path_uniqueness", 1.0)];
    assert!(score(Threat::AutomatedBots, &fast) >= 0.5);
    let verified = [&fast[..], &[("crawler_verified_24h", 890.0)]].concat();
    assert!(score(Threat::AutomatedBots, &verified) < 0.5);
    let mostly_others = [&fast[..], &[("crawler_verified_24h", 90.0)]].concat();
    assert!(score(Threat::AutomatedBots, &mostly_others) >= 0.5);
}

#[test]
fn a_browser_that_loads_a_page_is_no_copy() {
    let check = |set: &[(&str, f32)], alarm| {
        check(Threat::AutomatedBots, EntityKind::Client, &Baseline::default(), set, alarm);
    };
    let burst = |assets, referers| {
        [
            ("sequence_length", 49.0),
            ("requests_1m", 49.0),
            ("num_unique_paths", 49.0),
            ("path_uniqueness", 1.0),
            ("inter_api_access_duration_sec", 0.1),
            ("inter_api_access_duration_cv", 2.0),
            ("gap_entropy_bits", 2.0),
            ("asset_ratio", assets),
            ("referer_ratio", referers),
        ]
    };
    check(&burst(0.0, 0.0), true);
    check(&burst(0.9, 0.0), false);
    check(&burst(0.0, 0.9), false);
}

#[test]
fn many_who_sign_in_from_one_address_are_an_office_and_no_copy() {
    let check = |sign_ins, failures, alarm| {
        let set = [
            ("sequence_length", 470.0),
            ("requests_1m", 20.0),
            ("num_unique_paths", 440.0),
            ("path_uniqueness", 0.95),
            ("browser_agent_ratio", 1.0),
            ("inter_api_access_duration_cv", 1.4),
            ("gap_entropy_bits", 2.8),
            ("sign_ins_24h", sign_ins),
            ("auth_failures_24h", failures),
            ("auth_failure_ratio_24h", failures / sign_ins),
        ];
        check(Threat::AutomatedBots, EntityKind::Client, &Baseline::default(), &set, alarm);
    };
    check(1.0, 0.0, true);
    check(40.0, 12.0, false);
    // Who fails to sign in is nobody yet.
    check(40.0, 40.0, true);
}

#[test]
fn what_it_could_also_be_is_told_of_the_evidence_that_leads() {
    let check = |threat, set: &[(&str, f32)], expect: &str| {
        let (row, baseline) = (row(set), Baseline::default());
        let view = View { kind: EntityKind::Client, row: &row, baseline: &baseline };
        let indicator = INDICATORS.iter().find(|it| it.threat() == threat).expect("listed");
        let leading = indicator.judge(&view).expect("something is found").because[0].column;
        let doubt = indicator.page().doubt(leading).expect("something is said");
        assert!(doubt.contains(expect), "{leading}: {doubt}");
    };
    let export = [
        ("objects", 900.0),
        ("object_ratio", 1.0),
        ("object_uniqueness", 1.0),
        ("neighbour_ratio", 1.0),
        ("signed_in_ratio", 1.0),
    ];
    check(Threat::UnauthorizedAccess, &export, "export");
    let buttons = [("forbidden_paths_24h", 40.0), ("client_error_ratio", 0.1)];
    check(Threat::UnauthorizedAccess, &buttons, "buttons");
    check(Threat::VulnerabilityProbing, &[("query_shapes", 90.0)], "search form");
    check(Threat::VulnerabilityProbing, &[("exploits_24h", 3.0)], "own security scan");
    check(Threat::IpSpoofing, &[("forwarded_locals_24h", 60.0)], "own machine");
}

#[test]
fn who_never_pauses_is_told_from_a_page_that_was_left_open() {
    let check = |set: &[(&str, f32)], more: &[(&str, f32)], alarm| {
        let all = [set, more].concat();
        check(Threat::AutomatedBots, EntityKind::Client, &people(), &all, alarm);
    };
    let tireless = [
        ("sequence_length", 2_000.0),
        ("longest_run_calls", 2_000.0),
        ("requests_1m", 30.0),
        ("inter_api_access_duration_cv", 0.8),
        ("gap_entropy_bits", 1.9),
        ("browser_agent_ratio", 1.0),
    ];
    // It buys, and claims to be a browser.
    check(&tireless, &[("num_unique_paths", 2.0), ("write_ratio", 0.5)], true);
    // It has paused after each dozen.
    check(&tireless, &[("longest_run_calls", 12.0), ("write_ratio", 0.5)], false);
    // A tab that was left open comes from a page; so does a wall of panels, however steady.
    let open = [("referer_ratio", 1.0), ("num_unique_paths", 3.0), ("path_uniqueness", 0.01)];
    check(&tireless, &open, false);
    let panels = [("requests_1m", 130.0), ("gap_entropy_bits", 0.5), ("write_ratio", 1.0)];
    check(&tireless, &[&open[..], &panels].concat(), false);
    // Forty things, a call a second, are more than a page shows.
    let steady = [("inter_api_access_duration_cv", 0.2), ("gap_entropy_bits", 1.0)];
    let many = [("referer_ratio", 1.0), ("num_unique_paths", 40.0), ("requests_1m", 60.0)];
    check(&tireless, &[&many[..], &steady].concat(), true);
    // Somebody who works in such a page, and whose browser loaded it.
    check(&tireless, &[&many[..], &steady, &[("asset_ratio", 0.01)]].concat(), false);
    // A program whom nobody knows reads many things; a monitor reads one, a partner is known.
    let program = [("browser_agent_ratio", 0.0), ("tool_agent_ratio", 1.0)];
    let reads = |paths, signed_in| [("num_unique_paths", paths), ("signed_in_ratio", signed_in)];
    check(&tireless, &[program, reads(40.0, 0.0)].concat(), true);
    check(&tireless, &[program, reads(1.0, 0.0)].concat(), false);
    check(&tireless, &[program, reads(40.0, 1.0)].concat(), false);
}

#[test]
fn browsers_behind_one_address_may_call_as_often_as_people() {
    let check = |assets, agent: &str, alarm| {
        let set = [
            ("sequence_length", 200.0),
            ("requests_1m", 90.0),
            ("longest_run_calls", 110.0),
            ("num_unique_paths", 60.0),
            ("path_uniqueness", 0.55),
            ("gap_entropy_bits", 0.8),
            ("referer_ratio", 0.7),
            ("asset_ratio", assets),
            (agent, 1.0),
        ];
        check(Threat::AutomatedBots, EntityKind::Client, &people(), &set, alarm);
    };
    check(0.45, "browser_agent_ratio", false);
    // No browser, or the name of one.
    check(0.45, "tool_agent_ratio", true);
    check(0.0, "browser_agent_ratio", true);
}

#[test]
fn who_says_that_it_copies_sites_is_told_by_dozens_of_pages() {
    let check = |paths, copier, signed_in, alarm| {
        let set = [
            ("sequence_length", paths / 0.7),
            ("requests_1m", paths / 1.4),
            ("num_unique_paths", paths),
            ("path_uniqueness", 0.7),
            ("asset_ratio", 0.4),
            ("referer_ratio", 0.98),
            ("tool_agent_ratio", 1.0),
            ("copier_agent_ratio", copier),
            ("signed_in_ratio", signed_in),
        ];
        check(Threat::AutomatedBots, EntityKind::Client, &people(), &set, alarm);
    };
    check(42.0, 1.0, 0.0, true);
    // A manual kept for a journey, an office in which one of many copies, a known customer.
    check(24.0, 1.0, 0.0, false);
    check(42.0, 0.1, 0.0, false);
    check(42.0, 1.0, 1.0, false);
}

#[test]
fn who_signed_in_by_a_page_is_known_though_the_log_shows_no_account() {
    let check = |sign_ins, assets, alarm| {
        let set = [
            ("sequence_length", 121.0),
            ("requests_1m", 60.0),
            ("longest_run_calls", 115.0),
            ("num_unique_paths", 120.0),
            ("path_uniqueness", 0.99),
            ("gap_entropy_bits", 0.8),
            ("browser_agent_ratio", 1.0),
            ("referer_ratio", 0.99),
            ("asset_ratio", assets),
            ("sign_ins_24h", sign_ins),
        ];
        check(Threat::AutomatedBots, EntityKind::Client, &people(), &set, alarm);
    };
    check(1.0, 0.05, false);
    // Nobody yet; a program that has somebody's password.
    check(0.0, 0.05, true);
    check(1.0, 0.0, true);
}

#[test]
fn who_may_change_things_is_known_though_the_log_shows_no_key() {
    let check = |more: &[(&str, f32)], alarm| {
        let batch = [
            ("sequence_length", 534.0),
            ("requests_1m", 267.0),
            ("longest_run_calls", 267.0),
            ("num_unique_paths", 261.0),
            ("path_uniqueness", 0.5),
            ("gap_entropy_bits", 0.6),
            ("write_ratio", 0.97),
            ("tool_agent_ratio", 1.0),
        ];
        let set = [&batch, more].concat();
        check(Threat::AutomatedBots, EntityKind::Client, &people(), &set, alarm);
    };
    check(&[("allowed_change_ratio", 0.97)], false);
    // Who is refused now and then tries; who posts may be anybody; and there is an end to it.
    check(&[("allowed_change_ratio", 0.8), ("client_error_ratio", 0.17)], true);
    check(&[("allowed_change_ratio", 0.0)], true);
    check(&[("allowed_change_ratio", 0.97), ("requests_1m", 600.0)], true);
}

#[test]
fn who_goes_through_objects_with_a_key_is_told_once() {
    let export = |signed_in| {
        [
            ("sequence_length", 150.0),
            ("requests_1m", 150.0),
            ("num_unique_paths", 150.0),
            ("objects", 140.0),
            ("object_ratio", 1.0),
            ("object_uniqueness", 0.93),
            ("signed_in_ratio", signed_in),
        ]
    };
    let told = |threat, signed_in, alarm| {
        check(threat, EntityKind::Client, &people(), &export(signed_in), alarm);
    };
    told(Threat::UnauthorizedAccess, 1.0, true);
    told(Threat::AutomatedBots, 1.0, false);
    told(Threat::AutomatedBots, 0.0, true);
}

#[test]
fn a_share_of_a_copy_is_a_suspicion_and_no_alarm() {
    let score = |more: &[(&str, f32)], baseline: &Baseline| {
        let share = [
            ("sequence_length", 15.0),
            ("num_unique_paths", 15.0),
            ("path_uniqueness", 1.0),
            ("api_access_uniqueness", 0.07),
            ("browser_agent_ratio", 1.0),
        ];
        let row = row(&[&share, more].concat());
        let indicator = INDICATORS.iter().find(|it| it.threat() == Threat::AutomatedBots).unwrap();
        let view = View { kind: EntityKind::Client, row: &row, baseline };
        let score = indicator.judge(&view).map_or(0.0, |found| found.score.get());
        assert!(score < 0.5, "{score}");
        score >= 0.25 && indicator.adds_up(&view)
    };
    assert!(score(&[], &people()));
    assert!(!score(&[("asset_ratio", 0.3)], &people()));
    assert!(!score(&[("referer_ratio", 0.9)], &people()));
    assert!(!score(&[("signed_in_ratio", 1.0)], &people()));
    assert!(!score(&[("api_access_uniqueness", 0.6)], &people()));
    // Where nobody loads pictures, or nothing is known of others, it is like all.
    assert!(!score(&[], &quiet_site(0.0)));
    assert!(!score(&[], &Baseline::default()));
}

/// A site of people at browsers: they load pictures, come from pages, sign in, and pause.
fn people() -> Baseline {
    let mut normals = vec![Some(Normal { low: 0.0, median: 0.0, high: 0.0 }); WIDTH];
    let mut set = |name: &str, median, high| {
        let place = columns().position(|(_, column)| column.name == name).expect("a column");
        normals[place] = Some(Normal { low: 0.0, median, high });
    };
    set("asset_ratio", 0.3, 0.8);
    set("referer_ratio", 0.9, 1.0);
    set("signed_in_ratio", 0.4, 1.0);
    set("browser_agent_ratio", 1.0, 1.0);
    set("longest_run_calls", 8.0, 20.0);
    set("requests_1m", 9.0, 20.0);
    set("num_unique_paths", 12.0, 55.0);
    let mut baseline = Baseline::default();
    baseline.set(EntityKind::Client, 1_000, normals);
    baseline
}
