use proptest::prelude::*;
use serde_json::json;
use train::bundle::Bundle;
use train::evaluation::{evaluate, predict};
use train::fitting::Unobserved;
use train::judgement::Judgement;
use train::report::{ReportInput, html};
use train::task::{Task, TaskOptions};
use train::training::train;

use crate::small_task::{InMemory, csv, options, protocol, table, trained, trained_by};

#[test]
fn the_number_of_threads_changes_no_byte() {
    for estimator in ["mlp", "isolation_forest"] {
        let run = |threads| {
            let files = InMemory::default();
            let (task, training) = trained_by(estimator, threads, &files);
            let report = html(&ReportInput { title: "t.csv", task: &task, training: &training });
            (training.bundle.to_bytes().unwrap(), files.files(), report)
        };
        let (one, three) = (run(1), run(3));
        assert!(one.0 == three.0, "{estimator}: bundles differ");
        assert!(one.1 == three.1, "{estimator}: event files differ");
        assert!(one.2 == three.2, "{estimator}: reports differ");
        assert_eq!(one.1.len(), 5, "an event file a fold and one of the final fit");
    }
}

#[test]
fn it_learns_and_says_how_well() {
    let (_, training) = trained();
    let found = training.cross_validation.as_ref().unwrap();
    assert_eq!(found.folds.len(), 4);
    let auc = found.spread("auc").unwrap();
    assert!(auc.mean > 0.85 && auc.mean < 0.999, "{auc:?}");
    let rate = training.unseen.report.confusion.false_positive_rate();
    assert!(rate <= 0.05, "the budget is kept: {rate}");
    assert_ne!(training.importance.columns.last().unwrap().column, "calls");
    assert!(training.unseen.report.calibration_error < 0.1);
}

#[test]
fn a_bundle_comes_back_to_the_same_scores() {
    let (_, training) = trained();
    let bytes = training.bundle.to_bytes().unwrap();
    let back = Bundle::from_bytes(&bytes).unwrap();
    assert!(back.to_bytes().unwrap() == bytes);
    let rows = table(&csv(50));
    let (before, after) =
        (predict(&training.bundle, &rows).unwrap(), predict(&back, &rows).unwrap());
    assert_eq!(before, after);
    assert!(before.scores.iter().all(|score| (0.0..=1.0).contains(score)));
}

#[test]
fn damage_anywhere_in_a_bundle_is_noticed() {
    let (_, training) = trained();
    let bytes = training.bundle.to_bytes().unwrap();
    for place in 0..bytes.len() {
        let mut damaged = bytes.clone();
        damaged[place] ^= 1 << (place % 8);
        let error = Bundle::from_bytes(&damaged)
            .err()
            .unwrap_or_else(|| panic!("byte {place} was changed"));
        assert_eq!(error.kind().exit_code(), 65, "byte {place}: {error}");
    }
    for length in 0..bytes.len() {
        Bundle::from_bytes(&bytes[..length]).expect_err("it was cut");
    }
    let longer = [&bytes[..], b"x"].concat();
    Bundle::from_bytes(&longer).expect_err("something follows");
}

#[test]
fn a_foreign_file_is_called_what_it_is() {
    let said = |bytes: &[u8]| Bundle::from_bytes(bytes).unwrap_err().to_string();
    assert_eq!(said(b"PK\x03\x04 a zip archive"), "not a bundle: it does not begin as one does");
    assert_eq!(said(b""), "not a bundle: it does not begin as one does");
    let newer = [&b"apiwardn\x02\0\0\0"[..], &[0; 64]].concat();
    assert_eq!(said(&newer), "bundle of version 2: this program reads version 1; train it again");
}

#[test]
fn a_table_with_other_columns_is_refused_by_name() {
    let (_, training) = trained();
    let error = predict(&training.bundle, &table("calls,kind\n1,web\n")).unwrap_err();
    let expect = "columns differ from the bundle's: missing gap_secs; the table has calls, kind";
    assert_eq!(error.to_string(), expect);
    assert_eq!(error.kind().exit_code(), 65);
}

#[test]
fn an_evaluation_shows_what_is_worse_than_chance_and_what_was_never_seen() {
    let (_, training) = trained();
    let turned: String = csv(400)
        .replace("outlier", "swap")
        .replace("normal", "outlier")
        .replace("swap", "normal")
        .replace("web", "website");
    let found = evaluate(&training.bundle, &table(&turned), "label", &[]).unwrap();
    assert!(found.judgement.is_worse_than_chance());
    let said: Vec<String> = found.findings().into_iter().map(|finding| finding.text).collect();
    assert!(said[0].starts_with("worse than chance: AUC 0."), "{said:?}");
    let unseen = "kind \"website\" was never seen in training";
    let like = "is it what training calls \"web\"?";
    assert!(said.iter().any(|text| text.starts_with(unseen) && text.ends_with(like)), "{said:?}");
}

#[test]
fn of_several_classes_none_alarms_below_the_threshold() {
    let rows: Vec<String> = csv(400)
        .lines()
        .enumerate()
        .map(|(row, line)| match row % 6 {
            4 => line.replace("outlier", "bot"),
            _ => line.to_owned(),
        })
        .collect();
    let table = table(&rows.join("\n"));
    let options = TaskOptions { multi_class: true, ..options() };
    let task = Task::from_table(&table, &options).unwrap();
    let estimator = models::estimator("mlp", json!({ "epochs": 12 })).unwrap();
    let training = train(&task, estimator.as_ref(), protocol(2), &Unobserved).unwrap();
    let check = |judged: &Judgement| {
        let (classes, counts) = (judged.class_confusion.as_ref().unwrap(), judged.report.confusion);
        assert_eq!(classes[0][0], counts.true_negatives);
        assert_eq!(classes[0][1] + classes[0][2], counts.false_positives);
        assert_eq!(classes[1][0] + classes[2][0], counts.false_negatives);
        assert!(counts.true_positives > 0);
    };
    check(&training.unseen);
    check(&evaluate(&training.bundle, &table, "label", &[]).unwrap().judgement);

    let found = predict(&training.bundle, &table).unwrap();
    let threshold = training.bundle.manifest.finish.threshold;
    let mut between = 0;
    for (score, class) in found.scores.iter().zip(&found.predicted) {
        assert_eq!(class == "normal", *score < threshold, "{score} {class}");
        between += usize::from((0.5..threshold).contains(score));
    }
    assert!(between > 0, "some are likelier bad than not, and yet no alarm");
}

#[test]
fn every_estimator_can_be_trained_and_bound() {
    for entry in models::ESTIMATORS {
        let (_, training) = trained_by(entry.name, 2, &Unobserved);
        let bytes = training.bundle.to_bytes().unwrap();
        let back = Bundle::from_bytes(&bytes).unwrap();
        let rows = table(&csv(30));
        let (before, after) = (predict(&training.bundle, &rows), predict(&back, &rows));
        assert_eq!(before.unwrap(), after.unwrap(), "{}", entry.name);
    }
}

#[test]
fn a_report_takes_no_text_of_a_table_for_html() {
    let hostile = csv(400).replace("kind", "<script>alert(1)</script>").replace("web", "</style>");
    let task =
        train::task::Task::from_table(&table(&hostile), &crate::small_task::options()).unwrap();
    let estimator = models::estimator("isolation_forest", serde_json::json!({})).unwrap();
    let training = train::training::train(
        &task,
        estimator.as_ref(),
        crate::small_task::protocol(1),
        &Unobserved,
    )
    .unwrap();
    let page = html(&ReportInput { title: "<b>", task: &task, training: &training });
    assert!(!page.contains("<script>alert") && !page.contains("<h1><b>"));
    assert_eq!(page.matches("</style>").count(), 1);
    assert!(!page.contains("http://") || page.matches("http://").count() == 1, "only a namespace");
    assert!(!page.contains("NaN"), "a number that is none is shown");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn bytes_that_are_no_table_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        use train::table::{Format, Table, infer};
        for format in [Format::Csv, Format::JsonLines, Format::Parquet] {
            if let Ok(table) = Table::parse(format, bytes.clone()) {
                let _ = infer(&table, &[], &[]);
            }
        }
    }
}
