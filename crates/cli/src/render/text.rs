//! Words, numbers and colours for a terminal.

use std::fmt::Write;

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

/// A text from a log made safe to show: control characters, and those that turn the direction of
/// writing or take no room, are written as escapes.
pub(crate) fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\t' => safe.push_str("\\t"),
            '\r' => safe.push_str("\\r"),
            '\n' => safe.push_str("\\n"),
            c if c.is_control() || is_invisible(c) => {
                write!(safe, "\\u{{{:x}}}", u32::from(c)).expect("a string takes everything");
            }
            c => safe.push(c),
        }
    }
    safe
}

/// A piece of a log made safe to show: secrets redacted, then escaped.
pub(crate) fn redact(bytes: &[u8]) -> String {
    escape(&String::from_utf8_lossy(&ingest::redact_line(bytes)))
}

fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
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

/// A count with its thousands set apart.
pub(crate) fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut shown = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            shown.push(',');
        }
        shown.push(digit);
    }
    shown
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
    fn nothing_from_a_log_steers_a_terminal() {
        let hostile = "a\u{1b}[2Jb\u{9b}31m\r\n\u{202e}c\u{0}\u{7f}d\u{200b}";
        let safe = escape(hostile);
        assert!(safe.chars().all(|c| !c.is_control() && !is_invisible(c)), "{safe:?}");
        assert_eq!(escape("GET /café?x=1"), "GET /café?x=1");
        assert_eq!(escape("\u{1b}[0m"), "\\u{1b}[0m");
    }

    #[test]
    fn numbers_read_as_people_write_them() {
        assert_eq!([count(0), count(999), count(1_234_567)], ["0", "999", "1,234,567"]);
        assert_eq!([number(42.0), number(0.254), number(12_345.6)], ["42", "0.25", "12,346"]);
        assert_eq!([number(12.34), number(123.4), number(-0.5)], ["12.3", "123", "-0.50"]);
        let shown = [0.0, 0.25, 61.0, 3_600.0, 90_061.0].map(duration);
        assert_eq!(shown, ["0 s", "250 ms", "1 min 1 s", "1 h", "1 d 1 h"]);
        assert_eq!(fit_width("abcdef", 4), "abc…");
    }
}
