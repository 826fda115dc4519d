//! What holds of every verdict: it is the same however an event came, nothing that is added to a judge
//! takes from what the rest finds, and reasons sum to the score.

use std::cell::RefCell;
use std::collections::BTreeMap;

use domain::{
    AuthOutcome, Entity, EntityKind, Event, Finding, Moment, Observation, Row, Threat, Verdict,
};
use features::{Limits, ObservePolicy, WIDTH};
use models::estimators::gradient_boosting::GradientBoosting;
use models::{ColumnKind, Dataset, Matrix};
use pipeline::{Budget, Bundle, Front, Judge, LEAST_CALLS, LearnedModel, is_judged, log_odds};
use proptest::prelude::*;
use threats::{INDICATORS, Indicator};

use crate::{attacked_site, client, fitted, profiles};

/// Whose rows, when, and their numbers bit by bit.
type Shown = BTreeMap<(Entity, i64), Vec<Vec<u32>>>;

/// The rows at which models look, as one policy asks for them, and what the bundle says of each.
fn shown(
    events: &[Event],
    bundle: &Bundle,
    lanes: usize,
    policy: ObservePolicy,
) -> (Shown, BTreeMap<(Entity, i64), Vec<Verdict>>) {
    let (mut rows, mut verdicts) = (Shown::new(), BTreeMap::<_, Vec<Verdict>>::new());
    let judge = Judge::new(bundle);
    let mut look = |seen: Observation<'_>| {
        if seen.moment == Moment::Notable {
            return;
        }
        let key = (seen.entity, seen.time.as_micros());
        rows.entry(key).or_default().push(seen.row.iter().map(|value| value.to_bits()).collect());
        verdicts.entry(key).or_default().push(judge.judge(&seen));
    };
    for lane in 0..lanes {
        let mut front = Front::new(lane, lanes, bundle.limits, policy);
        let wanted = |entity: &Entity| is_judged(entity.kind());
        events.iter().for_each(|e| front.observe(e, &bundle.profiles, wanted, &mut look));
        front.finish(&mut look);
    }
    (rows, verdicts)
}

/// A bundle that has learned attacks too: those of the two attackers of the site, by this name.
fn learned(events: &[Event], threat: Threat) -> Bundle {
    let mut bundle = fitted(events, 1, Budget::Share(0.01));
    let columns: Vec<_> = features::columns()
        .enumerate()
        .map(|(place, _)| features::ColumnId(place))
        .filter(|id| features::applies(*id, EntityKind::Client))
        .collect();
    let (values, labels) = (RefCell::new(Vec::new()), RefCell::new(Vec::new()));
    let (profiles, limits) = (profiles(events), Limits::default());
    let mut front = Front::new(0, 1, limits, ObservePolicy::Fitting);
    let look = |seen: Observation<'_>| {
        values.borrow_mut().extend(columns.iter().map(|id| id.of(seen.row)));
        let attacks = [9_000, 9_001].map(|n| Entity::Client(client(n)));
        labels.borrow_mut().push(u32::from(attacks.contains(&seen.entity)));
    };
    let clients = |entity: &Entity| entity.kind() == EntityKind::Client;
    events.iter().for_each(|event| front.observe(event, &profiles, clients, look));
    front.finish(look);
    let x = Matrix::new(columns.len(), values.into_inner()).expect("rows are whole");
    let kinds = vec![ColumnKind::Numeric; columns.len()];
    let labels = labels.into_inner();
    let data = Dataset::new(x, kinds, labels.clone(), 2).expect("two classes");
    let boosting = GradientBoosting { min_leaf_rows: 5, ..GradientBoosting::default() };
    let model =
        Box::new(boosting.fit_model(&data, None, 1, &mut models::Unwatched).expect("it learns"));
    let scores = models::Detector::scores(&*model, data.x().view());
    let ordinary = scores.iter().zip(&labels).filter(|(_, label)| **label == 0);
    let reached = ordinary.map(|(score, _)| log_odds(*score)).collect();
    let model = LearnedModel::new(columns, model, None, vec![threat], reached);
    bundle.learned.push((EntityKind::Client, model));
    bundle
}

#[test]
fn fitting_and_judging_see_the_same_rows_and_say_the_same_for_any_number_of_lanes() {
    let events = attacked_site();
    let bundle = learned(&events, Threat::AutomatedBots);
    let (rows, verdicts) = shown(&events, &bundle, 1, ObservePolicy::Fitting);
    assert!(rows.len() > 1_000, "{} rows", rows.len());
    let is_anomalous = |verdict: &Verdict| matches!(verdict, Verdict::Anomalous { .. });
    assert!(verdicts.values().flatten().any(is_anomalous));
    for lanes in [1, 2, 3, 16] {
        for policy in [ObservePolicy::Fitting, ObservePolicy::Judging] {
            let again = shown(&events, &bundle, lanes, policy);
            assert!(again.0 == rows, "other rows: {lanes} lanes, {policy:?}");
            assert!(again.1 == verdicts, "other verdicts: {lanes} lanes, {policy:?}");
        }
    }
}

#[test]
fn a_model_that_was_saved_says_the_same_bit_by_bit() {
    let events = attacked_site();
    let bundle = learned(&events, Threat::AutomatedBots);
    let again = Bundle::load(&bundle.save()).expect("what was saved can be loaded");
    let (_, verdicts) = shown(&events, &bundle, 1, ObservePolicy::Judging);
    assert!(shown(&events, &again, 2, ObservePolicy::Judging).1 == verdicts);
}

/// Rows between those of the site and nothing that any site has.
fn any_row(rows: &[Vec<f32>]) -> impl Strategy<Value = Vec<f32>> + use<> {
    let rows = rows.to_vec();
    let number = prop_oneof![
        4 => Just(None),
        1 => (0.0_f32..1.0).prop_map(Some),
        1 => (0.0_f32..500.0).prop_map(|value| Some(value.round())),
        1 => Just(Some(f32::NAN)),
    ];
    let changes = prop::collection::vec(number, WIDTH);
    (0..rows.len(), changes).prop_map(move |(at, changes)| {
        let pairs = rows[at].iter().zip(changes);
        pairs.map(|(own, change)| change.unwrap_or(*own)).collect()
    })
}

fn findings(judge: Judge<'_>, row: &Row) -> (Vec<Finding>, Option<Finding>) {
    let (time, known_at, position) = Default::default();
    let (entity, moment) = (Entity::Client(client(1)), Moment::Scheduled);
    let seen = Observation { entity, time, known_at, position, event: None, moment, row };
    match judge.judge(&seen) {
        Verdict::Anomalous { findings, suspicion } => (findings, suspicion),
        Verdict::Suspicious(found) => (Vec::new(), Some(found)),
        Verdict::Ordinary(_) | Verdict::Warming => (Vec::new(), None),
    }
}

/// Whatever the smaller judge finds, the larger one does: under the same name and no less surely. An
/// anomaly that has no name may get one.
fn is_kept(
    (fewer, suspected): &(Vec<Finding>, Option<Finding>),
    (more, also): &(Vec<Finding>, Option<Finding>),
) -> bool {
    let has_name = |found: &&Finding| found.threat != Threat::Unclassified;
    let stays = |found: &Finding| {
        more.iter().any(|it| it.threat == found.threat && it.score.get() >= found.score.get())
    };
    fewer.iter().filter(has_name).all(stays)
        && (fewer.is_empty() || !more.is_empty())
        && suspected.iter().all(|found| also.as_ref() == Some(found))
}

#[test]
fn nothing_that_is_added_takes_from_what_the_rest_finds() {
    let events = attacked_site();
    let bundle = learned(&events, Threat::AutomatedBots);
    let mut plain = learned(&events, Threat::AutomatedBots);
    plain.learned.clear();
    let mut bare = learned(&events, Threat::AutomatedBots);
    bare.learned.clear();
    bare.anomalies.clear();
    let mut rows: Vec<Vec<f32>> = Vec::new();
    let mut front = Front::new(0, 1, bundle.limits, ObservePolicy::Judging);
    let clients = |entity: &Entity| entity.kind() == EntityKind::Client;
    for event in &events {
        front.observe(event, &bundle.profiles, clients, |seen| {
            let calls = features::column("sequence_length").of(seen.row);
            if calls >= LEAST_CALLS as f32 && rows.len() < 4_000 {
                rows.push(seen.row.to_vec());
            }
        });
    }
    let (mut found, mut runner) = (0, proptest::test_runner::TestRunner::default());
    let case = (any_row(&rows), prop::collection::vec(any::<bool>(), INDICATORS.len()));
    let found = RefCell::new(&mut found);
    let checked = runner.run(&case, |(row, chosen)| {
        let all = findings(Judge::new(&bundle), &row);
        **found.borrow_mut() += all.0.len();
        for finding in &all.0 {
            let sum: f32 = finding.because.iter().map(|it| it.contribution).sum();
            prop_assert!((sum - finding.score.get()).abs() < 1e-4, "{finding:?}");
        }
        let some: Vec<&dyn Indicator> = INDICATORS
            .iter()
            .zip(&chosen)
            .filter(|(_, chosen)| **chosen)
            .map(|(indicator, _)| *indicator)
            .collect();
        let fewer = findings(Judge::new(&bundle).with_indicators(&some), &row);
        prop_assert!(is_kept(&fewer, &all), "an indicator silences: {fewer:?} {all:?}");
        let without_learning = findings(Judge::new(&plain), &row);
        prop_assert!(is_kept(&without_learning, &all), "{without_learning:?} {all:?}");
        let without_models = findings(Judge::new(&bare), &row);
        prop_assert!(is_kept(&without_models, &without_learning), "{without_models:?}");
        Ok(())
    });
    checked.expect("nothing is silenced");
    assert!(**found.borrow() > 100, "{} findings are something to compare", found.borrow());
}

#[test]
fn what_was_learned_is_no_alarm_at_an_event_that_its_threat_is_not_made_of() {
    let events = attacked_site();
    let bundle = learned(&events, Threat::BruteForce);
    let judge = Judge::new(&bundle).with_indicators(&[]);
    let mut front = Front::new(0, 1, bundle.limits, ObservePolicy::Judging);
    let clients = |entity: &Entity| entity.kind() == EntityKind::Client;
    let (mut at_failures, mut elsewhere) = (0, 0);
    for event in &events {
        front.observe(event, &bundle.profiles, clients, |seen| {
            let judged =
                |auth| judge.judge(&Observation { event: Some(&Event { auth, ..*event }), ..seen });
            let names = |verdict: &Verdict| match verdict {
                Verdict::Anomalous { findings, .. } => {
                    findings.iter().any(|found| found.threat == Threat::BruteForce)
                }
                _ => false,
            };
            let (failed, other) = (judged(AuthOutcome::Failure), judged(AuthOutcome::None));
            if names(&failed) {
                at_failures += 1;
                assert!(!matches!(other, Verdict::Ordinary(_)), "nobody is acquitted: {other:?}");
            }
            elsewhere += usize::from(names(&other));
        });
    }
    assert!(at_failures > 10, "{at_failures} findings are something to go by");
    assert_eq!(elsewhere, 0, "of {at_failures}");
}
