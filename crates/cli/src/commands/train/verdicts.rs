//! What people said of alerts, as labels of the calls behind them.

use std::path::Path;

use domain::{Alert, EntityKind};
use pipeline::Label;
use train::site::{AlertVerdicts, Labels, Said};

use super::super::samples::Directed;
use crate::config::Config;
use crate::exit::Failure;
use crate::lesson;
use crate::passes::{self, Log};

/// How many verdicts were on alerts of these logs, and how many were not.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Matched {
    pub(super) found: usize,
    pub(super) missing: usize,
}

/// Adds the labels that verdicts give. The logs are judged as `detect` would, to know what stands
/// behind an id.
pub(super) fn add(
    path: &Path,
    log: &Log,
    config: &Config,
    labels: &mut Labels,
) -> Result<Matched, Failure> {
    let verdicts = AlertVerdicts::load(path)?;
    if verdicts.is_empty() {
        return Ok(Matched::default());
    }
    let bundle = lesson::fit(log, config)?;
    let filed = passes::judge(log, &bundle, config)?
        .desk
        .close(&Directed(&log.directory), &config.policy())
        .filed;
    let mut found = 0;
    for alert in filed.iter().map(|filed| &filed.alert) {
        if let Some(verdict) = verdicts.of(&alert.id) {
            found += 1;
            add_alert(alert, verdict.said, log, labels);
        }
    }
    Ok(Matched { found, missing: verdicts.len() - found })
}

/// Labels the clients behind an alert while it lasted. Behind an account or a credential that was
/// attacked there are its owners too, so an attack on one labels nobody.
fn add_alert(alert: &Alert, said: Said, log: &Log, labels: &mut Labels) {
    let is_of_callers = matches!(alert.entity.kind, EntityKind::Client | EntityKind::Endpoint);
    let label = match said {
        Said::Benign => Label::Benign,
        Said::Attack if is_of_callers => Label::Attack(alert.threat),
        Said::Threat(threat) if is_of_callers => Label::Attack(threat),
        Said::Attack | Said::Threat(_) => return,
    };
    for client in &alert.clients {
        labels.add_named(client, &log.directory.hosts, (alert.first_seen, alert.last_seen), label);
    }
}
