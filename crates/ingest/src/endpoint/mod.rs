//! Endpoints: which template a concrete path belongs to.
//!
//! Templates come from an OpenAPI description where there is one, then from the shapes of
//! identifiers, then from what the traffic shows: a place in the path where many different texts
//! were answered well is a parameter. Paths that were never answered well teach nothing, so that a
//! scanner's thousands of guesses do not become endpoints.

mod learn;
mod openapi;
mod parameter;
mod path;
mod query;
mod shape;
mod table;
mod tree;

pub use learn::{EndpointLearner, LearnOptions, Resolver};
pub use openapi::{OpenApi, OpenApiError};
pub use table::EndpointTable;

pub(crate) use path::{Shaped, Target};
pub(crate) use query::query_object;
pub(crate) use table::unknown;

/// Whether a text looks like an identifier: a number, a UUID, a hash, an address.
pub(crate) fn is_identifier(text: &[u8]) -> bool {
    shape::of(text).is_some_and(shape::Shape::is_identifier)
}
