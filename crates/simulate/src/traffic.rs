//! A scenario, played.

use std::collections::BTreeMap;

use domain::{Client, Threat, Timestamp};

use crate::attacks::Plan;
use crate::call::{Addresses, Call, Origin};
use crate::people::{Span, Visitor};
use crate::scenario::{Attack, Scenario};
use crate::site::Role;
use crate::{Chance, Site, background};

/// Calls of a scenario at most: what comes later is left out, and counted.
pub const MAX_TRAFFIC: usize = 3_000_000;

/// The calls of a scenario in the order of time, and what is true of them.
#[derive(Clone, Debug)]
pub struct Traffic {
    /// The calls.
    pub calls: Vec<Call>,
    /// The attacks, by their numbers.
    pub attacks: Vec<Plan>,
    /// Calls beyond [`MAX_TRAFFIC`] that were left out.
    pub left_out: usize,
}

/// What is true of one attack of a traffic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Campaign {
    /// Its name: `A1`, `A2`, ...
    pub name: String,
    /// What it is.
    pub threat: Threat,
    /// Its clients, as alerts write them.
    pub clients: Vec<String>,
    /// How many calls it makes.
    pub calls: usize,
    /// Its first call.
    pub first: Timestamp,
    /// Its last call.
    pub last: Timestamp,
}

impl Traffic {
    /// Plays a scenario: the same seed gives the same calls.
    pub fn of(scenario: &Scenario, seed: u64) -> Self {
        let mut site = Site::shop(scenario.accounts as usize);
        for endpoint in site.endpoints.iter_mut().filter(|it| it.role == Role::SignIn) {
            endpoint.failed.status = scenario.failed_sign_in_status;
        }
        let span = Span {
            begins: scenario.start_time().unwrap_or_default(),
            lasts_secs: scenario.minutes * 60.0,
            utc_offset_hours: scenario.utc_offset_hours,
        };
        let mut stage = Stage { site, span, addresses: Addresses::default(), calls: Vec::new() };
        // Each part has a chance of its own: more people do not change the attacks.
        stage.people(scenario, &mut Chance::new(seed, 1));
        stage.background(scenario, &mut Chance::new(seed, 2));
        let attacks = stage.attacks(scenario, seed);
        let mut calls = stage.calls;
        let ends = span.ends();
        calls.retain(|call| call.time <= ends);
        calls.sort_by_key(|call| call.time);
        let left_out = calls.len().saturating_sub(MAX_TRAFFIC);
        calls.truncate(MAX_TRAFFIC);
        Self { calls, attacks, left_out }
    }

    /// What is true of the attacks that made calls.
    pub fn campaigns(&self) -> Vec<Campaign> {
        let mut found: BTreeMap<u32, Campaign> = BTreeMap::new();
        for call in &self.calls {
            let Origin::Attack(number) = call.origin else { continue };
            let Some(plan) = self.attacks.get(number as usize) else { continue };
            let campaign = found.entry(number).or_insert_with(|| Campaign {
                name: format!("A{}", number + 1),
                threat: plan.threat,
                clients: Vec::new(),
                calls: 0,
                first: call.time,
                last: call.time,
            });
            campaign.calls += 1;
            campaign.last = call.time;
            campaign.clients.push(Client::from_ip(call.peer).to_string());
        }
        for campaign in found.values_mut() {
            campaign.clients.sort_unstable();
            campaign.clients.dedup();
        }
        found.into_values().collect()
    }

    /// The ordinary clients by group.
    pub fn groups(&self) -> BTreeMap<&'static str, Vec<String>> {
        let mut groups: BTreeMap<&'static str, Vec<String>> = BTreeMap::new();
        for call in &self.calls {
            if let Origin::Ordinary(group) = call.origin {
                groups.entry(group).or_default().push(Client::from_ip(call.peer).to_string());
            }
        }
        for clients in groups.values_mut() {
            clients.sort_unstable();
            clients.dedup();
        }
        groups
    }
}

struct Stage {
    site: Site,
    span: Span,
    addresses: Addresses,
    calls: Vec<Call>,
}

impl Stage {
    fn people(&mut self, scenario: &Scenario, chance: &mut Chance) {
        let (site, span) = (self.site.clone(), self.span);
        let apps = scenario.people.apps;
        for number in 0..scenario.people.browsers + apps {
            let is_app = number < apps;
            let group = if is_app { "app" } else { "browser" };
            let person = Visitor::new(&site, group, &mut self.addresses, chance);
            let begins = span.arrival(chance);
            let (calls, owner) = if is_app {
                let left = span.ends().secs_since(begins);
                let stays = chance.magnitude(300.0, 14_400.0).min(left);
                person.poll(&site, begins, stays, chance)
            } else {
                person.browse(&site, begins, chance)
            };
            self.calls.extend(calls);
            self.site.owners.extend(owner);
        }
    }

    fn background(&mut self, scenario: &Scenario, chance: &mut Chance) {
        for asked in &scenario.background {
            let size = asked.size.unwrap_or(asked.kind.usual_size());
            for _ in 0..asked.number {
                let (calls, owners) = background::play(
                    asked.kind,
                    size,
                    &self.site,
                    self.span,
                    &mut self.addresses,
                    chance,
                );
                self.calls.extend(calls);
                self.site.owners.extend(owners);
            }
        }
    }

    fn attacks(&mut self, scenario: &Scenario, seed: u64) -> Vec<Plan> {
        let mut plans = Vec::new();
        for asked in &scenario.attack {
            for _ in 0..asked.number {
                let number = plans.len() as u32;
                let mut chance = Chance::new(seed, 1_000 + u64::from(number));
                let plan = plan(asked, self.span, &mut chance);
                self.calls.extend(plan.play(number, &self.site, &mut self.addresses, &mut chance));
                plans.push(plan);
            }
        }
        plans
    }
}

/// The plan of an attack: as asked for, and drawn where nothing was.
fn plan(asked: &Attack, span: Span, chance: &mut Chance) -> Plan {
    let begins = asked.minute.map_or(span.begins, |minute| span.at(minute * 60.0));
    let room = span.ends().secs_since(begins).max(1.0);
    let threat = asked.threat().unwrap_or(Threat::AutomatedBots);
    let drawn = Plan::draw(threat, begins, room, chance);
    Plan {
        begins: if asked.minute.is_some() { begins } else { drawn.begins },
        lasts_secs: asked.minutes.map_or(drawn.lasts_secs, |minutes| minutes * 60.0),
        calls: asked.calls.unwrap_or(drawn.calls),
        clients: asked.clients.unwrap_or(drawn.clients),
        accounts: asked.accounts.unwrap_or(drawn.accounts),
        mimicry: asked.mimicry.unwrap_or(drawn.mimicry),
        ..drawn
    }
}
