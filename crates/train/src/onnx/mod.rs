//! The network with its preprocessing as an ONNX model (opset 17 and the `ai.onnx.ml` domain), so
//! that other runtimes give the same scores.
//!
//! The model takes one input a column, named like it, of shape `[rows, 1]`: 32-bit floats with NaN for
//! a missing value, or texts with an empty one. It gives `score` (calibrated, `[rows, 1]`) and `alert`
//! (whether the score reaches the threshold).

mod graph;

use models::estimators::mlp::MlpModel;
use models::preprocess::{ColumnEncoder, LIMIT_SDS, Piece};

use crate::bundle::Bundle;
use crate::error::{Error, internal, usage};
use crate::finish::{Finish, LOG_ODDS_LIMIT};
use crate::schema::SchemaKind;
use graph::{ElementType, Graph};

/// The bytes of an ONNX file.
///
/// # Errors
/// When the bundle holds something else than a network.
pub fn export(bundle: &Bundle) -> Result<Vec<u8>, Error> {
    if bundle.manifest.estimator != models::estimators::mlp::NAME {
        return Err(usage(format!(
            "cannot export {} to ONNX: only the network (mlp) can be",
            bundle.manifest.estimator
        )));
    }
    let model = MlpModel::load(&bundle.detector.save())
        .map_err(|error| internal(format!("a network that cannot be taken apart: {error}")))?;
    let mut graph = Graph::default();
    let inputs = encode(&mut graph, bundle, &model);
    let logits = layers(&mut graph, &model, inputs);
    finish(&mut graph, &bundle.manifest.finish, logits, bundle.manifest.classes.len());
    let properties = [
        ("threshold", bundle.manifest.finish.threshold.to_string()),
        ("classes", bundle.manifest.classes.join(",")),
        ("schema_fingerprint", bundle.manifest.schema_fingerprint.clone()),
        ("data_digest", bundle.manifest.data_digest.clone()),
    ];
    Ok(graph.into_model(&bundle.manifest.written_by, &properties))
}

/// What goes into the first layer, and where each part of it stood for our own network.
struct Encoded {
    value: String,
    /// For each input of the first layer here, its number there.
    order: Vec<usize>,
}

/// Numbers first, then the indicators of missing ones, then the pieces of numbers, then the
/// categories.
fn encode(graph: &mut Graph, bundle: &Bundle, model: &MlpModel) -> Encoded {
    let columns = || bundle.manifest.schema.columns.iter().zip(model.encoder().columns());
    let mut numbers = Numbers::default();
    let mut order = Vec::new();
    let mut parts = Vec::new();
    for (column, encoder) in columns() {
        let element = match column.kind {
            SchemaKind::Numeric => ElementType::Float,
            SchemaKind::Categorical { .. } => ElementType::Text,
        };
        graph.input(&column.name, element);
        if let ColumnEncoder::Numeric { .. } = encoder {
            numbers.add(&column.name, encoder);
        }
    }
    if !numbers.names.is_empty() {
        parts.extend(numbers.encode(graph));
        order.extend(numbers.order());
    }
    for (column, encoder) in columns() {
        let ColumnEncoder::OneHot { at, slot_of_code, other } = encoder else { continue };
        let SchemaKind::Categorical { levels } = &column.kind else { continue };
        let slots: Vec<i64> = slot_of_code.iter().map(|slot| i64::from(*slot)).collect();
        let slot = graph.label_encoder(&column.name, levels, &slots, i64::from(*other));
        let all: Vec<i64> = (0..=i64::from(*other)).collect();
        let all = graph.ints(&[1, all.len()], &all);
        let is_slot = graph.node("Equal", &[&slot, &all]);
        parts.push(graph.cast(&is_slot, ElementType::Float));
        order.extend((0..=*other as usize).map(|slot| at + slot));
    }
    Encoded { value: graph.concat(&parts), order }
}

/// The numeric columns, taken together.
#[derive(Default)]
struct Numbers {
    names: Vec<String>,
    at: Vec<usize>,
    squeezed: Vec<bool>,
    medians: Vec<f32>,
    means: Vec<f32>,
    scales: Vec<f32>,
    /// The places, among the numeric columns, of those with an indicator.
    indicators: Vec<i64>,
    indicators_at: Vec<usize>,
    pieces: Vec<Piece>,
    /// For each piece the place of its number, among the numeric columns.
    pieces_of: Vec<i64>,
    pieces_at: Vec<usize>,
}

impl Numbers {
    fn add(&mut self, name: &str, encoder: &ColumnEncoder) {
        let ColumnEncoder::Numeric { at, squeezed, median, mean, scale, indicator, pieces } =
            encoder
        else {
            return;
        };
        if let Some(place) = indicator {
            self.indicators.push(self.names.len() as i64);
            self.indicators_at.push(*place);
        }
        let first = at + 1 + usize::from(indicator.is_some());
        self.pieces_at.extend(first..first + pieces.len());
        self.pieces_of.extend(pieces.iter().map(|_| self.names.len() as i64));
        self.pieces.extend(pieces);
        self.names.push(name.to_owned());
        self.at.push(*at);
        self.squeezed.push(*squeezed);
        self.medians.push(*median);
        self.means.push(*mean);
        self.scales.push(*scale);
    }

    /// Where each input stood for our own network.
    fn order(&self) -> impl Iterator<Item = usize> {
        self.at.iter().chain(&self.indicators_at).chain(&self.pieces_at).copied()
    }

    /// The standardised numbers and, where there are any, the indicators and the pieces.
    fn encode(&self, graph: &mut Graph) -> Vec<String> {
        let width = self.names.len();
        let raw = graph.concat(&self.names);
        let missing = graph.node("IsNaN", &[&raw]);
        let medians = graph.floats(&[1, width], &self.medians);
        let mut value = graph.node("Where", &[&missing, &medians, &raw]);
        value = graph.clip(&value, f32::MIN, f32::MAX);
        if self.squeezed.contains(&true) {
            let one = graph.floats(&[1], &[1.0]);
            let (sign, size) = (graph.node("Sign", &[&value]), graph.node("Abs", &[&value]));
            let more = graph.node("Add", &[&size, &one]);
            let log = graph.node("Log", &[&more]);
            let squeezed = graph.node("Mul", &[&sign, &log]);
            let which = graph.bools(&[1, width], &self.squeezed);
            value = graph.node("Where", &[&which, &squeezed, &value]);
        }
        let means = graph.floats(&[1, width], &self.means);
        let scales = graph.floats(&[1, width], &self.scales);
        value = graph.node("Sub", &[&value, &means]);
        // Kept finite, so that a constant column (scale 0) is 0 whatever comes.
        value = graph.clip(&value, f32::MIN, f32::MAX);
        value = graph.node("Mul", &[&value, &scales]);
        value = graph.clip(&value, -LIMIT_SDS, LIMIT_SDS);
        let mut parts = vec![value.clone()];
        if !self.indicators.is_empty() {
            let all = graph.cast(&missing, ElementType::Float);
            let which = graph.ints(&[self.indicators.len()], &self.indicators);
            parts.push(graph.gather_columns(&all, &which));
        }
        if !self.pieces.is_empty() {
            parts.push(self.encode_pieces(graph, &value));
        }
        parts
    }

    fn encode_pieces(&self, graph: &mut Graph, numbers: &str) -> String {
        let width = self.pieces.len();
        let (from, slopes): (Vec<f32>, Vec<f32>) =
            self.pieces.iter().map(|piece| (piece.from, piece.slope)).unzip();
        let which = graph.ints(&[width], &self.pieces_of);
        let from = graph.floats(&[1, width], &from);
        let slopes = graph.floats(&[1, width], &slopes);
        let value = graph.gather_columns(numbers, &which);
        let value = graph.node("Sub", &[&value, &from]);
        let value = graph.node("Mul", &[&value, &slopes]);
        graph.clip(&value, 0.0, 1.0)
    }
}

fn layers(graph: &mut Graph, model: &MlpModel, inputs: Encoded) -> String {
    let mut value = inputs.value;
    let count = model.layers().count();
    for (at, layer) in model.layers().enumerate() {
        let rows: Vec<&[f32]> = layer.kernel.chunks_exact(layer.outputs).collect();
        let kernel: Vec<f32> = match at {
            0 => inputs.order.iter().flat_map(|place| rows[*place].iter().copied()).collect(),
            _ => layer.kernel.to_vec(),
        };
        let kernel = graph.floats(&[layer.inputs, layer.outputs], &kernel);
        let bias = graph.floats(&[layer.outputs], layer.bias);
        value = graph.node("Gemm", &[&value, &kernel, &bias]);
        if at + 1 < count {
            value = graph.node("Relu", &[&value]);
        }
    }
    value
}

/// From logits to the finished score and the alert.
fn finish(graph: &mut Graph, finish: &Finish, logits: String, classes: usize) {
    let log_odds = if classes == 2 { logits } else { log_odds_of_classes(graph, &logits) };
    let scaled = match finish.calibration {
        Some(platt) => {
            let limited = graph.clip(&log_odds, -LOG_ODDS_LIMIT, LOG_ODDS_LIMIT);
            let scale = graph.floats(&[1], &[platt.scale]);
            let shift = graph.floats(&[1], &[platt.shift]);
            let steep = graph.node("Mul", &[&limited, &scale]);
            graph.node("Add", &[&steep, &shift])
        }
        None => log_odds,
    };
    let score = graph.node("Sigmoid", &[&scaled]);
    let threshold = graph.floats(&[1], &[finish.threshold]);
    let alert = graph.node("GreaterOrEqual", &[&score, &threshold]);
    graph.output(&score, "score", ElementType::Float);
    graph.output(&alert, "alert", ElementType::Bool);
}

/// `ln((1 - p₀) / p₀)` from logits: the log of the sum of all but the first, less the first.
fn log_odds_of_classes(graph: &mut Graph, logits: &str) -> String {
    let first = graph.slice_columns(logits, 0, 1);
    let others = graph.slice_columns(logits, 1, i64::MAX);
    let together = graph.reduce_log_sum_exp(&others);
    graph.node("Sub", &[&together, &first])
}
