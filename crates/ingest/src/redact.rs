//! Hides secrets in texts that people will see: request targets, and raw lines shown as evidence.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::LazyLock;

use memchr::memmem;

use crate::secrets;

/// What stands where a secret stood.
pub const REDACTED: &[u8] = b"[redacted]";

/// Names of parameters that hold a key which stands for whoever calls.
const KEY_NAMES: [&[u8]; 7] =
    [b"apikey", b"api_key", b"api-key", b"x-api-key", b"access_token", b"auth_token", b"app_key"];

/// Longest name that is looked at; of a longer one only its end counts.
const MAX_NAME_BYTES: usize = 64;

/// The shortest name of a secret: `key`, `sid`. Half of the parameters that search engines send along are
/// shorter.
const MIN_NAME_BYTES: usize = 3;

/// Whether a parameter or field of this name holds a secret.
fn is_secret_name(name: &[u8]) -> bool {
    if name.len() < MIN_NAME_BYTES {
        return false;
    }
    let (mut lower, length) = ([0; MAX_NAME_BYTES], name.len().min(MAX_NAME_BYTES));
    lower[..length].copy_from_slice(&name[name.len() - length..]);
    lower.make_ascii_lowercase();
    let name = &lower[..length];
    let name = name.strip_prefix(b"request_").unwrap_or(name);
    // Patterns, not lists: every parameter of every referer comes by here.
    let is_secret = match name {
        b"auth" | b"authorization" | b"proxy-authorization" | b"http_authorization" => true,
        b"token" | b"jwt" | b"key" | b"apikey" | b"secret" | b"code" => true,
        b"passwd" | b"passphrase" | b"pwd" | b"pass" | b"pin" | b"otp" => true,
        b"sig" | b"signature" | b"x-amz-signature" | b"x-amz-credential" => true,
        b"session" | b"credential" | b"credentials" => true,
        b"cookie" | b"set-cookie" | b"cookies" => true,
        [.., b'_' | b'-', b'k', b'e', b'y'] => true,
        [.., b'_' | b'-', b't', b'o', b'k', b'e', b'n'] => true,
        [.., b'_' | b'-', b's', b'e', b'c', b'r', b'e', b't'] => true,
        [.., b'p', b'a', b's', b's', b'w', b'o', b'r', b'd'] => true,
        [.., b'_', b'c', b'o', b'o', b'k', b'i', b'e'] => true,
        [b'c', b'o', b'o', b'k', b'i', b'e', b'_', ..] => true,
        name => name.ends_with(b"-authorization"),
    };
    is_secret || secrets::is_session_cookie_name(name)
}

/// The API key or token in a target's query, if it has one.
pub(crate) fn api_key(target: &[u8]) -> Option<&[u8]> {
    let query = &target[memchr::memchr(b'?', target)? + 1..];
    parameters(query).find_map(|(name, value)| {
        let name = name.to_ascii_lowercase();
        let value = &query[value];
        (KEY_NAMES.contains(&name.as_slice()) && !value.is_empty() && !is_probe(value))
            .then_some(value)
    })
}

/// The parameters of a query: name, and where the value lies.
fn parameters(query: &[u8]) -> impl Iterator<Item = (&[u8], Range<usize>)> {
    let mut start = 0;
    query.split(|byte| matches!(byte, b'&' | b';')).filter_map(move |pair| {
        let from = start;
        start += pair.len() + 1;
        let equals = memchr::memchr(b'=', pair)?;
        Some((&pair[..equals], from + equals + 1..from + pair.len()))
    })
}

/// Whether a value is code that someone tries out rather than a secret: it must stay visible.
fn is_probe(value: &[u8]) -> bool {
    const MARKS: [&[u8]; 14] = [
        b"'", b"\"", b"<", b">", b"(", b"${", b"{{", b"%27", b"%22", b"%3c", b"%3C", b"%28",
        b"../", b"..%2",
    ];
    MARKS.iter().any(|mark| memmem::find(value, mark).is_some())
}

/// Whether a URL may hold a secret: a value has a name before it, user information an `@` behind it, and a
/// JWT begins with `eyJ`. Most URLs have none of the three.
pub(crate) fn may_hold_secret(url: &[u8]) -> bool {
    memchr::memchr3(b'=', b'@', b'J', url).is_some()
}

/// How the tokens of well-known services begin, after their own documentation: GitHub, GitLab, Slack,
/// Stripe, Google, AWS, npm, PyPI, SendGrid.
const TOKEN_HEADS: [&[u8]; 19] = [
    b"ghp_",
    b"gho_",
    b"ghu_",
    b"ghs_",
    b"ghr_",
    b"github_pat_",
    b"glpat-",
    b"xoxb-",
    b"xoxp-",
    b"xoxa-",
    b"xapp-",
    b"sk_live_",
    b"rk_live_",
    b"sk_test_",
    b"AIza",
    b"AKIA",
    b"npm_",
    b"pypi-",
    b"SG.",
];
/// What follows a head is at least so long.
const MIN_TOKEN_BYTES: usize = 16;

/// Whether a value is a token of a service that marks its own, whatever its name.
fn is_known_token(value: &[u8]) -> bool {
    value.len() >= MIN_TOKEN_BYTES && TOKEN_HEADS.iter().any(|head| value.starts_with(head))
}

/// `/cart;jsessionid=...`: a session that a server without cookies writes into the path.
fn find_session_in_path(url: &[u8], spans: &mut Vec<Range<usize>>) {
    let path = &url[..memchr::memchr(b'?', url).unwrap_or(url.len())];
    if memchr::memchr(b';', path).is_none() {
        return;
    }
    let mut start = 0;
    for part in path.split(|byte| *byte == b';') {
        let from = start;
        start += part.len() + 1;
        let Some(equals) = memchr::memchr(b'=', part).filter(|_| from > 0) else { continue };
        let length = length_while(&part[equals + 1..], |byte| *byte != b'/');
        if length > 0 && is_secret_name(&part[..equals]) {
            spans.push(from + equals + 1..from + equals + 1 + length);
        }
    }
}

/// Hides secrets in a URL in place: user information, JWTs, and the values of parameters whose
/// names say that they are secret. Borrowed texts stay so where there is nothing to hide.
pub(crate) fn hide_in_url(url: &mut Cow<'_, [u8]>) {
    if !may_hold_secret(url) {
        return;
    }
    let mut spans = Vec::new();
    if let Some(mark) = memchr::memchr(b'?', url) {
        let query = &url[mark + 1..];
        for (name, value) in parameters(query) {
            let text = &query[value.clone()];
            let is_secret = is_secret_name(name) || is_known_token(text);
            if !value.is_empty() && is_secret && !is_probe(text) {
                spans.push(value.start + mark + 1..value.end + mark + 1);
            }
        }
    }
    find_session_in_path(url, &mut spans);
    if url.len() >= MIN_JWT_BYTES {
        find_jwts(url, &mut spans);
    }
    if memchr::memchr(b'@', url).is_some() {
        find_user_info(url, &mut spans);
    }
    if !spans.is_empty() {
        *url = Cow::Owned(without(url, spans));
    }
}

/// A raw line as it may be shown: secrets replaced by [`REDACTED`]. What cannot be told from plain
/// text (a secret in a path, say) stays.
pub fn redact_line(line: &[u8]) -> Cow<'_, [u8]> {
    let mut spans = Vec::new();
    find_assignments(line, &mut spans);
    find_members(line, &mut spans);
    find_schemes(line, &mut spans);
    find_jwts(line, &mut spans);
    find_user_info(line, &mut spans);
    if spans.is_empty() { Cow::Borrowed(line) } else { Cow::Owned(without(line, spans)) }
}

fn without(text: &[u8], mut spans: Vec<Range<usize>>) -> Vec<u8> {
    spans.sort_by_key(|span| (span.start, span.end));
    let mut shown = Vec::with_capacity(text.len());
    let mut at = 0;
    for span in spans {
        if span.start >= at {
            shown.extend_from_slice(&text[at..span.start]);
            shown.extend_from_slice(REDACTED);
        }
        at = at.max(span.end);
    }
    shown.extend_from_slice(&text[at..]);
    shown
}

fn is_name_byte(byte: &u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'$')
}

/// The name that ends where `text` ends.
fn trailing_name(text: &[u8]) -> &[u8] {
    let length =
        text.iter().rev().take(MAX_NAME_BYTES).take_while(|byte| is_name_byte(byte)).count();
    &text[text.len() - length..]
}

/// The name of a parameter that ends where `text` ends: some writers of JSON put `\u0026` for the `&`
/// before it.
fn parameter_name(text: &[u8]) -> &[u8] {
    let name = trailing_name(text);
    let is_escaped = text[..text.len() - name.len()].ends_with(b"\\");
    match name {
        [b'u', b'0', b'0', _, _, rest @ ..] if is_escaped => rest,
        name => name,
    }
}

fn length_while(text: &[u8], holds: impl Fn(&u8) -> bool) -> usize {
    text.iter().take_while(|byte| holds(byte)).count()
}

/// `token=...` in queries, cookies and key-value logs. A value is read over once: what looks like
/// an assignment within it is part of it.
fn find_assignments(line: &[u8], spans: &mut Vec<Range<usize>>) {
    let mut at = 0;
    while let Some(found) = memchr::memchr(b'=', &line[at..]) {
        let start = at + found + 1;
        at = start;
        let is_secret = is_secret_name(parameter_name(&line[..start - 1]));
        if !is_secret && !is_known_token(&line[start..]) {
            continue;
        }
        let is_part = |byte: &u8| !matches!(byte, b'&' | b';' | b'"' | b' ' | b',' | b'\\' | b'\'');
        at += length_while(&line[start..], is_part);
        if at > start && !is_probe(&line[start..at]) {
            spans.push(start..at);
        }
    }
}

/// `"authorization":"..."` and `"cookie":["...", "..."]` in JSON, and in JSON within a text of JSON,
/// where each quote has backslashes before it.
fn find_members(line: &[u8], spans: &mut Vec<Range<usize>>) {
    for quote in memmem::find_iter(line, b"\":") {
        let depth = line[..quote].iter().rev().take_while(|byte| **byte == b'\\').count();
        let name = trailing_name(&line[..quote - depth]);
        if name.is_empty() || !is_secret_name(name) {
            continue;
        }
        let opening = [&b"\\\\\\\\"[..depth.min(4)], b"\""].concat();
        let mut at =
            quote + 2 + length_while(&line[quote + 2..], |byte| matches!(byte, b' ' | b'['));
        while line.get(at..).is_some_and(|rest| rest.starts_with(&opening)) {
            let start = at + opening.len();
            let length = string_length_within(&line[start..], depth);
            if length > 0 {
                spans.push(start..start + length);
            }
            at = (start + length + opening.len()).min(line.len());
            at += length_while(&line[at..], |byte| matches!(byte, b' ' | b','));
            // The next member of the object, not of an array, has a colon behind it.
            let next = line.get(at + opening.len()..).unwrap_or_default();
            let next = &next[string_length_within(next, depth)..];
            if next.get(opening.len()) == Some(&b':') {
                break;
            }
        }
    }
}

/// Bytes up to the quote that ends a string whose quotes have so many backslashes before them.
fn string_length_within(text: &[u8], depth: usize) -> usize {
    if depth == 0 {
        return string_length(text).min(text.len());
    }
    let escapes = |at: usize| text[..at].iter().rev().take_while(|it| **it == b'\\').count();
    let end = memchr::memchr_iter(b'"', text).find(|at| escapes(*at) <= depth);
    end.map_or(text.len(), |at| at - escapes(at))
}

/// Bytes up to the quote that ends a string.
fn string_length(text: &[u8]) -> usize {
    let mut at = 0;
    while let Some(found) = text.get(at..).and_then(|rest| memchr::memchr2(b'"', b'\\', rest)) {
        at += found;
        if text[at] == b'"' {
            return at;
        }
        at += 2;
    }
    text.len()
}

/// `Bearer ...` and `Basic ...` wherever they stand.
fn find_schemes(line: &[u8], spans: &mut Vec<Range<usize>>) {
    for space in memchr::memchr_iter(b' ', line) {
        let name = trailing_name(&line[..space]);
        let is_scheme = [&b"bearer"[..], b"basic", b"token", b"apikey"]
            .iter()
            .any(|scheme| name.eq_ignore_ascii_case(scheme));
        let start = space + 1;
        let length = length_while(&line[start..], |byte| {
            byte.is_ascii_alphanumeric() || b"-._~+/=%|:".contains(byte)
        });
        // A request line's path may end in such a word too.
        let is_version = line[start..].starts_with(b"HTTP/");
        if is_scheme && length >= 8 && !is_version {
            spans.push(start..start + length);
        }
    }
}

/// Shortest text that is taken for a JWT.
const MIN_JWT_BYTES: usize = 30;

/// Every URL is searched for it, so the searcher is built once.
static JWT_HEAD: LazyLock<memmem::Finder<'static>> = LazyLock::new(|| memmem::Finder::new("eyJ"));

/// `eyJ....eyJ....signature` wherever it stands.
fn find_jwts(line: &[u8], spans: &mut Vec<Range<usize>>) {
    let mut at = 0;
    while let Some(found) = JWT_HEAD.find(&line[at..]) {
        let start = at + found;
        let length = length_while(&line[start..], |byte| {
            byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'=')
        });
        if length >= MIN_JWT_BYTES && memchr::memchr(b'.', &line[start..start + length]).is_some() {
            spans.push(start..start + length);
        }
        at = start + length;
    }
}

/// `user:password@` of a URL.
fn find_user_info(line: &[u8], spans: &mut Vec<Range<usize>>) {
    for scheme in memmem::find_iter(line, b"://") {
        let start = scheme + 3;
        let authority =
            length_while(&line[start..], |byte| !matches!(byte, b'/' | b'?' | b'#' | b'"' | b' '));
        if let Some(at) = memchr::memrchr(b'@', &line[start..start + authority]) {
            spans.push(start..start + at);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const JWT: &str = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJzdmMtYmkiLCJleHAiOjF9.c2ln";

    fn shown(line: &str) -> String {
        String::from_utf8(redact_line(line.as_bytes()).into_owned()).unwrap()
    }

    #[test]
    fn secrets_are_hidden_wherever_a_line_holds_them() {
        let check = |line: &str, expect: &str| assert_eq!(shown(line), expect);
        check(
            r#"h - - [t] "POST /oauth/token HTTP/1.1" 401"#,
            r#"h - - [t] "POST /oauth/token HTTP/1.1" 401"#,
        );
        check(
            r#"h - - [t] "GET /a?token=abc&page=2 HTTP/1.1" 200"#,
            r#"h - - [t] "GET /a?token=[redacted]&page=2 HTTP/1.1" 200"#,
        );
        check(
            r#"{"authorization":"Basic YW5uOm\"x","cookie_sid":"s1","uri":"/x"}"#,
            r#"{"authorization":"[redacted]","cookie_sid":"[redacted]","uri":"/x"}"#,
        );
        check(
            r#"{"headers":{"Cookie":["a=1","b=2"],"Accept":["x"]}}"#,
            r#"{"headers":{"Cookie":["[redacted]","[redacted]"],"Accept":["x"]}}"#,
        );
        check(
            r#"{"log":"{\"authorization\":\"Basic YW5uOm\\\"x\",\"sid\":[\"s1\",\"s2\"],\"uri\":\"/x\"}\n"}"#,
            r#"{"log":"{\"authorization\":\"[redacted]\",\"sid\":[\"[redacted]\",\"[redacted]\"],\"uri\":\"/x\"}\n"}"#,
        );
        check(
            r#"{"log":"h \"GET /a?page=2\u0026token=abc\u0026x=1 HTTP/1.1\" 200\n"}"#,
            r#"{"log":"h \"GET /a?page=2\u0026token=[redacted]\u0026x=1 HTTP/1.1\" 200\n"}"#,
        );
        check(
            r#"{"resp_headers":{"Location":["/cb?code=abc\u0026token=xyz#id_token=j.w"],"Vary":["a"]}}"#,
            r#"{"resp_headers":{"Location":["/cb?code=[redacted]\u0026token=[redacted]"],"Vary":["a"]}}"#,
        );
        check("x Bearer abcdefgh123 y", "x Bearer [redacted] y");
        check(&format!("/reset/{JWT}/go"), "/reset/[redacted]/go");
        check("https://ann:secret@h/x", "https://[redacted]@h/x");
        check("nothing=here of=interest", "nothing=here of=interest");
    }

    #[test]
    fn a_probe_in_a_secret_parameter_stays_visible() {
        let probe = "/login?password=%27%20OR%201=1";
        assert_eq!(shown(probe), probe);
    }

    #[test]
    fn urls_keep_their_path() {
        let check = |url: &str, expect: &str| {
            let mut url = Cow::Borrowed(url.as_bytes());
            hide_in_url(&mut url);
            assert_eq!(String::from_utf8_lossy(&url), expect);
        };
        check("/a?x=1&api_key=k1&y=2", "/a?x=1&api_key=[redacted]&y=2");
        check("http://u:p@h/a", "http://[redacted]@h/a");
        check("/users/ann@example.com", "/users/ann@example.com");
        assert_eq!(api_key(b"/a?x=1&API_KEY=k1"), Some(&b"k1"[..]));
    }

    proptest! {
        #[test]
        fn any_bytes_can_be_redacted(line in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = redact_line(&line);
            hide_in_url(&mut Cow::Borrowed(&line));
        }

        #[test]
        fn a_password_in_a_query_is_never_shown(secret in "[A-Za-z0-9]{12,20}", head in "[a-z/&=?\"]{0,20}") {
            let line = format!("{head}?password={secret}");
            prop_assert!(!shown(&line).contains(&secret));
        }
    }
}
