//! Local outlier factor: how thin the neighbourhood is, against that of the neighbours.
//!
//! # What it sees
//! Rows outside every crowd, where crowds differ in density.
//!
//! # Why it matters
//! Fitted on clean traffic it is one of the best: a row that resembles nothing known stands out
//! whatever its columns are.
//!
//! # When it is wrong
//! Attackers in the fit that resemble each other are a crowd. With many idle columns all distances
//! become alike. It keeps the rows it compares with, a few thousand at most, and scores slowly.
//!
//! # References
//! Breunig, Kriegel, Ng, Sander, *LOF: Identifying Density-Based Local Outliers*, 2000; here for new
//! rows ("novelty"), with the neighbours found by trying all.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::contributions::explain_by_walks;
use crate::oddness::Oddness;
use crate::preprocess::{Encoder, Preprocess, ordinary_row};
use crate::saved::json;
use crate::{
    Chance, Contributions, Dataset, Detector, Estimator, FitError, FitErrorKind, Learning,
    LoadError, NamedTensor, Rows, Saved, Space, Watcher,
};

/// The name in [`crate::ESTIMATORS`].
pub const NAME: &str = "local_outlier_factor";
/// The name for people.
pub const TITLE: &str = "local outlier factor";

/// Added to every mean distance, in standard deviations: among copies of one row a factor would be
/// infinite at the slightest difference.
const DISTANCE_MIN: f32 = 1e-3;

/// The settings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LocalOutlierFactor {
    /// How many neighbours count.
    pub neighbours: usize,
    /// Rows that are kept to compare with; of more rows so many are drawn.
    pub rows_max: usize,
    /// How raw columns become inputs.
    pub preprocess: Preprocess,
}

impl Default for LocalOutlierFactor {
    fn default() -> Self {
        Self { neighbours: 20, rows_max: 3_000, preprocess: Preprocess::default() }
    }
}

impl LocalOutlierFactor {
    /// Keeps rows and learns how dense it is around each.
    ///
    /// # Errors
    /// When a setting is out of range or there are fewer than 2 rows.
    pub fn fit_model(&self, train: &Dataset, seed: u64) -> Result<LofModel, FitError> {
        if !(1..=1_000).contains(&self.neighbours) {
            return Err(FitError::setting("neighbours", self.neighbours, "must be 1 to 1000"));
        }
        if !(2..=50_000).contains(&self.rows_max) {
            return Err(FitError::setting("rows_max", self.rows_max, "must be 2 to 50000"));
        }
        if train.rows() < 2 {
            let rule = "must be at least 2";
            return Err(FitErrorKind::Size { what: "rows", found: train.rows(), rule }.into());
        }
        let encoder = self.preprocess.fit(train)?;
        let kept = Chance::part(seed, 0).sample(train.rows(), self.rows_max);
        let mut points = vec![0.0; kept.len() * encoder.width()];
        for (row, point) in kept.iter().zip(points.chunks_exact_mut(encoder.width())) {
            encoder.encode_row(train.x().row(*row as usize), point);
        }
        let neighbours = self.neighbours.min(kept.len() - 1);
        let mut model = LofModel {
            encoder,
            neighbours,
            reach: vec![0.0; kept.len()],
            density: vec![0.0; kept.len()],
            points,
            oddness: Oddness::of_fit(&[]),
            ordinary: ordinary_row(train),
        };
        let near: Vec<Vec<(f32, u32)>> =
            (0..kept.len()).map(|at| model.nearest(model.point(at), Some(at))).collect();
        for (reach, near) in model.reach.iter_mut().zip(&near) {
            *reach = near.last().map_or(0.0, |(distance, _)| *distance);
        }
        model.density = near.iter().map(|near| model.density_among(near)).collect();
        let factors: Vec<f32> = near.iter().map(|near| model.factor_among(near)).collect();
        model.oddness = Oddness::of_fit(&factors);
        Ok(model)
    }
}

/// A fitted local outlier factor.
#[derive(Clone, Debug, PartialEq)]
pub struct LofModel {
    encoder: Encoder,
    neighbours: usize,
    /// The rows that are kept, encoded.
    points: Vec<f32>,
    /// How far the farthest neighbour of each is.
    reach: Vec<f32>,
    /// The local reachability density of each.
    density: Vec<f32>,
    oddness: Oddness,
    ordinary: Vec<f32>,
}

impl LofModel {
    fn point(&self, at: usize) -> &[f32] {
        &self.points[at * self.encoder.width()..][..self.encoder.width()]
    }

    /// The nearest kept rows with their distances, nearest first; `except` itself.
    fn nearest(&self, inputs: &[f32], except: Option<usize>) -> Vec<(f32, u32)> {
        let mut near: Vec<(f32, u32)> = Vec::with_capacity(self.neighbours + 1);
        for (at, point) in self.points.chunks_exact(self.encoder.width()).enumerate() {
            let square = point.iter().zip(inputs).map(|(a, b)| (a - b) * (a - b)).sum::<f32>();
            let full = near.len() == self.neighbours;
            if except == Some(at) || (full && square >= near[near.len() - 1].0) {
                continue;
            }
            let place = near.partition_point(|(other, _)| *other <= square);
            near.insert(place, (square, at as u32));
            near.truncate(self.neighbours);
        }
        near.iter_mut().for_each(|(square, _)| *square = square.sqrt());
        near
    }

    fn density_among(&self, near: &[(f32, u32)]) -> f32 {
        let sum: f32 = near.iter().map(|(d, at)| d.max(self.reach[*at as usize])).sum();
        1.0 / (sum / near.len() as f32 + DISTANCE_MIN)
    }

    fn factor_among(&self, near: &[(f32, u32)]) -> f32 {
        let sum: f32 = near.iter().map(|(_, at)| self.density[*at as usize]).sum();
        sum / near.len() as f32 / self.density_among(near)
    }

    /// Takes a saved model back.
    ///
    /// # Errors
    /// When a part is missing or has another size.
    pub fn load(saved: &Saved) -> Result<Self, LoadError> {
        saved.must_be(NAME)?;
        let Params { encoder, neighbours, oddness } = saved.params()?;
        encoder.check(NAME)?;
        let reach = saved.tensor("reach")?.to_vec();
        let density = saved.tensor_of("density", reach.len())?;
        let points = saved.tensor_of("points", reach.len() * encoder.width())?;
        let ordinary = saved.tensor_of("ordinary", encoder.columns().len())?;
        if neighbours == 0 || neighbours >= reach.len() || !oddness.is_sound() {
            return Err(LoadError::new(NAME, "its numbers are out of range"));
        }
        Ok(Self { encoder, neighbours, points, reach, density, oddness, ordinary })
    }
}

#[derive(Serialize, Deserialize)]
struct Params {
    encoder: Encoder,
    neighbours: usize,
    oddness: Oddness,
}

impl Detector for LofModel {
    fn kind(&self) -> &'static str {
        NAME
    }

    fn columns(&self) -> usize {
        self.encoder.columns().len()
    }

    fn classes(&self) -> usize {
        0
    }

    fn score_into(&self, rows: Rows<'_>, scores: &mut [f32]) {
        assert_eq!(rows.len(), scores.len(), "rows and scores");
        let mut inputs = vec![0.0; self.encoder.width()];
        for (row, score) in rows.iter().zip(scores) {
            self.encoder.encode_row(row, &mut inputs);
            let near = self.nearest(&inputs, None);
            *score = self.oddness.score(self.factor_among(&near));
        }
    }

    /// Shapley values of the score against the ordinary row.
    fn contributions(&self, row: &[f32]) -> Contributions {
        let mut scores = |rows: Rows<'_>| self.scores(rows);
        explain_by_walks(Space::Score, &self.ordinary, row, &mut scores)
    }

    fn save(&self) -> Saved {
        let Self { neighbours, oddness, .. } = *self;
        let params = Params { encoder: self.encoder.clone(), neighbours, oddness };
        let tensors = vec![
            NamedTensor::table("points", self.encoder.width(), self.points.clone()),
            NamedTensor::vector("reach", self.reach.clone()),
            NamedTensor::vector("density", self.density.clone()),
            NamedTensor::vector("ordinary", self.ordinary.clone()),
        ];
        Saved { kind: NAME.to_owned(), params: json(&params), tensors }
    }
}

/// Takes a saved model back as a detector.
///
/// # Errors
/// As [`LofModel::load`].
pub fn load(saved: &Saved) -> Result<Box<dyn Detector>, LoadError> {
    Ok(Box::new(LofModel::load(saved)?))
}

impl Estimator for LocalOutlierFactor {
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
        seed: u64,
        _: &mut dyn Watcher,
    ) -> Result<Box<dyn Detector>, FitError> {
        Ok(Box::new(self.fit_model(train, seed)?))
    }
}
