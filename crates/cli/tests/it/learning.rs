//! Learning from a table, from the command line.

use std::path::Path;
use std::process::{Command, Output};

use tempfile::TempDir;

fn apiwarden(folder: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_apiwarden"))
        .args(args)
        .current_dir(folder)
        .env("NO_COLOR", "1")
        .output()
        .unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// A table that is easy to learn, and a folder to work in.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let mut table = String::from("calls,gap_secs,kind,label\n");
    for row in 0..240u64 {
        let noise = (row * 7919 % 101) as f64 / 50.0;
        let bad = row % 3 == 0;
        let (calls, label) = if bad { (4.0 + noise, "outlier") } else { (3.0 + noise, "normal") };
        let gap = (row * 104_729 % 97) as f64 / 10.0 + if bad { 0.0 } else { 2.0 };
        let kind = ["web", "app"][usize::from(row % 5 == 0)];
        table.push_str(&format!("{calls:.3},{gap:.3},{kind},{label}\n"));
    }
    std::fs::write(folder.path().join("t.csv"), table).unwrap();
    folder
}

fn fits_80_columns(said: &str) {
    let long = said.lines().find(|line| line.chars().count() > 80);
    assert_eq!(long, None, "in\n{said}");
}

const TRAIN: [&str; 6] = ["train", "t.csv", "--label", "label", "--epochs", "15"];

#[test]
fn from_a_table_to_predictions() {
    let folder = folder();
    let run = |args: &[&str]| {
        let output = apiwarden(folder.path(), args);
        assert_eq!(output.status.code(), Some(0), "{args:?}: {}", text(&output.stderr));
        text(&output.stdout)
    };
    let said = run(&[&TRAIN[..], &["--pieces", "5", "--export-onnx", "m.onnx"]].concat());
    for part in ["fold-5", "± spread", "budget (FPR)", "what each column is worth", "report.html"]
    {
        assert!(said.contains(part), "no {part:?} in\n{said}");
    }
    fits_80_columns(&said);
    for file in ["model.apiwarden", "report.html", "m.onnx", "logs/final", "logs/fold-1"] {
        assert!(folder.path().join(file).exists(), "{file}");
    }
    let rows = run(&["predict", "model.apiwarden", "t.csv", "-o", "csv"]);
    assert_eq!(rows.lines().next(), Some("calls,gap_secs,kind,label,score,predicted"));
    assert_eq!(rows.lines().count(), 241);
    let last = rows.lines().last().unwrap();
    assert!(last.ends_with(",normal") || last.ends_with(",outlier"), "{last}");
    let json = run(&["evaluate", "model.apiwarden", "t.csv", "--label", "label", "-o", "json"]);
    let found: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert!(found["evaluation"]["judgement"]["report"]["auc"].as_f64().unwrap() > 0.8);
    assert!(run(&["importance", "model.apiwarden", "t.csv"]).contains("calls"));
    let compared = run(&["compare", "t.csv", "--label", "label", "--estimators", "mlp,ridge"]);
    fits_80_columns(&compared);
    assert!(compared.contains("ridge"), "{compared}");
    let table = std::fs::read_to_string(folder.path().join("compare.csv")).unwrap();
    let lines: Vec<&str> = table.lines().collect();
    assert!(lines[0].starts_with("estimator,supervised,accuracy_mean,accuracy_sd,"), "{table}");
    assert!(lines.len() == 3 && lines[1..].iter().any(|it| it.starts_with("ridge,true,")));
    let cells = |line: &&str| line.split(',').count();
    assert!(lines.iter().all(|line| cells(line) == cells(&lines[0])), "{table}");
}

#[test]
fn the_outcome_as_json_is_one_document() {
    let folder = folder();
    let output = apiwarden(folder.path(), &[&TRAIN[..], &["--form", "json", "--no-logs"]].concat());
    let found: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(found["cross_validation"]["folds"].as_array().unwrap().len(), 5);
    assert_eq!(found["classes"], serde_json::json!(["normal", "outlier"]));
    assert!(found["logs"].is_null() && !folder.path().join("logs").exists());
}

#[test]
fn the_status_says_what_was_wrong() {
    let folder = folder();
    std::fs::create_dir(folder.path().join("d")).unwrap();
    let check = |args: &[&str], code: i32, said: &str| {
        let output = apiwarden(folder.path(), args);
        let stderr = text(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{args:?}: {stderr}");
        assert!(stderr.contains(said), "{args:?}: {stderr}");
        assert!(output.stdout.is_empty(), "{args:?}");
    };
    check(&["train", "no.csv", "--label", "label"], 66, "no.csv: no such file");
    for command in ["train", "compare"] {
        check(&[command, "d", "--label", "label"], 66, "d: is a directory; name one file of it");
    }
    check(&["train", "d"], 66, "d: is a directory; name");
    check(&["evaluate", "d", "t.csv", "--label", "label"], 66, "d: is a directory");
    check(&["train", "t.csv", "--label", "lable"], 65, "t.csv: missing label column \"lable\"");
    check(&["train", "t.csv", "--label", "kind", "--positive", "bot"], 65, "unknown class \"bot\"");
    check(&["train", "t.csv", "--label", "label", "--folds", "1"], 2, "invalid folds 1");
    check(&["train", "t.csv", "--label", "label", "--budget", "2"], 2, "at most 1");
    check(&["train", "t.csv", "--label", "label", "--dropout", "2"], 2, "invalid dropout 2");
    check(&["train", "t.csv", "--label", "label", "--set", "hiden=[3]"], 2, "hiden");
    check(
        &["train", "t.csv", "--label", "label", "--set", "preprocess.pices_max=3"],
        2,
        "pices_max",
    );
    check(&["train", "t.csv", "--label", "label", "--pieces", "9999"], 2, "pieces_max 9999");
    check(&["predict", "t.csv", "t.csv"], 65, "t.csv: not a bundle");
}

#[test]
fn cells_pass_through_as_they_stood() {
    let folder = folder();
    apiwarden(folder.path(), &[&TRAIN[..], &["--no-logs"]].concat());
    let predict = |name: &str, rows: &str| {
        std::fs::write(folder.path().join(name), rows).unwrap();
        let output = apiwarden(folder.path(), &["predict", "model.apiwarden", name, "-o", "jsonl"]);
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        text(&output.stdout)
    };
    let said = predict("r.csv", "id,calls,gap_secs,kind,n\n5405,4.50,1,web,1e3\n007,4,,app,\n");
    let lines: Vec<&str> = said.lines().collect();
    let begins = r#"{"id":"5405","calls":4.50,"gap_secs":1,"kind":"web","n":1e3,"score":0."#;
    assert!(lines[0].starts_with(begins), "{said}");
    assert!(
        lines[1].starts_with(r#"{"id":"007","calls":4,"gap_secs":null,"kind":"app","n":null,"#)
    );
    let row =
        r#"{"kind":"web","calls":4.50,"gap_secs":10e-1,"id":"5405","n":123456789012345678901}"#;
    let said = predict("r.jsonl", &format!("{row}\n"));
    assert!(said.starts_with(row.trim_end_matches('}')), "{said}");
}

#[test]
fn a_cell_that_is_no_number_is_the_tables_fault_and_no_option_helps() {
    let folder = folder();
    apiwarden(folder.path(), &[&TRAIN[..], &["--no-logs"]].concat());
    std::fs::write(folder.path().join("r.csv"), "calls,gap_secs,kind\n4,1,web\nn/a,1,web\n")
        .unwrap();
    let output = apiwarden(folder.path(), &["predict", "model.apiwarden", "r.csv"]);
    assert_eq!(output.status.code(), Some(65));
    let said = text(&output.stderr);
    assert!(said.contains("invalid number \"n/a\" in column \"calls\", row 2"), "{said}");
    assert!(!said.contains("--missing"), "predict has no such option: {said}");
}

#[test]
fn several_classes_are_shown_one_by_one() {
    let folder = folder();
    let table = std::fs::read_to_string(folder.path().join("t.csv")).unwrap();
    let three: String = table
        .lines()
        .enumerate()
        .map(|(row, line)| match row % 4 {
            0 if row > 0 => line.replace("outlier", "bot").replace("normal", "bot") + "\n",
            _ => format!("{line}\n"),
        })
        .collect();
    std::fs::write(folder.path().join("t.csv"), three).unwrap();
    let output = apiwarden(folder.path(), &[&TRAIN[..], &["--multi-class", "--no-logs"]].concat());
    let said = text(&output.stdout);
    fits_80_columns(&said);
    for part in ["mean of the classes", "rows of \\ taken for", "below the threshold taken"] {
        assert!(said.contains(part), "no {part:?} in\n{said}");
    }
    let rows = said.split("rows of \\ taken for").nth(1).unwrap().lines().skip(1).take(3);
    let counted: u64 = rows
        .flat_map(|row| row.split_whitespace().skip(1))
        .map(|cell| cell.parse::<u64>().unwrap())
        .sum();
    assert_eq!(counted, 240, "every row is taken for some class:\n{said}");
    let again = ["evaluate", "model.apiwarden", "t.csv", "--label", "label"];
    assert!(text(&apiwarden(folder.path(), &again).stdout).contains("mean of the classes"));
}

#[test]
fn the_same_seed_gives_the_same_bundle() {
    let folder = folder();
    let bundle = |seed: &str, threads: &str| {
        let more = ["--seed", seed, "--threads", threads, "--no-logs", "-q"];
        apiwarden(folder.path(), &[&TRAIN[..], &more].concat());
        std::fs::read(folder.path().join("model.apiwarden")).unwrap()
    };
    assert!(bundle("5", "1") == bundle("5", "3"));
    assert!(bundle("5", "1") != bundle("6", "1"));
}
