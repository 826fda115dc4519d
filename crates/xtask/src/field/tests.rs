use std::collections::BTreeSet;

use super::truth::client_of;
use super::*;

/// What is found in the project's own recordings is not lost again, and nobody else is accused. The
/// figures are those of today: what is missed or wrong is told in `docs/reference/quality.md`.
#[test]
fn the_projects_own_recordings_are_judged_as_well_as_they_were() {
    let program = program::build("test").expect("the program is built");
    let check = |recording: &str, log: &str, least_named: usize, most_wronged: usize| {
        let folder = testkit::workspace_root().join("recordings").join(recording);
        let truth = Truth::read(&folder, log).expect("the truth can be read");
        let alarms = detect(&program, &folder.join(log), &truth.trusted_proxies);
        let alarms = alarms.expect("the log can be judged");
        let tally = Tally::of(&truth, &alarms);
        let named = tally.campaigns.iter().filter(|outcome| outcome.named > 0).count();
        let wronged = tally.wronged.keys().filter(|it| truth.normals.contains_key(**it)).count();
        assert!(named >= least_named, "{recording}/{log}: {named} campaigns are named");
        assert!(wronged <= most_wronged, "{recording}/{log}: {wronged} clients are wronged");
    };
    let [json, combined] = OWN_LOGS;
    check("b", json, 28, 2);
    check("b", combined, 21, 1);
    check("c", json, 26, 2);
    check("c", combined, 18, 3);
    check("d", json, 27, 0);
    check("d", combined, 20, 3);
}

/// Each campaign comes from addresses that the log shows: were the content network's edge not told, the
/// combined logs would lack the attacker behind it.
#[test]
fn the_sources_of_each_campaign_are_in_the_log() {
    for (recording, campaigns) in [("b", 32), ("c", 32), ("d", 34)] {
        for log in OWN_LOGS {
            let folder = testkit::workspace_root().join("recordings").join(recording);
            let truth = Truth::read(&folder, log).expect("the truth can be read");
            let lines = fs::File::open(folder.join(log)).and_then(zstd::decode_all);
            let lines = lines.expect("the log can be read");
            let between = |byte: &u8| !byte.is_ascii_hexdigit() && !b".:".contains(byte);
            let words = lines.split(between).filter_map(|word| str::from_utf8(word).ok());
            let words: BTreeSet<String> = words.map(client_of).collect();
            assert_eq!((truth.campaigns.len(), truth.absent.len()), (campaigns, 0));
            for source in truth.campaigns.iter().flat_map(|campaign| &campaign.sources) {
                assert!(words.contains(source), "{recording}/{log}: {source}");
            }
        }
    }
}

const TRUTH: &str = "\
campaign,label,threat_type,tool,n_requests,source_ips,seen_from,first_request
A1,attack,bot,wget,9,10.0.0.1 10.0.0.2,,2026-11-22T21:45:00Z
A2,attack,bot,wget,9,10.0.0.3,10.0.0.9,2026-11-22T21:45:00Z
A3,attack,bot,wget,9,10.0.0.4,-,2026-11-22T21:45:00Z
normal:cdn-edge,normal,normal,,9,10.0.0.9,,2026-11-22T21:45:00Z
";

const LABELS: &str = "\
ts,remote_addr,campaign
1795383855.5,10.0.0.1,A1
1795383856.5,10.0.0.8,A3
1795383857.5,10.0.0.9,
";

/// The campaigns of a log with their sources, and those of which it has no line.
fn told(folder: &Path, log: &str) -> String {
    let truth = Truth::read(folder, log).expect("the truth can be read");
    let sources = |sources: &BTreeSet<String>| Vec::from_iter(sources.clone()).join(" ");
    let campaigns =
        truth.campaigns.iter().map(|it| format!("{} {}", it.name, sources(&it.sources)));
    format!("{}, without {}", Vec::from_iter(campaigns).join(", "), truth.absent.join(" "))
}

#[test]
fn a_campaigns_sources_are_what_the_log_shows_of_them() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let keep = |name: &str, bytes: &[u8]| {
        fs::write(folder.path().join(name), bytes).expect("a file can be written");
    };
    keep("meta.json", br#"{"deployment": {"trusted_proxies": ["10.0.0.9"]}}"#);
    keep("truth.csv", TRUTH.as_bytes());
    let [json, combined] = LOGS;
    assert_eq!(
        told(folder.path(), json),
        "A1 10.0.0.1 10.0.0.2, A2 10.0.0.3, A3 10.0.0.4, without "
    );
    assert_eq!(told(folder.path(), combined), "A1 10.0.0.1 10.0.0.2, A2 10.0.0.9, without A3");
    // Labels a request tell it better.
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(LABELS.as_bytes()).expect("memory can be written");
    keep("request_truth.csv.gz", &packed.finish().expect("memory can be written"));
    assert_eq!(told(folder.path(), json), "A1 10.0.0.1 10.0.0.2, A3 10.0.0.4, without A2");
    assert_eq!(told(folder.path(), combined), "A1 10.0.0.1, A3 10.0.0.8, without A2");
}
