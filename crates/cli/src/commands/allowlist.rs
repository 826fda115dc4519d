use std::fmt::Write;

use clap::{Args, Subcommand};
use domain::{EntityKind, Timestamp};

use super::{Session, print};
use crate::config::{Allow, last_moment};
use crate::exit::{Exit, Failure};
use crate::passes;
use crate::render::escape;

#[derive(Args, Debug)]
pub(crate) struct AllowlistArgs {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Tell which entries allow an address, account, credential, endpoint or agent.
    ///
    /// Ends with status 0 if one does, and with 1 if none does, or none any more.
    Check {
        /// As alerts write it.
        #[arg(value_name = "ADDRESS|ACCOUNT|…")]
        value: String,

        /// Tell what holds at this event time: an RFC 3339 date or time. Now, if not given.
        #[arg(long, value_name = "TIME")]
        at: Option<String>,
    },
}

/// Asks the allowlist.
pub(crate) fn run(args: &AllowlistArgs, session: &Session) -> Result<Exit, Failure> {
    let What::Check { value, at } = &args.what;
    let at = at.as_deref().map(moment).transpose()?.unwrap_or_else(passes::now);
    let (text, is_allowed) = told(value, at, &session.effective.config.alerts.allow);
    print(text.as_bytes())?;
    Ok(if is_allowed { Exit::Done } else { Exit::Findings })
}

fn moment(text: &str) -> Result<Timestamp, Failure> {
    let end = last_moment(text)
        .map_err(|rule| Failure::new(Exit::Usage, format!("invalid --at: {rule}")))?;
    // A date means all of its day: its last moment is still in it.
    Ok(end.plus_micros(-1))
}

/// What the entries say about a value, and whether one allows it.
fn told(value: &str, at: Timestamp, entries: &[Allow]) -> (String, bool) {
    let (mut text, mut is_allowed) = (String::new(), false);
    for (place, allow) in entries.iter().enumerate() {
        let who = &allow.allowance.who;
        let meant = EntityKind::ALL.into_iter().any(|kind| who.is(kind, value));
        if !meant && !who.is_agent(value) {
            continue;
        }
        let entry = &allow.text;
        let threats = match &entry.threats[..] {
            [] => String::new(),
            some => format!(" for {}", some.join(", ")),
        };
        let state = match (&entry.expires, allow.allowance.expires) {
            (Some(day), Some(end)) if at >= end => {
                format!(
                    "expired on {day}{threats}; it counts only for what a log tells before {end}"
                )
            }
            (Some(day), _) => format!("allowed{threats} until {day}, by the times in the log"),
            (None, _) => format!("allowed{threats}"),
        };
        is_allowed |= allow.allowance.expires.is_none_or(|end| at < end);
        let _ = writeln!(
            text,
            "{state}: {} (entry {}: {} {})",
            escape(&entry.reason),
            place + 1,
            entry.kind.name(),
            escape(&entry.value),
        );
    }
    if text.is_empty() {
        let _ =
            writeln!(text, "{}: none of the {} entries allows it", escape(value), entries.len());
    }
    (text, is_allowed)
}
