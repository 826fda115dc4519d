use super::{ColumnEncoder, Encoder, Piece, Preprocess, Squeeze, squeeze, standardise};
use crate::{ColumnKind, Dataset, quantiles};

pub(super) fn fit(settings: &Preprocess, train: &Dataset) -> Encoder {
    let mut width = 0;
    let columns = train.kinds().iter().enumerate().map(|(column, kind)| {
        let values = train.x().column(column);
        let encoder = match kind {
            ColumnKind::Numeric => numeric(settings, column, &values, width),
            ColumnKind::Categorical { levels } => {
                one_hot(&values, *levels, settings.rare_rows, width)
            }
        };
        width += encoder.width();
        encoder
    });
    Encoder { columns: columns.collect(), width }
}

fn numeric(settings: &Preprocess, column: usize, values: &[f32], at: usize) -> ColumnEncoder {
    let there = quantiles::sorted(values);
    let median = if there.is_empty() { 0.0 } else { quantiles::of_sorted(&there, 0.5) };
    let plain = moments(there.iter().copied());
    let after = moments(there.iter().map(|v| squeeze(*v)));
    let squeezed = match &settings.squeeze {
        Squeeze::Never => false,
        Squeeze::Columns(columns) => columns.contains(&column),
        Squeeze::WhereSkewed => plain.skew.abs() > 1.0 && after.skew.abs() < plain.skew.abs() / 2.0,
    };
    let used = if squeezed { after } else { plain };
    // A spread that f32 cannot tell from rounding is none.
    let constant = used.sd <= used.mean.abs() * 1e-6 || used.sd < 1e-30;
    let mean = used.mean.clamp(f32::MIN.into(), f32::MAX.into()) as f32;
    let scale = if constant { 0.0 } else { (1.0 / used.sd) as f32 };
    let place =
        |value: f32| standardise(if squeezed { squeeze(value) } else { value }, mean, scale);
    ColumnEncoder::Numeric {
        at,
        squeezed,
        median,
        mean,
        scale,
        indicator: (there.len() < values.len()).then_some(at + 1),
        pieces: pieces(&there, settings.pieces_max, place),
    }
}

/// Between values that the rows have; quantiles that fall together are one.
fn pieces(sorted: &[f32], pieces_max: usize, place: impl Fn(f32) -> f32) -> Vec<Piece> {
    if sorted.is_empty() || pieces_max == 0 {
        return Vec::new();
    }
    let edge = |at: usize| place(sorted[at * (sorted.len() - 1) / pieces_max]);
    let mut edges: Vec<f32> = (0..=pieces_max).map(edge).collect();
    // Edges nearer than rounding would make slopes without end.
    edges.dedup_by(|next, last| *next - *last < 1e-5);
    let piece = |ends: &[f32]| Piece { from: ends[0], slope: 1.0 / (ends[1] - ends[0]) };
    edges.windows(2).map(piece).collect()
}

struct Moments {
    mean: f64,
    sd: f64,
    skew: f64,
}

fn moments(values: impl Iterator<Item = f32> + Clone) -> Moments {
    let count = values.clone().count().max(1) as f64;
    let mean = values.clone().map(f64::from).sum::<f64>() / count;
    let central = |power| values.clone().map(|v| (f64::from(v) - mean).powi(power)).sum::<f64>();
    let variance = central(2) / count;
    let sd = variance.sqrt();
    let skew = if sd > 0.0 { central(3) / count / (variance * sd) } else { 0.0 };
    Moments { mean, sd, skew: if skew.is_finite() { skew } else { 0.0 } }
}

fn one_hot(values: &[f32], levels: u32, rare_rows: usize, at: usize) -> ColumnEncoder {
    let counts = counts(values, levels);
    let kept = |count: &usize| *count >= rare_rows.max(1);
    let other = counts.iter().filter(|count| kept(count)).count() as u32;
    let mut next = 0;
    let slot_of_code = counts.iter().map(|count| {
        if !kept(count) {
            return other;
        }
        next += 1;
        next - 1
    });
    ColumnEncoder::OneHot { at, slot_of_code: slot_of_code.collect(), other }
}

fn counts(values: &[f32], levels: u32) -> Vec<usize> {
    let mut counts = vec![0; levels as usize];
    values.iter().filter(|code| !code.is_nan()).for_each(|code| counts[*code as usize] += 1);
    counts
}

/// A value that is there, with half of the others below it; NaN where none is.
pub(super) fn median_low(values: &[f32]) -> f32 {
    let sorted = quantiles::sorted(values);
    if sorted.is_empty() { f32::NAN } else { sorted[(sorted.len() - 1) / 2] }
}

/// The commonest code, of equally common ones the lowest; NaN where none is.
pub(super) fn commonest(values: &[f32], levels: u32) -> f32 {
    let counts = counts(values, levels);
    let best = (0..counts.len()).max_by_key(|code| (counts[*code], std::cmp::Reverse(*code)));
    best.filter(|code| counts[*code] > 0).map_or(f32::NAN, |code| code as f32)
}
