//! Event time cut into periods.

use domain::Timestamp;

/// The number of a period of event time, counted from the year 1970. Times before it are period 0.
pub(crate) struct Period;

impl Period {
    /// The period of so many seconds in which a moment lies.
    pub(crate) fn of(at: Timestamp, period_secs: u32) -> u32 {
        // One period is kept free at the start, so that a fresh structure (period 0) is always stale.
        let number = at.as_secs().max(0) / i64::from(period_secs) + 1;
        u32::try_from(number).unwrap_or(u32::MAX)
    }

    /// When a period begins.
    pub(crate) fn start(number: u32, period_secs: u32) -> Timestamp {
        Timestamp::from_secs((i64::from(number) - 1) * i64::from(period_secs))
    }
}
