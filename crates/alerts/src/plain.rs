//! Texts from a log made safe to show: nothing in them steers a terminal or turns the direction of
//! writing.

use std::borrow::Cow;
use std::fmt::Write;

/// A text with control characters, and those that turn the direction of writing or take no room,
/// written as escapes: `\u{1b}`.
pub fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\t' => safe.push_str("\\t"),
            '\r' => safe.push_str("\\r"),
            '\n' => safe.push_str("\\n"),
            c if is_unsafe(c) => {
                write!(safe, "\\u{{{:x}}}", u32::from(c)).expect("a string takes everything");
            }
            c => safe.push(c),
        }
    }
    safe
}

/// A JSON document with the same characters written as `\u001b`: it means the same, and shows
/// nothing. JSON itself asks that only of those below 0x20, which every writer escapes.
pub fn escape_json(json: &str) -> Cow<'_, str> {
    if json.bytes().all(|byte| byte < 0x7f) {
        return Cow::Borrowed(json);
    }
    let mut safe = String::with_capacity(json.len());
    let mut units = [0; 2];
    for c in json.chars() {
        // Outside of strings JSON is ASCII: what comes from here on stands within one.
        if c >= '\u{7f}' && is_unsafe(c) {
            for unit in c.encode_utf16(&mut units) {
                write!(safe, "\\u{unit:04x}").expect("a string takes everything");
            }
        } else {
            safe.push(c);
        }
    }
    Cow::Owned(safe)
}

/// Whether a character steers a terminal, turns the direction of writing, breaks the line or takes
/// no room.
pub fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_from_a_log_steers_a_terminal() {
        let hostile = "a\u{1b}[2Jb\u{9b}31m\r\n\u{202e}c\u{0}\u{7f}d\u{200b}\u{e0041}";
        let safe = escape(hostile);
        assert!(!safe.chars().any(is_unsafe), "{safe:?}");
        assert_eq!(escape("GET /café?x=1"), "GET /café?x=1");
        assert_eq!(escape("\u{1b}[0m"), "\\u{1b}[0m");
    }

    #[test]
    fn escaped_json_means_the_same() {
        let hostile = "a\u{1b}\u{9b}\u{7f}\u{202e}\u{e0041}é\"\\";
        let json = serde_json::to_string_pretty(&[hostile]).expect("a text is JSON");
        let safe = escape_json(&json);
        assert!(!safe.chars().any(|c| c != '\n' && is_unsafe(c)), "{safe:?}");
        let back: Vec<String> = serde_json::from_str(&safe).expect("it is still JSON");
        assert_eq!(back, [hostile]);
    }
}
