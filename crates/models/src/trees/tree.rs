/// Set in a node's column when missing values go left.
const MISSING_LEFT: u16 = 1 << 15;
/// Set when the node asks for a category; then `cut` is the number of a set.
const CATEGORY: u16 = 1 << 14;
/// Columns that fit beside the flags.
pub(super) const COLUMNS_MAX: usize = 1 << 14;

/// A fitted tree. Children lie beside each other; a leaf is its own left child, so that a walk of too
/// many steps stays where it is.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Tree {
    pub(super) nodes: Vec<Node>,
    /// The value of each leaf; 0 in other nodes.
    pub(crate) value: Vec<f32>,
    /// For each categorical node the codes that go left.
    pub(super) sets: Vec<CategorySet>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Node {
    pub(super) cut: f32,
    pub(super) column: u16,
    pub(super) left: u32,
}

/// Where a category goes.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct CategorySet {
    /// Sorted codes that go left.
    pub(super) left: Vec<u32>,
    /// Sorted codes that go right; a code in neither is unknown, and goes where missing ones go.
    pub(super) right: Vec<u32>,
}

impl Node {
    pub(super) fn leaf(own: usize) -> Self {
        Self { cut: f32::INFINITY, column: MISSING_LEFT, left: own as u32 }
    }

    pub(super) fn new(column: usize, cut: f32, missing_left: bool, left: usize) -> Self {
        let flag = if missing_left { MISSING_LEFT } else { 0 };
        Self { cut, column: column as u16 | flag, left: left as u32 }
    }

    pub(super) fn category(column: usize, set: usize, missing_left: bool, left: usize) -> Self {
        let node = Self::new(column, set as f32, missing_left, left);
        Self { column: node.column | CATEGORY, ..node }
    }

    pub(super) fn column(self) -> usize {
        usize::from(self.column & !(MISSING_LEFT | CATEGORY))
    }

    pub(super) fn missing_left(self) -> bool {
        self.column & MISSING_LEFT != 0
    }

    pub(super) fn is_category(self) -> bool {
        self.column & CATEGORY != 0
    }
}

impl CategorySet {
    fn goes_left(&self, code: f32, missing_left: bool) -> bool {
        if !(code >= 0.0 && code.fract() == 0.0) {
            return missing_left;
        }
        let code = code as u32;
        if self.left.binary_search(&code).is_ok() {
            return true;
        }
        missing_left && self.right.binary_search(&code).is_err()
    }
}

impl Tree {
    pub(super) fn is_leaf(&self, at: usize) -> bool {
        self.nodes[at].left as usize == at
    }

    /// The child to which a row goes.
    #[inline]
    pub(super) fn next(&self, at: usize, row: &[f32]) -> usize {
        let node = self.nodes[at];
        let value = row[node.column()];
        let right = if node.is_category() {
            !self.sets[node.cut as usize].goes_left(value, node.missing_left())
        } else {
            (value > node.cut) | (value.is_nan() & !node.missing_left())
        };
        node.left as usize + usize::from(right)
    }

    /// As [`Tree::next`], for a tree that asks for numbers only.
    #[inline]
    pub(super) fn next_by_number(&self, at: usize, row: &[f32]) -> usize {
        let node = self.nodes[at];
        let value = row[usize::from(node.column & (CATEGORY - 1))];
        let right = (value > node.cut) | (value.is_nan() & !node.missing_left());
        node.left as usize + usize::from(right)
    }

    /// The leaf of a row.
    pub(crate) fn leaf_of(&self, row: &[f32]) -> usize {
        let mut at = 0;
        loop {
            let next = self.next(at, row);
            if next == at {
                return at;
            }
            at = next;
        }
    }
}
