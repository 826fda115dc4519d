//! What a sign-in came to, where its status does not tell.

use serde_json::json;

use super::{Caller, Day, HOUR};

const ADDRESS: &str = "203.0.113.9";

/// A day on which everything is answered with 200, and somebody guesses; `answer` tells the line of an
/// attempt, by whether it got in.
fn guesses(request: &str, answer: impl Fn(&mut Day, f64, &Caller, bool)) -> Day {
    let mut day = Day::empty();
    for number in 0..60 {
        let person = Caller::person(&format!("192.0.2.{}", 1 + number));
        let at = day.between(8.0 * HOUR, 18.0 * HOUR);
        if number % 9 == 0 {
            answer(&mut day, at - 10.0, &person, false);
        }
        answer(&mut day, at, &person, true);
        for call in 0..8 {
            day.call(at + 12.0 * f64::from(call + 1), &person, "GET /items", 200);
        }
    }
    let guesser = Caller::program(ADDRESS);
    for number in 0..90 {
        answer(&mut day, 12.0 * HOUR + f64::from(number), &guesser, false);
    }
    assert!(request.starts_with("POST "), "{request} is no sign-in");
    day
}

#[test]
fn a_field_of_the_line_tells_where_the_configuration_says_so() {
    let day = || {
        guesses("POST /enter", |day, at, caller, gets_in| {
            day.call_of(at, caller, "POST /enter", 200, 120);
            day.saying("error", if gets_in { json!(null) } else { json!("bad_password") });
        })
    };
    let told = "[[endpoints.sign_in]]\npath = '/enter'\n\
                failure = { field = 'error', equals = 'bad_password' }\n";
    let verdict = day().judged_by(told);
    verdict.accuses(ADDRESS, "brute_force");
    verdict.acquits_all("192.0.2.");
    let alert = verdict.alerts.iter().find(|alert| alert["threat"] == "brute_force");
    assert_eq!(alert.expect("it was found")["outcomes_inferred"], false, "the line told");
    assert!(!day().judged().of(ADDRESS).contains(&"brute_force"), "nothing tells that it is one");
}

#[test]
fn a_status_tells_where_the_configuration_says_so() {
    let day = guesses("POST /enter", |day, at, caller, gets_in| {
        day.call(at, caller, "POST /enter", if gets_in { 302 } else { 418 });
    });
    let told = "[[endpoints.sign_in]]\npath = '/enter'\nmethod = 'POST'\n\
                success = { status = [200, 302] }\nfailure = { status = [418] }\n";
    let verdict = day.judged_by(told);
    verdict.accuses(ADDRESS, "brute_force");
    verdict.acquits_all("192.0.2.");
}

#[test]
fn a_size_that_the_configuration_names_is_said_to_be_an_inference() {
    let day = guesses("POST /enter", |day, at, caller, gets_in| {
        day.call_of(at, caller, "POST /enter", 200, if gets_in { 310 } else { 300 });
    });
    let told = "[[endpoints.sign_in]]\npath = '/enter'\nfailure = { max_bytes = 305 }\n";
    let verdict = day.judged_by(told);
    verdict.accuses(ADDRESS, "brute_force");
    verdict.acquits_all("192.0.2.");
    let alert = verdict.alerts.iter().find(|alert| alert["threat"] == "brute_force");
    assert_eq!(alert.expect("it was found")["outcomes_inferred"], true);
}

#[test]
fn sizes_that_fall_apart_and_what_follows_them_tell_without_a_word() {
    let day = guesses("POST /login", |day, at, caller, gets_in| {
        day.call_of(at, caller, "POST /login", 200, if gets_in { 225 } else { 81 });
    });
    let verdict = day.judged();
    verdict.accuses(ADDRESS, "brute_force");
    verdict.acquits_all("192.0.2.");
    let alert = verdict.alerts.iter().find(|alert| alert["threat"] == "brute_force");
    assert_eq!(alert.expect("it was found")["outcomes_inferred"], true);
}

#[test]
fn a_form_that_is_shown_again_is_a_failure_where_others_are_sent_on() {
    let mut day = guesses("POST /account/login", |day, at, caller, gets_in| {
        let (status, bytes) = if gets_in { (302, 0) } else { (200, 1_004) };
        day.call_of(at, caller, "POST /account/login", status, bytes);
        // A browser loads the files of what it is shown, before its owner does anything.
        day.call(at + 1.0, caller, "GET /static/form.css", 200);
    });
    let slow = Caller::program("203.0.113.77");
    for number in 0..120 {
        let at = 13.0 * HOUR + 9.0 * f64::from(number);
        day.call_of(at, &slow, "POST /account/login", 200, 1_004);
    }
    let verdict = day.judged();
    verdict.accuses(ADDRESS, "brute_force");
    verdict.accuses("203.0.113.77", "brute_force");
    verdict.acquits_all("192.0.2.");
}

#[test]
fn an_account_that_is_locked_is_a_failure_too() {
    let day = guesses("POST /api/v2/auth/login", |day, at, caller, gets_in| {
        let status = if gets_in { 200 } else { 423 };
        day.call(at, caller, "POST /api/v2/auth/login", status);
    });
    let verdict = day.judged();
    verdict.accuses(ADDRESS, "brute_force");
    verdict.acquits_all("192.0.2.");
}

#[test]
fn a_redirect_back_to_the_form_is_a_failure_where_the_log_says_where_it_leads() {
    let day = |field: Option<&'static str>| {
        guesses("POST /login", |day, at, caller, gets_in| {
            day.call_of(at, caller, "POST /login", 302, 36);
            if let Some(field) = field {
                day.saying(field, json!(if gets_in { "/account" } else { "/login?error=1" }));
            }
        })
    };
    let verdict = day(Some("sent_http_location")).judged();
    verdict.accuses(ADDRESS, "brute_force");
    verdict.acquits_all("192.0.2.");
    let alert = verdict.alerts.iter().find(|alert| alert["threat"] == "brute_force");
    assert_eq!(alert.expect("it was found")["outcomes_inferred"], false, "the log tells it");
    assert!(!day(None).judged().of(ADDRESS).contains(&"brute_force"), "one redirect is as another");
}

#[test]
fn people_who_are_sent_on_to_a_second_factor_have_got_in() {
    let day = guesses("POST /login", |day, at, caller, gets_in| {
        day.call_of(at, caller, "POST /login", 303, 36);
        day.saying("sent_http_location", json!(if gets_in { "/login/otp" } else { "/login" }));
    });
    let verdict = day.judged();
    verdict.accuses(ADDRESS, "brute_force");
    verdict.acquits_all("192.0.2.");
}
