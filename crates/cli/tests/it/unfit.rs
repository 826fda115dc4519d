//! Bundles of other programs, and logs that there is little to learn from.

use std::fs;

use serde_json::Value;

use crate::program::Folder;
use crate::traffic::line;

/// A folder with a log of so many clients that all do the same without a single failure.
fn calm(clients: usize) -> Folder {
    let mut calls = Vec::new();
    for client in 0..clients {
        for step in 0..9 {
            let request = ["GET /orders", "GET /items", "POST /orders"][(client + step) % 3];
            let secs = client * 5 + step * 17;
            calls.push((secs, line(&format!("192.0.2.{}", client + 1), secs, request, 200)));
        }
    }
    calls.sort_by_key(|(secs, _)| *secs);
    Folder::with_log(calls.into_iter().map(|(_, line)| line).collect::<String>())
}

fn training(folder: &Folder, options: &[&str]) -> Value {
    let fixed = ["-q", "train", "access.log", "-o", "a.bundle", "--form", "json"];
    let ran = folder.run(&[&fixed[..], options].concat()).ends_with(0);
    let told: Value = serde_json::from_str(&ran.out).expect("one document");
    told["training"].clone()
}

/// What stands behind a key of the manifest is replaced by something of the same length, and the checksum
/// made anew: as another program would have written it.
fn rewritten(bundle: &[u8], key: &str) -> Vec<u8> {
    const CHECKSUM_BYTES: usize = 32;
    let mut bytes = bundle[..bundle.len() - CHECKSUM_BYTES].to_vec();
    let key = format!("\"{key}\":\"");
    let found = bytes.windows(key.len()).position(|window| window == key.as_bytes());
    let value = found.expect("the manifest has that key") + key.len();
    bytes[value] = if bytes[value] == b'0' { b'1' } else { b'0' };
    let checksum = blake3::hash(&bytes);
    bytes.extend_from_slice(checksum.as_bytes());
    bytes
}

#[test]
fn a_bundle_of_another_program_is_refused_with_what_to_do() {
    let folder = calm(30);
    training(&folder, &["--weave", "never"]);
    let bundle = fs::read(folder.path("a.bundle")).expect("a bundle was written");
    let mut version = bundle.clone();
    version[8] = 99;
    let fails = |bytes: &[u8], part: &str| {
        folder.write("other.bundle", bytes);
        let judged = [
            &["detect", "--model", "other.bundle", "access.log"][..],
            &["backtest", "--model", "other.bundle", "--truth", "none.csv", "access.log"],
        ];
        for arguments in judged {
            let ran = folder.run(arguments).ends_with(65);
            assert!(ran.err.contains(part), "{arguments:?} said {}", ran.err);
            assert!(ran.err.contains("train it again") && ran.out.is_empty(), "{}", ran.err);
        }
    };
    folder.write("none.csv", "source_ips,threat_type,first_request\n");
    fails(&version, "bundle of version 99: this program reads version 1");
    fails(&rewritten(&bundle, "schema_fingerprint"), "a bundle of other columns");
    fails(&rewritten(&bundle, "probe_digest"), "a bundle of a program that counts otherwise");
}

#[test]
fn every_damage_to_a_bundle_is_seen() {
    let folder = calm(30);
    training(&folder, &["--weave", "never"]);
    let bundle = fs::read(folder.path("a.bundle")).expect("a bundle was written");
    let mut damaged = vec![bundle[..10].to_vec(), bundle[..bundle.len() - 1].to_vec()];
    damaged.push([&bundle[..], b"x"].concat());
    for place in [13, 21, 40, bundle.len() / 3, bundle.len() - 5] {
        let mut flipped = bundle.clone();
        flipped[place] ^= 4;
        damaged.push(flipped);
    }
    for bytes in damaged {
        folder.write("d.bundle", bytes);
        let ran = folder.run(&["detect", "--model", "d.bundle", "access.log"]).ends_with(65);
        assert!(ran.err.contains("d.bundle: damaged bundle"), "{}", ran.err);
        folder.run(&["model", "inspect", "d.bundle"]).ends_with(65);
    }
}

#[test]
fn a_thin_log_trains_what_it_can_and_says_what_it_could_not() {
    // One client: nobody to be held against.
    let folder = calm(1);
    let notes = training(&folder, &[])["notes"].to_string();
    assert!(notes.contains("one client: what is usual for others is unknown"), "{notes}");
    assert!(notes.contains("nothing learned about attacks by client"), "{notes}");
    assert!(
        notes.contains("too few sessions in the last part of the time to set limits"),
        "{notes}"
    );
    folder.run(&["detect", "--model", "a.bundle", "access.log"]).ends_with(0);

    // Nobody ever fails: the log shows no way to fail, and is learned from all the same.
    let folder = calm(120);
    let told = training(&folder, &[]);
    assert!(told["learned"]["ordinary"].as_u64() >= Some(100), "{told}");
    let mut attack = folder.read("access.log");
    (0..40).for_each(|step| attack += &line("203.0.113.9", 700 + step, "POST /login", 401));
    folder.write("access.log", attack);
    let detect = ["-q", "detect", "-o", "jsonl", "--model", "a.bundle", "access.log"];
    let found = folder.run(&detect).ends_with(0).out;
    assert!(found.contains("203.0.113.9"), "the first who fails is found: {found}");
    assert!(!found.contains("192.0.2."), "and nobody else: {found}");

    // Shorter than one session: there is nothing to learn.
    let short =
        Folder::with_log((0..4).map(|n| line("192.0.2.1", n, "GET /", 200)).collect::<String>());
    let ran = short.run(&["train", "access.log"]).ends_with(65);
    assert!(ran.err.contains("no session of at least 5 calls in 4 requests"), "{}", ran.err);
    assert!(!short.path("site.bundle").exists(), "and nothing is written");
}
