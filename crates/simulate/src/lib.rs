//! Scenarios to labelled traffic.
//!
//! ```text
//! Scenario ─► people, background, attacks ─► Traffic ─► lines of a log, and its truth
//!                                └► calls for any Site: attacks to learn from
//! ```
//!
//! The same scenario and seed give the same bytes. What is made here looks like traffic in kind, not in
//! detail: it shows that a rule works and gives a model attacks of every strength; it does not tell how
//! good detection is. Thresholds are not tuned on it.
//!
//! This crate knows nothing of models or HTTP.

pub mod attacks;
pub mod background;
mod call;
mod chance;
mod lines;
mod people;
mod scenario;
pub mod site;
mod traffic;

pub use call::{Addresses, Call, Origin};
pub use chance::Chance;
pub use lines::{LineFormat, write_request_truth, write_truth};
pub use scenario::{Attack, Background, MAX_HOURS, MAX_PEOPLE, People, Scenario, ScenarioError};
pub use site::Site;
pub use traffic::{Campaign, MAX_TRAFFIC, Traffic};

/// The scenarios that come with the program: name and text.
pub const SCENARIOS: [(&str, &str); 4] = [
    ("demo", include_str!("../../../examples/scenarios/demo.toml")),
    ("ordinary", include_str!("../../../examples/scenarios/ordinary.toml")),
    ("subtle", include_str!("../../../examples/scenarios/subtle.toml")),
    ("week", include_str!("../../../examples/scenarios/week.toml")),
];
