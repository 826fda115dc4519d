//! Alerts held against a truth, as people call it.

use std::fs;

use serde_json::Value;

use crate::program::Folder;

const LOG: &str = "played/access.log";
const TRUTH: &str = "played/truth.csv";

fn played() -> Folder {
    let folder = Folder::with_log("");
    folder.run(&["-q", "simulate", "demo", "--out", "played"]).ends_with(0);
    folder
}

fn document(folder: &Folder, arguments: &[&str]) -> Value {
    let all = [&["-q", "backtest", "-o", "json", LOG], arguments].concat();
    serde_json::from_str(&folder.run(&all).ends_with(0).out).expect("one document")
}

#[test]
fn a_campaign_and_a_request_truth_tell_the_same() {
    let folder = played();
    let by_campaign = document(&folder, &["--truth", TRUTH]);
    let by_request = document(&folder, &["--truth", "played/request_truth.csv"]);
    let all = &by_campaign["threats"].as_array().expect("threats")[8];
    assert_eq!((&all["threat"], &all["campaigns"]), (&"all".into(), &8.into()));
    assert_eq!(all["found"], 8, "{all}");
    assert_eq!(by_campaign["false_alarms"]["alerts"], 0);
    for figure in ["clients", "attackers", "alerts"] {
        assert_eq!(by_campaign[figure], by_request[figure], "{figure}");
    }
    assert!(by_request["campaigns"][0]["requests"].is_u64());
    let average = by_campaign["curve"]["average_precision"].as_f64().expect("a number");
    assert!(average > 0.9, "{average}");
}

#[test]
fn people_get_a_table_and_a_report() {
    let folder = played();
    let told = folder
        .run(&["-q", "backtest", LOG, "--truth", TRUTH, "--report", "report.html"])
        .ends_with(0)
        .out;
    assert!(told.contains("\nall                         8/8      8/8 "), "{told}");
    assert!(told.lines().all(|line| line.chars().count() <= 80), "{told}");
    assert!(told.contains(" of attackers, 0 false alarms\n"), "{told}");
    assert!(told.contains("shorter than a day: rates are drawn out to one\n"), "{told}");
    assert!(told.contains("\nnormal clients accused 0: 0 by false alarms, 0 wronged\n"), "{told}");
    let report = fs::read_to_string(folder.path("report.html")).expect("a report");
    assert!(report.contains("<title>access.log: backtest</title>"));
    assert!(!report.contains("http://") && !report.contains("https://"), "it needs nothing else");
    assert!(!report.contains("calls before the first alert"), "a campaign truth tells no calls");
    let by_request = ["--truth", "played/request_truth.csv", "--report", "report.html"];
    folder.run(&[&["-q", "backtest", LOG], &by_request[..]].concat()).ends_with(0);
    let report = fs::read_to_string(folder.path("report.html")).expect("a report");
    assert!(report.contains("calls before the first alert") && !report.contains("<th>tool</th>"));
}

#[test]
fn a_delay_of_days_does_not_run_into_the_column_before_it() {
    let folder = played();
    let truth = fs::read_to_string(folder.path(TRUTH)).expect("a truth");
    let rows: Vec<String> = truth
        .lines()
        .map(|row| match row.rsplitn(3, ',').collect::<Vec<_>>()[..] {
            [last, first, rest] if first.starts_with("2026") => {
                format!("{rest},2026-02-20T00:00:00Z,{last}")
            }
            _ => row.to_owned(),
        })
        .collect();
    folder.write("early.csv", rows.join("\n"));
    let told = folder.run(&["-q", "backtest", LOG, "--truth", "early.csv"]).ends_with(0).out;
    let all = told.lines().find(|line| line.starts_with("all ")).expect("a row of all");
    let cells: Vec<&str> = all.split_whitespace().collect();
    assert_eq!((&cells[..3], cells.len()), (&["all", "8/8", "8/8"][..], 9), "{all}");
    assert_eq!((cells[6], cells[8]), ("d", "d"), "{all}");
    assert!(told.lines().all(|line| line.chars().count() <= 80), "{told}");
}

#[test]
fn a_log_of_nobody_but_normal_clients_tells_its_false_alarms() {
    let folder = played();
    folder.write("nobody.csv", "label,source_ips\nnormal,*\n");
    let found = document(&folder, &["--truth", "nobody.csv"]);
    assert_eq!(found["attackers"], 0);
    assert_eq!(found["false_alarms"]["alerts"], found["alerts"], "every alert is a false one then");
}

#[test]
fn two_settings_are_told_apart() {
    let folder = played();
    folder.write("a.toml", "[judge]\nbudget = \"5/day\"\n");
    folder.write("b.toml", "[behaviour]\nidle_gap_secs = 60\n[judge]\nbudget = \"20%\"\n");
    let same = folder.run(&["-q", "backtest", LOG, "--compare", "a.toml", "a.toml"]).ends_with(0);
    assert!(same.out.contains("0 appear, 0 vanish, 0 change"), "{}", same.out);
    let other = document(&folder, &["--compare", "a.toml", "b.toml", "--truth", TRUTH]);
    let number = |key: &str| other["comparison"][key].as_array().map_or(0, Vec::len);
    assert!(number("appear") + number("vanish") + number("change") > 0, "{other}");
    assert_eq!(other["backtests"].as_array().map(Vec::len), Some(2));
    let both = ["--compare", "a.toml", "b.toml", "--truth", TRUTH, "--report", "both.html"];
    let told = folder.run(&[&["-q", "backtest", LOG], &both[..]].concat()).ends_with(0).out;
    assert!(told.ends_with("report  both.html\n"), "{told}");
    let report = fs::read_to_string(folder.path("both.html")).expect("a report of both");
    assert!(report.contains("<title>access.log: comparison</title>"));
    for (title, key) in [("Appear", "appear"), ("Vanish", "vanish"), ("Change", "change")] {
        let is_there = report.contains(&format!("<h2>{title}</h2>"));
        assert_eq!(is_there, number(key) > 0, "{title} in {other}");
    }
    assert!(report.contains("<th>campaigns found</th><td>8 / 8</td>"), "by the truth");

    folder.run(&["-q", "train", LOG, "-o", "site.bundle"]).ends_with(0);
    folder.run(&["-q", "backtest", LOG, "--compare", "a.toml", "site.bundle"]).ends_with(0);
    let arguments = ["--model", "site.bundle", "--truth", TRUTH, "--report", "report.html"];
    let told = folder.run(&[&["-q", "backtest", LOG], &arguments[..]].concat()).ends_with(0).out;
    assert!(told.contains(" a day; the budget aims at 5.00 at most\n"), "{told}");
    assert!(told.contains("drift: none: sessions are spread as they were in training\n"), "{told}");
    assert!(told.lines().all(|line| line.chars().count() <= 80), "{told}");
    let report = fs::read_to_string(folder.path("report.html")).expect("a report");
    assert!(report.contains("where the budget aims at 5.00 at most"), "aimed at beside realised");
    assert!(report.contains("<h2>Drift</h2>"), "what has changed since the training");
    let found = document(&folder, &arguments[..4]);
    let rates = &found["false_alarms"];
    let rate = |key: &str| rates[key].as_f64().unwrap_or_else(|| panic!("{key} in {rates}"));
    assert!(rate("alerts_a_day_low") <= rate("alerts_a_day"), "{rates}");
    assert!(rate("alerts_a_day") < rate("alerts_a_day_high"), "{rates}");
}

#[test]
fn a_truth_that_does_not_fit_is_refused() {
    let folder = played();
    let fails = |truth: &str, code: i32, part: &str| {
        folder.write("t.csv", truth);
        let ran = folder.run(&["-q", "backtest", LOG, "--truth", "t.csv"]).ends_with(code);
        assert!(ran.err.contains(part), "{}", ran.err);
    };
    let head = "campaign,threat_type,source_ips,first_request\n";
    let at = "2026-03-02T13:05:00Z";
    fails(&format!("{head}A,brute_force,203.0.113.250,{at}\n"), 65, "none of them is among");
    fails(
        &format!("{head}A,rain,203.0.113.250,{at}\n"),
        65,
        "line 2: invalid threat_type \"rain\"",
    );
    fails(
        &format!("{head}A,brute_force,203.0.113.250,soon\n"),
        65,
        "invalid first_request \"soon\"",
    );
    fails("a,b\n1,2\n", 65, "must have source_ips");
    folder.run(&["backtest", LOG]).ends_with(2);
    folder.run(&["backtest", LOG, "--truth", "nothing.csv"]).ends_with(66);
}
