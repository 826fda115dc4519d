use std::collections::BTreeMap;

use alerts::{Filed, Naming};
use domain::{
    AccountId, Alert, Client, Entity, EntityKind, EntityName, NameId, Names, Network, Position,
    Sample, Threat,
};
use ingest::Directory;

use crate::passes::Log;

/// Gives names to what a log's events hold.
pub(super) struct Directed<'a>(pub(super) &'a Directory);

impl Naming for Directed<'_> {
    fn entity(&self, entity: &Entity) -> EntityName {
        let value = match entity {
            Entity::Client(client) => self.client(*client),
            Entity::Account(account) => self.account(*account),
            Entity::Credential(fingerprint) => fingerprint.to_string(),
            Entity::Endpoint(endpoint) => self.0.endpoints.name(*endpoint).to_owned(),
        };
        EntityName { kind: entity.kind(), value }
    }

    fn client(&self, client: Client) -> String {
        match client {
            Client::Host(name) => text(&self.0.hosts, name),
            address => address.to_string(),
        }
    }

    fn account(&self, account: AccountId) -> String {
        text(&self.0.accounts, account.0)
    }

    fn agent(&self, agent: NameId) -> String {
        match agent {
            NameId::OVERFLOW => String::new(),
            agent => text(&self.0.agents, agent),
        }
    }

    fn references(&self, threat: Threat) -> (Vec<&'static str>, Vec<&'static str>) {
        let ids = |references: &[threats::Reference]| references.iter().map(|r| r.id).collect();
        threats::page_of(threat)
            .map_or((Vec::new(), Vec::new()), |page| (ids(page.mitre), ids(page.owasp)))
    }
}

fn text(names: &Names, id: NameId) -> String {
    String::from_utf8_lossy(names.text(id)).into_owned()
}

/// Gives alerts the raw lines behind them, and what lists tell of who they are about.
pub(super) fn with_samples(
    filed: Vec<Filed>,
    log: &Log,
    lines: &BTreeMap<Position, String>,
) -> Vec<Alert> {
    let sample = |position: &Position| {
        let source = log.report.sources.get(usize::from(position.source.0))?.name.clone();
        let line = lines.get(position)?.clone();
        Some(Sample { source, offset: position.offset, line })
    };
    let fill = |filed: Filed| {
        let samples = filed.positions.iter().filter_map(sample).collect();
        let network = network(&filed.alert.entity, log);
        Alert { samples, network, ..filed.alert }
    };
    filed.into_iter().map(fill).collect()
}

/// The network of a client, where lists tell of any.
fn network(entity: &EntityName, log: &Log) -> Option<Network> {
    if log.lists.is_empty() || entity.kind != EntityKind::Client {
        return None;
    }
    let address = entity.value.split('/').next()?.parse().ok()?;
    log.lists.network(Client::from_ip(address))
}

/// Where the raw lines stand that alerts want to show: in order, each once.
pub(super) fn wanted(filed: &[Filed]) -> Vec<Position> {
    let mut positions: Vec<Position> =
        filed.iter().flat_map(|filed| &filed.positions).copied().collect();
    positions.sort_unstable();
    positions.dedup();
    positions
}
