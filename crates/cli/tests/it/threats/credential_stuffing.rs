//! Lists of leaked passwords: from one address, and spread over hundreds of which none does much.

use std::sync::LazyLock;

use super::{Caller, Day, HOUR, MINUTE, Verdict};

/// An address of the spread-out attack.
fn bot(number: usize) -> String {
    format!("198.51.{}.{}", 100 + number / 200, 1 + number % 200)
}

static DAY: LazyLock<Verdict> = LazyLock::new(|| {
    let mut day = Day::of_people(300);
    let one = Caller::program("203.0.113.1");
    for number in 0..90 {
        // `unknown user` and `wrong password` are of different sizes.
        let bytes = if number % 3 == 0 { 61 } else { 74 };
        day.call_of(3.0 * HOUR + 6.0 * number as f64, &one, "POST /login", 401, bytes);
    }
    // An hour without a burst: one account an address at the median, some with many, answers of 200,
    // 403 and 429 mixed, and nothing called by those who got in.
    for number in 0..300 {
        let caller = Caller::person(&bot(number));
        let tries = match number % 50 {
            0 => 20,
            1..10 => 2,
            _ => 1,
        };
        for _ in 0..tries {
            let at = day.between(13.0 * HOUR, 14.0 * HOUR);
            let status = match day.between(0.0, 20.0) as usize {
                0 => 200,
                1..5 => 429,
                _ => 403,
            };
            day.call(at, &caller, "POST /login", status);
        }
    }
    // Somebody who gets into many accounts and calls nothing with them: he sells them.
    let seller = Caller::program("203.0.113.2");
    for number in 0..60 {
        let status = if number % 4 == 0 { 200 } else { 401 };
        day.call(17.0 * HOUR + 20.0 * number as f64, &seller, "POST /login", status);
    }
    day.judged()
});

#[test]
fn many_accounts_from_one_address_are_found() {
    DAY.accuses("203.0.113.1", "credential_stuffing");
}

#[test]
fn an_hour_of_single_tries_from_hundreds_of_addresses_is_one_alert() {
    let campaign = DAY.alerts.iter().find(|alert| alert["entity"]["kind"] == "endpoint");
    let campaign = campaign.expect("an alert about the endpoint");
    assert_eq!(campaign["threat"], "credential_stuffing", "{campaign}");
    let members = campaign["members"].as_array().expect("a list").len();
    assert!(members >= 200, "{members} of 300 addresses are in it");
}

#[test]
fn who_gets_in_and_calls_nothing_is_found() {
    let found = DAY.of("203.0.113.2");
    assert!(found.contains(&"credential_stuffing") || found.contains(&"brute_force"), "{found:?}");
}

#[test]
fn people_who_sign_in_that_hour_are_not_accused() {
    DAY.acquits_all("192.0.");
}

#[test]
fn as_many_failures_as_in_any_hour_are_no_campaign() {
    let mut day = Day::of_people(300);
    // A busy site: ten strangers an hour fail and leave, all day long.
    for number in 0..240 {
        let at = 6.0 * MINUTE * number as f64 + day.between(0.0, 200.0);
        day.call(at, &Caller::person(&bot(number)), "POST /login", 401);
    }
    day.judged().acquits_all("198.51.");
}

#[test]
fn a_morning_on_which_everybody_signs_in_is_no_campaign() {
    let mut day = Day::of_people(300);
    for number in 0..150 {
        let person = Caller::person(&bot(number));
        let at = day.between(9.0 * HOUR, 9.0 * HOUR + 10.0 * MINUTE);
        if number % 8 == 0 {
            day.call(at - 9.0, &person, "POST /login", 401);
        }
        day.call(at, &person, "POST /login", 200);
        let person = person.with_token(&format!("early-{number}"));
        for call in 0..6 {
            day.call(at + 10.0 * f64::from(call + 1), &person, "GET /items", 200);
        }
    }
    day.judged().acquits_all("198.51.");
}

#[test]
fn a_campaign_is_dated_to_when_a_log_that_ends_there_first_shows_it() {
    let told = |end: f64| {
        let mut day = Day::of_people(300);
        for number in 0..200 {
            let at = 13.0 * HOUR + 9.0 * number as f64;
            day.call(at, &Caller::person(&bot(number)), "POST /login", 401);
        }
        let alerts = day.until(end).judged().alerts;
        let campaign = alerts.into_iter().find(|alert| alert["entity"]["kind"] == "endpoint")?;
        let moment = |field: &str| {
            let text = campaign[field].as_str().expect("a time").to_owned();
            let parts = text[11..].trim_end_matches('Z').split(':');
            parts.fold(0.0, |sum, part| sum * 60.0 + part.parse::<f64>().expect("a number"))
        };
        Some((moment("first_seen"), moment("opened_at")))
    };
    let (began, opened) = told(24.0 * HOUR).expect("a campaign");
    assert!((began - 13.0 * HOUR).abs() <= 5.0 * MINUTE, "it began at {began} s");
    assert!(opened >= 13.0 * HOUR + 2.0 * MINUTE, "it opened at {opened} s");
    assert_eq!(told(opened), Some((began, opened)));
    assert_eq!(told(opened - 1.0), None);
}
