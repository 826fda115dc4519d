use serde::{Deserialize, Serialize};

use super::infer::{Folded, FoldedLayer, Scratch};
use super::lanes::LANES;
use super::shape::Head;
use super::training::log_odds;
use super::{NAME, WIDTH_MAX};
use crate::contributions::{explain_by_walks, sigmoid};
use crate::preprocess::Encoder;
use crate::saved::json;
use crate::{Contributions, Detector, LoadError, NamedTensor, Rows, Saved, Space};

/// A fitted network: preprocessing, then dense layers with ReLU between them (batch normalisation is
/// folded into them). Its last layer gives one log-odds, or a logit a class.
#[derive(Clone, Debug, PartialEq)]
pub struct MlpModel {
    encoder: Encoder,
    network: Folded,
    classes: usize,
    /// The raw row with which rows are compared to explain them.
    ordinary: Vec<f32>,
}

/// One dense layer of a fitted network, for those who write it in another form.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MlpLayer<'a> {
    /// How many inputs.
    pub inputs: usize,
    /// How many outputs.
    pub outputs: usize,
    /// `[input][output]`, the outputs running fastest.
    pub kernel: &'a [f32],
    /// One an output.
    pub bias: &'a [f32],
}

impl MlpModel {
    pub(super) fn new(
        encoder: Encoder,
        network: Folded,
        classes: usize,
        ordinary: Vec<f32>,
    ) -> Self {
        Self { encoder, network, classes, ordinary }
    }

    /// How raw columns become inputs.
    pub fn encoder(&self) -> &Encoder {
        &self.encoder
    }

    /// The dense layers in order, ReLU after each but the last. The last gives one log-odds for two
    /// classes, else a logit a class.
    pub fn layers(&self) -> impl Iterator<Item = MlpLayer<'_>> {
        self.network.layers.iter().map(|layer| MlpLayer {
            inputs: layer.inputs,
            outputs: layer.outputs,
            kernel: &layer.kernel,
            bias: &layer.bias,
        })
    }

    /// Takes a saved network back.
    ///
    /// # Errors
    /// When a part is missing, or the layers do not fit together.
    pub fn load(saved: &Saved) -> Result<Self, LoadError> {
        saved.must_be(NAME)?;
        let params: Params = saved.params()?;
        params.encoder.check(NAME)?;
        let network = load_layers(saved, &params.widths)?;
        let outputs = if params.classes == 2 { 1 } else { params.classes };
        let fits = params.widths[0] == params.encoder.width() && network.outputs() == outputs;
        if !fits || params.classes < 2 {
            return Err(LoadError::new(NAME, "its layers do not fit its columns and classes"));
        }
        let ordinary = saved.tensor_of("ordinary", params.encoder.columns().len())?;
        Ok(Self { encoder: params.encoder, network, classes: params.classes, ordinary })
    }

    fn head(&self) -> Head {
        if self.classes == 2 { Head::Binary } else { Head::Softmax }
    }

    /// Calls `put(row, logits)` for each row.
    fn each_row(&self, rows: Rows<'_>, mut put: impl FnMut(usize, &[f32])) {
        assert_eq!(rows.columns(), self.encoder.columns().len(), "columns of rows and model");
        let width = self.encoder.width();
        let mut from = vec![0.0; width];
        if rows.len() == 1 {
            self.encoder.encode_row(rows.row(0), &mut from);
            self.network.forward_one(&mut from, &mut Vec::new());
            return put(0, &from);
        }
        let mut scratch = Scratch::new(width);
        let mut logits = vec![0.0; self.network.outputs()];
        for (block, rows) in rows.blocks(LANES).enumerate() {
            for (lane, row) in rows.iter().enumerate() {
                self.encoder.encode_row(row, &mut from);
                from.iter().zip(&mut scratch.inputs).for_each(|(x, input)| input[lane] = *x);
            }
            let outputs = self.network.forward(&mut scratch);
            for lane in 0..rows.len() {
                logits.iter_mut().zip(outputs).for_each(|(logit, z)| *logit = z[lane]);
                put(block * LANES + lane, &logits);
            }
        }
    }

    fn log_odds(&self, rows: Rows<'_>) -> Vec<f32> {
        let mut odds = vec![0.0; rows.len()];
        self.each_row(rows, |row, logits| {
            odds[row] = log_odds(self.head(), logits.iter().copied())
        });
        odds
    }
}

impl Detector for MlpModel {
    fn kind(&self) -> &'static str {
        NAME
    }

    fn columns(&self) -> usize {
        self.encoder.columns().len()
    }

    fn classes(&self) -> usize {
        self.classes
    }

    fn score_into(&self, rows: Rows<'_>, scores: &mut [f32]) {
        assert_eq!(rows.len(), scores.len(), "rows and scores");
        self.each_row(rows, |row, logits| {
            scores[row] = sigmoid(log_odds(self.head(), logits.iter().copied()));
        });
    }

    fn probabilities(&self, rows: Rows<'_>) -> Vec<f32> {
        let mut all = vec![0.0; rows.len() * self.classes];
        self.each_row(rows, |row, logits| {
            let place = &mut all[row * self.classes..][..self.classes];
            if self.classes == 2 {
                place[1] = sigmoid(logits[0]);
                place[0] = 1.0 - place[1];
                return;
            }
            let highest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
            place.iter_mut().zip(logits).for_each(|(p, z)| *p = (z - highest).exp());
            let sum: f32 = place.iter().sum();
            place.iter_mut().for_each(|p| *p /= sum);
        });
        all
    }

    /// Shapley values of the log-odds, against the ordinary row: exact where at most ten columns
    /// differ from it, else from sampled orders. They sum to the score either way.
    fn contributions(&self, row: &[f32]) -> Contributions {
        explain_by_walks(Space::LogOdds, &self.ordinary, row, &mut |rows| self.log_odds(rows))
    }

    /// The mean size of the weights that lead from a column's inputs into the first layer.
    fn own_importance(&self) -> Option<Vec<f32>> {
        let first = self.network.layers.first()?;
        let mut sums = vec![0.0; self.columns()];
        let weights = first.kernel.chunks_exact(first.outputs);
        for (column, weights) in self.encoder.column_of_input().iter().zip(weights) {
            sums[*column] += weights.iter().map(|weight| weight.abs()).sum::<f32>();
        }
        crate::contributions::shares(sums)
    }

    fn save(&self) -> Saved {
        let mut widths = vec![self.encoder.width()];
        widths.extend(self.network.layers.iter().map(|layer| layer.outputs));
        let params = Params { classes: self.classes, widths, encoder: self.encoder.clone() };
        let mut tensors = save_layers(&self.network);
        tensors.push(NamedTensor::vector("ordinary", self.ordinary.clone()));
        Saved { kind: NAME.to_owned(), params: json(&params), tensors }
    }
}

#[derive(Serialize, Deserialize)]
struct Params {
    classes: usize,
    widths: Vec<usize>,
    encoder: Encoder,
}

/// Takes a saved network back as a detector.
///
/// # Errors
/// As [`MlpModel::load`].
pub fn load(saved: &Saved) -> Result<Box<dyn Detector>, LoadError> {
    Ok(Box::new(MlpModel::load(saved)?))
}

/// A kernel and a bias for each layer.
pub(crate) fn save_layers(network: &Folded) -> Vec<NamedTensor> {
    let layers = network.layers.iter().enumerate();
    let tensors = layers.flat_map(|(at, layer)| {
        let name = |part: &str| format!("dense_{}/{part}", at + 1);
        [
            NamedTensor::table(name("kernel"), layer.outputs, layer.kernel.clone()),
            NamedTensor::vector(name("bias"), layer.bias.clone()),
        ]
    });
    tensors.collect()
}

/// The layers between the given widths.
pub(crate) fn load_layers(saved: &Saved, widths: &[usize]) -> Result<Folded, LoadError> {
    let widest = widths.iter().copied().max().unwrap_or(0);
    if widths.len() < 2 || widths.contains(&0) || widest > WIDTH_MAX * 16 {
        return Err(LoadError::new(&saved.kind, "its widths are out of range"));
    }
    let layer = |(at, ends): (usize, &[usize])| {
        let (inputs, outputs) = (ends[0], ends[1]);
        let kernel = saved.tensor_of(&format!("dense_{}/kernel", at + 1), inputs * outputs)?;
        let bias = saved.tensor_of(&format!("dense_{}/bias", at + 1), outputs)?;
        Ok(FoldedLayer { inputs, outputs, kernel, bias })
    };
    let layers = widths.windows(2).enumerate().map(layer).collect::<Result<_, LoadError>>()?;
    Ok(Folded { layers })
}
