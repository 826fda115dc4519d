use super::*;

const HEAD: &str = "campaign,label,threat_type,tool,source_ips,first_request,last_request\n";

fn refused(text: &str) -> String {
    Truth::parse(text.as_bytes()).expect_err("it makes no sense").to_string()
}

#[test]
fn a_line_a_campaign_lists_attackers_and_normal_groups() {
    let text = format!(
        "{HEAD}A01,attack,vuln_probing,nmap,::ffff:10.0.0.1 2001:db8::7,2026-11-22T21:45:03Z,\n\
         normal:people,normal,,,10.0.0.8 10.0.0.9,,\n"
    );
    let truth = Truth::parse(text.as_bytes()).expect("a truth");
    let campaign = &truth.campaigns[0];
    assert_eq!(campaign.threat, Threat::VulnerabilityProbing);
    assert!(campaign.sources.iter().eq(["10.0.0.1", "2001:db8::/64"]), "{:?}", campaign.sources);
    assert_eq!(campaign.first.to_string(), "2026-11-22T21:45:03Z");
    assert_eq!(truth.normals["10.0.0.9"], "people");
    assert!(!truth.is_complete);
    let text = format!("{text}normal:others,normal,,,*,,\n");
    assert!(Truth::parse(text.as_bytes()).expect("a truth").is_complete);
}

#[test]
fn a_campaign_needs_a_threat_its_sources_and_a_beginning_alone() {
    let text = "\u{feff}threat_type,first_request,source_ips,remark\r\n\
                brute_force,1795383854,10.0.0.2;10.0.0.1,ours\r\n";
    let truth = Truth::parse(text.as_bytes()).expect("a truth");
    let campaign = &truth.campaigns[0];
    assert_eq!(campaign.name, "brute_force by 10.0.0.1");
    assert_eq!((campaign.first, campaign.sources.len()), (campaign.last, 2));
}

#[test]
fn a_label_a_request_is_gathered_into_campaigns() {
    let text = "line,ts,remote_addr,label,threat,campaign,actor_group\n\
                1,1795383854.056,10.0.0.1,normal,normal,,people\n\
                2,1795383855.5,10.0.0.2,attack,bot,A01,scraper\n\
                3,1795383857,10.0.0.2,attack,bot,A01,scraper\n\
                4,1795383858,10.0.0.2,normal,normal,,people\n";
    let truth = Truth::parse(text.as_bytes()).expect("a truth");
    assert!(truth.is_complete);
    let campaign = &truth.campaigns[0];
    assert_eq!((campaign.name.as_str(), campaign.threat), ("A01", Threat::AutomatedBots));
    assert_eq!(campaign.first.as_micros(), 1_795_383_855_500_000);
    assert_eq!(campaign.requests.as_ref().expect("times")["10.0.0.2"].len(), 2);
    assert!(truth.normals.keys().eq(["10.0.0.1"]), "who attacked once is not normal");
}

#[test]
fn a_line_that_makes_no_sense_is_named_with_value_then_rule() {
    let check = |line: &str, expect: &str| {
        let found = refused(&format!("{HEAD}{line}\n"));
        assert!(found.starts_with(expect), "{found}");
    };
    check(
        "A,attack,warlocking,x,10.0.0.1,2026-11-22T21:45:03Z,",
        "line 2: invalid threat_type \"warlocking\": must be one of automated_bots, ",
    );
    check(
        "A,attack,bot,x,10.0.0.1,yesterday,",
        "line 2: invalid first_request \"yesterday\": must be RFC 3339",
    );
    check("A,attack,bot,x,,2026-11-22T21:45:03Z,", "line 2: invalid source_ips \"\": an attack");
    check("A,maybe,bot,x,10.0.0.1,0,", "line 2: invalid label \"maybe\": must be attack or normal");
    check("A,attack,bot", "CSV error");
}

#[test]
fn a_table_of_something_else_says_which_columns_are_missing() {
    assert!(refused("a,b\n1,2\n").contains("must have source_ips (a line a campaign) or"));
    let found = refused("source_ips,first_request\n10.0.0.1,0\n");
    assert!(found.contains("must have threat_type"), "{found}");
}

#[test]
fn no_bytes_make_it_panic() {
    for bytes in [&b""[..], b"\xff\xfe", b"source_ips\n\xff\n", b"remote_addr\n\n\"\n"] {
        let _ = Truth::parse(bytes);
    }
}

#[test]
fn both_forms_are_documented_by_examples_that_can_be_read() {
    let page = testkit::workspace_root().join("docs/reference/backtest.md");
    let page = std::fs::read_to_string(page).expect("the page of truths");
    let examples: Vec<Truth> = page
        .split("```csv\n")
        .skip(1)
        .map(|rest| rest.split("```").next().expect("a block ends"))
        .map(|text| Truth::parse(text.as_bytes()).unwrap_or_else(|error| panic!("{text}{error}")))
        .collect();
    let [by_campaign, by_request] = &examples[..] else { panic!("{} examples", examples.len()) };
    assert!(by_campaign.is_complete && by_request.is_complete);
    assert_eq!(by_campaign.campaigns.len(), 2);
    assert_eq!(by_campaign.campaigns[0].sources.len(), 2);
    assert_eq!(by_campaign.campaigns[1].last, by_campaign.campaigns[1].first);
    assert_eq!(by_campaign.normals["198.51.100.4"], "office");
    assert_eq!(by_request.campaigns[0].name, by_campaign.campaigns[0].name);
    assert!(by_request.campaigns[0].requests.is_some());
    assert_eq!(by_request.normals["198.51.100.4"], "office");
}
