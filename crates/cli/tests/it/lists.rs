//! What lists of addresses change: who is accused, who is not, and what is told of them.

use std::fs;
use std::time::UNIX_EPOCH;

use serde_json::Value;

use crate::program::Folder;
use crate::traffic::{line, with_attacks};

const CRAWLER: &str = "Mozilla/5.0 (compatible; ExampleBot/2.1; +http://example.com/bot)";

/// The usual traffic, and two who name themselves a crawler: one from its range, one from elsewhere.
fn with_crawlers() -> Folder {
    let mut log = with_attacks();
    for step in 0..400 {
        let as_crawler = |client: &str| {
            let line = line(client, 540 + step / 4, &format!("GET /pages/{step}"), 200);
            line.replace("client/1.0", CRAWLER)
        };
        log.push_str(&as_crawler("198.51.100.7"));
        if step % 40 == 0 {
            log.push_str(&as_crawler("203.0.113.200"));
        }
    }
    let folder = Folder::with_log(log);
    fs::create_dir(folder.path("lists")).expect("a folder");
    folder
}

/// Threat and client of each alert, and the network where one is told.
fn alerts(folder: &Folder, flags: &[&str]) -> Vec<(String, String, Value)> {
    let ran = folder.run(&[&["detect", "-q", "-o", "jsonl", "access.log"], flags].concat());
    let read = |line: &str| {
        let alert: Value = serde_json::from_str(line).expect("each line is JSON");
        let text = |value: &Value| value.as_str().expect("a text").to_owned();
        (text(&alert["threat"]), text(&alert["entity"]["value"]), alert["network"].clone())
    };
    ran.ends_with(0).out.lines().map(read).collect()
}

#[test]
fn a_crawler_from_elsewhere_is_accused_and_one_from_its_range_is_not() {
    let folder = with_crawlers();
    let names = |flags: &[&str]| -> Vec<(String, String)> {
        alerts(&folder, flags).into_iter().map(|(threat, who, _)| (threat, who)).collect()
    };
    let bot = ("automated_bots".to_owned(), "198.51.100.7".to_owned());
    let impostor = ("ip_spoofing".to_owned(), "203.0.113.200".to_owned());
    let without = names(&[]);
    assert!(without.contains(&bot) && !without.contains(&impostor), "{without:?}");
    folder.write("lists/crawler-examplebot.txt", "# ours\n198.51.100.0/24\n");
    let with = names(&["--lists", "lists"]);
    assert!(!with.contains(&bot) && with.contains(&impostor), "{with:?}");
    // The same from the configuration.
    folder.write("apiwarden.toml", "[identity]\nlists = 'lists'\n");
    assert_eq!(names(&[]), with);
}

#[test]
fn alerts_and_rows_tell_the_kind_of_network() {
    let folder = with_crawlers();
    folder.write("lists/more.csv", "range,kind,name\n203.0.113.8/29,datacenter,Acme Cloud\n");
    let found = alerts(&folder, &["--lists", "lists"]);
    let network = |who: &str| &found.iter().find(|(_, it, _)| it == who).expect("accused").2;
    assert_eq!(network("203.0.113.9")["ip_type"], "datacenter");
    assert_eq!(network("203.0.113.9")["name"], "acme cloud");
    assert_eq!(network("203.0.113.66")["ip_type"], "default");
    assert!(alerts(&folder, &[]).iter().all(|(_, _, network)| network.is_null()));
    let human = folder.run(&["detect", "--lists", "lists", "access.log"]).ends_with(0).out;
    assert!(human.contains("  net datacenter (acme cloud)\n"), "{human}");
    assert!(!human.contains("net default"), "nothing is known of the other: {human}");
    let rows = ["features", "-q", "--ends", "--entity", "client", "--lists", "lists", "access.log"];
    let rows = folder.run(&rows).ends_with(0).out;
    assert!(rows.contains(",client,203.0.113.9,datacenter,session_end,"), "{rows}");
}

#[test]
fn a_list_that_cannot_be_meant_ends_the_run_with_its_place() {
    let folder = with_crawlers();
    folder.write("lists/tor.txt", "198.51.100.0/24\n\n198.51.100.300\n");
    folder.run(&["detect", "-q", "--lists", "lists", "access.log"]).fails(
        65,
        "lists/tor.txt:3: invalid range \"198.51.100.300\": must be an address or a network such as \
         192.0.2.0/24",
    );
    let ran = folder.run(&["detect", "-q", "--lists", "nowhere", "access.log"]);
    assert!(ran.code == 2 || ran.code == 78, "{}", ran.code);
    assert!(ran.err.contains("nowhere") && ran.out.is_empty(), "{}", ran.err);
}

#[test]
fn a_folder_without_a_list_is_told() {
    let folder = with_crawlers();
    let note = "note: lists: no list in it, so nothing is known of addresses\n";
    let ran = folder.run(&["detect", "--lists", "lists", "access.log"]).ends_with(0);
    assert!(ran.err.contains(note), "{}", ran.err);
    folder.write("apiwarden.toml", "[identity]\nlists = 'lists'\n");
    let ran = folder.run(&["config", "check"]).ends_with(0);
    assert_eq!(ran.err, note);
    folder.write("lists/crawler-mozilla.txt", "198.51.100.0/24\n");
    let ran = folder.run(&["config", "check"]).ends_with(65);
    assert!(
        ran.err.contains("invalid crawler \"mozilla\": must be named by a word"),
        "{}",
        ran.err
    );
}

#[test]
fn an_old_list_of_crawlers_is_told() {
    let folder = with_crawlers();
    folder.write("lists/crawler-examplebot.txt", "198.51.100.0/24\n");
    let said = || folder.run(&["detect", "--lists", "lists", "access.log"]).out;
    assert!(!said().contains("was last written"), "a list of today is fresh");
    let list = fs::File::options().write(true).open(folder.path("lists/crawler-examplebot.txt"));
    list.expect("the list opens").set_modified(UNIX_EPOCH).expect("its time can be set");
    let said = said();
    assert!(said.contains("crawler-examplebot.txt was last written"), "{said}");
}
