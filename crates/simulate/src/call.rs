use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

use domain::Timestamp;

use crate::Chance;
use crate::site::{Answer, Endpoint};

/// One API call, and who made it.
#[derive(Clone, Debug)]
pub struct Call {
    /// When it came.
    pub time: Timestamp,
    /// The address that opened the connection.
    pub peer: IpAddr,
    /// The `X-Forwarded-For` header; empty where none was sent.
    pub forwarded: String,
    /// The method.
    pub method: &'static str,
    /// Path and query.
    pub target: String,
    /// The status code.
    pub status: u16,
    /// Bytes of the response.
    pub response_bytes: u64,
    /// Milliseconds until the response was out.
    pub latency_ms: f64,
    /// The `User-Agent` header; empty where none was sent.
    pub agent: Arc<str>,
    /// The `Referer` header; empty where none was sent.
    pub referer: Arc<str>,
    /// The account, where somebody is signed in or tries to be.
    pub account: Option<Arc<str>>,
    /// The token or session that was presented.
    pub credential: Option<Arc<str>>,
    /// Who made it.
    pub origin: Origin,
}

/// Who made a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// Somebody ordinary, of this group.
    Ordinary(&'static str),
    /// The attack of this number.
    Attack(u32),
}

/// Somebody who calls: what all the calls of one have in common.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    pub(crate) peer: IpAddr,
    pub(crate) forwarded: String,
    pub(crate) agent: Arc<str>,
    pub(crate) referer: Arc<str>,
    pub(crate) account: Option<Arc<str>>,
    pub(crate) credential: Option<Arc<str>>,
    pub(crate) origin: Origin,
}

impl Caller {
    pub(crate) fn new(peer: IpAddr, agent: Arc<str>, origin: Origin) -> Self {
        Self {
            peer,
            forwarded: String::new(),
            agent,
            referer: "".into(),
            account: None,
            credential: None,
            origin,
        }
    }

    /// A call of an endpoint for an object.
    pub(crate) fn call(
        &self,
        time: Timestamp,
        endpoint: &Endpoint,
        object: u64,
        answer: Answer,
        chance: &mut Chance,
    ) -> Call {
        self.ask(time, endpoint.method, endpoint.path(object), answer, chance)
    }

    /// A call of any path.
    pub(crate) fn ask(
        &self,
        time: Timestamp,
        method: &'static str,
        target: String,
        answer: Answer,
        chance: &mut Chance,
    ) -> Call {
        // What is small and the same each time, such as an error, hardly varies.
        let spread = if answer.status >= 300 || answer.bytes < 600.0 { 0.02 } else { 0.35 };
        Call {
            time,
            peer: self.peer,
            forwarded: self.forwarded.clone(),
            method,
            target,
            status: answer.status,
            response_bytes: chance.around(answer.bytes.max(1.0), spread) as u64,
            latency_ms: chance.around(answer.latency_ms.max(0.1), 0.4),
            agent: self.agent.clone(),
            referer: self.referer.clone(),
            account: self.account.clone(),
            credential: self.credential.clone(),
            origin: self.origin,
        }
    }
}

/// Gives out addresses, none twice: those reserved for documentation and benchmarks (RFC 5737, RFC
/// 2544, RFC 3849) and, when these are used up, shared ones (RFC 6598).
#[derive(Clone, Debug, Default)]
pub struct Addresses {
    given: u32,
}

impl Addresses {
    /// Addresses of which so many were given out before.
    pub const fn after(given: u32) -> Self {
        Self { given }
    }

    /// The next address: IPv6 for one in eight.
    pub fn give(&mut self) -> IpAddr {
        let number = self.given;
        self.given += 1;
        if number % 8 == 7 {
            // Clients are told apart by their /64.
            let network = number / 8;
            let [high, low] = [(network >> 16) as u16, network as u16];
            return Ipv6Addr::new(0x2001, 0xdb8, high, low, 0, 0, 0, 1 + (number % 250) as u16)
                .into();
        }
        // An odd factor walks through all numbers of so many bits, each once.
        let scattered = number.wrapping_mul(0x9_e375) & 0x1_ffff;
        if number < 0x1_ffff {
            Ipv4Addr::from(0xc612_0000 | scattered).into()
        } else {
            Ipv4Addr::from(0x6440_0000 | number.wrapping_mul(0x9_e375) & 0x3f_ffff).into()
        }
    }
}

/// A token that looks like one, and says that it was made up.
pub(crate) fn token(chance: &mut Chance) -> Arc<str> {
    format!("simulated-{:016x}{:016x}", chance.bits(), chance.bits()).into()
}
