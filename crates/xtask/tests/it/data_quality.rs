//! `docs/reference/data_quality.md` tells every field of a caveat, and none that is not there.

use std::collections::BTreeSet;

use quality::{Caveat, Document, Figure};

#[test]
fn every_field_of_a_caveat_is_documented() {
    let caveat = Caveat {
        name: "clock_offset",
        seen: "47 s".into(),
        figures: vec![Figure { name: "offset_secs", value: 47.0 }],
        means: "order is lost",
        advice: "set the clock".into(),
    };
    let document = serde_json::to_value(Document::from(&caveat)).expect("a caveat is JSON");
    let fields: BTreeSet<&str> =
        document.as_object().expect("an object").keys().map(String::as_str).collect();
    let page = testkit::workspace_root().join("docs/reference/data_quality.md");
    let page = std::fs::read_to_string(page).expect("the page is there");
    let rows = page.lines().filter_map(|line| line.strip_prefix("| `")?.split_once('`'));
    assert_eq!(rows.map(|(field, _)| field).collect::<BTreeSet<_>>(), fields);
}
