//! Which format a log is in, and what is wrapped around it, told from its first lines.

mod look;

use std::fmt;

use domain::{Position, RawRecord, Reject, RejectReason, Request};

use crate::formats::{FORMATS, Format, ParseContext};
use crate::parser::{Chosen, Parser};
use crate::wrappers::{MAX_WRAPPERS, WRAPPERS, Wrapper};

/// Share of the sampled lines that must be read.
pub const MIN_CONFIDENCE: f64 = 0.5;

/// Most formats that one source may mix.
pub const MAX_MIXED_FORMATS: usize = 3;

/// Share of the sampled lines that a further format must add, be it in a mixed log or behind a
/// wrapper that only some lines have; below it, what is left is damage.
const MIN_ADDED: f64 = 0.05;

/// The verdict on a log's format.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Detection {
    /// The name of the format that reads most lines; `None` where half of them cannot be read.
    pub format: Option<&'static str>,
    /// Formats of lines that the first one does not read, where the log is mixed.
    pub also: Vec<&'static str>,
    /// What is wrapped around the lines, the outermost first.
    pub wrappers: Vec<&'static str>,
    /// The share of the sampled lines that these read, 0 to 1.
    pub confidence: f64,
    /// How many lines were looked at; headers do not count.
    pub lines_looked_at: usize,
    /// Every format that was tried and how many lines it read.
    pub tried: Vec<(&'static str, usize)>,
    /// What the lines that are not read look like, where most of them look like a service that is known.
    pub looks_like: Option<String>,
}

/// What was found, or what was tried and what to type when nothing fits.
impl fmt::Display for Detection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines = self.lines_looked_at;
        if let Some(format) = self.format {
            f.write_str(format)?;
            self.also.iter().try_for_each(|also| write!(f, " and {also}"))?;
            for (index, wrapper) in self.wrappers.iter().rev().enumerate() {
                write!(f, "{}{wrapper}", if index == 0 { " behind " } else { " within " })?;
            }
            let percent = self.confidence * 100.0;
            write!(f, " ({percent:.0} % of {lines} lines)")?;
            return match &self.looks_like {
                Some(look) => write!(f, "; the rest looks like {look}"),
                None => Ok(()),
            };
        }
        write!(f, "of {lines} lines")?;
        let mut best: Vec<_> = self.tried.iter().filter(|(_, parsed)| *parsed > 0).collect();
        best.sort_by_key(|(_, parsed)| std::cmp::Reverse(*parsed));
        for (index, (name, parsed)) in best.iter().take(3).enumerate() {
            write!(f, "{} {name} reads {parsed}", if index == 0 { "" } else { "," })?;
        }
        if best.is_empty() {
            f.write_str(" no format reads any")?;
        }
        if let Some(look) = &self.looks_like {
            write!(f, "; looks like {look}")?;
        }
        f.write_str("; say --format NAME, or --format with the server's log_format or LogFormat")
    }
}

/// Looks at the first lines of a log. Blank lines do not count.
pub fn detect<'a>(lines: impl IntoIterator<Item = &'a [u8]>, context: &ParseContext) -> Detection {
    settle(lines, &every_format(), context).0
}

/// Every format that can be detected.
pub fn every_format() -> Vec<Chosen> {
    FORMATS.iter().copied().map(Chosen::Static).collect()
}

/// Looks at the first lines of a log, and gives the verdict together with a parser for it, from the
/// beginning of the log. Blank lines do not count.
pub fn settle<'a>(
    lines: impl IntoIterator<Item = &'a [u8]>,
    candidates: &[Chosen],
    context: &ParseContext,
) -> (Detection, Option<Parser>) {
    let lines: Vec<&[u8]> =
        lines.into_iter().filter(|line| !line.trim_ascii().is_empty()).collect();
    let mut best = Sight::of(&lines, Vec::new(), candidates, context);
    if best.read < best.looked_at {
        let chains = chains(&lines).into_iter();
        for sight in chains.map(|chain| Sight::of(&lines, chain, candidates, context)) {
            if sight.read >= best.read + least_added(sight.looked_at) {
                best = sight;
            }
        }
    }
    let unread = std::mem::take(&mut best.unread);
    let (mut detection, parser) = best.verdict(candidates);
    // Next to lines that are read, a few others are damage.
    let unread: Vec<&[u8]> = match parser {
        Some(_) => {
            lines.iter().zip(unread).filter(|(_, left)| *left).map(|(line, _)| *line).collect()
        }
        None => lines,
    };
    if parser.is_none() || unread.len() > least_added(detection.lines_looked_at) {
        detection.looks_like = look::of(&unread, context);
    }
    (detection, parser)
}

fn least_added(lines: usize) -> usize {
    ((lines as f64 * MIN_ADDED) as usize).max(1)
}

/// The wrappers, and wrappers within wrappers, that fit at least some lines.
fn chains(lines: &[&[u8]]) -> Vec<Vec<&'static dyn Wrapper>> {
    let mut chains = Vec::new();
    let mut room = Vec::new();
    let mut grow = vec![(Vec::new(), lines.iter().map(|line| line.to_vec()).collect::<Vec<_>>())];
    while let Some((outer, texts)) = grow.pop() {
        for wrapper in WRAPPERS.iter().copied() {
            let inner = texts.iter().filter_map(|text| {
                room.clear();
                Some(wrapper.strip(text, &mut room)?.text.to_vec())
            });
            let inner: Vec<Vec<u8>> = inner.collect();
            if inner.len() < least_added(lines.len()) {
                continue;
            }
            let chain: Vec<_> = outer.iter().copied().chain([wrapper]).collect();
            if chain.len() < MAX_WRAPPERS {
                grow.push((chain.clone(), inner));
            }
            chains.push(chain);
        }
    }
    // Fewer wrappers are the simpler explanation.
    chains.sort_by_key(Vec::len);
    chains
}

/// What the formats make of the lines once these wrappers are stripped.
struct Sight {
    wrappers: Vec<&'static dyn Wrapper>,
    looked_at: usize,
    /// How many lines each candidate reads.
    tried: Vec<(&'static str, usize)>,
    /// The candidates that read the most lines together, the best first.
    chosen: Vec<usize>,
    /// How many lines they read, and which they do not.
    read: usize,
    unread: Vec<bool>,
    /// The candidate that was told by a header, and how many lines are no header to it.
    told: Option<(usize, usize)>,
}

impl Sight {
    fn of(
        lines: &[&[u8]],
        wrappers: Vec<&'static dyn Wrapper>,
        candidates: &[Chosen],
        context: &ParseContext,
    ) -> Self {
        let mut told = None;
        let mut reads: Vec<Vec<bool>> = Vec::with_capacity(candidates.len());
        let mut looked_at = lines.len();
        for (index, candidate) in candidates.iter().enumerate() {
            let mut parser = Parser::new(&wrappers, [candidate.clone()]);
            let (mut absorbed, mut requests) = (0, 0);
            let read = lines.iter().map(|line| {
                let record = RawRecord { position: Position::default(), bytes: line };
                let is_absorbed = parser.absorb(line, context);
                absorbed += usize::from(is_absorbed);
                let parsed = (!is_absorbed).then(|| parser.parse(record, context));
                requests += usize::from(parsed.as_ref().is_some_and(Result::is_ok));
                parsed.is_some_and(|parsed| is_known(&parsed))
            });
            let mut read: Vec<bool> = read.collect();
            if requests == 0 {
                // What holds no request at all is another log, whatever else it looks like.
                read.fill(false);
            }
            reads.push(read);
            if parser.has_header() {
                told = told.or(Some((index, lines.len() - absorbed)));
            } else {
                // What a wrapper has split are several lines to nobody.
                looked_at = looked_at.min(lines.len() - absorbed);
            }
        }
        let tried = candidates.iter().zip(&reads);
        let count = |read: &Vec<bool>| read.iter().filter(|read| **read).count();
        let tried = tried.map(|(candidate, read)| (candidate.name(), count(read))).collect();
        let (chosen, read, unread) = together(&reads, looked_at);
        if let Some((index, lines)) = told
            && chosen.first() == Some(&index)
        {
            looked_at = lines;
        }
        Self { wrappers, looked_at, tried, chosen, read, unread, told }
    }

    fn verdict(mut self, candidates: &[Chosen]) -> (Detection, Option<Parser>) {
        let share = |read: usize, of: usize| if of == 0 { 0.0 } else { read as f64 / of as f64 };
        let mut confidence = share(self.read, self.looked_at);
        let is_read = self.read > 0 && confidence >= MIN_CONFIDENCE;
        if let (false, Some((index, lines))) = (is_read, self.told) {
            // A header leaves no doubt, whatever has become of the lines after it.
            (self.chosen, self.looked_at) = (vec![index], lines);
            confidence = share(self.tried[index].1, lines);
        } else if !is_read {
            self.chosen.clear();
        }
        let mut names = self.chosen.iter().map(|index| candidates[*index].name());
        let detection = Detection {
            format: names.next(),
            also: names.collect(),
            wrappers: self.wrappers.iter().map(|wrapper| wrapper.name()).collect(),
            confidence,
            lines_looked_at: self.looked_at,
            tried: self.tried,
            looks_like: None,
        };
        let formats = self.chosen.iter().map(|index| candidates[*index].clone());
        let parser = (!self.chosen.is_empty()).then(|| Parser::new(&self.wrappers, formats));
        (detection, parser)
    }
}

/// The candidates that read most lines together, each the best at what those before it leave (the
/// first among equals), how many lines that is, and which are left.
fn together(reads: &[Vec<bool>], looked_at: usize) -> (Vec<usize>, usize, Vec<bool>) {
    let mut left = vec![true; reads.first().map_or(0, Vec::len)];
    let (mut chosen, mut read) = (Vec::new(), 0);
    while chosen.len() < MAX_MIXED_FORMATS {
        let added =
            |it: &Vec<bool>| it.iter().zip(&left).filter(|(read, left)| **read && **left).count();
        let best = reads.iter().map(added).enumerate().rev().max_by_key(|(_, added)| *added);
        let Some((index, added)) = best.filter(|(_, added)| *added > 0) else { break };
        if !chosen.is_empty() && added < least_added(looked_at) {
            break;
        }
        chosen.push(index);
        read += added;
        left.iter_mut().zip(&reads[index]).for_each(|(left, read)| *left &= !read);
    }
    (chosen, read, left)
}

/// Whether a format knows a line: as a request, or as something else that its logs hold.
fn is_known(result: &Result<Request<'_>, Reject>) -> bool {
    let no_request = |reject: &Reject| matches!(reject.reason, RejectReason::NoRequest(_));
    result.as_ref().err().is_none_or(no_request)
}

/// One format's try at a line.
#[derive(Debug)]
pub struct Trial<'a> {
    /// The format.
    pub format: &'static str,
    /// The request, or where and why it gave up.
    pub result: Result<Request<'a>, Reject>,
}

/// Tries every format on one line, which comes without wrappers: [`unwrap_line`] takes them off.
pub fn explain_line<'a>(line: &'a [u8], context: &'a ParseContext) -> Vec<Trial<'a>> {
    let record = RawRecord { position: Position::default(), bytes: line };
    let trial = |format: &&'static dyn Format| {
        let format: &'static dyn Format = *format;
        Trial { format: format.name(), result: format.parse(record, context) }
    };
    FORMATS.iter().map(trial).collect()
}

/// A line without what is wrapped around it, and the names of the wrappers, the outermost first:
/// none where a format reads it as it stands, or reads it no better without them.
pub fn unwrap_line(line: &[u8], context: &ParseContext) -> (Vec<&'static str>, Vec<u8>) {
    let (found, parser) = settle([line], &every_format(), context);
    let mut text = line.to_vec();
    if parser.is_some() {
        let mut room = Vec::new();
        for name in &found.wrappers {
            let wrapper = crate::wrappers::by_name(name).expect("a detection names wrappers");
            room.clear();
            if let Some(inner) = wrapper.strip(&text, &mut room) {
                text = inner.text.to_vec();
            }
        }
    }
    (found.wrappers, text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_example_is_detected_as_its_own_format() {
        for format in FORMATS {
            let lines = format.example().lines().map(str::as_bytes);
            let found = detect(lines, &ParseContext::default());
            assert_eq!((found.format, found.confidence), (Some(format.name()), 1.0));
            assert!(found.wrappers.is_empty() && found.also.is_empty(), "{found}");
        }
    }

    #[test]
    fn each_wrapper_is_told_with_what_is_within() {
        for wrapper in WRAPPERS {
            let found = detect([wrapper.example().as_bytes()], &ParseContext::default());
            assert_eq!(found.format, Some("combined"), "{}", wrapper.name());
            assert_eq!(found.wrappers, [wrapper.name()]);
            let expect = format!("combined behind {} (100 % of 1 lines)", wrapper.name());
            assert_eq!(found.to_string(), expect);
        }
    }

    #[test]
    fn lines_that_are_no_requests_count_only_beside_requests() {
        let other = br#"{"level":"info","ts":1795383854.5,"msg":"started","address":":80"}"#;
        let access = crate::formats::by_name("caddy").unwrap().example().as_bytes();
        let found =
            |lines: &[&[u8]]| detect(lines.iter().copied(), &ParseContext::default()).format;
        assert_eq!(found(&[other, other, other, access]), Some("caddy"));
        assert_eq!(found(&[other, other]), None);
    }

    #[test]
    fn another_service_is_refused_with_what_was_tried() {
        let line =
            b"Nov 22 21:44:14 host sshd[1]: Failed password for root from 192.0.2.7 port 4711";
        let found = detect([&line[..]], &ParseContext::default());
        assert_eq!(found.format, None);
        let expect =
            "of 1 lines no format reads any; looks like sshd behind syslog (rfc3164); say ";
        assert!(found.to_string().starts_with(expect), "{found}");
    }
}
