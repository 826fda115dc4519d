use domain::{Event, Finding, Threat};

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

    /// Whether suspicions about many clients at once are an alarm, though none of them is by itself.
    fn adds_up(&self) -> bool {
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
    /// When it is wrong, and what else it could be.
    pub wrong: &'static str,
    /// MITRE ATT&CK techniques.
    pub mitre: &'static [Reference],
    /// OWASP API Security Top 10, 2023.
    pub owasp: &'static [Reference],
}

/// An entry of a public catalogue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reference {
    /// Its number there, such as `T1110.004` or `API2:2023`.
    pub id: &'static str,
    /// Its name there.
    pub name: &'static str,
}
