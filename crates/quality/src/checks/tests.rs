use super::*;
use crate::{
    BalanceFacts, Caveat, ClientFacts, Facts, ListFacts, LoadFacts, PairFacts, Repeats,
    SignInFacts, SourceFacts, caveats,
};

/// A log about which there is nothing to say.
fn fine() -> Facts {
    let client = |n: u64| ClientFacts {
        name: format!("192.0.2.{n}"),
        share: 0.1,
        agents: 1,
        accounts: 1,
        origins: 0,
    };
    Facts {
        requests: 10_000,
        with_account: 5_000,
        with_credential: 100,
        clients: (1..=10).map(client).collect(),
        loads: LoadFacts { pages: 30, loads: 500, with_page: 0.88, together: 0.9 },
        repeats: Repeats { distinct: 10_000, repeated: 200, copies: 2.0, across: 0 },
        sources: ["web1.log", "web2.log"]
            .map(|name| SourceFacts { name: name.into(), ..SourceFacts::default() })
            .into(),
        pairs: vec![PairFacts {
            one: 0,
            other: 1,
            shared: 400,
            shared_ratio: 0.6,
            offset_secs: 0.4,
            agreeing: 0.2,
            balance: BalanceFacts::default(),
            overlap: 0.98,
        }],
        sign_ins: vec![SignInFacts { endpoint: "POST /login".into(), accepted: 40, failed: 0 }],
        ..Facts::default()
    }
}

/// The names of what is said.
fn said(facts: &Facts) -> Vec<&'static str> {
    caveats(facts).into_iter().map(|caveat| caveat.name).collect()
}

#[test]
fn every_check_keeps_the_contract() {
    let mut names: Vec<&str> = CHECKS.iter().map(|check| check.name()).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), CHECKS.len(), "names are told apart");
    for check in CHECKS {
        let name = check.name();
        assert!(
            name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_'),
            "{name}"
        );
        let page = check.page();
        for text in [page.sees, page.means, page.wrong] {
            assert!(text.len() > 30 && !text.ends_with('.'), "{name}: {text}");
        }
        assert!(check.look(&Facts::default()).is_none(), "{name} says something of no log at all");
        assert!(check.look(&fine()).is_none(), "{name} says something of a log that is fine");
    }
}

#[test]
fn what_is_said_has_its_figures_and_what_to_do() {
    let all = [
        proxy(),
        chain(),
        offset(),
        balanced(),
        twice(),
        told_twice(),
        torn(),
        with_rate(),
        nobody(),
        answers_200(),
    ];
    for facts in all {
        let said = caveats(&facts);
        assert_eq!(said.len(), 1, "{said:?}");
        for Caveat { name, seen, figures, advice, .. } in said {
            assert!(seen.bytes().any(|b| b.is_ascii_digit()), "{name}: {seen}");
            assert!(!figures.is_empty() && figures.iter().all(|it| it.value.is_finite()), "{name}");
            assert!(!advice.is_empty() && !advice.ends_with('.'), "{name}: {advice}");
        }
    }
}

fn proxy() -> Facts {
    let mut facts = fine();
    facts.clients.truncate(1);
    facts.clients[0].share = 0.97;
    facts.clients[0].agents = 40;
    facts
}

#[test]
fn few_addresses_with_many_agents_are_a_proxy() {
    assert_eq!(said(&proxy()), ["proxy_as_client"]);
    let mut pair = proxy();
    pair.clients.push(pair.clients[0].clone());
    pair.clients.iter_mut().for_each(|client| client.share = 0.45);
    assert_eq!(said(&pair), ["proxy_as_client"]);
    let mut program = proxy();
    program.clients[0].agents = 2;
    assert!(said(&program).is_empty(), "one busy program is no proxy");
    let mut office = proxy();
    office.clients[0].share = 0.3;
    assert!(said(&office).is_empty(), "an office is a part of the traffic");
    let mut short = proxy();
    short.requests = 50;
    assert!(said(&short).is_empty());
}

fn chain() -> Facts {
    Facts { with_claims: 9_000, claimants: 40, claims: 2_000, ..fine() }
}

#[test]
fn a_chain_that_nobody_is_trusted_for_is_told_with_the_flag_to_type() {
    let facts = chain();
    assert_eq!(said(&facts), ["proxy_as_client"]);
    assert!(caveats(&facts)[0].seen.contains("no proxy is trusted"));
    let forged = Facts { with_claims: 400, ..chain() };
    assert!(said(&forged).is_empty(), "some who forge their origin are no proxy");
    let honest = Facts { claimants: 1_000, ..chain() };
    assert!(said(&honest).is_empty(), "clients with a proxy of their own are many");
}

fn offset() -> Facts {
    let mut facts = fine();
    facts.pairs[0].offset_secs = -3_600.0;
    facts.pairs[0].agreeing = 0.9;
    facts
}

#[test]
fn a_constant_offset_is_told_and_named_a_zone_where_it_is_one() {
    let facts = offset();
    assert_eq!(said(&facts), ["clock_offset"]);
    let said_of_zone = &caveats(&facts)[0];
    assert!(said_of_zone.seen.starts_with("web1.log tells"), "{}", said_of_zone.seen);
    assert!(said_of_zone.advice.contains("--tz"));
    let mut drift = offset();
    drift.pairs[0].offset_secs = 47.0;
    assert!(caveats(&drift)[0].advice.contains("NTP"));
    let mut rotated = offset();
    rotated.pairs[0].overlap = 0.1;
    assert!(said(&rotated).is_empty());
    let mut scattered = offset();
    scattered.pairs[0].agreeing = 0.4;
    assert!(said(&scattered).is_empty());
}

/// Two balanced servers of 300 clients, whose clocks are 30 s apart.
fn balanced() -> Facts {
    let mut facts = fine();
    facts.pairs[0].balance = BalanceFacts {
        callers: 300,
        later: 270,
        offset_secs: 30.0,
        last_offset_secs: 30.5,
        near: 120,
        near_none: 4,
    };
    facts
}

#[test]
fn clocks_of_balanced_servers_differ_where_clients_come_to_one_later_and_leave_it_as_much_later() {
    assert_eq!(said(&balanced()), ["clock_offset"]);
    assert!(caveats(&balanced())[0].seen.contains("30 s"));
    let with = |change: fn(&mut BalanceFacts)| {
        let mut facts = balanced();
        change(&mut facts.pairs[0].balance);
        said(&facts)
    };
    assert!(with(|it| it.callers = 40).is_empty());
    assert!(with(|it| it.near = 10).is_empty());
    assert!(with(|it| it.later = 160).is_empty(), "by chance");
    assert!(with(|it| it.last_offset_secs = 300.0).is_empty(), "clients begin with the one");
    assert!(with(|it| it.near_none = 70).is_empty(), "as many agree without an offset");
    assert!(with(|it| it.offset_secs = 1.5).is_empty());
}

fn twice() -> Facts {
    Facts {
        repeats: Repeats { distinct: 5_000, repeated: 4_990, copies: 2.0, across: 4_990 },
        ..fine()
    }
}

fn told_twice() -> Facts {
    let mut facts = fine();
    facts.pairs[0].agreeing = 0.99;
    facts
}

#[test]
fn lines_with_twins_and_tiers_that_log_the_same_are_told() {
    assert_eq!(said(&twice()), ["duplicated_input"]);
    assert!(caveats(&twice())[0].seen.contains("another source"));
    assert_eq!(said(&told_twice()), ["duplicated_input"]);
    let mut hasty = fine();
    hasty.repeats.repeated = 1_500;
    assert!(said(&hasty).is_empty(), "some calls are made twice within a second");
}

fn torn() -> Facts {
    let loads = LoadFacts { pages: 26, loads: 455, with_page: 0.45, together: 0.47 };
    Facts { loads, ..fine() }
}

fn with_rate() -> Facts {
    Facts { with_sample_rate: 3, ..fine() }
}

#[test]
fn a_log_that_was_sampled_is_told_by_its_records_or_by_pages_torn_apart() {
    assert_eq!(said(&torn()), ["sampled_input"]);
    assert_eq!(said(&with_rate()), ["sampled_input"]);
    let with = |change: fn(&mut LoadFacts)| {
        let mut facts = torn();
        change(&mut facts.loads);
        said(&facts)
    };
    assert!(with(|it| it.pages = 4).is_empty(), "one page may be odd");
    assert!(with(|it| it.loads = 40).is_empty());
    assert!(with(|it| it.with_page = 0.9).is_empty(), "browsers have files in their caches");
    assert!(with(|it| it.together = 0.9).is_empty(), "pages come from a cache in front");
    assert!(with(|it| it.with_page = 0.2).is_empty(), "chance knows no pages");
}

fn nobody() -> Facts {
    Facts { with_account: 0, with_credential: 0, ..fine() }
}

#[test]
fn a_log_that_names_nobody_is_told() {
    assert_eq!(said(&nobody()), ["accounts_missing"]);
    assert!(said(&Facts { with_credential: 1, ..nobody() }).is_empty());
    assert!(said(&Facts { requests: 20, ..nobody() }).is_empty());
}

fn answers_200() -> Facts {
    let mut facts = fine();
    facts.sign_ins[0].failed = 12;
    facts
}

#[test]
fn sign_ins_whose_failures_look_like_successes_are_told() {
    assert_eq!(said(&answers_200()), ["failures_answered_200"]);
    assert!(caveats(&answers_200())[0].seen.contains("12 of 40"));
}

#[test]
fn a_list_that_is_older_than_the_log_by_a_season_is_stale() {
    let day = |number: i64| domain::Timestamp::from_secs(number * 86_400);
    let check = |written: i64, expect: &[&str]| {
        let mut facts = fine();
        facts.sources[1].last = Some(day(20_000));
        let name = "lists/crawler-googlebot.txt".to_owned();
        facts.oldest_crawlers = Some(ListFacts { name, written: day(written) });
        assert_eq!(said(&facts), expect, "written on day {written}");
    };
    check(19_911, &[]);
    check(19_910, &["stale_lists"]);
    // A log of last year, and lists of today.
    check(20_400, &[]);
}
