//! Which object a query names.

use super::is_identifier;
use crate::escapes::percent_decode;
use crate::lexicon::is_user_parameter;

/// An object that a query names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct QueryObject {
    /// Its identifier, decoded.
    pub(crate) identifier: Vec<u8>,
    /// Whether it is a user named by number.
    pub(crate) is_user_number: bool,
}

/// The last object that a query names: the value of a parameter whose name says that it is an
/// identifier (`id`, `order_id`, `orderId`) or a user, and that looks like one. Pages, limits and
/// search words are none.
pub(crate) fn query_object(query: &[u8]) -> Option<QueryObject> {
    query.rsplit(|byte| *byte == b'&').find_map(|pair| {
        let (name, value) = pair.split_at(memchr::memchr(b'=', pair)?);
        let is_user = is_user_parameter(name);
        if !is_user && !names_identifier(name) {
            return None;
        }
        let identifier = percent_decode(&value[1..]);
        let is_user_number = is_user && identifier.iter().all(u8::is_ascii_digit);
        is_identifier(&identifier)
            .then(|| QueryObject { identifier: identifier.into_owned(), is_user_number })
    })
}

/// `id`, `uuid`, and what ends in `_id`, `-id`, `Id` or `ID`.
fn names_identifier(name: &[u8]) -> bool {
    match name {
        [.., b'_' | b'-', b'i' | b'I', b'd' | b'D'] => true,
        [.., b'a'..=b'z', b'I', b'd' | b'D'] => true,
        name => name.eq_ignore_ascii_case(b"id") || name.eq_ignore_ascii_case(b"uuid"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_names_an_object_only_under_the_name_of_one() {
        let check = |query: &str, expect: Option<(&str, bool)>| {
            let found = query_object(query.as_bytes());
            let found = found.as_ref().map(|found| {
                (std::str::from_utf8(&found.identifier).unwrap(), found.is_user_number)
            });
            assert_eq!(found, expect, "{query}");
        };
        check("author=7", Some(("7", true)));
        check("sort=name&userId=41", Some(("41", true)));
        check("order_id=9%30", Some(("90", false)));
        check("view=x&id=3&lang=en", Some(("3", false)));
        check("author=jane", None);
        check("page=2&limit=50&grid=4&valid=1", None);
        check("id=", None);
        check("id", None);
    }
}
