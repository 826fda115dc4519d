//! One training step: forward, loss, backward. Exact, in `f32`, one thread, nothing allocated.

use super::lanes::{LANES, Lanes, ZERO, add_scaled, dot, total};
use super::shape::{Head, LayerShape, Shape};
use crate::Chance;

/// Added to the variance before its root, as in Keras.
pub(super) const NORM_EPSILON: f32 = 1e-3;

/// What a step works on: the parameters, their gradient, and the moving mean and variance of each
/// normalised unit.
#[derive(Clone, Debug)]
pub(super) struct Network {
    pub(super) shape: Shape,
    pub(super) params: Vec<f32>,
    pub(super) grads: Vec<f32>,
    pub(super) moving_mean: Vec<f32>,
    pub(super) moving_variance: Vec<f32>,
    /// The share of the old in a moving value.
    pub(super) norm_momentum: f32,
    /// The share of units that a step drops, after each hidden layer.
    pub(super) dropout: f32,
}

/// The rows of a step, turned so that a feature's lanes lie together: `[group of 32 rows][feature]`.
#[derive(Clone, Debug, Default)]
pub(super) struct Batch {
    pub(super) rows: usize,
    pub(super) inputs: Vec<Lanes>,
    pub(super) weights: Vec<Lanes>,
    pub(super) labels: Vec<[u32; LANES]>,
}

/// What the forward pass leaves for the backward pass.
#[derive(Clone, Debug, Default)]
pub(super) struct Traces {
    layers: Vec<Trace>,
    /// The gradient on its way back, and the one that it is made from.
    delta: Vec<Lanes>,
    below: Vec<Lanes>,
}

#[derive(Clone, Debug, Default)]
struct Trace {
    /// After the activation (the last layer: its logits).
    active: Vec<Lanes>,
    /// Normalised, before gamma and beta.
    normal: Vec<Lanes>,
    /// What the next layer sees.
    output: Vec<Lanes>,
    /// 0 where a unit is dropped, else one over the share kept.
    mask: Vec<Lanes>,
    /// One over the standard deviation of each unit in the batch.
    inverse_sd: Vec<f32>,
}

impl Batch {
    /// Takes rows of `x` (row after row, `width` inputs each).
    pub(super) fn gather(&mut self, x: &[f32], width: usize, rows: &[u32]) {
        self.rows = rows.len();
        let groups = rows.len().div_ceil(LANES);
        self.inputs.resize(groups * width, ZERO);
        for (rows, inputs) in rows.chunks(LANES).zip(self.inputs.chunks_exact_mut(width)) {
            if rows.len() < LANES {
                inputs.fill(ZERO);
            }
            for (lane, row) in rows.iter().enumerate() {
                let row = &x[*row as usize * width..][..width];
                inputs.iter_mut().zip(row).for_each(|(feature, value)| feature[lane] = *value);
            }
        }
    }

    /// Takes the labels and the weights of the same rows.
    pub(super) fn gather_targets(&mut self, labels: &[u32], weights: &[f32], rows: &[u32]) {
        let groups = rows.len().div_ceil(LANES);
        self.weights.clear();
        self.weights.resize(groups, ZERO);
        self.labels.clear();
        self.labels.resize(groups, [0; LANES]);
        for (at, row) in rows.iter().enumerate() {
            let (group, lane) = (at / LANES, at % LANES);
            self.weights[group][lane] = weights[*row as usize];
            self.labels[group][lane] = labels.get(*row as usize).copied().unwrap_or(0);
        }
    }
}

impl Traces {
    /// The logits of the last forward pass: `[group][output]`.
    pub(super) fn logits(&self) -> &[Lanes] {
        self.layers.last().map_or(&[], |trace| &trace.active)
    }

    /// Which units of a hidden layer the last forward pass dropped.
    #[cfg(test)]
    pub(super) fn mask(&self, layer: usize) -> &[Lanes] {
        &self.layers[layer].mask
    }
}

impl Network {
    /// One step's gradient into `grads` (penalties not included); the loss summed over the rows.
    /// Dropout draws from `chance`, and batch normalisation uses the batch and moves its averages.
    pub(super) fn backpropagate(
        &mut self,
        batch: &Batch,
        traces: &mut Traces,
        chance: &mut Chance,
    ) -> f32 {
        self.forward_training(batch, traces, chance);
        let loss = self.output_delta(batch, traces);
        self.backward(batch, traces);
        loss
    }

    fn forward_training(&mut self, batch: &Batch, traces: &mut Traces, chance: &mut Chance) {
        let groups = batch.rows.div_ceil(LANES);
        traces.layers.resize(self.shape.layers.len(), Trace::default());
        for at in 0..self.shape.layers.len() {
            let layer = self.shape.layers[at].clone();
            let (below, here) = traces.layers.split_at_mut(at);
            let inputs = below.last().map_or(&batch.inputs, |trace| &trace.output);
            let trace = &mut here[0];
            trace.active.resize(groups * layer.outputs, ZERO);
            dense(&layer, &self.params, inputs, &mut trace.active);
            if at + 1 == self.shape.layers.len() {
                return;
            }
            rectify(&mut trace.active);
            clear_spare_lanes(&mut trace.active, layer.outputs, batch.rows);
            if self.shape.batch_norm {
                self.normalise(&layer, trace, batch.rows);
                clear_spare_lanes(&mut trace.output, layer.outputs, batch.rows);
            } else {
                trace.output.clone_from(&trace.active);
            }
            if self.dropout > 0.0 {
                draw_mask(&mut trace.mask, groups * layer.outputs, self.dropout, chance);
                multiply(&mut trace.output, &trace.mask);
            }
        }
    }

    fn normalise(&mut self, layer: &LayerShape, trace: &mut Trace, rows: usize) {
        let share = 1.0 / rows as f32;
        trace.normal.resize(trace.active.len(), ZERO);
        trace.output.resize(trace.active.len(), ZERO);
        trace.inverse_sd.resize(layer.outputs, 0.0);
        for unit in 0..layer.outputs {
            let places = || (unit..trace.active.len()).step_by(layer.outputs);
            let mean = places().map(|at| total(&trace.active[at])).sum::<f32>() * share;
            let mut variance = 0.0;
            for (group, at) in places().enumerate() {
                let mut centred = trace.active[at];
                let live = LANES.min(rows - group * LANES);
                centred[..live].iter_mut().for_each(|x| *x -= mean);
                variance += dot(&centred, &centred);
                trace.normal[at] = centred;
            }
            variance *= share;
            let inverse_sd = 1.0 / (variance + NORM_EPSILON).sqrt();
            let gamma = self.params[layer.gamma.start + unit];
            let beta = self.params[layer.beta.start + unit];
            for at in places() {
                for lane in 0..LANES {
                    trace.normal[at][lane] *= inverse_sd;
                    trace.output[at][lane] = gamma * trace.normal[at][lane] + beta;
                }
            }
            trace.inverse_sd[unit] = inverse_sd;
            let moved = layer.norm.start + unit;
            let (old, new) = (self.norm_momentum, 1.0 - self.norm_momentum);
            self.moving_mean[moved] = self.moving_mean[moved] * old + mean * new;
            self.moving_variance[moved] = self.moving_variance[moved] * old + variance * new;
        }
    }

    /// The gradient of the mean loss at the logits, and the loss summed over the rows.
    fn output_delta(&self, batch: &Batch, traces: &mut Traces) -> f32 {
        let Traces { layers, delta, .. } = traces;
        let logits = &layers.last().expect("a network has a last layer").active;
        let outputs = self.shape.layers.last().expect("a network has a last layer").outputs;
        let share = 1.0 / batch.rows as f32;
        delta.clear();
        delta.resize(logits.len(), ZERO);
        let mut loss = 0.0f64;
        for group in 0..batch.weights.len() {
            let range = group * outputs..(group + 1) * outputs;
            let (logits, delta) = (&logits[range.clone()], &mut delta[range]);
            for lane in 0..LANES.min(batch.rows - group * LANES) {
                let weight = batch.weights[group][lane];
                let label = batch.labels[group][lane];
                let row_loss = match self.shape.head {
                    Head::Binary => binary_delta(logits[0][lane], label, &mut delta[0][lane]),
                    Head::Softmax => softmax_delta(logits, label as usize, lane, delta),
                    Head::Inputs => {
                        let inputs = &batch.inputs[group * outputs..][..outputs];
                        squares_delta(logits, inputs, lane, delta)
                    }
                };
                delta.iter_mut().for_each(|delta| delta[lane] *= weight * share);
                loss += f64::from(row_loss * weight);
            }
        }
        loss as f32
    }

    fn backward(&mut self, batch: &Batch, traces: &mut Traces) {
        for at in (0..self.shape.layers.len()).rev() {
            let layer = &self.shape.layers[at];
            let (lower, here) = traces.layers.split_at_mut(at);
            if at + 1 < self.shape.layers.len() {
                let trace = &mut here[0];
                if self.dropout > 0.0 {
                    multiply(&mut traces.delta, &trace.mask);
                }
                if self.shape.batch_norm {
                    let grads = &mut self.grads;
                    normalise_back(
                        layer,
                        &self.params,
                        grads,
                        trace,
                        &mut traces.delta,
                        batch.rows,
                    );
                }
                gate(&mut traces.delta, &trace.active);
            }
            let inputs = lower.last().map_or(&batch.inputs, |trace| &trace.output);
            dense_grads(layer, &mut self.grads, inputs, &traces.delta);
            if at > 0 {
                dense_back(layer, &self.params, &traces.delta, &mut traces.below);
                std::mem::swap(&mut traces.delta, &mut traces.below);
            }
        }
    }
}

/// `output = bias + kernelᵀ · input`
fn dense(layer: &LayerShape, params: &[f32], inputs: &[Lanes], outputs: &mut [Lanes]) {
    let (kernel, bias) = (&params[layer.kernel.clone()], &params[layer.bias.clone()]);
    let groups = inputs.chunks_exact(layer.inputs).zip(outputs.chunks_exact_mut(layer.outputs));
    for (inputs, outputs) in groups {
        for (unit, output) in outputs.iter_mut().enumerate() {
            let mut sum = [bias[unit]; LANES];
            for (input, weights) in inputs.iter().zip(kernel.chunks_exact(layer.outputs)) {
                add_scaled(&mut sum, weights[unit], input);
            }
            *output = sum;
        }
    }
}

fn dense_grads(layer: &LayerShape, grads: &mut [f32], inputs: &[Lanes], delta: &[Lanes]) {
    grads[layer.kernel.clone()].fill(0.0);
    grads[layer.bias.clone()].fill(0.0);
    let groups = inputs.chunks_exact(layer.inputs).zip(delta.chunks_exact(layer.outputs));
    for (inputs, delta) in groups {
        let kernel = &mut grads[layer.kernel.clone()];
        for (input, row) in inputs.iter().zip(kernel.chunks_exact_mut(layer.outputs)) {
            row.iter_mut().zip(delta).for_each(|(grad, delta)| *grad += dot(input, delta));
        }
        let bias = &mut grads[layer.bias.clone()];
        bias.iter_mut().zip(delta).for_each(|(grad, delta)| *grad += total(delta));
    }
}

/// The gradient at the inputs of a dense layer.
fn dense_back(layer: &LayerShape, params: &[f32], delta: &[Lanes], below: &mut Vec<Lanes>) {
    let kernel = &params[layer.kernel.clone()];
    below.resize(delta.len() / layer.outputs * layer.inputs, ZERO);
    let groups = delta.chunks_exact(layer.outputs).zip(below.chunks_exact_mut(layer.inputs));
    for (delta, below) in groups {
        for (below, weights) in below.iter_mut().zip(kernel.chunks_exact(layer.outputs)) {
            let mut sum = ZERO;
            weights.iter().zip(delta).for_each(|(w, delta)| add_scaled(&mut sum, *w, delta));
            *below = sum;
        }
    }
}

/// Through batch normalisation: a unit's mean and variance depend on every row of the batch.
fn normalise_back(
    layer: &LayerShape,
    params: &[f32],
    grads: &mut [f32],
    trace: &Trace,
    delta: &mut [Lanes],
    rows: usize,
) {
    for unit in 0..layer.outputs {
        let places = || (unit..trace.normal.len()).step_by(layer.outputs);
        let sum: f32 = places().map(|at| total(&delta[at])).sum();
        let along: f32 = places().map(|at| dot(&delta[at], &trace.normal[at])).sum();
        grads[layer.beta.start + unit] = sum;
        grads[layer.gamma.start + unit] = along;
        let factor = params[layer.gamma.start + unit] * trace.inverse_sd[unit];
        let (mean, slope) = (sum / rows as f32, along / rows as f32);
        for at in places() {
            for (delta, normal) in delta[at].iter_mut().zip(&trace.normal[at]) {
                *delta = factor * (*delta - mean - normal * slope);
            }
        }
    }
    clear_spare_lanes(delta, layer.outputs, rows);
}

fn rectify(values: &mut [Lanes]) {
    for x in values.as_flattened_mut() {
        *x = x.max(0.0);
    }
}

/// ReLU backwards: nothing passes where the unit was silent.
fn gate(delta: &mut [Lanes], active: &[Lanes]) {
    for (delta, active) in delta.as_flattened_mut().iter_mut().zip(active.as_flattened()) {
        *delta = if *active > 0.0 { *delta } else { 0.0 };
    }
}

fn multiply(values: &mut [Lanes], factors: &[Lanes]) {
    for (value, factor) in values.as_flattened_mut().iter_mut().zip(factors.as_flattened()) {
        *value *= factor;
    }
}

fn clear_spare_lanes(values: &mut [Lanes], width: usize, rows: usize) {
    let live = rows % LANES;
    if live > 0 {
        let last = values.len() - width;
        values[last..].iter_mut().for_each(|lanes| lanes[live..].fill(0.0));
    }
}

/// Sixteen random bits a unit, so the rate is exact to 1/65536.
fn draw_mask(mask: &mut Vec<Lanes>, length: usize, rate: f32, chance: &mut Chance) {
    let drop_below = (rate * 65_536.0).round() as u32;
    let kept = 65_536.0 / (65_536 - drop_below) as f32;
    mask.resize(length, ZERO);
    for four in mask.as_flattened_mut().as_chunks_mut::<4>().0 {
        let bits = chance.next_u64();
        for (place, factor) in four.iter_mut().enumerate() {
            let drawn = (bits >> (16 * place)) as u32 & 0xffff;
            *factor = if drawn < drop_below { 0.0 } else { kept };
        }
    }
}

/// `ln(1 + e^z) - y z`, in the form that cannot overflow.
fn binary_delta(logit: f32, label: u32, delta: &mut f32) -> f32 {
    let target = label as f32;
    let small = (-logit.abs()).exp();
    let positive = if logit >= 0.0 { 1.0 / (1.0 + small) } else { small / (1.0 + small) };
    *delta = positive - target;
    logit.max(0.0) - logit * target + small.ln_1p()
}

fn softmax_delta(logits: &[Lanes], label: usize, lane: usize, delta: &mut [Lanes]) -> f32 {
    let highest = logits.iter().fold(f32::NEG_INFINITY, |high, z| high.max(z[lane]));
    let sum: f32 = logits.iter().map(|z| (z[lane] - highest).exp()).sum();
    for (class, (z, delta)) in logits.iter().zip(delta.iter_mut()).enumerate() {
        let target = if class == label { 1.0 } else { 0.0 };
        delta[lane] = (z[lane] - highest).exp() / sum - target;
    }
    sum.ln() + highest - logits[label][lane]
}

fn squares_delta(outputs: &[Lanes], inputs: &[Lanes], lane: usize, delta: &mut [Lanes]) -> f32 {
    let share = 1.0 / outputs.len() as f32;
    let mut loss = 0.0;
    for ((output, input), delta) in outputs.iter().zip(inputs).zip(delta.iter_mut()) {
        let miss = output[lane] - input[lane];
        loss += miss * miss * share;
        delta[lane] = 2.0 * miss * share;
    }
    loss
}
