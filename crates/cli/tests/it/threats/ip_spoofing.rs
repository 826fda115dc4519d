//! Origins that are made up; and proxies that tell the truth.

use std::sync::LazyLock;

use super::{Caller, Day, HOUR, Verdict};

static DAY: LazyLock<Verdict> = LazyLock::new(|| {
    let mut day = Day::of_people(300);
    for call in 0..60 {
        let claimed = format!("{}.{}.{}.9", 20 + call * 3, call * 7 % 250, call * 11 % 250);
        let caller = Caller::program("203.0.113.1").claiming(&claimed);
        day.call(9.0 * HOUR + 4.0 * f64::from(call), &caller, "GET /items", 200);
        let claimed = ["127.0.0.1", "10.0.0.1", "192.168.0.1", "169.254.169.254", "0.0.0.0"];
        let claimed = format!("{}, 10.{}.0.7", claimed[call as usize % 5], call);
        let caller = Caller::program("203.0.113.2").claiming(&claimed);
        day.call(10.0 * HOUR + 4.0 * f64::from(call), &caller, "GET /orders", 403);
        let caller = Caller::program("203.0.113.3").claiming("' OR 1=1 --");
        day.call(11.0 * HOUR + 20.0 * f64::from(call), &caller, "GET /items", 200);
    }
    // A company's proxy passes on whom it speaks for: the same people again and again.
    for call in 0..400 {
        let person = call * 7 % 12;
        let caller = Caller::person("203.0.113.4")
            .with_agent(&format!("Browser/{person}"))
            .claiming(&format!("10.1.2.{}", 10 + person));
        day.call(13.0 * HOUR + 11.0 * f64::from(call), &caller, "GET /items", 200);
    }
    // A person whose own proxy always names the same address.
    for call in 0..40 {
        let caller = Caller::person("203.0.113.5").claiming("192.168.1.20");
        day.call(14.0 * HOUR + 21.0 * f64::from(call), &caller, "GET /items", 200);
    }
    // Who calls from outside and names the server itself as his origin, in one form or in several.
    for call in 0..60 {
        let caller = Caller::program("203.0.113.6").claiming("127.0.0.1");
        day.call(15.0 * HOUR + 11.0 * f64::from(call), &caller, "GET /orders", 200);
        let claimed = ["127.0.0.1", "::1", "169.254.169.254", "0.0.0.0"][call as usize % 4];
        let caller = Caller::person("203.0.113.7").claiming(claimed);
        day.call(16.0 * HOUR + 20.0 * f64::from(call), &caller, "GET /orders", 403);
    }
    // A company's Squid, whose few people have private addresses.
    for call in 0..300 {
        let caller =
            Caller::person("203.0.113.8").claiming(&format!("192.168.7.{}", 10 + call % 3));
        day.call(17.0 * HOUR + 9.0 * f64::from(call), &caller, "GET /items", 200);
    }
    day.judged()
});

#[test]
fn origins_that_rotate_are_found() {
    DAY.accuses("203.0.113.1", "ip_spoofing");
}

#[test]
fn origins_that_cannot_be_are_found() {
    DAY.accuses("203.0.113.2", "ip_spoofing");
}

#[test]
fn origins_that_are_no_address_are_found() {
    DAY.accuses("203.0.113.3", "ip_spoofing");
}

#[test]
fn who_claims_from_outside_to_be_the_server_itself_is_found() {
    DAY.accuses("203.0.113.6", "ip_spoofing");
    DAY.accuses("203.0.113.7", "ip_spoofing");
}

#[test]
fn private_addresses_behind_a_companys_proxy_are_no_forgery() {
    assert!(!DAY.of("203.0.113.8").contains(&"ip_spoofing"));
}

#[test]
fn a_companys_proxy_is_no_forger() {
    DAY.acquits("203.0.113.4");
}

#[test]
fn a_person_behind_a_proxy_of_his_own_is_no_forger() {
    DAY.acquits("203.0.113.5");
}
