//! What a log that is no access log looks like: a refusal that names the service helps more than one
//! that lists formats.

use std::collections::BTreeMap;

use memchr::memmem;

use domain::{Position, RawRecord, RejectReason};

use crate::formats::json::scan::Scanner;
use crate::formats::{Format, Json, ParseContext};
use crate::wrappers::WRAPPERS;

/// Share of the lines that must look alike.
const MIN_ALIKE: f64 = 0.5;

/// Longest name of a program that is told.
const MAX_NAME_BYTES: usize = 40;

/// Deepest nesting of values that are stepped over.
const MAX_DEPTH: usize = 32;

/// Longest value that is shown.
const MAX_VALUE_BYTES: usize = 40;

/// Keys that are shown of JSON that nobody knows.
const SHOWN_KEYS: usize = 6;

/// What JSON is called that nobody knows.
const OTHER_JSON: &str = "JSON of another kind";

/// Services whose lines tell themselves apart: a name, and texts of which each must be in the line.
/// The first that fits counts.
const SERVICES: &[(&str, &[&str])] = &[
    ("nginx's error log", &["#", ": *", ", client: "]),
    ("nginx's error log", &["[notice] ", "#", ": "]),
    ("Apache's error log", &["[client ", "] AH0"]),
    ("Apache's error log", &["[pid ", ":tid "]),
    ("Apache's error log", &["[error] [client "]),
    ("Apache's error log", &["[mpm_"]),
    ("Apache's error log", &["[:error] [pid "]),
    ("Apache's error log", &["[client ", "] ModSecurity"]),
    ("MySQL", &["Access denied for user '", "'@'"]),
    ("MySQL", &["[Note] "]),
    ("MySQL", &["] [MY-"]),
    ("MySQL", &["] InnoDB: "]),
    ("MySQL", &[" [Warning] "]),
    ("MySQL's general log", &["Z\t", " Query\t"]),
    ("MySQL's general log", &["Z\t", " Connect\t"]),
    ("MySQL's general log", &["Z\t", " Quit\t"]),
    ("MySQL's slow log", &["# User@Host: "]),
    ("MySQL's slow log", &["# Query_time: "]),
    ("MySQL's slow log", &["# Time: "]),
    ("MySQL's slow log", &["SET timestamp="]),
    ("the error log of SQL Server", &["Error: ", ", Severity: ", ", State: "]),
    ("the error log of SQL Server", &[" Logon    "]),
    ("the error log of SQL Server", &[" Server   "]),
    ("the error log of SQL Server", &[" Backup   "]),
    ("the error log of SQL Server", &[" spid", "    "]),
    ("RabbitMQ", &["] <0.", ".0> "]),
    ("flow logs of a VPC", &[" eni-", " ACCEPT OK"]),
    ("flow logs of a VPC", &[" eni-", " REJECT OK"]),
    ("flow logs of a VPC", &[" eni-", " NODATA"]),
    ("PostgreSQL", &["] ", "LOG:  "]),
    ("PostgreSQL", &["FATAL:  "]),
    ("PostgreSQL", &["STATEMENT:  "]),
    ("MongoDB", &["{\"t\":{\"$date\":"]),
    ("MongoDB", &["{\"t\": {\"$date\":"]),
    ("the audit daemon", &["type=", "msg=audit("]),
    ("a firewall", &["SRC=", "DST=", "PROTO="]),
    ("Suricata's fast.log", &["[**] [", "[Classification: "]),
    ("fail2ban", &["fail2ban."]),
    ("tcpdump", &[" IP ", " > ", "Flags ["]),
    ("Exim", &[" H=", " P=", " S="]),
    ("Exim", &[" authenticator failed for "]),
    ("Exim", &[" H=", " rejected "]),
    ("a DNS server", &["client ", ": query"]),
    ("vsftpd", &["[pid ", "] CONNECT: Client"]),
    ("uvicorn, whose lines carry no time", &["INFO:  ", " - \"", " HTTP/1"]),
    ("Elasticsearch", &["][o.e."]),
    ("Redis", &[":M ", " * "]),
    ("sshd", &["Failed password for "]),
    ("sshd", &["Accepted publickey for "]),
    ("the Windows event log", &["<Event xmlns="]),
    ("PHP's error log", &["] PHP "]),
    (FASTIFY, &["\"reqId\":", "\"req\":{", "\"msg\":\"incoming request\""]),
    (FASTIFY, &["\"reqId\":", "\"res\":{", "\"msg\":\"request completed\""]),
    ("Zeek in JSON, though not requests that can be read", &["\"uid\":\"", "\"id.orig_h\":"]),
    ("Suricata's EVE without events of kind http", &["\"event_type\":", "\"flow_id\":"]),
    ("AWS CloudTrail", &["\"eventSource\":", "\"awsRegion\":"]),
    ("the audit log of Kubernetes", &["\"apiVersion\":\"audit.k8s.io", "\"verb\":"]),
    ("the audit log of Vault", &["\"mount_type\":", "\"operation\":"]),
    ("the Windows event log in JSON", &["\"EventID\":", "\"Channel\":"]),
    ("sign-ins of Microsoft Entra", &["\"category\":", "SignInLogs"]),
    ("Okta's system log", &["\"eventType\":", "\"outcome\":", "\"actor\":"]),
    ("Caddy's log, without requests", &["\"level\":", "\"ts\":", "\"logger\":"]),
    ("pino or bunyan, without requests", &["\"level\":", "\"pid\":", "\"hostname\":"]),
    ("Elasticsearch", &["\"cluster.name\":", "\"node.name\":"]),
    ("Azure App Service, whose requests are JSON within a text", &["AppServiceHTTPLogs"]),
    (
        "Cloudflare's firewall events, not its requests",
        &["\"Action\":", "\"ClientIP\":", "\"RayID\":"],
    ),
    ("Nextcloud's own log", &["\"reqId\":", "\"remoteAddr\":"]),
    ("Authelia", &["1FA authentication attempt"]),
    ("Rails, which tells a request in several lines", &["Started ", " \"/", " for ", " at "]),
    ("Grafana's own log", &["logger=", " level=", " msg="]),
    ("Home Assistant", &["[homeassistant."]),
    ("OpenVPN", &[" TLS Error: "]),
    ("unbound", &["unbound["]),
    ("FreeSWITCH", &["] sofia", ".c:"]),
    ("Vaultwarden", &["[vaultwarden::"]),
    ("Asterisk", &["NOTICE[", ".c:"]),
    ("Asterisk", &["WARNING[", ".c:"]),
    ("Asterisk", &["SECURITY[", "SecurityEvent="]),
    ("ProFTPD", &["proftpd["]),
    ("Pure-FTPd", &["pure-ftpd"]),
    ("vsftpd", &["FAIL LOGIN: Client"]),
    ("vsftpd", &["OK LOGIN: Client"]),
    ("Dovecot", &["dovecot: "]),
    ("LiteSpeed's error log", &[" [NOTICE] [", "] "]),
    ("LiteSpeed's error log", &[" [INFO] [", "] "]),
    ("MongoDB", &[" NETWORK ", "[listener]"]),
    ("MongoDB", &[" ACCESS ", "[conn"]),
];

/// Named with what to do, since many have it.
const FASTIFY: &str = "Fastify, whose records tell either the request or the response (`formats show pino` \
                       says how to log both in one)";

/// What most of these lines look like, if they look like anything that is known.
pub(super) fn of(lines: &[&[u8]], context: &ParseContext) -> Option<String> {
    if let Some(path) = lines.iter().find_map(|line| zeek_path(line)) {
        return Some(format!("Zeek's {path}.log"));
    }
    let mut looks: BTreeMap<String, usize> = BTreeMap::new();
    for line in lines {
        if let Some(look) = of_line(line) {
            *looks.entry(look).or_default() += 1;
        }
    }
    let (look, count) = looks.into_iter().max_by_key(|(_, count)| *count)?;
    if (count as f64) < lines.len() as f64 * MIN_ALIKE {
        return None;
    }
    if look != OTHER_JSON {
        return Some(look);
    }
    let first = lines.iter().find(|line| of_line(line).as_deref() == Some(OTHER_JSON))?;
    if let Some(fault) = fault_of(first, context) {
        return Some(fault);
    }
    let keys = keys_of(first).join(", ");
    Some(format!("{OTHER_JSON} with the keys {keys} (read.fields names its fields)"))
}

/// What a header of Zeek says that the lines are.
fn zeek_path(line: &[u8]) -> Option<String> {
    let path = line.strip_prefix(b"#path\t")?;
    let is_name = !path.is_empty() && path.len() <= MAX_NAME_BYTES;
    (is_name && path.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_'))
        .then(|| String::from_utf8_lossy(path).into_owned())
}

/// The field that cannot be read of an object that has the usual keys, and its value.
fn fault_of(line: &[u8], context: &ParseContext) -> Option<String> {
    let record = RawRecord { position: Position::default(), bytes: line };
    let reject = Json.parse(record, context).err()?;
    let RejectReason::Invalid(field) = reject.reason else { return None };
    let value = value_before(line.get(..(reject.column as usize).checked_sub(1)?)?);
    let value = if value.len() > MAX_VALUE_BYTES { "of too many bytes" } else { value };
    Some(format!("JSON with an invalid {field} {value}"))
}

/// The text or number that a piece of an object ends with, if it may be shown.
fn value_before(text: &[u8]) -> &str {
    let text = text.trim_ascii_end();
    let begins = match text.strip_suffix(b"\"") {
        Some(within) => memchr::memrchr(b'"', within),
        None => text.iter().rposition(|byte| b":,[{ ".contains(byte)).map(|at| at + 1),
    };
    let value = begins.map_or(&b""[..], |at| &text[at..]);
    let plain = value.iter().all(|byte| byte.is_ascii_graphic() || *byte == b' ');
    if plain { std::str::from_utf8(value).unwrap_or_default() } else { "" }
}

fn of_line(line: &[u8]) -> Option<String> {
    if line.contains(&0) {
        return Some("binary data".to_owned());
    }
    let mut room = Vec::new();
    for wrapper in WRAPPERS {
        room.clear();
        let Some(inner) = wrapper.strip(line, &mut room) else { continue };
        // A time alone, which many logs have, is no wrapper that one would name.
        if inner.program.is_empty() && !line.starts_with(b"{") {
            continue;
        }
        let service = service_of(inner.text).map(str::to_owned);
        if let Some(name) = service.or_else(|| program_of(inner.program)) {
            return Some(format!("{name} behind {}", wrapper.name()));
        }
    }
    if let Some(service) = service_of(line) {
        return Some(service.to_owned());
    }
    let is_object = line.trim_ascii().starts_with(b"{") && line.trim_ascii().ends_with(b"}");
    is_object.then(|| OTHER_JSON.to_owned())
}

/// The first keys of an object, as far as they are words.
fn keys_of(line: &[u8]) -> Vec<String> {
    let mut keys = Vec::new();
    let mut scanner = Scanner::new(line.trim_ascii());
    scanner.accept(b'{');
    while keys.len() < SHOWN_KEYS {
        scanner.skip_blanks();
        let Some(key) = scanner.string() else { break };
        let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || b"_-.@".contains(byte);
        if !key.raw.is_empty() && key.raw.len() <= MAX_NAME_BYTES && key.raw.iter().all(is_word) {
            keys.push(String::from_utf8_lossy(key.raw).into_owned());
        }
        scanner.skip_blanks();
        scanner.accept(b':');
        scanner.skip_blanks();
        if scanner.skip_value(MAX_DEPTH).is_none() {
            break;
        }
        scanner.skip_blanks();
        if !scanner.accept(b',') {
            break;
        }
    }
    keys
}

/// The program that syslog names, without its parts (`postfix/smtpd`) and its folder.
fn program_of(program: &[u8]) -> Option<String> {
    let bare = program.trim_ascii_start();
    let bare = bare
        .strip_prefix(b"/")
        .map_or(bare, |path| path.rsplit(|byte| *byte == b'/').next().unwrap_or_default());
    let name = bare.split(|byte| *byte == b'/').next().unwrap_or_default();
    let name = &name[..name.len().min(MAX_NAME_BYTES)];
    let is_level = matches!(name, b"DEBUG" | b"INFO" | b"WARN" | b"WARNING" | b"ERROR");
    let plain = !name.is_empty() && !is_level && name.iter().all(u8::is_ascii_graphic);
    plain.then(|| String::from_utf8_lossy(name).into_owned())
}

fn service_of(text: &[u8]) -> Option<&'static str> {
    let holds = |needles: &&[&str]| {
        needles.iter().all(|needle| memmem::find(text, needle.as_bytes()).is_some())
    };
    SERVICES.iter().find(|(_, needles)| holds(needles)).map(|(name, _)| *name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_service_is_named_with_what_is_around_it() {
        let check = |line: &str, expect: Option<&str>| {
            let found = of(&[line.as_bytes()], &ParseContext::default());
            assert_eq!(found.as_deref(), expect, "{line}");
        };
        let syslog = "behind syslog (rfc3164)";
        check(
            "Nov 22 21:44:14 web1 sshd[17]: Invalid user admin from 192.0.2.7 port 4711",
            Some(&format!("sshd {syslog}")),
        );
        check(
            "Nov 22 21:44:14 web1 postfix/smtpd[17]: connect from unknown[192.0.2.7]",
            Some(&format!("postfix {syslog}")),
        );
        check("Nov 22 21:44:14 web1 kernel: eth0: up", Some(&format!("kernel {syslog}")));
        check(
            "2026-11-22T21:44:14.016382Z 12 [Note] Access denied for user 'root'@'192.0.2.7'",
            Some("MySQL"),
        );
        check(
            "2026-11-22 21:44:14.120 UTC [71] FATAL:  password authentication failed",
            Some("PostgreSQL"),
        );
        check(
            "2026/11/22 21:44:14 [error] 17#17: *9 open() failed, client: 192.0.2.7, server: _",
            Some("nginx's error log"),
        );
        check(
            "INFO:     192.0.2.7:52311 - \"GET /users/42 HTTP/1.1\" 200 OK",
            Some("uvicorn, whose lines carry no time"),
        );
        check("2026-11-22 10:00:01 1 [ERROR] InnoDB: Unable to lock ./ibdata1", Some("MySQL"));
        check(
            "2026-11-22T10:00:01.123456Z\t   12 Query\tSELECT * FROM users",
            Some("MySQL's general log"),
        );
        check("# User@Host: root[root] @ localhost []  Id: 12", Some("MySQL's slow log"));
        check(
            "2026-11-22 10:00:01.12 Logon       Error: 18456, Severity: 14, State: 8.",
            Some("the error log of SQL Server"),
        );
        check(
            "2026-11-22 10:00:01.12 spid51      Starting up database 'shop'.",
            Some("the error log of SQL Server"),
        );
        check(
            "2026-11-22 10:00:01.123456+00:00 [info] <0.123.0> accepting AMQP connection",
            Some("RabbitMQ"),
        );
        check(
            "2 123456789010 eni-0a1b 192.0.2.7 10.0.0.9 20641 22 6 20 4249 1418530010 1418530070 ACCEPT OK",
            Some("flow logs of a VPC"),
        );
        check("#path\tconn", Some("Zeek's conn.log"));
        check("some words of nobody in particular", None);
        check(
            r#"{"time":"yesterday","ip":"192.0.2.7","method":"GET","url":"/a","status":200}"#,
            Some(r#"JSON with an invalid time "yesterday""#),
        );
        check(
            r#"{"ip":"192.0.2.7","status":20,"time":"2026-11-22T21:44:14Z"}"#,
            Some("JSON with an invalid status 20"),
        );
        check("\0\0\0", Some("binary data"));
        check(
            r#"{"ts":1795383854.01,"uid":"C1","id.orig_h":"192.0.2.7","proto":"tcp"}"#,
            Some("Zeek in JSON, though not requests that can be read"),
        );
        check(
            r#"{"a":[1,{"b":"}"}],"c d":2,"e_f":"x\"y"}"#,
            Some("JSON of another kind with the keys a, e_f (read.fields names its fields)"),
        );
    }

    #[test]
    fn half_of_the_lines_must_look_alike() {
        let ssh = &b"Nov 22 21:44:14 web1 sshd[17]: Connection closed"[..];
        let context = ParseContext::default();
        assert!(of(&[ssh, b"a"], &context).is_some());
        assert!(of(&[ssh, b"a", b"b"], &context).is_none());
    }
}
