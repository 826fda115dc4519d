//! Templates as a tree of segments.

use std::collections::BTreeMap;

use domain::{EndpointId, Method};

use super::path::Shaped;

/// A tree whose edges are segments: literals, or parameters in braces.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Tree {
    nodes: Vec<Node>,
}

#[derive(Clone, Debug, Default, PartialEq)]
struct Node {
    children: BTreeMap<Box<[u8]>, usize>,
    /// The child behind a parameter that takes any text.
    any: Option<usize>,
    endpoints: Vec<(Method, EndpointId)>,
}

/// Where a path leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) node: usize,
    /// The last segment that a parameter for any text took.
    pub(super) any_index: Option<usize>,
}

/// Whether a segment of a template takes any text. Shapes take theirs only; `{file}.css` is one.
pub(super) fn takes_any(segment: &[u8]) -> bool {
    const SHAPES: [&[u8]; 6] = [b"{id}", b"{date}", b"{email}", b"{ip}", b"{long}", b"{rest}"];
    segment.starts_with(b"{") && !segment.starts_with(b"{file}") && !SHAPES.contains(&segment)
}

impl Default for Tree {
    fn default() -> Self {
        Self { nodes: vec![Node::default()] }
    }
}

impl Tree {
    /// The node of a template, new or known.
    pub(super) fn insert(&mut self, template: &[u8]) -> usize {
        Shaped::segments(template).fold(0, |node, segment| {
            if let Some(child) = self.nodes[node].children.get(segment) {
                return *child;
            }
            let child = self.nodes.len();
            self.nodes.push(Node::default());
            self.nodes[node].children.insert(segment.into(), child);
            if takes_any(segment) {
                self.nodes[node].any = Some(child);
            }
            child
        })
    }

    /// The node that a shaped path leads to: a literal or shape goes before a parameter that takes
    /// anything.
    pub(super) fn find(&self, path: &[u8]) -> Option<Found> {
        let mut found = Found { node: 0, any_index: None };
        for (index, segment) in Shaped::segments(path).enumerate() {
            let node = &self.nodes[found.node];
            found.node = match node.children.get(segment) {
                Some(child) => {
                    if takes_any(segment) {
                        found.any_index = Some(index);
                    }
                    *child
                }
                None => {
                    found.any_index = Some(index);
                    node.any?
                }
            };
        }
        Some(found)
    }

    pub(super) fn endpoint(&self, node: usize, method: Method) -> Option<EndpointId> {
        let endpoints = &self.nodes[node].endpoints;
        endpoints.iter().find(|(known, _)| *known == method).map(|(_, id)| *id)
    }

    pub(super) fn any_endpoint(&self, node: usize) -> Option<EndpointId> {
        self.nodes[node].endpoints.first().map(|(_, id)| *id)
    }

    pub(super) fn set_endpoint(&mut self, node: usize, method: Method, id: EndpointId) {
        self.nodes[node].endpoints.push((method, id));
    }

    /// Whether a template ends at this node.
    pub(super) fn is_known(&self, node: usize) -> bool {
        !self.nodes[node].endpoints.is_empty()
    }
}
