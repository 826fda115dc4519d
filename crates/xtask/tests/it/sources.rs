//! What holds for every source file.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use testkit::workspace_root;

/// A file is read in one sitting.
const MAX_LINES: usize = 700;

/// Names that say nothing about what is inside.
const EMPTY_NAMES: [&str; 6] = ["utils", "util", "common", "helpers", "helper", "misc"];

/// The crates that touch nothing but what they are given.
const PURE: [&str; 5] = ["domain", "features", "models", "threats", "pipeline"];

/// What they must not use. Addresses (`std::net::IpAddr`) are plain data.
const IMPURE: [&str; 10] = [
    "std::fs",
    "std::thread",
    "std::process",
    "std::env",
    "std::time::SystemTime",
    "std::time::Instant",
    "std::net::TcpStream",
    "std::net::TcpListener",
    "std::net::UdpSocket",
    "std::net::ToSocketAddrs",
];

#[test]
fn a_pure_crate_does_no_io_and_has_no_clock_or_threads() {
    let mut breaches = Vec::new();
    for room in PURE {
        for file in rust_files(&workspace_root().join("crates").join(room).join("src")) {
            if is_test(&file) {
                continue;
            }
            let used = std_paths(product_part(&read(&file)));
            let impure = used.into_iter().filter(|path| IMPURE.iter().any(|of| is_in(path, of)));
            breaches.extend(impure.map(|path| format!("{}: {path}", shown(&file))));
        }
    }
    assert!(breaches.is_empty(), "{}", breaches.join("\n"));
}

#[test]
fn paths_into_the_standard_library_are_found_however_they_are_written() {
    let source = "use std::{fs, net::{IpAddr, TcpStream}, time::Instant as I};\n\
                  // std::process in a comment\nfn f() { std::thread::spawn(g) }\n";
    let expected = [
        "std::fs",
        "std::net::IpAddr",
        "std::net::TcpStream",
        "std::thread::spawn",
        "std::time::Instant",
    ];
    assert_eq!(std_paths(source).into_iter().collect::<Vec<_>>(), expected);
}

#[test]
fn a_file_is_a_sitting() {
    let long: Vec<String> = all_rust_files()
        .into_iter()
        .map(|file| (lines_to_read(&read(&file)), shown(&file)))
        .filter(|(lines, _)| *lines > MAX_LINES)
        .map(|(lines, file)| format!("{file}: {lines} lines, at most {MAX_LINES}"))
        .collect();
    assert!(long.is_empty(), "{}", long.join("\n"));
}

#[test]
fn a_name_says_what_is_inside() {
    let empty: Vec<String> = all_rust_files()
        .iter()
        .map(|file| shown(file))
        .filter(|file| {
            file.split('/').any(|part| EMPTY_NAMES.contains(&part.trim_end_matches(".rs")))
        })
        .collect();
    assert!(empty.is_empty(), "{}", empty.join("\n"));
}

/// Lines, those left out that are no more than a word of a table.
fn lines_to_read(source: &str) -> usize {
    let is_word = |line: &str| line.trim().starts_with('"') && line.trim().ends_with("\",");
    source.lines().filter(|line| !is_word(line)).count()
}

/// What is before a module of tests.
fn product_part(source: &str) -> &str {
    source.split_once("#[cfg(test)]\nmod tests {").map_or(source, |(product, _)| product)
}

fn is_test(file: &Path) -> bool {
    let stem = file.file_stem().unwrap_or_default().to_string_lossy();
    stem.ends_with("tests") || file.components().any(|part| part.as_os_str() == "tests")
}

/// Every path into the standard library, groups written out; comments are left out.
fn std_paths(source: &str) -> BTreeSet<String> {
    let code: Vec<&str> =
        source.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
    let code = code.join("\n");
    let mut paths = BTreeSet::new();
    for (at, _) in code.match_indices("std::") {
        let is_word_before = code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_');
        if !is_word_before {
            write_out("std", &code[at + "std::".len()..], &mut paths);
        }
    }
    paths
}

/// Writes out the path, or the group of paths, with which `rest` begins; gives what follows it.
fn write_out<'a>(before: &str, rest: &'a str, paths: &mut BTreeSet<String>) -> &'a str {
    if let Some(mut group) = rest.strip_prefix('{') {
        loop {
            group = group.trim_start_matches(|c: char| c.is_whitespace() || c == ',');
            match group.strip_prefix('}') {
                Some(after) => return after,
                None if group.is_empty() => return group,
                None => group = write_out(before, group, paths),
            }
            // A new name, as in `Instant as I`, is no path.
            group = &group[group.find([',', '}']).unwrap_or(group.len())..];
        }
    }
    let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
    let path = format!("{before}::{}", &rest[..end]);
    match rest[end..].strip_prefix("::") {
        Some(deeper) if deeper.starts_with(|c: char| c.is_alphabetic() || c == '{') => {
            write_out(&path, deeper, paths)
        }
        _ => {
            paths.insert(path);
            &rest[end..]
        }
    }
}

/// Whether a path is this one or something in it.
fn is_in(path: &str, of: &str) -> bool {
    path.strip_prefix(of).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

pub(crate) fn all_rust_files() -> Vec<PathBuf> {
    rust_files(&workspace_root().join("crates"))
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{folder:?}: {error}"));
    for entry in entries {
        let path = entry.expect("a folder can be listed").path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files.sort_unstable();
    files
}

pub(crate) fn read(file: &Path) -> String {
    fs::read_to_string(file).unwrap_or_else(|error| panic!("{file:?}: {error}"))
}

fn shown(file: &Path) -> String {
    let inside = file.strip_prefix(workspace_root()).expect("files lie in the workspace");
    inside.display().to_string()
}
