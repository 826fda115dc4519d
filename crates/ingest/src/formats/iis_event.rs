//! IIS logging to the Windows event channel: each request an event, as XML on a line.

use std::borrow::Cow;

use domain::{RawRecord, Reject, RejectReason, Request};
use memchr::memmem;

use super::draft::Draft;
use super::{Format, ParseContext, w3c};

/// Events of `Microsoft-IIS-Logging`, exported as XML.
#[derive(Clone, Copy, Debug)]
pub struct IisEvent;

/// Most pieces of data that an event may hold.
const MAX_PIECES: usize = 100;

impl Format for IisEvent {
    fn name(&self) -> &'static str {
        "iis_event"
    }

    fn title(&self) -> &'static str {
        "IIS in the Windows event log (Microsoft-IIS-Logging), an event of XML a line"
    }

    fn example(&self) -> &'static str {
        r#"<Event xmlns="http://schemas.microsoft.com/win/2004/08/events/event"><System><Provider Name="Microsoft-Windows-IIS-Logging"/><EventID>6200</EventID></System><EventData><Data Name="date">2026-11-22</Data><Data Name="time">21:44:14</Data><Data Name="c-ip">192.0.2.7</Data><Data Name="cs-username">-</Data><Data Name="cs-method">GET</Data><Data Name="cs-uri-stem">/users/42</Data><Data Name="cs-uri-query">-</Data><Data Name="sc-status">200</Data><Data Name="sc-bytes">271</Data><Data Name="time-taken">12</Data><Data Name="csUser-Agent">curl/8.6.0</Data><Data Name="cs-host">api.example.com</Data></EventData></Event>"#
    }

    fn parse<'a>(
        &'a self,
        record: RawRecord<'a>,
        context: &'a ParseContext,
    ) -> Result<Request<'a>, Reject> {
        let line = record.bytes;
        let mut draft = Draft::new(record.position, context);
        draft.time_parts().offset_secs = Some(0);
        if !line.starts_with(b"<Event ") || memmem::find(line, b"IIS-Logging").is_none() {
            return Err(draft.reject(0, RejectReason::NotThisFormat("an event of IIS")));
        }
        const OPENING: &[u8] = b"<Data Name=\"";
        for at in memmem::find_iter(line, OPENING).take(MAX_PIECES) {
            let piece = &line[at + OPENING.len()..];
            let Some((name, value)) = name_and_value(piece) else { continue };
            if let Err(reason) = column(name).fill(unescaped(value), &mut draft) {
                return Err(draft.reject(at, reason));
            }
        }
        draft.finish()
    }
}

/// `c-ip">192.0.2.7</Data>...` taken apart; one that is empty, or that does not end, says nothing.
fn name_and_value(piece: &[u8]) -> Option<(&[u8], &[u8])> {
    let name_end = memchr::memchr(b'"', piece)?;
    let value = piece[name_end..].strip_prefix(b"\">")?;
    Some((&piece[..name_end], &value[..memchr::memchr(b'<', value)?]))
}

/// The column of a name, which has lost its parentheses: `csUser-Agent`.
fn column(name: &[u8]) -> super::columns::Column {
    match name.strip_prefix(b"cs") {
        Some(header) if header.first().is_some_and(u8::is_ascii_uppercase) => {
            w3c::column(&[b"cs(", header, b")"].concat())
        }
        _ => w3c::column(name),
    }
}

/// Undoes the five entities of XML.
fn unescaped(text: &[u8]) -> Cow<'_, [u8]> {
    const ENTITIES: [(&[u8], u8); 5] =
        [(b"&amp;", b'&'), (b"&lt;", b'<'), (b"&gt;", b'>'), (b"&quot;", b'"'), (b"&apos;", b'\'')];
    if memchr::memchr(b'&', text).is_none() {
        return Cow::Borrowed(text);
    }
    let mut plain = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((byte, after)) = rest.split_first() {
        let entity = ENTITIES.iter().find(|(entity, _)| rest.starts_with(entity));
        plain.push(entity.map_or(*byte, |(_, byte)| *byte));
        rest = entity.map_or(after, |(entity, _)| &rest[entity.len()..]);
    }
    Cow::Owned(plain)
}
