use domain::{AuthOutcome, EntityKind, Finding, Moment, Observation, Score, Verdict};
use features::{ColumnId, column};
use threats::{INDICATORS, Indicator, View, repeats_one_secret, score_of};

use crate::{AnomalyModel, Bundle};

/// A session of fewer calls is too short to be called usual or unusual. Indicators look at it all the
/// same.
pub const LEAST_CALLS: u32 = 5;

/// The strength from which a finding is worth counting among others of its kind.
const LEAST_SUSPICION: f32 = 0.5;

const CALLS: ColumnId = column("sequence_length");
const FAILURES: ColumnId = column("auth_failures_24h");
const ERRORS: ColumnId = column("client_error_ratio");

/// Of whom so large a share of the calls is refused, nothing is let in.
const ALL_REFUSED: f32 = 0.95;

/// How strong an anomaly without a name must be: nobody can check it at a glance, so it has to lie a
/// quarter further out than the budget asks.
pub(crate) const UNNAMED: f32 = 1.25;

/// Who gets in after fewer failures has mistyped.
const MISTYPED: f32 = 3.0;

/// Whether entities of a kind are judged by their own rows. Endpoints are not: what happens to them is
/// seen from those who call, and from campaigns (`alerts::Desk`).
pub const fn is_judged(kind: EntityKind) -> bool {
    !matches!(kind, EntityKind::Endpoint)
}

/// Judges observations by a bundle.
#[derive(Clone, Copy, Debug)]
pub struct Judge<'a> {
    bundle: &'a Bundle,
    indicators: &'a [&'a dyn Indicator],
}

impl<'a> Judge<'a> {
    /// A judge who goes by this bundle.
    pub const fn new(bundle: &'a Bundle) -> Self {
        Self { bundle, indicators: INDICATORS }
    }

    /// The same judge with fewer indicators, or others.
    pub const fn with_indicators(self, indicators: &'a [&'a dyn Indicator]) -> Self {
        Self { indicators, ..self }
    }

    /// What an observation amounts to. Indicators look at every one; the models look where the schedule
    /// says. Each finding stands for itself: none silences another. One with a name is an alarm only at an event
    /// of the kind that its threat is made of, or at the end of a session.
    pub fn judge(&self, seen: &Observation<'_>) -> Verdict {
        let kind = seen.entity.kind();
        let view = View { kind, row: seen.row, baseline: &self.bundle.baseline };
        let mut worst = Score::ZERO;
        let mut findings: Vec<Finding> = Vec::new();
        let mut suspicion = None;
        let concerned = self
            .indicators
            .iter()
            .filter(|indicator| seen.event.is_none_or(|event| indicator.concerns(event)));
        for indicator in concerned {
            let Some(found) = indicator.judge(&view) else { continue };
            worst = worst.worse(found.score);
            if strength_of(found.score) >= self.bundle.least_strength(found.threat) {
                findings.push(found);
            } else if indicator.adds_up(&view) && strength_of(found.score) >= LEAST_SUSPICION {
                suspicion = Some(found);
            }
        }
        let is_long = CALLS.of(seen.row) >= LEAST_CALLS as f32;
        let is_due = seen.moment != Moment::Notable && is_long;
        let mut is_named_later = false;
        if let Some((strength, found)) = is_due.then(|| self.learned(seen, &view)).flatten() {
            worst = worst.worse(score_of(strength));
            let is_now = |found: &Finding| {
                seen.event.is_none_or(|event| threats::is_made_of(found.threat, event))
            };
            is_named_later = found.as_ref().is_some_and(|found| !is_now(found));
            found.into_iter().filter(is_now).for_each(|found| add(&mut findings, found));
        }
        // Odd, but explained: a program whose secret is stale does nothing else.
        let is_stale = ERRORS.of(seen.row) >= ALL_REFUSED && repeats_one_secret(&view);
        let model = self.bundle.anomaly(kind).filter(|_| is_due && !is_stale);
        let model = model.filter(|model| model.is_conspicuous(kind, seen.row, view.baseline));
        if let Some(model) = model {
            let strength = model.strength(seen.row, self.bundle.fitted.budget_share);
            worst = worst.worse(AnomalyModel::score(strength));
            if strength >= UNNAMED && findings.is_empty() {
                findings.push(model.explain(kind, seen.row, strength, view.baseline));
            }
        }
        let succeeds = seen.event.is_some_and(|event| event.auth == AuthOutcome::Success);
        let got_in = succeeds && FAILURES.of(seen.row) < MISTYPED;
        if !findings.is_empty() {
            findings.sort_by(|a, b| b.score.get().total_cmp(&a.score.get()));
            Verdict::Anomalous { findings, suspicion }
        } else if let Some(found) = suspicion {
            Verdict::Suspicious(found)
        } else if is_named_later {
            // It looks like an attack: that this call is no part of one acquits nobody.
            Verdict::Warming
        } else if is_long || got_in {
            Verdict::Ordinary(worst)
        } else {
            Verdict::Warming
        }
    }

    /// What was learned from labelled sessions says of a row: how strongly it speaks for an attack, and for
    /// which from the strength of an alarm on.
    fn learned(&self, seen: &Observation<'_>, view: &View<'_>) -> Option<(f32, Option<Finding>)> {
        let model = self.bundle.learned(view.kind)?;
        let strength = model.strength(seen.row, self.bundle.fitted.budget_share);
        let explain = || model.explain(view.kind, seen.row, strength, view.baseline);
        Some((strength, (strength >= 1.0).then(explain)))
    }
}

/// Adds a finding. Of two about one threat the surer stays, so that neither silences the other.
fn add(findings: &mut Vec<Finding>, found: Finding) {
    match findings.iter_mut().find(|other| other.threat == found.threat) {
        Some(other) if other.score.get() >= found.score.get() => {}
        Some(other) => *other = found,
        None => findings.push(found),
    }
}

/// The strength of a score: the inverse of [`threats::score_of`].
pub(crate) fn strength_of(score: Score) -> f32 {
    -(1.0 - score.get()).max(1e-7).log2() + 1e-5
}
