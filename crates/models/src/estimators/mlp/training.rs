//! The loop over epochs: shuffling, batches, what is shown to the watcher, early stopping.

use std::ops::ControlFlow;

use super::adam::{Adam, Descent, penalise};
use super::infer::{Folded, Scratch};
use super::lanes::{LANES, Lanes};
use super::network::{Batch, Network, Traces};
use super::shape::{Head, Shape};
use super::{Mlp, Schedule};
use crate::contributions::sigmoid;
use crate::{Chance, Epoch, FitError, FitErrorKind, Side, WatchedTensor, Watcher};

/// Encoded rows with what is to be learned of them.
#[derive(Clone, Debug)]
pub(super) struct Rated {
    /// Row after row.
    pub(super) inputs: Vec<f32>,
    /// Empty when the inputs are to be given back.
    pub(super) y: Vec<u32>,
    pub(super) weights: Vec<f32>,
}

/// Trains a network and gives it as it was when it did best.
pub(super) fn train(
    settings: &Mlp,
    shape: Shape,
    train: &Rated,
    valid: Option<&Rated>,
    seed: u64,
    watcher: &mut dyn Watcher,
) -> Result<Network, FitError> {
    let mut run = Run::new(settings, shape, train, seed);
    let mut best: Option<Best> = None;
    let mut halvings = Halvings::default();
    for epoch in 1..=settings.epochs {
        let loss = run.epoch(settings.rate_in(epoch) * halvings.share());
        if !loss.is_finite() {
            return Err(FitErrorKind::Diverged { epoch, loss }.into());
        }
        let judged = valid.map(|valid| judge(&run.network, valid));
        if let Some((valid_loss, _)) =
            judged.as_ref().filter(|_| settings.schedule == Schedule::Halving)
        {
            halvings.note(*valid_loss);
        }
        let flow = run.show(epoch, loss, judged.as_ref().zip(valid), watcher);
        if let Some((valid_loss, _)) = judged
            && settings.patience.is_some()
        {
            let better = best.as_ref().is_none_or(|best| valid_loss < best.loss);
            if better {
                best = Some(Best { loss: valid_loss, epoch, network: run.network.clone() });
            }
            let since = epoch - best.as_ref().map_or(epoch, |best| best.epoch);
            if settings.patience.is_some_and(|patience| since >= patience) {
                break;
            }
        }
        if flow.is_break() {
            break;
        }
    }
    Ok(best.map_or(run.network, |best| best.network))
}

/// How often the learning rate was halved because the validation loss stood still.
#[derive(Default)]
pub(super) struct Halvings {
    lowest: Option<f32>,
    stood: u32,
    count: u32,
}

impl Halvings {
    /// Epochs without a lower loss after which the rate is halved.
    const PATIENCE: u32 = 2;

    pub(super) fn note(&mut self, loss: f32) {
        if self.lowest.is_none_or(|lowest| loss < lowest) {
            (self.lowest, self.stood) = (Some(loss), 0);
            return;
        }
        self.stood += 1;
        if self.stood >= Self::PATIENCE {
            (self.stood, self.count) = (0, self.count + 1);
        }
    }

    pub(super) fn share(&self) -> f32 {
        0.5f32.powi(self.count as i32)
    }
}

struct Best {
    loss: f32,
    epoch: u32,
    network: Network,
}

struct Run<'a> {
    settings: &'a Mlp,
    descent: Descent,
    network: Network,
    adam: Adam,
    data: &'a Rated,
    order: Vec<u32>,
    order_chance: Chance,
    mask_chance: Chance,
    batch: Batch,
    traces: Traces,
    scores: Vec<f32>,
}

impl<'a> Run<'a> {
    fn new(settings: &'a Mlp, shape: Shape, data: &'a Rated, seed: u64) -> Self {
        let rows = data.weights.len();
        let network = initial(settings, shape, data, &mut Chance::part(seed, 0));
        Self {
            settings,
            descent: settings.descent(),
            adam: Adam::new(network.params.len()),
            network,
            data,
            order: (0..rows as u32).collect(),
            order_chance: Chance::part(seed, 1),
            mask_chance: Chance::part(seed, 2),
            batch: Batch::default(),
            traces: Traces::default(),
            scores: vec![0.0; rows],
        }
    }

    /// One pass over the rows; the mean loss on the way.
    fn epoch(&mut self, rate: f32) -> f32 {
        if self.settings.shuffle {
            self.order_chance.shuffle(&mut self.order);
        }
        let order = std::mem::take(&mut self.order);
        let mut loss = 0.0f64;
        for rows in order.chunks(self.settings.batch_rows) {
            let width = self.network.shape.inputs;
            self.batch.gather(&self.data.inputs, width, rows);
            self.batch.gather_targets(&self.data.y, &self.data.weights, rows);
            let Self { network, batch, traces, mask_chance, .. } = self;
            loss += f64::from(network.backpropagate(batch, traces, mask_chance));
            self.note_scores(rows);
            let Self { network, adam, descent, .. } = self;
            let Network { shape, params, grads, .. } = network;
            penalise(shape, *descent, params, grads);
            adam.step(*descent, rate, params, grads);
        }
        self.order = order;
        (loss / self.data.weights.len() as f64) as f32
    }

    fn note_scores(&mut self, rows: &[u32]) {
        let head = self.network.shape.head;
        if head == Head::Inputs {
            return;
        }
        let logits = self.traces.logits();
        let outputs = logits.len() / rows.len().div_ceil(LANES);
        for (rows, logits) in rows.chunks(LANES).zip(logits.chunks_exact(outputs)) {
            for (lane, row) in rows.iter().enumerate() {
                let odds = log_odds(head, logits.iter().map(|logit| logit[lane]));
                self.scores[*row as usize] = sigmoid(odds);
            }
        }
    }

    fn show(
        &self,
        epoch: u32,
        loss: f32,
        valid: Option<(&(f32, Vec<f32>), &Rated)>,
        watcher: &mut dyn Watcher,
    ) -> ControlFlow<()> {
        let blocks = self.network.shape.blocks();
        let tensors: Vec<WatchedTensor<'_>> = blocks
            .iter()
            .map(|(name, _, range)| WatchedTensor {
                name,
                values: &self.network.params[range.clone()],
                gradient: &self.network.grads[range.clone()],
            })
            .collect();
        watcher.epoch(&Epoch {
            number: epoch,
            of: self.settings.epochs,
            train: Side { loss, scores: &self.scores, y: &self.data.y },
            valid: valid.map(|((loss, scores), rated)| Side { loss: *loss, scores, y: &rated.y }),
            tensors: &tensors,
        })
    }
}

/// The mean weighted loss of rows under the network as it scores, and their scores.
fn judge(network: &Network, rated: &Rated) -> (f32, Vec<f32>) {
    let folded = Folded::of(network);
    let (width, head) = (network.shape.inputs, network.shape.head);
    let mut scratch = Scratch::new(width);
    let mut scores = Vec::with_capacity(rated.weights.len());
    let (mut loss, mut at) = (0.0f64, 0);
    for rows in rated.inputs.chunks(width * LANES) {
        for (lane, row) in rows.chunks_exact(width).enumerate() {
            row.iter().zip(&mut scratch.inputs).for_each(|(x, input)| input[lane] = *x);
        }
        let inputs = if head == Head::Inputs { scratch.inputs.clone() } else { Vec::new() };
        let logits = folded.forward(&mut scratch);
        for lane in 0..rows.len() / width {
            let row_loss = match head {
                Head::Inputs => {
                    let miss = |(x, y): (&Lanes, &Lanes)| (x[lane] - y[lane]) * (x[lane] - y[lane]);
                    logits.iter().zip(&inputs).map(miss).sum::<f32>() / width as f32
                }
                _ => cross_entropy(head, logits.iter().map(|z| z[lane]), rated.y[at] as usize),
            };
            if head != Head::Inputs {
                scores.push(sigmoid(log_odds(head, logits.iter().map(|z| z[lane]))));
            }
            loss += f64::from(row_loss) * f64::from(rated.weights[at]);
            at += 1;
        }
    }
    ((loss / rated.weights.len().max(1) as f64) as f32, scores)
}

/// The log-odds of not being class 0.
pub(super) fn log_odds(head: Head, mut logits: impl Iterator<Item = f32> + Clone) -> f32 {
    let first = logits.next().unwrap_or(0.0);
    if head != Head::Softmax {
        return first;
    }
    log_sum_exp(logits) - first
}

fn cross_entropy(head: Head, logits: impl Iterator<Item = f32> + Clone, label: usize) -> f32 {
    if head == Head::Softmax {
        let own = logits.clone().nth(label).unwrap_or(0.0);
        return log_sum_exp(logits) - own;
    }
    let odds = log_odds(head, logits);
    odds.max(0.0) - odds * label as f32 + (-odds.abs()).exp().ln_1p()
}

fn log_sum_exp(logits: impl Iterator<Item = f32> + Clone) -> f32 {
    let highest = logits.clone().fold(f32::NEG_INFINITY, f32::max);
    highest + logits.map(|z| (z - highest).exp()).sum::<f32>().ln()
}

/// Glorot's uniform kernels (Keras' default) and zero biases. An input that never moves in training
/// gets zero weights: nothing would ever teach them, and whatever comes in later would be noise.
fn initial(settings: &Mlp, shape: Shape, data: &Rated, chance: &mut Chance) -> Network {
    let mut params = vec![0.0; shape.params];
    for layer in &shape.layers {
        let limit = (6.0 / (layer.inputs + layer.outputs) as f32).sqrt();
        let kernel = &mut params[layer.kernel.clone()];
        kernel.iter_mut().for_each(|w| *w = (2.0 * chance.unit_f32() - 1.0) * limit);
        params[layer.gamma.clone()].fill(1.0);
    }
    if let Some(first) = shape.layers.first() {
        let kernel = &mut params[first.kernel.clone()];
        for (input, weights) in kernel.chunks_exact_mut(first.outputs).enumerate() {
            let mut column = data.inputs.iter().skip(input).step_by(shape.inputs);
            let start = column.next();
            if column.all(|value| Some(value) == start) {
                weights.fill(0.0);
            }
        }
    }
    Network {
        grads: vec![0.0; params.len()],
        params,
        moving_mean: vec![0.0; shape.normed],
        moving_variance: vec![1.0; shape.normed],
        norm_momentum: settings.norm_momentum,
        dropout: settings.dropout,
        shape,
    }
}

impl Mlp {
    pub(super) fn descent(&self) -> Descent {
        let Self { beta1, beta2, epsilon, l1, l2, .. } = *self;
        Descent { beta1, beta2, epsilon, l1, l2 }
    }

    /// The learning rate of an epoch.
    fn rate_in(&self, epoch: u32) -> f32 {
        match self.schedule {
            Schedule::Constant => self.learning_rate,
            Schedule::Cosine | Schedule::Halving => {
                let done = f64::from(epoch - 1) / f64::from(self.epochs.max(1));
                let share = 0.01 + 0.99 * (1.0 + (std::f64::consts::PI * done).cos()) / 2.0;
                (f64::from(self.learning_rate) * share) as f32
            }
        }
    }
}
