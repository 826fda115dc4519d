//! The recording told otherwise: what a threshold tuned to it would not survive.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use jiff::Timestamp;

use super::tally::Tally;
use super::truth::{self, Label, Truth};
use super::{LOGS, detect, lines_of};

/// A way to tell a recording otherwise.
#[derive(Clone, Copy, Debug)]
enum Variation {
    /// The first half of its time, or the second.
    Half(usize),
    /// Without a field of the combined log, or of the JSON log.
    Without(Field),
    /// Everything so many times slower.
    Slower(f64),
    /// Each attack so many times slower, people as they were.
    SlowerAttacks(f64),
    /// A share of the normal clients, all attacks.
    FewerPeople(f64),
    /// A share of the campaigns, all normal clients.
    FewerAttacks(f64),
    /// One campaign after another among all normal clients.
    OneAtATime,
    /// Normal clients alone.
    NoAttacks,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Field {
    Agent,
    Referer,
    AgentAndReferer,
    Cookie,
    Authorization,
}

const VARIATIONS: [(&str, Variation); 15] = [
    ("first half", Variation::Half(0)),
    ("second half", Variation::Half(1)),
    ("no agents", Variation::Without(Field::Agent)),
    ("no referers", Variation::Without(Field::Referer)),
    ("neither", Variation::Without(Field::AgentAndReferer)),
    ("no cookies", Variation::Without(Field::Cookie)),
    ("no `Authorization`", Variation::Without(Field::Authorization)),
    ("everything 5 times slower", Variation::Slower(5.0)),
    ("attacks 5 times slower", Variation::SlowerAttacks(5.0)),
    ("half of the people", Variation::FewerPeople(0.5)),
    ("a quarter of the people", Variation::FewerPeople(0.25)),
    ("half of the attacks", Variation::FewerAttacks(0.5)),
    ("a quarter of the attacks", Variation::FewerAttacks(0.25)),
    ("one attack at a time", Variation::OneAtATime),
    ("no attacks", Variation::NoAttacks),
];

struct Recording {
    truth: Truth,
    labels: Vec<Label>,
    lines: Vec<Vec<u8>>,
    is_json: bool,
}

/// What a variation came to.
#[derive(Default)]
struct Sum {
    campaigns: usize,
    named: usize,
    noticed: usize,
    wronged: BTreeSet<String>,
}

/// The figures of a recording, as Markdown.
pub(super) fn measure(program: &Path, folder: &Path) -> Result<String> {
    let mut text = String::from(
        "| told otherwise | JSON: named | under any name | clients wronged \
         | combined: named | under any name | clients wronged |\n|---|---|---|---|---|---|---|\n",
    );
    let recordings =
        LOGS.iter().map(|log| Recording::read(folder, log)).collect::<Result<Vec<_>>>()?;
    for (name, variation) in VARIATIONS {
        let _ = write!(text, "| {name} ");
        for recording in &recordings {
            if !recording.shows(variation) {
                text.push_str("| – | – | – ");
                continue;
            }
            let mut sum = Sum::default();
            for kept in recording.told(variation) {
                let lines = recording.lines_of(&kept, variation);
                let truth = recording.truth.of(&recording.campaigns_in(&kept));
                sum.add(program, &truth, &kept.campaigns, &lines)?;
            }
            let Sum { campaigns, named, noticed, wronged } = sum;
            let wronged = wronged.len();
            let _ = write!(text, "| {named} / {campaigns} | {noticed} / {campaigns} | {wronged} ");
        }
        text.push_str("|\n");
    }
    Ok(text)
}

impl Sum {
    fn add(
        &mut self,
        program: &Path,
        truth: &Truth,
        campaigns: &BTreeSet<String>,
        lines: &[Vec<u8>],
    ) -> Result<()> {
        let mut log = tempfile::NamedTempFile::new().context("a temporary file")?;
        for line in lines {
            log.write_all(line).and_then(|()| log.write_all(b"\n")).context("a temporary file")?;
        }
        let alarms = detect(program, log.path(), &truth.trusted_proxies)?;
        let tally = Tally::of(truth, &alarms);
        let judged = tally.campaigns.iter().filter(|it| campaigns.contains(&it.campaign.name));
        for outcome in judged {
            self.campaigns += 1;
            self.named += usize::from(outcome.named > 0);
            self.noticed += usize::from(outcome.noticed > 0);
        }
        let wronged = tally.wronged.keys().filter(|it| truth.normals.contains_key(**it));
        self.wronged.extend(wronged.map(|client| (*client).to_owned()));
        Ok(())
    }
}

/// The lines that are kept, in order, each at its time, and the campaigns to be found in them.
struct Kept {
    lines: Vec<(f64, usize)>,
    campaigns: BTreeSet<String>,
}

impl Recording {
    fn read(folder: &Path, log: &str) -> Result<Self> {
        let truth = Truth::read(folder, log)?;
        let lines = lines_of(&folder.join(log))?;
        let labels = truth::labels(folder)?.context("no label a request")?;
        ensure!(labels.len() == lines.len(), "{log} has {} lines, not one a label", lines.len());
        Ok(Self { truth, labels, lines, is_json: log.contains("json") })
    }

    fn shows(&self, variation: Variation) -> bool {
        let hidden = [Field::Cookie, Field::Authorization];
        self.is_json || !matches!(variation, Variation::Without(field) if hidden.contains(&field))
    }

    /// Each way in which a variation tells the recording: one, except for one attack at a time.
    fn told(&self, variation: Variation) -> Vec<Kept> {
        let all: BTreeSet<String> = self.truth.campaigns.iter().map(|it| it.name.clone()).collect();
        let middle = (self.labels[0].ts + self.labels[self.labels.len() - 1].ts) / 2.0;
        match variation {
            Variation::Without(_) => vec![self.keep(all, |_| true)],
            Variation::Half(half) => {
                let mut kept = self.keep(all, |label| usize::from(label.ts >= middle) == half);
                kept.campaigns = self.mostly_in(&kept);
                vec![kept]
            }
            Variation::Slower(times) => {
                let mut kept = self.keep(all, |_| true);
                kept.slow(self.labels[0].ts, times);
                vec![kept]
            }
            Variation::SlowerAttacks(times) => vec![self.slow_attacks(all, times)],
            Variation::FewerPeople(share) => vec![self.keep(all, |label| {
                !label.campaign.is_empty()
                    || self.is_needed(label)
                    || drawn(&label.remote_addr, share)
            })],
            Variation::FewerAttacks(share) => {
                let some = all.into_iter().filter(|name| drawn(name, share)).collect();
                vec![self.only(some)]
            }
            Variation::OneAtATime => all.into_iter().map(|name| self.only([name].into())).collect(),
            Variation::NoAttacks => vec![self.only(BTreeSet::new())],
        }
    }

    fn keep(&self, campaigns: BTreeSet<String>, wanted: impl Fn(&Label) -> bool) -> Kept {
        let lines = self.labels.iter().enumerate().filter(|(_, label)| wanted(label));
        Kept { lines: lines.map(|(line, label)| (label.ts, line)).collect(), campaigns }
    }

    fn only(&self, campaigns: BTreeSet<String>) -> Kept {
        let kept = |label: &Label| label.campaign.is_empty() || campaigns.contains(&label.campaign);
        let Kept { lines, .. } = self.keep(BTreeSet::new(), kept);
        Kept { lines, campaigns }
    }

    fn campaigns_in(&self, kept: &Kept) -> BTreeSet<&str> {
        kept.lines.iter().map(|(_, line)| self.labels[*line].campaign.as_str()).collect()
    }

    /// Nobody can take over the session, or use the token, of somebody who is not there.
    fn is_needed(&self, label: &Label) -> bool {
        let group = self.truth.normals.get(&label.remote_addr);
        group.is_some_and(|group| group.contains("victim") || group.contains("partner"))
    }

    /// The campaigns of which at least half lies in what is kept.
    fn mostly_in(&self, kept: &Kept) -> BTreeSet<String> {
        let count = |lines: &mut dyn Iterator<Item = usize>| {
            let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
            lines.for_each(|line| *counts.entry(&self.labels[line].campaign).or_default() += 1);
            counts
        };
        let whole = count(&mut (0..self.labels.len()));
        let part = count(&mut kept.lines.iter().map(|(_, line)| *line));
        let mostly = part.iter().filter(|(name, count)| **count * 2 >= whole[**name]);
        mostly.map(|(name, _)| (*name).to_owned()).filter(|name| !name.is_empty()).collect()
    }

    fn slow_attacks(&self, campaigns: BTreeSet<String>, times: f64) -> Kept {
        let mut begun: BTreeMap<&str, f64> = BTreeMap::new();
        let mut kept = self.keep(campaigns, |_| true);
        for (ts, line) in &mut kept.lines {
            let campaign = self.labels[*line].campaign.as_str();
            if !campaign.is_empty() {
                let begin = *begun.entry(campaign).or_insert(*ts);
                *ts = begin + (*ts - begin) * times;
            }
        }
        kept.lines.sort_by(|a, b| a.0.total_cmp(&b.0));
        kept
    }

    fn lines_of(&self, kept: &Kept, variation: Variation) -> Vec<Vec<u8>> {
        let retold = |(ts, line): &(f64, usize)| {
            let moved = (*ts - self.labels[*line].ts).abs() > 1e-6;
            let line = &self.lines[*line];
            match variation {
                Variation::Without(field) if self.is_json => json_without(line, field),
                Variation::Without(field) => combined_without(line, field),
                _ if !moved => line.clone(),
                _ if self.is_json => json_at(line, *ts),
                _ => combined_at(line, *ts),
            }
        };
        kept.lines.iter().map(retold).collect()
    }
}

impl Kept {
    fn slow(&mut self, begin: f64, times: f64) {
        self.lines.iter_mut().for_each(|(ts, _)| *ts = begin + (*ts - begin) * times);
    }
}

/// Whether a name is in a share that is drawn by its hash (FNV-1a): the same one always.
fn drawn(name: &str, share: f64) -> bool {
    let hash = name.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    ((features::mix(hash) >> 11) as f64 / (1_u64 << 53) as f64) < share
}

fn json_with(
    line: &[u8],
    change: impl Fn(&mut serde_json::Map<String, serde_json::Value>),
) -> Vec<u8> {
    // What a scanner made unreadable stays as it is.
    let Ok(mut fields) = serde_json::from_str(&String::from_utf8_lossy(line)) else {
        return line.to_vec();
    };
    change(&mut fields);
    serde_json::Value::Object(fields).to_string().into_bytes()
}

fn json_without(line: &[u8], field: Field) -> Vec<u8> {
    let names: &[&str] = match field {
        Field::Agent => &["http_user_agent"],
        Field::Referer => &["http_referer"],
        Field::AgentAndReferer => &["http_user_agent", "http_referer"],
        Field::Cookie => &["cookie_sid"],
        Field::Authorization => &["authorization"],
    };
    json_with(line, |fields| {
        names.iter().for_each(|name| drop(fields.insert((*name).to_owned(), "".into())));
    })
}

fn json_at(line: &[u8], ts: f64) -> Vec<u8> {
    json_with(line, |fields| {
        fields.insert("ts".to_owned(), ts.into());
        fields.insert("time".to_owned(), iso(ts).into());
    })
}

fn iso(ts: f64) -> String {
    let time = Timestamp::from_second(ts as i64).expect("the times of a recording exist");
    time.strftime("%Y-%m-%dT%H:%M:%S+00:00").to_string()
}

/// The last two fields of a combined line stand in quotes: referer and agent.
fn combined_without(line: &[u8], field: Field) -> Vec<u8> {
    let text = String::from_utf8_lossy(line);
    let mut parts: Vec<&str> = text.rsplitn(5, '"').collect();
    if parts.len() < 5 {
        return line.to_vec();
    }
    if field != Field::Referer {
        parts[1] = "-";
    }
    if field != Field::Agent {
        parts[3] = "-";
    }
    parts.reverse();
    parts.join("\"").into_bytes()
}

fn combined_at(line: &[u8], ts: f64) -> Vec<u8> {
    let text = String::from_utf8_lossy(line);
    let (Some(open), Some(close)) = (text.find('['), text.find(']')) else { return line.to_vec() };
    let time = Timestamp::from_second(ts as i64).expect("the times of a recording exist");
    let time = time.strftime("%d/%b/%Y:%H:%M:%S +0000");
    format!("{}[{time}{}", &text[..open], &text[close..]).into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: &str = r#"192.0.2.7 - - [22/Nov/2026:21:44:14 +0000] "GET /a HTTP/1.1" 200 5 "http://b/" "Agent/1""#;

    #[test]
    fn fields_are_taken_out_and_times_moved() {
        let without = |field| String::from_utf8(combined_without(LINE.as_bytes(), field)).unwrap();
        assert!(without(Field::Agent).ends_with(r#"200 5 "http://b/" "-""#));
        assert!(without(Field::Referer).ends_with(r#"200 5 "-" "Agent/1""#));
        assert!(without(Field::AgentAndReferer).ends_with(r#"200 5 "-" "-""#));
        let moved = String::from_utf8(combined_at(LINE.as_bytes(), 1_795_383_855.5)).unwrap();
        assert_eq!(moved, LINE.replace("44:14", "44:15"));
        let json = br#"{"ts":1.5,"time":"x","authorization":"Bearer y"}"#;
        let json = json_at(&json_without(json, Field::Authorization), 1_795_383_855.5);
        let fields: serde_json::Value = serde_json::from_slice(&json).unwrap();
        assert_eq!(
            (&fields["authorization"], &fields["ts"]),
            (&"".into(), &1_795_383_855.5.into())
        );
        assert_eq!(fields["time"], "2026-11-22T21:44:15+00:00");
    }

    #[test]
    fn a_share_is_drawn_alike_every_time() {
        let names: Vec<String> = (0..1_000).map(|n| format!("10.0.0.{n}")).collect();
        let share = names.iter().filter(|name| drawn(name, 0.25)).count();
        assert!((200..300).contains(&share), "{share}");
    }
}
