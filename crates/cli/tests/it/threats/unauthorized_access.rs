//! Doors that are tried one after another, locked or not; and those who have the keys.

use std::sync::LazyLock;

use super::{Caller, Day, HOUR, Verdict};

static DAY: LazyLock<Verdict> = LazyLock::new(|| {
    let mut day = Day::of_people(300);
    let user = |address: &str, token: &str| Caller::program(address).with_token(token);
    for call in 0..40 {
        let one = user("203.0.113.1", "refused");
        day.call(9.0 * HOUR + 8.0 * f64::from(call), &one, &format!("GET /users/{call}"), 403);
        let forced = Caller::person("203.0.113.2").with_token("forced");
        let page = ["users", "keys", "logs", "backup", "jobs"][call as usize % 5];
        let request = format!("GET /admin/{page}/{}", call / 5);
        day.call(10.0 * HOUR + 8.0 * f64::from(call), &forced, &request, 403);
    }
    for call in 0..200 {
        let reader = user("203.0.113.3", "counts");
        let request = format!("GET /accounts/{}", 1_000 + call);
        day.call(11.0 * HOUR + 3.0 * f64::from(call), &reader, &request, 200);
        // The same through a parameter.
        let asks = user("203.0.113.4", "asks");
        let request = format!("GET /invoice?id={}", 5_000 + call);
        day.call(12.0 * HOUR + 3.0 * f64::from(call), &asks, &request, 200);
        let slow = Caller::person("203.0.113.5").with_token("slow");
        let request = format!("GET /accounts/{}", 3_000 + call);
        day.call(f64::from(call) * 400.0, &slow, &request, 200);
    }
    for call in 0..40 {
        let writes = user("203.0.113.6", "writes");
        let request = format!("DELETE /accounts/{}", 7_000 + call);
        day.call(13.0 * HOUR + 5.0 * f64::from(call), &writes, &request, 200);
    }
    // A person who comes back to his own few things; a front end that shows buttons it should hide.
    let own = Caller::person("203.0.113.7").with_token("own");
    for call in 0..150 {
        let request = format!("GET /accounts/{}", 9_000 + call % 6);
        day.call(14.0 * HOUR + 15.0 * f64::from(call), &own, &request, 200);
    }
    let buttons = Caller::person("203.0.113.8").with_token("buttons");
    for call in 0..30 {
        let (request, status) = match call % 6 {
            0 => ("GET /reports", 403),
            _ => ("GET /items", 200),
        };
        day.call(15.0 * HOUR + 20.0 * f64::from(call), &buttons, request, status);
    }
    // Who has no credential at all, and counts.
    let nobody = Caller::person("203.0.113.9");
    for call in 0..80 {
        let request = format!("GET /users/{}", 4_000 + call);
        day.call(16.0 * HOUR + 9.0 * f64::from(call), &nobody, &request, 401);
    }
    // Support staff who open the records of those who call, one after the other, all day.
    for desk in 0..4 {
        let staff = Caller::person(&format!("203.0.114.{desk}"));
        let staff = staff.with_token(&format!("support-{desk}"));
        let mut at = 9.0 * HOUR;
        while at < 16.0 * HOUR {
            let (user, order) = (day.between(1.0, 9_000.0), day.between(50_000.0, 54_000.0));
            day.call(at, &staff, &format!("GET /users/{user:.0}"), 200);
            day.call(at + 1.0, &staff, &format!("GET /orders/{order:.0}"), 200);
            at += day.between(60.0, 300.0);
        }
    }
    // The same haste without any order, by identifiers that are no numbers.
    let random = user("203.0.113.10", "random");
    let mut at = 16.0 * HOUR;
    for _ in 0..200 {
        let id = day.between(0.0, 281_474_976_710_656.0) as u64;
        let request = format!("GET /invoices/9f1c6d2e-5b7a-4c3d-8e9f-{id:012x}");
        day.call(at, &random, &request, 200);
        at += day.between(3.0, 15.0);
    }
    day.judged()
});

const ACCESS: &str = "unauthorized_access";

#[test]
fn object_after_object_refused_is_found() {
    DAY.accuses("203.0.113.1", ACCESS);
}

#[test]
fn object_after_object_refused_to_somebody_without_a_credential_is_found() {
    DAY.accuses("203.0.113.9", ACCESS);
    assert!(!DAY.of("203.0.113.9").contains(&"brute_force"));
}

#[test]
fn forced_browsing_of_the_administration_is_found() {
    DAY.accuses("203.0.113.2", ACCESS);
}

#[test]
fn object_after_object_that_is_given_out_is_found() {
    DAY.accuses("203.0.113.3", ACCESS);
    DAY.accuses("203.0.113.4", ACCESS);
}

#[test]
fn objects_at_a_programs_pace_are_found_in_any_order() {
    DAY.accuses("203.0.113.10", ACCESS);
}

#[test]
fn support_staff_who_open_one_record_after_the_other_are_no_intruders() {
    for desk in 0..4 {
        let found = DAY.of(&format!("203.0.114.{desk}")).join(" ");
        assert!(!found.contains(ACCESS), "desk {desk} is accused of {found}");
    }
}

#[test]
fn one_object_every_seven_minutes_for_a_day_is_found() {
    DAY.accuses("203.0.113.5", ACCESS);
}

#[test]
fn writes_on_others_objects_are_found() {
    DAY.accuses("203.0.113.6", ACCESS);
}

#[test]
fn who_comes_back_to_his_own_is_no_intruder() {
    DAY.acquits("203.0.113.7");
}

#[test]
fn buttons_that_should_be_hidden_make_no_intruder() {
    DAY.acquits("203.0.113.8");
}

#[test]
fn nobody_else_is_accused() {
    DAY.acquits_all("192.0.");
}
