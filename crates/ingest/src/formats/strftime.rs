//! Apache's `%{...}t`: times written by a `strftime` pattern, possibly over several fields.

use domain::Timestamp;

use crate::time::{self, Clock};

/// What the fields of a line have said about its time so far.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct TimeParts {
    /// Month and day, where a pattern held them, and the year, which may be missing.
    month_day: Option<(u32, u32)>,
    year: Option<u32>,
    hour: u32,
    min: u32,
    sec: u32,
    pub(crate) micros: u32,
    pub(crate) offset_secs: Option<i64>,
    epoch: Option<Timestamp>,
}

impl TimeParts {
    /// The time they add up to. A date is needed; a time of day left out is midnight.
    pub(crate) fn time(&self, clock: &Clock) -> Option<Timestamp> {
        let micros = i64::from(self.micros);
        if let Some(epoch) = self.epoch {
            return Some(epoch.plus_micros(micros));
        }
        let Self { month_day, year, hour, min, sec, offset_secs, .. } = *self;
        let ((month, day), time) = (month_day?, (hour, min, sec));
        let year = year.or_else(|| clock.year_of((month, day), time))?;
        let moment = time::civil((year, month, day), time, offset_secs, clock)?;
        Some(moment.plus_micros(micros))
    }

    /// Takes in a day.
    pub(crate) fn set_day(&mut self, year: u32, month: u32, day: u32) {
        (self.year, self.month_day) = (Some(year), Some((month, day)));
    }

    /// Reads `2026-11-22`, `2026/11/22` or `22/Nov/2026`.
    pub(crate) fn set_date(&mut self, text: &[u8]) -> Result<(), ()> {
        let mut rest = text;
        let date = match text {
            [_, _, b'/', ..] => {
                let day = number(&mut rest, 2);
                let month = rest.get(1..4).and_then(time::month_by_name);
                (rest.get(5..).and_then(time::digits), month, day)
            }
            [_, _, _, _, b'-' | b'/', ..] => {
                let year = number(&mut rest, 4);
                rest = rest.get(1..).unwrap_or_default();
                let month = number(&mut rest, 2);
                (year, month, rest.get(1..).and_then(time::digits))
            }
            _ => return Err(()),
        };
        let (Some(year), Some(month), Some(day)) = date else { return Err(()) };
        self.set_day(year, month, day);
        Ok(())
    }

    /// Reads `21:44:14` or `21:44:14.016`.
    pub(crate) fn set_clock(&mut self, text: &[u8]) -> Result<(), ()> {
        let mut rest = text;
        let mut next = || {
            let value = number(&mut rest, 2);
            let ended = rest;
            rest = rest.strip_prefix(b":").unwrap_or(rest);
            value.map(|value| (value, ended))
        };
        let (Some((hour, _)), Some((min, _)), Some((sec, rest))) = (next(), next(), next()) else {
            return Err(());
        };
        let (micros, rest) = time::fraction(rest).ok_or(())?;
        if !rest.is_empty() {
            return Err(());
        }
        (self.hour, self.min, self.sec, self.micros) = (hour, min, sec, micros as u32);
        Ok(())
    }
}

/// One step of a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Year,
    Month,
    MonthName,
    Day,
    Hour,
    Min,
    Sec,
    Offset,
    ZoneName,
    Epoch,
    Word,
    Literal(u8),
}

/// A compiled `strftime` pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Strftime(Vec<Step>);

impl Strftime {
    /// Compiles the directives that access logs use; `None` for any other.
    pub(crate) fn compile(pattern: &[u8]) -> Option<Self> {
        let mut steps = Vec::new();
        let mut rest = pattern;
        while let Some((byte, after)) = rest.split_first() {
            rest = after;
            if *byte != b'%' {
                steps.push(Step::Literal(*byte));
                continue;
            }
            let (directive, after) = rest.split_first()?;
            rest = after;
            match directive {
                b'Y' => steps.push(Step::Year),
                b'm' => steps.push(Step::Month),
                b'b' | b'h' => steps.push(Step::MonthName),
                b'd' | b'e' => steps.push(Step::Day),
                b'H' => steps.push(Step::Hour),
                b'M' => steps.push(Step::Min),
                b'S' => steps.push(Step::Sec),
                b'z' => steps.push(Step::Offset),
                b'Z' => steps.push(Step::ZoneName),
                b's' => steps.push(Step::Epoch),
                b'a' | b'A' => steps.push(Step::Word),
                b'%' => steps.push(Step::Literal(b'%')),
                b'T' => steps.extend(Self::compile(b"%H:%M:%S")?.0),
                b'R' => steps.extend(Self::compile(b"%H:%M")?.0),
                b'F' => steps.extend(Self::compile(b"%Y-%m-%d")?.0),
                _ => return None,
            }
        }
        Some(Self(steps))
    }

    /// Reads a time from the beginning of `text` into `parts` and gives the bytes it took.
    pub(crate) fn read(&self, text: &[u8], parts: &mut TimeParts) -> Option<usize> {
        let mut rest = text;
        let (mut year, mut month, mut day) = (None, None, None);
        for step in &self.0 {
            let padded = rest.strip_prefix(b" ").unwrap_or(rest);
            match step {
                Step::Year => year = Some(number(&mut rest, 4)?),
                Step::Month => month = Some(number(&mut rest, 2)?),
                Step::MonthName => month = Some(time::month_by_name(head(&mut rest, 3)?)?),
                Step::Day => {
                    rest = padded;
                    day = Some(number(&mut rest, 2)?);
                }
                Step::Hour => parts.hour = number(&mut rest, 2)?,
                Step::Min => parts.min = number(&mut rest, 2)?,
                Step::Sec => parts.sec = number(&mut rest, 2)?,
                Step::Offset => parts.offset_secs = Some(offset(&mut rest)?),
                Step::ZoneName => {
                    let name = word(&mut rest);
                    parts.offset_secs =
                        matches!(name, b"UTC" | b"GMT" | b"Z").then_some(0).or(parts.offset_secs);
                }
                Step::Epoch => parts.epoch = Some(time::epoch(digits(&mut rest))?),
                Step::Word => drop(word(&mut rest)),
                Step::Literal(literal) => {
                    rest = rest.strip_prefix(std::slice::from_ref(literal))?;
                }
            }
        }
        parts.year = year.or(parts.year);
        parts.month_day = month.zip(day).or(parts.month_day);
        Some(text.len() - rest.len())
    }
}

fn head<'a>(rest: &mut &'a [u8], count: usize) -> Option<&'a [u8]> {
    let (head, tail) = rest.split_at_checked(count)?;
    *rest = tail;
    Some(head)
}

fn while_of<'a>(rest: &mut &'a [u8], holds: impl Fn(&u8) -> bool) -> &'a [u8] {
    let count = rest.iter().take_while(|byte| holds(byte)).count();
    head(rest, count).expect("so many bytes were just counted")
}

fn digits<'a>(rest: &mut &'a [u8]) -> &'a [u8] {
    while_of(rest, u8::is_ascii_digit)
}

fn word<'a>(rest: &mut &'a [u8]) -> &'a [u8] {
    while_of(rest, u8::is_ascii_alphabetic)
}

/// A number of at most so many digits.
fn number(rest: &mut &[u8], max_digits: usize) -> Option<u32> {
    let count = rest.iter().take(max_digits).take_while(|byte| byte.is_ascii_digit()).count();
    time::digits(head(rest, count)?)
}

fn offset(rest: &mut &[u8]) -> Option<i64> {
    let sign = match head(rest, 1)? {
        b"+" => 1,
        b"-" => -1,
        b"Z" => return Some(0),
        _ => return None,
    };
    let hours = time::digits(head(rest, 2)?)?;
    *rest = rest.strip_prefix(b":").unwrap_or(rest);
    let mins = time::digits(head(rest, 2)?)?;
    Some(sign * (i64::from(hours) * 3_600 + i64::from(mins) * 60))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_may_be_spread_over_fields() {
        let mut parts = TimeParts::default();
        let date = Strftime::compile(b"%d/%b/%Y %T").unwrap();
        assert_eq!(date.read(b"17/May/2015 10:05:03.250 +0200", &mut parts), Some(20));
        parts.micros = 250_000;
        Strftime::compile(b"%z").unwrap().read(b"+0200", &mut parts).unwrap();
        assert_eq!(parts.time(&Clock::default()).unwrap().to_string(), "2015-05-17T08:05:03.250Z");
    }

    #[test]
    fn what_does_not_fit_the_pattern_is_none() {
        let pattern = Strftime::compile(b"%Y-%m-%dT%H:%M:%S%z").unwrap();
        for text in ["", "2015", "2015-05-17", "2015-05-17T10:05:03", "2015-05-17T10:05:03+2"] {
            assert_eq!(pattern.read(text.as_bytes(), &mut TimeParts::default()), None, "{text}");
        }
        assert_eq!(Strftime::compile(b"%q"), None);
    }
}
