use std::fmt;

/// Microseconds in a second.
pub const MICROS_PER_SEC: i64 = 1_000_000;

/// Event time: microseconds since 1970-01-01T00:00:00Z, leap seconds ignored as POSIX does.
///
/// It is the only clock there is. It comes from the log, never from the machine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    /// From microseconds since the epoch.
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// From whole seconds since the epoch; saturates some 292,000 years from now.
    pub const fn from_secs(secs: i64) -> Self {
        Self(secs.saturating_mul(MICROS_PER_SEC))
    }

    /// From a civil date and time of day in UTC. `month` and `day` count from 1; values past their
    /// range (month 13, second 60) carry over, as in POSIX `timegm`.
    pub const fn from_civil(y: i64, month: u32, day: u32, hour: u32, min: u32, sec: u32) -> Self {
        let days = days_from_civil(y, month, day);
        Self::from_secs(days * 86_400 + hour as i64 * 3_600 + min as i64 * 60 + sec as i64)
    }

    /// Microseconds since the epoch.
    pub const fn as_micros(self) -> i64 {
        self.0
    }

    /// Whole seconds since the epoch, rounded down.
    pub const fn as_secs(self) -> i64 {
        self.0.div_euclid(MICROS_PER_SEC)
    }

    /// This moment, later by so many microseconds (earlier if negative).
    pub const fn plus_micros(self, micros: i64) -> Self {
        Self(self.0.saturating_add(micros))
    }

    /// Microseconds from `earlier` to this moment; negative if `earlier` is later.
    pub const fn micros_since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// Seconds from `earlier` to this moment; negative if `earlier` is later.
    pub fn secs_since(self, earlier: Self) -> f64 {
        self.micros_since(earlier) as f64 / MICROS_PER_SEC as f64
    }

    /// Hour of the week in UTC, 0 (Monday 00:00) to 167.
    pub const fn hour_of_week(self) -> u32 {
        // 1970-01-01 was a Thursday: three days after a Monday.
        (self.as_secs().div_euclid(3_600) + 3 * 24).rem_euclid(168) as u32
    }
}

/// RFC 3339 in UTC, with as many fractional digits (0, 3 or 6) as the value needs.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let secs = self.as_secs();
        let (year, month, day) = civil_from_days(secs.div_euclid(86_400));
        let of_day = secs.rem_euclid(86_400);
        let (hour, min, sec) = (of_day / 3_600, of_day / 60 % 60, of_day % 60);
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{min:02}:{sec:02}")?;
        match self.0.rem_euclid(MICROS_PER_SEC) {
            0 => f.write_str("Z"),
            micros if micros % 1_000 == 0 => write!(f, ".{:03}Z", micros / 1_000),
            micros => write!(f, ".{micros:06}Z"),
        }
    }
}

/// Days from 1970-01-01 in the proleptic Gregorian calendar. Years are counted from March, so that
/// the leap day comes last and needs no special case.
const fn days_from_civil(year: i64, month: u32, day: u32) -> i64 {
    let months = year * 12 + month as i64 - 3;
    let (march_year, march_month) = (months.div_euclid(12), months.rem_euclid(12));
    let leap_days =
        march_year.div_euclid(4) - march_year.div_euclid(100) + march_year.div_euclid(400);
    let day_of_year = (153 * march_month + 2) / 5 + day as i64 - 1;
    march_year * 365 + leap_days + day_of_year - 719_468
}

fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let since_march_0 = days + 719_468;
    let era = since_march_0.div_euclid(146_097);
    let day_of_era = since_march_0.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * march_month + 2) / 5 + 1;
    let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
    (era * 400 + year_of_era + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_dates_print_as_rfc_3339() {
        let check = |secs, expect: &str| assert_eq!(Timestamp::from_secs(secs).to_string(), expect);
        check(0, "1970-01-01T00:00:00Z");
        check(951_782_400, "2000-02-29T00:00:00Z");
        check(-62_135_596_800, "0001-01-01T00:00:00Z");
        check(253_402_300_799, "9999-12-31T23:59:59Z");
        assert_eq!(Timestamp::from_micros(1_500).to_string(), "1970-01-01T00:00:00.001500Z");
    }

    #[test]
    fn civil_dates_round_trip_over_eight_centuries() {
        for day in (-150_000..150_000).step_by(13) {
            let (year, month, day_of_month) = civil_from_days(day);
            assert_eq!(days_from_civil(year, month as u32, day_of_month as u32), day);
        }
    }

    #[test]
    fn the_week_begins_on_monday() {
        // 2026-11-23 is a Monday.
        let monday = Timestamp::from_civil(2026, 11, 23, 0, 0, 0);
        assert_eq!(monday.hour_of_week(), 0);
        assert_eq!(monday.plus_micros(-1).hour_of_week(), 167);
    }
}
