use std::fmt;
use std::str::FromStr;

/// How many false alarms an operator is ready to look at.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Budget {
    /// So many a day, whatever the traffic.
    PerDay(f64),
    /// So large a share of the ordinary sessions: 0.001 is one in a thousand.
    Share(f64),
}

impl Default for Budget {
    fn default() -> Self {
        Self::PerDay(5.0)
    }
}

impl Budget {
    /// The share of ordinary sessions that may alarm, where so many are judged a day.
    pub fn share_of(self, sessions_a_day: f64) -> f64 {
        match self {
            Self::Share(share) => share,
            Self::PerDay(alarms) => (alarms / sessions_a_day.max(1.0)).min(0.5),
        }
    }
}

impl fmt::Display for Budget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PerDay(alarms) => write!(f, "{alarms}/day"),
            // Shortest digits: 0.1 % must not print as 0.10000000000000001.
            Self::Share(share) => write!(f, "{}%", (share * 1e8).round() / 1e6),
        }
    }
}

/// Reads `5/day`, `5` (a day) or `0.1%`.
impl FromStr for Budget {
    type Err = BudgetError;

    fn from_str(text: &str) -> Result<Self, BudgetError> {
        let error = || BudgetError(text.to_owned());
        let number = |digits: &str| -> Result<f64, BudgetError> {
            let number: f64 = digits.trim().parse().map_err(|_| error())?;
            if number.is_finite() && number > 0.0 { Ok(number) } else { Err(error()) }
        };
        if let Some(percent) = text.trim().strip_suffix('%') {
            let share = number(percent)? / 100.0;
            return if share <= 0.5 { Ok(Self::Share(share)) } else { Err(error()) };
        }
        let alarms = text.trim();
        let alarms = alarms.strip_suffix("/day").or(alarms.strip_suffix("/d")).unwrap_or(alarms);
        Ok(Self::PerDay(number(alarms)?))
    }
}

/// A text that is no budget.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BudgetError(String);

impl fmt::Display for BudgetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = &self.0;
        write!(
            f,
            "invalid budget {text:?}: must be alarms a day (5/day) or a share above 0 % and at most 50 % (0.1%)"
        )
    }
}

impl std::error::Error for BudgetError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn budgets_read_as_people_write_them() {
        let check = |text: &str, expect: Budget, shown: &str| {
            assert_eq!(text.parse(), Ok(expect));
            assert_eq!(expect.to_string(), shown);
        };
        check("5", Budget::PerDay(5.0), "5/day");
        check("0.5/day", Budget::PerDay(0.5), "0.5/day");
        check(" 3/d", Budget::PerDay(3.0), "3/day");
        check("0.1%", Budget::Share(0.001), "0.1%");
        for bad in ["", "0", "-1", "none", "90%", "0%", "NaN", "inf", "5/week"] {
            assert!(bad.parse::<Budget>().is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_daily_budget_is_a_smaller_share_of_more_traffic() {
        assert_eq!(Budget::PerDay(5.0).share_of(5_000.0), 0.001);
        assert_eq!(Budget::PerDay(5.0).share_of(0.0), 0.5);
        assert_eq!(Budget::Share(0.01).share_of(1e9), 0.01);
    }
}
