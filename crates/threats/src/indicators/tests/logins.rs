//! Guesses at passwords, told from people and programs that fail.

use super::*;
use crate::repeats_one_secret;

#[test]
fn brute_force_tells_guessing_from_forgetting() {
    let check = |baseline: &Baseline, set: &[(&str, f32)], alarm| {
        check(Threat::BruteForce, EntityKind::Client, baseline, set, alarm);
    };
    let failures = |minute, hour, ratio, secrets| {
        [
            ("auth_failures_1m", minute),
            ("auth_failures_1h", hour),
            ("auth_failures_24h", hour),
            ("auth_failure_ratio_24h", ratio),
            ("failed_secrets_24h", secrets),
            ("sign_ins_24h", if secrets == 0.0 { hour } else { 0.0 }),
        ]
    };
    let unknown = Baseline::default();
    check(&unknown, &failures(12.0, 12.0, 1.0, 0.0), true);
    check(&unknown, &failures(3.0, 3.0, 0.75, 0.0), false);
    // One try every eight seconds, for an hour.
    check(&unknown, &failures(7.0, 110.0, 1.0, 0.0), true);
    // A synchronising client with one stale password.
    check(&unknown, &failures(30.0, 400.0, 1.0, 1.0), false);
    // Thirty people behind one address, who mostly get in.
    check(&unknown, &failures(4.0, 40.0, 0.3, 12.0), false);
    // A site where people fail up to three times an hour: ten are many, though below the floor.
    check(&quiet_site(3.0), &failures(7.0, 10.0, 1.0, 0.0), true);
    check(&quiet_site(3.0), &failures(2.0, 4.0, 1.0, 0.0), false);
    // Six in a row within seconds are no hands; four are a person in a hurry.
    let run = |length| {
        let mut set = failures(length, length, 1.0, 0.0).to_vec();
        set.push(("failure_run", length));
        set
    };
    check(&unknown, &run(6.0), true);
    check(&unknown, &run(4.0), false);
    check(&quiet_site(1.0), &run(4.0), false);
    // Five mistakes within a minute are no more for being within an hour and a day as well.
    check(&quiet_site(2.0), &failures(5.0, 5.0, 1.0, 0.0), false);
}

#[test]
fn one_password_sent_to_a_sign_in_by_the_minute_is_a_stale_program_and_by_the_second_none() {
    let sent = |minute, secrets| {
        [
            ("auth_failures_1m", minute),
            ("auth_failures_1h", minute * 60.0),
            ("auth_failures_24h", minute * 300.0),
            ("auth_failure_ratio_24h", 1.0),
            ("sign_ins_24h", minute * 300.0),
            ("failed_secrets_24h", secrets),
            ("password_ratio", 1.0),
        ]
    };
    let check = |set: &[(&str, f32)], alarm| {
        check(Threat::BruteForce, EntityKind::Client, &Baseline::default(), set, alarm);
    };
    check(&sent(1.0, 1.0), false);
    check(&sent(1.0, 60.0), true);
    // The header's password may be the application's own: the guesses are in the body.
    check(&sent(9.0, 1.0), true);
}

#[test]
fn where_no_credential_is_shown_guesses_are_told_from_a_stale_program_by_their_pace() {
    let check = |minute, hour, errors, alarm| {
        let set = [
            ("repeated_refusals_1m", minute),
            ("repeated_refusals_1h", hour),
            ("refusals_24h", hour),
            ("client_error_ratio", errors),
        ];
        check(Threat::BruteForce, EntityKind::Client, &Baseline::default(), &set, alarm);
    };
    check(60.0, 120.0, 1.0, true);
    check(5.0, 240.0, 1.0, true);
    // One call a minute, refused for hours.
    check(1.0, 60.0, 1.0, false);
    // Somebody among many behind one address.
    check(40.0, 240.0, 0.2, false);
}

#[test]
fn what_is_sent_again_and_again_at_a_sign_in_is_told_by_its_size() {
    let check = |sizes, minute, alarm| {
        let set = [
            ("sequence_length", 40.0),
            ("inter_api_access_duration_cv", 0.4),
            ("sign_ins_24h", 40.0),
            ("auth_failures_1m", minute),
            ("auth_failures_1h", 40.0),
            ("auth_failures_24h", 40.0),
            ("auth_failure_ratio_24h", 1.0),
            ("attempt_sizes_24h", sizes),
        ];
        check(Threat::BruteForce, EntityKind::Client, &Baseline::default(), &set, alarm);
    };
    // A program whose password is stale; guesses at its pace; codes, which are all of one size.
    check(1.0, 2.0, false);
    check(9.0, 2.0, true);
    check(1.0, 20.0, true);
    // A log that tells no sizes.
    check(0.0, 2.0, true);
}

#[test]
fn what_comes_by_the_clock_and_nothing_else_is_a_stale_program() {
    let check = |variation, calls, hour, alarm| {
        let set = [
            ("sequence_length", calls),
            ("inter_api_access_duration_cv", variation),
            ("sign_ins_24h", hour),
            ("auth_failures_1m", 2.0),
            ("auth_failures_1h", hour),
            ("auth_failures_24h", hour),
            ("auth_failure_ratio_24h", 1.0),
        ];
        check(Threat::BruteForce, EntityKind::Client, &Baseline::default(), &set, alarm);
    };
    check(0.02, 40.0, 40.0, false);
    // As slow, but not as even; as even, but with other calls between; as even, but more in an hour.
    check(0.3, 40.0, 40.0, true);
    check(0.02, 90.0, 40.0, true);
    check(0.02, 220.0, 220.0, true);
    // Nobody's browser does that.
    let posing = ("browser_agent_ratio", 1.0);
    let by_the_clock = [("sequence_length", 40.0), ("sign_ins_24h", 40.0), posing];
    let failed = [("auth_failures_1h", 40.0), ("auth_failure_ratio_24h", 1.0)];
    let day = [("auth_failures_24h", 40.0), ("auth_failures_1m", 2.0)];
    let set = [&by_the_clock[..], &failed, &day].concat();
    self::check(Threat::BruteForce, EntityKind::Client, &Baseline::default(), &set, true);
}

#[test]
fn a_stale_program_is_told_by_its_one_secret_or_its_one_path() {
    let check = |set: &[(&str, f32)], expect| {
        let (row, baseline) = (row(set), Baseline::default());
        let view = View { kind: EntityKind::Client, row: &row, baseline: &baseline };
        assert_eq!(repeats_one_secret(&view), expect, "{set:?}");
    };
    check(&[("failed_secrets_24h", 1.0), ("refusals_24h", 40.0), ("refused_paths_24h", 5.0)], true);
    check(&[("refusals_24h", 40.0), ("refused_paths_24h", 1.0)], true);
    check(&[("refusals_24h", 40.0), ("refused_paths_24h", 9.0)], false);
    check(&[("auth_failures_24h", 9.0), ("sign_ins_24h", 9.0)], false);
    check(&[("failed_secrets_24h", 30.0), ("refusals_24h", 40.0)], false);
}

#[test]
fn stuffing_is_many_accounts_and_guessing_is_one() {
    let unknown = Baseline::default();
    let tried = |accounts: f32, sizes: f32, sign_ins: f32| {
        [
            ("sequence_length", 60.0),
            ("auth_failures_1m", 40.0),
            ("auth_failures_1h", 50.0),
            ("auth_failures_24h", 50.0),
            ("auth_failure_ratio_24h", 0.98),
            ("failed_accounts_24h", accounts),
            ("failure_sizes_24h", sizes),
            ("sign_ins_24h", sign_ins),
        ]
    };
    let both = |set: &[(&str, f32)], stuffing, guessing| {
        check(Threat::CredentialStuffing, EntityKind::Client, &unknown, set, stuffing);
        check(Threat::BruteForce, EntityKind::Client, &unknown, set, guessing);
    };
    both(&tried(50.0, 1.0, 50.0), true, false);
    both(&tried(1.0, 1.0, 50.0), false, true);
    // Accounts stand in bodies: the answers tell `unknown name` from `wrong password`.
    both(&tried(0.0, 2.0, 50.0), true, false);
    both(&tried(0.0, 1.0, 50.0), false, true);
    // Forged tokens name accounts too, but nobody signs in with them: see below.
    let forged = [
        ("failed_accounts_24h", 25.0),
        ("failed_secrets_24h", 30.0),
        ("refusals_24h", 50.0),
        ("refused_paths_24h", 2.0),
        ("client_error_ratio", 0.9),
    ];
    both(&forged, false, false);
    check(Threat::UnauthorizedAccess, EntityKind::Client, &unknown, &forged, true);
}

#[test]
fn a_few_failures_and_nothing_else_are_a_suspicion_and_no_alarm() {
    let row = row(&[
        ("sequence_length", 4.0),
        ("auth_failures_24h", 4.0),
        ("auth_failure_ratio_24h", 1.0),
        ("sign_ins_24h", 4.0),
    ]);
    let indicator = INDICATORS.iter().find(|i| i.threat() == Threat::CredentialStuffing).unwrap();
    let baseline = Baseline::default();
    let view = View { kind: EntityKind::Client, row: &row, baseline: &baseline };
    let score = indicator.judge(&view).expect("it is worth counting").score.get();
    assert!(indicator.adds_up(&view) && (0.25..0.5).contains(&score), "{score}");
}
