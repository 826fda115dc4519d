//! Request targets as paths, and paths as segments.

use std::borrow::Cow;

use super::shape;
use crate::escapes::percent_decode;
use crate::hash::Hasher;

/// Most segments of a path that templates tell apart; what lies deeper is `{rest}`.
pub(crate) const MAX_DEPTH: usize = 16;

/// Longest literal segment; a longer one is an identifier whatever it looks like.
const MAX_LITERAL_BYTES: usize = 64;

/// A request target taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Target<'a> {
    /// The path as written.
    pub(crate) path: &'a [u8],
    /// The query without its question mark.
    pub(crate) query: &'a [u8],
}

impl<'a> Target<'a> {
    /// Splits a target in origin form (`/a?b`) or absolute form (`http://host/a?b`).
    pub(crate) fn split(target: &'a [u8]) -> Self {
        let target = after_authority(target);
        let end = memchr::memchr2(b'?', b'#', target).unwrap_or(target.len());
        let (path, rest) = target.split_at(end);
        let query = rest.strip_prefix(b"?").unwrap_or(b"");
        let fragment = memchr::memchr(b'#', query).unwrap_or(query.len());
        Self { path, query: &query[..fragment] }
    }
}

fn after_authority(target: &[u8]) -> &[u8] {
    if target.starts_with(b"/") {
        return target;
    }
    let scheme = target.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
    match target[scheme..].strip_prefix(b"://") {
        Some(rest) if scheme > 0 => {
            let end = memchr::memchr2(b'/', b'?', rest).unwrap_or(rest.len());
            &rest[end..]
        }
        _ => target,
    }
}

/// A path with its identifiers replaced by the names of their shapes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Shaped {
    /// `/users/{id}/orders`: segments joined, printable ASCII only.
    pub(crate) text: Vec<u8>,
    /// Hash of the last identifier, 0 where no segment has the shape of one.
    pub(crate) object_hash: u32,
    /// Which segment that is.
    pub(crate) object_index: Option<usize>,
}

impl Shaped {
    /// Shapes a path: empty and dot segments are resolved, depth and lengths bounded.
    pub(crate) fn of(path: &[u8], hasher: Hasher) -> Self {
        let mut segments: Vec<&[u8]> = Vec::new();
        for segment in path.split(|byte| *byte == b'/') {
            match segment {
                b"" | b"." => {}
                b".." => drop(segments.pop()),
                segment if segments.len() <= MAX_DEPTH => segments.push(segment),
                _ => {}
            }
        }
        let mut shaped = Self::default();
        for (index, segment) in segments.iter().take(MAX_DEPTH).enumerate() {
            shaped.push(segment, index, hasher);
        }
        if segments.len() > MAX_DEPTH {
            shaped.text.extend_from_slice(b"/{rest}");
        }
        if shaped.text.is_empty() {
            shaped.text.push(b'/');
        }
        shaped
    }

    fn push(&mut self, segment: &[u8], index: usize, hasher: Hasher) {
        self.text.push(b'/');
        let decoded = percent_decode(segment);
        match shape::of(&decoded) {
            Some(shape) => {
                self.text.extend_from_slice(shape.placeholder().as_bytes());
                if shape.is_identifier() {
                    self.object_hash = hasher.object(&decoded);
                    self.object_index = Some(index);
                } else if let Some(dot) = memchr::memrchr(b'.', &decoded) {
                    self.text.extend(decoded[dot..].to_ascii_lowercase());
                }
            }
            None if segment.len() > MAX_LITERAL_BYTES => {
                self.text.extend_from_slice(b"{long}");
                self.object_hash = hasher.object(&decoded);
                self.object_index = Some(index);
            }
            None => self.text.extend_from_slice(&printable(segment)),
        }
    }

    /// The hash of the identifier, where a parameter for any text took a segment: it is that
    /// segment, unless one with the shape of an identifier stands at or behind it.
    pub(crate) fn object_hash_with(&self, any_index: Option<usize>, hasher: Hasher) -> u32 {
        let learned = any_index.filter(|any| self.object_index.is_none_or(|shaped| *any > shaped));
        let segment = learned.and_then(|index| Self::segments(&self.text).nth(index));
        segment.map_or(self.object_hash, |segment| hasher.object(segment))
    }

    /// The segments of the text.
    pub(crate) fn segments(text: &[u8]) -> impl Iterator<Item = &[u8]> {
        text.split(|byte| *byte == b'/').filter(|segment| !segment.is_empty())
    }
}

/// A segment in printable ASCII: anything else, and the braces that mark parameters, as a percent
/// escape.
fn printable(segment: &[u8]) -> Cow<'_, [u8]> {
    let plain = |byte: &u8| byte.is_ascii_graphic() && !matches!(byte, b'{' | b'}');
    if segment.iter().all(plain) {
        return Cow::Borrowed(segment);
    }
    let mut text = Vec::with_capacity(segment.len() * 3);
    for byte in segment {
        if plain(byte) {
            text.push(*byte);
        } else {
            text.extend_from_slice(format!("%{byte:02X}").as_bytes());
        }
    }
    Cow::Owned(text)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn targets_are_taken_apart() {
        let check = |target: &str, path: &str, query: &str| {
            let found = Target::split(target.as_bytes());
            assert_eq!(found, Target { path: path.as_bytes(), query: query.as_bytes() });
        };
        check("/a/b?x=1&y=?", "/a/b", "x=1&y=?");
        check("http://h:80/a?x#f", "/a", "x");
        check("https://h", "", "");
        check("*", "*", "");
        check("/a#f?x", "/a", "");
        check("host:443", "host:443", "");
    }

    #[test]
    fn paths_are_shaped() {
        let check = |path: &str, expect: &str| {
            let shaped = Shaped::of(path.as_bytes(), Hasher::new(1));
            assert_eq!(String::from_utf8(shaped.text).unwrap(), expect);
        };
        check("/users/42/orders", "/users/{id}/orders");
        check("//a/./b/../c/", "/a/c");
        check("/../..", "/");
        check("/v1/users/ann%40example.com", "/v1/users/{email}");
        check("/static/app.3f2a1b.JS", "/static/{file}.js");
        check("/{x}/\u{e4}", "/%7Bx%7D/%C3%A4");
        check(&"/a".repeat(20), &format!("{}/{{rest}}", "/a".repeat(16)));
        check(&format!("/{}", "word-".repeat(30)), "/{long}");
    }

    proptest! {
        #[test]
        fn any_path_gives_printable_segments(path in prop::collection::vec(any::<u8>(), 0..300)) {
            let shaped = Shaped::of(Target::split(&path).path, Hasher::new(1));
            prop_assert!(shaped.text.iter().all(u8::is_ascii_graphic));
            prop_assert!(shaped.text.starts_with(b"/"));
            prop_assert!(Shaped::segments(&shaped.text).count() <= MAX_DEPTH + 1);
        }
    }
}
