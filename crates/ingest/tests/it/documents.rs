//! Documents of many records: read to events, and each record found again for evidence.

use ingest::{NormaliseOptions, ReadOptions};

use crate::support::{Folder, gzip, read_path, read_paths};

fn entry(secs: u32, path: &str) -> String {
    format!(
        "{{\n  \"startedDateTime\": \"2026-11-22T21:44:{secs:02}Z\", \"time\": 12.5,\n  \"request\": \
         {{\"method\": \"GET\", \"url\": \"https://api.example.com{path}\", \"headers\": \
         [{{\"name\": \"Authorization\", \"value\": \"Bearer hush0123456789\"}}]}},\n  \"response\": \
         {{\"status\": 200, \"content\": {{\"size\": 7}}}}\n}}"
    )
}

fn archive(entries: &[String]) -> String {
    format!("{{\"log\": {{\"version\": \"1.2\", \"entries\": [\n{}\n]}}}}\n", entries.join(",\n"))
}

#[test]
fn every_entry_of_an_archive_is_a_request_that_can_be_shown_again() {
    let folder = Folder::new();
    let entries: Vec<String> = (0..50).map(|at| entry(at, &format!("/a/{at}"))).collect();
    let text = archive(&entries);
    for file in
        [folder.file("a.har", text.as_bytes()), folder.file("a.har.gz", &gzip(text.as_bytes()))]
    {
        let mut outcome = read_path(&file).unwrap();
        let source = &outcome.report().sources[0];
        assert_eq!((source.format.as_str(), source.parsed, source.rejects), ("har", 50, 0));
        assert_eq!(source.bytes, text.len() as u64);
        let event = outcome.events[7];
        let at = event.position.offset as usize;
        assert!(text[at..].starts_with(&entries[7]));
        let shown = outcome.reading.excerpts.fetch([event.position]);
        assert_eq!(shown.len(), 1);
        assert!(shown[0].1.contains("/a/7\"") && !shown[0].1.contains("/a/8"), "{}", shown[0].1);
        assert!(!shown[0].1.contains("hush"), "{}", shown[0].1);
    }
}

#[test]
fn a_document_may_begin_with_a_byte_order_mark() {
    let folder = Folder::new();
    let text = format!("\u{feff}{}", archive(&[entry(0, "/a"), entry(1, "/b")]));
    let mut outcome = read_path(&folder.file("a.har", text.as_bytes())).unwrap();
    let source = &outcome.report().sources[0];
    assert_eq!((source.format.as_str(), source.parsed, source.rejects), ("har", 2, 0));
    let position = outcome.events[1].position;
    assert!(outcome.reading.excerpts.fetch([position])[0].1.contains("/b\""));
}

#[test]
fn a_record_longer_than_a_line_may_be_is_read() {
    let folder = Folder::new();
    let long =
        entry(1, "/long").replace("\"size\": 7", &format!("\"text\": \"{}\"", "x".repeat(300_000)));
    let file = folder.file("a.har", archive(&[entry(0, "/a"), long, entry(2, "/b")]).as_bytes());
    let outcome = read_path(&file).unwrap();
    assert_eq!(outcome.report().parsed(), 3);
}

#[test]
fn arrays_and_envelopes_of_clouds_are_opened() {
    let folder = Folder::new();
    let line = |secs: u32| {
        format!(
            "{{\"ts\":{},\"remote_addr\":\"192.0.2.7\",\"method\":\"GET\",\"uri\":\"/a\",\"status\":200}}",
            1_795_383_854 + secs
        )
    };
    let array = format!("[{},\n {}]", line(0), line(1));
    let records = format!("{{\"Records\":[{},{}]}}", line(0), line(1));
    for text in [array, records] {
        let outcome = read_path(&folder.file("a.json", text.as_bytes())).unwrap();
        assert_eq!(outcome.report().parsed(), 2, "{text}");
    }
    let span = |kind: u8| {
        format!(
            "{{\"kind\":{kind},\"startTimeUnixNano\":\"1795383854000000000\",\"endTimeUnixNano\":\
             \"1795383854012000000\",\"attributes\":[{{\"key\":\"http.method\",\"value\":\
             {{\"stringValue\":\"GET\"}}}},{{\"key\":\"http.target\",\"value\":{{\"stringValue\":\"/a\"}}}},\
             {{\"key\":\"http.status_code\",\"value\":{{\"intValue\":\"200\"}}}},{{\"key\":\
             \"net.sock.peer.addr\",\"value\":{{\"stringValue\":\"192.0.2.7\"}}}}]}}"
        )
    };
    let database =
        "{\"traceId\":\"2a\",\"startTimeUnixNano\":\"1\",\"name\":\"SELECT\",\"kind\":3}";
    let spans = [span(2), span(3), database.to_owned()].join(",");
    let otlp = format!(
        "{{\"resourceSpans\":[{{\"resource\":{{}},\"scopeSpans\":[{{\"spans\":[{spans}]}}]}}]}}\n"
    );
    let file = folder.file("spans.json", otlp.repeat(2).as_bytes());
    let outcome =
        read_paths(&[&file], &ReadOptions::default(), NormaliseOptions::default()).unwrap();
    let source = &outcome.report().sources[0];
    assert_eq!((source.format.as_str(), source.parsed, source.skipped), ("otel", 2, 4));
    assert_eq!(outcome.events[0].latency_micros, 12_000);
}

#[test]
fn a_record_over_several_lines_of_a_table_is_shown_whole() {
    let folder = Folder::new();
    let first = "2026-11-22T21:44:14Z,192.0.2.7,GET,/a,200,\"one\ntwo, \"\"three\"\"\n\nfour\"";
    let second = "2026-11-22T21:44:15Z,192.0.2.7,GET,/b,200,5\" disk";
    let text = format!("time,client_ip,method,uri,status,user_agent\n{first}\n{second}\n");
    for file in
        [folder.file("a.csv", text.as_bytes()), folder.file("a.csv.gz", &gzip(text.as_bytes()))]
    {
        let mut outcome = read_path(&file).unwrap();
        let positions: Vec<_> = outcome.events.iter().map(|event| event.position).collect();
        assert_eq!(positions[0].offset as usize, text.find(first).unwrap());
        let shown = outcome.reading.excerpts.fetch(positions);
        let shown: Vec<&str> = shown.iter().map(|(_, text)| text.as_str()).collect();
        assert_eq!(shown, [first, second]);
    }
    let broken = format!("time,client_ip,method,uri,status\n{}\n{first}\n", "x,y,GET,/a,\"2\n0\"");
    let file = folder.file("a.csv", broken.as_bytes());
    let rejects = read_path(&file).unwrap().rejects;
    assert_eq!(rejects[0].2, b"x,y,GET,/a,\"2\n0\"");
}
