//! The checks: one file and one line each.

use crate::{Check, Figure};

mod accounts_missing;
mod clock_offset;
mod duplicated_input;
mod failures_answered_200;
mod proxy_as_client;
mod sampled_input;
mod stale_lists;

/// Every check, in the order of catalogues.
pub const CHECKS: &[&dyn Check] = &[
    &proxy_as_client::ProxyAsClient,
    &clock_offset::ClockOffset,
    &duplicated_input::DuplicatedInput,
    &sampled_input::SampledInput,
    &accounts_missing::AccountsMissing,
    &failures_answered_200::FailuresAnswered200,
    &stale_lists::StaleLists,
];

const fn figure(name: &'static str, value: f64) -> Figure {
    Figure { name, value }
}

/// A share as people read it: `97 %`.
fn percent(share: f64) -> String {
    format!("{:.0} %", share * 100.0)
}

/// A count with its thousands set apart: `34,790`.
fn count(number: u64) -> String {
    if number < 1_000 {
        return number.to_string();
    }
    format!("{},{:03}", count(number / 1_000), number % 1_000)
}

/// A few names of many, as people read them: `a, b and 3 more`.
fn named(names: &[&str]) -> String {
    const SHOWN: usize = 3;
    let shown = names.iter().take(SHOWN).copied().collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(SHOWN) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

#[cfg(test)]
mod tests;
