use train::audit::Audit;
use train::labels::{Labels, Task};
use train::table::{Table, infer};

fn audit(name: &str, label: &str, positive: &[&str], drop: &[&str]) -> Option<Audit> {
    let file = testkit::data_file(name)?;
    let table = Table::load(&file).unwrap();
    let positive: Vec<String> = positive.iter().map(|class| class.to_string()).collect();
    let labels = Labels::read(&table, label, &positive, Task::Binary).unwrap();
    let mut used = vec![label.to_owned()];
    used.extend(drop.iter().map(|name| name.to_string()));
    let (columns, left_out) = infer(&table, &used, &[]).unwrap();
    let groups: Vec<u32> = (0..table.rows() as u32).collect();
    Some(Audit::of(&columns, &left_out, &labels, &groups))
}

fn texts(audit: &Audit) -> String {
    audit.findings().iter().map(|f| format!("{:?}: {}\n", f.loudness, f.text)).collect()
}

#[test]
fn it_says_that_the_user_count_decides_the_label_and_can_be_recomputed() {
    let Some(audit) = audit("table/supervised_dataset.csv", "classification", &[], &[]) else {
        return;
    };
    let said = texts(&audit);
    for part in [
        "num_users alone decides the label: num_users ≤ 1 is outlier, num_users ≥ 101 is normal \
         (right in 1,699 of 1,699 rows)",
        "num_users = num_unique_apis / (api_access_uniqueness × sequence_length(count))",
        "vsession_duration(min) = ceil(60 × ",
        "(unnamed 1) is left out: a row counter",
        "_id is left out: an identifier",
    ] {
        assert!(said.contains(part), "no {part:?} in\n{said}");
    }
    assert_eq!(audit.missing.len(), 2, "{:?}", audit.missing);
    let drop = ["num_users", "num_sessions", "num_unique_apis", "vsession_duration(min)"];
    assert_eq!(audit.suggested_drop, drop, "{said}");
}

#[test]
fn it_finds_nothing_that_decides_the_fair_task() {
    let Some(audit) = audit("table/percall.csv.gz", "classification", &[], &["split"]) else {
        return;
    };
    assert!(audit.decisions.is_empty() && audit.relations.is_empty(), "{}", texts(&audit));
    assert!(audit.duplicates.contradictory > 0, "{}", texts(&audit));
}

#[test]
fn it_leaves_the_annotation_of_the_other_table_out() {
    let positive = ["outlier", "bot", "attack"];
    let drop = ["num_users"];
    let name = "table/remaining_behavior_ext.csv.gz";
    let Some(audit) = audit(name, "behavior_type", &positive, &drop) else {
        return;
    };
    assert!(audit.left_out.iter().any(|column| column.name == "behavior"), "{}", texts(&audit));
    assert!(audit.relations.iter().any(|found| found.target == "vsession_duration(min)"));
}
