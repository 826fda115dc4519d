//! Sessions in two hands at once; and devices that move, and owners of several.

use std::sync::LazyLock;

use super::{Caller, Day, HOUR, MINUTE, Verdict};

static DAY: LazyLock<Verdict> = LazyLock::new(|| {
    let mut day = Day::of_people(300);
    // Address, network and agent change together while the owner goes on.
    let owner = Caller::person("203.0.113.1").with_token("stolen");
    let thief = Caller::program("198.51.100.1").with_token("stolen");
    for call in 0..40 {
        day.call(10.0 * HOUR + 20.0 * f64::from(call), &owner, "GET /items", 200);
        if call >= 10 && call % 2 == 0 {
            let at = 10.0 * HOUR + 20.0 * f64::from(call) + 7.0;
            day.call(at, &thief, &format!("GET /items/{call}"), 200);
        }
    }
    // The thief pretends to be the same browser.
    let owner = Caller::person("203.0.113.2").with_token("stolen-too");
    let thief = Caller::person("198.51.100.2").with_token("stolen-too");
    for call in 0..50 {
        day.call(11.0 * HOUR + 20.0 * f64::from(call), &owner, "GET /items", 200);
        if call >= 10 {
            let at = 11.0 * HOUR + 20.0 * f64::from(call) + 9.0;
            day.call(at, &thief, &format!("GET /items/{call}"), 200);
        }
    }
    // A phone leaves the house: once, and for good.
    let phone = Caller::person("203.0.113.3").with_agent("App/4 (iPhone)").with_token("phone");
    for call in 0..60 {
        let on_the_way = call >= 25;
        let phone = if on_the_way { phone.clone().at("203.0.113.103") } else { phone.clone() };
        day.call(12.0 * HOUR + 20.0 * f64::from(call), &phone, "GET /items", 200);
    }
    // One that travels by train, from mast to mast.
    for call in 0..60 {
        let phone = phone.clone().at(&format!("203.0.114.{}", 1 + call / 12)).with_token("train");
        day.call(13.0 * HOUR + 30.0 * f64::from(call), &phone, "GET /items", 200);
    }
    // A person with a laptop at work and a phone on the way home, hours apart.
    let laptop = Caller::person("203.0.113.4").with_token("two-devices");
    let phone = Caller::person("203.0.113.104").with_agent("App/4 (iPhone)");
    let phone = phone.with_token("two-devices");
    for call in 0..25 {
        day.call(9.0 * HOUR + MINUTE * f64::from(call), &laptop, "GET /items", 200);
        day.call(17.0 * HOUR + MINUTE * f64::from(call), &phone, "GET /items", 200);
    }
    // A phone with an IPv4 and an IPv6 address, which it uses as it likes; then in two hands.
    let phone = Caller::person("203.0.115.1").with_agent("App/4 (iPhone)");
    for call in 0..120 {
        let address = if day.between(0.0, 1.0) < 0.5 { "203.0.115.1" } else { "2001:db8:7:1::9" };
        let both = phone.clone().at(address).with_token("dual-stack");
        day.call(14.0 * HOUR + 20.0 * f64::from(call), &both, "GET /items", 200);
        let address = if call % 2 == 0 { "203.0.115.2" } else { "2001:db8:7:2::9" };
        let owner = phone.clone().at(address).with_token("dual-stolen");
        day.call(15.0 * HOUR + 20.0 * f64::from(call), &owner, "GET /items", 200);
        let thief = phone.clone().at("198.51.100.3").with_token("dual-stolen");
        if call >= 10 {
            day.call(15.0 * HOUR + 20.0 * f64::from(call) + 7.0, &thief, "GET /orders", 200);
        }
    }
    // Phones at the end of the wireless network's reach: now in it, now out of it.
    for phone in 0..15 {
        let token = format!("flips-{phone}");
        let mut at = 18.0 * HOUR + day.between(0.0, 1_800.0);
        let mut is_home = true;
        for _ in 0..60 {
            is_home ^= day.between(0.0, 1.0) < 0.2;
            let place = if is_home { 116 } else { 117 };
            let caller = Caller::program(&format!("203.0.{place}.{phone}"));
            let caller = caller.with_agent("App/5 (Android)").with_token(&token);
            day.call(at, &caller, "GET /items", 200);
            at += day.between(30.0, 75.0);
        }
    }
    day.judged()
});

#[test]
fn another_network_and_program_beside_the_owner_is_found() {
    DAY.accuses("198.51.100.1", "session_hijacking");
}

#[test]
fn another_address_under_the_owners_agent_is_found_by_their_taking_turns() {
    DAY.accuses("198.51.100.2", "session_hijacking");
}

#[test]
fn a_thief_beside_an_owner_with_two_kinds_of_addresses_is_found() {
    DAY.accuses("198.51.100.3", "session_hijacking");
}

#[test]
fn an_ipv4_and_an_ipv6_address_of_one_phone_are_no_thief() {
    DAY.acquits("203.0.115.1");
}

#[test]
fn phones_between_wireless_and_mobile_network_are_no_thieves() {
    DAY.acquits_all("203.0.116.");
    DAY.acquits_all("203.0.117.");
}

#[test]
fn a_phone_that_changes_its_address_once_is_no_thief() {
    DAY.acquits("203.0.113.3");
    DAY.acquits("203.0.113.103");
}

#[test]
fn a_phone_on_a_train_is_no_thief() {
    DAY.acquits_all("203.0.114.");
}

#[test]
fn two_devices_at_different_times_are_no_thief() {
    DAY.acquits("203.0.113.4");
    DAY.acquits("203.0.113.104");
}
