//! Holds what was found in a log against what is known to have happened in it.
//!
//! ```text
//! truth.csv ─► Truth ─┐
//!                     ├─► score ─► Backtest ─► text, JSON, HTML
//! log ─► alerts ──────┘
//! ```
//!
//! Nothing here judges a log: it takes the alerts of `detect` as they are. So every figure is about
//! the way that people use.

mod compare;
mod figures;
mod score;
mod truth;

pub use compare::{Change, Comparison, compare};
pub use figures::{
    Accused, AlertLine, Backtest, CampaignFigures, Confusion, Curve, DriftFigures, DriftedColumn,
    EntityLine, EvidenceLine, FalseAlarms, ThreatFigures, Unlisted, brief_span,
};
pub use score::{Judged, score};
pub use truth::{Campaign, Truth};
