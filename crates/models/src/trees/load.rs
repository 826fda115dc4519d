use super::model::{Params, TreeModel};
use super::sum::TreeSum;
use super::tree::{CategorySet, Node, Tree};
use crate::{LoadError, Saved};

impl TreeModel {
    /// Takes saved trees back.
    ///
    /// # Errors
    /// When a part is missing, or a node points where no walk could go on.
    pub(crate) fn load(kind: &'static str, saved: &Saved) -> Result<Self, LoadError> {
        saved.must_be(kind)?;
        let params: Params = saved.params()?;
        let damaged = || LoadError::new(kind, "its trees do not hold together");
        let sums_wanted = if params.classes == 2 { 1 } else { params.classes };
        let start = saved.tensor_of("start", sums_wanted)?;
        let ordinary = saved.tensor("ordinary")?.to_vec();
        let gains = saved.tensor_of("gains", ordinary.len())?;
        let mut parts = Parts::read(saved)?;
        let mut sums = Vec::new();
        if params.trees.len() != sums_wanted || params.classes < 2 {
            return Err(damaged());
        }
        for (trees, start) in params.trees.iter().zip(start) {
            let trees = (0..*trees).map(|_| parts.tree(ordinary.len()).ok_or_else(damaged));
            sums.push(TreeSum { start, trees: trees.collect::<Result<_, _>>()? });
        }
        if !parts.all_used() {
            return Err(damaged());
        }
        let Params { classes, link, categories, .. } = params;
        if categories.iter().any(|(at, codes)| *at >= ordinary.len() || !codes.is_sorted()) {
            return Err(damaged());
        }
        let columns = ordinary.len();
        Ok(Self { kind, columns, classes, link, sums, categories, gains, ordinary })
    }
}

/// The tensors, and how much of each has been used.
struct Parts {
    tree_nodes: std::vec::IntoIter<u32>,
    tree_sets: std::vec::IntoIter<u32>,
    nodes: std::vec::IntoIter<Node>,
    value: std::vec::IntoIter<f32>,
    set_counts: std::vec::IntoIter<u32>,
    set_codes: std::vec::IntoIter<u32>,
}

impl Parts {
    fn read(saved: &Saved) -> Result<Self, LoadError> {
        const WHOLE_MAX: usize = 1 << 24;
        let cut = saved.tensor("cut")?;
        let column = saved.whole("column", 1 << 16)?;
        let left = saved.whole("left", WHOLE_MAX)?;
        if column.len() != cut.len() || left.len() != cut.len() {
            return Err(LoadError::new(&saved.kind, "its nodes differ in number"));
        }
        let node = |at: usize| Node { cut: cut[at], column: column[at] as u16, left: left[at] };
        Ok(Self {
            nodes: (0..cut.len()).map(node).collect::<Vec<_>>().into_iter(),
            value: saved.tensor_of("value", cut.len())?.into_iter(),
            tree_nodes: saved.whole("tree_nodes", WHOLE_MAX)?.into_iter(),
            tree_sets: saved.whole("tree_sets", WHOLE_MAX)?.into_iter(),
            set_counts: saved.whole("set_counts", WHOLE_MAX)?.into_iter(),
            set_codes: saved.whole("set_codes", WHOLE_MAX)?.into_iter(),
        })
    }

    fn tree(&mut self, columns: usize) -> Option<Tree> {
        let count = self.tree_nodes.next()? as usize;
        let sets = (0..self.tree_sets.next()?).map(|_| self.set()).collect::<Option<Vec<_>>>()?;
        let nodes: Vec<Node> = self.nodes.by_ref().take(count).collect();
        let value: Vec<f32> = self.value.by_ref().take(count).collect();
        let sound = |(at, node): (usize, &Node)| {
            let left = node.left as usize;
            let is_leaf = *node == Node::leaf(at) && value[at].is_finite();
            let has_set = !node.is_category() || (node.cut as usize) < sets.len();
            let falls = left > at && left + 1 < count && node.column() < columns && has_set;
            is_leaf || (falls && !node.cut.is_nan())
        };
        let whole = count > 0 && nodes.len() == count && nodes.iter().enumerate().all(sound);
        whole.then_some(Tree { nodes, value, sets })
    }

    fn set(&mut self) -> Option<CategorySet> {
        let mut codes = || {
            let count = self.set_counts.next()? as usize;
            let codes: Vec<u32> = self.set_codes.by_ref().take(count).collect();
            (codes.len() == count && codes.is_sorted()).then_some(codes)
        };
        Some(CategorySet { left: codes()?, right: codes()? })
    }

    fn all_used(&self) -> bool {
        self.nodes.len() == 0 && self.tree_nodes.len() == 0 && self.set_codes.len() == 0
    }
}
