//! Secrets become fingerprints while a line is parsed, and are seen nowhere after it.

use std::fmt;
use std::num::NonZeroU64;

use domain::{CredentialKind, Fingerprint};

/// Longest part of a token that is decoded: more is no claim that anyone would write.
const MAX_CLAIMS_BYTES: usize = 4_096;

/// Turns secrets into keyed fingerprints.
///
/// The same secret under the same key gives the same fingerprint; without the key nobody can tell
/// whether a guessed secret is the one behind a fingerprint.
#[derive(Clone)]
pub struct Fingerprinter {
    key: [u8; 32],
}

/// The key is a secret too.
impl fmt::Debug for Fingerprinter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Fingerprinter")
    }
}

impl Fingerprinter {
    /// A fingerprinter of this key.
    pub const fn new(key: [u8; 32]) -> Self {
        Self { key }
    }

    /// A fingerprinter whose key is derived from the beginning of a log: the same log gives the
    /// same fingerprints, another log other ones. Whoever holds the log can derive the key, but
    /// they hold the secrets as well; an operator who publishes fingerprints sets a key of their
    /// own.
    pub fn from_log_head(head: &[u8]) -> Self {
        Self::new(blake3::derive_key("apiwarden 2026 fingerprints of one log", head))
    }

    /// The first 64 bits of the keyed BLAKE3 of a secret.
    pub fn fingerprint(&self, secret: &[u8]) -> Fingerprint {
        let hash = blake3::keyed_hash(&self.key, secret);
        let head = hash.as_bytes().first_chunk().expect("a BLAKE3 hash has 32 bytes");
        Fingerprint(NonZeroU64::new(u64::from_le_bytes(*head)).unwrap_or(NonZeroU64::MIN))
    }

    /// A number for seeding hash tables that says nothing about the key.
    pub fn seed(&self) -> u64 {
        let key = blake3::derive_key("apiwarden 2026 seed of hash tables", &self.key);
        u64::from_le_bytes(*key.first_chunk().expect("a derived key has 32 bytes"))
    }
}

/// What an `Authorization` header says: whom it names, and the secret that stands for them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Authorization<'a> {
    /// The JWT's `sub`, or the user name of Basic: claimed, not verified. May be empty.
    pub(crate) subject: Vec<u8>,
    /// The token, or the header's whole value where the scheme has no single one.
    pub(crate) secret: &'a [u8],
    /// What the secret is.
    pub(crate) kind: CredentialKind,
}

/// Takes an `Authorization` header's value apart; `None` where it holds no credential.
pub(crate) fn authorization(value: &[u8]) -> Option<Authorization<'_>> {
    let value = value.trim_ascii();
    if value.is_empty() || value == b"-" {
        return None;
    }
    let space = memchr::memchr(b' ', value).unwrap_or(value.len());
    let (scheme, rest) = value.split_at(space);
    let rest = rest.trim_ascii();
    let secret = if rest.is_empty() { value } else { rest };
    let (subject, kind) = if scheme.eq_ignore_ascii_case(b"basic") {
        (basic_user(rest), CredentialKind::Password)
    } else if scheme.eq_ignore_ascii_case(b"apikey") || names_a_key(secret) {
        (None, CredentialKind::Key)
    } else {
        (jwt_subject(secret), CredentialKind::Token)
    };
    Some(Authorization { subject: subject.unwrap_or_default(), secret, kind })
}

/// Whether a secret says by its beginning that it is an API key, as those of payment services and many after
/// them do (`sk_live_…`).
fn names_a_key(secret: &[u8]) -> bool {
    const BEGINNINGS: [&[u8]; 8] =
        [b"sk_", b"pk_", b"rk_", b"ak_", b"key_", b"key-", b"api_", b"api-"];
    BEGINNINGS.iter().any(|beginning| secret.starts_with(beginning))
}

fn basic_user(encoded: &[u8]) -> Option<Vec<u8>> {
    let decoded = base64(encoded.get(..encoded.len().min(MAX_CLAIMS_BYTES))?)?;
    let colon = memchr::memchr(b':', &decoded)?;
    (colon > 0).then(|| decoded[..colon].to_vec())
}

/// The `sub` claim of a JWT (RFC 7519): decoded, never verified.
pub(crate) fn jwt_subject(token: &[u8]) -> Option<Vec<u8>> {
    if !token.starts_with(b"eyJ") {
        return None;
    }
    let claims = token.split(|byte| *byte == b'.').nth(1)?;
    if claims.len() > MAX_CLAIMS_BYTES {
        return None;
    }
    let claims: serde_json::Value = serde_json::from_slice(&base64(claims)?).ok()?;
    match claims.get("sub")? {
        serde_json::Value::String(text) if !text.is_empty() => Some(text.clone().into_bytes()),
        serde_json::Value::Number(number) => Some(number.to_string().into_bytes()),
        _ => None,
    }
}

/// Decodes base64 in either alphabet, padded or not (RFC 4648).
fn base64(text: &[u8]) -> Option<Vec<u8>> {
    let padding = text.iter().rev().take_while(|byte| **byte == b'=').count();
    let mut decoded = Vec::with_capacity(text.len() / 4 * 3 + 3);
    let (mut bits, mut bit_count) = (0_u32, 0);
    for byte in &text[..text.len() - padding] {
        let six = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            _ => return None,
        };
        bits = bits << 6 | u32::from(six);
        bit_count += 6;
        if bit_count >= 8 {
            bit_count -= 8;
            decoded.push((bits >> bit_count) as u8);
        }
    }
    Some(decoded)
}

/// The value of the session cookie in a `Cookie` header, if one goes by a name that is commonly
/// that of a session.
pub(crate) fn session_cookie(header: &[u8]) -> Option<&[u8]> {
    header.split(|byte| *byte == b';').find_map(|pair| {
        let equals = memchr::memchr(b'=', pair)?;
        let (name, value) = (pair[..equals].trim_ascii(), pair[equals + 1..].trim_ascii());
        (is_session_cookie_name(name) && !value.is_empty()).then_some(value)
    })
}

/// Whether a cookie of this name commonly carries a session.
pub(crate) fn is_session_cookie_name(name: &[u8]) -> bool {
    let bare = [&b"__host-"[..], b"__secure-"]
        .iter()
        .find(|prefix| {
            name.len() > prefix.len() && name[..prefix.len()].eq_ignore_ascii_case(prefix)
        })
        .map_or(name, |prefix| &name[prefix.len()..]);
    // All of the names below end so, and few others do: most are done with one look.
    if !matches!(bare, [.., b'd' | b'D' | b'n' | b'N' | b's' | b'S']) {
        return false;
    }
    const NAMES: [&[u8]; 14] = [
        b"sid",
        b"session",
        b"sessionid",
        b"session_id",
        b"sess",
        b"connect.sid",
        b"jsessionid",
        b"phpsessid",
        b"aspsessionid",
        b"asp.net_sessionid",
        b"laravel_session",
        b"auth_token",
        b"access_token",
        b"token",
    ];
    const ENDS: [&[u8]; 4] = [b"_session", b"-session", b"_sid", b"sessionid"];
    let ends_in = |end: &&[u8]| {
        bare.len() >= end.len() && bare[bare.len() - end.len()..].eq_ignore_ascii_case(end)
    };
    NAMES.iter().any(|known| bare.eq_ignore_ascii_case(known)) || ENDS.iter().any(ends_in)
}

#[cfg(test)]
mod tests {
    use super::*;

    // {"sub":"svc-bi","exp":1} and {"sub":42}, with signatures made of nothing.
    const TEXT_SUB: &str = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJzdmMtYmkiLCJleHAiOjF9.sig";
    const NUMBER_SUB: &str = "eyJhbGciOiJub25lIn0.eyJzdWIiOjQyfQ.sig";

    #[test]
    fn a_header_names_its_subject_and_its_secret() {
        let check = |value: &str, subject: &str, secret: &str| {
            let found = authorization(value.as_bytes()).unwrap();
            assert_eq!((found.subject, found.secret), (subject.into(), secret.as_bytes()));
        };
        check(&format!("Bearer {TEXT_SUB}"), "svc-bi", TEXT_SUB);
        check(&format!("bearer  {NUMBER_SUB}"), "42", NUMBER_SUB);
        check("Basic YW5uOnNlY3JldA==", "ann", "YW5uOnNlY3JldA==");
        check("Bearer opaque", "", "opaque");
        check("ApiKeyWithoutScheme", "", "ApiKeyWithoutScheme");
        check("Bearer eyJ.!!!.x", "", "eyJ.!!!.x");
        assert_eq!(authorization(b" - "), None);
    }

    #[test]
    fn the_session_is_found_among_other_cookies() {
        let found = session_cookie(b"theme=dark; _ga=1; connect.sid=s%3Aabc; x=y");
        assert_eq!(found, Some(&b"s%3Aabc"[..]));
        assert_eq!(session_cookie(b"theme=dark; sid="), None);
        assert!(is_session_cookie_name(b"__Host-my_app_session"));
        for name in ["SESS", "PHPSESSID", "asp.net_sessionid", "AUTH_TOKEN", "a-SESSION", "a_sid"] {
            assert!(is_session_cookie_name(name.as_bytes()), "{name}");
        }
        assert!(!is_session_cookie_name(b"consent"));
    }

    #[test]
    fn another_key_gives_another_fingerprint() {
        let (one, two) = (Fingerprinter::from_log_head(b"a"), Fingerprinter::from_log_head(b"b"));
        assert_eq!(one.fingerprint(b"secret"), one.clone().fingerprint(b"secret"));
        assert_ne!(one.fingerprint(b"secret"), two.fingerprint(b"secret"));
        assert_eq!(format!("{one:?}"), "Fingerprinter");
    }
}
