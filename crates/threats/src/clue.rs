use domain::{Evidence, Finding, Score, Threat};
use features::ColumnId;

use crate::View;

/// One number that speaks for a threat, and from where on.
///
/// The limit is `floor` until enough ordinary entities were seen; then it is [`MARGIN`] times the upper
/// end of their range, though never below `least`: on a site where nobody ever fails, one failure is
/// still no attack.
#[derive(Clone, Copy, Debug)]
pub struct Clue {
    /// The column.
    pub column: ColumnId,
    /// The limit while nothing is learned.
    pub floor: f32,
    /// The lowest limit that learning may set.
    pub least: f32,
    /// How strongly it speaks at its limit: 1 is enough by itself.
    pub weight: f32,
    /// How it counts.
    pub sense: Sense,
}

/// How a clue's value counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sense {
    /// The more the worse: with the square of value over limit, up to [`CAP`] times the weight.
    Grows,
    /// All or nothing: the weight once the value reaches the limit.
    Reaches,
    /// All or nothing: the weight as long as the value is at most the limit. Its limit is not learned.
    StaysBelow,
}

/// A learned limit stands so far above the upper end of normal.
pub const MARGIN: f32 = 2.0;
/// A growing clue counts at most so many times its weight.
pub const CAP: f32 = 4.0;

impl Clue {
    /// A number that counts the more, the larger it is.
    pub const fn grows(column: ColumnId, floor: f32, least: f32, weight: f32) -> Self {
        Self { column, floor, least, weight, sense: Sense::Grows }
    }

    /// A number that counts once it reaches a fixed limit.
    pub const fn reaches(column: ColumnId, limit: f32, weight: f32) -> Self {
        Self { column, floor: limit, least: limit, weight, sense: Sense::Reaches }
    }

    /// A number that counts while it stays at or below a fixed limit.
    pub const fn stays_below(column: ColumnId, limit: f32, weight: f32) -> Self {
        Self { column, floor: limit, least: limit, weight, sense: Sense::StaysBelow }
    }

    /// From where on it speaks, here. What people do adds up behind one address: a count is held
    /// against as many of them as are known to be there.
    pub fn limit(&self, view: &View<'_>) -> f32 {
        match (self.sense, view.normal(self.column)) {
            (Sense::Grows, Some(normal)) => (normal.high * MARGIN).max(self.least * view.crowd()),
            (Sense::Grows, None) => self.floor * view.crowd(),
            _ => self.floor,
        }
    }

    /// How strongly it speaks, here: 0 if not at all.
    pub fn strength(&self, view: &View<'_>) -> f32 {
        let value = self.column.of(view.row);
        let limit = self.limit(view);
        let holds = match self.sense {
            _ if value.is_nan() => return 0.0,
            Sense::Grows => return self.weight * (value / limit).powi(2).min(CAP),
            Sense::Reaches => value >= limit,
            Sense::StaysBelow => value <= limit,
        };
        if holds { self.weight } else { 0.0 }
    }

    /// What is normal, as evidence shows it: the learned range, else what the limit says.
    fn normal_range(&self, view: &View<'_>) -> (f32, f32) {
        match (self.sense, view.normal(self.column)) {
            (_, Some(normal)) => (normal.low, normal.high),
            (Sense::StaysBelow, None) => (self.floor, f32::MAX),
            (_, None) => (0.0, self.floor / MARGIN),
        }
    }
}

/// Adds clues up: `1 - 2^-strength`, so that clues worth 1 give a score of 0.5, which is where a finding
/// begins to count as one. `None` if nothing speaks at all: so it is for nearly every row, and it
/// allocates nothing.
pub fn weigh<'a>(
    threat: Threat,
    view: &View<'_>,
    clues: impl IntoIterator<Item = &'a Clue, IntoIter: Clone>,
) -> Option<Finding> {
    let clues = clues.into_iter();
    let total: f32 = clues.clone().map(|clue| clue.strength(view)).sum();
    if total <= 0.0 {
        return None;
    }
    let score = score_of(total);
    let mut because: Vec<Evidence> = Vec::new();
    for clue in clues {
        let strength = clue.strength(view);
        if strength <= 0.0 {
            continue;
        }
        let contribution = score.get() * strength / total;
        // A number that speaks through two clues is one piece of evidence.
        if let Some(told) = because.iter_mut().find(|told| told.column == clue.column.name()) {
            told.contribution += contribution;
            continue;
        }
        let (normal_low, normal_high) = clue.normal_range(view);
        because.push(Evidence {
            column: clue.column.name(),
            value: view.value(clue.column),
            normal_low,
            normal_high,
            contribution,
        });
    }
    because.sort_by(|a, b| b.contribution.total_cmp(&a.contribution));
    Some(Finding { threat, score, because })
}

/// The score of a sum of strengths.
pub fn score_of(strength: f32) -> Score {
    Score::saturating(1.0 - (-strength).exp2())
}
