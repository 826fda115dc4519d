/// Names under which JSON lines keep what a call asked for and what became of it, and other names of the same.
const METHODS: [&str; 4] = ["method", "request_method", "verb", "requestMethod"];
const TARGETS: [&str; 8] =
    ["request_uri", "uri", "target", "path", "url", "requestUrl", "RequestPath", "request"];
const STATUSES: [&str; 5] =
    ["status", "status_code", "response_code", "OriginStatus", "DownstreamStatus"];

/// What a JSON line tells of its call in a few words, such as `GET /users/42 404`: whoever writes such lines
/// keeps it far from their beginning. A line that is cut off tells what is left. `None` for any other line.
pub(super) fn gist(line: &str) -> Option<String> {
    if !line.starts_with('{') {
        return None;
    }
    let told = |names: &[&str]| names.iter().find_map(|name| value_of(line, name));
    let target = told(&TARGETS)?;
    // A whole request line has the method in it.
    let method = told(&METHODS).filter(|_| target.starts_with('/')).unwrap_or_default();
    let status = told(&STATUSES).unwrap_or_default();
    Some(format!("{method} {target} {status}").trim().to_owned())
}

/// The text or number that stands first under a name, at whatever depth.
fn value_of<'a>(line: &'a str, name: &str) -> Option<&'a str> {
    line.match_indices(name).find_map(|(at, _)| {
        let before = line[..at].strip_suffix('"')?;
        // Not as a value, nor within another name.
        let is_key = before.trim_end().ends_with(['{', ',']);
        let value = line[at + name.len()..].strip_prefix('"')?.trim_start().strip_prefix(':')?;
        let value = value.trim_start();
        let (text, ends): (_, fn(char) -> bool) = match value.strip_prefix('"') {
            Some(text) => (text, |letter| letter == '"'),
            None => (value, |letter| !letter.is_ascii_digit()),
        };
        let found = &text[..text.find(ends)?];
        (is_key && !found.is_empty() && found != "-").then_some(found)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_json_line_is_told_by_its_call() {
        let check = |line: &str, expect: Option<&str>| {
            assert_eq!(gist(line).as_deref(), expect, "{line}");
        };
        let flat =
            r#"{"time":"t","request_method":"POST","request_uri":"/login?x=1","status":401}"#;
        check(flat, Some("POST /login?x=1 401"));
        let nested = r#"{"request":{"method":"GET","uri":"/a"},"status":200}"#;
        check(nested, Some("GET /a 200"));
        check(r#"{"request":"GET /a HTTP/1.1","status":"404"}"#, Some("GET /a HTTP/1.1 404"));
        // Cut off.
        check(r#"{"request":"GET /a HTTP/1.1","sta"#, Some("GET /a HTTP/1.1"));
        check(r#"{"note":"status","uri":"/a","uri":"#, Some("/a"));
        check(r#"192.0.2.7 - - [t] "GET /a HTTP/1.1" 200"#, None);
    }
}
