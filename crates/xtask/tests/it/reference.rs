//! The generated pages say what the code says.

use std::process::Command;

use testkit::workspace_root;

#[test]
fn the_reference_is_fresh() {
    let ran = Command::new(env!("CARGO_BIN_EXE_xtask"))
        .args(["docs", "--check"])
        .current_dir(workspace_root())
        .output()
        .expect("the chores run");
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
}
