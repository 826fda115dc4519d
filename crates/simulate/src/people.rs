//! People, with browsers and with apps.

use std::sync::Arc;

use domain::Timestamp;

use crate::call::{Addresses, Call, Caller, Origin, token};
use crate::site::{Endpoint, Owner, Role};
use crate::{Chance, Site};

/// When people come and how long the whole lasts.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Span {
    pub(crate) begins: Timestamp,
    pub(crate) lasts_secs: f64,
    /// Hours that local time is ahead of UTC.
    pub(crate) utc_offset_hours: f64,
}

impl Span {
    /// A moment in it at which somebody comes: few at night, most in the afternoon.
    pub(crate) fn arrival(&self, chance: &mut Chance) -> Timestamp {
        let any = |chance: &mut Chance| self.at(chance.unit() * self.lasts_secs * 0.97);
        let mut time = any(chance);
        // Drawn again until the hour takes it: the share of a day's visitors that an hour has, against
        // the busiest.
        for _ in 0..50 {
            let local = time.as_micros() as f64 / 3.6e9 + self.utc_offset_hours;
            let busy = 0.55 - 0.45 * ((local - 3.0) / 24.0 * std::f64::consts::TAU).cos();
            let weekend = matches!((local / 24.0).rem_euclid(7.0) as u32, 2 | 3);
            if chance.happens(if weekend { busy * 0.6 } else { busy }) {
                break;
            }
            time = any(chance);
        }
        time
    }

    pub(crate) fn at(&self, secs: f64) -> Timestamp {
        self.begins.plus_micros((secs * 1e6) as i64)
    }

    pub(crate) fn ends(&self) -> Timestamp {
        self.at(self.lasts_secs)
    }
}

/// Somebody before a screen, from the first page to the last.
pub(crate) struct Visitor {
    pub(crate) caller: Caller,
    pub(crate) account: Arc<str>,
}

impl Visitor {
    /// Somebody new at an address of their own.
    pub(crate) fn new(
        site: &Site,
        group: &'static str,
        addresses: &mut Addresses,
        chance: &mut Chance,
    ) -> Self {
        let caller = Caller::new(addresses.give(), site.agent(chance), Origin::Ordinary(group));
        Self { caller, account: chance.pick(&site.accounts).clone() }
    }

    /// A visit with a browser: a page, what it needs, the calls behind it, a pause, and on.
    pub(crate) fn browse(
        mut self,
        site: &Site,
        begins: Timestamp,
        chance: &mut Chance,
    ) -> (Vec<Call>, Option<Owner>) {
        let mut visit = Visit { calls: Vec::new(), time: begins };
        let mut owner = None;
        if chance.happens(0.7) {
            self.sign_in(site, &mut visit, chance);
            owner = self.caller.credential.clone();
        }
        let signed_in = visit.time;
        let pages = 2 + chance.around(6.0, 0.8) as usize;
        let objects = chance.below(40) as u64;
        for _ in 0..pages.min(80) {
            let Some(next) = walk(site, chance) else { break };
            self.open(site, next, objects, &mut visit, chance);
            visit.pause(chance.around(9.0, 1.0), chance);
        }
        let last = visit.calls.last().map_or(begins, |call| call.time);
        let owner = owner.map(|credential| Owner {
            account: Some(self.account.clone()),
            credential,
            peer: self.caller.peer,
            agent: self.caller.agent.clone(),
            first: signed_in,
            last,
        });
        (visit.calls, owner)
    }

    fn sign_in(&mut self, site: &Site, visit: &mut Visit, chance: &mut Chance) {
        let Some(door) = site.of(Role::SignIn).first().copied() else { return };
        self.caller.account = Some(self.account.clone());
        // One in eight mistypes, some of them more than once.
        let slips = if chance.happens(0.12) { 1 + chance.below(3) } else { 0 };
        for _ in 0..slips {
            visit.add(self.caller.call(visit.time, door, 1, door.failed, chance));
            visit.pause(chance.around(7.0, 0.5), chance);
        }
        visit.add(self.caller.call(visit.time, door, 1, door.answer, chance));
        self.caller.credential = Some(token(chance));
        visit.pause(0.6, chance);
    }

    /// One page or call, and what a browser fetches with it.
    fn open(
        &mut self,
        site: &Site,
        next: &Endpoint,
        objects: u64,
        visit: &mut Visit,
        chance: &mut Chance,
    ) {
        // People go back to the same few things.
        let object = objects * 25 + chance.below(25) as u64 + 1;
        let is_gone = next.has_object() && chance.happens(0.015);
        let answer = if is_gone { site.not_found } else { next.answer };
        let is_cached = next.role == Role::Page && chance.happens(0.15);
        let mut call = self.caller.call(visit.time, next, object, answer, chance);
        if is_cached {
            (call.status, call.response_bytes) = (304, 0);
        }
        let shown: Arc<str> = format!("https://shop.example{}", call.target).into();
        visit.add(call);
        self.caller.referer = shown;
        if next.role == Role::Page {
            for asset in site.of(Role::Asset) {
                if chance.happens(0.6) {
                    visit.pause(0.05, chance);
                    visit.add(self.caller.call(visit.time, asset, 1, asset.answer, chance));
                }
            }
        }
    }

    /// An app that asks for news every minute or so, and is sometimes used.
    pub(crate) fn poll(
        mut self,
        site: &Site,
        begins: Timestamp,
        lasts_secs: f64,
        chance: &mut Chance,
    ) -> (Vec<Call>, Option<Owner>) {
        self.caller.agent = format!("ShopApp/5.{} (iOS 18.1; iPhone15,4)", chance.below(4)).into();
        let mut visit = Visit { calls: Vec::new(), time: begins };
        self.sign_in(site, &mut visit, chance);
        let Some(credential) = self.caller.credential.clone() else {
            return (visit.calls, None);
        };
        let read = site.of_any(&[Role::List]);
        let news = *chance.pick(&read);
        let every = chance.between(25.0, 90.0);
        let moves = chance.happens(0.15);
        let ends = begins.plus_micros((lasts_secs * 1e6) as i64);
        let first = visit.time;
        while visit.time < ends {
            if chance.happens(0.2) {
                if let Some(next) = walk(site, chance).filter(|next| next.role != Role::Page) {
                    let object = chance.below(60) as u64;
                    visit.add(self.caller.call(visit.time, next, object, next.answer, chance));
                }
            } else {
                visit.add(self.caller.call(visit.time, news, 1, news.answer, chance));
            }
            visit.pause(every * chance.between(0.9, 1.1), chance);
            // Out of the house: from then on by another network.
            if moves && chance.happens(0.02) && visit.calls.len() < 40 {
                self.caller.peer = moved(self.caller.peer);
            }
        }
        let owner = Owner {
            account: Some(self.account.clone()),
            credential,
            peer: self.caller.peer,
            agent: self.caller.agent.clone(),
            first,
            last: visit.calls.last().map_or(first, |call| call.time),
        };
        (visit.calls, Some(owner))
    }
}

/// Where a phone is found that has left the house: in the network of its carrier (RFC 6598).
fn moved(from: std::net::IpAddr) -> std::net::IpAddr {
    let number = match from {
        std::net::IpAddr::V4(address) => u32::from(address),
        std::net::IpAddr::V6(address) => address.segments()[3].into(),
    };
    std::net::Ipv4Addr::from(0x6440_0000 | number.wrapping_mul(0x9e37) & 0x3f_ffff).into()
}

/// What somebody opens next.
pub(crate) fn walk<'a>(site: &'a Site, chance: &mut Chance) -> Option<&'a Endpoint> {
    let weights = site.endpoints.iter().map(|endpoint| match endpoint.role {
        Role::Asset | Role::SignIn | Role::Admin | Role::Health => 0.0,
        _ => endpoint.weight,
    });
    chance.weighted(weights).map(|place| &site.endpoints[place])
}

/// The calls of a visit so far, and its clock.
struct Visit {
    calls: Vec<Call>,
    time: Timestamp,
}

impl Visit {
    fn add(&mut self, call: Call) {
        self.calls.push(call);
    }

    /// Goes on after so many seconds, about.
    fn pause(&mut self, secs: f64, chance: &mut Chance) {
        let micros = (chance.around(secs, 0.3) * 1e6) as i64;
        self.time = self.time.plus_micros(micros.max(1_000));
    }
}
