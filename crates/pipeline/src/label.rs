use domain::Threat;

/// What somebody knows of a call or a session. What nobody has labelled is unknown, not benign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Label {
    /// It belongs to an attack.
    Attack(Threat),
    /// It was looked at and is fine.
    Benign,
}
