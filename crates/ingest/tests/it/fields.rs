//! What stands in the fields of logs, put into the example of every format: a new format is covered by
//! being listed.

use domain::{Method, Position, RawRecord, Reject, Request};
use ingest::{
    Chosen, FORMATS, Format, NormaliseOptions, Normaliser, ParseContext, Parser, Template,
};

const PEER: &str = "192.0.2.7";
const LINE: &str = "GET /users/42 HTTP/1.1";
const TARGET: &str = "/users/42";
const AGENT: &str = "curl/8.6.0";

/// What is expected of a request.
type Expect<'a> = &'a dyn Fn(&Request<'_>) -> bool;

/// Puts something else in the place of `from` in the example of every format that has it, and checks the
/// request. It is not as expected in the formats of `except`, and only there.
#[track_caller]
fn check(
    from: &str,
    to: impl Fn(&dyn Format) -> Option<Vec<u8>>,
    expect: Expect<'_>,
    except: &[&str],
) {
    let (mut faults, mut seen) = (Vec::new(), 0);
    for format in FORMATS.iter().copied().filter(|it| it.example().contains(from)) {
        let Some(to) = to(format) else { continue };
        seen += 1;
        let fault = read(format, from, &to, |read| match read {
            Ok(request) if expect(request) => None,
            Ok(request) => {
                let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
                let (peer, target) = (text(&request.peer), text(&request.target));
                Some(format!("{peer} {} {target} {}", request.method.name(), text(&request.agent)))
            }
            Err(reject) => Some(format!("column {}: {}", reject.column, reject.reason)),
        });
        match (fault, except.contains(&format.name())) {
            (Some(fault), false) => faults.push(format!("{}: {fault}", format.name())),
            (None, true) => faults.push(format!("{}: as expected", format.name())),
            _ => {}
        }
    }
    assert!(seen > 10, "{from} stands in {seen} examples");
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// Reads the example with `to` in every place of `from`.
fn read<T>(
    format: &'static dyn Format,
    from: &str,
    to: &[u8],
    take: impl FnOnce(&Result<Request<'_>, Reject>) -> T,
) -> T {
    let context = ParseContext::default();
    let (headers, line) = format.example().rsplit_once('\n').unwrap_or(("", format.example()));
    let pieces: Vec<&[u8]> = line.split(from).map(str::as_bytes).collect();
    let line = pieces.join(to);
    let mut parser = Parser::new(&[], [Chosen::Static(format)]);
    for header in headers.lines() {
        assert!(parser.absorb(header.as_bytes(), &context));
    }
    take(&parser.parse(RawRecord { position: Position::default(), bytes: &line }, &context))
}

fn is_json(format: &dyn Format) -> bool {
    format.example().starts_with('{')
}

/// Formats that write a port behind the client.
fn has_port(format: &dyn Format) -> bool {
    format.example().contains(&format!("{PEER}:"))
}

fn client(request: &Request<'_>) -> String {
    let normaliser = Normaliser::new(NormaliseOptions::default());
    String::from_utf8_lossy(&normaliser.client_of(request)).into_owned()
}

#[test]
fn a_client_is_told_however_it_is_written() {
    for (written, expect) in [
        ("2001:db8::7", "2001:db8::7"),
        ("2001:DB8:0:0::7", "2001:db8::7"),
        ("[2001:db8::7]", "2001:db8::7"),
        ("::ffff:192.0.2.9", "192.0.2.9"),
        ("[::ffff:192.0.2.9]", "192.0.2.9"),
        ("client.example.com", "client.example.com"),
        ("unknown", "unknown"),
        ("localhost", "localhost"),
    ] {
        check(PEER, |_| Some(written.into()), &|request| client(request) == expect, &[]);
    }
    for (written, expect) in [
        ("192.0.2.9:4711", "192.0.2.9"),
        ("[2001:db8::7]:4711", "2001:db8::7"),
        ("host:4711", "host"),
    ] {
        let to = |format: &dyn Format| (!has_port(format)).then(|| written.into());
        check(PEER, to, &|request| client(request) == expect, &[]);
    }
    // Blanks part the values of these, and commas those of others.
    let blanks = [
        "aws_alb",
        "aws_elb",
        "s3_access",
        "w3c",
        "iis",
        "squid",
        "istio_text",
        "csv",
        "gitea_router",
    ];
    let last = |request: &Request<'_>| client(request) == "192.0.2.9";
    check(PEER, |_| Some("198.51.100.1, 192.0.2.9".into()), &last, &blanks);
    check(PEER, |_| Some("198.51.100.1,192.0.2.9".into()), &last, &["csv"]);
}

#[test]
fn what_is_no_client_is_refused() {
    let mut read_all = Vec::new();
    for format in FORMATS.iter().filter(|it| it.example().contains(PEER)) {
        for written in ["192.0.2.256", "1.2.3", "<script>", "a/b", "2001:db8:::7"] {
            if read(*format, PEER, written.as_bytes(), |read| read.is_ok()) {
                read_all.push(format!("{}: {written}", format.name()));
            }
        }
    }
    assert!(read_all.is_empty(), "{}", read_all.join("\n"));
}

#[test]
fn targets_come_as_they_were_written() {
    let ends = |end: &'static [u8]| move |request: &Request<'_>| request.target.ends_with(end);
    for plain in ["/a%22b%20c", "/a?b=1&c=%2Fd", "/a;b=1", "/\u{fc}ber", "/.%2e/%00", "//a//b"] {
        let bytes = plain.to_owned().leak().as_bytes();
        check(TARGET, |_| Some(bytes.into()), &ends(bytes), &[]);
    }
    check(TARGET, |_| Some(b"/a\xff\xfeb".into()), &ends(b"/a\xff\xfeb"), &[]);
    // An absolute form is kept, or taken apart.
    let absolute = b"http://api.example.com/users/42";
    let edges = ["cloudfront", "cloudfront_realtime"];
    check(TARGET, |_| Some(absolute.into()), &ends(b"/users/42"), &edges);
    // Not these: they escape nothing, or percent-encode.
    let bare = [
        "cloudfront",
        "cloudfront_realtime",
        "w3c",
        "iis_event",
        "iis",
        "squid",
        "zoraxy",
        "csv",
        "gitea_router",
    ];
    let escaped = |format: &dyn Format| {
        Some(if is_json(format) { br#"/a\"b"#.to_vec() } else { br"/a\x22b".to_vec() })
    };
    check(TARGET, escaped, &ends(b"/a\"b"), &bare);
    check(TARGET, |_| Some(br#"/a\"b"#.into()), &ends(b"/a\"b"), &bare);
}

#[test]
fn request_lines_of_every_kind_are_read() {
    // The method and the target have fields of their own there.
    let is_told_by_line = |format: &dyn Format| format.name() != "nginx_json";
    let is = |method: Method, target: &'static [u8]| {
        move |request: &Request<'_>| request.method == method && request.target[..] == *target
    };
    for (line, method, target) in [
        (&b"GET /users/42"[..], Method::Get, &b"/users/42"[..]),
        (b"CONNECT example.com:443 HTTP/1.1", Method::Connect, b"example.com:443"),
        (b"OPTIONS * HTTP/1.1", Method::Options, b"*"),
        (b"GET /a b c HTTP/1.1", Method::Get, b"/a b c"),
        (b"POST /a HTTP/2.0", Method::Post, b"/a"),
        (b"GET /a HTTP/3", Method::Get, b"/a"),
        (b"FOO /a HTTP/1.1", Method::Other, b"/a"),
        (b"GET http://h/a HTTP/1.1", Method::Get, b"http://h/a"),
        (b"-", Method::Missing, b""),
        (b"", Method::Missing, b""),
        (b"/users/42 HTTP/1.1", Method::Missing, b"/users/42 HTTP/1.1"),
        (b"SSH-2.0-Go", Method::Missing, b"SSH-2.0-Go"),
    ] {
        let to = |format: &dyn Format| is_told_by_line(format).then(|| line.into());
        check(LINE, to, &is(method, target), &[]);
    }
    let hello = |format: &dyn Format| {
        Some(if is_json(format) { br"\u0016\u0003\u0001" } else { &br"\x16\x03\x01"[..] }.into())
    };
    check(LINE, hello, &is(Method::Missing, b"\x16\x03\x01"), &["nginx_json"]);
    let raw = |format: &dyn Format| (!is_json(format)).then(|| b"\x16\x03\x01\xee".into());
    check(LINE, raw, &is(Method::Missing, b"\x16\x03\x01\xee"), &[]);
}

#[test]
fn agents_come_without_the_escapes_of_their_server() {
    let is = |agent: &'static [u8]| move |request: &Request<'_>| request.agent[..] == *agent;
    // No quotes stand around them there, or quotes are doubled; HAProxy does not say what it captured.
    let bare = [
        "npmplus",
        "haproxy",
        "cloudfront",
        "cloudfront_realtime",
        "w3c",
        "iis_event",
        "zoraxy",
        "csv",
    ];
    check(AGENT, |_| Some(br#"a\"b"#.into()), &is(b"a\"b"), &bare);
    check(AGENT, |_| Some(br"a\\".into()), &is(br"a\"), &bare);
    check(AGENT, |_| Some(b"a\xff".into()), &is(b"a\xff"), &["haproxy"]);
    let x22 = |format: &dyn Format| (!is_json(format)).then(|| br"a\x22b".into());
    check(AGENT, x22, &is(b"a\"b"), &bare);
    let none = |request: &Request<'_>| matches!(&request.agent[..], b"" | b"-");
    check(AGENT, |_| Some(b"-".into()), &none, &[]);
}

#[test]
fn a_latency_that_is_no_number_is_no_line_of_this_format() {
    let template = Template::compile(r#"%h %l %u %t "%r" %>s %b %D"#).unwrap();
    let context = ParseContext::default();
    let micros = |latency: &str| {
        let line = format!(
            "192.0.2.7 - - [22/Nov/2026:21:44:14 +0000] \"GET /a HTTP/1.1\" 200 5 {latency}"
        );
        let record = RawRecord { position: Position::default(), bytes: line.as_bytes() };
        let read = template.parse(record, &context);
        read.map(|request| request.latency_micros).map_err(|it| (it.column, it.reason.to_string()))
    };
    assert_eq!(micros("1500"), Ok(Some(1_500)));
    assert_eq!(micros("-"), Ok(None));
    assert_eq!(micros("fast"), Err((68, "invalid latency".to_owned())));
}

#[test]
fn a_user_is_named_as_signed_in_whatever_the_server_escapes() {
    let user = |format: &str, written: &str| {
        let format = ingest::formats::by_name(format).unwrap();
        read(format, " ann ", format!(" {written} ").as_bytes(), |read| {
            String::from_utf8_lossy(&read.as_ref().unwrap().user).into_owned()
        })
    };
    for format in ["combined", "common"] {
        assert_eq!(user(format, r"CORP\\bob"), r"CORP\bob", "{format}");
        assert_eq!(user(format, r"CORP\x5Cbob"), r"CORP\bob", "{format}");
        assert_eq!(user(format, r"CORP\bob"), r"CORP\bob", "{format}");
        assert_eq!(user(format, r#""""#), "", "{format}");
    }
}

#[test]
fn where_an_answer_leads_is_found_under_the_names_of_each_server() {
    let check = |format: &str, from: &str, to: &str| {
        let known = ingest::formats::by_name(format).unwrap();
        assert!(known.example().contains(from), "{format}");
        let location = read(known, from, to.as_bytes(), |read| {
            let request = read.as_ref().unwrap_or_else(|reject| panic!("{format}: {reject:?}"));
            String::from_utf8_lossy(&request.location).into_owned()
        });
        assert_eq!(location, "/a?b=1&c=2", "{format}");
    };
    let status = r#""status":200"#;
    let headers = r#""resp_headers":{"Vary":["x"],"Location":["/a?b=1\u0026c=2"]}"#;
    check("caddy", status, &format!(r#""status":302,{headers}"#));
    check("caddy", status, &format!(r#"{headers},"status":302"#));
    check(
        "traefik_json",
        r#""DownstreamStatus":200"#,
        r#""DownstreamStatus":302,"downstream_Location":"/a?b=1&c=2""#,
    );
    check("nginx_json", r#""status":"200""#, r#""status":"302","sent_http_location":"/a?b=1&c=2""#);
    check("nginx_ingress_json", status, r#""status":302,"upstream_http_location":"/a?b=1&c=2""#);
    check("apache_json", r#""status":"200""#, r#""status":"302","location":"/a?b=1&c=2""#);
    let code = r#""response_code":200"#;
    check("envoy_json", code, r#""response_code":302,"location":"/a?b=1&c=2""#);
    check("istio_json", code, r#""response_code":302,"location":"/a?b=1&c=2""#);
    let answer = r#""status":200,"size":271,"headers":{}"#;
    let redirect = r#""status":302,"size":0,"headers":{"location":"/a?b=1&c=2"}"#;
    check("kong", answer, redirect);
    check("apisix", answer, redirect);
    check("pino", r#""content-length":"271""#, r#""location":"/a?b=1&c=2""#);
    check("suricata", status, r#""status":302,"redirect":"/a?b=1&c=2""#);
    check("har", r#""redirectURL":"""#, r#""redirectURL":"/a?b=1&c=2""#);
    check(
        "otel",
        r#"{"intValue":"200"}}"#,
        r#"{"intValue":"302"}},{"key":"http.response.header.location","value":{"arrayValue":{"values":[{"stringValue":"/a?b=1&c=2"}]}}}"#,
    );
    check("json", status, r#""status":302,"response_location":"/a?b=1&c=2""#);
}

#[test]
fn where_an_answer_leads_is_found_in_lines_of_text() {
    let context = ParseContext::default();
    let check = |location: &[u8]| assert_eq!(location, b"/a?b=1");
    let line = r#"192.0.2.7 [22/Nov/2026:21:44:14 +0000] "POST /login HTTP/1.1" 302 "/a?b=1""#;
    let record =
        |line: &'static str| RawRecord { position: Position::default(), bytes: line.as_bytes() };
    for format in [
        r#"$remote_addr [$time_local] "$request" $status "$sent_http_location""#,
        r#"%h %t "%r" %s "%{Location}o""#,
    ] {
        let template = Template::compile(format).unwrap();
        check(&template.parse(record(line), &context).unwrap().location);
    }
    let w3c = Chosen::Static(ingest::formats::by_name("w3c").unwrap());
    let mut parser = Parser::new(&[], [w3c]);
    let fields = b"#Fields: date time c-ip cs-method cs-uri-stem sc-status sc(Location)";
    assert!(parser.absorb(fields, &context));
    let line = "2026-11-22 21:44:14 192.0.2.7 POST /login 302 /a?b=1";
    check(&parser.parse(record(line), &context).unwrap().location);
}
