//! One configuration: defaults, one TOML file, the environment and flags, in rising order.

mod layers;
mod settings;

pub(crate) use layers::{Effective, Override, load, variable};
pub(crate) use settings::{Config, SETTINGS};
