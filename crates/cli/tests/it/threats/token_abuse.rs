//! Keys in many hands, and keys that leave all their habits; and jobs that grow with the work.

use std::sync::LazyLock;

use super::{Caller, Day, HOUR, MINUTE, Verdict};

/// A program of a partner that calls every five minutes in working hours, for two days.
fn partner(day: &mut Day, address: &str, key: &str) {
    let caller = Caller::program(address).with_agent("partner/2.0").with_token(key);
    for call in 0..192 {
        let at = if call < 96 { 9.0 * HOUR } else { 33.0 * HOUR - 8.0 * HOUR };
        day.call(at + 5.0 * MINUTE * f64::from(call), &caller, "GET /stock", 200);
    }
}

static DAY: LazyLock<Verdict> = LazyLock::new(|| {
    let mut day = Day::of_people(300);
    // A leaked key: forty buyers within the hour, each with his own program.
    for buyer in 0..40 {
        let caller = Caller::program(&format!("198.51.100.{}", 1 + buyer));
        let caller = caller.with_agent(&format!("tool/{}.0", buyer % 7)).with_token("leaked");
        for call in 0..6 {
            let at = day.between(10.0 * HOUR, 11.0 * HOUR);
            day.call(at, &caller, &format!("GET /items/{call}"), 200);
        }
    }
    // A key that is used far above its rate, at night, on what it never called, by a stranger.
    partner(&mut day, "203.0.113.1", "taken");
    let stranger = Caller::program("198.51.101.1").with_token("taken");
    for call in 0..400 {
        let request =
            format!("GET /reports/{}/{}", ["sales", "people", "costs"][call % 3], call % 12);
        let request = if call % 2 == 0 { request } else { format!("GET /admin-{}", call % 20) };
        day.call(45.0 * HOUR + 2.0 * call as f64, &stranger, &request, 200);
    }
    // The same partner without a thief; and a job that does much more on the second day.
    partner(&mut day, "203.0.113.2", "honest");
    let job = Caller::program("203.0.113.3").with_agent("job/1.0").with_token("job");
    for call in 0..60 {
        day.call(3.0 * HOUR + 10.0 * f64::from(call), &job, "GET /stock", 200);
    }
    for call in 0..900 {
        day.call(27.0 * HOUR + 2.0 * f64::from(call), &job, "GET /stock", 200);
    }
    // A person with three devices.
    for call in 0..90 {
        let (address, agent) =
            [("203.0.113.4", "Browser/1"), ("203.0.113.5", "App/1"), ("203.0.113.6", "Pad/1")]
                [call / 30];
        let caller = Caller::person(address).with_agent(agent).with_token("three");
        day.call(14.0 * HOUR + 40.0 * call as f64, &caller, "GET /items", 200);
    }
    // Keys that do little by day; by night one works through what it never asked for, another runs an
    // export for the first time.
    for (key, address) in [("milked", "203.0.113.7"), ("exports", "203.0.113.8")] {
        let caller = Caller::program(address).with_agent("stock/1.1").with_token(key);
        for call in 0..100 {
            let at = 8.0 * HOUR + 6.0 * MINUTE * f64::from(call);
            day.call(at, &caller, "GET /partner/stock", 200);
        }
        for call in 0..3_000 {
            let request = match key {
                "exports" => "GET /partner/catalogue",
                _ => ["GET /partner/customers", "GET /partner/invoices", "GET /partner/prices"]
                    [call % 3],
            };
            day.call(22.0 * HOUR + 1.1 * call as f64, &caller, request, 200);
        }
    }
    day.judged()
});

#[test]
fn a_key_in_forty_hands_is_found() {
    DAY.accuses("198.51.100.1", "token_abuse");
}

#[test]
fn a_key_that_leaves_all_its_habits_is_found() {
    DAY.accuses("198.51.101.1", "token_abuse");
}

#[test]
fn a_key_that_works_through_a_few_endpoints_it_never_called_is_found() {
    DAY.accuses("203.0.113.7", "token_abuse");
}

#[test]
fn an_export_by_night_that_runs_for_the_first_time_is_no_abuse_of_its_key() {
    assert!(!DAY.of("203.0.113.8").contains(&"token_abuse"));
}

#[test]
fn a_partner_is_no_abuser() {
    // FIXME: the only program that keeps a beat is told as odd, though as no threat.
    DAY.names_nothing_of("203.0.113.2");
}

#[test]
fn a_job_that_grows_is_no_abuse_of_its_key() {
    assert!(!DAY.of("203.0.113.3").contains(&"token_abuse"));
}

#[test]
fn a_person_with_three_devices_is_no_abuser() {
    for address in ["203.0.113.4", "203.0.113.5", "203.0.113.6"] {
        DAY.acquits(address);
    }
}
