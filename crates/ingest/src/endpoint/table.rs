//! The endpoints of a run by number.

use domain::{EndpointId, Method};

use super::path::Shaped;
use super::tree::Tree;

/// The template of what belongs to no known one.
const UNKNOWN: &str = "(unknown)";

/// The endpoint of a method's unknown paths: they have the lowest numbers in every table.
pub(crate) const fn unknown(method: Method) -> EndpointId {
    EndpointId(method as u32)
}

/// Every endpoint with its name, and the way from a concrete path to it. Plain data: it can be
/// written as its [names](EndpointTable::names) and rebuilt from them.
#[derive(Clone, Debug, PartialEq)]
pub struct EndpointTable {
    names: Vec<Box<str>>,
    tree: Tree,
}

impl Default for EndpointTable {
    fn default() -> Self {
        let names =
            Method::ALL.iter().map(|it| format!("{} {UNKNOWN}", it.name()).into()).collect();
        Self { names, tree: Tree::default() }
    }
}

impl EndpointTable {
    /// Rebuilds a table from the names of another, in their order. Names that are no endpoint's
    /// give a table in which nothing finds them.
    pub fn from_names<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        let mut table = Self::default();
        for name in names.into_iter().skip(Method::ALL.len()) {
            let (method, template) = name.split_once(' ').unwrap_or(("", name));
            match Method::ALL.iter().find(|known| known.name() == method) {
                Some(method) => drop(table.insert(*method, template.as_bytes())),
                None => table.names.push(name.into()),
            }
        }
        table
    }

    /// The names in the order of the numbers.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(|name| &**name)
    }

    /// `GET /users/{id}`; `GET (unknown)` for paths that were never answered well; empty for a
    /// number of another table.
    pub fn name(&self, id: EndpointId) -> &str {
        self.names.get(id.0 as usize).map_or("", |name| name)
    }

    /// How many endpoints there are, the unknown ones (one a method) included.
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// Whether there is nothing but the unknown endpoints.
    pub fn is_empty(&self) -> bool {
        self.names.len() == Method::ALL.len()
    }

    /// Whether an id is that of a method's unknown paths.
    pub fn is_unknown(id: EndpointId) -> bool {
        (id.0 as usize) < Method::ALL.len()
    }

    /// The endpoint of a method and template, new or known.
    pub(crate) fn insert(&mut self, method: Method, template: &[u8]) -> EndpointId {
        let node = self.tree.insert(template);
        if let Some(id) = self.tree.endpoint(node, method) {
            return id;
        }
        let id = EndpointId(self.names.len() as u32);
        self.names.push(format!("{} {}", method.name(), String::from_utf8_lossy(template)).into());
        self.tree.set_endpoint(node, method, id);
        id
    }

    /// The known template that a shaped path falls under, and the last segment that a parameter for
    /// any text took.
    pub(super) fn known_template(&self, path: &[u8]) -> Option<(&[u8], Option<usize>)> {
        let found = self.tree.find(path).filter(|found| self.tree.is_known(found.node))?;
        let id = self.tree.any_endpoint(found.node)?;
        let (_, template) = self.name(id).split_once(' ')?;
        Some((template.as_bytes(), found.any_index))
    }

    /// Where a shaped path leads: the endpoint (the method's unknown one where this method was never
    /// used there), and the last segment that a parameter for any text took. `None` where the path
    /// is not known.
    pub(crate) fn find(
        &self,
        method: Method,
        shaped: &Shaped,
    ) -> Option<(EndpointId, Option<usize>)> {
        let found = self.tree.find(&shaped.text).filter(|found| self.tree.is_known(found.node))?;
        let id = self.tree.endpoint(found.node, method).unwrap_or(unknown(method));
        Some((id, found.any_index))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash::Hasher;

    #[test]
    fn a_table_is_rebuilt_from_its_names() {
        let mut table = EndpointTable::default();
        let id = table.insert(Method::Get, b"/users/{user}/orders/{id}");
        table.insert(Method::Post, b"/users/login");
        let again = EndpointTable::from_names(table.names());
        assert_eq!(again, table);
        let find = |method, path: &str| {
            let shaped = Shaped::of(path.as_bytes(), Hasher::new(1));
            again.find(method, &shaped)
        };
        assert_eq!(find(Method::Get, "/users/bob/orders/7"), Some((id, Some(1))));
        let put = unknown(Method::Put);
        assert_eq!(find(Method::Put, "/users/bob/orders/7"), Some((put, Some(1))));
        assert_eq!(find(Method::Get, "/wp-login.php"), None);
        assert_eq!(again.name(unknown(Method::Get)), "GET (unknown)");
    }
}
