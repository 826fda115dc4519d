use super::PR_THRESHOLDS;
use crate::protobuf::Message;

/// A `Summary.Value`.
#[derive(Clone, Debug)]
pub(super) struct Value(pub(super) Message);

/// Codes of `types.proto`.
const DT_FLOAT: i64 = 1;
/// `SummaryMetadata.data_class`: tensors.
const CLASS_TENSOR: i64 = 2;

pub(super) fn scalar(tag: &str, value: f32) -> Value {
    Value(Message::new().text(1, tag).float(2, value))
}

/// Numbers of a histogram fall into 30 equally wide buckets: what TensorBoard itself draws.
const BUCKETS: usize = 30;

pub(super) fn histogram(tag: &str, numbers: &[f32]) -> Value {
    let finite = || numbers.iter().copied().filter(|number| number.is_finite()).map(f64::from);
    let (low, high) =
        finite().fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), x| (l.min(x), h.max(x)));
    let (low, high) = if low <= high { (low, high) } else { (0.0, 0.0) };
    let width = (high - low) / BUCKETS as f64;
    let mut counts = [0.0f64; BUCKETS];
    let (mut count, mut sum, mut squares) = (0.0, 0.0, 0.0);
    for number in finite() {
        let bucket = if width > 0.0 { ((number - low) / width) as usize } else { 0 };
        counts[bucket.min(BUCKETS - 1)] += 1.0;
        count += 1.0;
        sum += number;
        squares += number * number;
    }
    let limits: Vec<f64> = (1..=BUCKETS).map(|bucket| low + width * bucket as f64).collect();
    let histogram = Message::new()
        .double(1, low)
        .double(2, high)
        .double(3, count)
        .double(4, sum)
        .double(5, squares)
        .doubles(6, &limits)
        .doubles(7, &counts);
    Value(Message::new().text(1, tag).message(5, histogram))
}

/// Counts at evenly spaced thresholds, as the precision-recall plugin wants them.
#[derive(Clone, Debug, PartialEq)]
pub struct PrTable {
    rows: [[f32; PR_THRESHOLDS]; 6],
}

impl PrTable {
    /// Counts scores (in `0..=1`) against the truth at 0, 0.01 … 1.
    pub fn of(scores: &[f32], truth: &[bool]) -> Self {
        let last = PR_THRESHOLDS - 1;
        let mut at = [[0.0f32; 2]; PR_THRESHOLDS];
        for (score, truth) in scores.iter().zip(truth) {
            let bin = (score.clamp(0.0, 1.0) * last as f32).floor() as usize;
            at[bin.min(last)][usize::from(*truth)] += 1.0;
        }
        let total = at.iter().fold([0.0; 2], |sum, bin| [sum[0] + bin[0], sum[1] + bin[1]]);
        let mut rows = [[0.0; PR_THRESHOLDS]; 6];
        let [mut false_pos, mut true_pos] = [0.0f32; 2];
        for bin in (0..PR_THRESHOLDS).rev() {
            false_pos += at[bin][0];
            true_pos += at[bin][1];
            let precision =
                if true_pos + false_pos > 0.0 { true_pos / (true_pos + false_pos) } else { 1.0 };
            let recall = true_pos / total[1].max(1.0);
            let (true_neg, false_neg) = (total[0] - false_pos, total[1] - true_pos);
            let column = [true_pos, false_pos, true_neg, false_neg, precision, recall];
            rows.iter_mut().zip(column).for_each(|(row, value)| row[bin] = value);
        }
        Self { rows }
    }
}

pub(super) fn pr_curve(tag: &str, table: &PrTable) -> Value {
    let content = Message::new().int(1, 0).int(2, PR_THRESHOLDS as i64);
    let values: Vec<u8> = table.rows.iter().flatten().flat_map(|v| v.to_le_bytes()).collect();
    let tensor = tensor(&[6, PR_THRESHOLDS as i64], &values);
    let metadata = metadata("pr_curves", content);
    Value(
        Message::new().text(1, &format!("{tag}/pr_curves")).message(8, tensor).message(9, metadata),
    )
}

/// A float tensor of raw bytes.
pub(super) fn tensor(shape: &[i64], values: &[u8]) -> Message {
    let dims = shape
        .iter()
        .fold(Message::new(), |shape, size| shape.message(2, Message::new().int(1, *size)));
    Message::new().int(1, DT_FLOAT).message(2, dims).bytes(4, values)
}

/// What tells TensorBoard which of its plugins draws a value.
pub(super) fn metadata(plugin: &str, content: Message) -> Message {
    let data = Message::new().text(1, plugin).message(2, content);
    Message::new().message(1, data).int(4, CLASS_TENSOR)
}
