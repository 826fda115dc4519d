//! What a path and its query ask for.

use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, AhoCorasickBuilder, MatchKind};
use domain::{Method, PathWords};

use super::WordSet;
use crate::escapes::percent_decode;

/// Files and folders that nobody serves on purpose; compared with the decoded path in lower case.
static SENSITIVE: &str = include_str!("lists/sensitive.txt");

/// Endings of backups, dumps, keys and the like.
static SENSITIVE_ENDINGS: LazyLock<Vec<&str>> =
    LazyLock::new(|| super::words(include_str!("lists/sensitive_endings.txt")).collect());

/// Segments of administration, debugging and management paths.
static ADMIN: LazyLock<WordSet> = LazyLock::new(|| WordSet::new(include_str!("lists/admin.txt")));

/// Parameters whose value is a user.
static USER_PARAMETERS: LazyLock<WordSet> =
    LazyLock::new(|| WordSet::new(include_str!("lists/user_parameters.txt")));

/// Parts of paths that belong to other software than an API.
static FOREIGN: &str = include_str!("lists/foreign.txt");

/// Endings of server-side scripts; an API on one of them is rare enough to say so.
static FOREIGN_ENDINGS: LazyLock<Vec<&str>> =
    LazyLock::new(|| super::words(include_str!("lists/foreign_endings.txt")).collect());

/// Marks of injection: SQL, script, template, shell, naming services, PHP wrappers.
static INJECTION: &str = include_str!("lists/injection.txt");

/// Payloads of break-ins, anywhere: look-ups and class loaders of known holes, commands, wrappers.
static PAYLOADS: &str = include_str!("lists/payloads.txt");

/// What only a break-in has in its path: files of the system below, names of planted shells.
static PAYLOAD_PATHS: &str = include_str!("lists/payload_paths.txt");

/// Paths of published holes, as far as no other software answers there.
static HOLES: &str = include_str!("lists/holes.txt");

/// Names that polite machines ask for.
static POLITE: &str = include_str!("lists/polite.txt");

/// Segments that mean signing in by whatever method.
static SIGN_IN: LazyLock<WordSet> =
    LazyLock::new(|| WordSet::new(include_str!("lists/sign_in.txt")));

/// Of these only the whole pair means signing in; alone they are resources of their own.
static ONLY_WRITTEN: LazyLock<WordSet> =
    LazyLock::new(|| WordSet::new(include_str!("lists/only_written.txt")));

/// Words that are never an identifier, whatever stands beside them.
static FIXED: LazyLock<WordSet> = LazyLock::new(|| WordSet::new(include_str!("lists/fixed.txt")));

/// Endings of static assets.
static STATIC_ENDINGS: LazyLock<WordSet> =
    LazyLock::new(|| WordSet::new(include_str!("lists/static_endings.txt")));

struct Finder {
    automaton: AhoCorasick,
    classes: Vec<PathWords>,
}

impl Finder {
    fn new(lists: &[(&'static str, PathWords)]) -> Self {
        let words =
            lists.iter().flat_map(|(words, class)| super::words(words).map(|word| (word, *class)));
        let (words, classes): (Vec<&str>, Vec<PathWords>) = words.unzip();
        let automaton = AhoCorasickBuilder::new()
            .ascii_case_insensitive(true)
            .match_kind(MatchKind::Standard)
            .build(words)
            .expect("a few hundred short words make an automaton");
        Self { automaton, classes }
    }

    fn classes_in(&self, text: &[u8]) -> PathWords {
        let found = self.automaton.find_overlapping_iter(text);
        found.fold(PathWords::empty(), |words, found| words.union(self.classes[found.pattern()]))
    }
}

static IN_PATH: LazyLock<Finder> = LazyLock::new(|| {
    Finder::new(&[
        (SENSITIVE, PathWords::SENSITIVE_FILE),
        (FOREIGN, PathWords::FOREIGN),
        (POLITE, PathWords::POLITE),
        (PAYLOAD_PATHS, PathWords::EXPLOIT),
        (HOLES, PathWords::HOLE),
    ])
});

/// A payload is an injection as well.
const PAYLOAD: PathWords = PathWords::EXPLOIT.union(PathWords::INJECTION);

static ANYWHERE: LazyLock<Finder> =
    LazyLock::new(|| Finder::new(&[(INJECTION, PathWords::INJECTION), (PAYLOADS, PAYLOAD)]));

/// What a target's words say. `path` and `query` are as written, escapes and all.
pub(crate) fn path_words(method: Method, path: &[u8], query: &[u8]) -> PathWords {
    let once = percent_decode(path);
    let decoded = percent_decode(&once);
    let mut words = IN_PATH.classes_in(&decoded);
    words = words.union(climbing(path, &decoded)).union(ANYWHERE.classes_in(&decoded));
    words.set_if(PathWords::HOLE, method == Method::Connect);
    words.set_if(PathWords::SENSITIVE_FILE, ends_in(&decoded, &SENSITIVE_ENDINGS));
    words.set_if(PathWords::FOREIGN, ends_in(&decoded, &FOREIGN_ENDINGS));
    words.set_if(PathWords::ASSET, has_static_extension(&decoded));
    for segment in decoded.split(|byte| *byte == b'/') {
        words.set_if(PathWords::ADMIN, ADMIN.contains(segment));
        words.set_if(PathWords::SIGN_IN, SIGN_IN.contains(segment) && signs_in(method, segment));
    }
    if !query.is_empty() {
        let spaced: Vec<u8> =
            query.iter().map(|byte| if *byte == b'+' { b' ' } else { *byte }).collect();
        let once = percent_decode(&spaced);
        let decoded = percent_decode(&once);
        words = words.union(climbing(query, &decoded)).union(ANYWHERE.classes_in(&decoded));
    }
    words
}

/// `session` read by GET is a resource; posted, it is a sign-in.
fn signs_in(method: Method, segment: &[u8]) -> bool {
    matches!(method, Method::Post | Method::Put) || !ONLY_WRITTEN.contains(segment)
}

/// Whether a text climbs out of its root, with either slash, or carries a null byte.
fn climbs(text: &[u8]) -> bool {
    let is_slash = |byte: u8| matches!(byte, b'/' | b'\\');
    let dots = memchr::memmem::find_iter(text, b"..").any(|at| {
        let before = at == 0 || is_slash(text[at - 1]) || matches!(text[at - 1], b'=' | b';');
        let after = text.get(at + 2).is_none_or(|byte| is_slash(*byte) || *byte == b';');
        before && after && text.len() > 2
    });
    dots || memchr::memchr(0, text).is_some() || memchr::memmem::find(text, b"%c0%af").is_some()
}

/// Climbing out of the root, and whether it is no accident: dots that somebody took the trouble to
/// escape or to hide from a proxy, more steps than a broken link has, or a file of the system.
fn climbing(written: &[u8], decoded: &[u8]) -> PathWords {
    const LEAST_STEPS: usize = 4;
    const GOALS: [&[u8]; 4] = [b"etc/passwd", b"bin/sh", b"win.ini", b"proc/self"];
    // Nearly no path has two dots in a row, and no escape of them.
    let plain = memchr::memmem::find(decoded, b"..").is_none();
    if plain && memchr::memchr(0, decoded).is_none() && memchr::memchr(b'%', written).is_none() {
        return PathWords::empty();
    }
    let mut words = PathWords::empty();
    words.set_if(PathWords::TRAVERSAL, climbs(decoded));
    if words.is_empty() {
        return words;
    }
    let lower = written.to_ascii_lowercase();
    let has = |part: &[u8]| memchr::memmem::find(&lower, part).is_some();
    let hidden =
        [&b"%2e"[..], b"%252e", b"..%2f", b"..%5c", b"..;", b"%c0%ae"].into_iter().any(has);
    let steps = memchr::memmem::find_iter(decoded, b"..").count();
    let goal = GOALS.iter().any(|goal| memchr::memmem::find(decoded, goal).is_some());
    words.set_if(PathWords::EXPLOIT, hidden || steps >= LEAST_STEPS || goal);
    words
}

/// Whether a header's text carries the payload of a break-in.
pub(crate) fn carries_payload(text: &[u8]) -> bool {
    // All payloads that go into headers have one of these.
    memchr::memchr3(b'$', b'{', b'<', text).is_some()
        && ANYWHERE.classes_in(text).contains(PathWords::EXPLOIT)
}

fn ends_in(path: &[u8], endings: &[&str]) -> bool {
    endings.iter().any(|ending| {
        let tail = path.len().checked_sub(ending.len()).map(|start| &path[start..]);
        tail.is_some_and(|tail| tail.eq_ignore_ascii_case(ending.as_bytes()))
    })
}

fn has_static_extension(path: &[u8]) -> bool {
    memchr::memrchr(b'.', path).is_some_and(|dot| is_static_extension(&path[dot + 1..]))
}

/// Whether a file's extension is that of a static asset.
pub(crate) fn is_static_extension(extension: &[u8]) -> bool {
    STATIC_ENDINGS.contains(extension)
}

/// Whether the value of a query's parameter is a user.
pub(crate) fn is_user_parameter(name: &[u8]) -> bool {
    USER_PARAMETERS.contains(name)
}

/// Whether a segment is a word of interfaces rather than someone's identifier.
pub(crate) fn is_fixed_word(segment: &[u8]) -> bool {
    FIXED.contains(segment) || SIGN_IN.contains(segment) || ADMIN.contains(segment)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(method: Method, target: &str, expect: PathWords) {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        assert_eq!(path_words(method, path.as_bytes(), query.as_bytes()), expect, "{target}");
    }

    #[test]
    fn ordinary_paths_say_nothing() {
        for target in [
            "/",
            "/users/42",
            "/books/v1/my-book?sort=-date&limit=10",
            "/v1/buckets/shop/collections",
            "/search?q=select+a+book+or+two",
            "/docs/index.html",
            "/a..b/c",
            "/orders?since=2026-11-22T21:44:14%2B00:00&fields=id,name",
            "/sessions",
            "/v1/buckets/erp/collections/orders/records?_sort=-last_modified&_limit=20",
        ] {
            check(Method::Get, target, PathWords::empty());
        }
    }

    #[test]
    fn each_word_is_heard() {
        check(Method::Post, "/users/v1/login", PathWords::SIGN_IN);
        check(Method::Post, "/oauth/token", PathWords::SIGN_IN);
        check(Method::Post, "/sessions", PathWords::SIGN_IN);
        check(Method::Get, "/.env", PathWords::SENSITIVE_FILE);
        check(Method::Get, "/%2egit/config", PathWords::SENSITIVE_FILE);
        check(Method::Get, "/dump/site.tar.gz", PathWords::SENSITIVE_FILE);
        check(Method::Get, "/a/../b", PathWords::TRAVERSAL);
        check(Method::Get, "/a?file=../x", PathWords::TRAVERSAL);
        check(Method::Get, "/admin/users", PathWords::ADMIN);
        check(Method::Get, "/a?id=1%27%20OR%201=1--", PathWords::INJECTION);
        check(Method::Get, "/a?q=%3Cscript%3E", PathWords::INJECTION);
        check(Method::Get, "/index.php", PathWords::FOREIGN);
        check(Method::Get, "/static/app.js", PathWords::ASSET);
        check(Method::Get, "/robots.txt", PathWords::POLITE);
    }

    #[test]
    fn a_break_in_is_told_from_a_broken_link() {
        let exploit = PathWords::EXPLOIT;
        let climbs = exploit.union(PathWords::TRAVERSAL);
        check(Method::Get, "/a/%252e%252e/%252e%252e/b", climbs);
        check(Method::Get, "/a?file=..%5C..%5Cx", climbs);
        check(Method::Get, "/a?file=../../../../x", climbs);
        check(Method::Get, "/a/..;/b", climbs);
        check(Method::Get, "/a?x=${jndi:ldap://h/a}", exploit.union(PathWords::INJECTION));
        check(Method::Get, "/_/;/WEB-INF/b", exploit.union(PathWords::SENSITIVE_FILE));
        check(Method::Connect, "mail.example:25", PathWords::HOLE);
        check(Method::Get, "/boaform/x", PathWords::HOLE.union(PathWords::FOREIGN));
        // A file of the system as the value of a parameter may be a text that is searched for.
        check(Method::Get, "/search?q=/etc/passwd", PathWords::INJECTION);
        assert!(carries_payload(b"${jndi:ldap://h/a}") && !carries_payload(b"Mozilla/5.0 {x}"));
    }
}
