//! The eight threats, drawn from mild to flat out.

mod play;
mod words;

use domain::{Threat, Timestamp};

use crate::call::{Addresses, Call};
use crate::{Chance, Site};

/// An attack before it is played: who does how much of what, and how openly.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// What it is.
    pub threat: Threat,
    /// When it begins.
    pub begins: Timestamp,
    /// How many seconds it lasts.
    pub lasts_secs: f64,
    /// How many calls it makes in all.
    pub calls: usize,
    /// How many addresses it comes from.
    pub clients: usize,
    /// How many accounts it goes for, where it goes for any.
    pub accounts: usize,
    /// From 0, in the open, to 1: the agents, pauses and headers of people.
    pub mimicry: f64,
}

/// The threats that can be played: all that have a name.
pub const THREATS: [Threat; 8] = [
    Threat::AutomatedBots,
    Threat::BruteForce,
    Threat::CredentialStuffing,
    Threat::SessionHijacking,
    Threat::TokenAbuse,
    Threat::VulnerabilityProbing,
    Threat::IpSpoofing,
    Threat::UnauthorizedAccess,
];

/// Calls of one plan at most.
pub const MAX_CALLS: usize = 100_000;
/// Addresses of one plan at most.
pub const MAX_CLIENTS: usize = 5_000;

impl Plan {
    /// An attack of any strength: numbers and rates are drawn over two to three orders of magnitude,
    /// so that none is typical. It begins at `begins` and ends within `room_secs`.
    pub fn draw(threat: Threat, begins: Timestamp, room_secs: f64, chance: &mut Chance) -> Self {
        let is_distributed = chance.happens(0.35);
        let (mut calls, clients) = match threat {
            Threat::SessionHijacking => (chance.magnitude(8.0, 200.0), chance.magnitude(1.0, 4.0)),
            Threat::TokenAbuse => (chance.magnitude(60.0, 2_000.0), chance.magnitude(5.0, 60.0)),
            Threat::CredentialStuffing if is_distributed => {
                (chance.magnitude(60.0, 1_500.0), chance.magnitude(8.0, 80.0))
            }
            Threat::BruteForce | Threat::VulnerabilityProbing if is_distributed => {
                (chance.magnitude(60.0, 1_500.0), chance.magnitude(2.0, 24.0))
            }
            Threat::AutomatedBots => (chance.magnitude(80.0, 3_000.0), 1.0),
            _ => (chance.magnitude(15.0, 1_500.0), 1.0),
        };
        let per_second = chance.magnitude(0.05, 20.0) * clients;
        let lasts_secs = (calls / per_second).min(room_secs.max(1.0));
        // What does not fit in the time that there is goes undone, but for the least that is an attack.
        calls = calls.min(lasts_secs * per_second).max(12.0 * clients.sqrt());
        let slack = (room_secs - lasts_secs).max(0.0);
        let begins = begins.plus_micros((chance.unit() * slack * 1e6) as i64);
        Self {
            threat,
            begins,
            lasts_secs,
            calls: calls as usize,
            clients: clients as usize,
            accounts: chance.magnitude(1.0, 60.0) as usize,
            mimicry: chance.unit() * chance.unit(),
        }
    }

    /// The calls of the attack, in the order of time, as those of number `number`.
    pub fn play(
        &self,
        number: u32,
        site: &Site,
        addresses: &mut Addresses,
        chance: &mut Chance,
    ) -> Vec<Call> {
        let mut calls = play::calls(self, number, site, addresses, chance);
        calls.sort_by_key(|call| call.time);
        calls
    }
}
