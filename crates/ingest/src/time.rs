//! The notations in which logs write time.

mod clock;
mod words;

use domain::Timestamp;

pub(crate) use clock::write_offset;
pub use clock::{Clock, Zone};

/// What a clock on the wall shows, in range.
#[derive(Clone, Copy)]
struct Civil {
    year: i16,
    month: u32,
    day: u32,
    hour: u32,
    min: u32,
    sec: u32,
}

impl Civil {
    fn checked(year: u32, month: u32, day: u32, hour: u32, min: u32, sec: u32) -> Option<Self> {
        let valid = (1..=9999).contains(&year)
            && (1..=12).contains(&month)
            && (1..=days_in_month(year, month)).contains(&day)
            && hour < 24
            && min < 60
            && sec <= 60;
        valid.then_some(Self { year: year as i16, month, day, hour, min, sec })
    }

    fn utc(self) -> Timestamp {
        let year = i64::from(self.year);
        Timestamp::from_civil(year, self.month, self.day, self.hour, self.min, self.sec)
    }
}

fn days_in_month(year: u32, month: u32) -> u32 {
    match month {
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => {
            29
        }
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Reads any notation that tells itself apart: common log format, RFC 3339 and its looser kin, months
/// by name as syslog, C and HTTP have them, and seconds, milliseconds, microseconds or nanoseconds since
/// 1970.
pub(crate) fn any_notation(text: &[u8], clock: &Clock) -> Option<Timestamp> {
    let text = text.strip_prefix(b"[").and_then(|text| text.strip_suffix(b"]")).unwrap_or(text);
    match text {
        [_, _, b'/', ..] => clf(text, clock),
        [_, _, _, _, b'-' | b'/', ..] => iso_8601(text, clock),
        [b'A'..=b'Z' | b'a'..=b'z', ..] => words::read(text, clock),
        _ => epoch(text),
    }
}

/// Reads the common log format's `17/May/2015:10:05:03 +0000`; without the offset the time counts
/// in `clock`'s zone.
pub(crate) fn clf(text: &[u8], clock: &Clock) -> Option<Timestamp> {
    let (date, rest) = text.split_first_chunk::<20>()?;
    let separators = (date[2], date[6], date[11], date[14], date[17]);
    if separators != (b'/', b'/', b':', b':', b':') {
        return None;
    }
    let pair = |at: usize| two_digits(date[at], date[at + 1]);
    let year = pair(7)? * 100 + pair(9)?;
    let month = month_by_name(&date[3..6])?;
    let civil = Civil::checked(year, month, pair(0)?, pair(12)?, pair(15)?, pair(18)?)?;
    let (micros, rest) = fraction(rest)?;
    finish(civil, micros, rest, clock)
}

/// How long a time of the common log format is that has an offset and no fraction.
pub(crate) const CLF_BYTES: usize = 26;

/// The minute that was read last. Lines come in the order of their times, nearly so: of most of them
/// all but the second has been read before.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Minute {
    /// The text without its seconds.
    text: [u64; 4],
    begins: Timestamp,
}

impl Minute {
    /// Reads what [`clf`] reads, where it is of this length; `None` is no verdict.
    pub(crate) fn clf(&mut self, text: &[u8; CLF_BYTES], clock: &Clock) -> Option<Timestamp> {
        let sec = two_digits(text[18], text[19]).filter(|sec| *sec <= 60)?;
        let mut bare = *text;
        bare[18..20].fill(b'0');
        let (words, rest) = bare.as_chunks::<8>();
        let end = u64::from(u16::from_le_bytes([rest[0], rest[1]]));
        let bare_text = [
            u64::from_le_bytes(words[0]),
            u64::from_le_bytes(words[1]),
            u64::from_le_bytes(words[2]),
            end,
        ];
        if self.text != bare_text {
            // With a fraction in the offset's place the rest of the text would not tell the minute.
            if text[20] != b' ' {
                return None;
            }
            *self = Self { begins: clf(&bare, clock)?, text: bare_text };
        }
        Some(self.begins.plus_micros(i64::from(sec) * 1_000_000))
    }
}

/// Reads RFC 3339 and ISO 8601 in their extended form: `2026-11-22T21:44:14.5+01:00`, with a space
/// for the `T`, a comma for the point, no seconds' fraction, slashes in the date, or no offset (then
/// the time counts in `clock`'s zone).
pub(crate) fn iso_8601(text: &[u8], clock: &Clock) -> Option<Timestamp> {
    let (date, rest) = text.split_at_checked(19)?;
    let date_separator = matches!((date[4], date[7]), (b'-', b'-') | (b'/', b'/'));
    let separator = matches!(date[10], b'T' | b't' | b' ' | b'_');
    if !date_separator || !separator || (date[13], date[16]) != (b':', b':') {
        return None;
    }
    let civil = Civil::checked(
        digits(&date[..4])?,
        digits(&date[5..7])?,
        digits(&date[8..10])?,
        digits(&date[11..13])?,
        digits(&date[14..16])?,
        digits(&date[17..19])?,
    )?;
    let (micros, rest) = fraction(rest)?;
    finish(civil, micros, rest, clock)
}

/// Reads a number of seconds, milliseconds, microseconds or nanoseconds since 1970, told apart by
/// their size (the borders lie in the years 1973 and 5138 of either reading); a fraction and an
/// exponent are welcome.
pub(crate) fn epoch(text: &[u8]) -> Option<Timestamp> {
    let (negative, unsigned) = match text {
        [b'-', rest @ ..] => (true, rest),
        rest => (false, rest),
    };
    let digit_count = unsigned.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (whole, rest) = unsigned.split_at(digit_count);
    if whole.is_empty() || whole.len() > 19 {
        return None;
    }
    if rest.iter().any(|byte| matches!(byte, b'e' | b'E')) {
        let value: f64 = std::str::from_utf8(text).ok()?.parse().ok()?;
        let unit = micros_in_unit(value.abs() as u64);
        let micros = value * unit.0 as f64 / unit.1 as f64;
        return (micros.abs() < 9e18).then(|| Timestamp::from_micros(micros as i64));
    }
    let value = whole.iter().try_fold(0_u64, |value, byte| {
        value.checked_mul(10)?.checked_add(u64::from(byte - b'0'))
    })?;
    let (multiplier, divisor) = micros_in_unit(value);
    let (fraction_micros, rest) = fraction(rest)?;
    if !rest.is_empty() {
        return None;
    }
    let of_fraction = fraction_micros * multiplier / divisor / 1_000_000;
    let micros = i64::try_from(value).ok()?.checked_mul(multiplier)? / divisor + of_fraction;
    Some(Timestamp::from_micros(if negative { -micros } else { micros }))
}

/// How many microseconds the unit of such a number is worth, as multiplier and divisor.
const fn micros_in_unit(value: u64) -> (i64, i64) {
    match value {
        0..100_000_000_000 => (1_000_000, 1),
        100_000_000_000..100_000_000_000_000 => (1_000, 1),
        100_000_000_000_000..100_000_000_000_000_000 => (1, 1),
        _ => (1, 1_000),
    }
}

/// The moment at which clocks show a year, month and day and an hour, minute and second: so far east
/// of UTC, or in `clock`'s zone where nobody says.
pub(crate) fn civil(
    (year, month, day): (u32, u32, u32),
    (hour, min, sec): (u32, u32, u32),
    offset_secs: Option<i64>,
    clock: &Clock,
) -> Option<Timestamp> {
    let civil = Civil::checked(year, month, day, hour, min, sec)?;
    match offset_secs {
        Some(secs) => Some(civil.utc().plus_micros(-secs * 1_000_000)),
        None => clock.at(civil, 0),
    }
}

/// The month of an English three-letter name, from 1; case does not count.
pub(crate) fn month_by_name(name: &[u8]) -> Option<u32> {
    let [a, b, c] = name else { return None };
    Some(match [a | 0x20, b | 0x20, c | 0x20].as_slice() {
        b"jan" => 1,
        b"feb" => 2,
        b"mar" => 3,
        b"apr" => 4,
        b"may" => 5,
        b"jun" => 6,
        b"jul" => 7,
        b"aug" => 8,
        b"sep" => 9,
        b"oct" => 10,
        b"nov" => 11,
        b"dec" => 12,
        _ => return None,
    })
}

/// A number made of nothing but at most nine digits.
pub(crate) fn digits(text: &[u8]) -> Option<u32> {
    if text.is_empty() || text.len() > 9 {
        return None;
    }
    text.iter().try_fold(0, |value, byte| {
        let digit = byte.wrapping_sub(b'0');
        (digit < 10).then(|| value * 10 + u32::from(digit))
    })
}

/// A number of exactly two digits: what most times are made of, read without a loop.
fn two_digits(tens: u8, ones: u8) -> Option<u32> {
    let (tens, ones) = (tens.wrapping_sub(b'0'), ones.wrapping_sub(b'0'));
    (tens < 10 && ones < 10).then(|| u32::from(tens) * 10 + u32::from(ones))
}

/// A leading `.123` or `,123` as microseconds (further digits are cut off), and what follows it.
pub(crate) fn fraction(text: &[u8]) -> Option<(i64, &[u8])> {
    let Some((b'.' | b',', rest)) = text.split_first() else { return Some((0, text)) };
    let digit_count = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if digit_count == 0 {
        return None;
    }
    let kept = &rest[..digit_count.min(6)];
    let scale = 10_i64.pow(6 - kept.len() as u32);
    Some((i64::from(digits(kept)?) * scale, &rest[digit_count..]))
}

/// Seconds east of UTC of a leading offset, and what follows it.
pub(crate) fn offset(text: &[u8]) -> Option<(i64, &[u8])> {
    let (sign, rest) = text.split_first()?;
    let sign = match sign {
        b'+' => 1,
        b'-' => -1,
        b'Z' | b'z' => return Some((0, rest)),
        _ => return None,
    };
    let [tens, ones, rest @ ..] = rest else { return None };
    let hours = two_digits(*tens, *ones)?;
    let (mins, rest) = match rest {
        [b':', tens, ones, rest @ ..] | [tens, ones, rest @ ..] => {
            (two_digits(*tens, *ones)?, rest)
        }
        rest => (0, rest),
    };
    (hours < 24 && mins < 60)
        .then(|| (sign * (i64::from(hours) * 3_600 + i64::from(mins) * 60), rest))
}

fn finish(civil: Civil, micros: i64, rest: &[u8], clock: &Clock) -> Option<Timestamp> {
    let rest = rest.strip_prefix(b" ").unwrap_or(rest);
    if rest.is_empty() {
        return clock.at(civil, micros);
    }
    if rest == b"UTC" || rest == b"GMT" {
        return Some(civil.utc().plus_micros(micros));
    }
    let (offset_secs, rest) = offset(rest)?;
    rest.is_empty().then(|| civil.utc().plus_micros(micros - offset_secs * 1_000_000))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn shown(text: &str, zone: &Zone) -> String {
        let clock = Clock::new(zone.clone(), None);
        any_notation(text.as_bytes(), &clock).map_or("none".to_owned(), |time| time.to_string())
    }

    fn check(text: &str, expect: &str) {
        assert_eq!(shown(text, &Zone::Utc), expect, "{text}");
    }

    #[test]
    fn notations_tell_themselves_apart() {
        check("17/May/2015:10:05:03 +0200", "2015-05-17T08:05:03Z");
        check("[17/May/2015:10:05:03 -0730]", "2015-05-17T17:35:03Z");
        check("17/May/2015:10:05:03.250 +0000", "2015-05-17T10:05:03.250Z");
        check("2026-11-22T21:44:14.123456789+00:00", "2026-11-22T21:44:14.123456Z");
        check("2026-11-22 21:44:14,5Z", "2026-11-22T21:44:14.500Z");
        check("2026/11/22 21:44:14", "2026-11-22T21:44:14Z");
        check("1795383854.056", "2026-11-22T21:44:14.056Z");
        check("1795383854056", "2026-11-22T21:44:14.056Z");
        check("1795383854056001", "2026-11-22T21:44:14.056001Z");
        check("1795383854056001999", "2026-11-22T21:44:14.056001Z");
        check("1.795383854e9", "2026-11-22T21:44:14Z");
        check("-1.5", "1969-12-31T23:59:58.500Z");
    }

    #[test]
    fn a_remembered_minute_tells_what_reading_anew_tells() {
        let (mut minute, clock) = (Minute::default(), Clock::default());
        for text in [
            "17/May/2015:10:05:03 +0200",
            "17/May/2015:10:05:60 +0200",
            "17/May/2015:10:05:59 -0200",
            "17/May/2015:10:06:00 -0200",
            "31/Dec/9999:23:59:59 +0000",
            "17/May/2015:10:05:61 +0200",
            "30/Feb/2015:10:05:03 +0200",
            "17/May/2015:10:05:0x +0200",
            "17/May/2015:10:05-03 +0200",
        ] {
            let text = text.as_bytes().first_chunk().expect("a time with its offset");
            assert_eq!(minute.clf(text, &clock), clf(text, &clock), "{text:?}");
        }
    }

    #[test]
    fn the_first_and_the_last_year_can_be_read() {
        check("01/Jan/0001:00:00:00 +0000", "0001-01-01T00:00:00Z");
        check("31/Dec/9999:23:59:59 +0000", "9999-12-31T23:59:59Z");
        check("0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z");
    }

    #[test]
    fn times_that_no_clock_shows_are_refused() {
        for text in [
            "30/Feb/2024:00:00:00 +0000",
            "00/Jan/2024:00:00:00 +0000",
            "01/Jan/2024:24:00:00 +0000",
            "01/Jan/2024:00:61:00 +0000",
            "01/Jan/0000:00:00:00 +0000",
            "29/Feb/1900:00:00:00 +0000",
            "2024-13-01T00:00:00Z",
            "2024-01-01T00:00:00.Z",
            "2024-01-01T00:00:00Zx",
            "99999999999999999999",
            "1795383854.056x",
            "",
            "-",
        ] {
            check(text, "none");
        }
    }

    #[test]
    fn a_time_without_offset_counts_in_the_zone_it_was_written_in() {
        let zone = Zone::from_name("Europe/Berlin").unwrap();
        assert_eq!(shown("2024-07-01 12:00:00", &zone), "2024-07-01T10:00:00Z");
        assert_eq!(shown("2024-12-01 12:00:00.5", &zone), "2024-12-01T11:00:00.500Z");
        // Shown twice on that night, and skipped on the other.
        assert_eq!(shown("2024-10-27 02:30:00", &zone), "2024-10-27T00:30:00Z");
        assert_eq!(shown("2024-03-31 02:30:00", &zone), "2024-03-31T01:30:00Z");
        let fixed = Zone::from_name("-03:30").unwrap();
        assert_eq!(shown("2024-12-01 12:00:00", &fixed), "2024-12-01T15:30:00Z");
        assert!(Zone::from_name("Middle/Earth").is_none());
    }

    #[test]
    fn the_repeated_hour_is_told_by_the_order_of_times() {
        let clock = Clock::new(Zone::from_name("Europe/Berlin").unwrap(), None);
        for (text, expect) in [
            ("01:59:59", "2024-10-26T23:59:59Z"),
            ("02:10:00", "2024-10-27T00:10:00Z"),
            ("02:59:59", "2024-10-27T00:59:59Z"),
            // A call that took long.
            ("02:40:00", "2024-10-27T00:40:00Z"),
            ("02:59:58", "2024-10-27T00:59:58Z"),
            ("02:00:01", "2024-10-27T01:00:01Z"),
            ("02:59:59", "2024-10-27T00:59:59Z"),
            ("02:00:02", "2024-10-27T01:00:02Z"),
            ("02:30:00", "2024-10-27T01:30:00Z"),
            ("02:59:59", "2024-10-27T01:59:59Z"),
            ("03:00:00", "2024-10-27T02:00:00Z"),
        ] {
            let text = format!("2024-10-27 {text}");
            let time = any_notation(text.as_bytes(), &clock).unwrap();
            assert_eq!(time.to_string(), expect, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_give_a_time_or_none(text in prop::collection::vec(any::<u8>(), 0..40)) {
            let berlin = Zone::from_name("Europe/Berlin").unwrap();
            let berlin = Clock::new(berlin, Some(Timestamp::from_secs(1_795_383_854)));
            let _ = super::any_notation(&text, &berlin);
            let _ = epoch(&text);
            let _ = clf(&text, &berlin);
        }

        #[test]
        fn a_written_time_is_read_back(micros in -62_135_596_800_000_000_i64..253_402_300_800_000_000) {
            let time = Timestamp::from_micros(micros);
            prop_assert_eq!(super::any_notation(time.to_string().as_bytes(), &Clock::default()), Some(time));
        }
    }
}
