use domain::{Event, Finding, Threat};
use features::ColumnId;

use crate::View;

/// Recognises one threat in a row.
///
/// A pure function: the same view gives the same finding. A finding whose score is below 0.5 is a
/// suspicion, not an alarm.
pub trait Indicator: Sync + std::fmt::Debug {
    /// The threat that it names.
    fn threat(&self) -> Threat;

    /// What people read about it.
    fn page(&self) -> &'static Page;

    /// Whether an event is of the kind that the threat is made of. Only such an event raises an alarm:
    /// the owner of a guessed account who comes back an hour later is not the one who guessed.
    fn concerns(&self, event: &Event) -> bool;

    /// Whether suspicions about many clients like this one are an alarm, though none of them is by itself.
    fn adds_up(&self, _view: &View<'_>) -> bool {
        false
    }

    /// What it finds.
    fn judge(&self, view: &View<'_>) -> Option<Finding>;
}

/// What people read about a threat.
#[derive(Clone, Copy, Debug)]
pub struct Page {
    /// The threat's name for people.
    pub title: &'static str,
    /// What it sees.
    pub sees: &'static str,
    /// Why it matters.
    pub matters: &'static str,
    /// What else it could be: the likeliest first.
    pub wrong: &'static [Doubt],
    /// What it does not see; empty where nothing is to be said.
    pub misses: &'static str,
    /// MITRE ATT&CK techniques.
    pub mitre: &'static [Reference],
    /// OWASP API Security Top 10, 2023.
    pub owasp: &'static [Reference],
}

/// Something else that a finding could be.
#[derive(Clone, Copy, Debug)]
pub struct Doubt {
    /// The columns that lead the evidence where it comes into question; none where it always does.
    pub of: &'static [ColumnId],
    /// What it could be: how it looks, and behind a colon or semicolon more about it.
    pub what: &'static str,
}

impl Doubt {
    /// What findings could be that are led by one of these columns.
    pub const fn of(of: &'static [ColumnId], what: &'static str) -> Self {
        Self { of, what }
    }

    /// What any finding of the threat could be.
    pub const fn general(what: &'static str) -> Self {
        Self { of: &[], what }
    }
}

impl Page {
    /// What a finding could also be whose evidence is led by the column of this name: its first clause.
    pub fn doubt(&self, leading: &str) -> Option<&'static str> {
        let leads = |doubt: &&Doubt| doubt.of.iter().any(|column| column.name() == leading);
        let general = |doubt: &&Doubt| doubt.of.is_empty();
        let doubt = self.wrong.iter().find(leads).or_else(|| self.wrong.iter().find(general))?;
        doubt.what.split([';', ':']).next()
    }

    /// When it is wrong, as one text without a full stop at its end.
    pub fn wrong_text(&self) -> String {
        let doubts = self.wrong.iter().map(|doubt| doubt.what.to_owned());
        let misses = (!self.misses.is_empty()).then(|| format!("not seen are {}", self.misses));
        let mut text = String::new();
        for sentence in doubts.chain(misses) {
            if text.is_empty() {
                text = sentence;
                continue;
            }
            let mut letters = sentence.chars();
            text.push_str(". ");
            text.extend(letters.next().iter().flat_map(|first| first.to_uppercase()));
            text.push_str(letters.as_str());
        }
        text
    }
}

/// An entry of a public catalogue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reference {
    /// Its number there, such as `T1110.004` or `API2:2023`.
    pub id: &'static str,
    /// Its name there.
    pub name: &'static str,
}
