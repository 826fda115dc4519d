//! Fitting what is normal on a log: with few labels, or with none.

use domain::{EntityKind, Threat, Timestamp};
use features::{Limits, Profiles, WIDTH};
use models::quantiles;
use threats::{Baseline, INDICATORS, Normal, View};

use crate::judge::{UNNAMED, is_judged, strength_of};
use crate::routing::hash_of;
use crate::{
    AnomalyModel, Budget, Bundle, Fitted, Label, Part, Period, SampleFit, SampledSession, Spread,
    Tail,
};

/// Fewer ordinary sessions say nothing about what is usual as a whole.
const LEAST_FOR_MODEL: usize = 100;
/// So many ordinary sessions must show something of a threat before it is told how much of it is usual: one
/// or two that stand out may be the attack itself, which no floor knew.
const LEAST_SPEAKING: usize = 5;
/// The share of the sample that is trimmed as least usual, beyond what the floors trim.
const TRIMMED_SHARE: f64 = 0.05;
/// The strength that a budget may ask of a finding at most: the extrapolation behind a small budget is
/// too uncertain to silence what is far out.
const MOST_STRENGTH: f32 = 1.5;

/// Fits what is normal on the sessions of a log, attacks and all.
///
/// First whatever is labelled an attack, or called one by the indicators' floors, is trimmed, then the least usual rest; what is
/// left is called ordinary, and what is normal is its range. Thresholds are cross-fitted: each half of
/// the ordinary sessions is judged by what the other half calls normal. How far from usual an anomaly
/// without a name must be is held against the least usual sessions too: else as many of them would be
/// told as were trimmed, whatever the budget.
pub fn fit(
    sample: &SampleFit,
    profiles: Profiles,
    limits: Limits,
    period: Option<Period>,
    budget: Budget,
    seed: u64,
) -> Bundle {
    let sessions = sample.session_count();
    let days = period.map_or(1.0, |period| period.days());
    let budget_share = budget.share_of(sessions as f64 / days);
    let mut bundle = Bundle {
        limits,
        profiles,
        baseline: Baseline::default(),
        anomalies: Vec::new(),
        learned: Vec::new(),
        spread: Spread::default(),
        least_strength: Vec::new(),
        fitted: Fitted { period, sessions, sampled: 0, trimmed: 0, budget, budget_share, seed },
    };
    let mut reached: Vec<Vec<f32>> = vec![Vec::new(); INDICATORS.len()];
    for kind in EntityKind::ALL.into_iter().filter(|kind| is_judged(*kind)) {
        let Quiet { usual, rare } = Quiet::of(kind, sample, seed);
        let all = sample.sessions(kind).len();
        bundle.fitted.sampled += all;
        bundle.fitted.trimmed += all - usual.len();
        if usual.is_empty() {
            continue;
        }
        bundle.baseline.set(kind, usual.len() as u32, normals(&usual, Part::Whole));
        let (benign, rare): (Vec<_>, Vec<_>) = rare.into_iter().partition(is_benign);
        let ordinary: Vec<_> = usual.iter().chain(&benign).copied().collect();
        let (fitted, judged) = ((&usual[..], Part::Whole), (&ordinary[..], Part::Whole));
        let mut distances = cross_fit(kind, fitted, judged, seed, &mut reached);
        if usual.len() < LEAST_FOR_MODEL {
            continue;
        }
        let last_rows = usual.iter().map(|session| session.last());
        if let Ok(mut model) = AnomalyModel::fit(kind, last_rows, seed) {
            let of_ordinary = Tail::fit(distances.clone());
            distances.extend(rare.iter().map(|it| farthest(&model, it, Part::Whole)));
            let of_all = Tail::fit(distances);
            let share = budget_share.powf(f64::from(UNNAMED));
            model.calibrate(stricter(of_ordinary, of_all, share));
            bundle.anomalies.push((kind, model));
        }
    }
    bundle.least_strength = least_strengths(reached, budget_share);
    bundle
}

/// Sets the limits of a bundle anew, by held-out time: what is normal until `cut` judges the sessions
/// that came after, each half of the actors by the other. In the rows of `sample` nothing may be fitted
/// on what came after `cut`, or on the actor's own calls. The least usual sessions, which are no part of
/// what is normal, are judged like the others: they come again. Where fewer than a hundred sessions of a
/// kind came after, its limits stay; gives how many sessions were judged.
pub fn calibrate(bundle: &mut Bundle, sample: &SampleFit, cut: Timestamp) -> usize {
    let Fitted { seed, budget_share, .. } = bundle.fitted;
    let mut reached: Vec<Vec<f32>> = vec![Vec::new(); INDICATORS.len()];
    let mut judged = 0;
    for kind in EntityKind::ALL.into_iter().filter(|kind| is_judged(*kind)) {
        let (usual, mut later) = (Quiet::of(kind, sample, seed).usual, quiet(kind, sample));
        later.retain(|session| session.rows_of(Part::After(cut)).next().is_some());
        if later.len() < LEAST_FOR_MODEL {
            continue;
        }
        judged += later.len();
        let (earlier, later) = ((&usual[..], Part::Until(cut)), (&later[..], Part::After(cut)));
        let distances = cross_fit(kind, earlier, later, seed, &mut reached);
        let model = bundle.anomalies.iter_mut().find(|(of, _)| *of == kind);
        if let Some((_, model)) = model.filter(|_| distances.len() >= LEAST_FOR_MODEL) {
            model.calibrate(Tail::fit(distances));
        }
    }
    if judged > 0 {
        bundle.least_strength = least_strengths(reached, budget_share);
    }
    judged
}

fn least_strengths(reached: Vec<Vec<f32>>, budget_share: f64) -> Vec<(Threat, f32)> {
    let of_each = INDICATORS.iter().zip(reached);
    of_each
        .map(|(indicator, reached)| (indicator.threat(), least_strength(reached, budget_share)))
        .collect()
}

/// How strong a finding must be so that no larger a share of ordinary sessions reaches it than the
/// budget allows. Of too few sessions it says nothing, and the floor is the limit.
fn least_strength(reached: Vec<f32>, budget_share: f64) -> f32 {
    let speaking = reached.iter().filter(|strength| **strength > 0.0).count();
    if reached.len() < LEAST_FOR_MODEL || speaking < LEAST_SPEAKING {
        return 1.0;
    }
    Tail::fit(reached).value_at(budget_share).clamp(1.0, MOST_STRENGTH)
}

/// The sessions that nothing speaks against: those labelled benign, and of the unlabelled ones whatever
/// the indicators' floors say nothing about.
pub fn quiet(kind: EntityKind, sample: &SampleFit) -> Vec<&SampledSession> {
    let unlearned = Baseline::default();
    let is_quiet = |session: &&SampledSession| match session.label() {
        Some(Label::Benign) => true,
        Some(Label::Attack(_)) => false,
        None => strengths(session, Part::Whole, &unlearned).iter().all(|strength| *strength < 1.0),
    };
    sample.sessions(kind).into_iter().filter(is_quiet).collect()
}

/// The sessions that may be called ordinary: of the quiet ones all but the least usual, and those labelled
/// benign whatever they are.
///
/// A label says that a session is no attack, not that it is usual: a rare one that is labelled benign
/// sets no range of what is normal, though limits are set by it as by others, and what learns attacks is
/// shown it.
pub fn ordinary(kind: EntityKind, sample: &SampleFit, seed: u64) -> Vec<&SampledSession> {
    let Quiet { usual: mut ordinary, rare } = Quiet::of(kind, sample, seed);
    ordinary.extend(rare.into_iter().filter(is_benign));
    ordinary
}

fn is_benign(session: &&SampledSession) -> bool {
    session.label() == Some(Label::Benign)
}

/// The quiet sessions, parted.
struct Quiet<'a> {
    usual: Vec<&'a SampledSession>,
    /// The least usual of them: attacks that no floor names are among those, if anywhere.
    rare: Vec<&'a SampledSession>,
}

impl<'a> Quiet<'a> {
    fn of(kind: EntityKind, sample: &'a SampleFit, seed: u64) -> Self {
        let quiet = quiet(kind, sample);
        let last_rows = quiet.iter().map(|session| session.last());
        let Ok(model) = AnomalyModel::fit(kind, last_rows, seed) else {
            return Self { usual: quiet, rare: Vec::new() };
        };
        let distances: Vec<f32> =
            quiet.iter().map(|session| model.distance(session.last())).collect();
        let sorted = quantiles::sorted(&distances);
        let limit = quantiles::of_sorted(&sorted, 1.0 - TRIMMED_SHARE);
        let (usual, rare): (Vec<_>, Vec<_>) =
            quiet.into_iter().zip(distances).partition(|(_, distance)| *distance <= limit);
        let sessions = |part: Vec<(&'a SampledSession, f32)>| part.into_iter().map(|it| it.0);
        Self { usual: sessions(usual).collect(), rare: sessions(rare).collect() }
    }
}

/// The strongest finding of each indicator over a part of a session.
fn strengths(session: &SampledSession, part: Part, baseline: &Baseline) -> Vec<f32> {
    let kind = session.entity().kind();
    let strength = |indicator: &&dyn threats::Indicator| {
        session
            .rows_of(part)
            .filter_map(|row| indicator.judge(&View { kind, row, baseline }))
            .map(|found| strength_of(found.score))
            .fold(0.0, f32::max)
    };
    INDICATORS.iter().map(strength).collect()
}

/// The range of each column: the lowest and the highest that ordinary sessions come to at any moment,
/// without the outermost 1 % of them.
fn normals(ordinary: &[&SampledSession], part: Part) -> Vec<Option<Normal>> {
    (0..WIDTH)
        .map(|place| {
            let over = |pick: fn(f32, f32) -> f32| -> Vec<f32> {
                let of = |session: &&SampledSession| {
                    session.rows_of(part).map(|row| row[place]).fold(f32::NAN, pick)
                };
                quantiles::sorted(&ordinary.iter().map(of).collect::<Vec<f32>>())
            };
            let (lows, highs) = (over(f32::min), over(f32::max));
            if highs.is_empty() {
                return None;
            }
            let last_rows = ordinary.iter().filter_map(|session| session.rows_of(part).last());
            let last: Vec<f32> = last_rows.map(|row| row[place]).collect();
            Some(Normal {
                low: quantiles::of_sorted(&lows, 0.01),
                median: quantiles::of_sorted(&quantiles::sorted(&last), 0.5),
                high: quantiles::of_sorted(&highs, 0.99),
            })
        })
        .collect()
}

/// Sessions, and what is looked at of each.
type Looked<'a> = (&'a [&'a SampledSession], Part);

/// Judges each half of the later sessions by the other half of the earlier ones: gives the largest distance
/// of each session, and adds the strongest finding of each indicator to `reached`.
fn cross_fit(
    kind: EntityKind,
    (earlier, before): Looked<'_>,
    (later, after): Looked<'_>,
    seed: u64,
    reached: &mut [Vec<f32>],
) -> Vec<f32> {
    let half_of = |session: &SampledSession| hash_of(&session.entity()) >> 1 & 1;
    let mut distances = Vec::with_capacity(later.len());
    for half in 0..2 {
        let has_row = |it: &&SampledSession| it.rows_of(before).next().is_some();
        let others = earlier.iter().copied().filter(|session| half_of(session) != half);
        let fitted: Vec<&SampledSession> = others.filter(has_row).collect();
        let judged = || later.iter().filter(|session| half_of(session) == half);
        let mut baseline = Baseline::default();
        baseline.set(kind, fitted.len() as u32, normals(&fitted, before));
        for session in judged() {
            for (reached, strength) in reached.iter_mut().zip(strengths(session, after, &baseline))
            {
                reached.push(strength);
            }
        }
        let last_rows = fitted.iter().filter_map(|session| session.rows_of(before).last());
        if let Ok(model) = AnomalyModel::fit(kind, last_rows, seed) {
            distances.extend(judged().map(|session| farthest(&model, session, after)));
        }
    }
    distances
}

/// The tail that asks for more where so small a share may reach it. The least usual sessions lengthen a
/// tail; where they are many and alike, they only move its beginning, and the rest of it ends sooner.
fn stricter(one: Tail, other: Tail, share: f64) -> Tail {
    if one.value_at(share) > other.value_at(share) { one } else { other }
}

/// How far from usual a part of a session came.
fn farthest(model: &AnomalyModel, session: &SampledSession, part: Part) -> f32 {
    session.rows_of(part).map(|row| model.distance(row)).fold(0.0, f32::max)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thirty_that_are_alike_are_held_against_each_other() {
        let spread = |n: u16| 0.3 + 0.2 * f32::from(n) / 600.0;
        let usual: Vec<f32> = (0..600).map(spread).collect();
        let all: Vec<f32> = usual.iter().copied().chain([0.6; 30]).collect();
        let (of_usual, of_all) = (Tail::fit(usual), Tail::fit(all));
        let share = 5.0 / 630.0;
        assert!(of_usual.strength(0.6, share) >= UNNAMED, "alone they would be far out");
        let strength = stricter(of_usual, of_all, share.powf(1.25)).strength(0.6, share);
        assert!(strength < UNNAMED, "{strength}");
    }

    #[test]
    fn what_many_ordinary_sessions_reach_raises_a_limit_and_what_one_reaches_does_not() {
        let reached = |count: usize| {
            let mut reached = vec![0.0; 1_000];
            reached[..count].fill(2.0);
            least_strength(reached, 0.001)
        };
        assert_eq!(reached(1), 1.0);
        assert_eq!(reached(20), MOST_STRENGTH);
    }
}
