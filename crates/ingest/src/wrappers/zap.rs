//! `2026/11/22 21:44:14.016<tab>INFO<tab>http.log.access<tab>handled request<tab>{...}`: what Caddy writes with
//! `format console`, and other programs whose logger is zap.

use super::name::without_colour;
use super::{Inner, Wrapper};
use crate::time::{self, Clock};

/// Most parts between the time and the record: level, logger, caller, message.
const MAX_PARTS: usize = 5;

/// Words for a level, in whatever case.
const LEVELS: [&[u8]; 7] = [b"debug", b"info", b"warn", b"error", b"dpanic", b"panic", b"fatal"];

/// The console encoder of zap: a time, a level, a logger and a message, set apart by tabs, and the
/// fields as JSON behind them.
#[derive(Clone, Copy, Debug)]
pub struct ZapConsole;

impl Wrapper for ZapConsole {
    fn name(&self) -> &'static str {
        "zap (console)"
    }

    fn title(&self) -> &'static str {
        "a time, level, logger and message before the record, set apart by tabs (Caddy's `format console`, \
         other programs with zap)"
    }

    fn example(&self) -> &'static str {
        "2026-11-22T21:44:14.016Z\tINFO\thttp.log.access\t192.0.2.7 - ann [22/Nov/2026:21:44:14 +0000] \"GET /users/42 HTTP/1.1\" 200 271 \"-\" \"curl/8.6.0\""
    }

    fn strip<'a>(&self, line: &'a [u8], _: &'a mut Vec<u8>) -> Option<Inner<'a>> {
        let (stamp, mut rest) = after_time(line)?;
        let head = line.len() - rest.len();
        let mut program = &b""[..];
        for part in 0..MAX_PARTS {
            if part > 0 && rest.starts_with(b"{") {
                break;
            }
            let Some(end) = memchr::memchr(b'\t', rest) else { break };
            match part {
                0 if !is_level(&rest[..end]) => return None,
                1 => program = &rest[..end],
                _ => {}
            }
            rest = &rest[end + 1..];
        }
        let is_record = line.len() - rest.len() > head;
        is_record.then(|| Inner { stamp, program, ..Inner::from(line, line.len() - rest.len()) })
    }
}

/// Whether a line is one of zap's console encoder: a time, and a level.
pub(crate) fn is_console(line: &[u8]) -> bool {
    after_time(line).is_some_and(|(_, rest)| {
        let end = memchr::memchr(b'\t', rest).unwrap_or(rest.len());
        is_level(&rest[..end])
    })
}

/// The time at the beginning of a line, and what follows the tab.
fn after_time(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let tab = memchr::memchr(b'\t', &line[..line.len().min(40)])?;
    let (stamp, rest) = (&line[..tab], &line[tab + 1..]);
    time::any_notation(stamp, &Clock::default())?;
    Some((stamp, rest))
}

fn is_level(text: &[u8]) -> bool {
    let bare = without_colour(text);
    let length = bare.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
    let coloured = bare.len() < text.len();
    let whole = length == bare.len() || coloured;
    whole && LEVELS.iter().any(|level| level.eq_ignore_ascii_case(&bare[..length]))
}
