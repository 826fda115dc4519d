//! What the languages of format strings are made into.

use std::fmt;

use crate::formats::draft::Field;
use crate::formats::strftime::Strftime;

/// A piece of a format string, before the pieces are joined to parts.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Piece {
    Literal(Vec<u8>),
    Field(Field),
    Strftime(Strftime),
}

/// Why a format string cannot be compiled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TemplateError {
    /// The column in the format string, in bytes from 1.
    pub column: usize,
    problem: String,
}

impl TemplateError {
    pub(crate) fn new(at: usize, problem: impl Into<String>) -> Self {
        Self { column: at + 1, problem: problem.into() }
    }
}

impl fmt::Display for TemplateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "invalid format string at column {}: {}", self.column, self.problem)
    }
}

impl std::error::Error for TemplateError {}
