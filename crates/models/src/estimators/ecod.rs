//! ECOD: how far out in its tail each value lies.
//!
//! # What it sees
//! Rows that are extreme in one or several columns, low or high, and rare categories.
//!
//! # Why it matters
//! It has no setting to get wrong, no randomness, and its score is a sum over columns that reads as
//! surprise.
//!
//! # When it is wrong
//! A row that is ordinary in every column but odd in how they go together is invisible to it; so is one
//! that sits in a gap between two humps.
//!
//! # References
//! Li, Zhao, Hu, Botta, Ionescu, Chen, *ECOD: Unsupervised Outlier Detection Using Empirical Cumulative
//! Distribution Functions*, 2022. Here columns are thinned to quantiles, and categories (which the paper
//! does not have) count by their rarity.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::matrix::finite;
use crate::oddness::{Oddness, in_proportion};
use crate::saved::json;
use crate::{
    ColumnKind, Contributions, Dataset, Detector, Estimator, FitError, FitErrorKind, Learning,
    LoadError, NamedTensor, Rows, Saved, Space, Watcher, quantiles,
};

/// The name in [`crate::ESTIMATORS`].
pub const NAME: &str = "ecod";
/// The name for people.
pub const TITLE: &str = "ECOD";

/// Quantiles kept of a column: the ends, and so many steps between them.
const STEPS: usize = 1_024;

/// The settings: none.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Ecod {}

impl Ecod {
    /// Learns the tails of each column.
    ///
    /// # Errors
    /// When there are fewer than 2 rows.
    pub fn fit_model(&self, train: &Dataset) -> Result<EcodModel, FitError> {
        if train.rows() < 2 {
            let rule = "must be at least 2";
            return Err(FitErrorKind::Size { what: "rows", found: train.rows(), rule }.into());
        }
        let column = |(at, kind): (usize, &ColumnKind)| {
            let values = train.x().column(at);
            match kind {
                ColumnKind::Numeric => Tail::numbers(&values),
                ColumnKind::Categorical { levels } => Tail::categories(&values, *levels),
            }
        };
        let tails: Vec<Tail> = train.kinds().iter().enumerate().map(column).collect();
        let mut model = EcodModel { tails, oddness: Oddness::of_fit(&[]) };
        let surprise = |row: &[f32]| model.surprise(row).iter().sum::<f64>() as f32;
        let distances: Vec<f32> = train.x().view().iter().map(surprise).collect();
        model.oddness = Oddness::of_fit(&distances);
        Ok(model)
    }
}

/// A fitted ECOD. A missing value surprises nobody.
#[derive(Clone, Debug, PartialEq)]
pub struct EcodModel {
    tails: Vec<Tail>,
    oddness: Oddness,
}

/// How surprising the values of one column are.
#[derive(Clone, Debug, PartialEq)]
struct Tail {
    /// Of a number: quantiles, evenly spaced; of a category: the surprise of each code.
    values: Vec<f32>,
    /// The surprise of the farthest tail, or of a category never seen.
    highest: f32,
    kind: TailKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum TailKind {
    /// A number whose longer tail is the upper one.
    High,
    /// A number whose longer tail is the lower one.
    Low,
    /// A category.
    Category,
}

impl Tail {
    fn numbers(values: &[f32]) -> Self {
        let sorted = quantiles::sorted(values);
        let count = sorted.len();
        let mean = sorted.iter().map(|v| f64::from(*v)).sum::<f64>() / count.max(1) as f64;
        let cubes: f64 = sorted.iter().map(|v| (f64::from(*v) - mean).powi(3)).sum();
        let values = if count <= STEPS + 1 {
            sorted
        } else {
            (0..=STEPS).map(|step| sorted[step * (count - 1) / STEPS]).collect()
        };
        let kind = if cubes < 0.0 { TailKind::Low } else { TailKind::High };
        Self { values, highest: ((count + 1) as f32).ln(), kind }
    }

    fn categories(values: &[f32], levels: u32) -> Self {
        let mut counts = vec![0.0f64; levels as usize];
        values.iter().filter(|v| !v.is_nan()).for_each(|v| counts[*v as usize] += 1.0);
        let rows = counts.iter().sum::<f64>() + 1.0;
        let highest = rows.ln() as f32;
        let surprise = counts.iter().map(|count| -(count.max(1.0) / rows).ln() as f32).collect();
        Self { values: surprise, highest, kind: TailKind::Category }
    }

    /// The surprise `-ln(share)` of what lies at or beyond a value: below it, above it.
    fn surprise(&self, value: f32) -> (f64, f64) {
        if value.is_nan() || (self.values.is_empty() && self.kind != TailKind::Category) {
            return (0.0, 0.0);
        }
        let highest = f64::from(self.highest);
        if self.kind == TailKind::Category {
            let known = value >= 0.0 && value.fract() == 0.0;
            let code = if known { self.values.get(value as usize) } else { None };
            let surprise = code.map_or(highest, |surprise| f64::from(*surprise));
            return (surprise, surprise);
        }
        let value = finite(value);
        let count = self.values.len() as f64;
        let at_most = self.values.partition_point(|v| *v <= value) as f64 / count;
        let at_least = 1.0 - self.values.partition_point(|v| *v < value) as f64 / count;
        let of = |share: f64| if share > 0.0 { (-share.ln()).min(highest) } else { highest };
        (of(at_most), of(at_least))
    }
}

impl EcodModel {
    /// The surprise of each column: of the three sums of the paper (lower tails, upper tails, each
    /// column's longer tail) the parts of the largest.
    fn surprise(&self, row: &[f32]) -> Vec<f64> {
        let both: Vec<(f64, f64)> =
            self.tails.iter().zip(row).map(|(tail, value)| tail.surprise(*value)).collect();
        let low: Vec<f64> = both.iter().map(|(low, _)| *low).collect();
        let high: Vec<f64> = both.iter().map(|(_, high)| *high).collect();
        let longer = both
            .iter()
            .zip(&self.tails)
            .map(|((low, high), tail)| if tail.kind == TailKind::Low { *low } else { *high });
        let sum = |parts: &[f64]| parts.iter().sum::<f64>();
        let longer: Vec<f64> = longer.collect();
        let all = [longer, low, high];
        let best = all.into_iter().reduce(|a, b| if sum(&b) > sum(&a) { b } else { a });
        best.expect("there are three sums")
    }

    /// Takes a saved model back.
    ///
    /// # Errors
    /// When a part is missing or not in order.
    pub fn load(saved: &Saved) -> Result<Self, LoadError> {
        saved.must_be(NAME)?;
        let params: Params = saved.params()?;
        let highest = saved.tensor_of("highest", params.kinds.len())?;
        let tails = params.kinds.iter().zip(highest).enumerate().map(|(at, (kind, highest))| {
            let values = saved.tensor(&format!("values_{at}"))?.to_vec();
            if *kind != TailKind::Category && !values.is_sorted() {
                return Err(LoadError::new(NAME, "its quantiles are not in order"));
            }
            Ok(Tail { values, highest, kind: *kind })
        });
        let tails = tails.collect::<Result<Vec<_>, _>>()?;
        if tails.is_empty() || !params.oddness.is_sound() {
            return Err(LoadError::new(NAME, "its numbers are out of range"));
        }
        Ok(Self { tails, oddness: params.oddness })
    }
}

#[derive(Serialize, Deserialize)]
struct Params {
    kinds: Vec<TailKind>,
    oddness: Oddness,
}

impl Detector for EcodModel {
    fn kind(&self) -> &'static str {
        NAME
    }

    fn columns(&self) -> usize {
        self.tails.len()
    }

    fn classes(&self) -> usize {
        0
    }

    fn score_into(&self, rows: Rows<'_>, scores: &mut [f32]) {
        assert_eq!(rows.columns(), self.tails.len(), "columns of the rows and of the model");
        assert_eq!(rows.len(), scores.len(), "rows and scores");
        for (row, score) in rows.iter().zip(scores) {
            *score = self.oddness.score(self.surprise(row).iter().sum::<f64>() as f32);
        }
    }

    /// Each column's share of the surprise.
    fn contributions(&self, row: &[f32]) -> Contributions {
        assert_eq!(row.len(), self.tails.len(), "columns of the row and of the model");
        let parts = self.surprise(row);
        let score = self.oddness.score(parts.iter().sum::<f64>() as f32);
        Contributions { space: Space::Score, base: 0.0, parts: in_proportion(score, &parts) }
    }

    fn save(&self) -> Saved {
        let kinds = self.tails.iter().map(|tail| tail.kind).collect();
        let params = Params { kinds, oddness: self.oddness };
        let highest = self.tails.iter().map(|tail| tail.highest).collect();
        let mut tensors = vec![NamedTensor::vector("highest", highest)];
        for (at, tail) in self.tails.iter().enumerate() {
            tensors.push(NamedTensor::vector(format!("values_{at}"), tail.values.clone()));
        }
        Saved { kind: NAME.to_owned(), params: json(&params), tensors }
    }
}

/// Takes a saved model back as a detector.
///
/// # Errors
/// As [`EcodModel::load`].
pub fn load(saved: &Saved) -> Result<Box<dyn Detector>, LoadError> {
    Ok(Box::new(EcodModel::load(saved)?))
}

impl Estimator for Ecod {
    fn name(&self) -> &'static str {
        NAME
    }

    fn title(&self) -> &'static str {
        TITLE
    }

    fn learning(&self) -> Learning {
        Learning::Unsupervised
    }

    fn settings(&self) -> Value {
        json(self)
    }

    fn fit(
        &self,
        train: &Dataset,
        _: Option<&Dataset>,
        _: u64,
        _: &mut dyn Watcher,
    ) -> Result<Box<dyn Detector>, FitError> {
        Ok(Box::new(self.fit_model(train)?))
    }
}
