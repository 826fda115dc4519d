use std::fmt::Write;

use clap::{Args, Subcommand};
use domain::{EntityKind, Timestamp};

use super::{Session, print};
use crate::config::{Allow, last_moment};
use crate::exit::{Exit, Failure};
use crate::render::escape;

#[derive(Args, Debug)]
pub(crate) struct AllowlistArgs {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Tell which entries allow an address, account, credential, endpoint or agent.
    Check {
        /// As alerts write it.
        #[arg(value_name = "ADDRESS|ACCOUNT|…")]
        value: String,

        /// Tell what holds at this event time: an RFC 3339 date or time.
        #[arg(long, value_name = "TIME")]
        at: Option<String>,
    },
}

/// Asks the allowlist.
pub(crate) fn run(args: &AllowlistArgs, session: &Session) -> Result<Exit, Failure> {
    let What::Check { value, at } = &args.what;
    let at = at.as_deref().map(moment).transpose()?;
    let entries = &session.effective.config.alerts.allow;
    print(told(value, at, entries).as_bytes())
}

fn moment(text: &str) -> Result<Timestamp, Failure> {
    let end = last_moment(text)
        .map_err(|rule| Failure::new(Exit::Usage, format!("invalid --at: {rule}")))?;
    // A date means all of its day: its last moment is still in it.
    Ok(end.plus_micros(-1))
}

fn told(value: &str, at: Option<Timestamp>, entries: &[Allow]) -> String {
    let mut text = String::new();
    for (place, allow) in entries.iter().enumerate() {
        let who = &allow.allowance.who;
        let meant = EntityKind::ALL.into_iter().any(|kind| who.is(kind, value));
        if !meant && !who.is_agent(value) {
            continue;
        }
        let state = match (allow.allowance.expires, at) {
            (Some(expires), Some(at)) if at >= expires => "expired",
            _ => "allowed",
        };
        let entry = &allow.text;
        let until = entry.expires.as_ref().map_or(String::new(), |it| format!(" until {it}"));
        let threats = match &entry.threats[..] {
            [] => String::new(),
            some => format!(" for {}", some.join(", ")),
        };
        let _ = writeln!(
            text,
            "{state}{threats}{until}: {} (entry {}: {} {})",
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
    text
}
