use super::lanes::LANES;
use super::network::{Batch, NORM_EPSILON, Network, Traces};
use super::*;
use crate::{Chance, ColumnKind, Epoch, Matrix, Rows, Unwatched};
use std::ops::ControlFlow;

/// The same loss in plain `f64` loops, written for nothing but being right: row by row, no lanes.
fn plain_loss(shape: &Shape, params: &[f64], rows: &Plain, masks: &[Vec<Vec<f64>>]) -> f64 {
    let mut values: Vec<Vec<f64>> = rows.x.clone();
    for (at, layer) in shape.layers.iter().enumerate() {
        let last = at + 1 == shape.layers.len();
        let kernel = &params[layer.kernel.clone()];
        let bias = &params[layer.bias.clone()];
        values = values
            .iter()
            .map(|x| {
                (0..layer.outputs)
                    .map(|o| {
                        let z: f64 = bias[o]
                            + x.iter()
                                .enumerate()
                                .map(|(i, x)| x * kernel[i * layer.outputs + o])
                                .sum::<f64>();
                        if last { z } else { z.max(0.0) }
                    })
                    .collect()
            })
            .collect();
        if last {
            break;
        }
        for unit in 0..layer.norm.len() {
            let n = values.len() as f64;
            let mean = values.iter().map(|row| row[unit]).sum::<f64>() / n;
            let variance = values.iter().map(|row| (row[unit] - mean).powi(2)).sum::<f64>() / n;
            let sd = (variance + f64::from(NORM_EPSILON)).sqrt();
            let (gamma, beta) = (params[layer.gamma.start + unit], params[layer.beta.start + unit]);
            values.iter_mut().for_each(|row| row[unit] = gamma * (row[unit] - mean) / sd + beta);
        }
        if let Some(mask) = masks.get(at) {
            for (row, mask) in values.iter_mut().zip(mask) {
                row.iter_mut().zip(mask).for_each(|(value, mask)| *value *= mask);
            }
        }
    }
    let row_loss = |row: usize| {
        let z = &values[row];
        let y = rows.y[row];
        rows.weights[row]
            * match shape.head {
                Head::Binary => {
                    let p = 1.0 / (1.0 + (-z[0]).exp());
                    if y == 1 { -p.ln() } else { -(1.0 - p).ln() }
                }
                Head::Softmax => z.iter().map(|z| z.exp()).sum::<f64>().ln() - z[y as usize],
                Head::Inputs => {
                    let x = &rows.x[row];
                    z.iter().zip(x).map(|(z, x)| (z - x).powi(2)).sum::<f64>() / x.len() as f64
                }
            }
    };
    (0..values.len()).map(row_loss).sum::<f64>() / values.len() as f64
}

struct Plain {
    x: Vec<Vec<f64>>,
    y: Vec<u32>,
    weights: Vec<f64>,
}

/// Each gradient against the difference quotient of the plain loss.
fn check_gradients(head: Head, batch_norm: bool, dropout: f32, rows: usize) {
    let (inputs, hidden) = (5, [6, 4]);
    let outputs = match head {
        Head::Binary => 1,
        Head::Softmax => 3,
        Head::Inputs => inputs,
    };
    let shape = Shape::new(inputs, &hidden, outputs, head, batch_norm);
    let mut chance = Chance::new(rows as u64);
    let params: Vec<f32> = (0..shape.params).map(|_| chance.normal() as f32 * 0.6).collect();
    let x: Vec<f32> = (0..rows * inputs).map(|_| chance.normal() as f32).collect();
    let y: Vec<u32> = (0..rows).map(|_| chance.below(outputs.clamp(2, 3)) as u32).collect();
    let weights: Vec<f32> = (0..rows).map(|_| 0.3 + chance.unit_f32()).collect();
    let mut network = Network {
        grads: vec![0.0; params.len()],
        params: params.clone(),
        moving_mean: vec![0.0; shape.normed],
        moving_variance: vec![1.0; shape.normed],
        norm_momentum: 0.9,
        dropout,
        shape: shape.clone(),
    };
    let order: Vec<u32> = (0..rows as u32).collect();
    let (mut batch, mut traces) = (Batch::default(), Traces::default());
    batch.gather(&x, inputs, &order);
    batch.gather_targets(&y, &weights, &order);
    let loss = network.backpropagate(&batch, &mut traces, &mut Chance::new(99));
    let plain = Plain {
        x: x.chunks(inputs).map(|row| row.iter().map(|v| f64::from(*v)).collect()).collect(),
        y,
        weights: weights.iter().map(|w| f64::from(*w)).collect(),
    };
    let masks = if dropout > 0.0 { traces.masks(&shape, rows) } else { Vec::new() };
    let exact: Vec<f64> = params.iter().map(|p| f64::from(*p)).collect();
    let at = |params: &[f64]| plain_loss(&shape, params, &plain, &masks);
    let expect = at(&exact) * rows as f64;
    assert!((f64::from(loss) - expect).abs() < 1e-4 * expect.abs().max(1.0), "{loss} {expect}");
    for place in 0..params.len() {
        let step = 1e-6;
        let (mut up, mut down) = (exact.clone(), exact.clone());
        up[place] += step;
        down[place] -= step;
        let slope = (at(&up) - at(&down)) / (2.0 * step);
        let found = f64::from(network.grads[place]);
        let close = (found - slope).abs() < 2e-4 * slope.abs().max(0.1);
        assert!(close, "{head:?} norm {batch_norm} drop {dropout} at {place}: {found} {slope}");
    }
}

#[test]
fn gradients_are_the_slopes_of_the_loss() {
    for head in [Head::Binary, Head::Softmax, Head::Inputs] {
        for (batch_norm, dropout) in [(false, 0.0), (true, 0.0), (false, 0.3), (true, 0.3)] {
            for rows in [5, 32, 45] {
                check_gradients(head, batch_norm, dropout, rows);
            }
        }
    }
}

#[test]
fn penalties_have_the_slopes_of_the_kernel_sums() {
    let shape = Shape::new(2, &[3], 1, Head::Binary, true);
    let params: Vec<f32> = (0..shape.params).map(|at| at as f32 - 5.0).collect();
    let mut grads = vec![0.0; shape.params];
    let descent = Mlp { l1: 0.5, l2: 0.25, ..Mlp::default() }.descent();
    adam::penalise(&shape, descent, &params, &mut grads);
    let in_kernel = |at: usize| shape.layers.iter().any(|layer| layer.kernel.contains(&at));
    for (at, (grad, param)) in grads.iter().zip(&params).enumerate() {
        let sign = if *param == 0.0 { 0.0 } else { param.signum() };
        let expect = if in_kernel(at) { 0.5 * sign + 0.5 * param } else { 0.0 };
        assert_eq!(*grad, expect, "at {at}");
    }
}

/// Two classes, one inside a ring of the other.
fn ring(rows: usize, classes: u32, seed: u64) -> Dataset {
    let mut chance = Chance::new(seed);
    let mut y = Vec::new();
    let mut values = Vec::new();
    for _ in 0..rows {
        let label = chance.below(classes as usize) as u32;
        let angle = chance.unit_f64() * std::f64::consts::TAU;
        let radius = f64::from(label) * 2.0 + 0.4 * chance.normal();
        values.extend([radius * angle.cos(), radius * angle.sin()].map(|v| v as f32));
        y.push(label);
    }
    let x = Matrix::new(2, values).expect("is whole");
    Dataset::new(x, vec![ColumnKind::Numeric; 2], y, classes).expect("is sound")
}

fn accuracy(model: &MlpModel, data: &Dataset) -> f64 {
    let all = model.probabilities(data.x().view());
    let right = all
        .chunks(model.classes())
        .zip(data.y())
        .filter(|(p, y)| (0..p.len()).max_by(|a, b| p[*a].total_cmp(&p[*b])) == Some(**y as usize));
    right.count() as f64 / data.rows() as f64
}

#[test]
fn it_learns_what_no_line_can_tell_apart() {
    for classes in [2, 3] {
        let settings = Mlp { hidden: vec![16, 8], epochs: 60, ..Mlp::default() };
        let train = ring(1500, classes, 1);
        let model = settings.fit_model(&train, None, 7, &mut Unwatched).expect("fits");
        let right = accuracy(&model, &ring(500, classes, 2));
        assert!(right > 0.95, "{classes} classes: {right}");
    }
}

#[test]
fn one_row_and_many_rows_give_the_same_bits() {
    let train = ring(300, 2, 1);
    let model = Mlp { epochs: 3, ..Mlp::default() }
        .fit_model(&train, None, 7, &mut Unwatched)
        .expect("fits");
    let many = model.scores(train.x().view());
    for (row, score) in many.iter().enumerate() {
        let one = model.scores(Rows::one(train.x().row(row)))[0];
        assert_eq!(one.to_bits(), score.to_bits(), "row {row}");
    }
}

#[test]
fn early_stopping_gives_the_best_epoch_back() {
    struct Losses(Vec<f32>);
    impl Watcher for Losses {
        fn epoch(&mut self, epoch: &Epoch<'_>) -> ControlFlow<()> {
            let valid = epoch.valid.expect("a validation set is given");
            assert_eq!(valid.scores.len(), valid.y.len());
            assert!(epoch.tensors.iter().all(|t| t.values.len() == t.gradient.len()));
            self.0.push(valid.loss);
            ControlFlow::Continue(())
        }
    }
    let (train, valid) = (ring(60, 2, 1), ring(200, 2, 2));
    let settings = Mlp {
        hidden: vec![64],
        epochs: 400,
        patience: Some(5),
        schedule: Schedule::Constant,
        class_weights: ClassWeighting::Equal,
        ..Mlp::default()
    };
    let mut seen = Losses(Vec::new());
    let model = settings.fit_model(&train, Some(&valid), 3, &mut seen).expect("fits");
    let best = seen.0.iter().copied().fold(f32::INFINITY, f32::min);
    assert!(seen.0.len() < 400, "it never stopped");
    assert_eq!(seen.0[seen.0.len() - 6], best, "five epochs after the best one");
    let scores = model.scores(valid.x().view());
    let loss = scores.iter().zip(valid.y()).map(|(p, y)| {
        let right = f64::from(if *y == 1 { *p } else { 1.0 - *p });
        -right.ln()
    });
    let loss = loss.sum::<f64>() / 200.0;
    assert!((loss - f64::from(best)).abs() < 1e-4, "{loss} {best}");
}

#[test]
fn the_rate_is_halved_while_the_loss_stands_still() {
    let mut halvings = training::Halvings::default();
    let shares = [0.9, 0.8, 0.85, 0.81, 0.9, 0.7, 0.7, 0.7].map(|loss| {
        halvings.note(loss);
        halvings.share()
    });
    assert_eq!(shares, [1.0, 1.0, 1.0, 0.5, 0.5, 0.5, 0.5, 0.25]);
}

#[test]
fn a_watcher_can_end_the_fit_and_keeps_what_was_learned() {
    struct After(u32);
    impl Watcher for After {
        fn epoch(&mut self, epoch: &Epoch<'_>) -> ControlFlow<()> {
            assert!(epoch.number <= self.0);
            if epoch.number == self.0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        }
    }
    let train = ring(200, 2, 1);
    let patient = Mlp { patience: None, ..Mlp::default() };
    let broken_off = patient.fit_model(&train, None, 1, &mut After(4)).expect("fits");
    let short = Mlp { epochs: 4, schedule: Schedule::Constant, ..patient.clone() };
    let constant = Mlp { schedule: Schedule::Constant, ..patient };
    let same = constant.fit_model(&train, None, 1, &mut After(4)).expect("fits");
    assert_eq!(same, short.fit_model(&train, None, 1, &mut Unwatched).expect("fits"));
    assert_ne!(same, broken_off, "the schedule makes a difference");
}

#[test]
fn folded_normalisation_scores_as_the_layers_do() {
    let shape = Shape::new(3, &[5, 4], 1, Head::Binary, true);
    let mut chance = Chance::new(5);
    let mut draw = |count: usize| (0..count).map(|_| chance.normal() as f32).collect::<Vec<_>>();
    let params = draw(shape.params);
    let moving_mean = draw(shape.normed);
    let moving_variance = draw(shape.normed).iter().map(|v| v * v + 0.1).collect::<Vec<_>>();
    let x = draw(3);
    let mut value: Vec<f64> = x.iter().map(|v| f64::from(*v)).collect();
    for layer in &shape.layers {
        let dense = |o: usize| {
            let weights = params[layer.kernel.clone()].iter().skip(o).step_by(layer.outputs);
            let sum: f64 = value.iter().zip(weights).map(|(x, w)| x * f64::from(*w)).sum();
            sum + f64::from(params[layer.bias.start + o])
        };
        value = (0..layer.outputs).map(dense).collect();
        for (unit, at) in layer.norm.clone().enumerate() {
            let sd = f64::from(moving_variance[at] + NORM_EPSILON).sqrt();
            let normal = (value[unit].max(0.0) - f64::from(moving_mean[at])) / sd;
            let gamma = f64::from(params[layer.gamma.start + unit]);
            value[unit] = gamma * normal + f64::from(params[layer.beta.start + unit]);
        }
    }
    let network = Network {
        grads: vec![0.0; params.len()],
        params,
        moving_mean,
        moving_variance,
        norm_momentum: 0.9,
        dropout: 0.5,
        shape,
    };
    let (mut from, mut to) = (x, Vec::new());
    Folded::of(&network).forward_one(&mut from, &mut to);
    assert!((f64::from(from[0]) - value[0]).abs() < 1e-4, "{} {}", from[0], value[0]);
}

#[test]
fn settings_out_of_range_say_so() {
    let check = |settings: Mlp, expect: &str| {
        let error = settings.fit_model(&ring(50, 2, 1), None, 1, &mut Unwatched);
        assert_eq!(error.expect_err("must be refused").to_string(), expect);
    };
    let fine = Mlp::default;
    check(Mlp { dropout: 1.0, ..fine() }, "invalid dropout 1: must be 0 to 0.95");
    check(Mlp { batch_rows: 0, ..fine() }, "invalid batch_rows 0: must be 1 to 1048576");
    check(Mlp { hidden: vec![8, 0], ..fine() }, "invalid hidden width 0: must be 1 to 4096");
    check(
        Mlp { learning_rate: f32::NAN, ..fine() },
        "invalid learning_rate NaN: must be 0.000000001 to 10",
    );
}

impl Traces {
    /// The masks of the last pass: `[hidden layer][row][unit]`.
    fn masks(&self, shape: &Shape, rows: usize) -> Vec<Vec<Vec<f64>>> {
        let hidden = &shape.layers[..shape.layers.len() - 1];
        let of_layer = |(at, layer): (usize, &shape::LayerShape)| {
            let mask = self.mask(at);
            let of_row = |row: usize| {
                let group = row / LANES * layer.outputs;
                (0..layer.outputs).map(|o| f64::from(mask[group + o][row % LANES])).collect()
            };
            (0..rows).map(of_row).collect()
        };
        hidden.iter().enumerate().map(of_layer).collect()
    }
}
