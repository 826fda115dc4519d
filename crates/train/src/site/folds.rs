use std::collections::BTreeMap;

use domain::{Client, Entity};
use features::{client_hash, mix};

/// How actors are divided into parts that judge each other. Who takes part in one campaign stays
/// together: its sources are near copies, and a copy on the other side of a split is an answer known in
/// advance.
#[derive(Clone, Debug)]
pub struct Folds {
    count: usize,
    campaigns: BTreeMap<Client, u32>,
}

impl Folds {
    /// So many parts, at least two.
    pub fn new(count: usize, campaigns: BTreeMap<Client, u32>) -> Self {
        Self { count: count.max(2), campaigns }
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.count
    }

    /// The part of a client.
    pub fn of(&self, client: Client) -> usize {
        match self.campaigns.get(&client) {
            Some(campaign) => self.of_campaign(*campaign),
            None => (mix(client_hash(client)) >> 8) as usize % self.count,
        }
    }

    /// The part of everybody in a campaign.
    pub fn of_campaign(&self, campaign: u32) -> usize {
        campaign as usize % self.count
    }

    /// The part of a client's session; of others none is asked for.
    pub(super) fn of_entity(&self, entity: Entity) -> usize {
        match entity {
            Entity::Client(client) => self.of(client),
            _ => 0,
        }
    }
}
