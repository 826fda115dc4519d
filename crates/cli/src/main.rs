//! The command line of apiwarden.
fn main() {}
