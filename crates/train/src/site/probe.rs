//! The probe: a log that is built in, and the digest of the rows that it gives.
//!
//! A model is fed numbers. If a later version of this program counts something differently, the same
//! log gives other numbers and the model silently means something else. So a bundle keeps the digest
//! of the rows of a fixed log, and a program that gets another digest refuses the bundle.

use domain::{EventFlags, Observation, Position, RawRecord, SourceId};
use features::{Limits, ObservePolicy, Profiles, ProfilesFit};
use ingest::{JsonFormat, NormaliseOptions, Normaliser, ParseContext};
use pipeline::Front;

/// People, guesses, a scanner, a shared token, enumerated objects, a forged chain, a session that
/// changes hands, a crawler: every column of the schema moves.
const LOG: &str = include_str!("probe.log");

/// The digest of the rows of the built-in log, in hexadecimal.
pub fn digest() -> String {
    let mut hasher = blake3::Hasher::new();
    for_each_row(|seen| {
        hasher.update(format!("{}", seen.entity.kind() as u8).as_bytes());
        for value in seen.row {
            hasher.update(&value.to_bits().to_le_bytes());
        }
    });
    hasher.finalize().to_hex()[..32].to_owned()
}

/// Shows every row of the built-in log.
fn for_each_row(mut look: impl FnMut(&Observation<'_>)) {
    let context = ParseContext::default();
    let format = JsonFormat::with_fields(&[]).expect("the default fields are known");
    let mut normaliser = Normaliser::new(NormaliseOptions::default());
    let mut offset = 0;
    let mut events: Vec<domain::Event> = LOG
        .split_inclusive('\n')
        .map(|line| {
            let position = Position { source: SourceId::default(), offset };
            offset += line.len() as u64;
            let record = RawRecord { position, bytes: line.trim_end().as_bytes() };
            let request = format.parse(record, &context);
            normaliser.normalise(&request.expect("the built-in log can be read"))
        })
        .collect();
    let (_, resolver) = normaliser.finish();
    let limits = Limits::default();
    let mut profiles = ProfilesFit::default();
    let first_half = events.len() / 2;
    for (place, event) in events.iter_mut().enumerate() {
        if let Some(resolver) = &resolver {
            resolver.resolve(event);
        }
        // No list is built in: what one would say of the log's crawler is said here, now this, now that.
        let is_crawler = event.flags.contains(EventFlags::AGENT_CRAWLER);
        event.flags.set_if(EventFlags::CRAWLER_VERIFIED, is_crawler && place % 2 == 0);
        event.flags.set_if(EventFlags::CRAWLER_REFUTED, is_crawler && place % 2 == 1);
        // The rest holds what the profiles have not seen.
        if place < first_half {
            profiles.observe(event, limits.idle_gap_micros());
        }
    }
    let profiles: Profiles = profiles.finish();
    let mut front = Front::new(0, 1, limits, ObservePolicy::Judging);
    for event in &events {
        front.observe(event, &profiles, |_| true, |seen| look(&seen));
    }
    front.finish(|seen| look(&seen));
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use features::{ColumnId, WIDTH};

    use super::*;

    #[test]
    fn every_column_moves() {
        let mut values: Vec<BTreeSet<u32>> = vec![BTreeSet::new(); WIDTH];
        for_each_row(|seen| {
            let row = seen.row.iter().filter(|value| !value.is_nan()).count();
            assert!(row > 0, "an empty row");
            for (values, value) in values.iter_mut().zip(seen.row) {
                values.extend((!value.is_nan()).then(|| value.to_bits()));
            }
        });
        let still: Vec<&str> = (0..WIDTH)
            .filter(|place| values[*place].len() < 2)
            .map(|place| ColumnId(place).name())
            .collect();
        assert!(still.is_empty(), "columns that the probe does not move: {still:?}");
    }

    #[test]
    fn the_digest_is_the_same_every_time() {
        assert_eq!(digest(), digest());
        assert_eq!(digest().len(), 32);
    }
}
