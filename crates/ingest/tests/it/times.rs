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

/// Several logs, each with its last time and the hour of 3 January in which its file was written.
fn doubts(logs: &[(&str, u64)]) -> Vec<Option<i64>> {
    let folder = tempfile::tempdir().unwrap();
    let file = |(at, (last, hour)): (usize, &(&str, u64))| {
        let path = folder.path().join(format!("{at}.log"));
        std::fs::write(&path, without_offset(&[last]).concat()).unwrap();
        let written =
            SystemTime::UNIX_EPOCH + Duration::from_secs(WRITTEN_SECS + (hour - 12) * 3_600);
        File::options().write(true).open(&path).unwrap().set_modified(written).unwrap();
        path
    };
    let paths: Vec<_> = logs.iter().enumerate().map(file).collect();
    let paths: Vec<&std::path::Path> = paths.iter().map(std::path::PathBuf::as_path).collect();
    let outcome = read_paths(&paths, &ReadOptions::default(), NormaliseOptions::default()).unwrap();
    let sources = outcome.report().sources.iter();
    sources.map(|source| Some(source.zone_doubt.as_ref()?.offset_secs)).collect()
}

#[test]
fn a_wrong_zone_is_doubted_where_several_files_lie_behind_by_the_same_hours() {
    let two = [("2015-01-03 09:58:30", 12), ("2015-01-03 10:59:10", 13)];
    assert_eq!(doubts(&two), [Some(-7_200); 2]);
    assert_eq!(doubts(&two[..1]), [None]);
    assert_eq!(doubts(&[two[0], ("2015-01-03 11:59:10", 13)]), [None; 2]);
    // Copied together, hours after both had ended.
    assert_eq!(doubts(&[two[0], ("2015-01-03 09:59:10", 12)]), [None; 2]);
    assert_eq!(doubts(&[two[0], two[1], ("2015-01-03 13:59:00", 14)])[2], None);
}

#[test]
fn the_hour_that_clocks_show_twice_is_put_in_order() {
    let minutes = |hour: u32| (0..60).map(move |min| format!("2014-10-26 {hour:02}:{min:02}:00"));
    let shown: Vec<String> = [1, 2, 2, 3].into_iter().flat_map(minutes).collect();
    let shown: Vec<&str> = shown.iter().map(String::as_str).collect();
    let zone = Zone::from_name("Europe/Berlin").unwrap();
    let options = ReadOptions { zone, ..ReadOptions::default() };
    let (report, times) = report(&without_offset(&shown), &options);
    assert_eq!((report.late(), times.len()), (0, 240));
    assert_eq!((&*times[0], &*times[239]), ("2014-10-25T23:00:00Z", "2014-10-26T02:59:00Z"));
    assert!(times.is_sorted());
}

#[test]
fn a_glob_that_fits_no_log_is_named() {
    let zones = vec![OfSources::new("zzz*", Zone::from_name("Europe/Berlin").unwrap()).unwrap()];
    let options = ReadOptions { zones, ..ReadOptions::default() };
    let (report, _) = report(&without_offset(&["2015-01-03 11:00:00"]), &options);
    let notes: Vec<String> = report.glob_notes().collect();
    assert_eq!(notes, [r#"read.timezones: "zzz*" fits no log"#]);
}

#[test]
fn no_time_after_2105_is_taken() {
    let lines = without_offset(&["2105-12-31T23:59:59Z", "2106-01-01T00:00:00Z"]);
    let (report, times) = report(&lines, &ReadOptions::default());
    assert_eq!((times, report.rejects()), (vec!["2105-12-31T23:59:59Z".to_owned()], 1));
}

#[test]
fn a_time_with_an_offset_leaves_no_doubt_about_the_zone() {
    let (report, _) = report(&without_offset(&["2015-01-03T14:00:00Z"]), &ReadOptions::default());
    assert_eq!(report.time_notes().count(), 0);
    assert_eq!(report.last_time(), Some(Timestamp::from_secs(WRITTEN_SECS as i64 + 7_200)));
}
