use std::borrow::Cow;
use std::net::Ipv4Addr;

use crate::{AuthOutcome, CredentialKind, Fingerprint, Method, Position, Timestamp};

/// What a described sign-in endpoint's answer says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ToldSignIn {
    /// What became of the call; [`AuthOutcome::None`] where the answer says nothing.
    pub outcome: AuthOutcome,
    /// Whether nothing but the size of the answer says so.
    pub is_inferred: bool,
}

/// One API call as the log tells it, before anyone asks who made it.
///
/// Texts borrow from the line where the format allows it. They are bytes, not UTF-8, and may hold
/// anything. An absent text is empty; an absent number is `None`. There is no secret in here: a
/// token, key or cookie has become a [`Fingerprint`] while the line was parsed.
#[derive(Clone, Debug, Default)]
pub struct Request<'a> {
    /// Where the line begins.
    pub position: Position,
    /// Event time.
    pub time: Timestamp,
    /// The address (or host name) that opened the connection, as written.
    pub peer: Cow<'a, [u8]>,
    /// The `X-Forwarded-For` chain as written: claimed client first, nearest proxy last.
    pub forwarded: Cow<'a, [u8]>,
    /// The address in `peer`, where whoever filled it has read it already: nobody needs to again.
    pub peer_ipv4: Option<Ipv4Addr>,
    /// The authenticated user as the server names it (`remote_user`, a JSON field).
    pub user: Cow<'a, [u8]>,
    /// The `sub` claim of a bearer JWT, or the user name of Basic credentials: decoded, not verified,
    /// so never trusted over `user`.
    pub subject: Cow<'a, [u8]>,
    /// Keyed fingerprint of the token, API key or session cookie.
    pub credential: Option<Fingerprint>,
    /// What that credential is.
    pub credential_kind: CredentialKind,
    /// The method.
    pub method: Method,
    /// The request target as written: path and query, or absolute form.
    pub target: Cow<'a, [u8]>,
    /// The host asked for.
    pub host: Cow<'a, [u8]>,
    /// The `Referer` header.
    pub referer: Cow<'a, [u8]>,
    /// The `User-Agent` header.
    pub agent: Cow<'a, [u8]>,
    /// The response's status code.
    pub status: Option<u16>,
    /// The response's `Location` header: it tells what became of a sign-in, and nothing keeps it.
    pub location: Cow<'a, [u8]>,
    /// Bytes of the response as the format counts them (body, or body and head).
    pub response_bytes: Option<u64>,
    /// Bytes of the request.
    pub request_bytes: Option<u64>,
    /// What became of a call to a sign-in endpoint that the configuration describes.
    pub told: Option<ToldSignIn>,
    /// Whether the record says that it was picked from several: its sampling rate is not 1.
    pub is_sampled: bool,
    /// Time from the request's first byte to the response's last, in microseconds.
    pub latency_micros: Option<u64>,
}
