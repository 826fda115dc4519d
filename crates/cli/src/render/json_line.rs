use alerts::escape_json;

/// A JSON object on one line, its keys in the order in which they were put.
#[derive(Debug, Default)]
pub(crate) struct JsonLine(String);

impl JsonLine {
    /// A text.
    pub(crate) fn text(&mut self, key: &str, text: &str) {
        self.put(key, &serde_json::Value::from(text).to_string());
    }

    /// What is JSON as it stands: a number with just these digits, `true`, `null`.
    pub(crate) fn put(&mut self, key: &str, json: &str) {
        self.0.push(if self.0.is_empty() { '{' } else { ',' });
        self.0.push_str(&serde_json::Value::from(key).to_string());
        self.0.push(':');
        self.0.push_str(json);
    }

    /// The line with its end; it steers no terminal.
    pub(crate) fn finish(self) -> String {
        let whole = if self.0.is_empty() { "{}\n".to_owned() } else { self.0 + "}\n" };
        escape_json(&whole).into_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_keep_their_order_and_numbers_their_digits() {
        assert_eq!(JsonLine::default().finish(), "{}\n");
        let mut line = JsonLine::default();
        line.put("b", "1.50");
        line.text("a\"", "5405\u{1b}\u{9b}");
        line.put("c", "null");
        assert_eq!(line.finish(), "{\"b\":1.50,\"a\\\"\":\"5405\\u001b\\u009b\",\"c\":null}\n");
    }
}
