//! What every format promises.

use domain::{Position, RawRecord, SourceId};
use ingest::{
    Chosen, FORMATS, Format, JsonFormat, ParseContext, Parser, Template, WRAPPERS, Wrapper,
};
use proptest::prelude::*;

const POSITION: Position = Position { source: SourceId(3), offset: 77 };

fn record(bytes: &[u8]) -> RawRecord<'_> {
    RawRecord { position: POSITION, bytes }
}

/// Any bytes give a request at their position, or a reject at it with a column within the line.
fn check_any(format: &dyn Format, bytes: &[u8]) {
    let context = ParseContext::default();
    match format.parse(record(bytes), &context) {
        Ok(request) => assert_eq!(request.position, POSITION),
        Err(reject) => {
            assert_eq!(reject.position, POSITION);
            let within = (1..=bytes.len() + 1).contains(&(reject.column as usize));
            assert!(within, "{}: column {} of {bytes:?}", format.name(), reject.column);
        }
    }
}

/// What no record of a format tells: a firewall sees no answer, a browser's archive no address.
const UNTOLD: [(&str, &str); 2] = [("aws_waf", "status"), ("har", "peer")];

fn check_format(format: &'static dyn Format) {
    let (name, example) = (format.name(), format.example());
    let lower = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    assert!(!name.is_empty() && name.bytes().all(lower), "{name} is no name to type");
    assert!(!format.title().is_empty());
    let context = ParseContext::default();
    let mut parser = Parser::new(&[], [Chosen::Static(format)]);
    let (headers, line) = example.rsplit_once('\n').unwrap_or(("", example));
    for header in headers.lines() {
        assert!(parser.absorb(header.as_bytes(), &context), "{name}: {header}");
    }
    assert_eq!(parser.has_header(), !headers.is_empty(), "{name}");
    let request = parser.parse(record(line.as_bytes()), &context).unwrap();
    assert_eq!(&request.target[..], b"/users/42", "{name}");
    assert_eq!(request.time.to_string(), "2026-11-22T21:44:14Z", "{name}");
    let tells = |what| !UNTOLD.contains(&(name, what));
    assert_eq!(request.peer.starts_with(b"192.0.2.7"), tells("peer"), "{name}");
    assert_eq!(request.status, tells("status").then_some(200), "{name}");
    assert_eq!(&request.agent[..], agent_of(example), "{name}");
    assert_eq!(request.method.name(), "GET", "{name}");
    let micros = request.latency_micros;
    assert!(micros.is_none_or(|micros| micros == 12_000), "{name}: a latency of {micros:?} µs");
    for cut in 0..example.len() {
        check_any(format, &example.as_bytes()[..cut]);
        check_any(format, &example.as_bytes()[cut..]);
    }
}

fn agent_of(example: &str) -> &[u8] {
    if example.contains("curl/8.6.0") { b"curl/8.6.0" } else { b"" }
}

#[test]
fn every_format_keeps_its_promises() {
    let names: std::collections::BTreeSet<_> = FORMATS.iter().map(|it| it.name()).collect();
    assert_eq!(names.len(), FORMATS.len(), "two formats share a name");
    FORMATS.iter().copied().for_each(check_format);
}

/// Any bytes are stripped to a piece of them at its place, or not at all.
fn check_wrapper(wrapper: &dyn Wrapper, bytes: &[u8]) {
    let mut room = Vec::new();
    let Some(inner) = wrapper.strip(bytes, &mut room) else { return };
    assert!(inner.at <= bytes.len() && inner.text.len() <= bytes.len(), "{}", wrapper.name());
}

#[test]
fn every_wrapper_keeps_its_promises() {
    for wrapper in WRAPPERS {
        let example = wrapper.example().as_bytes();
        assert!(!wrapper.name().is_empty() && !wrapper.title().is_empty());
        for cut in 0..example.len() {
            check_wrapper(*wrapper, &example[..cut]);
            check_wrapper(*wrapper, &example[cut..]);
        }
    }
}

#[test]
fn no_request_shows_a_secret() {
    let secret = "s3cr3tValue0123456789";
    let jwt = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJzdmMtYmkiLCJleHAiOjF9.c3VjaHNpZ25hdHVyZQ";
    let context = ParseContext::default();
    for target in [
        format!("/a?token={secret}&x=1"),
        format!("/a?x=1&API_KEY={secret}"),
        format!("/a?x=1;password={secret}"),
        format!("http://ann:{secret}@h/a"),
        format!("/reset/{jwt}"),
    ] {
        let json = format!(
            r#"{{"time":"2026-11-22T21:44:14Z","remote_addr":"192.0.2.7","request_uri":"{target}","method":"GET","http_referer":"http://h{target}","location":"http://h{target}","authorization":"Bearer {secret}","x_api_key":"{secret}","cookie":"sid={secret}","cookie_sid":"{secret}"}}"#
        );
        let text = format!(
            r#"192.0.2.7 - - [22/Nov/2026:21:44:14 +0000] "GET {target} HTTP/1.1" 200 271 "http://h{target}" "curl/8.6.0""#
        );
        for format in FORMATS {
            for line in [&json, &text] {
                let parsed = format.parse(record(line.as_bytes()), &context);
                let shown = format!("{parsed:?} {}", readable(&parsed));
                assert!(!shown.contains(secret) && !shown.contains(jwt), "{shown}");
            }
        }
    }
}

/// The texts of a request as a person would read them: `Debug` of bytes is a row of numbers.
fn readable(parsed: &Result<domain::Request<'_>, domain::Reject>) -> String {
    let Ok(request) = parsed else { return String::new() };
    let urls = [&request.target, &request.referer, &request.location];
    let names = [&request.user, &request.subject, &request.agent];
    let texts = urls.into_iter().chain(names);
    texts.map(|text| String::from_utf8_lossy(text)).collect::<Vec<_>>().join(" ")
}

fn template(text: &str) -> Template {
    Template::compile(text).unwrap()
}

#[test]
fn format_strings_are_taken_as_they_stand_in_a_configuration() {
    let context = ParseContext::default();
    let check = |format: &str, line: &str, expect: &str| {
        let template = template(format);
        let request = template
            .parse(record(line.as_bytes()), &context)
            .unwrap_or_else(|reject| panic!("{format}: {} at {}", reject.reason, reject.column));
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let found = format!(
            "{} {} {} {} {} {:?} {:?} {:?} {}",
            request.time,
            text(&request.peer),
            text(&request.forwarded),
            request.method.name(),
            text(&request.target),
            request.status,
            request.response_bytes,
            request.latency_micros,
            text(&request.agent),
        );
        assert_eq!(found, expect, "{format}");
    };
    check(
        r#"log_format main '$remote_addr - $remote_user [$time_local] "$request" '
           '$status $body_bytes_sent "$http_referer" '
           '"$http_user_agent" "$http_x_forwarded_for" $request_time $unheard_of';"#,
        r#"10.0.0.1 - - [22/Nov/2026:21:44:14 +0000] "GET /a HTTP/1.1" 200 5 "-" "x \x22y\x22" "1.2.3.4" 0.016 -"#,
        "2026-11-22T21:44:14Z 10.0.0.1 1.2.3.4 GET /a Some(200) Some(5) Some(16000) x \"y\"",
    );
    check(
        r#"log_format j escape=json '{"t":$msec,"ip":"$remote_addr","m":"$request_method","u":"$uri","q":"$args","ua":"$http_user_agent","s":$status}';"#,
        r#"{"t":1795383854.056,"ip":"192.0.2.7","m":"PUT","u":"/a","q":"b=1","ua":"a\"b","s":201}"#,
        "2026-11-22T21:44:14.056Z 192.0.2.7  PUT /a?b=1 Some(201) None None a\"b",
    );
    check(
        "${http_x_forwarded_for} $time_iso8601 $request_uri $status",
        "1.2.3.4, 198.51.100.3 2026-11-22T21:44:14+01:00 /a 404",
        "2026-11-22T20:44:14Z 198.51.100.3 1.2.3.4 - /a Some(404) None None ",
    );
    check(
        r#"LogFormat "%{X-Forwarded-For}i %a %l %u %t \"%r\" %>s %O %D \"%{User-Agent}i\"" proxied"#,
        r#"1.2.3.4 10.0.0.1 - ann [22/Nov/2026:21:44:14 +0000] "GET /a HTTP/1.1" 200 9 1500 "say \"hi\"""#,
        "2026-11-22T21:44:14Z 10.0.0.1 1.2.3.4 GET /a Some(200) Some(9) Some(1500) say \"hi\"",
    );
    check(
        "%h [%{%d/%b/%Y %T}t.%{msec_frac}t %{%z}t] %m %U%q %s %B %{ms}T",
        "192.0.2.7 [22/Nov/2026 21:44:14.250 +0000] GET /a?b=1 200 0 12",
        "2026-11-22T21:44:14.250Z 192.0.2.7  GET /a?b=1 Some(200) Some(0) Some(12000) ",
    );
}

#[test]
fn a_field_map_goes_before_the_built_in_one() {
    let own =
        [("who.addr", "client"), ("customer", "user"), ("what", "target"), ("ms", "latency_ms")];
    let format = JsonFormat::with_fields(&own).unwrap();
    let context = ParseContext::default();
    let line = br#"{"ts":1795383854,"remote_addr":"10.0.0.1","who":{"addr":"192.0.2.7"},"customer":42,"what":"/a","ms":1.5}"#;
    let request = format.parse(record(line), &context).unwrap();
    assert_eq!((&request.peer[..], &request.user[..]), (&b"192.0.2.7"[..], &b"42"[..]));
    assert_eq!((&request.target[..], request.latency_micros), (&b"/a"[..], Some(1_500)));
    let error = JsonFormat::with_fields(&[("a", "clinet")]).unwrap_err().to_string();
    assert!(
        error.starts_with("invalid slot \"clinet\" in the field map: must be one of time, client")
    );
}

#[test]
fn format_strings_that_cannot_work_say_why() {
    let check = |format: &str, expect: &str| {
        let error = Template::compile(format).unwrap_err().to_string();
        assert!(error.contains(expect), "{error}");
    };
    check("$remote_addr$status [$time_local] $request", "separator");
    check("$remote_addr $request", "no field tells the time");
    check("[$time_local] $request", "no field tells the client");
    check("%h %t", "no field tells the request");
    check("%h %t \"%r\" %", "column 12: a percent sign");
    check("%h %{%Q}t %r", "unknown time pattern");
    check("$remote_addr ${time_local $request", "brace");
    check("log_format main $request", "no quoted format");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn any_bytes_are_parsed_or_rejected(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        FORMATS.iter().for_each(|format| check_any(*format, &bytes));
        WRAPPERS.iter().for_each(|wrapper| check_wrapper(*wrapper, &bytes));
    }

    #[test]
    fn damaged_examples_are_parsed_or_rejected(
        format in 0..FORMATS.len(),
        damage in prop::collection::vec((0_usize..400, any::<u8>()), 1..4),
    ) {
        let mut bytes = FORMATS[format].example().as_bytes().to_vec();
        for (at, byte) in damage {
            let at = at % bytes.len();
            bytes[at] = byte;
        }
        FORMATS.iter().for_each(|format| check_any(*format, &bytes));
    }

    #[test]
    fn any_text_compiles_or_says_why(text in "[$%{}a-z\"\\[\\] ><_]{0,60}") {
        if let Ok(template) = Template::compile(&text) {
            let _ = template.parse(record(text.as_bytes()), &ParseContext::default());
        }
    }
}
