//! What was counted of a log becomes findings about the log itself.
//!
//! ```text
//! events ──Survey──► Facts ──CHECKS──► Caveat
//! ```
//!
//! A [`Caveat`] names nobody who misbehaves. It tells where the log hides something, tells it twice or
//! tells it wrong, and what that does to the verdicts. A [`Check`] is one file in `checks/` and one line
//! in [`CHECKS`]: a pure function of [`Facts`], which a [`Survey`] counts in bounded memory.
//!
//! This crate knows nothing of log formats, of entities' behaviour or of models.

mod balance;
mod check;
mod checks;
mod document;
mod facts;
mod hash;
mod loads;
mod sample;
mod survey;

pub use balance::{COMPARED_SOURCES, SAMPLED_CALLERS};
pub use check::{Caveat, Check, Figure, Page, caveats};
pub use checks::CHECKS;
pub use document::Document;
pub use facts::{
    BalanceFacts, ClientFacts, Facts, ListFacts, LoadFacts, PairFacts, Repeats, SignInFacts,
    SourceFacts,
};
pub use loads::{FILES_A_LOAD, OBSERVED_LOADS, SAMPLED_LOADS};
pub use survey::{COUNTED_SIGN_INS, Knowledge, SAMPLED_CALLS, SAMPLED_LINES, Survey};
