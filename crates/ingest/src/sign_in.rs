//! Sign-in endpoints that somebody described: which calls they are, and what success and failure
//! look like in the log.

use domain::{AuthOutcome, Method, Request, ToldSignIn};
use serde_json::Value;

use crate::endpoint::Target;

/// A sign-in endpoint, and how its answers are told apart.
///
/// Where only one of the two is described, whatever it does not fit is the other. Where both are and
/// an answer fits neither, it says nothing; one that fits both has failed.
#[derive(Clone, Debug, PartialEq)]
pub struct SignIn {
    /// The method of its calls.
    pub method: Method,
    /// Its path.
    pub path: PathPattern,
    /// What an answer to one who got in looks like.
    pub success: Option<Criterion>,
    /// What an answer to one who did not looks like.
    pub failure: Option<Criterion>,
}

/// A path in which a segment in braces (`{tenant}`) stands for any one. A slash at the end does not
/// count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathPattern {
    segments: Vec<String>,
}

/// What an answer looks like: everything that is set must hold.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Criterion {
    /// It is one of these; none stands for any.
    pub status: Vec<u16>,
    /// It has at least so many bytes. Of an answer without a size this does not hold.
    pub min_bytes: Option<u64>,
    /// It has at most so many.
    pub max_bytes: Option<u64>,
    /// What a field of the line says, where lines are JSON. Of other lines this does not hold.
    pub field: Option<FieldCriterion>,
}

/// What a field of a JSON line says.
#[derive(Clone, Debug, PartialEq)]
pub struct FieldCriterion {
    /// Its name; dots go into nested objects, and a name that holds dots itself is found too.
    pub name: String,
    /// What it must be.
    pub wanted: Wanted,
}

/// What a field must be.
#[derive(Clone, Debug, PartialEq)]
pub enum Wanted {
    /// There with something in it (neither `null` nor an empty text), or not.
    Present(bool),
    /// One of these; a number also equals the text that writes it.
    AnyOf(Vec<Value>),
}

/// What the first of these endpoints that a request calls says of it; `None` where it calls none.
#[cold]
pub(crate) fn told(sign_ins: &[SignIn], request: &Request<'_>, line: &[u8]) -> Option<ToldSignIn> {
    let called = sign_ins.iter().find(|sign_in| sign_in.is_called_by(request))?;
    let outcome = called.outcome(request, line);
    Some(ToldSignIn { outcome, is_inferred: called.goes_by_size() })
}

impl SignIn {
    /// Whether a call is one of this endpoint.
    fn is_called_by(&self, request: &Request<'_>) -> bool {
        self.method == request.method && self.path.fits(Target::split(&request.target).path)
    }

    /// What became of a call to it, by the request and the line that tells of it.
    fn outcome(&self, request: &Request<'_>, line: &[u8]) -> AuthOutcome {
        let fits = |criterion: &Criterion| criterion.fits(request, line);
        match (&self.success, &self.failure) {
            (_, Some(failure)) if fits(failure) => AuthOutcome::Failure,
            (Some(success), _) if fits(success) => AuthOutcome::Success,
            (None, Some(_)) => AuthOutcome::Success,
            (Some(_), None) => AuthOutcome::Failure,
            _ => AuthOutcome::None,
        }
    }

    /// Whether nothing but the size of an answer tells what became of a call.
    fn goes_by_size(&self) -> bool {
        let mut criteria = self.success.iter().chain(&self.failure);
        criteria.all(|it| it.field.is_none() && it.min_bytes.or(it.max_bytes).is_some())
    }
}

impl PathPattern {
    /// Reads a pattern; `None` where it does not begin with a slash, or has a query.
    pub fn from_text(text: &str) -> Option<Self> {
        let is_path = text.starts_with('/') && !text.contains(['?', '#']);
        let segments = text.split('/').filter(|segment| !segment.is_empty());
        is_path.then(|| Self { segments: segments.map(str::to_owned).collect() })
    }

    fn fits(&self, path: &[u8]) -> bool {
        let mut segments = path.split(|byte| *byte == b'/').filter(|segment| !segment.is_empty());
        let is_any = |segment: &str| segment.starts_with('{') && segment.ends_with('}');
        self.segments.iter().all(|wanted| {
            segments.next().is_some_and(|found| is_any(wanted) || wanted.as_bytes() == found)
        }) && segments.next().is_none()
    }
}

impl Criterion {
    fn fits(&self, request: &Request<'_>, line: &[u8]) -> bool {
        let status = request.status.is_some_and(|status| self.status.contains(&status));
        let bytes = request.response_bytes;
        (self.status.is_empty() || status)
            && self.min_bytes.is_none_or(|least| bytes.is_some_and(|bytes| bytes >= least))
            && self.max_bytes.is_none_or(|most| bytes.is_some_and(|bytes| bytes <= most))
            && self.field.as_ref().is_none_or(|field| field.fits(line))
    }
}

impl FieldCriterion {
    fn fits(&self, line: &[u8]) -> bool {
        let Ok(record) = serde_json::from_slice::<Value>(line) else { return false };
        let found = lookup(&record, &self.name).unwrap_or(&Value::Null);
        match &self.wanted {
            Wanted::Present(wanted) => {
                let is_there = !matches!(found, Value::Null) && found.as_str() != Some("");
                is_there == *wanted
            }
            Wanted::AnyOf(values) => values.iter().any(|value| is_same(value, found)),
        }
    }
}

/// A member by its name, else the member that the first part of the name leads to.
fn lookup<'a>(value: &'a Value, name: &str) -> Option<&'a Value> {
    if let Some(found) = value.get(name) {
        return Some(found);
    }
    name.match_indices('.').find_map(|(dot, _)| lookup(value.get(&name[..dot])?, &name[dot + 1..]))
}

fn is_same(wanted: &Value, found: &Value) -> bool {
    match (wanted, found) {
        (Value::Number(a), Value::Number(b)) => a.as_f64() == b.as_f64(),
        (Value::Number(number), Value::String(text))
        | (Value::String(text), Value::Number(number)) => number.to_string() == *text,
        _ => wanted == found,
    }
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use serde_json::json;

    use super::*;

    fn call(method: Method, target: &str) -> Request<'_> {
        Request { method, target: Cow::Borrowed(target.as_bytes()), ..Request::default() }
    }

    fn answer(status: u16, bytes: u64) -> Request<'static> {
        let call = call(Method::Post, "/api/acme/enter");
        Request { status: Some(status), response_bytes: Some(bytes), ..call }
    }

    fn sign_in(success: Option<Criterion>, failure: Option<Criterion>) -> SignIn {
        let path = PathPattern::from_text("/api/{tenant}/enter").unwrap();
        SignIn { method: Method::Post, path, success, failure }
    }

    fn status(status: &[u16]) -> Option<Criterion> {
        Some(Criterion { status: status.to_vec(), ..Criterion::default() })
    }

    fn field(name: &str, wanted: Wanted) -> Option<Criterion> {
        let field = Some(FieldCriterion { name: name.into(), wanted });
        Some(Criterion { field, ..Criterion::default() })
    }

    #[test]
    fn a_path_may_have_segments_that_vary() {
        let sign_in = sign_in(None, status(&[401]));
        let check = |method, target, expect| {
            assert_eq!(sign_in.is_called_by(&call(method, target)), expect, "{target}");
        };
        check(Method::Post, "/api/acme/enter", true);
        check(Method::Post, "https://h/api/acme/enter/?next=1", true);
        check(Method::Get, "/api/acme/enter", false);
        check(Method::Post, "/api/acme/enter/x", false);
        check(Method::Post, "/api/enter", false);
        assert_eq!(PathPattern::from_text("api/enter"), None);
        assert_eq!(PathPattern::from_text("/enter?x=1"), None);
    }

    #[test]
    fn what_is_not_described_is_the_other() {
        let outcome =
            |success, failure, status| sign_in(success, failure).outcome(&answer(status, 0), b"");
        let (ok, refused) = (status(&[200, 302]), status(&[401, 403, 429]));
        assert_eq!(outcome(ok.clone(), refused.clone(), 302), AuthOutcome::Success);
        assert_eq!(outcome(ok.clone(), refused.clone(), 429), AuthOutcome::Failure);
        assert_eq!(outcome(ok.clone(), refused.clone(), 500), AuthOutcome::None);
        assert_eq!(outcome(ok, None, 500), AuthOutcome::Failure);
        assert_eq!(outcome(None, refused, 500), AuthOutcome::Success);
    }

    #[test]
    fn a_field_of_the_line_may_tell() {
        let outcome = |criterion: &Option<Criterion>, line| {
            sign_in(None, criterion.clone()).outcome(&answer(200, 0), str::as_bytes(line))
        };
        let wrong = field("error.code", Wanted::AnyOf(vec![json!("bad_password"), json!(17)]));
        let line = r#"{"error":{"code":"bad_password"}}"#;
        assert_eq!(outcome(&wrong, line), AuthOutcome::Failure);
        assert_eq!(outcome(&wrong, r#"{"error.code":"17"}"#), AuthOutcome::Failure);
        assert_eq!(outcome(&wrong, r#"{"error":{"code":"locked"}}"#), AuthOutcome::Success);
        assert_eq!(outcome(&wrong, "no JSON"), AuthOutcome::Success);
        let any = field("error", Wanted::Present(true));
        assert_eq!(outcome(&any, r#"{"error":"x"}"#), AuthOutcome::Failure);
        assert_eq!(outcome(&any, r#"{"error":null}"#), AuthOutcome::Success);
    }

    #[test]
    fn a_size_may_tell_and_then_the_outcome_is_inferred() {
        let small = Some(Criterion { max_bytes: Some(90), ..Criterion::default() });
        let by_size = sign_in(None, small);
        assert!(by_size.goes_by_size() && !sign_in(None, status(&[401])).goes_by_size());
        assert_eq!(by_size.outcome(&answer(200, 81), b""), AuthOutcome::Failure);
        assert_eq!(by_size.outcome(&answer(200, 225), b""), AuthOutcome::Success);
    }
}
