//! Times whose month is a word: `Nov 22 21:44:14` (syslog), `Sun Nov 22 21:44:14 2026` (C),
//! `Sun, 22 Nov 2026 21:44:14 GMT` (HTTP), `Sun Nov 22 2026 21:44:14 GMT+0100 (…)` (JavaScript).

use domain::Timestamp;

use super::{Clock, civil, digits, fraction, month_by_name, offset};

/// Reads such a time. One without a year is of the year that the clock knows of.
pub(super) fn read(text: &[u8], clock: &Clock) -> Option<Timestamp> {
    let text = text.strip_suffix(b":").unwrap_or(text);
    let comment = memchr::memchr(b'(', text).unwrap_or(text.len());
    let mut words = text[..comment].split(|byte| *byte == b' ').filter(|word| !word.is_empty());
    let mut first = words.next()?;
    if is_weekday(first.strip_suffix(b",").unwrap_or(first)) {
        first = words.next()?;
    }
    let second = words.next()?;
    let (month, day) = match month_by_name(first) {
        Some(month) => (month, digits(second)?),
        None => (month_by_name(second)?, digits(first)?),
    };
    let mut word = words.next()?;
    let mut year = year_of(word);
    if year.is_some() {
        word = words.next()?;
    }
    let (time, micros) = time_of_day(word)?;
    let mut offset_secs = None;
    for word in words {
        match zone_of(word) {
            Some(secs) => offset_secs = Some(secs),
            None if year.is_none() => year = Some(year_of(word)?),
            None => return None,
        }
    }
    let year = year.or_else(|| clock.year_of((month, day), time))?;
    let moment = civil((year, month, day), time, offset_secs, clock)?;
    Some(moment.plus_micros(micros))
}

fn is_weekday(word: &[u8]) -> bool {
    let [a, b, c] = word else { return false };
    let days = [b"sun", b"mon", b"tue", b"wed", b"thu", b"fri", b"sat"];
    days.contains(&&[a | 0x20, b | 0x20, c | 0x20])
}

fn year_of(word: &[u8]) -> Option<u32> {
    (word.len() == 4).then(|| digits(word)).flatten()
}

/// `21:44:14` or `21:44:14.016`.
fn time_of_day(word: &[u8]) -> Option<((u32, u32, u32), i64)> {
    let (clock, rest) = word.split_at_checked(8)?;
    if (clock[2], clock[5]) != (b':', b':') {
        return None;
    }
    let (micros, rest) = fraction(rest)?;
    let time = (digits(&clock[..2])?, digits(&clock[3..5])?, digits(&clock[6..])?);
    rest.is_empty().then_some((time, micros))
}

/// Seconds east of UTC of `GMT`, `UTC`, `+0100` or `GMT+0100`.
fn zone_of(word: &[u8]) -> Option<i64> {
    let bare = word.strip_prefix(b"GMT").or_else(|| word.strip_prefix(b"UTC"));
    if bare.is_some_and(<[u8]>::is_empty) {
        return Some(0);
    }
    let (secs, rest) = offset(bare.unwrap_or(word))?;
    rest.is_empty().then_some(secs)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Zone;

    fn check(text: &str, written: &str, expect: &str) {
        let written = super::super::any_notation(written.as_bytes(), &Clock::default());
        let found = read(text.as_bytes(), &Clock::new(Zone::Utc, written));
        assert_eq!(found.map_or("none".to_owned(), |it| it.to_string()), expect, "{text}");
    }

    #[test]
    fn months_by_name_are_read_in_every_order() {
        for text in [
            "Nov 22 21:44:14 2026",
            "Nov 22 2026 21:44:14",
            "Nov 22 2026 21:44:14:",
            "Sun Nov 22 21:44:14 2026",
            "Sun Nov 22 21:44:14 UTC 2026",
            "Sun, 22 Nov 2026 21:44:14 GMT",
            "22 Nov 2026 21:44:14",
            "Sun, 22 Nov 2026 22:44:14 +0100",
            "Sun Nov 22 2026 22:44:14 GMT+0100 (Central European Standard Time)",
        ] {
            check(text, "", "2026-11-22T21:44:14Z");
        }
        check("Nov  2 2026 21:44:14.016", "", "2026-11-02T21:44:14.016Z");
        for text in [
            "Nov 22 21:44:14",
            "Nov 22",
            "Nov 22 21:44 2026",
            "Nov 32 21:44:14 2026",
            "Nov 22 21:44:14 2026 2026",
            "Nov 22 21:44:14 2026 x",
            "Sun",
            "November 22 2026 21:44:14",
        ] {
            check(text, "", "none");
        }
    }

    #[test]
    fn a_missing_year_is_the_latest_that_is_not_after_the_last_write() {
        let written = "2015-01-03T00:00:00Z";
        check("Jan  2 23:59:59", written, "2015-01-02T23:59:59Z");
        check("Dec 31 23:59:59", written, "2014-12-31T23:59:59Z");
        check("Jan  1 00:00:00", written, "2015-01-01T00:00:00Z");
        check("Jan  5 00:00:00", written, "2014-01-05T00:00:00Z");
        check("Feb 29 12:00:00", written, "2012-02-29T12:00:00Z");
        // Clocks of other zones are ahead of what the file says.
        check("Jan  1 08:00:00", "2014-12-31T23:00:00Z", "2015-01-01T08:00:00Z");
        check("Feb 30 12:00:00", written, "none");
    }
}
