//! Joins the stages, in this order and no other:
//!
//! ```text
//!            ┌─ Front (features) ─► Observation ─┐
//! Event ─────┤                                   ├─► Judge (models + threats) ─► Verdict ─► Desk (alerts)
//!            └─ Front                             ┘
//!
//! fitting:   Event ─► ProfilesFit ─► Profiles;  Event ─► Front ─► SampleFit ─► Bundle
//! ```
//!
//! A [`Bundle`] is everything that was fitted. Judging a log without one fits it on the same log
//! first, trimmed, and then goes the same way: there is one way through.
//!
//! Fitting, backtest, detection, tables of features and the probe all get their rows from a [`Front`], so
//! that a number means the same wherever it is looked at. Each thread has a front of its own, with its
//! share of the entities; what comes out does not depend on how many there are.
//!
//! Nothing here does IO, starts a thread or asks the time.

mod anomaly;
mod budget;
mod bundle;
mod drift;
mod fit;
mod front;
mod judge;
mod label;
mod learned;
mod routing;
mod sample;
mod saved;
mod tail;

pub use anomaly::AnomalyModel;
pub use budget::{Budget, BudgetError};
pub use bundle::{Bundle, Fitted, Period};
pub use drift::{ColumnDrift, Drift, LARGE_PSI, Spread};
pub use fit::{calibrate, fit, ordinary, quiet};
pub use front::Front;
pub use judge::{Judge, LEAST_CALLS, is_judged};
pub use label::Label;
pub use learned::{LearnedModel, log_odds};
pub use routing::{Routing, Shards};
pub use sample::{Part, SampleFit, SampledSession, Sampling};
pub use tail::Tail;
