use serde::{Deserialize, Serialize};

use crate::table::Kind;

/// How many equal parts of the training rows a numeric profile tells apart.
const BINS: usize = 10;
/// Keeps an empty bin from making the index infinite; the usual choice for it.
const SHARE_FLOOR: f64 = 1e-4;

/// How the values of a column lay when a model was fitted: enough to notice later that they lie
/// elsewhere, and no row of the table itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Profile {
    /// For a numeric column the inner edges of its bins, ascending, none twice.
    pub edges: Vec<f64>,
    /// The share of rows in each bin (a value on an edge belongs below it) or of each level; then
    /// that of unseen levels, for a category; then that of missing values.
    pub shares: Vec<f64>,
}

impl Profile {
    /// The profile of a column.
    pub fn of(kind: &Kind) -> Self {
        let edges = match kind {
            Kind::Numeric(values) => quantile_edges(values),
            Kind::Categorical { .. } => Vec::new(),
        };
        let shares = shares(kind, &edges);
        Self { edges, shares }
    }
}

/// How far a column has moved between two sets.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Drift {
    /// The column.
    pub column: String,
    /// Population stability index: below 0.1 is calm, above 0.25 a different population.
    pub psi: f64,
    /// For a number, the chance that a new value is larger than an old one, less the chance that it
    /// is smaller (Cliff's delta): -1..=1. From the bins, so values in one bin count as tied. For a
    /// category, half the summed change of the shares (total variation): 0..=1.
    pub effect: f64,
    /// The share of missing values, then and now.
    pub missing: (f64, f64),
}

impl Drift {
    /// Whether the column now holds a different population.
    pub fn is_large(&self) -> bool {
        self.psi > 0.25
    }
}

/// How far a column has moved from its profile.
pub fn drift(name: &str, then: &Profile, now: &Kind) -> Drift {
    let shares = shares(now, &then.edges);
    let last = shares.len() - 1;
    let missing = (then.shares[last], shares[last]);
    let index = |(old, new): (&f64, &f64)| {
        let (old, new) = (old.max(SHARE_FLOOR), new.max(SHARE_FLOOR));
        (new - old) * (new / old).ln()
    };
    let effect = match now {
        Kind::Numeric(_) => cliffs_delta(&then.shares[..last], &shares[..last]),
        Kind::Categorical { .. } => {
            then.shares.iter().zip(&shares).map(|(old, new)| (new - old).abs()).sum::<f64>() / 2.0
        }
    };
    let psi = then.shares.iter().zip(&shares).map(index).sum();
    Drift { column: name.to_owned(), psi, effect, missing }
}

fn cliffs_delta(then: &[f64], now: &[f64]) -> f64 {
    let (total_then, total_now): (f64, f64) = (then.iter().sum(), now.iter().sum());
    if total_then * total_now == 0.0 {
        return 0.0;
    }
    let mut below = 0.0;
    let mut delta = 0.0;
    for (old, new) in then.iter().zip(now) {
        let above = total_then - below - old;
        delta += new * (below - above);
        below += old;
    }
    delta / (total_then * total_now)
}

fn quantile_edges(values: &[f64]) -> Vec<f64> {
    let mut sorted: Vec<f64> = values.iter().copied().filter(|value| !value.is_nan()).collect();
    sorted.sort_by(f64::total_cmp);
    if sorted.is_empty() {
        return Vec::new();
    }
    let mut edges: Vec<f64> =
        (1..BINS).map(|bin| sorted[(sorted.len() - 1) * bin / BINS]).collect();
    edges.dedup();
    edges
}

/// The share of rows a bin or level, of unseen levels, and of missing values.
fn shares(kind: &Kind, edges: &[f64]) -> Vec<f64> {
    let (counts, rows) = match kind {
        Kind::Numeric(values) => {
            let mut counts = vec![0.0; edges.len() + 2];
            for value in values {
                let bin = edges.partition_point(|edge| edge < value);
                counts[if value.is_nan() { edges.len() + 1 } else { bin }] += 1.0;
            }
            (counts, values.len())
        }
        Kind::Categorical { codes, levels } => {
            let mut counts = vec![0.0; levels.len() + 2];
            for code in codes {
                let missing = *code == Kind::MISSING;
                counts[if missing { levels.len() + 1 } else { *code as usize }] += 1.0;
            }
            (counts, codes.len())
        }
    };
    counts.into_iter().map(|count: f64| count / rows.max(1) as f64).collect()
}
