//! What a value is, told by what it looks like: for logs that do not write which field it is.

use super::draft::Slot;
use crate::identity;

/// The slot of a header's value, where it can be nothing else.
pub(super) fn slot_of_header(value: &[u8]) -> Option<Slot> {
    if value.is_empty() || value == b"-" {
        return None;
    }
    let mut addresses = value.split(|byte| *byte == b',').map(<[u8]>::trim_ascii);
    if addresses.all(identity::is_address) {
        return Some(Slot::Forwarded);
    }
    if value.starts_with(b"http://") || value.starts_with(b"https://") {
        return Some(Slot::Referer);
    }
    if value.starts_with(b"Bearer ") || value.starts_with(b"Basic ") {
        return Some(Slot::Authorization);
    }
    if value.contains(&b'.') && identity::is_peer(value) {
        return Some(Slot::Host);
    }
    is_agent(value).then_some(Slot::Agent)
}

/// `name/1.2 ...`, as agents begin.
fn is_agent(value: &[u8]) -> bool {
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_. ".contains(byte);
    memchr::memchr(b'/', value).is_some_and(|at| {
        at > 0
            && value[..at].iter().all(is_name)
            && value.get(at + 1).is_some_and(u8::is_ascii_digit)
    })
}

/// Whether a bare value is a number of seconds as nginx writes them: with three decimals.
pub(super) fn is_nginx_secs(value: &[u8]) -> bool {
    let Some((whole, fraction)) = value.split_last_chunk::<4>() else { return false };
    !whole.is_empty()
        && whole.len() < 8
        && fraction[0] == b'.'
        && whole.iter().chain(&fraction[1..]).all(u8::is_ascii_digit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_told_by_its_looks_or_not_at_all() {
        let check =
            |value: &str, slot| assert_eq!(slot_of_header(value.as_bytes()), slot, "{value}");
        check("192.0.2.7, 10.0.0.1", Some(Slot::Forwarded));
        check("https://example.com/", Some(Slot::Referer));
        check("api.example.com:443", Some(Slot::Host));
        check("Mozilla/5.0 (X11)", Some(Slot::Agent));
        check("Go http/1 client", Some(Slot::Agent));
        for other in ["", "-", "a3f9", "/users/42", "text/html", "gzip"] {
            check(other, None);
        }
        assert!(is_nginx_secs(b"0.016") && is_nginx_secs(b"12.000"));
        for other in ["0.16", "16", ".016", "0.0161", "1.2.003", "-0.016"] {
            assert!(!is_nginx_secs(other.as_bytes()), "{other}");
        }
    }
}
