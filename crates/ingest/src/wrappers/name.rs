//! Names of containers and programs before a line.

use super::syslog::{leading_tag, word};
use super::{Inner, Wrapper};

/// Longest name that is looked for.
const MAX_NAME_BYTES: usize = 256;

/// `api-1  | ...`: what `docker compose logs` writes, with or without colours; `api.1.x8lq@node1  | ...`
/// of `docker service logs`.
#[derive(Clone, Copy, Debug)]
pub struct Compose;

impl Wrapper for Compose {
    fn name(&self) -> &'static str {
        "docker compose"
    }

    fn title(&self) -> &'static str {
        "output of `docker compose logs`, `docker service logs` and process managers: a name and a bar \
         before the line"
    }

    fn example(&self) -> &'static str {
        r#"api-1  | 192.0.2.7 - ann [22/Nov/2026:21:44:14 +0000] "GET /users/42 HTTP/1.1" 200 271 "-" "curl/8.6.0""#
    }

    fn strip<'a>(&self, line: &'a [u8], _: &'a mut Vec<u8>) -> Option<Inner<'a>> {
        let bar = memchr::memchr(b'|', &line[..line.len().min(MAX_NAME_BYTES)])?;
        let head = without_colour(&line[..bar]).trim_ascii_end();
        // Process managers put a time of day before the name.
        let name = word(head).map_or(head, |(_, name)| name);
        let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || b"_-./@".contains(byte);
        if name.is_empty() || !name.iter().all(is_name) || !line[..bar].ends_with(b" ") {
            return None;
        }
        let rest = without_colour(&line[bar + 1..]);
        let rest = without_colour(rest.strip_prefix(b" ").unwrap_or(rest));
        Some(Inner { program: name, ..Inner::from(line, line.len() - rest.len()) })
    }
}

/// `[pod/api-5d9f/app] ...`: what `kubectl logs --prefix` writes.
#[derive(Clone, Copy, Debug)]
pub struct KubectlPrefix;

impl Wrapper for KubectlPrefix {
    fn name(&self) -> &'static str {
        "kubectl (prefix)"
    }

    fn title(&self) -> &'static str {
        "output of `kubectl logs --prefix`: the pod and container before the line"
    }

    fn example(&self) -> &'static str {
        r#"[pod/api-5d9f8c7b6-x2x4q/nginx] 192.0.2.7 - ann [22/Nov/2026:21:44:14 +0000] "GET /users/42 HTTP/1.1" 200 271 "-" "curl/8.6.0""#
    }

    fn strip<'a>(&self, line: &'a [u8], _: &'a mut Vec<u8>) -> Option<Inner<'a>> {
        let rest = without_colour(line).strip_prefix(b"[pod/")?;
        let end = memchr::memchr(b']', &rest[..rest.len().min(MAX_NAME_BYTES)])?;
        let text = without_colour(&rest[end + 1..]).strip_prefix(b" ")?;
        let program = rest[..end].rsplit(|byte| *byte == b'/').next().unwrap_or_default();
        Some(Inner { program, ..Inner::from(line, line.len() - text.len()) })
    }
}

/// `api-5d9f8c7b6-x2x4q nginx ...`: what `stern` writes.
#[derive(Clone, Copy, Debug)]
pub struct Stern;

impl Wrapper for Stern {
    fn name(&self) -> &'static str {
        "stern"
    }

    fn title(&self) -> &'static str {
        "output of `stern`: the pod and container before the line, and the namespace before them"
    }

    fn example(&self) -> &'static str {
        r#"api-5d9f8c7b6-x2x4q nginx 192.0.2.7 - ann [22/Nov/2026:21:44:14 +0000] "GET /users/42 HTTP/1.1" 200 271 "-" "curl/8.6.0""#
    }

    fn strip<'a>(&self, line: &'a [u8], _: &'a mut Vec<u8>) -> Option<Inner<'a>> {
        let (first, rest) = coloured_name(line)?;
        let (second, rest) = coloured_name(rest)?;
        // A namespace comes first where all of them are followed.
        let third =
            coloured_name(rest).filter(|(_, after)| is_pod(second) && !after.starts_with(b"- "));
        let (pod, program, text) = match third {
            Some((container, text)) => (second, container, text),
            None => (first, second, rest),
        };
        is_pod(pod).then(|| Inner { program, ..Inner::from(line, line.len() - text.len()) })
    }
}

/// A name of Kubernetes at the beginning of a text, in colour or not, and what follows the blank.
fn coloured_name(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let text = without_colour(text);
    let is_name = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || *byte == b'-';
    let length = text.iter().take(MAX_NAME_BYTES).take_while(|byte| is_name(byte)).count();
    let (name, rest) = text.split_at(length);
    let rest = without_colour(without_colour(rest).strip_prefix(b" ")?);
    name.iter().any(u8::is_ascii_lowercase).then_some((name, rest))
}

/// Whether a name is like that of a pod: a set's name, and what tells its members apart.
fn is_pod(name: &[u8]) -> bool {
    let mut parts = name.rsplit(|byte| *byte == b'-');
    let last = parts.next().unwrap_or_default();
    parts.next().is_some() && !last.is_empty() && !name.starts_with(b"-")
}

/// `nginx: ...`, `web1 nginx[17]: ...`: what is left where a collector dropped the time.
#[derive(Clone, Copy, Debug)]
pub struct Process;

impl Wrapper for Process {
    fn name(&self) -> &'static str {
        "process name"
    }

    fn title(&self) -> &'static str {
        "the name of a program and a colon before the line, or a host and that"
    }

    fn example(&self) -> &'static str {
        r#"web1 nginx[17]: 192.0.2.7 - ann [22/Nov/2026:21:44:14 +0000] "GET /users/42 HTTP/1.1" 200 271 "-" "curl/8.6.0""#
    }

    fn strip<'a>(&self, line: &'a [u8], _: &'a mut Vec<u8>) -> Option<Inner<'a>> {
        let is_host = |host: &&[u8]| {
            host.iter().all(|byte| byte.is_ascii_alphanumeric() || b"_-.:".contains(byte))
        };
        let after_host = || word(line).filter(|(host, _)| is_host(host)).map(|(_, rest)| rest);
        let tag = leading_tag(line).or_else(|| leading_tag(after_host()?));
        // An address and a port have a colon as well.
        let (program, text) = tag.filter(|(name, _)| name.iter().any(u8::is_ascii_alphabetic))?;
        if !line[..line.len() - text.len()].ends_with(b" ") {
            return None;
        }
        Some(Inner { program, ..Inner::from(line, line.len() - text.len()) })
    }
}

/// A text without the codes of colours that stand at its beginning.
pub(super) fn without_colour(mut text: &[u8]) -> &[u8] {
    while let Some(rest) = text.strip_prefix(b"\x1b[") {
        let Some(end) = rest.iter().take(16).position(|byte| *byte == b'm') else { break };
        text = &rest[end + 1..];
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_of_a_swarm_names_task_and_node() {
        let mut room = Vec::new();
        let inner = Compose.strip(b"web.1.x8lq0f@node1    | 192.0.2.7 - -", &mut room).unwrap();
        assert_eq!(
            (inner.program, inner.text),
            (&b"web.1.x8lq0f@node1"[..], &b"192.0.2.7 - -"[..])
        );
    }
}
