use std::path::Path;

use anyhow::{Context, Result};
use domain::{Entity, Event, Reject};
use features::{Limits, ObservePolicy, Observer, ObserverStats, Profiles, SHARDS, shard_of};
use ingest::{Listener, NormaliseOptions, Normaliser, ReadOptions};

use super::logs::RealLog;
use super::measure::Command;

/// Visits of three calls each.
const VISITS: u32 = 1_000_000;
/// Clients of the log against which the many are held: as many lines, hardly any state.
const FEW: u32 = 1_000;

/// What a client costs: peak memory of `detect` on a log of a million clients, held against a log
/// of as many lines by few; and what the observers that follow them say themselves.
pub(super) fn measure(real: &RealLog, program: &Path, folder: &Path) -> Result<String> {
    let log = folder.join("visits.log");
    let mut peaks_mib = [0.0; 2];
    let mut lines = 0;
    for (peak, clients) in peaks_mib.iter_mut().zip([FEW, VISITS]) {
        lines = real.write_visits(VISITS, clients, &log)?;
        let log = log.to_str().context("the folder for temporary files is UTF-8")?;
        let detect = ["detect", "--quiet", "--output", "jsonl", log];
        *peak = Command::new("detect", program, &detect).run(folder)?.peak_kib / 1_024.0;
    }
    let stats = follow(&log)?;
    let [few, many] = peaks_mib;
    let a_client = (many - few) * 1_048_576.0 / f64::from(VISITS - FEW);
    let bytes = stats.bytes / stats.live.max(1);
    Ok(format!(
        "# The memory of a client\n\n{} million visits of three calls each, {} million lines, \
         within 20 hours: every client is still followed at the end. {}. How it is measured: \
         [benches/README.md](../README.md).\n\n\
         | | |\n|---|---|\n\
         | peak of `detect`, {FEW} clients | {few:.0} MiB |\n\
         | peak of `detect`, {VISITS} clients | {many:.0} MiB |\n\
         | the difference, a client | {a_client:.0} bytes |\n\
         | clients followed at the end, by the program's own count | {} |\n\
         | bytes a client, by the program's own count | {bytes} |\n\
         | let go early | {} |\n",
        f64::from(VISITS) / 1e6,
        lines as f64 / 1e6,
        super::machine()?,
        stats.live,
        stats.evicted
    ))
}

/// Follows the clients of a log alone.
fn follow(log: &Path) -> Result<ObserverStats> {
    let log = log.to_str().context("the folder for temporary files is UTF-8")?;
    let mut normaliser = Normaliser::new(NormaliseOptions::default());
    let observer = || Observer::new(Limits::default(), ObservePolicy::Fitting);
    let observers = (0..SHARDS).map(|_| observer()).collect();
    let mut following = Following { observers, profiles: Profiles::default() };
    ingest::read(&[log.to_owned()], &ReadOptions::default(), &mut normaliser, &mut following)?;
    let stats = following.observers.iter().map(Observer::stats);
    Ok(stats.fold(ObserverStats::default(), ObserverStats::plus))
}

struct Following {
    observers: Vec<Observer>,
    profiles: Profiles,
}

impl Listener for Following {
    fn event(&mut self, event: Event) {
        let entity = Entity::Client(event.client);
        self.observers[shard_of(&entity)].observe(entity, &event, &self.profiles, |_| {});
    }

    fn reject(&mut self, _source: &str, _reject: &Reject, _line: &[u8]) {}

    fn progress(&mut self, _progress: ingest::Progress) {}
}
