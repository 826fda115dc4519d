//! A request while a format fills it, field by field.

mod slot;

use std::borrow::Cow;
use std::net::Ipv4Addr;

use domain::{
    CredentialKind, Fingerprint, Method, Position, Reject, RejectReason, Request, Timestamp,
};

pub use slot::Slot;
use slot::{ASPECTS, Aspect};

use super::ParseContext;
use super::strftime::TimeParts;
use crate::escapes::percent_decoded;
use crate::{identity, redact, secrets, time};

/// A slot and how good a witness the field is for it: of several fields that say the same thing
/// (`request_uri` and `uri`), the one of the lowest rank wins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Field {
    pub(crate) slot: Slot,
    pub(crate) rank: u8,
}

/// No field has spoken yet.
const UNSET: u8 = u8::MAX;

/// A request being filled. What was never set stays empty.
pub(crate) struct Draft<'a> {
    request: Request<'a>,
    ranks: [u8; ASPECTS],
    path: Cow<'a, [u8]>,
    query: Cow<'a, [u8]>,
    parts: TimeParts,
    ends: Option<Timestamp>,
    /// The aspects that a field was there for, be it empty: a bit each.
    told: u32,
    /// Whether the user holds blanks that no quotes protect: more than one field may lie in it.
    user_is_loose: bool,
    context: &'a ParseContext,
}

impl<'a> Draft<'a> {
    pub(crate) fn new(position: Position, context: &'a ParseContext) -> Self {
        Self {
            request: Request { position, ..Request::default() },
            ranks: [UNSET; ASPECTS],
            path: Cow::Borrowed(b""),
            query: Cow::Borrowed(b""),
            parts: TimeParts::default(),
            ends: None,
            told: 0,
            user_is_loose: false,
            context,
        }
    }

    /// Takes in one field. Empty values and `-` say nothing.
    pub(crate) fn set(&mut self, field: Field, value: Cow<'a, [u8]>) -> Result<(), RejectReason> {
        let aspect = field.slot.aspect() as usize;
        self.told |= 1 << aspect;
        if field.rank > self.ranks[aspect] || value.is_empty() || &value[..] == b"-" {
            if field.slot == Slot::RequestLine {
                self.take_method(&value);
            }
            return Ok(());
        }
        if field.rank == self.ranks[aspect] && matches!(field.slot, Slot::Forwarded) {
            self.append_forwarded(&value);
            return Ok(());
        }
        let taken = self.store(field.slot, value)?;
        if taken {
            self.ranks[aspect] = field.rank;
        }
        Ok(())
    }

    /// Takes in the fields of a head: a peer that was read as an address, a time, a status, and the
    /// request line, which is not empty. No other field has told any of it before.
    pub(crate) fn set_head(
        &mut self,
        (field, peer, address): (Field, &'a [u8], Ipv4Addr),
        (time_field, time): (Field, Timestamp),
        (request_field, request): (Field, &'a [u8]),
        (status_field, status): (Field, u16),
    ) {
        self.request.peer = Cow::Borrowed(peer);
        self.request.peer_ipv4 = Some(address);
        self.request.time = time;
        self.set_request_line(Cow::Borrowed(request));
        self.request.status = Some(status);
        for field in [field, time_field, request_field, status_field] {
            self.mark(field);
        }
    }

    fn mark(&mut self, field: Field) {
        let aspect = field.slot.aspect() as usize;
        self.told |= 1 << aspect;
        self.ranks[aspect] = field.rank;
    }

    /// The user that is set next holds blanks, and nothing but the next field tells where it ends.
    pub(crate) fn mark_loose_user(&mut self) {
        self.user_is_loose = true;
    }

    /// Where a `strftime` pattern puts what it reads.
    pub(crate) fn time_parts(&mut self) -> &mut TimeParts {
        &mut self.parts
    }

    /// Stores a value that says something; `false` where it turned out not to.
    fn store(&mut self, slot: Slot, value: Cow<'a, [u8]>) -> Result<bool, RejectReason> {
        let invalid = || RejectReason::Invalid(slot.title());
        let clock = &self.context.clock;
        match slot {
            Slot::Time => {
                self.request.time = time::any_notation(&value, clock).ok_or_else(invalid)?
            }
            Slot::TimeClf => self.request.time = time::clf(&value, clock).ok_or_else(invalid)?,
            Slot::TimeIso => {
                self.request.time = time::iso_8601(&value, clock).ok_or_else(invalid)?
            }
            Slot::TimeEpoch => self.request.time = time::epoch(&value).ok_or_else(invalid)?,
            Slot::TimeMillisPart => {
                self.parts.micros = time::digits(&value).ok_or_else(invalid)?.min(999) * 1_000;
            }
            Slot::TimeMicrosPart => {
                self.parts.micros = time::digits(&value).ok_or_else(invalid)?.min(999_999);
            }
            // Two make a time, so that neither settles it.
            Slot::Date => {
                return self.parts.set_date(&value).map(|()| false).map_err(|()| invalid());
            }
            Slot::TimeOfDay => {
                return self.parts.set_clock(&value).map(|()| false).map_err(|()| invalid());
            }
            Slot::EndEpoch => self.ends = time::epoch(&value),
            Slot::Peer => self.request.peer = value,
            Slot::Forwarded => self.request.forwarded = value,
            // What tells `host address ident user` from `address ident user`.
            Slot::Ident if identity::is_address(&value) => return Err(invalid()),
            Slot::Ident => return Ok(false),
            // What Apache writes of a name that is empty.
            Slot::User if &value[..] == b"\"\"" => return Ok(false),
            Slot::User => self.request.user = value,
            Slot::RequestLine => self.set_request_line(value),
            Slot::Method => self.request.method = Method::from_token(&value),
            Slot::Target => self.request.target = value,
            Slot::Url => self.set_url(value),
            Slot::PathOrRequestLine if split_request_line(&value).is_some() => {
                self.set_request_line(value);
            }
            Slot::PathOrRequestLine => {
                self.path = value;
                return Ok(false);
            }
            Slot::Path => self.path = value,
            Slot::PathWithoutSlash if value.starts_with(b"/") => self.path = value,
            Slot::PathWithoutSlash => self.path = [b"/", &value[..]].concat().into(),
            Slot::Query => self.query = value,
            Slot::Host => self.request.host = value,
            Slot::ServerName if identity::is_server_name(&value) => self.request.host = value,
            Slot::ServerName => return Err(invalid()),
            Slot::Referer => self.request.referer = value,
            Slot::Agent => self.request.agent = value,
            Slot::AgentEncoded => self.request.agent = percent_decoded(value),
            Slot::Status => self.request.status = status(&value).ok_or_else(invalid)?,
            Slot::Location => self.request.location = value,
            // What HTTP archives write where nobody knows.
            Slot::ResponseBytes | Slot::RequestBytes if &value[..] == b"-1" => return Ok(false),
            Slot::ResponseBytes => {
                self.request.response_bytes = Some(whole(&value).ok_or_else(invalid)?)
            }
            Slot::RequestBytes => {
                self.request.request_bytes = Some(whole(&value).ok_or_else(invalid)?)
            }
            Slot::LatencySecs => return Ok(self.set_latency(&value, 6)),
            Slot::LatencyMillis => return Ok(self.set_latency(&value, 3)),
            Slot::LatencyMicros => return Ok(self.set_latency(&value, 0)),
            Slot::LatencyNanos => return Ok(self.set_latency(&value, -3)),
            Slot::LatencySecsOrMillis => {
                let whole = value.iter().all(u8::is_ascii_digit);
                return Ok(self.set_latency(&value, if whole { 3 } else { 6 }));
            }
            Slot::LatencyWithUnit => {
                let micros = scaled(&value, 6).or_else(|| with_unit(&value));
                self.request.latency_micros = micros.or(self.request.latency_micros);
                return Ok(micros.is_some());
            }
            Slot::Authorization => return Ok(self.set_authorization(&value)),
            Slot::Secret => return Ok(self.set_secret(&value, CredentialKind::Key)),
            Slot::SessionCookie => return Ok(self.set_secret(&value, CredentialKind::Cookie)),
            Slot::Cookies => {
                let cookie = secrets::session_cookie(&value);
                return Ok(cookie.is_some_and(|it| self.set_secret(it, CredentialKind::Cookie)));
            }
            Slot::SampleRate => self.request.is_sampled = is_sampled(&value),
            Slot::Ignored => {}
        }
        Ok(true)
    }

    fn append_forwarded(&mut self, value: &[u8]) {
        let chain = self.request.forwarded.to_mut();
        chain.extend_from_slice(b", ");
        chain.extend_from_slice(value);
    }

    /// Splits `GET /path?query HTTP/1.1`. A line that is no such thing is kept whole as the target
    /// of a request without method: a TLS hello, a scanner's greeting. A field that holds the method
    /// alone goes before.
    fn set_request_line(&mut self, line: Cow<'a, [u8]>) {
        let told = self.is_set(Aspect::Method);
        let Some((method, method_end, target_end)) = split_request_line(&line) else {
            if !told {
                self.request.method = Method::Missing;
            }
            self.request.target = line;
            return;
        };
        if !told {
            self.request.method = method;
        }
        self.request.target = match line {
            Cow::Borrowed(line) => Cow::Borrowed(&line[method_end + 1..target_end]),
            Cow::Owned(line) => Cow::Owned(line[method_end + 1..target_end].to_vec()),
        };
    }

    /// Splits `https://host/path?query`; a URL without scheme is all target.
    fn set_url(&mut self, url: Cow<'a, [u8]>) {
        let scheme = memchr::memmem::find(&url[..url.len().min(16)], b"://");
        let Some(scheme) = scheme.filter(|_| !url.starts_with(b"/")) else {
            self.request.target = url;
            return;
        };
        let host_at = scheme + 3;
        let host_end = url[host_at..].iter().position(|byte| matches!(byte, b'/' | b'?' | b'#'));
        let host_end = host_end.map_or(url.len(), |at| host_at + at);
        let host = slice(&url, host_at, host_end);
        if !self.is_set(Aspect::Host) {
            self.request.host = match memchr::memrchr(b'@', &host) {
                Some(at) => slice(&host, at + 1, host.len()),
                None => host,
            };
        }
        self.request.target = match slice(&url, host_end, url.len()) {
            target if target.starts_with(b"/") => target,
            query => Cow::Owned([b"/", &query[..]].concat()),
        };
    }

    /// The method of a request line whose target is not wanted, as a better field tells it.
    fn take_method(&mut self, line: &[u8]) {
        if !self.is_set(Aspect::Method)
            && let Some((method, _, _)) = split_request_line(line)
        {
            self.request.method = method;
        }
    }

    fn set_latency(&mut self, value: &[u8], micros_exponent: i32) -> bool {
        let micros = scaled(value, micros_exponent);
        self.request.latency_micros = micros.or(self.request.latency_micros);
        micros.is_some()
    }

    fn set_authorization(&mut self, value: &[u8]) -> bool {
        let Some(found) = secrets::authorization(value) else { return false };
        if !self.set_secret(found.secret, found.kind) {
            return false;
        }
        self.request.subject = Cow::Owned(found.subject);
        true
    }

    fn set_secret(&mut self, secret: &[u8], kind: CredentialKind) -> bool {
        let secret = secret.trim_ascii();
        // What a server writes that hides secrets itself tells nobody apart.
        let hidden =
            secret.is_empty() || secret == b"REDACTED" || secret.iter().all(|b| *b == b'*');
        if !hidden {
            self.request.credential = Some(self.fingerprint(secret));
            self.request.credential_kind = kind;
        }
        !hidden
    }

    fn fingerprint(&self, secret: &[u8]) -> Fingerprint {
        self.context.fingerprinter.fingerprint(secret)
    }

    fn tells(&self, any_of: &[Aspect]) -> bool {
        any_of.iter().any(|aspect| self.told & 1 << *aspect as u32 != 0)
    }

    /// Whether a field was there for the status code.
    pub(crate) fn tells_status(&self) -> bool {
        self.tells(&[Aspect::Status])
    }

    /// Whether the answer may send the client elsewhere, as far as it is known.
    pub(crate) fn may_redirect(&self) -> bool {
        self.request.status.is_none_or(|status| (300..400).contains(&status))
    }

    /// Whether a field has said something of what this slot decides.
    pub(crate) fn tells_slot(&self, slot: Slot) -> bool {
        self.is_set(slot.aspect())
    }

    /// Whether there are a method, a path and a status code.
    pub(crate) fn is_plain(&self) -> bool {
        let path = if self.path.is_empty() { &self.request.target } else { &self.path };
        let has_method = self.request.method != Method::Missing;
        has_method && path.starts_with(b"/") && self.request.status.is_some()
    }

    fn is_set(&self, aspect: Aspect) -> bool {
        self.ranks[aspect as usize] != UNSET
    }

    /// The finished request, if it has what every request has: a time, a client, and a place where
    /// method or target stand (a connection that sent none leaves it empty).
    #[inline]
    pub(crate) fn finish(mut self) -> Result<Request<'a>, Reject> {
        match self.complete() {
            Ok(()) => Ok(self.request),
            Err(reason) => Err(self.reject(0, reason)),
        }
    }

    fn complete(&mut self) -> Result<(), RejectReason> {
        if !self.is_set(Aspect::Time) {
            let time = self.parts.time(&self.context.clock);
            let time = time.or_else(|| self.context.stamp_time());
            self.request.time = time.ok_or(RejectReason::Missing("time"))?;
        } else if self.parts.micros > 0 && self.request.time.as_micros() % 1_000_000 == 0 {
            self.request.time = self.request.time.plus_micros(i64::from(self.parts.micros));
        }
        if let (Some(ends), None) = (self.ends, self.request.latency_micros) {
            let micros = ends.as_micros().checked_sub(self.request.time.as_micros());
            self.request.latency_micros = micros.and_then(|micros| u64::try_from(micros).ok());
        }
        if self.request.peer_ipv4.is_none() {
            self.check_peer()?;
        }
        if !self.tells(&[Aspect::Method, Aspect::Target, Aspect::Path]) {
            return Err(RejectReason::Missing("request"));
        }
        self.join_path_and_query();
        if redact::may_hold_secret(&self.request.target) {
            self.take_key_from_query();
            redact::hide_in_url(&mut self.request.target);
        }
        redact::hide_in_url(&mut self.request.referer);
        redact::hide_in_url(&mut self.request.location);
        Ok(())
    }

    fn check_peer(&mut self) -> Result<(), RejectReason> {
        if self.request.peer.is_empty() && !self.take_peer_from_chain() {
            return Err(RejectReason::Missing("client address"));
        }
        if !identity::is_peer(&self.request.peer) && !self.take_peer_from_list() {
            return Err(RejectReason::Invalid("client address"));
        }
        // `Nov 22 21:44:14 host nginx: 192.0.2.7 - ann` is no client called Nov with a long user.
        if self.user_is_loose && !identity::is_address(&self.request.peer) {
            return Err(RejectReason::Invalid("client address"));
        }
        Ok(())
    }

    /// Behind a balancer some logs hold the forwarded chain only: the address that its last writer
    /// saw is the peer.
    fn take_peer_from_chain(&mut self) -> bool {
        let chain = std::mem::take(&mut self.request.forwarded);
        let comma = memchr::memrchr(b',', &chain);
        self.request.peer = slice(&chain, comma.map_or(0, |at| at + 1), chain.len());
        self.request.forwarded = slice(&chain, 0, comma.unwrap_or(0));
        !self.request.peer.is_empty()
    }

    /// Some proxies write the whole chain where the client stands (`1.2.3.4,10.0.0.5`).
    fn take_peer_from_list(&mut self) -> bool {
        if memchr::memchr(b',', &self.request.peer).is_none() {
            return false;
        }
        self.request.forwarded = std::mem::take(&mut self.request.peer);
        self.take_peer_from_chain() && identity::is_peer(&self.request.peer)
    }

    fn join_path_and_query(&mut self) {
        if !self.request.target.is_empty() {
            return;
        }
        self.request.target = std::mem::take(&mut self.path);
        let query = self.query.strip_prefix(b"?").unwrap_or(&self.query);
        if !query.is_empty() && !self.request.target.contains(&b'?') {
            let target = self.request.target.to_mut();
            target.push(b'?');
            target.extend_from_slice(query);
        }
    }

    fn take_key_from_query(&mut self) {
        if self.request.credential.is_none()
            && let Some(key) = redact::api_key(&self.request.target)
        {
            self.request.credential = Some(self.fingerprint(key));
            self.request.credential_kind = CredentialKind::Key;
        }
    }

    /// The reject of the line that this draft was for.
    pub(crate) fn reject(&self, at: usize, reason: RejectReason) -> Reject {
        let column = u32::try_from(at + 1).unwrap_or(u32::MAX);
        Reject { position: self.request.position, column, reason }
    }

    #[cfg(test)]
    fn time(&self) -> Timestamp {
        self.request.time
    }
}

/// The trimmed part of a text, borrowed where the text is.
fn slice<'a>(text: &Cow<'a, [u8]>, from: usize, to: usize) -> Cow<'a, [u8]> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(text[from..to].trim_ascii()),
        Cow::Owned(text) => Cow::Owned(text[from..to].trim_ascii().to_vec()),
    }
}

/// The method of a request line and where it and the target end, if it is one: a method, a space, a
/// target that is not empty, and a protocol (which HTTP/0.9 leaves out for `GET`).
fn split_request_line(line: &[u8]) -> Option<(Method, usize, usize)> {
    // Methods are short: a look is cheaper than a search.
    let near = line.iter().take(8).position(|byte| *byte == b' ');
    let method_end = near.or_else(|| memchr::memchr(b' ', line))?;
    let method = Method::from_token(&line[..method_end]);
    let last_space = last_space(line).filter(|at| *at > method_end);
    let has_protocol = last_space.is_some_and(|at| line[at + 1..].starts_with(b"HTTP/"));
    let target_end = if has_protocol { last_space? } else { line.len() };
    let known = !matches!(method, Method::Missing | Method::Other);
    let plausible = method != Method::Missing && (has_protocol || known);
    (plausible && target_end > method_end + 1).then_some((method, method_end, target_end))
}

fn last_space(line: &[u8]) -> Option<usize> {
    // Nearly every line ends so: a look is cheaper than a search.
    if let [.., b' ', b'H', b'T', b'T', b'P', b'/', b'1', b'.', b'0' | b'1'] = line {
        return Some(line.len() - b" HTTP/1.1".len());
    }
    memchr::memrchr(b' ', line)
}

/// A status code; 0 and what proxies write when no answer was given (`000`) mean none.
fn status(text: &[u8]) -> Option<Option<u16>> {
    match time::digits(text)? {
        0 => Some(None),
        status @ 100..=999 => Some(Some(status as u16)),
        _ => None,
    }
}

/// Whether a sampling rate says that records were left out: 10 for one in ten, or 0.1. At 1 all are
/// there, and what is no number says nothing.
fn is_sampled(text: &[u8]) -> bool {
    let rate = std::str::from_utf8(text).ok().and_then(|text| text.parse::<f64>().ok());
    rate.is_some_and(|rate| rate.is_finite() && rate > 0.0 && rate != 1.0)
}

fn whole(text: &[u8]) -> Option<u64> {
    if text.is_empty() || text.len() > 19 {
        return None;
    }
    text.iter().try_fold(0, |value, byte| {
        byte.is_ascii_digit().then(|| value * 10 + u64::from(byte - b'0'))
    })
}

/// A decimal number times ten to the power of `exponent`, as a whole number.
fn scaled(text: &[u8], exponent: i32) -> Option<u64> {
    let point = memchr::memchr(b'.', text).unwrap_or(text.len());
    let digits_only =
        text.iter().enumerate().all(|(at, byte)| at == point || byte.is_ascii_digit());
    if !digits_only || text.len() > 18 || exponent < 0 {
        let value: f64 = std::str::from_utf8(text).ok()?.parse().ok()?;
        let micros = value * 10_f64.powi(exponent);
        return (micros.is_finite() && micros >= 0.0).then_some(micros as u64);
    }
    let scale = 10_u64.pow(exponent as u32);
    let fraction = text.get(point + 1..).unwrap_or(b"");
    let kept = &fraction[..fraction.len().min(exponent as usize)];
    let of_fraction = whole(kept).unwrap_or(0) * 10_u64.pow(exponent as u32 - kept.len() as u32);
    whole(&text[..point])?.checked_mul(scale)?.checked_add(of_fraction)
}

/// A sum of numbers, each with its unit behind it, in microseconds.
fn with_unit(text: &[u8]) -> Option<u64> {
    let mut rest = text;
    let mut sum = 0_u64;
    while !rest.is_empty() {
        let digits = rest.iter().take_while(|byte| byte.is_ascii_digit() || **byte == b'.').count();
        let (number, after) = rest.split_at(digits);
        let letters = after.iter().take_while(|byte| !byte.is_ascii_digit()).count();
        let (unit, after) = after.split_at(letters);
        let micros = match unit {
            b"ns" => scaled(number, -3)?,
            b"us" | b"\xc2\xb5s" | b"\xce\xbcs" => scaled(number, 0)?,
            b"ms" => scaled(number, 3)?,
            b"s" => scaled(number, 6)?,
            b"m" => scaled(number, 6)?.checked_mul(60)?,
            b"h" => scaled(number, 6)?.checked_mul(3_600)?,
            _ => return None,
        };
        sum = sum.checked_add(micros)?;
        rest = after;
    }
    Some(sum)
}

#[cfg(test)]
mod tests;
