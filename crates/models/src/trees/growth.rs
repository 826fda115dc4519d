//! How trees are grown.

/// The limits of a tree, and how its splits are found.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Growth {
    /// Leaves at most; the leaf that gains most is split first.
    pub(crate) leaves_max: usize,
    /// Steps from the root at most.
    pub(crate) depth_max: u32,
    /// Rows of a leaf at least.
    pub(crate) min_leaf_rows: u32,
    /// Hessian of a leaf at least.
    pub(crate) min_leaf_hessian: f64,
    /// Added to the hessian of each leaf.
    pub(crate) lambda: f64,
    /// Gain of a split at least.
    pub(crate) min_gain: f64,
    /// Draws rare categories to the mean when categories are put into order.
    pub(crate) category_smooth: f64,
    /// Columns that a tree may choose from; `None` is all.
    pub(crate) columns_a_tree: Option<usize>,
    /// Columns that a node may choose from; `None` is all of the tree's.
    pub(crate) columns_a_node: Option<usize>,
    /// Where a column is cut.
    pub(crate) cuts: Cuts,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cuts {
    /// At the best place.
    Best,
    /// At a random place.
    Random,
}
