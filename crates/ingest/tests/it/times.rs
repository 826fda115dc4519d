//! What is assumed of times that are not whole, and what is said of it.

use std::fs::File;
use std::time::{Duration, SystemTime};

use domain::Timestamp;
use ingest::{NormaliseOptions, OfSources, ReadOptions, ReadReport, Zone};

use crate::support::read_paths;

/// 3 January 2015, 12:00:00 UTC.
const WRITTEN_SECS: u64 = 1_420_286_400;

/// A log whose lines have these times, in a file that was last written at [`WRITTEN_SECS`].
fn report(lines: &[String], options: &ReadOptions) -> (ReadReport, Vec<String>) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("eu.log");
    std::fs::write(&path, lines.join("\n")).unwrap();
    let written = SystemTime::UNIX_EPOCH + Duration::from_secs(WRITTEN_SECS);
    File::options().write(true).open(&path).unwrap().set_modified(written).unwrap();
    let outcome = read_paths(&[&path], options, NormaliseOptions::default()).unwrap();
    let times = outcome.events.iter().map(|event| event.time.to_string()).collect();
    (outcome.report().clone(), times)
}

/// Lines of an application that leaves the time to syslog.
fn behind_syslog(times: &[&str]) -> Vec<String> {
    let call = r#"{"ip":"192.0.2.7","method":"GET","url":"/users/42","status":200}"#;
    times.iter().map(|time| format!("{time} web1 api[17]: {call}")).collect()
}

fn without_offset(times: &[&str]) -> Vec<String> {
    let rest = r#""ip":"192.0.2.7","method":"GET","url":"/users/42","status":200}"#;
    times.iter().map(|time| format!(r#"{{"time":"{time}",{rest}"#)).collect()
}

#[test]
fn a_missing_year_is_that_of_the_file_and_turns_at_new_year() {
    let lines = behind_syslog(&["Dec 31 23:59:59", "Jan  1 00:00:01", "Jan  3 11:22:33"]);
    let (report, times) = report(&lines, &ReadOptions::default());
    let expect = ["2014-12-31T23:59:59Z", "2015-01-01T00:00:01Z", "2015-01-03T11:22:33Z"];
    assert_eq!(times, expect);
    let notes: Vec<String> = report.time_notes().map(|(_, note)| note).collect();
    assert_eq!(notes, ["year taken from the file's date: 2014 to 2015"]);
}

#[test]
fn some_sources_have_a_zone_of_their_own() {
    let lines = without_offset(&["2015-01-03 11:00:00"]);
    let berlin = Zone::from_name("Europe/Berlin").unwrap();
    let zones = vec![
        OfSources::new("*/eu*", berlin.clone()).unwrap(),
        OfSources::new("*", Zone::from_name("+05:30").unwrap()).unwrap(),
    ];
    let options = ReadOptions { zones, ..ReadOptions::default() };
    assert_eq!(report(&lines, &options).1, ["2015-01-03T10:00:00Z"]);
    let options = ReadOptions { zone: berlin, ..ReadOptions::default() };
    assert_eq!(report(&lines, &options).1, ["2015-01-03T10:00:00Z"]);
}

#[test]
fn a_wrong_zone_is_doubted_where_the_file_was_written_quarter_hours_away() {
    let check = |zone: &str, last: &str, expect: Option<&str>| {
        let options =
            ReadOptions { zone: Zone::from_name(zone).unwrap(), ..ReadOptions::default() };
        let (report, times) = report(&without_offset(&["2015-01-02 01:02:03", last]), &options);
        assert_eq!(times.len(), 2);
        let doubt = report.sources[0].zone_doubt.as_ref().map(ToString::to_string);
        match expect {
            None => assert_eq!(doubt, None, "{last}"),
            Some(offset) => {
                let doubt = doubt.unwrap_or_else(|| panic!("{zone} {last}: no doubt"));
                assert!(doubt.contains(&format!("eu.log={offset}' or the zone's name")), "{doubt}");
                assert!(doubt.contains(&format!("read as {zone}: the last is ")), "{doubt}");
                assert!(doubt.contains("written at 2015-01-03T12:00:00Z"), "{doubt}");
            }
        }
    };
    check("UTC", "2015-01-03 11:59:58", None);
    check("UTC", "2015-01-03 13:59:58", Some("+02:00"));
    check("UTC", "2015-01-03 13:58:30", Some("+02:00"));
    check("UTC", "2015-01-03 17:30:00", Some("+05:30"));
    check("UTC", "2015-01-03 06:59:57", Some("-05:00"));
    // By chance, or an hour of quiet.
    check("UTC", "2015-01-03 10:57:11", None);
    check("UTC", "2015-01-03 10:59:30", None);
    check("UTC", "2015-01-03 12:07:00", None);
    check("Europe/Berlin", "2015-01-03 12:59:59", None);
    check("Europe/Berlin", "2015-01-03 11:59:59", Some("+00:00"));
}

#[test]
fn a_time_with_an_offset_leaves_no_doubt_about_the_zone() {
    let (report, _) = report(&without_offset(&["2015-01-03T14:00:00Z"]), &ReadOptions::default());
    assert_eq!(report.time_notes().count(), 0);
    assert_eq!(report.last_time(), Some(Timestamp::from_secs(WRITTEN_SECS as i64 + 7_200)));
}
