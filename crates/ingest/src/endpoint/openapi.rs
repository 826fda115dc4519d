//! Templates from an OpenAPI 3 description.

use std::fmt;

use domain::Method;
use saphyr::{LoadableYamlNode, Yaml};
use serde_json::Value;

use super::parameter::parameter_name;
use super::path::Shaped;
use super::table::EndpointTable;
use super::tree::takes_any;

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
    /// Reads a description in JSON or YAML, whichever it is.
    pub fn from_text(text: &str) -> Result<Self, OpenApiError> {
        let document = if text.trim_start().starts_with('{') {
            serde_json::from_str(text)
                .map_err(|error| OpenApiError { problem: error.to_string() })?
        } else {
            let documents = Yaml::load_from_str(text)
                .map_err(|error| OpenApiError { problem: error.to_string() })?;
            documents.first().map_or(Value::Null, |document| json(document, 0))
        };
        Self::from_document(&document)
    }

    fn from_document(document: &Value) -> Result<Self, OpenApiError> {
        let paths = document
            .get("paths")
            .and_then(Value::as_object)
            .ok_or_else(|| OpenApiError { problem: "no object `paths`".to_owned() })?;
        let mut described = Self { table: EndpointTable::default(), endpoints: Vec::new() };
        for base in base_paths(document) {
            for (path, item) in paths {
                described.add(&format!("{base}{path}"), item);
            }
        }
        Ok(described)
    }

    fn add(&mut self, path: &str, item: &Value) {
        let operations = item.as_object().into_iter().flat_map(|item| item.keys());
        for operation in operations {
            let method = Method::from_token(operation.to_ascii_uppercase().as_bytes());
            if !matches!(method, Method::Other | Method::Missing) {
                let template = with_own_names(path);
                self.table.insert(method, &template);
                self.endpoints.push((method, template.into()));
            }
        }
    }

    /// The template that a shaped path falls under, and the last segment that a parameter took.
    pub(super) fn template(&self, path: &[u8]) -> Option<(&[u8], Option<usize>)> {
        self.table.known_template(path)
    }

    /// Every operation.
    pub(super) fn endpoints(&self) -> impl Iterator<Item = (Method, &[u8])> {
        self.endpoints.iter().map(|(method, template)| (*method, &**template))
    }
}

/// The template with parameters renamed whose names stand for shapes of identifiers: `{id}` takes
/// numbers and the like only, while a described parameter takes any text. `/users/{id}` becomes
/// `/users/{user}`, as if it had been learned.
fn with_own_names(path: &str) -> Vec<u8> {
    let mut way: Vec<Vec<u8>> = Vec::new();
    for segment in Shaped::segments(path.as_bytes()) {
        let is_shape = segment.starts_with(b"{") && !takes_any(segment);
        way.push(if is_shape { parameter_name(&way) } else { segment.to_vec() });
    }
    [b"/".to_vec(), way.join(&b'/')].concat()
}

/// Deepest YAML that is followed: paths and methods lie near the top.
const MAX_DEPTH: usize = 8;

/// The part of a YAML document that descriptions are made of, as JSON.
fn json(yaml: &Yaml<'_>, depth: usize) -> Value {
    match yaml {
        _ if depth > MAX_DEPTH => Value::Null,
        Yaml::Mapping(members) => members
            .iter()
            .filter_map(|(key, value)| Some((key.as_str()?.to_owned(), json(value, depth + 1))))
            .collect(),
        Yaml::Sequence(items) => items.iter().map(|item| json(item, depth + 1)).collect(),
        _ => yaml.as_str().map_or(Value::Null, Value::from),
    }
}

/// The paths of the servers' URLs, without a slash at the end; the empty one is always among them.
fn base_paths(document: &Value) -> Vec<String> {
    let servers = document.get("servers").and_then(Value::as_array);
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash::Hasher;

    const YAML: &str = "
openapi: 3.0.1
servers:
  - url: https://api.example.com/base/
paths:
  /users/{username}:
    parameters: []
    get: {summary: one}
    delete: {}
  /users/login:
    post: {}
  /pets/v1/{id}:
    get: {}
";

    fn template(described: &OpenApi, path: &str) -> Option<String> {
        let shaped = Shaped::of(path.as_bytes(), Hasher::new(0));
        described.template(&shaped.text).map(|(it, _)| String::from_utf8_lossy(it).into_owned())
    }

    #[test]
    fn yaml_and_json_describe_the_same() {
        let json = r#"{"openapi":"3.0.1","servers":[{"url":"/base"}],"paths":{
            "/users/{username}":{"parameters":[],"get":{},"delete":{}},"/users/login":{"post":{}},"/pets/v1/{id}":{"get":{}}}}"#;
        let described = OpenApi::from_text(YAML).unwrap();
        assert_eq!(described, OpenApi::from_text(json).unwrap());
        let check = |path: &str, expect: Option<&str>| {
            assert_eq!(template(&described, path).as_deref(), expect, "{path}");
        };
        check("/users/bob", Some("/users/{username}"));
        check("/users/42", Some("/users/{username}"));
        check("/users/login", Some("/users/login"));
        check("/pets/v1/rex", Some("/pets/v1/{pet}"));
        check("/pets/v1/7", Some("/pets/v1/{pet}"));
        check("/base/users/bob", Some("/base/users/{username}"));
        check("/users/bob/pets", None);
    }

    #[test]
    fn what_is_no_description_says_so() {
        let check = |text: &str, expect: &str| {
            let problem = OpenApi::from_text(text).unwrap_err().to_string();
            assert!(problem.starts_with("invalid OpenAPI description: "), "{problem}");
            assert!(problem.contains(expect), "{problem}");
        };
        check("swagger: '2.0'", "no object `paths`");
        check("{", "EOF");
        check("a: [", "");
    }

    #[test]
    fn a_real_description_is_read() {
        let Some(file) = testkit::data_file("openapi/vampi.yml") else { return };
        let text = std::fs::read_to_string(file).unwrap();
        let described = OpenApi::from_text(&text).unwrap();
        assert_eq!(described.endpoints().count(), 14);
        assert_eq!(
            template(&described, "/users/v1/bob/email").as_deref(),
            Some("/users/v1/{username}/email")
        );
    }
}
