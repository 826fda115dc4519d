use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::LoadError;

/// A fitted model as plain data: what is small and readable in `params`, what is large in `tensors`.
///
/// The order of the tensors is part of the format. Nothing here is compressed or checksummed; that
/// is the work of whoever writes it to a file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Saved {
    /// The name of the estimator that made it, as in [`crate::ESTIMATORS`].
    pub kind: String,
    /// Shapes, settings, and whatever is not a list of numbers.
    pub params: Value,
    /// The numbers.
    pub tensors: Vec<NamedTensor>,
}

/// A named block of numbers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NamedTensor {
    /// Unique in its model.
    pub name: String,
    /// Its dimensions; their product is the number of values.
    pub shape: Vec<usize>,
    /// The values, the last dimension running fastest. They may be infinite or NaN, which JSON cannot
    /// hold: write them as bytes.
    pub values: Vec<f32>,
}

impl NamedTensor {
    /// A vector.
    pub fn vector(name: impl Into<String>, values: Vec<f32>) -> Self {
        Self { name: name.into(), shape: vec![values.len()], values }
    }

    /// A table of `columns` columns.
    pub fn table(name: impl Into<String>, columns: usize, values: Vec<f32>) -> Self {
        let rows = values.len().checked_div(columns).unwrap_or(0);
        Self { name: name.into(), shape: vec![rows, columns], values }
    }

    /// Whole numbers as a vector. They must be below 2²⁴, where `f32` is exact.
    pub(crate) fn whole(name: impl Into<String>, values: impl Iterator<Item = u32>) -> Self {
        let exact = |value: u32| {
            debug_assert!(value < 1 << 24, "{value} is not exact as f32");
            value as f32
        };
        Self::vector(name, values.map(exact).collect())
    }
}

impl Saved {
    /// The values of a tensor.
    ///
    /// # Errors
    /// When the model has no such tensor, or its shape and its values disagree.
    pub fn tensor(&self, name: &str) -> Result<&[f32], LoadError> {
        let found = self
            .tensors
            .iter()
            .find(|tensor| tensor.name == name)
            .ok_or_else(|| LoadError::new(&self.kind, format!("it has no tensor {name}")))?;
        if found.shape.iter().product::<usize>() != found.values.len() {
            let reason = format!("tensor {name} has {} values", found.values.len());
            return Err(LoadError::new(&self.kind, reason));
        }
        Ok(&found.values)
    }

    /// The values of a tensor that must have `length` values.
    pub(crate) fn tensor_of(&self, name: &str, length: usize) -> Result<Vec<f32>, LoadError> {
        let values = self.tensor(name)?;
        if values.len() != length {
            let reason = format!("tensor {name} has {} values, not {length}", values.len());
            return Err(LoadError::new(&self.kind, reason));
        }
        Ok(values.to_vec())
    }

    /// A tensor of whole numbers, each below `bound`.
    pub(crate) fn whole(&self, name: &str, bound: usize) -> Result<Vec<u32>, LoadError> {
        let whole = |value: &f32| {
            let is_whole = *value >= 0.0 && value.fract() == 0.0 && (*value as usize) < bound;
            is_whole.then_some(*value as u32)
        };
        let values: Option<Vec<u32>> = self.tensor(name)?.iter().map(whole).collect();
        values.ok_or_else(|| LoadError::new(&self.kind, format!("tensor {name} is damaged")))
    }

    /// The parameters as their own type.
    pub(crate) fn params<T: for<'a> Deserialize<'a>>(&self) -> Result<T, LoadError> {
        serde_json::from_value(self.params.clone()).map_err(|e| LoadError::new(&self.kind, e))
    }

    /// Refuses a model of another kind.
    pub(crate) fn must_be(&self, kind: &str) -> Result<(), LoadError> {
        if self.kind == kind {
            return Ok(());
        }
        Err(LoadError::new(&self.kind, format!("it is no {kind}")))
    }
}

/// Plain data as a JSON value.
pub(crate) fn json<T: Serialize>(value: &T) -> Value {
    serde_json::to_value(value).expect("plain data without odd map keys is always JSON")
}
