//! Words, numbers and colours for a terminal.

use std::fmt::Write;

use alerts::escape;
pub(crate) use train::count;

/// Whether to colour, decided once a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Style {
    pub(crate) colour: bool,
}

impl Style {
    pub(crate) fn bold(self, text: &str) -> String {
        self.paint("1", text)
    }

    pub(crate) fn dim(self, text: &str) -> String {
        self.paint("2", text)
    }

    pub(crate) fn red(self, text: &str) -> String {
        self.paint("1;31", text)
    }

    pub(crate) fn yellow(self, text: &str) -> String {
        self.paint("33", text)
    }

    pub(crate) fn cyan(self, text: &str) -> String {
        self.paint("36", text)
    }

    fn paint(self, code: &str, text: &str) -> String {
        if self.colour { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
    }
}

/// A piece of a log made safe to show: secrets redacted, then escaped.
pub(crate) fn redact(bytes: &[u8]) -> String {
    escape(&String::from_utf8_lossy(&ingest::redact_line(bytes)))
}

/// A text cut to so many characters, the cut shown.
pub(crate) fn fit_width(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    let mut cut: String = text.chars().take(width.saturating_sub(1)).collect();
    cut.push('…');
    cut
}

/// A text whose end tells more than its beginning, such as a path: what is too long is cut in front.
pub(crate) fn fit_end(text: &str, width: usize) -> String {
    let length = text.chars().count();
    if length <= width {
        return text.to_owned();
    }
    let end: String = text.chars().skip(length + 1 - width.max(1)).collect();
    format!("…{end}")
}

/// A text on at most two lines of so many characters, broken at a space where one is near, with
/// what is still too long cut.
pub(crate) fn fold(text: &str, width: usize) -> (String, Option<String>) {
    let Some((end, _)) = text.char_indices().nth(width) else { return (text.to_owned(), None) };
    let near = text[..end].char_indices().rev().take(width / 3).find(|(_, c)| *c == ' ');
    let (first, rest) = text.split_at(near.map_or(end, |(space, _)| space));
    (first.to_owned(), Some(fit_width(rest.trim_start(), width)))
}

/// A count and what is counted: `1 client`, `2 clients`.
pub(crate) fn counted(number: u64, one: &str) -> String {
    format!("{} {one}{}", count(number), if number == 1 { "" } else { "s" })
}

/// A text broken into lines of at most so many characters, each with the same beginning.
pub(crate) fn wrap(text: &str, width: usize, lead: &str) -> String {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(format!("{lead}{word}")),
        }
    }
    lines.join("\n")
}

/// A measured number in as many digits as anyone reads.
pub(crate) fn number(value: f32) -> String {
    match value.abs() {
        size if size >= 1_000.0 => {
            let sign = if value < 0.0 { "-" } else { "" };
            format!("{sign}{}", count(size.round() as u64))
        }
        size if size >= 100.0 || value.fract() == 0.0 => format!("{value:.0}"),
        size if size >= 10.0 => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}

/// A length of time in its two largest units.
pub(crate) fn duration(secs: f64) -> String {
    let secs = secs.max(0.0);
    let whole = secs as u64;
    let units = [(86_400, "d"), (3_600, "h"), (60, "min"), (1, "s")];
    let Some(largest) = units.iter().position(|(size, _)| whole >= *size) else {
        return if secs == 0.0 { "0 s".to_owned() } else { format!("{:.0} ms", secs * 1e3) };
    };
    let (size, unit) = units[largest];
    let mut shown = format!("{} {unit}", whole / size);
    if let Some((smaller, unit)) = units.get(largest + 1)
        && whole % size / smaller > 0
    {
        write!(shown, " {} {unit}", whole % size / smaller).expect("a string takes everything");
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_as_people_write_them() {
        assert_eq!([count(0), count(999), count(1_234_567)], ["0", "999", "1,234,567"]);
        assert_eq!([number(42.0), number(0.254), number(12_345.6)], ["42", "0.25", "12,346"]);
        assert_eq!([number(12.34), number(123.4), number(-0.5)], ["12.3", "123", "-0.50"]);
        let shown = [0.0, 0.25, 61.0, 3_600.0, 90_061.0].map(duration);
        assert_eq!(shown, ["0 s", "250 ms", "1 min 1 s", "1 h", "1 d 1 h"]);
        assert_eq!([counted(1, "client"), counted(1_000, "client")], ["1 client", "1,000 clients"]);
    }

    #[test]
    fn what_is_too_long_is_cut_or_folded_where_it_tells_least() {
        assert_eq!(fit_width("abcdef", 4), "abc…");
        assert_eq!([fit_end("abcdef", 4), fit_end("abcd", 4)], ["…def", "abcd"]);
        assert_eq!(fold("abc def", 7), ("abc def".into(), None));
        assert_eq!(fold("abc de fghi", 8), ("abc de".into(), Some("fghi".into())));
        assert_eq!(fold("ébcdefghijkl", 4), ("ébcd".into(), Some("efg…".into())));
    }
}
