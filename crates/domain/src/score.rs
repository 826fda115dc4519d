use std::fmt;

/// How bad something is: 0 (ordinary) to 1 (certainly an attack). Higher is worse, always.
///
/// A score outside that range, NaN included, cannot be made.
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd)]
pub struct Score(f32);

impl Score {
    /// The lowest score.
    pub const ZERO: Self = Self(0.0);
    /// The highest score.
    pub const ONE: Self = Self(1.0);

    /// A score from a number that should lie in `0..=1`.
    pub fn new(value: f32) -> Result<Self, OutOfRange> {
        if (0.0..=1.0).contains(&value) { Ok(Self(value)) } else { Err(OutOfRange(value)) }
    }

    /// The nearest score to a number; NaN becomes 0.
    pub fn saturating(value: f32) -> Self {
        Self(if value.is_nan() { 0.0 } else { value.clamp(0.0, 1.0) })
    }

    /// The number.
    pub const fn get(self) -> f32 {
        self.0
    }

    /// The worse of two scores.
    pub fn worse(self, other: Self) -> Self {
        if other.0 > self.0 { other } else { self }
    }
}

impl fmt::Display for Score {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.2}", self.0)
    }
}

/// A number that is no score.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OutOfRange(pub f32);

impl fmt::Display for OutOfRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "invalid score {}: must lie in 0..=1", self.0)
    }
}

impl std::error::Error for OutOfRange {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_score_outside_its_range_cannot_be_made() {
        for bad in [-0.1, 1.1, f32::NAN, f32::INFINITY] {
            assert!(Score::new(bad).is_err());
        }
        assert_eq!(Score::saturating(f32::NAN), Score::ZERO);
        assert_eq!(Score::saturating(7.0), Score::ONE);
    }
}
