//! The tree in which literal texts that stand side by side are found to be one parameter.

use crate::endpoint::parameter::parameter_name;
use std::collections::{BTreeMap, BTreeSet};

use domain::Method;

use super::LearnOptions;
use crate::endpoint::path::Shaped;
use crate::lexicon::is_fixed_word;

/// How many siblings with the same subtree make a parameter although they are few.
const MIN_ALIKE: usize = 20;

/// How much more than [`LearnOptions::max_literals`] is allowed in the first place of a path.
const FIRST_PLACE_FACTOR: usize = 10;

/// A tree of paths that were answered well.
#[derive(Debug, Default)]
pub(super) struct Garden {
    root: Plant,
}

#[derive(Debug, Default)]
struct Plant {
    children: BTreeMap<Vec<u8>, Plant>,
    /// Methods with which paths that end here were answered well.
    methods: BTreeSet<Method>,
    requests: u64,
}

impl Garden {
    /// Adds a path.
    pub(super) fn plant(&mut self, text: &[u8], method: Method, requests: u64) {
        let mut plant = &mut self.root;
        for segment in Shaped::segments(text) {
            plant = plant.children.entry(segment.to_vec()).or_default();
        }
        plant.methods.insert(method);
        plant.requests += requests;
    }

    /// Turns crowded places into parameters, from the root down.
    pub(super) fn collapse(&mut self, options: &LearnOptions) {
        let first_place = options.max_literals * FIRST_PLACE_FACTOR;
        self.root.collapse(first_place, options.max_literals, &mut Vec::new());
    }

    /// Every template with each method it was answered well with, in order.
    pub(super) fn templates(&self) -> Vec<(Vec<u8>, Method)> {
        let mut templates = Vec::new();
        self.root.gather(&mut Vec::new(), &mut templates);
        templates
    }
}

impl Plant {
    fn collapse(&mut self, limit: usize, deeper_limit: usize, way: &mut Vec<Vec<u8>>) {
        let crowd = self.crowd();
        if is_crowded(&crowd, limit) || self.are_alike(&crowd) {
            self.merge(crowd, parameter_name(way));
        }
        for (segment, child) in &mut self.children {
            way.push(segment.clone());
            child.collapse(deeper_limit, deeper_limit, way);
            way.pop();
        }
    }

    /// The literal children that may be values of one parameter.
    fn crowd(&self) -> Vec<Vec<u8>> {
        let candidates: Vec<(&Vec<u8>, &Self)> = self
            .children
            .iter()
            .filter(|(segment, _)| !segment.starts_with(b"{") && !is_fixed_word(segment))
            .collect();
        let usual = UsualSibling::of(&candidates);
        candidates
            .iter()
            .filter(|(_, plant)| !usual.stands_apart(plant))
            .map(|(segment, _)| (*segment).clone())
            .collect()
    }

    /// Whether the crowd is plainly one kind of thing: nine in ten of them lead to the same next
    /// segment.
    fn are_alike(&self, crowd: &[Vec<u8>]) -> bool {
        if crowd.len() < MIN_ALIKE {
            return false;
        }
        let mut shared: BTreeMap<&[u8], usize> = BTreeMap::new();
        for segment in crowd {
            for next in self.children[segment].children.keys() {
                *shared.entry(next).or_default() += 1;
            }
        }
        shared.values().any(|count| count * 10 >= crowd.len() * 9)
    }

    fn merge(&mut self, crowd: Vec<Vec<u8>>, name: Vec<u8>) {
        let mut merged = Self::default();
        let shapes = [b"{id}".to_vec(), b"{long}".to_vec(), name.clone()];
        for segment in crowd.into_iter().chain(shapes) {
            if let Some(plant) = self.children.remove(&segment) {
                merged.absorb(plant);
            }
        }
        self.children.insert(name, merged);
    }

    fn absorb(&mut self, other: Self) {
        self.methods.extend(other.methods);
        self.requests += other.requests;
        for (segment, child) in other.children {
            self.children.entry(segment).or_default().absorb(child);
        }
    }

    fn gather(&self, way: &mut Vec<u8>, templates: &mut Vec<(Vec<u8>, Method)>) {
        for method in &self.methods {
            let template = if way.is_empty() { b"/".to_vec() } else { way.clone() };
            templates.push((template, *method));
        }
        for (segment, child) in &self.children {
            let length = way.len();
            way.push(b'/');
            way.extend_from_slice(segment);
            child.gather(way, templates);
            way.truncate(length);
        }
    }
}

/// What most siblings have in common, against which one stands out.
struct UsualSibling {
    /// Methods that at least a fifth of those which end here have.
    methods: BTreeSet<Method>,
    /// Next segments that at least two siblings have.
    nexts: BTreeSet<Vec<u8>>,
}

impl UsualSibling {
    fn of(siblings: &[(&Vec<u8>, &Plant)]) -> Self {
        let mut methods: BTreeMap<Method, usize> = BTreeMap::new();
        let mut nexts: BTreeMap<&Vec<u8>, usize> = BTreeMap::new();
        let mut ends = 0;
        for (_, plant) in siblings {
            ends += usize::from(!plant.methods.is_empty());
            for method in &plant.methods {
                *methods.entry(*method).or_default() += 1;
            }
            for next in plant.children.keys() {
                *nexts.entry(next).or_default() += 1;
            }
        }
        Self {
            methods: methods.into_iter().filter(|it| it.1 * 5 >= ends).map(|it| it.0).collect(),
            nexts: nexts.into_iter().filter(|it| it.1 >= 2).map(|it| it.0.clone()).collect(),
        }
    }

    /// Whether a sibling is something of its own: an action (it is posted to, and by no method that
    /// the others know), or only a step to places that the others do not have.
    fn stands_apart(&self, plant: &Plant) -> bool {
        if plant.methods.is_empty() {
            !plant.children.keys().any(|next| self.nexts.contains(next))
        } else {
            plant.methods.contains(&Method::Post) && plant.methods.is_disjoint(&self.methods)
        }
    }
}

fn is_crowded(crowd: &[Vec<u8>], limit: usize) -> bool {
    let weight = |segment: &Vec<u8>| if segment.iter().any(u8::is_ascii_digit) { 3 } else { 1 };
    crowd.iter().map(weight).sum::<usize>() > limit
}
