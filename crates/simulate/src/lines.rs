//! Calls as lines of a log, and their truth as tables.

use std::fmt::Write as _;
use std::io::{self, Write};
use std::str::FromStr;

use domain::{Client, Timestamp};
use serde_json::json;

use crate::call::{Call, Origin};
use crate::traffic::Traffic;

/// How calls are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineFormat {
    /// One JSON object a line: everything that a gateway can log.
    Json,
    /// The combined format: no credential, no forwarded chain, no latency.
    Combined,
    /// The common format: no agent and no referer either.
    Common,
}

impl LineFormat {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Json, Self::Combined, Self::Common];

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Combined => "combined",
            Self::Common => "common",
        }
    }

    /// Writes one call and the end of its line.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(self, call: &Call, out: &mut impl Write) -> io::Result<()> {
        if self == Self::Json {
            return writeln!(out, "{}", json_line(call));
        }
        let user = call.account.as_deref().filter(|_| call.credential.is_some()).unwrap_or("-");
        let (peer, time) = (call.peer, clf_time(call.time));
        let Call { method, target, status, response_bytes, .. } = call;
        write!(out, "{peer} - {user} [{time}] \"{method} {target} HTTP/1.1\" {status} ")?;
        match response_bytes {
            0 => write!(out, "-")?,
            bytes => write!(out, "{bytes}")?,
        }
        if self == Self::Combined {
            write!(out, " \"{}\" \"{}\"", dash(&call.referer), dash(&call.agent))?;
        }
        writeln!(out)
    }
}

impl FromStr for LineFormat {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|format| format.name() == text);
        found.ok_or_else(|| format!("{text}: must be json, combined or common"))
    }
}

/// Writes what is true of the attacks and of the rest, a line a campaign: `backtest` and `train`
/// read it.
///
/// # Errors
/// When it cannot be written.
pub fn write_truth(traffic: &Traffic, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "campaign,label,threat_type,calls,source_ips,first_request,last_request")?;
    for it in traffic.campaigns() {
        let (name, threat, calls, clients) = (&it.name, it.threat, it.calls, it.clients.join(" "));
        writeln!(out, "{name},attack,{threat},{calls},{clients},{},{}", it.first, it.last)?;
    }
    for (group, clients) in traffic.groups() {
        writeln!(out, "normal:{group},normal,,,{},,", clients.join(" "))?;
    }
    writeln!(out, "normal:rest,normal,,,*,,")
}

/// Writes what is true of each call, in the order of the log's lines.
///
/// # Errors
/// When it cannot be written.
pub fn write_request_truth(traffic: &Traffic, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "line,ts,remote_addr,threat,campaign,actor_group")?;
    for (at, call) in traffic.calls.iter().enumerate() {
        let (line, time, client) = (at + 1, call.time, Client::from_ip(call.peer));
        let plan = match call.origin {
            Origin::Attack(number) => traffic.attacks.get(number as usize).map(|it| (it, number)),
            Origin::Ordinary(_) => None,
        };
        match (plan, call.origin) {
            (Some((plan, number)), _) => {
                let (threat, name) = (plan.threat, number + 1);
                writeln!(out, "{line},{time},{client},{threat},A{name},attacker")?;
            }
            (None, Origin::Ordinary(group)) => {
                writeln!(out, "{line},{time},{client},normal,,{group}")?;
            }
            (None, Origin::Attack(_)) => {}
        }
    }
    Ok(())
}

fn json_line(call: &Call) -> serde_json::Value {
    let authorization = call.credential.as_deref().map(|token| format!("Bearer {token}"));
    json!({
        "time": call.time.to_string(),
        "remote_addr": call.peer.to_string(),
        "http_x_forwarded_for": call.forwarded,
        "remote_user": call.account.as_deref().unwrap_or(""),
        "method": call.method,
        "uri": call.target,
        "status": call.status,
        "body_bytes_sent": call.response_bytes,
        "request_time": (call.latency_ms.round().max(1.0)) / 1_000.0,
        "http_referer": &*call.referer,
        "http_user_agent": &*call.agent,
        "authorization": authorization.unwrap_or_default(),
    })
}

fn dash(text: &str) -> &str {
    if text.is_empty() { "-" } else { text }
}

/// `02/Mar/2026:08:00:00 +0000`
fn clf_time(time: Timestamp) -> String {
    let at = jiff::Timestamp::from_second(time.as_secs()).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    let mut text = String::with_capacity(26);
    // Written to a string, which takes everything.
    let _ = write!(text, "{}", at.strftime("%d/%b/%Y:%H:%M:%S +0000"));
    text
}
