//! The reference pipeline's work: the 8-4-4 network, five folds and a final fit, 50 epochs each, batch 32,
//! the held-out fold judged after every epoch. For `benches/keras.py`, which takes the CPU time.
//!
//! ```text
//! cross_validate TABLE.csv
//! ```

mod percall;

use models::estimators::mlp::Mlp;
use models::metrics::auc;
use models::{Dataset, Detector, Unwatched};
use percall::{Failure, Table};

const FOLDS: usize = 5;

fn main() -> Result<(), Failure> {
    let path = std::env::args().nth(1).ok_or("usage: cross_validate TABLE.csv")?;
    let (train, _) = Table::read(&path)?.split()?;
    // Patience beyond the last epoch: validation is judged, nothing stops.
    let network = Mlp { dropout: 0.1, l1: 1e-5, l2: 1e-4, patience: Some(1_000), ..Mlp::default() };
    let area = |model: &dyn Detector, data: &Dataset| {
        let bad: Vec<bool> = data.y().iter().map(|label| *label > 0).collect();
        auc(&model.scores(data.x().view()), &bad)
    };
    let mut areas = Vec::new();
    for fold in 0..FOLDS {
        let side = |held: bool| {
            let rows = (0..train.rows()).filter(|row| (row % FOLDS == fold) == held);
            train.subset(&rows.collect::<Vec<_>>())
        };
        let (fitted, held) = (side(false)?, side(true)?);
        let model = network.fit_model(&fitted, Some(&held), fold as u64, &mut Unwatched)?;
        areas.push(area(&model, &held));
    }
    let last = Mlp { patience: None, ..network };
    let model = last.fit_model(&train, None, 9, &mut Unwatched)?;
    let line = serde_json::json!({"folds": areas, "final": area(&model, &train)});
    Ok(serde_json::to_writer(std::io::stdout().lock(), &line)?)
}
