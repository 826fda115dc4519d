//! What people said of alerts, in a file beside the logs: one row an alert.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::io::{ErrorKind, Write};
use std::path::Path;
use std::str::FromStr;

use domain::Threat;

use crate::error::{Error, data, usage};

/// Alerts that a file may hold a verdict on.
pub const MAX_VERDICTS: usize = 100_000;
/// Bytes that a file of verdicts may have.
const MAX_BYTES: u64 = 64 << 20;
/// Characters of a note.
pub const MAX_NOTE: usize = 1_000;
/// Hexadecimal digits of an alert's id.
const ID_DIGITS: usize = 16;

/// What somebody says that an alert was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Said {
    /// Nothing bad.
    Benign,
    /// What the alert says.
    Attack,
    /// This threat, whatever the alert says.
    Threat(Threat),
}

impl FromStr for Said {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "benign" => Ok(Self::Benign),
            "attack" => Ok(Self::Attack),
            other => other.parse().map(Self::Threat).map_err(|_| {
                let threats = Threat::ALL.map(Threat::name).join(", ");
                format!("{other}: must be benign, attack or a threat ({threats})")
            }),
        }
    }
}

impl fmt::Display for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Benign => f.write_str("benign"),
            Self::Attack => f.write_str("attack"),
            Self::Threat(threat) => f.write_str(threat.name()),
        }
    }
}

/// A verdict on an alert.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlertVerdict {
    /// What it was.
    pub said: Said,
    /// Why, in somebody's words.
    pub note: String,
}

/// Verdicts by the ids of alerts. The last word on an alert counts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AlertVerdicts {
    verdicts: BTreeMap<String, AlertVerdict>,
}

impl AlertVerdicts {
    /// Reads a file of verdicts; one that is not there has none.
    ///
    /// # Errors
    /// When it cannot be read, or a row of it is no verdict.
    pub fn load(path: &Path) -> Result<Self, Error> {
        let about = |error: Error| error.about(path.display().to_string());
        match fs::metadata(path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Self::default()),
            Err(error) => return Err(about(error.into())),
            Ok(known) if known.len() > MAX_BYTES => {
                let rule = format!("{} bytes: must be at most {MAX_BYTES}", known.len());
                return Err(about(data(rule)));
            }
            Ok(_) => {}
        }
        let text = fs::read(path).map_err(|error| about(error.into()))?;
        Self::from_csv(&text).map_err(about)
    }

    fn from_csv(text: &[u8]) -> Result<Self, Error> {
        let mut verdicts = Self::default();
        let mut reader = csv::Reader::from_reader(text);
        for (at, row) in reader.records().enumerate() {
            let line = at + 2;
            let row = row.map_err(|error| data(format!("line {line}: {error}")))?;
            let [alert, said, note] = [0, 1, 2].map(|place| row.get(place).unwrap_or_default());
            let said = said.parse().map_err(|rule| data(format!("line {line}: {rule}")))?;
            verdicts
                .set(alert, said, note)
                .map_err(|error| data(format!("line {line}: {error}")))?;
        }
        Ok(verdicts)
    }

    /// Says what an alert was.
    ///
    /// # Errors
    /// When the id is none, the note is too long, or there are too many verdicts.
    pub fn set(&mut self, alert: &str, said: Said, note: &str) -> Result<(), Error> {
        let is_id = alert.len() == ID_DIGITS && alert.bytes().all(|byte| byte.is_ascii_hexdigit());
        if !is_id {
            let rule = format!("{alert}: must be the {ID_DIGITS} digits that detect shows as id");
            return Err(usage(rule));
        }
        let length = note.chars().count();
        if length > MAX_NOTE {
            return Err(usage(format!(
                "a note of {length} characters: must be at most {MAX_NOTE}"
            )));
        }
        let verdict = AlertVerdict { said, note: note.to_owned() };
        self.verdicts.insert(alert.to_ascii_lowercase(), verdict);
        if self.verdicts.len() > MAX_VERDICTS {
            return Err(data(format!("more than {MAX_VERDICTS} verdicts")));
        }
        Ok(())
    }

    /// Writes the file anew: whoever reads it meanwhile sees the old one or the new one, whole.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn save(&self, path: &Path) -> Result<(), Error> {
        let mut writer = csv::Writer::from_writer(Vec::new());
        let rows = self.verdicts.iter().map(|(alert, verdict)| {
            [alert.clone(), verdict.said.to_string(), verdict.note.clone()]
        });
        let head = ["alert", "verdict", "note"].map(str::to_owned);
        let written =
            std::iter::once(head).chain(rows).try_for_each(|row| writer.write_record(row));
        let bytes = written
            .and_then(|()| writer.into_inner().map_err(|error| error.into_error().into()))
            .map_err(|error| data(format!("verdicts that cannot be written: {error}")))?;
        let about = |error: std::io::Error| Error::from(error).about(path.display().to_string());
        let unfinished = path.with_extension("csv.new");
        let mut file = fs::File::create(&unfinished).map_err(about)?;
        file.write_all(&bytes).and_then(|()| file.sync_all()).map_err(about)?;
        fs::rename(&unfinished, path).map_err(about)
    }

    /// The verdict on an alert.
    pub fn of(&self, alert: &str) -> Option<&AlertVerdict> {
        self.verdicts.get(alert)
    }

    /// The ids of the alerts that there is a verdict on, in order.
    pub fn alerts(&self) -> impl Iterator<Item = &str> {
        self.verdicts.keys().map(String::as_str)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.verdicts.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.verdicts.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_said_is_read_back_and_the_last_word_counts() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("labels.csv");
        let mut verdicts = AlertVerdicts::load(&path).expect("no file is no verdict");
        assert!(verdicts.is_empty());
        let id = "0123456789abcdef";
        verdicts.set(id, Said::Attack, "").expect("an id");
        verdicts.set(id, Said::Benign, "load test, \"ours\"\nall of it").expect("an id");
        verdicts.save(&path).expect("a file");
        let again = AlertVerdicts::load(&path).expect("what was written can be read");
        assert_eq!(again, verdicts);
        assert_eq!(again.of(id).map(|verdict| verdict.said), Some(Said::Benign));
    }

    #[test]
    fn rows_that_are_none_are_refused_by_line() {
        let fails = |row: &str| {
            let text = format!("alert,verdict,note\n{row}\n");
            AlertVerdicts::from_csv(text.as_bytes()).expect_err("no verdict").to_string()
        };
        assert!(fails("0123456789abcdef,fine,").contains("line 2: fine: must be benign"));
        assert!(fails("xyz,benign,").contains("line 2: xyz: must be the 16 digits"));
        let long = "x".repeat(MAX_NOTE + 1);
        assert!(fails(&format!("0123456789abcdef,benign,{long}")).contains("at most 1000"));
    }
}
