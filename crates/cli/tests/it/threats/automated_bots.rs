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
    go_on_and_on(&mut day);
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

/// Those who never pause, though none of them reads page after new page.
fn go_on_and_on(day: &mut Day) {
    let hoarder = Caller { referer: false, ..Caller::person("203.0.113.9") };
    for round in 0..1_600 {
        let at = 9.0 * HOUR + 2.2 * f64::from(round);
        day.call(at, &hoarder, "GET /items/7", 200);
        day.call(at + 0.2, &hoarder, "POST /orders", 409);
    }
    let searcher = Caller { referer: false, ..Caller::person("203.0.113.10") };
    let mut at = 8.0 * HOUR;
    for page in 0..1_000 {
        day.call(at, &searcher, &format!("GET /items?q=lamp&page={page}"), 200);
        at += day.between(2.0, 9.5);
    }
    let watcher = Caller::person("203.0.113.11");
    let mut at = 12.0 * HOUR;
    for call in 0..2_400 {
        day.call(at, &watcher, &format!("GET /items/{}", call * 7 % 40), 200);
        at += day.between(0.6, 1.0);
    }
    let program = Caller::program("203.0.113.12");
    for call in 0..2_000 {
        let request = format!("GET /items/{}", call * 7 % 40);
        day.call(10.0 * HOUR + 5.0 * f64::from(call), &program, &request, 200);
    }
    // A page every 20 seconds, day and night, as a browser that comes from nowhere.
    let sleepless = Caller { referer: false, ..Caller::person("203.0.113.13") };
    for call in 0..4_300 {
        let request = format!("GET /items/{}", call * 7 % 40);
        day.call(20.0 * f64::from(call), &sleepless, &request, 200);
    }
    // Forty hands that copy together.
    for hand in 0..40 {
        let helper = Caller { referer: false, ..Caller::person(&format!("203.0.114.{hand}")) };
        let mut at = day.between(17.0 * HOUR, 17.5 * HOUR);
        for page in 0..22 {
            day.call(at, &helper, &format!("GET /items/{}", 22 * hand + page), 200);
            at += day.between(5.0, 60.0);
        }
    }
}

/// Who may go on and on: pages that somebody left open, the balancer that looks whether we live, and
/// those who have a key.
static WELCOME: LazyLock<Verdict> = LazyLock::new(|| {
    let mut day = Day::of_people(300);
    let tab = Caller::person("203.0.113.20");
    for call in 0..5_000 {
        let request = ["GET /status", "GET /queue", "GET /notices"][call % 3];
        day.call(7.0 * HOUR + 2.0 * call as f64, &tab, request, 200);
    }
    let panels = Caller::person("203.0.113.21");
    for call in 0..7_200 {
        let at = 8.0 * HOUR + 5.0 * f64::from(call / 12) + 0.02 * f64::from(call % 12);
        day.call(at, &panels, &format!("POST /panels/query?panel={}", call % 12), 200);
    }
    let balancer = Caller::program("203.0.113.22").with_agent("balancer-health/2.0");
    for call in 0..5_000 {
        day.call(2.0 * f64::from(call), &balancer, "GET /health", 200);
    }
    let export = Caller::program("203.0.113.24").with_agent("erp/7.2").with_token("erp");
    for call in 0..900 {
        day.call(2.0 * HOUR + f64::from(call), &export, &format!("GET /items/{call}"), 200);
    }
    let partner = Caller::program("203.0.113.23").with_agent("stock/2.0").with_token("stock");
    for call in 0..5_000 {
        let request = format!("GET /items/{}", call * 7 % 60);
        day.call(2.0 * f64::from(call), &partner, &request, 200);
    }
    day.judged()
});

/// A log that shows no keys: in the first minutes of their day people behind one proxy load pages and the
/// pictures of these, a partner sets its prices, and copiers take everything, pictures too.
static KEYLESS: LazyLock<Verdict> = LazyLock::new(|| {
    let mut day = Day::of_people(300);
    for colleague in 0..40 {
        let agent = ["Firefox/128.0", "Chrome/141.0", "Safari/605.1"][colleague % 3];
        let person = Caller::person("203.0.113.30").with_agent(&format!("Mozilla/5.0 {agent}"));
        let mut at = day.between(9.0 * HOUR, 9.0 * HOUR + 3.0 * MINUTE);
        for page in 0..4 {
            load(&mut day, &person, at, (7 * colleague + 3 * page) % 30, 6);
            at += day.between(4.0, 25.0);
        }
    }
    let partner = Caller::program("203.0.113.31").with_agent("erp/7.2").with_token("erp");
    for call in 0..530 {
        let at = 10.0 * HOUR + 0.13 * f64::from(call) + 600.0 * f64::from(call / 265);
        day.call(at, &partner, &format!("PUT /prices/{}", call % 265), 200);
    }
    let copier =
        Caller { referer: true, ..Caller::program("203.0.113.32").with_agent("Wget/1.24") };
    for page in 0..150 {
        load(&mut day, &copier, 11.0 * HOUR + page as f64, page, 2);
    }
    let offline = Caller::person("203.0.113.33")
        .with_agent("Mozilla/4.5 (compatible; HTTrack 3.0x; Windows 98)");
    for page in 0..40 {
        load(&mut day, &offline, 12.0 * HOUR + 3.0 * page as f64, page, 1);
    }
    day.without_credentials().judged()
});

/// A page with a style sheet and pictures of its own, at once.
fn load(day: &mut Day, caller: &Caller, at: f64, page: usize, pictures: usize) {
    let first = Caller { referer: false, ..caller.clone() };
    day.call(at, &first, &format!("GET /items/{page}"), 200);
    day.call(at + 0.1, caller, "GET /static/app.css", 200);
    for picture in 0..pictures {
        let request = format!("GET /pictures/{page}-{picture}.jpg");
        day.call(at + 0.2 + 0.05 * picture as f64, caller, &request, 200);
    }
}

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
fn who_puts_one_thing_into_the_cart_without_a_breath_is_found() {
    DAY.accuses("203.0.113.9", BOTS);
}

#[test]
fn a_search_of_a_thousand_pages_by_no_browser_is_found() {
    DAY.accuses("203.0.113.10", BOTS);
}

#[test]
fn more_than_a_call_a_second_without_a_breath_is_found_though_it_sends_referers() {
    DAY.accuses("203.0.113.11", BOTS);
}

#[test]
fn a_program_whom_nobody_knows_is_found_by_its_breath() {
    DAY.accuses("203.0.113.12", BOTS);
}

#[test]
fn a_browser_that_never_sleeps_and_comes_from_nowhere_is_found() {
    DAY.accuses("203.0.113.13", BOTS);
}

#[test]
fn a_copy_that_forty_share_out_is_found() {
    let hands = (0..40).map(|hand| format!("203.0.114.{hand}"));
    let found = hands.filter(|hand| DAY.of(hand).contains(&BOTS)).count();
    assert!(found >= 36, "{found} of 40");
}

#[test]
fn a_page_that_is_left_open_is_welcome() {
    WELCOME.names_nothing_of("203.0.113.20");
    WELCOME.names_nothing_of("203.0.113.21");
}

#[test]
fn a_balancer_is_welcome() {
    WELCOME.names_nothing_of("203.0.113.22");
}

#[test]
fn a_partner_who_never_pauses_is_welcome() {
    WELCOME.names_nothing_of("203.0.113.23");
}

#[test]
fn an_export_with_a_key_is_no_bot_besides() {
    let found = WELCOME.of("203.0.113.24");
    assert!(!found.contains(&BOTS), "{found:?}");
}

#[test]
fn pictures_that_people_behind_one_proxy_load_are_no_haste() {
    KEYLESS.names_nothing_of("203.0.113.30");
}

#[test]
fn a_partner_who_may_change_things_is_known_without_its_key() {
    KEYLESS.names_nothing_of("203.0.113.31");
}

#[test]
fn a_copy_of_pages_with_their_pictures_is_found() {
    KEYLESS.accuses("203.0.113.32", BOTS);
}

#[test]
fn a_copier_by_its_own_word_is_found_at_a_page_in_three_seconds() {
    KEYLESS.accuses("203.0.113.33", BOTS);
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
