//! Rows and verdicts depend on the log alone: not on how many lines come at once, nor on when events that
//! wait for earlier ones are let go, nor on how many threads share the work.

use std::io::{Cursor, Read};

use domain::{Entity, Event, Observation, Position, RawRecord, SourceId};
use features::{Limits, ObservePolicy, Profiles, ProfilesFit};
use ingest::{
    DEFAULT_MAX_LINE_BYTES, JsonFormat, LineReader, NormaliseOptions, Normaliser, ParseContext,
    ReorderBuffer, ReorderOptions,
};
use pipeline::{Budget, Bundle, Front, Judge, Period, SampleFit, Sampling, is_judged};
use simulate::{LineFormat, SCENARIOS, Scenario, Traffic};

/// How a log comes: so many lines at a time, and so much event time is waited for stragglers.
#[derive(Clone, Copy, Debug)]
struct Cadence {
    lines: usize,
    lateness_secs: i64,
}

/// The demonstration as lines that come up to a few seconds out of order.
fn shuffled_log() -> Vec<Vec<u8>> {
    let (_, text) = SCENARIOS[0];
    let scenario = Scenario::from_toml(text).expect("it comes with the program");
    let mut calls = Traffic::of(&scenario, 5).calls;
    let delayed = |place: usize| features::mix(place as u64) % 5 * domain::MICROS_PER_SEC as u64;
    let mut places: Vec<usize> = (0..calls.len()).collect();
    places.sort_by_key(|place| calls[*place].time.as_micros() as u64 + delayed(*place));
    calls = places.into_iter().map(|place| calls[place].clone()).collect();
    let line = |call: &simulate::Call| {
        let mut line = Vec::new();
        LineFormat::Json.write(call, &mut line).expect("a vector takes everything");
        line
    };
    calls.iter().map(line).collect()
}

/// The way from bytes to events, with what waits let go whenever a batch is through. Which lines were too
/// late is a failure: then it would count when they came.
fn events(lines: &[Vec<u8>], cadence: Cadence) -> Vec<Event> {
    let format = JsonFormat::with_fields(&[]).expect("the default fields are known");
    let context = ParseContext::default();
    let mut normaliser = Normaliser::new(NormaliseOptions::default());
    let lateness_micros = cadence.lateness_secs * domain::MICROS_PER_SEC;
    let options = ReorderOptions { lateness_micros, max_events: usize::MAX };
    let (mut buffer, mut events) = (ReorderBuffer::new(options), Vec::new());
    let empty: Box<dyn Read> = Box::new(Cursor::new(Vec::new()));
    let stream = lines.chunks(cadence.lines).fold(empty, |stream, batch| {
        // A read never gives more than one piece of a chain.
        Box::new(stream.chain(Cursor::new(batch.concat())))
    });
    let mut reader = LineReader::new(stream, DEFAULT_MAX_LINE_BYTES);
    let mut count = 0;
    while let Some(line) = reader.next_line().expect("memory can be read") {
        let position = Position { source: SourceId::default(), offset: line.offset };
        let record = RawRecord { position, bytes: line.bytes };
        let request = format.parse(record, &context).expect("what we write we read");
        buffer.push(normaliser.normalise(&request));
        count += 1;
        if count % cadence.lines == 0 {
            events.extend(std::iter::from_fn(|| buffer.pop_ready()));
        }
    }
    events.extend(std::iter::from_fn(|| buffer.pop()));
    assert_eq!((buffer.late(), events.len()), (0, lines.len()));
    let (_, resolver) = normaliser.finish();
    for event in &mut events {
        resolver.iter().for_each(|resolver| resolver.resolve(event));
    }
    events
}

fn profiles(events: &[Event]) -> Profiles {
    let mut profiles = ProfilesFit::default();
    events.iter().for_each(|event| profiles.observe(event, Limits::default().idle_gap_micros()));
    profiles.finish()
}

/// Shows every row of a log, lane by lane.
fn observe(
    events: &[Event],
    profiles: &Profiles,
    lanes: usize,
    policy: ObservePolicy,
    mut look: impl FnMut(usize, &Observation<'_>),
) {
    let wanted = |entity: &Entity| is_judged(entity.kind());
    for lane in 0..lanes {
        let mut front = Front::new(lane, lanes, Limits::default(), policy);
        events.iter().for_each(|it| front.observe(it, profiles, wanted, |s| look(lane, &s)));
        front.finish(|seen| look(lane, &seen));
    }
}

/// Everything that a training fits on these events, as it is saved.
fn fitted(events: &[Event], lanes: usize) -> Bundle {
    let (profiles, sampling) = (profiles(events), Sampling::of(1_000));
    let mut samples: Vec<_> = (0..lanes).map(|_| SampleFit::new(sampling)).collect();
    observe(events, &profiles, lanes, ObservePolicy::Fitting, |lane, seen| {
        samples[lane].observe(seen);
    });
    let (first, last) = (events[0].time, events[events.len() - 1].time);
    let period = Period { first, last, silent_micros: 0 };
    let sample = SampleFit::join(sampling, samples);
    pipeline::fit(&sample, profiles, Limits::default(), Some(period), Budget::Share(0.01), 7)
}

/// Every row bit by bit, and what is said of it, in the order of entities and moments.
fn judged(events: &[Event], bundle: &Bundle, lanes: usize) -> Vec<(Entity, i64, Vec<u32>, String)> {
    let (judge, mut judged) = (Judge::new(bundle), Vec::new());
    observe(events, &bundle.profiles, lanes, ObservePolicy::Judging, |_, seen| {
        let row = seen.row.iter().map(|value| value.to_bits()).collect();
        let verdict = format!("{:?}", judge.judge(seen));
        judged.push((seen.entity, seen.time.as_micros(), row, verdict));
    });
    // Stable: what happens to an entity in one moment stays in its order.
    judged.sort_by_key(|(entity, time, ..)| (*entity, *time));
    judged
}

/// A bundle as text: what is missing equals itself, and every other number is told exactly.
fn saved(bundle: &Bundle) -> String {
    format!("{:?}", bundle.save())
}

#[test]
fn neither_the_batch_nor_the_watermark_nor_the_lanes_change_a_row_or_a_verdict() {
    let lines = shuffled_log();
    let whole = lines.len();
    let one = Cadence { lines: 1, lateness_secs: 5 };
    let log = events(&lines, one);
    assert!(log.windows(2).any(|pair| pair[1].position.offset < pair[0].position.offset));
    let bundle = fitted(&log, 1);
    let expected = judged(&log, &bundle, 1);
    assert!(expected.len() > 1_000, "{} rows", expected.len());
    assert!(expected.iter().any(|(.., verdict)| verdict.starts_with("Anomalous")));
    for (batch, lanes) in [(1, 2), (7, 3), (1_000, 16), (whole, 1)] {
        for lateness_secs in [5, 60, 86_400] {
            let cadence = Cadence { lines: batch, lateness_secs };
            let again = events(&lines, cadence);
            assert!(again == log, "other events: {cadence:?}");
            let refitted = fitted(&again, lanes);
            assert!(
                saved(&refitted) == saved(&bundle),
                "another bundle: {cadence:?}, {lanes} lanes"
            );
            let found = judged(&again, &refitted, lanes);
            assert!(found == expected, "other rows or verdicts: {cadence:?}, {lanes} lanes");
        }
    }
}
