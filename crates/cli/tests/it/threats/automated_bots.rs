//! Programs that take what people are served; and the programs and crowds that are welcome.

use std::sync::LazyLock;

use super::{Caller, Day, HOUR, MINUTE, Verdict};

static DAY: LazyLock<Verdict> = LazyLock::new(|| {
    let mut day = Day::of_people(300);
    let copier = Caller::program("203.0.113.1");
    for page in 0..600 {
        day.call(9.0 * HOUR + 0.2 * f64::from(page), &copier, &format!("GET /items/{page}"), 200);
    }
    // It says that it is a browser, and loads neither pictures nor follows links.
    let disguised = Caller { referer: false, ..Caller::person("203.0.113.2") };
    for page in 0..400 {
        let request = format!("GET /items/{page}");
        day.call(10.0 * HOUR + 1.0 * f64::from(page), &disguised, &request, 200);
    }
    // Another agent with every call.
    for page in 0..300 {
        let caller = Caller::program("203.0.113.3")
            .with_agent(&format!("Mozilla/5.0 (Windows NT 10.0; rv:{page}.0) Gecko/20100101"));
        day.call(11.0 * HOUR + 0.5 * f64::from(page), &caller, &format!("GET /items/{page}"), 200);
    }
    // One page every half a minute, day and night.
    let tireless = Caller::program("203.0.113.4");
    for page in 0..2_880 {
        let request = format!("GET /items/{page}");
        day.call(30.0 * f64::from(page), &tireless, &request, 200);
    }
    let monitor = Caller::program("203.0.113.5").with_agent("Uptime-Kuma/1.23");
    for check in 0..2_880 {
        day.call(30.0 * f64::from(check), &monitor, "GET /health", 200);
    }
    let partner = Caller::program("203.0.113.6").with_agent("partner/2.0").with_token("partner");
    for round in 0..288 {
        for call in 0..6 {
            let at = 5.0 * MINUTE * f64::from(round) + 0.4 * f64::from(call);
            day.call(at, &partner, &format!("GET /stock?page={call}"), 200);
        }
    }
    let crawler = Caller::program("203.0.113.7")
        .with_agent("Mozilla/5.0 (compatible; Seekbot/1.0; +http://seek.example/bot.html)");
    for page in 0..1_000 {
        let request = match page {
            0 => "GET /robots.txt".to_owned(),
            page => format!("GET /items/{page}"),
        };
        day.call(HOUR + 10.0 * f64::from(page), &crawler, &request, 200);
    }
    // Everybody comes for one page within two minutes; and an office shares one address.
    for visitor in 0..200 {
        let person = Caller::person(&format!("198.51.100.{}", 1 + visitor));
        let at = day.between(15.0 * HOUR, 15.0 * HOUR + 2.0 * MINUTE);
        for (place, request) in
            ["GET /sale", "GET /static/app.css", "GET /static/app.js", "GET /items/1"]
                .iter()
                .enumerate()
        {
            day.call(at + place as f64, &person, request, 200);
        }
    }
    for colleague in 0..40 {
        let person = Caller::person("203.0.113.8").with_agent(&format!("Browser/{colleague}"));
        let person = person.with_token(&format!("colleague-{colleague}"));
        for call in 0..40 {
            let at = day.between(9.0 * HOUR, 17.0 * HOUR);
            day.call(at, &person, &format!("GET /items/{}", call % 15), 200);
        }
    }
    day.judged()
});

const BOTS: &str = "automated_bots";

#[test]
fn a_copy_at_full_speed_is_found() {
    DAY.accuses("203.0.113.1", BOTS);
}

#[test]
fn a_browser_that_is_none_is_found() {
    DAY.accuses("203.0.113.2", BOTS);
}

#[test]
fn another_agent_with_every_call_is_found() {
    DAY.accuses("203.0.113.3", BOTS);
}

#[test]
fn one_page_every_half_a_minute_day_and_night_is_found() {
    DAY.accuses("203.0.113.4", BOTS);
}

#[test]
fn a_monitor_is_welcome() {
    DAY.acquits("203.0.113.5");
}

#[test]
fn a_partner_is_welcome() {
    // FIXME: the only program of a day that never sleeps is told as odd, though as no threat.
    DAY.names_nothing_of("203.0.113.6");
}

#[test]
fn a_polite_crawler_is_welcome() {
    DAY.acquits("203.0.113.7");
}

#[test]
fn a_crowd_that_comes_at_once_is_welcome() {
    DAY.acquits_all("198.51.100.");
}

#[test]
fn an_office_behind_one_address_is_welcome() {
    DAY.acquits("203.0.113.8");
}
