//! Lays open what a fit did, so that other implementations can be held against it.
//!
//! ```text
//! oracle TABLE.csv > facts.json
//! ```
//!
//! `TABLE.csv` is `percall.csv`, unpacked. The network is trained on every so-manyth row in their order, with
//! fixed batches; its weights before and after, its losses and its inputs are written down.

mod percall;

use std::ops::ControlFlow;

use models::estimators::logistic_regression::LogisticRegression;
use models::estimators::mlp::{Mlp, Schedule};
use models::estimators::ridge::Ridge;
use models::{ClassWeighting, Dataset, Detector, Epoch, Watcher};
use percall::{Failure, Table};
use serde_json::{Value, json};

const ROWS: usize = 2_000;
const EPOCHS: u32 = 3;

fn main() -> Result<(), Failure> {
    let path = std::env::args().nth(1).ok_or("usage: oracle TABLE.csv")?;
    let (train, test) = Table::read(&path)?.split()?;
    let step = train.rows().div_ceil(ROWS);
    let some = train.subset(&(0..train.rows()).step_by(step).collect::<Vec<_>>())?;
    let facts = json!({
        "batch_norm": network(&some, true)?,
        "plain": network(&some, false)?,
        "lines": lines(&train, &test)?,
    });
    serde_json::to_writer(std::io::stdout().lock(), &facts)?;
    Ok(())
}

/// What the watcher saw.
#[derive(Default)]
struct Seen {
    weights: Vec<(String, Vec<f32>)>,
    losses: Vec<f32>,
}

impl Watcher for Seen {
    fn epoch(&mut self, epoch: &Epoch<'_>) -> ControlFlow<()> {
        let tensors = epoch.tensors.iter();
        self.weights = tensors.map(|t| (t.name.to_owned(), t.values.to_vec())).collect();
        self.losses.push(epoch.train.loss);
        ControlFlow::Continue(())
    }
}

fn network(train: &Dataset, batch_norm: bool) -> Result<Value, Failure> {
    let settings = Mlp {
        batch_norm,
        dropout: 0.0,
        l1: 1e-4,
        l2: 1e-3,
        learning_rate: 2e-3,
        schedule: Schedule::Constant,
        epochs: EPOCHS,
        patience: None,
        shuffle: false,
        class_weights: ClassWeighting::Dynamic,
        ..Mlp::default()
    };
    // A step too short to move anything shows where the weights start.
    let still = Mlp { learning_rate: 1e-9, epochs: 1, ..settings.clone() };
    let (mut before, mut after) = (Seen::default(), Seen::default());
    still.fit_model(train, None, 5, &mut before)?;
    let model = settings.fit_model(train, None, 5, &mut after)?;
    let view = train.x().view();
    Ok(json!({
        "settings": settings,
        "inputs": model.encoder().encode(view),
        "width": model.encoder().width(),
        "y": train.y(),
        "class_weights": settings.class_weights.weights(&train.class_counts()),
        "before": before.weights,
        "after": after.weights,
        "losses": after.losses,
        "scores": model.scores(view),
    }))
}

fn lines(train: &Dataset, test: &Dataset) -> Result<Value, Failure> {
    let logistic = LogisticRegression::default().fit_model(train)?;
    let ridge = Ridge::default().fit_model(train)?;
    Ok(json!({
        "width": logistic.encoder().width(),
        "inputs": logistic.encoder().encode(train.x().view()),
        "y": train.y(),
        "logistic": logistic.lines()[0],
        "ridge": ridge.lines()[0],
        "test_inputs": logistic.encoder().encode(test.x().view()),
        "logistic_scores": logistic.scores(test.x().view()),
    }))
}
