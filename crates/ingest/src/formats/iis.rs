//! The format that IIS calls its own: values set apart by commas.

use std::borrow::Cow;

use domain::{RawRecord, Reject, RejectReason, Request};

use super::cursor::{self, Cursor, Stop};
use super::draft::{Draft, Slot};
use super::{Format, ParseContext};
use crate::time;

/// IIS's own format.
#[derive(Clone, Copy, Debug)]
pub struct Iis;

impl Format for Iis {
    fn name(&self) -> &'static str {
        "iis"
    }

    fn title(&self) -> &'static str {
        "IIS's own format: values set apart by commas"
    }

    fn notes(&self) -> &'static str {
        "Times are those of the server's clock (`--tz`). Dates are as the server's language has them: with \
         slashes the month comes first unless it is none, with points the day. Neither agent nor referer are \
         logged."
    }

    fn example(&self) -> &'static str {
        "192.0.2.7, ann, 11/22/26, 21:44:14, W3SVC1, WEB1, 10.0.0.5, 12, 163, 271, 200, 0, GET, /users/42, -,"
    }

    fn parse<'a>(
        &'a self,
        record: RawRecord<'a>,
        context: &'a ParseContext,
    ) -> Result<Request<'a>, Reject> {
        cursor::read(record, context, walk)
    }
}

fn walk<'a>(cursor: &mut Cursor<'a>, draft: &mut Draft<'a>) -> Result<(), Stop> {
    cursor.take_until(b", ", Slot::Peer, draft)?;
    cursor.take_until(b", ", Slot::User, draft)?;
    let invalid = cursor.stop(RejectReason::Invalid("time"));
    let (year, month, day) = date(cursor.until(b", ")?).ok_or(invalid)?;
    draft.time_parts().set_day(year, month, day);
    let invalid = cursor.stop(RejectReason::Invalid("time"));
    draft.time_parts().set_clock(cursor.until(b", ")?).map_err(|()| invalid)?;
    for _service_server_address in 0..3 {
        cursor.until(b", ")?;
    }
    cursor.take_until(b", ", Slot::LatencyMillis, draft)?;
    cursor.take_until(b", ", Slot::RequestBytes, draft)?;
    cursor.take_until(b", ", Slot::ResponseBytes, draft)?;
    cursor.take_until(b", ", Slot::Status, draft)?;
    let _win32_status = cursor.until(b", ")?;
    cursor.take_until(b", ", Slot::Method, draft)?;
    // A path may hold commas, and so may what follows it, but nothing is quoted.
    let rest = cursor.rest().trim_ascii_end();
    let rest = rest.strip_suffix(b",").unwrap_or(rest);
    let end = memchr::memmem::rfind(rest, b", ");
    let end = end.ok_or_else(|| cursor.stop(RejectReason::Missing("field")))?;
    for (slot, value) in [(Slot::Path, &rest[..end]), (Slot::Query, &rest[end + 2..])] {
        cursor::set(draft, slot, 0, Cow::Borrowed(value)).map_err(|why| cursor.stop(why))?;
    }
    Ok(())
}

/// `11/22/26`, `11/22/2026`, `22.11.2026` or `2026-11-22`, as year, month and day.
fn date(text: &[u8]) -> Option<(u32, u32, u32)> {
    let separator = *text.iter().find(|byte| !byte.is_ascii_digit())?;
    let mut parts = text.split(|byte| *byte == separator).map(time::digits);
    let (Some(a), Some(b), Some(c), None) =
        (parts.next()?, parts.next()?, parts.next()?, parts.next())
    else {
        return None;
    };
    let (year, month, day) = match separator {
        b'/' if a > 12 => (c, b, a),
        b'/' => (c, a, b),
        b'.' => (c, b, a),
        b'-' => (a, b, c),
        _ => return None,
    };
    let year = match year {
        0..70 => 2_000 + year,
        70..100 => 1_900 + year,
        _ => year,
    };
    Some((year, month, day))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_as_each_language_has_them() {
        for text in ["11/22/26", "11/22/2026", "22/11/2026", "22.11.2026", "2026-11-22", "22.11.26"]
        {
            assert_eq!(date(text.as_bytes()), Some((2026, 11, 22)), "{text}");
        }
        assert_eq!(date(b"3/4/99"), Some((1999, 3, 4)));
        for text in ["", "22", "11/22", "11/22/26/1", "a/b/c", "11 22 26", "/22/26"] {
            assert_eq!(date(text.as_bytes()), None, "{text}");
        }
    }
}
