use std::ops::Range;

use serde::{Deserialize, Serialize};

/// What the network's last layer says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Head {
    /// One log-odds; binary cross-entropy.
    Binary,
    /// A logit a class; cross-entropy.
    Softmax,
    /// The inputs again; mean squared difference.
    Inputs,
}

/// The widths of a network and where its numbers lie in one flat block.
///
/// A hidden layer is dense, ReLU, batch normalisation (maybe), dropout; the last is dense. The order of
/// the parameters: for each layer the kernel (`[input][output]`), the bias, and for a normalised layer
/// the scale (gamma) and the shift (beta).
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Shape {
    pub(super) inputs: usize,
    pub(super) layers: Vec<LayerShape>,
    pub(super) head: Head,
    pub(super) batch_norm: bool,
    /// How many parameters in all.
    pub(super) params: usize,
    /// How many normalised units in all.
    pub(super) normed: usize,
}

/// One dense layer and what follows it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct LayerShape {
    pub(super) inputs: usize,
    pub(super) outputs: usize,
    pub(super) kernel: Range<usize>,
    pub(super) bias: Range<usize>,
    /// Empty in the last layer and without batch normalisation, as is `beta`.
    pub(super) gamma: Range<usize>,
    pub(super) beta: Range<usize>,
    /// Where the layer's units lie among the normalised ones.
    pub(super) norm: Range<usize>,
}

impl Shape {
    pub(super) fn new(
        inputs: usize,
        hidden: &[usize],
        outputs: usize,
        head: Head,
        batch_norm: bool,
    ) -> Self {
        let mut shape = Self { inputs, layers: Vec::new(), head, batch_norm, params: 0, normed: 0 };
        let mut width = inputs;
        for (at, outputs) in hidden.iter().chain([&outputs]).enumerate() {
            let normed = if batch_norm && at < hidden.len() { *outputs } else { 0 };
            let mut take = |count: usize| {
                shape.params += count;
                shape.params - count..shape.params
            };
            let layer = LayerShape {
                inputs: width,
                outputs: *outputs,
                kernel: take(width * outputs),
                bias: take(*outputs),
                gamma: take(normed),
                beta: take(normed),
                norm: shape.normed..shape.normed + normed,
            };
            shape.normed += normed;
            shape.layers.push(layer);
            width = *outputs;
        }
        shape
    }

    /// The name and place of each block of parameters, in order.
    pub(super) fn blocks(&self) -> Vec<(String, Vec<usize>, Range<usize>)> {
        let mut blocks = Vec::new();
        for (at, layer) in self.layers.iter().enumerate() {
            let mut push = |name: &str, shape: Vec<usize>, range: &Range<usize>| {
                if !range.is_empty() {
                    blocks.push((format!("dense_{}/{name}", at + 1), shape, range.clone()));
                }
            };
            push("kernel", vec![layer.inputs, layer.outputs], &layer.kernel);
            push("bias", vec![layer.outputs], &layer.bias);
            push("gamma", vec![layer.outputs], &layer.gamma);
            push("beta", vec![layer.outputs], &layer.beta);
        }
        blocks
    }
}
