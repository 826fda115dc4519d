use domain::{EntityKind, Threat, Timestamp};
use features::{Limits, Profiles};
use threats::Baseline;

use crate::{AnomalyModel, Budget, LearnedModel, Spread};

/// Everything that was fitted, frozen: what judging needs beside the events.
#[derive(Debug)]
pub struct Bundle {
    /// Bounds of the entities' states.
    pub limits: Limits,
    /// What is known of the whole site.
    pub profiles: Profiles,
    /// What is normal for each kind of entity.
    pub baseline: Baseline,
    /// What is usual as a whole, a kind of entity; empty where too little was seen.
    pub anomalies: Vec<(EntityKind, AnomalyModel)>,
    /// What was learned from labelled attacks, a kind of entity; empty without a training.
    pub learned: Vec<(EntityKind, LearnedModel)>,
    /// How sessions were spread, to see later whether they still are; empty where the log that was
    /// fitted on is the one that is judged.
    pub spread: Spread,
    /// How strong a finding must be to count, a threat. Never below 1.
    pub least_strength: Vec<(Threat, f32)>,
    /// On what it was fitted.
    pub fitted: Fitted,
}

/// On what a bundle was fitted, and what that promises.
#[derive(Clone, Debug, PartialEq)]
pub struct Fitted {
    /// Event time covered; `None` if there was no event.
    pub period: Option<Period>,
    /// Sessions long enough to be judged.
    pub sessions: u64,
    /// How many of them were looked at: a sample where there are very many.
    pub sampled: usize,
    /// How many of the sample were trimmed as not ordinary.
    pub trimmed: usize,
    /// The operator's budget.
    pub budget: Budget,
    /// The share of ordinary sessions that it allows to alarm.
    pub budget_share: f64,
    /// The seed of every random choice.
    pub seed: u64,
}

impl Fitted {
    /// False alarms that the budget allows a day, on traffic like that of the fit.
    pub fn promised_a_day(&self) -> f64 {
        let days = self.period.map_or(1.0, |period| period.days());
        self.budget_share * self.sessions as f64 / days
    }
}

/// A stretch of event time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Period {
    /// The earliest event.
    pub first: Timestamp,
    /// The latest event.
    pub last: Timestamp,
    /// What of it lies in gaps of more than a day: between logs that do not follow each other, or
    /// before a line whose clock was wrong.
    pub silent_micros: i64,
}

impl Period {
    /// Its length in days, gaps of more than a day left out; never 0.
    pub fn days(&self) -> f64 {
        let silent_secs = self.silent_micros as f64 / 1e6;
        ((self.last.secs_since(self.first) - silent_secs) / 86_400.0).max(1.0 / 86_400.0)
    }
}

impl Bundle {
    /// How strong a finding about a threat must be to count.
    pub fn least_strength(&self, threat: Threat) -> f32 {
        let set = self.least_strength.iter().find(|(named, _)| *named == threat);
        set.map_or(1.0, |(_, strength)| *strength)
    }

    /// What was learned from labelled attacks about a kind of entity.
    pub fn learned(&self, kind: EntityKind) -> Option<&LearnedModel> {
        self.learned.iter().find(|(of, _)| *of == kind).map(|(_, model)| model)
    }

    /// The model of what is usual for a kind of entity.
    pub fn anomaly(&self, kind: EntityKind) -> Option<&AnomalyModel> {
        self.anomalies.iter().find(|(of, _)| *of == kind).map(|(_, model)| model)
    }
}
