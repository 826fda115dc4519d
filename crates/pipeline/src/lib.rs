//! Joins the stages, in this order and no other:
//!
//! ```text
//!            ┌─ Lane (features) ─► Observation ─┐
//! Event ─────┤                                  ├─► Judge (models + threats) ─► Verdict ─► Desk (alerts)
//!            └─ Lane                            ┘
//!
//! fitting:   Event ─► ProfilesFit ─► Profiles;  Event ─► Lane ─► SampleFit ─► Bundle
//! ```
//!
//! A [`Bundle`] is everything that was fitted. Judging a log without one fits it on the same log
//! first, trimmed, and then goes the same way: there is one way through.
//!
//! Nothing here does IO, starts a thread or asks the time. A [`Lane`] is a share of the entities that
//! one thread may take; what comes out does not depend on how many lanes there are.

mod anomaly;
mod budget;
mod bundle;
mod drift;
mod fit;
mod judge;
mod label;
mod lane;
mod learned;
mod sample;
mod saved;
mod tail;

pub use anomaly::AnomalyModel;
pub use budget::{Budget, BudgetError};
pub use bundle::{Bundle, Fitted, Period};
pub use drift::{ColumnDrift, Drift, LARGE_PSI, Spread};
pub use fit::{calibrate, fit, ordinary, quiet};
pub use judge::{Judge, LEAST_CALLS, is_judged};
pub use label::Label;
pub use lane::{Lane, Shards};
pub use learned::{LearnedModel, log_odds};
pub use sample::{Part, SampleFit, SampledSession, Sampling};
pub use tail::Tail;
