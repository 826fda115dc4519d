use serde::{Deserialize, Serialize};

/// Why a row has its score: `base` plus all `parts` is the score in `space`.
#[derive(Clone, Debug, PartialEq)]
pub struct Contributions {
    /// Where the parts add up.
    pub space: Space,
    /// The score, in that space, of the row that everything is compared with.
    pub base: f32,
    /// One part a raw column; positive makes the row worse.
    pub parts: Vec<f32>,
}

/// In which space contributions add up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Space {
    /// The score itself.
    Score,
    /// The logarithm of the odds of the score.
    LogOdds,
}

impl Space {
    /// A number of this space as a score.
    pub fn to_score(self, value: f32) -> f32 {
        match self {
            Self::Score => value.clamp(0.0, 1.0),
            Self::LogOdds => crate::contributions::sigmoid(value),
        }
    }
}

impl Contributions {
    /// Base and parts together, in the space.
    pub fn total(&self) -> f32 {
        let sum: f64 = self.parts.iter().map(|part| f64::from(*part)).sum();
        (f64::from(self.base) + sum) as f32
    }

    /// The score that they explain.
    pub fn score(&self) -> f32 {
        self.space.to_score(self.total())
    }

    /// The columns, the weightiest part first; equal ones in the order of the columns.
    pub fn ranked(&self) -> Vec<usize> {
        let mut columns: Vec<usize> = (0..self.parts.len()).collect();
        columns.sort_by(|a, b| self.parts[*b].abs().total_cmp(&self.parts[*a].abs()));
        columns
    }
}

/// `1 / (1 + e^-x)`, without overflow.
pub(crate) fn sigmoid(x: f32) -> f32 {
    1.0 / (1.0 + (-x).exp())
}
