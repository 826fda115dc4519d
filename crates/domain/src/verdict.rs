use crate::{Score, Threat};

/// What an observation was judged to be.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// Not enough has been seen to say anything.
    Warming,
    /// Within what is normal here.
    Ordinary(Score),
    /// Within what is normal for one alone, though not for many at once: worth counting.
    Suspicious(Finding),
    /// Outside it.
    Anomalous {
        /// One observation can show several threats at once; the worst comes first, and there is at
        /// least one.
        findings: Vec<Finding>,
        /// What is worth counting besides: that one threat is plain takes nothing from another.
        suspicion: Option<Finding>,
    },
}

/// What was found in a row: a threat, how sure it is, and why.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// What it looks like.
    pub threat: Threat,
    /// How sure.
    pub score: Score,
    /// Why; never empty.
    pub because: Vec<Evidence>,
}

/// One number against what is normal here.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Evidence {
    /// The column of the feature schema.
    pub column: &'static str,
    /// What was seen.
    pub value: f32,
    /// The lower end of normal.
    pub normal_low: f32,
    /// The upper end of normal.
    pub normal_high: f32,
    /// The part of the score that this number carries; the parts sum to the score.
    pub contribution: f32,
}

impl Evidence {
    /// How many times beyond the nearer end of normal the value lies; 1 within it. Always finite: an
    /// end at zero is taken as one unit of the column.
    pub fn ratio(&self) -> f32 {
        let unit = |end: f32| if end.abs() < 1e-6 { 1.0 } else { end.abs() };
        if self.value > self.normal_high {
            (self.value / unit(self.normal_high)).abs().max(1.0)
        } else if self.value < self.normal_low {
            (self.normal_low / unit(self.value)).abs().max(1.0)
        } else {
            1.0
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ratio_tells_how_far_out_a_value_lies() {
        let check = |value, low, high, expect| {
            let evidence = Evidence {
                column: "c",
                value,
                normal_low: low,
                normal_high: high,
                contribution: 0.0,
            };
            assert_eq!(evidence.ratio(), expect, "{value} against {low}..{high}");
        };
        check(42.0, 0.0, 2.0, 21.0);
        check(1.0, 0.0, 2.0, 1.0);
        check(5.0, 0.0, 0.0, 5.0);
        check(0.5, 2.0, 9.0, 4.0);
    }
}
