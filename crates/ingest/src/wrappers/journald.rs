//! `{"MESSAGE":"...","_SYSTEMD_UNIT":"nginx.service",...}`: `journalctl -o json`.

use super::members::{members, within};
use super::{Inner, Wrapper};

/// The JSON export of systemd's journal.
#[derive(Clone, Copy, Debug)]
pub struct Journald;

impl Wrapper for Journald {
    fn name(&self) -> &'static str {
        "journald (json)"
    }

    fn title(&self) -> &'static str {
        "systemd's journal as JSON (`journalctl -o json`)"
    }

    fn example(&self) -> &'static str {
        r#"{"__REALTIME_TIMESTAMP":"1795383854016382","_HOSTNAME":"web1","SYSLOG_IDENTIFIER":"nginx","MESSAGE":"192.0.2.7 - ann [22/Nov/2026:21:44:14 +0000] \"GET /users/42 HTTP/1.1\" 200 271 \"-\" \"curl/8.6.0\""}"#
    }

    fn strip<'a>(&self, line: &'a [u8], room: &'a mut Vec<u8>) -> Option<Inner<'a>> {
        if !line.starts_with(b"{") {
            return None;
        }
        let keys = [&b"MESSAGE"[..], b"__REALTIME_TIMESTAMP", b"SYSLOG_IDENTIFIER", b"_COMM"];
        let [message, time, identifier, command] = members(line, keys)?;
        let inner = within(line, message?, room)?;
        let program = identifier.or(command).map_or(&b""[..], |it| it.plain());
        let stamp = time.map_or(&b""[..], |it| it.plain());
        Some(Inner { stamp, program, ..inner })
    }
}
