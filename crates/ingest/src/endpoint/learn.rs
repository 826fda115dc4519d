//! Learning templates from traffic.
//!
//! While a log is read, each shaped path gets a provisional number and its answers are counted.
//! When it ends, the paths that were answered well are laid into a tree; where many literal texts
//! stand side by side, they become one parameter; and every provisional number is mapped to the
//! endpoint that its path leads to.

mod collapse;

use domain::{EndpointId, Event, EventFlags, Method};
use hashbrown::HashTable;

use super::openapi::OpenApi;
use super::path::Shaped;
use super::table::{EndpointTable, unknown};
use crate::hash::Hasher;
use collapse::Garden;

/// Provisional numbers below this are the unknown paths of each method.
const FIRST_PATH: usize = 12;

/// Bounds of learning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LearnOptions {
    /// More literal texts than this in one place of a path make it a parameter. In the first place
    /// ten times as many are needed; texts with digits count threefold.
    pub max_literals: usize,
    /// Most paths that are held (about 150 bytes each). A quarter of the room is for paths that
    /// were not answered well when they were first seen.
    pub max_paths: usize,
}

impl Default for LearnOptions {
    fn default() -> Self {
        Self { max_literals: 50, max_paths: 100_000 }
    }
}

/// Gives out provisional endpoints and learns the final ones.
#[derive(Clone, Debug)]
pub struct EndpointLearner {
    options: LearnOptions,
    described: Option<OpenApi>,
    /// What was learned when the table first filled up: new paths are matched against it.
    early: Option<EndpointTable>,
    hasher: Hasher,
    paths: Vec<Path>,
    index: HashTable<u32>,
    never_well: usize,
    overflowed: u64,
}

#[derive(Clone, Debug)]
struct Path {
    method: Method,
    text: Box<[u8]>,
    object_index: Option<u8>,
    well: u64,
    all: u64,
}

impl EndpointLearner {
    /// A learner that knows nothing but the description, if there is one.
    pub fn new(options: LearnOptions, described: Option<OpenApi>) -> Self {
        Self {
            options,
            described,
            early: None,
            hasher: Hasher::new(0),
            paths: Vec::new(),
            index: HashTable::new(),
            never_well: 0,
            overflowed: 0,
        }
    }

    /// Sets the hash under which paths are found; only while nothing is held yet.
    pub(crate) fn reseed(&mut self, hasher: Hasher) {
        debug_assert!(self.paths.is_empty(), "the learner holds paths under another hash");
        self.hasher = hasher;
    }

    /// The provisional endpoint of a path, new or known, and the hash of the identifier in it as far
    /// as one is seen yet; `None` where there is no room for it.
    pub(crate) fn assign(
        &mut self,
        method: Method,
        shaped: &Shaped,
        answered_well: bool,
    ) -> Option<(EndpointId, u32)> {
        let (text, any_index) = self.generalised(shaped);
        let object_hash = shaped.object_hash_with(any_index, self.hasher);
        let object_index = shaped.object_index.max(any_index);
        let endpoint = self.endpoint(method, text, object_index, answered_well)?;
        Some((endpoint, object_hash))
    }

    fn endpoint(
        &mut self,
        method: Method,
        text: Vec<u8>,
        object_index: Option<usize>,
        answered_well: bool,
    ) -> Option<EndpointId> {
        let hash = self.hash(method, &text);
        let paths = &self.paths;
        let is_same = |index: &u32| {
            let path = &paths[*index as usize];
            path.method == method && *path.text == *text
        };
        if let Some(index) = self.index.find(hash, is_same) {
            return Some(EndpointId(index + FIRST_PATH as u32));
        }
        let room_left = self.paths.len() < self.options.max_paths;
        let may_stay = answered_well || self.never_well < self.options.max_paths / 4;
        if !room_left || !may_stay {
            self.overflowed += 1;
            return None;
        }
        self.never_well += usize::from(!answered_well);
        let index = self.paths.len() as u32;
        let object_index = object_index.map(|index| index as u8);
        let text = text.into_boxed_slice();
        self.paths.push(Path { method, text, object_index, well: 0, all: 0 });
        let (paths, hasher) = (&self.paths, self.hasher);
        self.index.insert_unique(hash, index, |index| {
            let path = &paths[*index as usize];
            hash_path(hasher, path.method, &path.text)
        });
        if self.paths.len() == self.options.max_paths / 2 {
            self.early = Some(self.learn());
        }
        Some(EndpointId(index + FIRST_PATH as u32))
    }

    /// The template that a path falls under by the description or, once the table is half full, by
    /// what was learned until then; else the path itself. With it the last segment that a parameter
    /// for any text took.
    fn generalised(&self, shaped: &Shaped) -> (Vec<u8>, Option<usize>) {
        let described = self.described.as_ref().and_then(|it| it.template(&shaped.text));
        let early = || self.early.as_ref()?.known_template(&shaped.text);
        match described.or_else(early) {
            Some((template, any_index)) => (template.to_vec(), any_index),
            None => (shaped.text.clone(), None),
        }
    }

    fn hash(&self, method: Method, text: &[u8]) -> u64 {
        hash_path(self.hasher, method, text)
    }

    /// Counts an answer to a provisional endpoint.
    pub(crate) fn count(&mut self, id: EndpointId, answered_well: bool) {
        if let Some(path) = (id.0 as usize).checked_sub(FIRST_PATH).map(|at| &mut self.paths[at]) {
            path.all += 1;
            path.well += u64::from(answered_well);
        }
    }

    /// How many new paths found no room.
    pub(crate) fn overflowed(&self) -> u64 {
        self.overflowed
    }

    fn learn(&self) -> EndpointTable {
        let mut garden = Garden::default();
        for path in self.paths.iter().filter(|path| path.well > 0) {
            garden.plant(&path.text, path.method, path.all);
        }
        garden.collapse(&self.options);
        let mut table = EndpointTable::default();
        for template in self.described.iter().flat_map(OpenApi::endpoints) {
            table.insert(template.0, template.1);
        }
        for (template, method) in garden.templates() {
            table.insert(method, &template);
        }
        table
    }

    /// The final endpoints, and what maps provisional ones to them. A method that was only refused
    /// on a known path still gets its endpoint there.
    pub fn finish(self) -> (EndpointTable, Resolver) {
        let mut table = self.learn();
        let mut places: Vec<Place> = Method::ALL.map(Place::unknown).into();
        for path in &self.paths {
            places.push(self.place(path, &mut table));
        }
        (table, Resolver { places })
    }

    fn place(&self, path: &Path, table: &mut EndpointTable) -> Place {
        let Some((template, any_index)) = table.known_template(&path.text) else {
            return Place::unknown(path.method);
        };
        let template = template.to_vec();
        let endpoint = table.insert(path.method, &template);
        // The last identifier counts: one that was learned only if it stands behind the shaped one.
        let learned = any_index.filter(|any| path.object_index.is_none_or(|at| *any > at.into()));
        let object = learned.and_then(|at| Shaped::segments(&path.text).nth(at));
        let object_hash =
            object.filter(|it| !it.starts_with(b"{")).map(|it| self.hasher.object(it));
        Place { endpoint, object_hash, is_known: true }
    }
}

fn hash_path(hasher: Hasher, method: Method, text: &[u8]) -> u64 {
    hasher.hash(text).wrapping_add((method as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15))
}

/// Maps provisional endpoints to final ones.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolver {
    places: Vec<Place>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Place {
    endpoint: EndpointId,
    /// The identifier that only learning showed to be one.
    object_hash: Option<u32>,
    is_known: bool,
}

impl Place {
    const fn unknown(method: Method) -> Self {
        Self { endpoint: unknown(method), object_hash: None, is_known: false }
    }
}

impl Resolver {
    /// Gives an event its final endpoint, the identifier that learning found in its path, and
    /// [`EventFlags::UNKNOWN_PATH`]. Each event is resolved once.
    pub fn resolve(&self, event: &mut Event) {
        let unknown = Place::unknown(event.method);
        let place = self.places.get(event.endpoint.0 as usize).unwrap_or(&unknown);
        event.endpoint = place.endpoint;
        event.object_hash = place.object_hash.unwrap_or(event.object_hash);
        event.flags.set_if(EventFlags::UNKNOWN_PATH, !place.is_known);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HASHER: Hasher = Hasher::new(0);

    fn learned(traffic: &[(Method, String, bool)]) -> (EndpointTable, Vec<String>) {
        let mut learner = EndpointLearner::new(LearnOptions::default(), None);
        let ids: Vec<EndpointId> = traffic
            .iter()
            .map(|(method, path, well)| {
                let shaped = Shaped::of(path.as_bytes(), HASHER);
                let assigned = learner.assign(*method, &shaped, *well);
                let id = assigned.map_or(unknown(*method), |(id, _)| id);
                learner.count(id, *well);
                id
            })
            .collect();
        let (table, resolver) = learner.finish();
        let name = |id: &EndpointId| table.name(resolver.places[id.0 as usize].endpoint).to_owned();
        let names = ids.iter().map(name).collect();
        (table, names)
    }

    fn get(path: impl Into<String>) -> (Method, String, bool) {
        (Method::Get, path.into(), true)
    }

    #[test]
    fn many_names_in_one_place_become_a_parameter() {
        let mut traffic: Vec<_> =
            (0..60).map(|at| get(format!("/users/v1/{}", word(at)))).collect();
        traffic.push((Method::Post, "/users/v1/login".into(), true));
        traffic.push((Method::Post, "/users/v1/enrol".into(), true));
        traffic.push(get("/users/v1/inbox/fresh"));
        traffic.push((Method::Delete, "/users/v1/nobody".into(), false));
        let (_, names) = learned(&traffic);
        assert_eq!(names[0], "GET /users/v1/{user}");
        assert_eq!(names[60], "POST /users/v1/login");
        assert_eq!(names[61], "POST /users/v1/enrol");
        assert_eq!(names[62], "GET /users/v1/inbox/fresh");
        assert_eq!(names[63], "DELETE /users/v1/{user}");
    }

    #[test]
    fn a_scanner_teaches_nothing() {
        let mut traffic: Vec<_> =
            (0..5_000).map(|at| (Method::Get, format!("/{}/x", word(at)), false)).collect();
        traffic.push(get("/books"));
        let (table, names) = learned(&traffic);
        assert_eq!(names[0], "GET (unknown)");
        assert_eq!(names[5_000], "GET /books");
        assert_eq!(table.len(), Method::ALL.len() + 1);
    }

    #[test]
    fn a_full_table_goes_on_with_what_it_has_learned() {
        let options = LearnOptions { max_paths: 400, ..LearnOptions::default() };
        let mut learner = EndpointLearner::new(options, None);
        for at in 0..100_000 {
            let shaped = Shaped::of(format!("/users/{}", word(at)).as_bytes(), HASHER);
            let (id, _) = learner.assign(Method::Get, &shaped, true).unwrap();
            learner.count(id, true);
        }
        assert!(learner.paths.len() <= 201, "{} paths are held", learner.paths.len());
        assert_eq!(learner.overflowed(), 0);
    }

    #[test]
    fn what_a_parameter_stands_for_is_the_object() {
        let mut learner = EndpointLearner::new(LearnOptions::default(), None);
        let mut event = None;
        for at in 0..60 {
            let shaped = Shaped::of(format!("/users/{}", word(at)).as_bytes(), HASHER);
            let (endpoint, _) = learner.assign(Method::Get, &shaped, true).unwrap();
            learner.count(endpoint, true);
            event = Some(endpoint);
        }
        let (_, resolver) = learner.finish();
        let object = resolver.places[event.unwrap().0 as usize].object_hash;
        assert_eq!(object, Some(HASHER.object(word(59).as_bytes())));
    }

    /// A word without digits for a number.
    fn word(number: usize) -> String {
        let letter = |digit: usize| char::from(b'a' + (digit % 26) as u8);
        [number, number / 26, number / 676, number / 17_576].iter().map(|it| letter(*it)).collect()
    }
}
