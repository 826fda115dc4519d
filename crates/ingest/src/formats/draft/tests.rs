use super::*;

#[test]
fn a_latency_carries_its_unit() {
    assert_eq!(with_unit(b"0.012s"), Some(12_000));
    assert_eq!(with_unit(b"1m2.5s"), Some(62_500_000));
    assert_eq!(with_unit("12.7µs".as_bytes()), Some(12));
    assert_eq!(with_unit(b"3ms"), Some(3_000));
    assert_eq!(with_unit(b"12"), None);
    assert_eq!(with_unit(b"s"), None);
}

#[test]
fn a_url_is_split_into_host_and_target() {
    let check = |url: &str, host: &str, target: &str| {
        let context = ParseContext::default();
        let mut draft = Draft::new(Position::default(), &context);
        draft.set_url(Cow::Borrowed(url.as_bytes()));
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        let found = (text(&draft.request.host), text(&draft.request.target));
        assert_eq!((found.0.as_str(), found.1.as_str()), (host, target), "{url}");
    };
    check("https://h:8443/a?b=c://d", "h:8443", "/a?b=c://d");
    check("http://ann:pw@h", "h", "/");
    check("wss://h?x=1", "h", "/?x=1");
    check("/a?u=http://x/", "", "/a?u=http://x/");
    check("://", "", "/");
}

#[test]
fn a_method_by_itself_goes_before_that_of_a_request_line() {
    let context = ParseContext::default();
    let check = |order: [(Slot, u8, &'static str); 2], expect: (Method, &str)| {
        let mut draft = Draft::new(Position::default(), &context);
        for (slot, rank, value) in order {
            draft.set(Field { slot, rank }, Cow::Borrowed(value.as_bytes())).unwrap();
        }
        let target = String::from_utf8(draft.request.target.to_vec()).unwrap();
        assert_eq!((draft.request.method, target.as_str()), expect, "{order:?}");
    };
    let line = (Slot::RequestLine, 5, "GET /line HTTP/1.1");
    let target = (Slot::Target, 1, "/target");
    check([line, target], (Method::Get, "/target"));
    check([target, line], (Method::Get, "/target"));
    check([(Slot::Method, 1, "PUT"), line], (Method::Put, "/line"));
    check([line, (Slot::Method, 1, "PUT")], (Method::Put, "/line"));
    let odd = (Slot::RequestLine, 5, "/only/a/path");
    check([odd, (Slot::Method, 1, "PUT")], (Method::Put, "/only/a/path"));
}

#[test]
fn a_request_line_is_split_or_kept_whole() {
    let check = |line: &str, method: Method, target: &str| {
        let context = ParseContext::default();
        let mut draft = Draft::new(Position::default(), &context);
        draft.set_request_line(Cow::Borrowed(line.as_bytes()));
        let found = String::from_utf8(draft.request.target.to_vec()).unwrap();
        assert_eq!((draft.request.method, found.as_str()), (method, target), "{line}");
    };
    check("GET /a b HTTP/1.1", Method::Get, "/a b");
    check("GET /old", Method::Get, "/old");
    check("PRI * HTTP/2.0", Method::Other, "*");
    check("CONNECT a:443 HTTP/1.1", Method::Connect, "a:443");
    check("HELP", Method::Missing, "HELP");
    check("lv|'|'| x", Method::Missing, "lv|'|'| x");
    check("stats please", Method::Missing, "stats please");
    check("GET  HTTP/1.1", Method::Missing, "GET  HTTP/1.1");
}

#[test]
fn numbers_scale_without_rounding() {
    assert_eq!(scaled(b"0.016", 6), Some(16_000));
    assert_eq!(scaled(b"12", 3), Some(12_000));
    assert_eq!(scaled(b"357313", -3), Some(357));
    assert_eq!(scaled(b"9.2e-05", 6), Some(92));
    assert_eq!(scaled(b"0.1, 0.2", 6), None);
    assert_eq!(scaled(b"-1", 6), None);
}

#[test]
fn a_rate_of_one_in_one_leaves_nothing_out() {
    for rate in ["10", "2.0", "0.25", "1e-3"] {
        assert!(is_sampled(rate.as_bytes()), "{rate}");
    }
    for rate in ["1", "1.0", "0", "-4", "NaN", "inf", "always", ""] {
        assert!(!is_sampled(rate.as_bytes()), "{rate}");
    }
}

#[test]
fn the_better_witness_wins_in_either_order() {
    let context = ParseContext::default();
    let fields = [
        (Field { slot: Slot::Time, rank: 1 }, &b"2026-11-22T21:44:14+00:00"[..]),
        (Field { slot: Slot::Time, rank: 0 }, &b"1795383854.056"[..]),
    ];
    for order in [[0, 1], [1, 0]] {
        let mut draft = Draft::new(Position::default(), &context);
        for index in order {
            let (field, value) = fields[index];
            draft.set(field, Cow::Borrowed(value)).unwrap();
        }
        assert_eq!(draft.time().to_string(), "2026-11-22T21:44:14.056Z");
    }
}
