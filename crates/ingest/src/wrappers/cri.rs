//! `2026-11-22T21:44:14.016Z stdout F ...`: the files below `/var/log/pods` of Kubernetes.

use super::syslog::leading_rfc_3339;
use super::{Inner, Wrapper};

/// The log files of container runtimes (CRI: containerd, CRI-O).
#[derive(Clone, Copy, Debug)]
pub struct Cri;

impl Wrapper for Cri {
    fn name(&self) -> &'static str {
        "kubernetes (cri)"
    }

    fn title(&self) -> &'static str {
        "log files of containers under Kubernetes (CRI: containerd, CRI-O)"
    }

    fn example(&self) -> &'static str {
        r#"2026-11-22T21:44:14.016382957Z stdout F 192.0.2.7 - ann [22/Nov/2026:21:44:14 +0000] "GET /users/42 HTTP/1.1" 200 271 "-" "curl/8.6.0""#
    }

    fn splits(&self) -> bool {
        true
    }

    fn strip<'a>(&self, line: &'a [u8], _: &'a mut Vec<u8>) -> Option<Inner<'a>> {
        let (stamp, rest) = leading_rfc_3339(line)?;
        let rest = rest.strip_prefix(b"stdout ").or_else(|| rest.strip_prefix(b"stderr "))?;
        // Tags are parted by colons; the first tells whether the line is whole.
        let tags_end = memchr::memchr(b' ', rest)?;
        let goes_on = match &rest[..tags_end] {
            [b'F'] | [b'F', b':', ..] => false,
            [b'P'] | [b'P', b':', ..] => true,
            _ => return None,
        };
        let at = line.len() - rest.len() + tags_end + 1;
        Some(Inner { stamp, goes_on, ..Inner::from(line, at) })
    }
}
