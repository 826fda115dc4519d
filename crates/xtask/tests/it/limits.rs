//! `docs/reference/limits.md` names bounds that exist.

use testkit::workspace_root;

use crate::sources::{all_rust_files, read};

#[test]
fn every_bound_on_the_page_is_in_the_code() {
    let page = workspace_root().join("docs/reference/limits.md");
    let page = read(&page);
    let rows = page.lines().filter(|line| line.starts_with("| ") && line.contains('`'));
    let set_by = rows.filter_map(|row| row.trim_end_matches([' ', '|']).rsplit(" | ").next());
    let names: Vec<&str> = set_by
        .flat_map(|cell| cell.split('`').skip(1).step_by(2))
        .map(|name| name.rsplit('.').next().unwrap_or(name))
        .collect();
    assert!(names.len() > 20, "the page has lost its rows: {names:?}");
    let sources: Vec<String> = all_rust_files().iter().map(|file| read(file)).collect();
    let is_there = |name: &str| {
        let (constant, field) = (format!("const {name}: "), format!("{name}: "));
        let wanted = if name.starts_with(char::is_uppercase) { constant } else { field };
        sources.iter().any(|source| source.contains(&wanted))
    };
    let missing: Vec<&str> = names.into_iter().filter(|name| !is_there(name)).collect();
    assert!(missing.is_empty(), "docs/reference/limits.md names {missing:?}");
}
