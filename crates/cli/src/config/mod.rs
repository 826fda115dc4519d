//! One configuration: defaults, one TOML file, the environment and flags, in rising order.

mod economics;
mod keep;
mod layers;
mod settings;
mod sign_ins;
mod within;

pub(crate) use economics::{Allow, LEAST_COOLDOWN_SECS, last_moment};
pub(crate) use keep::keep;
pub(crate) use layers::{Effective, FILE_NAME, Override, load, variable};
pub(crate) use settings::{Config, SETTINGS};
