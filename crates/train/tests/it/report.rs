//! What the report shows is what was measured.

use serde_json::Value;
use train::cross_validation::Protocol;
use train::fitting::Unobserved;
use train::report::{ReportInput, html};
use train::task::Task;
use train::training::{Training, train};

use crate::small_task::{csv, options, protocol, table, trained};

fn page(task: &Task, training: &Training) -> String {
    html(&ReportInput { title: "t.csv", task, training })
}

fn between<'a>(page: &'a str, before: &str, after: &str) -> &'a str {
    let (_, rest) = page.split_once(before).unwrap();
    rest.split_once(after).unwrap().0
}

#[test]
fn the_explorer_starts_at_the_threshold_with_the_counts_of_the_matrix() {
    let (task, training) = trained();
    let page = page(&task, &training);
    let data = between(&page, "id='data'>", "</script>");
    let data: Value = serde_json::from_str(data).unwrap();
    let tries = data["tries"].as_array().unwrap();
    let slider = between(&page, "id='slider'", "></div>");
    let start: usize = between(slider, "value='", "'").parse().unwrap();
    let report = training.unseen.report;
    let threshold = |at: &Value| at[0].as_f64().map_or(f32::INFINITY, |it| it as f32);
    assert_eq!(threshold(&tries[start]), report.threshold);
    assert_eq!(tries[start][1], report.confusion.true_positives);
    assert_eq!(tries[start][2], report.confusion.false_positives);
    assert!(tries.windows(2).all(|pair| threshold(&pair[0]) < threshold(&pair[1])));
    for budget in &training.unseen.budgets {
        assert!(tries.iter().any(|at| threshold(at) == budget.threshold), "{budget:?}");
    }
}

#[test]
fn without_folds_nothing_is_said_of_them() {
    let task = Task::from_table(&table(&csv(400)), &options()).unwrap();
    let run = |estimator: &str| {
        let estimator = models::estimator(estimator, serde_json::json!({})).unwrap();
        let protocol = Protocol { folds: 0, ..protocol(1) };
        page(&task, &train(&task, estimator.as_ref(), protocol, &Unobserved).unwrap())
    };
    let network = run("mlp");
    for said in ["each fold", "mean of the folds", "bold: the final fit"] {
        assert!(!network.contains(said), "{said}");
    }
    assert!(network.contains("<th>own</th>") && network.contains("<i>Own</i>"));
    let forest = run("isolation_forest");
    assert!(!forest.contains("<th>own</th>") && !forest.contains("<i>Own</i>"));
}
