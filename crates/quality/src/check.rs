use crate::{CHECKS, Facts};

/// Recognises one thing that is wrong with a log.
///
/// A pure function: the same facts give the same caveat.
pub trait Check: Sync {
    /// The name that outputs use: that of its file.
    fn name(&self) -> &'static str;

    /// What people read about it.
    fn page(&self) -> &'static Page;

    /// What it finds.
    fn look(&self, facts: &Facts) -> Option<Caveat>;
}

/// What people read about a check.
#[derive(Clone, Copy, Debug)]
pub struct Page {
    /// Its title.
    pub title: &'static str,
    /// What it sees.
    pub sees: &'static str,
    /// What it means for the verdicts.
    pub means: &'static str,
    /// When it is wrong, and what else it could be.
    pub wrong: &'static str,
}

/// A finding about a log itself.
#[derive(Clone, Debug, PartialEq)]
pub struct Caveat {
    /// The name of the check.
    pub name: &'static str,
    /// What was seen, in a sentence that holds its figures.
    pub seen: String,
    /// The same figures for programs, each once.
    pub figures: Vec<Figure>,
    /// What it means for the verdicts.
    pub means: &'static str,
    /// What to do, or to type.
    pub advice: String,
}

/// A figure and its name, the unit last.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Figure {
    /// Its name.
    pub name: &'static str,
    /// Its value; always finite.
    pub value: f64,
}

/// Everything that is to be said of a log, in the order of [`CHECKS`].
pub fn caveats(facts: &Facts) -> Vec<Caveat> {
    CHECKS.iter().filter_map(|check| check.look(facts)).collect()
}
