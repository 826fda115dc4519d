//! The network as it scores: batch normalisation folded into the next layer, dropout gone.

use super::lanes::{LANES, Lanes, ZERO, add_scaled};
use super::network::{NORM_EPSILON, Network};

/// Dense layers with ReLU between them, nothing else.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Folded {
    pub(crate) layers: Vec<FoldedLayer>,
}

/// `kernel` is `[input][output]`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct FoldedLayer {
    pub(crate) inputs: usize,
    pub(crate) outputs: usize,
    pub(crate) kernel: Vec<f32>,
    pub(crate) bias: Vec<f32>,
}

/// Scratch space of a forward pass over a block of rows.
#[derive(Clone, Debug)]
pub(crate) struct Scratch {
    pub(crate) inputs: Vec<Lanes>,
    from: Vec<Lanes>,
    to: Vec<Lanes>,
}

impl Scratch {
    /// Scratch space for rows of `width` inputs.
    pub(crate) fn new(width: usize) -> Self {
        Self { inputs: vec![ZERO; width], from: Vec::new(), to: Vec::new() }
    }
}

impl Folded {
    /// The network with its moving averages taken for what they stand for. A normalised unit is
    /// `scale · x + shift`; the next layer's kernel takes the scale, its bias the shift.
    pub(super) fn of(network: &Network) -> Self {
        let mut layers: Vec<FoldedLayer> = Vec::new();
        let mut scale_shift: Vec<(f64, f64)> = vec![(1.0, 0.0); network.shape.inputs];
        for layer in &network.shape.layers {
            let mut kernel = network.params[layer.kernel.clone()].to_vec();
            let mut bias: Vec<f64> =
                network.params[layer.bias.clone()].iter().map(|b| f64::from(*b)).collect();
            for (row, (scale, shift)) in kernel.chunks_exact_mut(layer.outputs).zip(&scale_shift) {
                for (weight, bias) in row.iter_mut().zip(&mut bias) {
                    *bias += f64::from(*weight) * shift;
                    *weight = (f64::from(*weight) * scale) as f32;
                }
            }
            scale_shift = vec![(1.0, 0.0); layer.outputs];
            for (unit, at) in layer.norm.clone().enumerate() {
                let sd = f64::from(network.moving_variance[at] + NORM_EPSILON).sqrt();
                let scale = f64::from(network.params[layer.gamma.start + unit]) / sd;
                let beta = f64::from(network.params[layer.beta.start + unit]);
                scale_shift[unit] = (scale, beta - scale * f64::from(network.moving_mean[at]));
            }
            let bias = bias.iter().map(|b| *b as f32).collect();
            let (inputs, outputs) = (layer.inputs, layer.outputs);
            layers.push(FoldedLayer { inputs, outputs, kernel, bias });
        }
        Self { layers }
    }

    /// How many logits it gives.
    pub(crate) fn outputs(&self) -> usize {
        self.layers.last().map_or(0, |layer| layer.outputs)
    }

    /// The logits of the 32 rows in `scratch.inputs`.
    pub(crate) fn forward<'a>(&self, scratch: &'a mut Scratch) -> &'a [Lanes] {
        let Scratch { inputs, from, to } = scratch;
        from.clone_from(inputs);
        for (at, layer) in self.layers.iter().enumerate() {
            to.resize(layer.outputs, ZERO);
            for (unit, output) in to.iter_mut().enumerate() {
                let mut sum = [layer.bias[unit]; LANES];
                for (x, weights) in from.iter().zip(layer.kernel.chunks_exact(layer.outputs)) {
                    add_scaled(&mut sum, weights[unit], x);
                }
                *output = sum;
            }
            if at + 1 < self.layers.len() {
                to.as_flattened_mut().iter_mut().for_each(|x| *x = x.max(0.0));
            }
            std::mem::swap(from, to);
        }
        from
    }

    /// The logits of one row, into `from`; the same additions in the same order as for many rows,
    /// hence the same bits.
    pub(crate) fn forward_one(&self, from: &mut Vec<f32>, to: &mut Vec<f32>) {
        for (at, layer) in self.layers.iter().enumerate() {
            to.clear();
            to.extend_from_slice(&layer.bias);
            for (x, weights) in from.iter().zip(layer.kernel.chunks_exact(layer.outputs)) {
                if *x != 0.0 {
                    to.iter_mut().zip(weights).for_each(|(sum, weight)| *sum += weight * x);
                }
            }
            if at + 1 < self.layers.len() {
                to.iter_mut().for_each(|x| *x = x.max(0.0));
            }
            std::mem::swap(from, to);
        }
    }
}
