//! Guessing at passwords: fast, slow, against one account from everywhere; and those who forgot theirs.

use std::sync::LazyLock;

use serde_json::json;

use super::{Caller, Day, HOUR, MINUTE, Verdict};

static DAY: LazyLock<Verdict> = LazyLock::new(|| {
    let mut day = Day::of_people(300);
    let fast = Caller::program("203.0.113.1");
    for guess in 0..120 {
        day.call(9.0 * HOUR + 0.5 * f64::from(guess), &fast, "POST /login", 401);
    }
    let slow = Caller::program("203.0.113.2");
    let mut at = 10.0 * HOUR;
    while at < 11.0 * HOUR {
        day.call(at, &slow, "POST /login", 401);
        at += day.between(6.0, 10.0);
    }
    let slowest = Caller::person("203.0.113.3");
    for guess in 0..70 {
        day.call(f64::from(guess) * 20.0 * MINUTE, &slowest, "POST /login", 401);
    }
    let guesser = Caller::program("203.0.113.4");
    for guess in 0..60 {
        // Each try with another password of HTTP Basic, on a page that is no sign-in.
        let caller = guesser.clone().with_token(&format!("guess-{guess}"));
        day.call(13.0 * HOUR + 2.0 * f64::from(guess), &caller, "GET /orders", 401);
    }
    let stale = Caller::program("203.0.113.5").with_agent("sync/3.1").with_token("stale");
    for call in 0..288 {
        day.call(f64::from(call) * 5.0 * MINUTE, &stale, "GET /orders", 401);
    }
    let forgetful = Caller::person("203.0.113.6");
    for (secs, status) in [(0.0, 401), (9.0, 401), (21.0, 401), (40.0, 200)] {
        day.call(14.0 * HOUR + secs, &forgetful, "POST /login", status);
    }
    let signed_in = forgetful.with_token("forgetful");
    for call in 0..8 {
        day.call(14.0 * HOUR + 50.0 + 17.0 * f64::from(call), &signed_in, "GET /items", 200);
    }
    let gives_up = Caller::person("203.0.113.7");
    for secs in [0.0, 14.0, 33.0] {
        day.call(15.0 * HOUR + secs, &gives_up, "POST /login", 401);
    }
    // An office of thirty behind one address, on a morning after passwords had to be changed.
    for colleague in 0..30 {
        let colleague_at = 9.0 * HOUR + 40.0 * f64::from(colleague);
        let person = Caller::person("203.0.113.8").with_agent(&format!("Browser/{colleague}"));
        for mistake in 0..colleague % 3 {
            day.call(colleague_at + 8.0 * f64::from(mistake), &person, "POST /login", 401);
        }
        day.call(colleague_at + 30.0, &person, "POST /login", 200);
        let person = person.with_token(&format!("colleague-{colleague}"));
        for call in 0..12 {
            let at = colleague_at + 40.0 + 25.0 * f64::from(call);
            day.call(at, &person, "GET /items", 200);
        }
    }
    // Five mistakes in a hurry, and then a new password.
    let resets = Caller::person("203.0.113.9");
    for secs in [0.0, 11.0, 24.0, 36.0, 50.0] {
        day.call(16.0 * HOUR + secs, &resets, "POST /login", 401);
    }
    day.call(16.0 * HOUR + 130.0, &resets, "POST /password/reset", 202);
    // A program that signs in anew each minute, with the password that it was given long ago.
    let old =
        Caller::program("203.0.113.10").with_agent("OldSync/1.0").with_password("cGF1bDpvbGQ=");
    for call in 0..300 {
        day.call(HOUR + MINUTE * f64::from(call), &old, "POST /login", 401);
    }
    day.judged()
});

/// The same day in a log that shows no credentials.
static BLIND: LazyLock<Verdict> = LazyLock::new(|| {
    let mut day = Day::of_people(300);
    let stale = Caller::program("203.0.113.1").with_agent("CalSync/3.0");
    for call in 0..1_400 {
        let at = f64::from(call) * MINUTE + day.between(-1.0, 1.0);
        day.call(at.max(0.0), &stale, "GET /sync", 401);
    }
    let calendar = Caller::program("203.0.113.2").with_agent("DAVx5/4.4");
    for call in 0..95 {
        day.call(f64::from(call) * 15.0 * MINUTE, &calendar, "PROPFIND /dav/calendars/", 401);
    }
    let guesser = Caller::program("203.0.113.3");
    for guess in 0..150 {
        day.call(9.0 * HOUR + 2.5 * f64::from(guess), &guesser, "GET /sync", 401);
    }
    let counts = Caller::person("203.0.113.4");
    let mut at = 10.0 * HOUR;
    for user in 0..300 {
        day.call(at, &counts, &format!("GET /users/{}", 9_000 + user), 401);
        at += day.between(3.0, 15.0);
    }
    let slow = Caller::program("203.0.113.5");
    let mut at = 12.0 * HOUR;
    while at < 13.0 * HOUR {
        day.call(at, &slow, "POST /login", 401);
        at += day.between(9.0, 15.0);
    }
    // A program that sends its password only when it is asked for it, file after file.
    let asked = Caller::program("203.0.113.6").with_agent("davfs2/1.6");
    for file in 0..300 {
        let request = format!("GET /files/{}", 100 + file);
        let at = 14.0 * HOUR + 4.0 * f64::from(file);
        day.call(at, &asked, &request, 401);
        day.call(at + 0.1, &asked, &request, 200);
    }
    day.without_credentials().judged()
});

#[test]
fn fast_guesses_are_found() {
    DAY.accuses("203.0.113.1", "brute_force");
}

#[test]
fn one_try_every_few_seconds_for_an_hour_is_found() {
    DAY.accuses("203.0.113.2", "brute_force");
}

#[test]
fn one_try_every_twenty_minutes_for_a_day_is_found() {
    DAY.accuses("203.0.113.3", "brute_force");
}

#[test]
fn guesses_at_a_secret_that_is_sent_with_every_call_are_found() {
    let found = DAY.of("203.0.113.4");
    let named = ["brute_force", "credential_stuffing", "unauthorized_access"];
    assert!(found.iter().any(|threat| named.contains(threat)), "{found:?}");
}

#[test]
fn one_stale_password_retried_all_day_is_no_attack() {
    DAY.acquits("203.0.113.5");
}

#[test]
fn one_stale_password_sent_to_the_sign_in_by_the_minute_is_no_attack() {
    DAY.acquits("203.0.113.10");
}

#[test]
fn five_mistakes_within_a_minute_and_a_new_password_are_no_attack() {
    DAY.acquits("203.0.113.9");
}

#[test]
fn without_credentials_in_the_log_a_stale_program_is_no_guesser() {
    BLIND.acquits("203.0.113.1");
    BLIND.acquits("203.0.113.2");
}

#[test]
fn a_program_that_is_asked_for_its_password_each_time_is_neither_guesser_nor_intruder() {
    let found = BLIND.of("203.0.113.6").join(" ");
    assert!(!found.contains("brute_force") && !found.contains("unauthorized"), "{found}");
}

#[test]
fn without_credentials_in_the_log_guesses_at_one_path_are_found_and_so_are_slow_ones_at_a_sign_in()
{
    BLIND.accuses("203.0.113.3", "brute_force");
    BLIND.accuses("203.0.113.5", "brute_force");
}

#[test]
fn refusals_of_one_object_after_another_are_unauthorized_access_and_no_failed_logins() {
    let found = BLIND.of("203.0.113.4");
    assert!(found.contains(&"unauthorized_access"), "{found:?}");
    assert!(!found.contains(&"brute_force"), "{found:?}");
}

#[test]
fn three_mistakes_are_no_attack() {
    DAY.acquits("203.0.113.6");
    DAY.acquits("203.0.113.7");
}

#[test]
fn an_office_behind_one_address_is_no_attack() {
    DAY.acquits("203.0.113.8");
}

#[test]
fn nobody_else_is_accused() {
    DAY.acquits_all("192.0.");
}

#[test]
fn an_account_that_many_addresses_guess_at_is_one_incident_that_its_owner_is_no_part_of() {
    let mut day = Day::of_people(300);
    for guess in 0..300 {
        let caller = Caller::person(&format!("198.51.100.{}", 1 + guess % 60));
        day.call(12.0 * HOUR + 20.0 * f64::from(guess), &caller, "POST /login", 401);
        day.saying("remote_user", json!("ann"));
    }
    let owner = Caller::person("203.0.113.9").with_token("ann");
    for call in 0..40 {
        day.call(14.0 * HOUR + 30.0 * f64::from(call), &owner, "GET /items", 200);
        day.saying("remote_user", json!("ann"));
    }
    let alerts = day.judged().alerts;
    let guessed = ["brute_force", "credential_stuffing", "unclassified"];
    let about: Vec<_> = alerts
        .iter()
        .filter(|alert| guessed.iter().any(|threat| alert["threat"] == *threat))
        .collect();
    assert_eq!(about.len(), 1, "{about:#?}");
    assert_eq!(about[0]["entity"]["value"], "ann");
    assert_eq!(about[0]["count"], 300, "each guess once, and nothing else");
    assert_eq!(about[0]["last_seen"], "2026-11-23T13:39:40Z");
    assert!(!about[0].to_string().contains("203.0.113.9"), "{}", about[0]);
}
