//! Telling what a bundle is: as one document, as a list of differences, and as a model card.

mod card;
mod document;

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use crate::bundle::{Bundle, is_site, read_container};
use crate::error::{Error, data};
use crate::site::SiteBundle;

/// A bundle of either kind.
#[derive(Debug)]
pub enum AnyBundle {
    /// Trained on a table: scores rows.
    Table(Box<Bundle>),
    /// Trained on logs: judges clients, accounts and credentials.
    Site(Box<SiteBundle>),
}

/// Something that is not the same in two bundles.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Where it stands in the document, with dots between.
    pub key: String,
    /// What the first says; `None` if nothing.
    pub first: Option<String>,
    /// What the second says; `None` if nothing.
    pub second: Option<String>,
}

impl AnyBundle {
    /// Reads a bundle of either kind from a file.
    ///
    /// # Errors
    /// When it cannot be read, is no bundle, is damaged, or is of another version.
    pub fn load(path: &Path) -> Result<Self, Error> {
        let read = || Self::from_bytes(&std::fs::read(path)?);
        read().map_err(|error| error.about(path.display().to_string()))
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        let (manifest, _) = read_container(bytes)?;
        let manifest: Value = serde_json::from_slice(manifest)
            .map_err(|error| data(format!("damaged bundle: its manifest: {error}")))?;
        Ok(if is_site(&manifest) {
            Self::Site(Box::new(SiteBundle::from_bytes(bytes)?))
        } else {
            Self::Table(Box::new(Bundle::from_bytes(bytes)?))
        })
    }

    /// Everything that can be told of it, without its weights.
    pub fn document(&self) -> Value {
        match self {
            Self::Table(bundle) => document::of_table(bundle),
            Self::Site(site) => document::of_site(site),
        }
    }

    /// Its model card in Markdown, after Mitchell et al. 2019, *Model Cards for Model Reporting*.
    pub fn card(&self) -> String {
        match self {
            Self::Table(bundle) => card::of_table(bundle),
            Self::Site(site) => card::of_site(site),
        }
    }
}

/// A document as one line a value: its place, with dots between, and what it is.
pub fn flatten(document: &Value) -> BTreeMap<String, String> {
    let mut lines = BTreeMap::new();
    add("", document, &mut lines);
    lines
}

/// What differs between two documents, in the order of keys.
pub fn differences(first: &Value, second: &Value) -> Vec<Difference> {
    let (first, second) = (flatten(first), flatten(second));
    let mut keys: Vec<&String> = first.keys().chain(second.keys()).collect();
    keys.sort_unstable();
    keys.dedup();
    let pairs = keys.into_iter().map(|key| (key, first.get(key), second.get(key)));
    pairs
        .filter(|(_, first, second)| first != second)
        .map(|(key, first, second)| Difference {
            key: key.clone(),
            first: first.cloned(),
            second: second.cloned(),
        })
        .collect()
}

fn add(place: &str, value: &Value, lines: &mut BTreeMap<String, String>) {
    let below = |key: &str| match place {
        "" => key.to_owned(),
        place => format!("{place}.{key}"),
    };
    match value {
        Value::Object(members) => {
            for (key, value) in members {
                add(&below(key), value, lines);
            }
        }
        // A list of plain values is one line; of others, one each.
        Value::Array(items) if items.iter().any(|item| item.is_object() || item.is_array()) => {
            for (at, item) in items.iter().enumerate() {
                add(&below(&at.to_string()), item, lines);
            }
        }
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(text).collect();
            drop(lines.insert(place.to_owned(), items.join(", ")));
        }
        plain => drop(lines.insert(place.to_owned(), text(plain))),
    }
}

/// A plain value as people read it: floats to six digits.
fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => "-".to_owned(),
        Value::Number(number) if number.is_f64() => {
            let number = number.as_f64().unwrap_or(f64::NAN);
            let digits = 6 - number.abs().log10().floor().clamp(-6.0, 6.0) as i32;
            let text = format!("{number:.*}", digits.clamp(0, 9) as usize);
            let is_fraction = text.contains('.');
            if is_fraction {
                text.trim_end_matches('0').trim_end_matches('.').to_owned()
            } else {
                text
            }
        }
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_document_becomes_a_line_a_value() {
        let lines = flatten(&json!({
            "a": { "b": 0.000_01, "c": [1, 2], "d": null },
            "e": [{ "f": "x" }],
            "g": 1234.5,
            "h": 0.1_f32,
        }));
        let lines: Vec<(&str, &str)> =
            lines.iter().map(|(key, text)| (key.as_str(), text.as_str())).collect();
        let expected = [
            ("a.b", "0.00001"),
            ("a.c", "1, 2"),
            ("a.d", "-"),
            ("e.0.f", "x"),
            ("g", "1234.5"),
            ("h", "0.1"),
        ];
        assert_eq!(lines, expected);
    }

    #[test]
    fn only_what_differs_is_told() {
        let found = differences(&json!({ "a": 1, "b": 2 }), &json!({ "a": 1, "b": 3, "c": "x" }));
        let told: Vec<(&str, Option<&str>, Option<&str>)> = found
            .iter()
            .map(|it| (it.key.as_str(), it.first.as_deref(), it.second.as_deref()))
            .collect();
        assert_eq!(told, [("b", Some("2"), Some("3")), ("c", None, Some("x"))]);
    }
}
