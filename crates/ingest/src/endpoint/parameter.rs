//! What a parameter of a template is called.

/// `{user}` behind `users`, be it over a version; else `{name}`.
pub(super) fn parameter_name(way: &[Vec<u8>]) -> Vec<u8> {
    let is_version = |segment: &&Vec<u8>| {
        segment.len() <= 3
            && segment.starts_with(b"v")
            && segment[1..].iter().all(u8::is_ascii_digit)
    };
    let parent = way.iter().rev().find(|segment| !is_version(segment));
    let word = parent.filter(|it| it.iter().all(|byte| byte.is_ascii_lowercase() || *byte == b'_'));
    let singular = match word.map(Vec::as_slice) {
        Some([stem @ .., b'i', b'e', b's']) if stem.len() > 1 => [stem, b"y"].concat(),
        Some([stem @ .., b's']) if stem.len() > 1 && !stem.ends_with(b"s") => stem.to_vec(),
        _ => b"name".to_vec(),
    };
    [b"{", singular.as_slice(), b"}"].concat()
}
