//! Dev only: golden cases and test data for the other crates.

use std::path::{Path, PathBuf};

/// The root of the workspace.
pub fn workspace_root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

/// A file below the folder of real data: `APIWARDEN_DATA`, else `../shared/data` beside the
/// checkout. Where it is absent this says so loudly on stderr and gives `None`, and the test that
/// asked has nothing to say.
pub fn data_file(name: &str) -> Option<PathBuf> {
    let folder = std::env::var_os("APIWARDEN_DATA")
        .map_or_else(|| workspace_root().join("../shared/data"), PathBuf::from);
    let file = folder.join(name);
    if file.exists() {
        return Some(file);
    }
    #[expect(clippy::print_stderr, reason = "a skipped test must be seen")]
    {
        eprintln!("!!! SKIPPED: no {name} below {}: set APIWARDEN_DATA", folder.display());
    }
    None
}

/// Holds `actual` against the file `golden/<case>`, as it is byte for byte. With `UPDATE_EXPECT=1`
/// the file is rewritten instead.
pub fn check_golden(case: &str, actual: &str) {
    let file = workspace_root().join("golden").join(case);
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::create_dir_all(file.parent().expect("a golden case lies in a folder"))
            .and_then(|()| std::fs::write(&file, actual))
            .unwrap_or_else(|error| panic!("cannot write {}: {error}", file.display()));
        return;
    }
    let expected = std::fs::read_to_string(&file).unwrap_or_else(|error| {
        panic!("cannot read {}: {error}; run the test with UPDATE_EXPECT=1", file.display())
    });
    assert!(
        expected == actual,
        "golden/{case} differs (UPDATE_EXPECT=1 rewrites it)\n--- expected\n{expected}\n--- actual\n{actual}"
    );
}
