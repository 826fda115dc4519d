use std::fmt::Write;

use features::{GROUPS, Group, WIDTH};

use super::cell;

/// Every feature group and column.
pub(super) fn page() -> String {
    let mut text = format!(
        "# Features\n\nA row has {WIDTH} columns in {} groups. It describes one entity as it \
         stood at an event, never with what came later. A column whose group does not apply \
         to a kind of entity is not known there: empty in a table, `null` in JSON. The unit \
         stands last in a name.\n\n`apiwarden features LOG` writes the rows.\n",
        GROUPS.len()
    );
    for group in GROUPS {
        describe(group, &mut text);
    }
    text
}

fn describe(group: &Group, text: &mut String) {
    let kinds: Vec<&str> = group.kinds.iter().map(|kind| kind.name()).collect();
    let _ = write!(
        text,
        "\n## {}\n\n{}. Of: {}.\n\n| column | what it sees | why it matters | when it is wrong |\n\
         |---|---|---|---|\n",
        group.name,
        group.about,
        kinds.join(", ")
    );
    for column in group.columns {
        let (sees, matters, wrong) = (cell(column.sees), cell(column.matters), cell(column.wrong));
        let _ = writeln!(text, "| `{}` | {sees} | {matters} | {wrong} |", column.name);
    }
}
