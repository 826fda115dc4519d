use std::collections::BTreeMap;

use serde::Serialize;

use crate::Caveat;

/// A caveat as programs read it: `docs/reference/data_quality.md` tells each field.
#[derive(Clone, Debug, Serialize)]
pub struct Document<'a> {
    /// The name of the check.
    pub caveat: &'static str,
    /// What was seen, for people.
    pub seen: &'a str,
    /// Its figures by name.
    pub figures: BTreeMap<&'static str, f64>,
    /// What it means for the verdicts.
    pub means: &'static str,
    /// What to do, or to type.
    pub advice: &'a str,
}

impl<'a> From<&'a Caveat> for Document<'a> {
    fn from(caveat: &'a Caveat) -> Self {
        Self {
            caveat: caveat.name,
            seen: &caveat.seen,
            figures: caveat.figures.iter().map(|figure| (figure.name, figure.value)).collect(),
            means: caveat.means,
            advice: &caveat.advice,
        }
    }
}
