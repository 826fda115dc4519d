//! A row and its baseline become a named threat with evidence.
//!
//! An [`Indicator`] is one file in `indicators/` and one line in [`INDICATORS`]. It is a pure function
//! of a [`View`]: a row and what is normal here. It has a floor that works from the first line of the
//! first log, and a learned normal that replaces the floor where there is one.
//!
//! This crate knows nothing of log formats or of how models are made.

mod baseline;
mod clue;
mod indicator;
mod indicators;
mod stale;

pub use baseline::{Baseline, LEAST_ENTITIES, Normal, View};
pub use clue::{CAP, Clue, MARGIN, Sense, score_of, weigh};
pub use indicator::{Doubt, Indicator, Page, Reference};
pub use indicators::{INDICATORS, is_made_of, page_of};
pub use stale::repeats_one_secret;
