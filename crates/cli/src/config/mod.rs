//! One configuration: defaults, one TOML file, the environment and flags, in rising order.

mod economics;
mod layers;
mod settings;

pub(crate) use economics::{Allow, last_moment, policy};
pub(crate) use layers::{Effective, Override, load, variable};
pub(crate) use settings::{Config, SETTINGS};
