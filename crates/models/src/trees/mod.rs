//! One engine of histogram trees for the decision tree, the forests, AdaBoost and boosting.
//!
//! Each column is cut into at most 254 bins once (`bins`); a tree is grown on sums of gradients and
//! hessians over bins (`grow`, `split`). Where the gradient is `-weight × label` and the hessian the
//! weight, this is the tree of least squares, which for two classes is the tree of the Gini impurity.
//! What comes out is always a sum of trees with a link on top (`model`), explained exactly (`shap`).
//!
//! Missing values go where the fit found them better placed; where it saw none, to the larger side. A
//! category that the fit did not see counts as missing.

pub(crate) mod bins;
pub(crate) mod forest;
pub(crate) mod grow;
pub(crate) mod growth;
mod load;
pub(crate) mod model;
mod shap;
mod split;
pub(crate) mod sum;
#[cfg(test)]
mod tests;
mod tree;

pub use forest::ColumnsTried;
pub use model::{Link, TreeModel};
