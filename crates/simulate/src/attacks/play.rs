use std::net::Ipv4Addr;
use std::sync::Arc;

use domain::{Threat, Timestamp};

use super::{MAX_CALLS, MAX_CLIENTS, Plan, words};
use crate::call::{Addresses, Call, Caller, Origin, token};
use crate::site::{Answer, Endpoint, Owner, Role};
use crate::{Chance, Site};

/// Plays a plan: its calls, in no order.
pub(super) fn calls(
    plan: &Plan,
    number: u32,
    site: &Site,
    addresses: &mut Addresses,
    chance: &mut Chance,
) -> Vec<Call> {
    let player = Player {
        plan,
        site,
        calls: plan.calls.clamp(1, MAX_CALLS),
        clients: plan.clients.clamp(1, MAX_CLIENTS),
        origin: Origin::Attack(number),
    };
    match plan.threat {
        Threat::AutomatedBots => player.scrape(addresses, chance),
        Threat::BruteForce => player.sign_in(1.max(plan.accounts / 30), addresses, chance),
        Threat::CredentialStuffing => player.sign_in(plan.accounts.max(8), addresses, chance),
        Threat::SessionHijacking => player.hijack(addresses, chance),
        Threat::TokenAbuse => player.share_token(addresses, chance),
        Threat::VulnerabilityProbing => player.probe(addresses, chance),
        Threat::IpSpoofing => player.spoof(addresses, chance),
        Threat::UnauthorizedAccess => player.trespass(addresses, chance),
        Threat::Unclassified => Vec::new(),
    }
}

struct Player<'a> {
    plan: &'a Plan,
    site: &'a Site,
    calls: usize,
    clients: usize,
    origin: Origin,
}

impl Player<'_> {
    /// The times of `calls` calls over the plan's time: even for a machine that does not care,
    /// scattered for one that plays a person.
    fn times(&self, calls: usize, chance: &mut Chance) -> Vec<Timestamp> {
        let gaps = self.gaps(calls, chance);
        let scale = self.plan.lasts_secs / gaps.iter().sum::<f64>().max(1e-9);
        let mut at = 0.0;
        let step = |gap: &f64| {
            at += gap * scale;
            self.plan.begins.plus_micros((at * 1e6) as i64)
        };
        gaps.iter().map(step).collect()
    }

    /// The gaps between calls, in any unit: those of the site's visitors, as far as they are imitated.
    fn gaps(&self, calls: usize, chance: &mut Chance) -> Vec<f64> {
        let (mimicry, own) = (self.plan.mimicry, &self.site.habits.gaps_secs);
        let sigma = 0.05 + 1.2 * mimicry;
        let usual = own.iter().sum::<f64>() / own.len().max(1) as f64;
        let gap = |_| {
            if own.is_empty() {
                chance.around(1.0, sigma)
            } else if chance.happens(mimicry) {
                *chance.pick(own)
            } else {
                chance.around(usual, sigma)
            }
        };
        (0..calls).map(gap).collect()
    }

    /// Somebody who attacks, as open about it as the plan is.
    fn attacker(&self, openly: &[&str], addresses: &mut Addresses, chance: &mut Chance) -> Caller {
        let agent: Arc<str> = if chance.happens(self.plan.mimicry.sqrt()) {
            self.site.agent(chance)
        } else {
            (*chance.pick(openly)).into()
        };
        let mut attacker = Caller::new(addresses.give(), agent, self.origin);
        if chance.happens(self.plan.mimicry.sqrt() * self.site.referer_share) {
            attacker.referer = "https://shop.example/".into();
        }
        attacker
    }

    /// Calls divided among the clients, at least one each.
    fn shares(&self) -> impl Iterator<Item = usize> {
        let clients = self.clients.min(self.calls);
        let (each, more) = (self.calls / clients, self.calls % clients);
        (0..clients).map(move |client| each + usize::from(client < more))
    }

    /// Reads everything once, object after object.
    fn scrape(&self, addresses: &mut Addresses, chance: &mut Chance) -> Vec<Call> {
        let read = self.site.of_any(&[Role::Object, Role::List, Role::Page]);
        let mut calls = Vec::with_capacity(self.calls);
        for share in self.shares() {
            let mut bot = self.attacker(&words::TOOLS, addresses, chance);
            if chance.happens(0.3) {
                bot.credential = Some(token(chance));
            }
            let (begins, lists) = (chance.below(50_000) as u64, chance.unit() * 0.3);
            let main = *chance.pick(&read);
            for (step, time) in self.times(share, chance).into_iter().enumerate() {
                let next = if chance.happens(lists) { *chance.pick(&read) } else { main };
                let is_gone = next.has_object() && chance.happens(0.03);
                let answer = if is_gone { self.site.not_found } else { next.answer };
                calls.push(bot.call(time, next, begins + step as u64, answer, chance));
            }
        }
        calls
    }

    /// Tries passwords on so many accounts.
    fn sign_in(
        &self,
        accounts: usize,
        addresses: &mut Addresses,
        chance: &mut Chance,
    ) -> Vec<Call> {
        let doors = self.site.of(Role::SignIn);
        let Some(door) = (!doors.is_empty()).then(|| *chance.pick(&doors)) else {
            return Vec::new();
        };
        let (is_stuffing, limits) = (accounts >= 8, chance.happens(0.25));
        let targets: Vec<Arc<str>> = (0..accounts).map(|_| self.target(chance)).collect();
        let hit = if is_stuffing { chance.between(0.0, 0.04) } else { 0.0 };
        let mut calls = Vec::with_capacity(self.calls);
        let mut next = 0;
        for share in self.shares() {
            let mut guesser = self.attacker(&words::TOOLS, addresses, chance);
            let times = self.times(share, chance);
            let mut last = self.plan.begins;
            for time in times {
                guesser.account = Some(targets[next % targets.len()].clone());
                next += 1;
                let answer = if chance.happens(hit) {
                    door.answer
                } else if limits && chance.happens(0.1) {
                    Answer::of(429, 40.0, 2.0)
                } else {
                    door.failed
                };
                calls.push(guesser.call(time, door, 1, answer, chance));
                last = time;
            }
            // A guess that was right is used, now and then.
            if !is_stuffing && chance.happens(0.25) {
                calls.push(guesser.call(after(last, 0.4), door, 1, door.answer, chance));
                guesser.credential = Some(token(chance));
                let read = self.site.of_any(&[Role::Object, Role::List]);
                for step in 0..3 + chance.below(12) {
                    let time = after(last, 1.0 + 1.5 * step as f64);
                    let next = *chance.pick(&read);
                    calls.push(guesser.call(time, next, step as u64 + 1, next.answer, chance));
                }
            }
        }
        calls
    }

    /// An account that is tried: one of the site's, or a name from a list that leaked elsewhere.
    fn target(&self, chance: &mut Chance) -> Arc<str> {
        if self.site.accounts.is_empty() || chance.happens(0.4) {
            return format!("user{}", chance.below(100_000)).into();
        }
        chance.pick(&self.site.accounts).clone()
    }

    /// Uses what belongs to somebody who is there at the time.
    fn hijack(&self, addresses: &mut Addresses, chance: &mut Chance) -> Vec<Call> {
        let mut calls = Vec::with_capacity(self.calls);
        for share in self.shares() {
            let Some(owner) = self.owner(chance) else { continue };
            let mut thief = self.attacker(&words::TOOLS, addresses, chance);
            if chance.happens(self.plan.mimicry) {
                thief.agent = owner.agent.clone();
            }
            thief.account = owner.account.clone();
            thief.credential = Some(owner.credential.clone());
            // Between the first and the last call of the owner, where there is room.
            let there = owner.last.secs_since(owner.first).max(20.0);
            let begins = after(owner.first, there * chance.between(0.1, 0.4));
            let room = there * 0.6;
            let lasts_secs = self.plan.lasts_secs.min(room);
            let plan = Plan { begins, lasts_secs, ..self.plan.clone() };
            let within = Player { plan: &plan, ..*self };
            let mut walk = Walk::new(self, &[Role::Object, Role::List, Role::Write], chance);
            for time in within.times(share, chance) {
                let (next, object) = walk.step(chance);
                calls.push(thief.call(time, next, object, next.answer, chance));
            }
        }
        calls
    }

    /// Somebody who is signed in while the attack lasts; anybody, if nobody is.
    fn owner(&self, chance: &mut Chance) -> Option<&Owner> {
        let ends = after(self.plan.begins, self.plan.lasts_secs);
        let present: Vec<&Owner> = self
            .site
            .owners
            .iter()
            .filter(|owner| owner.first <= ends && owner.last >= self.plan.begins)
            .collect();
        let all: Vec<&Owner> = self.site.owners.iter().collect();
        let from = if present.is_empty() { &all } else { &present };
        (!from.is_empty()).then(|| *chance.pick(from))
    }

    /// One credential in many hands.
    fn share_token(&self, addresses: &mut Addresses, chance: &mut Chance) -> Vec<Call> {
        let owner = self.owner(chance).filter(|_| chance.happens(0.5));
        let credential = owner.map_or_else(|| token(chance), |owner| owner.credential.clone());
        let account = owner.and_then(|owner| owner.account.clone());
        let mut calls = Vec::with_capacity(self.calls);
        for share in self.shares() {
            let mut hand = self.attacker(&words::TOOLS, addresses, chance);
            hand.credential = Some(credential.clone());
            hand.account = account.clone();
            let mut walk = Walk::new(self, &[Role::Object, Role::List, Role::Write], chance);
            for time in self.times(share, chance) {
                let (next, object) = walk.step(chance);
                calls.push(hand.call(time, next, object, next.answer, chance));
            }
        }
        calls
    }

    /// Looks for what should not be there.
    fn probe(&self, addresses: &mut Addresses, chance: &mut Chance) -> Vec<Call> {
        let there = self.site.of_any(&[Role::Page, Role::List, Role::Object]);
        let (listed, injects) = (chance.between(0.2, 0.9), chance.between(0.0, 0.5));
        let mut calls = Vec::with_capacity(self.calls);
        for share in self.shares() {
            let scanner = self.attacker(&words::SCANNERS, addresses, chance);
            for time in self.times(share, chance) {
                if chance.happens(injects) {
                    let next = *chance.pick(&there);
                    let target = next.path(1) + *chance.pick(&words::INJECTED);
                    let answer = match chance.below(4) {
                        0 => next.answer,
                        1 => Answer { status: 500, ..self.site.not_found },
                        _ => Answer { status: 400, ..self.site.not_found },
                    };
                    calls.push(scanner.ask(time, next.method, target, answer, chance));
                    continue;
                }
                let target = if chance.happens(listed) {
                    (*chance.pick(&words::PROBED)).to_owned()
                } else {
                    let (first, second) = (chance.pick(&words::GUESSED), chance.below(400));
                    let ending = chance.pick(&["", ".php", ".bak", ".zip", ".json", "/"]);
                    format!("/{first}{second}{ending}")
                };
                let method = match chance.below(40) {
                    0 => "TRACE",
                    1 => "OPTIONS",
                    2 => "PUT",
                    3..6 => "HEAD",
                    _ => "GET",
                };
                let answer = match chance.below(12) {
                    0 => self.site.forbidden,
                    1 if method != "GET" => Answer { status: 405, ..self.site.forbidden },
                    _ => self.site.not_found,
                };
                calls.push(scanner.ask(time, method, target, answer, chance));
            }
        }
        calls
    }

    /// Claims ever other origins in the forwarded header.
    fn spoof(&self, addresses: &mut Addresses, chance: &mut Chance) -> Vec<Call> {
        let read = self.site.of_any(&[Role::List, Role::SignIn]);
        let kind = chance.below(3);
        let mut calls = Vec::with_capacity(self.calls);
        for share in self.shares() {
            let mut forger = self.attacker(&words::TOOLS, addresses, chance);
            let main = *chance.pick(&read);
            for time in self.times(share, chance) {
                forger.forwarded = claimed(kind, chance);
                let is_refused = main.role == Role::SignIn && chance.happens(0.9);
                let answer = if is_refused { main.failed } else { main.answer };
                calls.push(forger.call(time, main, chance.bits() % 5_000, answer, chance));
            }
        }
        calls
    }

    /// Goes where it has no right to go.
    fn trespass(&self, addresses: &mut Addresses, chance: &mut Chance) -> Vec<Call> {
        let objects = self.site.of(Role::Object);
        let writes = self.site.of(Role::Write);
        let admin = self.site.of(Role::Admin);
        let way = if objects.is_empty() { 0 } else { chance.below(3) };
        let refused = chance.between(0.0, 1.0);
        let mut calls = Vec::with_capacity(self.calls);
        for share in self.shares() {
            let mut intruder = self.attacker(&words::TOOLS, addresses, chance);
            if way > 0 || chance.happens(0.5) {
                intruder.credential = Some(token(chance));
                intruder.account = Some(self.target(chance));
            }
            let denied = match intruder.credential {
                Some(_) => self.site.forbidden,
                None => self.site.unauthorized,
            };
            let begins = chance.below(20_000) as u64;
            let main = (!objects.is_empty()).then(|| *chance.pick(&objects));
            for (step, time) in self.times(share, chance).into_iter().enumerate() {
                let answer = |usual: Answer, chance: &mut Chance| {
                    if chance.happens(refused) { denied } else { usual }
                };
                let object = begins + step as u64;
                calls.push(match (way, main) {
                    (1, Some(main)) => {
                        let answer = answer(main.answer, chance);
                        intruder.call(time, main, object, answer, chance)
                    }
                    (2, Some(main)) => {
                        let main = if writes.is_empty() { main } else { *chance.pick(&writes) };
                        let answer = answer(main.answer, chance);
                        intruder.call(time, main, object, answer, chance)
                    }
                    _ if !admin.is_empty() && chance.happens(0.4) => {
                        let main = *chance.pick(&admin);
                        intruder.call(time, main, object, denied, chance)
                    }
                    _ => {
                        let target = (*chance.pick(&words::ADMIN)).to_owned();
                        let is_there = chance.happens(refused);
                        let answer = if is_there { denied } else { self.site.not_found };
                        intruder.ask(time, "GET", target, answer, chance)
                    }
                });
            }
        }
        calls
    }
}

/// Goes from call to call: with the steps of the site's visitors and for a few objects, as far as they
/// are imitated, else anywhere.
struct Walk<'a> {
    site: &'a Site,
    read: Vec<&'a Endpoint>,
    mimicry: f64,
    at: Option<usize>,
    objects: (usize, usize),
}

impl<'a> Walk<'a> {
    fn new(player: &Player<'a>, roles: &[Role], chance: &mut Chance) -> Self {
        let (site, mimicry) = (player.site, player.plan.mimicry);
        let many = if chance.happens(mimicry) { 25 } else { 5_000 };
        let objects = (chance.below(5_000), many);
        Self { site, read: site.of_any(roles), mimicry, at: None, objects }
    }

    /// The next endpoint, and the object that is asked for.
    fn step(&mut self, chance: &mut Chance) -> (&'a Endpoint, u64) {
        let object = (self.objects.0 + chance.below(self.objects.1)) as u64;
        let steps = self.at.and_then(|at| self.site.habits.steps.get(&at));
        let follows = chance.happens(self.mimicry);
        let place = steps.filter(|_| follows).and_then(|steps| {
            let place = chance.weighted(steps.iter().map(|(_, share)| *share))?;
            Some(steps[place].0)
        });
        let next = match place {
            Some(place) => &self.site.endpoints[place],
            None if follows => {
                let place = chance.weighted(self.read.iter().map(|next| next.weight));
                self.read[place.unwrap_or(0)]
            }
            None => *chance.pick(&self.read),
        };
        self.at = self.site.endpoints.iter().position(|known| std::ptr::eq(known, next));
        (next, object)
    }
}

/// A forged chain: routable addresses, private ones, or what is no address at all.
fn claimed(kind: usize, chance: &mut Chance) -> String {
    let any = chance.bits() as u32;
    match kind {
        0 => Ipv4Addr::from(0x2000_0000 | any & 0x1fff_ffff).to_string(),
        1 => Ipv4Addr::from(0x0a00_0000 | any & 0x00ff_ffff).to_string(),
        _ => match any % 4 {
            0 => "127.0.0.1".to_owned(),
            1 => format!("0.{}.{}.{}", any >> 8 & 255, any >> 16 & 255, any >> 24),
            2 => format!("{}, 127.0.0.1", Ipv4Addr::from(0x2000_0000 | any >> 3)),
            _ => format!("240.0.{}.{}", any >> 8 & 255, any >> 16 & 255),
        },
    }
}

fn after(time: Timestamp, secs: f64) -> Timestamp {
    time.plus_micros((secs * 1e6) as i64)
}
