//! Autoencoder: a network that must say a row again through a narrow waist.
//!
//! # What it sees
//! Rows whose columns do not go together as they usually do: these come out wrong at the other end.
//!
//! # Why it matters
//! Fitted on clean traffic it finds combinations that no single column shows, and which column came out
//! wrong is the reason.
//!
//! # When it is wrong
//! With attacks in the fit it learns to say them, too. Too wide a waist lets everything through.
//!
//! # References
//! Hawkins et al., *Outlier Detection Using Replicator Neural Networks*, 2002.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::mlp::{Folded, Mlp, Schedule, Scratch, load_layers, save_layers};
use crate::oddness::{Oddness, in_proportion};
use crate::preprocess::{Encoder, Preprocess};
use crate::saved::json;
use crate::{
    Contributions, Dataset, Detector, Estimator, FitError, Learning, LoadError, NamedTensor, Rows,
    Saved, Space, Watcher,
};

/// The name in [`crate::ESTIMATORS`].
pub const NAME: &str = "autoencoder";
/// The name for people.
pub const TITLE: &str = "autoencoder";

/// Added to the usual squared difference of an input, which is 0 for a constant one.
const MISS_MIN: f64 = 1e-3;

/// The settings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Autoencoder {
    /// The widths of the layers between the inputs and their copy; the narrowest is the waist.
    pub hidden: Vec<usize>,
    /// How far a step of Adam goes.
    pub learning_rate: f32,
    /// Passes over the rows.
    pub epochs: u32,
    /// Rows a step.
    pub batch_rows: usize,
    /// How raw columns become inputs.
    pub preprocess: Preprocess,
}

impl Default for Autoencoder {
    fn default() -> Self {
        Self {
            hidden: vec![16, 3, 16],
            learning_rate: 5e-3,
            epochs: 30,
            batch_rows: 32,
            preprocess: Preprocess::default(),
        }
    }
}

impl Autoencoder {
    /// Learns to say rows again.
    ///
    /// # Errors
    /// When a setting is out of range or the loss runs away.
    pub fn fit_model(
        &self,
        train: &Dataset,
        seed: u64,
        watcher: &mut dyn Watcher,
    ) -> Result<AutoencoderModel, FitError> {
        let encoder = self.preprocess.fit(train)?;
        let inputs = encoder.encode(train.x().view());
        let weights = (0..train.rows()).map(|row| train.weight(row)).collect();
        let network = Mlp {
            hidden: self.hidden.clone(),
            learning_rate: self.learning_rate,
            epochs: self.epochs,
            batch_rows: self.batch_rows,
            batch_norm: false,
            dropout: 0.0,
            l1: 0.0,
            l2: 0.0,
            schedule: Schedule::Cosine,
            patience: None,
            ..Mlp::default()
        };
        let network = network.fit_inputs(inputs, weights, seed, watcher)?;
        let evenness = vec![1.0; encoder.width()];
        let oddness = Oddness::of_fit(&[]);
        let mut model = AutoencoderModel { encoder, network, evenness, oddness };
        let mut usual = vec![0.0f64; model.evenness.len()];
        model.each_row(train.x().view(), |_, miss| {
            usual.iter_mut().zip(miss).for_each(|(sum, miss)| *sum += f64::from(*miss));
        });
        let mean = |sum: &f64| sum / train.rows() as f64;
        model.evenness = usual.iter().map(|sum| (1.0 / (mean(sum) + MISS_MIN)) as f32).collect();
        let mut distances = vec![0.0; train.rows()];
        model.each_row(train.x().view(), |row, miss| distances[row] = miss.iter().sum());
        model.oddness = Oddness::of_fit(&distances);
        Ok(model)
    }
}

/// A fitted autoencoder. Its distance is the sum of the squared differences of inputs and copies, each
/// against what it usually is: else columns that nobody can foretell would drown those that all can.
#[derive(Clone, Debug, PartialEq)]
pub struct AutoencoderModel {
    encoder: Encoder,
    network: Folded,
    /// For each input one over its usual squared difference.
    evenness: Vec<f32>,
    oddness: Oddness,
}

impl AutoencoderModel {
    /// Calls `put(row, what each input adds to the distance)`.
    fn each_row(&self, rows: Rows<'_>, mut put: impl FnMut(usize, &[f32])) {
        assert_eq!(rows.columns(), self.encoder.columns().len(), "columns of rows and model");
        let width = self.encoder.width();
        let mut scratch = Scratch::new(width);
        let mut miss = vec![0.0; width];
        let lanes = scratch.inputs.first().map_or(1, |lanes| lanes.len());
        for (block, rows) in rows.blocks(lanes).enumerate() {
            for (lane, row) in rows.iter().enumerate() {
                self.encoder.encode_row(row, &mut miss);
                miss.iter().zip(&mut scratch.inputs).for_each(|(x, input)| input[lane] = *x);
            }
            let inputs = scratch.inputs.clone();
            let copies = self.network.forward(&mut scratch);
            for lane in 0..rows.len() {
                let pairs = inputs.iter().zip(copies).zip(&self.evenness);
                for (miss, ((input, copy), evenness)) in miss.iter_mut().zip(pairs) {
                    *miss = (input[lane] - copy[lane]).powi(2) * evenness;
                }
                put(block * lanes + lane, &miss);
            }
        }
    }

    /// Takes a saved model back.
    ///
    /// # Errors
    /// When a part is missing, or the layers do not fit together.
    pub fn load(saved: &Saved) -> Result<Self, LoadError> {
        saved.must_be(NAME)?;
        let Params { widths, encoder, oddness } = saved.params()?;
        encoder.check(NAME)?;
        let network = load_layers(saved, &widths)?;
        let same_ends = widths[0] == encoder.width() && network.outputs() == encoder.width();
        if !same_ends || !oddness.is_sound() {
            return Err(LoadError::new(NAME, "its layers do not fit its columns"));
        }
        let evenness = saved.tensor_of("evenness", encoder.width())?;
        Ok(Self { encoder, network, evenness, oddness })
    }
}

#[derive(Serialize, Deserialize)]
struct Params {
    widths: Vec<usize>,
    encoder: Encoder,
    oddness: Oddness,
}

impl Detector for AutoencoderModel {
    fn kind(&self) -> &'static str {
        NAME
    }

    fn columns(&self) -> usize {
        self.encoder.columns().len()
    }

    fn classes(&self) -> usize {
        0
    }

    fn score_into(&self, rows: Rows<'_>, scores: &mut [f32]) {
        assert_eq!(rows.len(), scores.len(), "rows and scores");
        self.each_row(rows, |row, miss| scores[row] = self.oddness.score(miss.iter().sum()));
    }

    /// Each column's share of the difference.
    fn contributions(&self, row: &[f32]) -> Contributions {
        let mut parts = vec![0.0f64; row.len()];
        let mut score = 0.0;
        let owner = self.encoder.column_of_input();
        self.each_row(Rows::one(row), |_, miss| {
            score = self.oddness.score(miss.iter().sum());
            owner.iter().zip(miss).for_each(|(column, miss)| parts[*column] += f64::from(*miss));
        });
        Contributions { space: Space::Score, base: 0.0, parts: in_proportion(score, &parts) }
    }

    fn save(&self) -> Saved {
        let mut widths = vec![self.encoder.width()];
        widths.extend(self.network.layers.iter().map(|layer| layer.outputs));
        let params = Params { widths, encoder: self.encoder.clone(), oddness: self.oddness };
        let mut tensors = save_layers(&self.network);
        tensors.push(NamedTensor::vector("evenness", self.evenness.clone()));
        Saved { kind: NAME.to_owned(), params: json(&params), tensors }
    }
}

/// Takes a saved model back as a detector.
///
/// # Errors
/// As [`AutoencoderModel::load`].
pub fn load(saved: &Saved) -> Result<Box<dyn Detector>, LoadError> {
    Ok(Box::new(AutoencoderModel::load(saved)?))
}

impl Estimator for Autoencoder {
    fn name(&self) -> &'static str {
        NAME
    }

    fn title(&self) -> &'static str {
        TITLE
    }

    fn learning(&self) -> Learning {
        Learning::Unsupervised
    }

    fn settings(&self) -> Value {
        json(self)
    }

    fn fit(
        &self,
        train: &Dataset,
        _: Option<&Dataset>,
        seed: u64,
        watcher: &mut dyn Watcher,
    ) -> Result<Box<dyn Detector>, FitError> {
        Ok(Box::new(self.fit_model(train, seed, watcher)?))
    }
}
