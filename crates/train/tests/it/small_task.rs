//! A small table that every test of training shares, and what watches it.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use models::Chance;
use serde_json::json;
use train::cross_validation::Protocol;
use train::finish::ThresholdPolicy;
use train::fitting::{Observer, Unobserved};
use train::splits::Balance;
use train::table::{Format, Table};
use train::task::{Task, TaskOptions};
use train::training::{Training, train};

/// Two numbers, one of them with gaps, and a category, which together nearly tell the class.
pub(crate) fn csv(rows: usize) -> String {
    let mut chance = Chance::new(11);
    let mut text = String::from("calls,gap_secs,kind,label\n");
    for row in 0..rows {
        let bad = row % 3 == 0;
        let shift = if bad { 1.5 } else { 0.0 };
        let calls = (chance.normal() + 2.0 + shift).exp();
        let gap = match row % 17 {
            0 => String::new(),
            _ => format!("{:.3}", chance.normal() - shift),
        };
        let kind = ["web", "app", "bot"][chance.below(if bad { 3 } else { 2 })];
        let label = if bad { "outlier" } else { "normal" };
        text.push_str(&format!("{calls:.2},{gap},{kind},{label}\n"));
    }
    text
}

pub(crate) fn table(text: &str) -> Table {
    Table::parse(Format::Csv, text.as_bytes().to_vec()).unwrap()
}

pub(crate) fn options() -> TaskOptions {
    TaskOptions { label: "label".to_owned(), ..TaskOptions::default() }
}

pub(crate) fn protocol(threads: usize) -> Protocol {
    let (balance, policy) = (Balance::AsIs, ThresholdPolicy::Budget(0.05));
    Protocol { folds: 4, repeats: 1, seed: 3, threads, balance, policy }
}

pub(crate) fn trained_by(
    estimator: &str,
    threads: usize,
    observer: &dyn Observer,
) -> (Task, Training) {
    let settings = if estimator == "mlp" { json!({ "epochs": 12 }) } else { json!({}) };
    let estimator = models::estimator(estimator, settings).unwrap();
    let task = Task::from_table(&table(&csv(400)), &options()).unwrap();
    let training = train(&task, estimator.as_ref(), protocol(threads), observer).unwrap();
    (task, training)
}

pub(crate) fn trained() -> (Task, Training) {
    trained_by("mlp", 2, &Unobserved)
}

/// Keeps event files in memory; its clock stands still.
#[derive(Default)]
pub(crate) struct InMemory {
    files: Mutex<BTreeMap<String, Arc<Mutex<Vec<u8>>>>>,
}

impl InMemory {
    pub(crate) fn files(&self) -> BTreeMap<String, Vec<u8>> {
        let files = self.files.lock().unwrap();
        files.iter().map(|(run, bytes)| (run.clone(), bytes.lock().unwrap().clone())).collect()
    }
}

struct Shared(Arc<Mutex<Vec<u8>>>);

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Observer for InMemory {
    fn events(&self, run: &str) -> io::Result<Option<Box<dyn Write + Send>>> {
        let file = Arc::default();
        self.files.lock().unwrap().insert(run.to_owned(), Arc::clone(&file));
        Ok(Some(Box::new(Shared(file))))
    }

    fn wall_time_secs(&self) -> f64 {
        1_700_000_000.0
    }
}
