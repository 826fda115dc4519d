//! Weeks: how busy each hour of one is, for a site and for an actor.

/// Hours of a week; the first begins on Monday, 00:00 UTC.
pub(crate) const HOURS: usize = 168;
const HOURS_A_DAY: usize = 24;
const DAYS: usize = HOURS / HOURS_A_DAY;

/// How many calls of weight an even spread has beside those of each time of day.
const HOUR_WEIGHT: f32 = 7.0;
/// How many calls of weight the times of day have beside the hours of the week: one an hour.
const DAY_WEIGHT: f32 = HOURS as f32;
/// How many active hours of weight the site's times of day have beside an actor's own: one a time.
const OWN_TIME_WEIGHT: f32 = HOURS_A_DAY as f32;
/// How many active hours of weight an actor's times of day have beside its hours of the week.
const OWN_WEEK_WEIGHT: f32 = HOURS as f32;

/// How busy each hour of the week is on a site.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct SiteWeek {
    /// Surprise in bits of each hour against an even spread.
    bits: Vec<f32>,
    /// Each hour's share of the calls.
    shares: Vec<f32>,
    /// Each time of day's.
    times: Vec<f32>,
}

impl SiteWeek {
    /// From calls an hour. An hour of which the week says little is taken to be as busy as its time of
    /// day on the other days, and a time of day of which nothing is known as busy as any.
    pub(crate) fn fit(calls: &[u32]) -> Self {
        let total: f32 = calls.iter().map(|count| *count as f32).sum();
        let share_of_time = |time: usize| {
            let of_time = calls.iter().skip(time).step_by(HOURS_A_DAY);
            let calls: f32 = of_time.map(|count| *count as f32).sum();
            (calls + HOUR_WEIGHT) / (total + HOURS_A_DAY as f32 * HOUR_WEIGHT)
        };
        let times: Vec<f32> = (0..HOURS_A_DAY).map(share_of_time).collect();
        let surprise = |hour: usize| {
            let count = calls.get(hour).map_or(0.0, |count| *count as f32);
            let backed_off = DAY_WEIGHT * times[hour % HOURS_A_DAY] / DAYS as f32;
            let share = (count + backed_off) / (total + DAY_WEIGHT);
            -(share * HOURS as f32).log2()
        };
        Self::from_bits((0..HOURS).map(surprise))
    }

    /// From the surprise in bits of each hour; hours that are missing surprise nobody.
    pub(crate) fn from_bits(bits: impl IntoIterator<Item = f32>) -> Self {
        let mut bits: Vec<f32> = bits.into_iter().take(HOURS).collect();
        bits.resize(HOURS, 0.0);
        let shares: Vec<f32> = bits.iter().map(|bits| (-bits).exp2() / HOURS as f32).collect();
        let of_time = |time: usize| shares.iter().skip(time).step_by(HOURS_A_DAY).sum();
        let times = (0..HOURS_A_DAY).map(of_time).collect();
        Self { bits, shares, times }
    }

    /// The surprise in bits of each hour against an even spread.
    pub(crate) fn bits(&self) -> &[f32] {
        &self.bits
    }
}

impl Default for SiteWeek {
    /// A week of which nothing is known.
    fn default() -> Self {
        Self::from_bits([])
    }
}

/// In which hours of the week an actor was active, over all the weeks for which it is followed. 172 bytes.
///
/// An hour counts once a week, however many calls it has: the calls of one visit are one piece of evidence.
#[derive(Clone, Debug, Default)]
pub(crate) struct OwnWeek {
    /// Active hours by time of day, and within it by day. One that was active for five years is full.
    active: [[u8; DAYS]; HOURS_A_DAY],
    total: u32,
}

impl OwnWeek {
    /// Counts an hour that had a call.
    pub(crate) fn add(&mut self, hour_of_week: usize) {
        let (day, time) = (hour_of_week / HOURS_A_DAY, hour_of_week % HOURS_A_DAY);
        let count = &mut self.active[time][day];
        if *count < u8::MAX {
            *count += 1;
            self.total += 1;
        }
    }

    /// How many bits more an hour surprises who knows this week than who knows the site's alone: above 0
    /// where the actor is not usually about, below it where it is.
    ///
    /// The actor's share of the hour is shrunk twice. Its times of day have the site's as a Dirichlet
    /// prior with a weight of 24 active hours; those, spread over the days as the site's calls are, are
    /// the prior of its hours of the week with a weight of 168. With no past it is the site's week, at 0
    /// bits, and it takes some days until the actor's own hours count more. The prior's base measure is
    /// estimated from everybody, which makes it empirical Bayes (Casella 1985, *The American Statistician*
    /// 39(2)); the two levels are the hierarchy of MacKay and Peto (1995, *Natural Language Engineering*
    /// 1(3)). The weights are a choice: as much as an actor that was active once in each.
    pub(crate) fn surprise_over(&self, site: &SiteWeek, hour_of_week: usize) -> f32 {
        let (day, time) = (hour_of_week / HOURS_A_DAY, hour_of_week % HOURS_A_DAY);
        let (of_site, time_of_site) = (site.shares[hour_of_week], site.times[time]);
        let days = &self.active[time];
        let of_time: u32 = days.iter().map(|count| u32::from(*count)).sum();
        let total = self.total as f32;
        let time_share =
            (of_time as f32 + OWN_TIME_WEIGHT * time_of_site) / (total + OWN_TIME_WEIGHT);
        let backed_off = OWN_WEEK_WEIGHT * time_share * (of_site / time_of_site);
        let share = (f32::from(days[day]) + backed_off) / (total + OWN_WEEK_WEIGHT);
        (of_site / share).log2()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Five days on which people call from 9 to 17 o'clock.
    fn office() -> SiteWeek {
        let mut calls = vec![0; HOURS];
        for day in 0..5 {
            (9..17).for_each(|hour| calls[day * 24 + hour] = 400);
        }
        SiteWeek::fit(&calls)
    }

    fn share(own: &OwnWeek, site: &SiteWeek, hour: usize) -> f32 {
        site.shares[hour] * (-own.surprise_over(site, hour)).exp2()
    }

    #[test]
    fn an_hour_that_was_never_seen_is_as_busy_as_its_time_of_day() {
        let site = office();
        let saturday = |hour: usize| site.bits[5 * 24 + hour];
        assert!(saturday(12) < saturday(3) - 3.0, "{} {}", saturday(12), saturday(3));
        assert!(site.bits[12] < saturday(12), "but not as busy as an hour that was");
        assert!(SiteWeek::fit(&[]).bits.iter().all(|bits| bits.abs() < 1e-6));
        assert_eq!(SiteWeek::from_bits(site.bits.clone()), site, "as a bundle keeps it");
    }

    #[test]
    fn who_has_no_past_lives_as_the_site_does() {
        let (own, site) = (OwnWeek::default(), office());
        for hour in 0..HOURS {
            assert!(own.surprise_over(&site, hour).abs() < 1e-4, "hour {hour}");
        }
    }

    #[test]
    fn a_past_counts_more_the_longer_it_is_and_shares_stay_shares() {
        let site = office();
        let mut own = OwnWeek::default();
        let mut before = [0.0; 2];
        for night in 0..21 {
            let day = night % 7;
            (1..4).for_each(|hour| own.add(day * 24 + hour));
            let all: f32 = (0..HOURS).map(|hour| share(&own, &site, hour)).sum();
            assert!((all - 1.0).abs() < 1e-3, "{all}");
            if day == 6 {
                let now = [2, 12].map(|hour| own.surprise_over(&site, hour));
                assert!(now[0] < before[0] && now[1] > before[1], "{now:?} after {before:?}");
                before = now;
            }
        }
        assert!(before[0] < -4.0 && before[1] > 1.0, "{before:?}");
    }

    #[test]
    fn a_day_of_the_week_is_told_from_the_others_in_time() {
        let site = SiteWeek::default();
        let mut own = OwnWeek::default();
        // On Mondays at 9, for half a year.
        (0..26).for_each(|_| own.add(9));
        let [monday, tuesday, noon] = [9, 24 + 9, 12].map(|hour| own.surprise_over(&site, hour));
        assert!(monday < tuesday - 1.0 && tuesday < noon - 2.0, "{monday} {tuesday} {noon}");
    }
}
