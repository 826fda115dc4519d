//! Templates from an OpenAPI 3 description.

use std::fmt;

use domain::Method;

use super::table::EndpointTable;

/// The paths of an OpenAPI 3 description.
#[derive(Clone, Debug, PartialEq)]
pub struct OpenApi {
    table: EndpointTable,
    endpoints: Vec<(Method, Box<[u8]>)>,
}

/// Why a description cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenApiError {
    problem: String,
}

impl fmt::Display for OpenApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "invalid OpenAPI description: {}", self.problem)
    }
}

impl std::error::Error for OpenApiError {}

impl OpenApi {
    /// Reads a description in JSON.
    pub fn from_json(text: &str) -> Result<Self, OpenApiError> {
        let document = serde_json::from_str(text)
            .map_err(|error| OpenApiError { problem: error.to_string() })?;
        Self::from_document(&document)
    }

    fn from_document(document: &serde_json::Value) -> Result<Self, OpenApiError> {
        let paths = document
            .get("paths")
            .and_then(serde_json::Value::as_object)
            .ok_or_else(|| OpenApiError { problem: "no object `paths`".to_owned() })?;
        let mut described = Self { table: EndpointTable::default(), endpoints: Vec::new() };
        for base in base_paths(document) {
            for (path, item) in paths {
                described.add(&format!("{base}{path}"), item);
            }
        }
        Ok(described)
    }

    fn add(&mut self, path: &str, item: &serde_json::Value) {
        let operations = item.as_object().into_iter().flat_map(|item| item.keys());
        for operation in operations {
            let method = Method::from_token(operation.to_ascii_uppercase().as_bytes());
            if !matches!(method, Method::Other | Method::Missing) {
                self.table.insert(method, path.as_bytes());
                self.endpoints.push((method, path.as_bytes().into()));
            }
        }
    }

    /// The template that a shaped path falls under.
    pub(super) fn template(&self, path: &[u8]) -> Option<&[u8]> {
        self.table.template(path)
    }

    /// Every operation.
    pub(super) fn endpoints(&self) -> impl Iterator<Item = (Method, &[u8])> {
        self.endpoints.iter().map(|(method, template)| (*method, &**template))
    }
}

/// The paths of the servers' URLs, without a slash at the end; the empty one is always among them.
fn base_paths(document: &serde_json::Value) -> Vec<String> {
    let servers = document.get("servers").and_then(serde_json::Value::as_array);
    let urls = servers.into_iter().flatten().filter_map(|server| server.get("url")?.as_str());
    let mut bases = vec![String::new()];
    for url in urls {
        let path = match url.split_once("://") {
            Some((_, rest)) => rest.find('/').map_or("", |slash| &rest[slash..]),
            None => url,
        };
        let base = path.trim_end_matches('/').to_owned();
        if !bases.contains(&base) && !base.contains('{') {
            bases.push(base);
        }
    }
    bases
}
