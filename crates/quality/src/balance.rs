use std::collections::BTreeMap;

use domain::{Event, Timestamp};

use crate::facts::BalanceFacts;
use crate::hash::{client_bits, mix};
use crate::sample::Sample;

/// Sources that are compared with each other.
pub const COMPARED_SOURCES: u16 = 16;
/// Clients by whose first and last calls the clocks of balanced servers are compared.
pub const SAMPLED_CALLERS: usize = 1 << 12;

/// When each client first and last called each of several servers.
///
/// Where requests are spread over servers by chance, a client comes to either first as often as to the
/// other: by how much their first calls lie apart is spread evenly around 0, or around the offset of the
/// clocks. The same holds of their last calls, which it would not where one server is what clients begin
/// with.
#[derive(Clone, Debug)]
pub(crate) struct Balance {
    callers: Sample<BTreeMap<u16, Stay>>,
}

#[derive(Clone, Copy, Debug)]
struct Stay {
    first: Timestamp,
    last: Timestamp,
}

impl Balance {
    pub(crate) fn new() -> Self {
        Self { callers: Sample::of_at_most(SAMPLED_CALLERS) }
    }

    pub(crate) fn observe(&mut self, event: &Event) {
        let source = event.position.source.0;
        if source < COMPARED_SOURCES
            && let Some(stays) = self.callers.get(mix(client_bits(event.client)))
        {
            let stay = stays.entry(source).or_insert(Stay { first: event.time, last: event.time });
            stay.first = stay.first.min(event.time);
            stay.last = stay.last.max(event.time);
        }
    }

    /// What the clients of two servers tell, of those that are new to both after a moment.
    pub(crate) fn facts(&self, one: usize, other: usize, fresh: Timestamp) -> BalanceFacts {
        let (mut firsts, mut lasts) = (Vec::new(), Vec::new());
        for stays in self.callers.values() {
            let stay = |source: usize| stays.get(&(source as u16)).filter(|it| it.first >= fresh);
            if let (Some(here), Some(there)) = (stay(one), stay(other)) {
                firsts.push(there.first.secs_since(here.first));
                lasts.push(there.last.secs_since(here.last));
            }
        }
        let offset_secs = median(&mut firsts);
        let near = |place: f64| {
            let width = (offset_secs.abs() / 20.0).max(1.0);
            firsts.iter().filter(|apart| (*apart - place).abs() <= width).count() as u64
        };
        BalanceFacts {
            callers: firsts.len() as u64,
            later: firsts.iter().filter(|apart| **apart > 0.0).count() as u64,
            offset_secs,
            last_offset_secs: median(&mut lasts),
            near: near(offset_secs),
            near_none: near(0.0).max(near(-offset_secs)),
        }
    }
}

/// The middle of some values; 0 of none.
fn median(values: &mut [f64]) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(0.0)
}

#[cfg(test)]
#[path = "balance_tests.rs"]
mod tests;
