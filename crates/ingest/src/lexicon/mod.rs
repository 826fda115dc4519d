//! What the words of a path, a query and an agent say.

mod agents;
mod paths;

pub(crate) use agents::agent_flags;
pub(crate) use paths::{is_fixed_word, is_static_extension, path_words};

use std::borrow::Cow;

use crate::formats::hex;

/// Undoes percent escapes; malformed ones stay.
pub(crate) fn percent_decode(text: &[u8]) -> Cow<'_, [u8]> {
    let Some(first) = memchr::memchr(b'%', text) else { return Cow::Borrowed(text) };
    let mut plain = text[..first].to_vec();
    let mut rest = &text[first..];
    while let Some((byte, after)) = rest.split_first() {
        let pair = match after {
            [high, low, ..] if *byte == b'%' => hex(*high).zip(hex(*low)),
            _ => None,
        };
        plain.push(pair.map_or(*byte, |(high, low)| high << 4 | low));
        rest = if pair.is_some() { &after[2..] } else { after };
    }
    Cow::Owned(plain)
}
