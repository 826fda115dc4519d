//! Logs for benchmarks, made from a real one.

use std::fs::File;
use std::io::{BufWriter, Read, Write};
use std::net::Ipv4Addr;
use std::path::Path;

use anyhow::{Context, Result, bail};
use flate2::read::MultiGzDecoder;
use jiff::civil::Date;
use jiff::fmt::strtime;
use jiff::{Span, Timestamp};

/// A log in the combined format, taken apart where benchmarks change it.
#[derive(Debug)]
pub(crate) struct RealLog {
    lines: Vec<Line>,
    /// Whole days that it covers, begun ones too.
    days: i64,
}

#[derive(Debug)]
struct Line {
    client: Ipv4Addr,
    date: Date,
    /// From the time of day on: ` - - [17/May/2015` is cut out before it.
    rest: String,
}

impl RealLog {
    /// Reads a log that gzip packed.
    pub(crate) fn read(file: &Path) -> Result<Self> {
        let mut text = String::new();
        let packed = File::open(file).with_context(|| file.display().to_string())?;
        MultiGzDecoder::new(packed).read_to_string(&mut text).context("the log is UTF-8")?;
        Self::from_text(&text)
    }

    fn from_text(text: &str) -> Result<Self> {
        let lines: Vec<Line> = text
            .lines()
            .map(|line| Line::read(line).context(line.to_owned()))
            .collect::<Result<_>>()?;
        let dates = || lines.iter().map(|line| line.date);
        let (Some(first), Some(last)) = (dates().min(), dates().max()) else {
            bail!("the log is empty");
        };
        let days = i64::from((last - first).get_days()) + 1;
        Ok(Self { lines, days })
    }

    /// Writes the log many times over. Each repeat comes later than the one before by the whole
    /// days that the log covers, so times of day stay what they are; the second byte of each
    /// address grows by one, so each repeat has clients of its own. Gives the number of lines.
    pub(crate) fn write_repeated(&self, repeats: u32, to: &Path) -> Result<usize> {
        let mut out = BufWriter::new(File::create(to).context("a temporary file")?);
        for repeat in 0..repeats {
            let shift = Span::new().days(self.days * i64::from(repeat));
            let mut shifted = (Date::MIN, String::new());
            for Line { client, date, rest } in &self.lines {
                if shifted.0 != *date {
                    shifted = (*date, strtime::format("%d/%b/%Y", date.checked_add(shift)?)?);
                }
                let [a, b, c, d] = client.octets();
                let client = Ipv4Addr::new(a, b.wrapping_add(repeat as u8), c, d);
                writeln!(out, "{client} - - [{}{rest}", shifted.1)?;
            }
        }
        out.flush()?;
        Ok(repeats as usize * self.lines.len())
    }

    /// Writes three calls for each of `turns` visits, a few seconds apart, all within 20 hours; the
    /// visits are shared out among `clients`. Gives the number of lines.
    pub(crate) fn write_visits(&self, turns: u32, clients: u32, to: &Path) -> Result<usize> {
        const BETWEEN_CALLS: u32 = 100;
        const HOURS: i64 = 20;
        let mut out = BufWriter::new(File::create(to).context("a temporary file")?);
        let begin: Timestamp = "2026-01-05T00:00:00Z".parse()?;
        let mut requests = self.lines.iter().cycle().map(|line| line.request());
        let mut lines = 0;
        let mut time = (Timestamp::MIN, String::new());
        for turn in 0..turns + 2 * BETWEEN_CALLS {
            let seconds = i64::from(turn) * HOURS * 3_600 / i64::from(turns);
            let at = begin.checked_add(Span::new().seconds(seconds))?;
            if time.0 != at {
                time = (at, strtime::format("%d/%b/%Y:%H:%M:%S", at)?);
            }
            let visits =
                [0, 1, 2].into_iter().filter_map(|call| turn.checked_sub(call * BETWEEN_CALLS));
            for visit in visits.filter(|visit| *visit < turns) {
                let client = Ipv4Addr::from_bits(0x1000_0000 + visit % clients);
                let request = requests.next().unwrap_or_default();
                writeln!(out, "{client} - - [{} +0000] {request}", time.1)?;
                lines += 1;
            }
        }
        out.flush()?;
        Ok(lines)
    }
}

impl Line {
    fn read(line: &str) -> Result<Self> {
        let (client, rest) = line.split_once(' ').context("no client")?;
        let (_, rest) = rest.split_once('[').context("no time")?;
        let (date, _) = rest.split_once(':').context("no date")?;
        let rest = &rest[date.len()..];
        let date = strtime::parse("%d/%b/%Y", date)?.to_date()?;
        Ok(Self { client: client.parse()?, date, rest: rest.to_owned() })
    }

    /// What follows the time.
    fn request(&self) -> &str {
        self.rest.split_once("] ").map_or("", |(_, request)| request)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOG: &str = "\
83.149.9.216 - - [30/May/2015:10:05:03 +0000] \"GET /a HTTP/1.1\" 200 7 \"-\" \"x\"
83.255.9.1 - - [01/Jun/2015:09:00:00 +0000] \"GET /b HTTP/1.1\" 200 7 \"-\" \"x\"
";

    fn written(write: impl Fn(&RealLog, &Path) -> usize) -> (usize, String) {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let file = folder.path().join("log");
        let lines = write(&RealLog::from_text(LOG).expect("a log"), &file);
        (lines, std::fs::read_to_string(file).expect("it was written"))
    }

    #[test]
    fn a_repeat_has_later_times_and_other_addresses() {
        let (lines, text) = written(|log, to| log.write_repeated(2, to).expect("it is written"));
        let again = LOG
            .replace("83.149", "83.150")
            .replace("83.255", "83.0")
            .replace("30/May", "02/Jun")
            .replace("01/Jun", "04/Jun");
        assert_eq!((lines, text), (4, format!("{LOG}{again}")));
    }

    #[test]
    fn visits_have_three_calls_and_as_many_clients_as_asked_for() {
        let (lines, text) =
            written(|log, to| log.write_visits(500, 250, to).expect("it is written"));
        let clients: std::collections::BTreeSet<&str> =
            text.lines().filter_map(|line| line.split(' ').next()).collect();
        assert_eq!((lines, text.lines().count(), clients.len()), (1_500, 1_500, 250));
    }
}
